// One step of an update rule, as graph. Each parameter's part is a short elementwise chain, which the planner makes
// one pass over parameter, gradient and state.
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <math.h>

#include "base/error.h"
#include "graph/graph.h"
#include "optim/slot.h"

// The single numbers of a step, in one element type, shared by all parameters of that type.
typedef struct numbers {
    bool ready;
    gd_tensor rate;         // r
    gd_tensor momentum_fix; // 1 / (1 - mu^t)
    gd_tensor adam_rate;    // r / (1 - beta1^t)
    gd_tensor root_fix;     // 1 / sqrt(1 - beta2^t)
    gd_tensor decay_factor; // 1 - r weight_decay
    gd_tensor shrinkage;    // r l1
    gd_tensor inertia;      // FISTA: (s - 1) / u
} numbers;

// One parameter in one step.
typedef struct update {
    const gd_rule *rule;
    const numbers *number;
    gd_assignment_list *list;
    gd_tensor w, g;
} update;

// 1 - beta^t, as -expm1(t log beta): near the first step beta^t is close to 1, and in f32 the plain difference would
// keep only four digits.
static gd_tensor bias_of(gd_tensor step, double beta)
{
    if (beta <= 0) // no memory, no bias
        return gd_scalar_like(step, 1.0);
    return gd_neg(gd_expm1(gd_scale(step, log(beta))));
}

static numbers make_numbers(const gd_rule *rule, gd_tensor learning_rate, gd_tensor step, gd_type type)
{
    numbers n = {.ready = true, .rate = gd__single(learning_rate, "learning rate", type)};
    gd_tensor t = gd__single(step, "step", type);
    bool adam = rule->kind == GD_RULE_ADAM || rule->kind == GD_RULE_ADAMW;
    if (rule->kind == GD_RULE_MOMENTUM && rule->bias_correction)
        n.momentum_fix = gd_reciprocal(bias_of(t, rule->momentum));
    if (adam && rule->bias_correction) {
        n.adam_rate = gd_div(n.rate, bias_of(t, rule->beta1));
        n.root_fix = gd_rsqrt(bias_of(t, rule->beta2));
    }
    if (adam && !rule->bias_correction)
        n.adam_rate = n.rate;
    if (rule->kind == GD_RULE_ADAMW)
        n.decay_factor = gd_shift(gd_neg(gd_scale(n.rate, rule->weight_decay)), 1.0);
    if (rule->kind == GD_RULE_ISTA || rule->kind == GD_RULE_FISTA)
        n.shrinkage = gd_scale(n.rate, rule->l1);
    return n;
}

// Nesterov's sequence, shared by all parameters of a type: u = (1 + sqrt(1 + 4 s^2)) / 2. The slot holds s - 1, since
// slots start at zero.
static gd_status write_inertia(numbers *n, gd_tensor first, gd_assignment_list *list)
{
    gd_tensor slot = gd__slot_of(first, "inertia", GD_SCALAR);
    gd_tensor s = gd_shift(slot, 1.0);
    gd_tensor u = gd_scale(gd_shift(gd_sqrt(gd_shift(gd_scale(gd_square(s), 4.0), 1.0)), 1.0), 0.5);
    n->inertia = gd_div(slot, u);
    return gd_assignment_list_add(list, slot, gd_shift(u, -1.0));
}

// keep old + add new
static gd_tensor blend(gd_tensor old, double keep, gd_tensor new, double add)
{
    return gd_add(gd_scale(old, keep), add == 1.0 ? new : gd_scale(new, add));
}

// w - rate direction
static gd_tensor descend(gd_tensor w, gd_tensor rate, gd_tensor direction)
{
    return gd_sub(w, gd_mul(rate, direction));
}

static gd_status assign(const update *u, gd_tensor variable, gd_tensor value)
{
    return gd_assignment_list_add(u->list, variable, value);
}

static gd_status write_momentum(const update *u)
{
    double mu = u->rule->momentum;
    bool averaging = u->rule->kind == GD_RULE_MOMENTUM && u->rule->form == GD_MOMENTUM_AVERAGING;
    gd_tensor slot = gd__slot(u->w, "momentum");
    gd_tensor v = blend(slot, mu, u->g, averaging ? 1.0 - mu : 1.0);
    gd_tensor direction = v;
    if (u->rule->kind == GD_RULE_NESTEROV)
        direction = gd_add(u->g, gd_scale(v, mu));
    else if (averaging && u->rule->bias_correction)
        direction = gd_mul(u->number->momentum_fix, v);
    gd_status status = assign(u, slot, v);
    return status != GD_OK ? status : assign(u, u->w, descend(u->w, u->number->rate, direction));
}

