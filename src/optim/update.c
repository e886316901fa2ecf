// One step of an update rule, as graph. Each parameter's part is a short elementwise chain, which the planner makes
// one pass over parameter, gradient and state.
#include <gradus/ops.h>
#include <gradus/optim.h>

#include "base/error.h"
#include "graph/graph.h"
#include "op/rows.h"
#include "optim/lookahead.h"
#include "optim/rule.h"
#include "optim/slot.h"

// The single numbers of a step in one element type, shared by all parameters of that type.
typedef struct numbers {
    bool ready;
    gd_rule_call call;      // with rate, step and number
    gd_tensor decay_factor; // 1 - r weight_decay, for decoupled weight decay
    gd_tensor first;        // 1 in the first step, else 0; for the wrappers
    gd_tensor goes_back;    // lookahead
    gd_tensor swa_share;    // stochastic weight averaging
} numbers;

static bool has_slot(const gd_rule *rule, const gd_rule_slot *slot, gd_tensor parameter)
{
    const gd_slot_of rank = gd_tensor_rank(parameter) < 2 ? GD_SLOT_OF_VECTORS : GD_SLOT_OF_MATRICES;
    return slot->name != NULL && (slot->of == GD_SLOT_OF_ALL || slot->of == rank) &&
           (slot->when == NULL || gd_rule_get(rule, slot->when) != 0);
}

// `parameter` is the first of its type, and gives the shared slot its name.
static gd_status make_numbers(const gd_rule *rule, gd_tensor learning_rate, gd_tensor step, gd_tensor parameter,
                              gd_assignment_list *list, numbers *n)
{
    const gd_rule_kind *kind = gd_rule_stepper(rule);
    const gd_type type = gd_tensor_type(parameter);
    gd_status status = GD_OK;
    *n = (numbers){.ready = true, .call = {.rule = rule, .options = &rule->own}};
    n->call.rate = gd__single(learning_rate, "learning rate", type);
    n->call.step = gd__single(step, "step", type);
    if (kind->shared_slot != NULL)
        n->call.shared = gd__slot_of(parameter, kind->shared_slot, GD_SCALAR);
    if (kind->begin != NULL)
        kind->begin(&n->call);
    if (kind->shared_slot != NULL)
        status = gd_assignment_list_add(list, n->call.shared, n->call.next_shared);
    if (rule->decoupled && rule->weight_decay > 0)
        n->decay_factor = gd_shift(gd_neg(gd_scale(n->call.rate, rule->weight_decay)), 1.0);
    if (rule->lookahead.steps > 0 || rule->ema.decay > 0)
        n->first = gd__first(n->call.step);
    if (rule->lookahead.steps > 0)
        n->goes_back = gd__lookahead_begin(&rule->lookahead, n->call.step);
    if (rule->swa.every > 0)
        n->swa_share = gd__swa_share(&rule->swa, n->call.step);
    return status;
}

// Weight decay goes into the weights, into the gradient, or is left to the rule.
static void decay(gd_rule_call *call, const numbers *n)
{
    const gd_rule *rule = call->rule;
    if (!(rule->weight_decay > 0) || call->spared)
        return;
    if (rule->decoupled)
        call->w = gd_mul(n->decay_factor, call->w);
    else if (gd_rule_stepper(rule)->flags & GD_RULE_DECAYS)
        call->weight_decay = rule->weight_decay;
    else
        call->g = gd_add(call->g, gd_scale(call->w, rule->weight_decay));
}

// ---- Tables of which few rows have a gradient

// In a smaller table, passing over all of it costs less than finding out which rows were looked up.
enum { LARGE_TABLE = 16384 };
// A minimal build passes over all of any table.
#ifdef GD__MINIMAL
enum { BY_ROWS = 0 };
#else
enum { BY_ROWS = 1 };
#endif

// May the parameter be renewed row by row? Then its gradient as rows.
static bool goes_by_rows(const gd_rule_call *call, gd_tensor parameter, gd_tensor gradient, gd__rows *rows)
{
    const gd_rule *rule = call->rule;
    const gd_rule_kind *kind = gd_rule_stepper(rule);
    const bool decays = rule->weight_decay > 0 && !call->spared;
    const bool averages = rule->lookahead.steps > 0 || rule->ema.decay > 0 || rule->swa.every > 0;
    return kind->stands_still != NULL && kind->stands_still(rule) && !decays && !averages &&
           gd_tensor_rank(parameter) == 2 && gd_tensor_dim(parameter, 0) >= LARGE_TABLE &&
           gd__rows_of_gradient(gradient, rows);
}