// Adagrad and RMSprop: a step divided by the root of summed or averaged squares.
static gd_status write_scaled_by_root(const update *u)
{
    bool adagrad = u->rule->kind == GD_RULE_ADAGRAD;
    double keep = adagrad ? 1.0 : u->rule->decay;
    gd_tensor slot = gd__slot(u->w, adagrad ? "sum" : "square_avg");
    gd_tensor square = gd_square(u->g);
    gd_tensor s = adagrad ? gd_add(slot, square) : blend(slot, keep, square, 1.0 - keep);
    gd_tensor direction = gd_div(u->g, gd_shift(gd_sqrt(s), u->rule->epsilon));
    gd_status status = assign(u, slot, s);
    return status != GD_OK ? status : assign(u, u->w, descend(u->w, u->number->rate, direction));
}

static gd_status write_adam(const update *u, bool decays)
{
    const gd_rule *rule = u->rule;
    gd_tensor mean_slot = gd__slot(u->w, "exp_avg"), square_slot = gd__slot(u->w, "exp_avg_sq");
    gd_tensor m = blend(mean_slot, rule->beta1, u->g, 1.0 - rule->beta1);
    gd_tensor s = blend(square_slot, rule->beta2, gd_square(u->g), 1.0 - rule->beta2);
    gd_tensor root = gd_sqrt(s);
    if (rule->bias_correction)
        root = gd_mul(root, u->number->root_fix);
    gd_tensor direction = gd_div(m, gd_shift(root, rule->epsilon));
    gd_tensor w = decays && rule->kind == GD_RULE_ADAMW ? gd_mul(u->number->decay_factor, u->w) : u->w;
    gd_status status = assign(u, mean_slot, m);
    if (status == GD_OK)
        status = assign(u, square_slot, s);
    return status != GD_OK ? status : assign(u, u->w, descend(w, u->number->adam_rate, direction));
}

// S(v, a) = v - min(max(v, -a), a): what lies within -a … a becomes zero exactly.
static gd_tensor soft_threshold(gd_tensor v, gd_tensor a)
{
    return gd_sub(v, gd_minimum(gd_maximum(v, gd_neg(a)), a));
}

static gd_status write_proximal(const update *u, bool shrinks)
{
    gd_tensor z = descend(u->w, u->number->rate, u->g);
    if (shrinks)
        z = soft_threshold(z, u->number->shrinkage);
    if (u->rule->kind == GD_RULE_ISTA)
        return assign(u, u->w, z);
    gd_tensor slot = gd__slot(u->w, "shrunk");
    gd_status status = assign(u, slot, z);
    return status != GD_OK ? status : assign(u, u->w, gd_add(z, gd_mul(u->number->inertia, gd_sub(z, slot))));
}

static gd_status write_update(update *u)
{
    const gd_rule *rule = u->rule;
    bool spared = rule->spare_vectors && gd_tensor_rank(u->w) < 2;
    bool decays = rule->weight_decay > 0 && !spared;
    if (decays && rule->kind != GD_RULE_ADAMW)
        u->g = gd_add(u->g, gd_scale(u->w, rule->weight_decay));
    switch (rule->kind) {
    case GD_RULE_GRADIENT_DESCENT: return assign(u, u->w, descend(u->w, u->number->rate, u->g));
    case GD_RULE_MOMENTUM:
    case GD_RULE_NESTEROV: return write_momentum(u);
    case GD_RULE_ADAGRAD:
    case GD_RULE_RMSPROP: return write_scaled_by_root(u);
    case GD_RULE_ADAM:
    case GD_RULE_ADAMW: return write_adam(u, decays);
    case GD_RULE_ISTA:
    case GD_RULE_FISTA: return write_proximal(u, rule->l1 > 0 && !spared);
    case GD_RULE_LBFGS: break;
    }
    return GD_ERROR_INTERNAL;
}

gd_status gd_rule_assignments(const gd_rule *rule, gd_graph *graph, gd_tensor learning_rate, gd_tensor step, int count,
                              const gd_tensor *parameter, const gd_tensor *gradient, gd_assignment_list *list)
{
    gd_status status = gd_rule_check(rule);
    if (status == GD_OK)
        status = gd__gradients_check(graph, count, parameter, gradient);
    if (status != GD_OK)
        return status;
    if (rule->kind == GD_RULE_LBFGS)
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "L-BFGS searches along lines over a whole set, which is no step that could "
                        "be written into a graph: call gd_fit or gd_lbfgs");
    if (!gd_tensor_ok(learning_rate) || !gd_tensor_ok(step))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the learning rate or the step is no tensor", gd_rule_name(rule));
    numbers number[GD_TYPE_COUNT] = {0};
    for (int i = 0; i < count && status == GD_OK; i++) {
        gd_type type = gd_tensor_type(parameter[i]);
        if (!number[type].ready) {
            number[type] = make_numbers(rule, learning_rate, step, type);
            if (rule->kind == GD_RULE_FISTA)
                status = write_inertia(&number[type], parameter[i], list);
            if (status != GD_OK)
                return status;
        }
        update u = {rule, &number[type], list, parameter[i], gradient[i]};
        status = write_update(&u);
        if (status == GD_OK && gd_graph_error(graph) != NULL)
            status = gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    }
    return status;
}