// The rule sees the rows as if they were the parameter, and the same rows of its slots.
static gd_status write_rows(gd_rule_call *call, gd_tensor parameter, const gd__rows *rows, gd_assignment_list *list)
{
    const gd_rule_kind *kind = gd_rule_stepper(call->rule);
    gd_tensor slot[GD_RULE_SLOTS] = {{0}};
    call->w = gd__take_rows(parameter, rows);
    call->g = rows->sums;
    for (int i = 0; i < GD_RULE_SLOTS; i++) {
        if (!has_slot(call->rule, &kind->slot[i], parameter))
            continue;
        slot[i] = gd__slot(parameter, kind->slot[i].name);
        call->slot[i] = gd__take_rows(slot[i], rows);
    }
    kind->write(call);
    gd_status status = GD_OK;
    for (int i = 0; i < GD_RULE_SLOTS && status == GD_OK; i++)
        if (slot[i].graph != NULL && call->next[i].graph != NULL)
            status = gd_assignment_list_add(list, slot[i], gd__put_rows(slot[i], rows, call->next[i]));
    return status == GD_OK ? gd_assignment_list_add(list, parameter, gd__put_rows(parameter, rows, call->result))
                           : status;
}

static gd_status write_update(const numbers *n, gd_tensor parameter, gd_tensor gradient, gd_assignment_list *list)
{
    gd_rule_call call = n->call;
    const gd_rule *rule = call.rule;
    const gd_rule_kind *kind = gd_rule_stepper(rule);
    call.w = parameter;
    call.g = gradient;
    call.spared = rule->spare_vectors && gd_tensor_rank(parameter) < 2;
    gd__rows rows;
    if (BY_ROWS && goes_by_rows(&call, parameter, gradient, &rows))
        return write_rows(&call, parameter, &rows, list);
    decay(&call, n);
    for (int i = 0; i < GD_RULE_SLOTS; i++)
        if (has_slot(rule, &kind->slot[i], parameter))
            call.slot[i] = gd__slot(parameter, kind->slot[i].name);
    kind->write(&call);
    gd_status status = GD_OK;
    for (int i = 0; i < GD_RULE_SLOTS && status == GD_OK; i++)
        if (call.slot[i].graph != NULL && call.next[i].graph != NULL)
            status = gd_assignment_list_add(list, call.slot[i], call.next[i]);
    if (status == GD_OK && rule->lookahead.steps > 0)
        status = gd__lookahead_write(&rule->lookahead, n->goes_back, n->first, parameter, &call.result, list);
    if (status == GD_OK && rule->ema.decay > 0)
        status = gd__ema_write(&rule->ema, n->first, parameter, call.result, list);
    if (status == GD_OK && rule->swa.every > 0)
        status = gd__swa_write(n->swa_share, parameter, call.result, list);
    return status == GD_OK ? gd_assignment_list_add(list, parameter, call.result) : status;
}

gd_status gd_rule_assignments(const gd_rule *rule, gd_graph *graph, gd_tensor learning_rate, gd_tensor step, int count,
                              const gd_tensor *parameter, const gd_tensor *gradient, gd_assignment_list *list)
{
    GD__NEEDS(rule, GD_ERROR_ARGUMENT);
    if (count > 0)
        GD__NEEDS(parameter, GD_ERROR_ARGUMENT);
    gd_status status = gd_rule_check(rule);
    if (status == GD_OK)
        status = gd__gradients_check(graph, count, parameter, gradient);
    if (status != GD_OK)
        return status;
    if (gd_rule_minimiser(rule) != NULL)
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "%s searches along lines over a whole set, which is no step that could be written into a "
                        "graph: call gd_fit or gd_lbfgs",
                        gd_rule_name(rule));
    if (!gd_tensor_ok(learning_rate) || !gd_tensor_ok(step))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the learning rate or the step is no tensor", gd_rule_name(rule));
    numbers number[GD_TYPE_COUNT] = {0};
    for (int i = 0; i < count && status == GD_OK; i++) {
        numbers *n = &number[gd_tensor_type(parameter[i])];
        if (!n->ready)
            status = make_numbers(rule, learning_rate, step, parameter[i], list, n);
        if (status == GD_OK)
            status = write_update(n, parameter[i], gradient[i], list);
        if (status == GD_OK && gd_graph_error(graph) != NULL)
            status = gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    }
    return status;
}
