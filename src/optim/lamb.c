#include "optim/rule.h"

typedef struct lamb_options {
    double beta1, beta2, epsilon;
} lamb_options;
GD__OPTIONS_FIT(lamb_options);

enum { MEAN, ROOT }; // 1 / (1 - beta1^t) and 1 / sqrt(1 - beta2^t)

static void begin(gd_rule_call *call)
{
    const lamb_options *o = call->options;
    call->number[MEAN] = gd_reciprocal(gd__bias(call->step, o->beta1));
    call->number[ROOT] = gd_rsqrt(gd__bias(call->step, o->beta2));
}

static gd_tensor norm(gd_tensor x)
{
    return gd_sqrt(gd_sum(gd_square(x), (gd_reduce_opts){0}));
}

// |w| / |u|, or 1 where one of them is 0.
static gd_tensor trust(gd_tensor w, gd_tensor u)
{
    gd_tensor of_w = norm(w), of_u = norm(u), zero = gd_scalar_like(of_w, 0.0), one = gd_scalar_like(of_w, 1.0);
    gd_tensor usable = gd_greater(gd_minimum(of_w, of_u), zero);
    return gd_where(usable, gd_div(of_w, gd_where(usable, of_u, one)), one);
}

static void write_step(gd_rule_call *call)
{
    const lamb_options *o = call->options;
    gd_tensor m = gd__blend(call->slot[0], o->beta1, call->g, 1.0 - o->beta1);
    gd_tensor s = gd__blend(call->slot[1], o->beta2, gd_square(call->g), 1.0 - o->beta2);
    gd_tensor root = gd_shift(gd_mul(gd_sqrt(s), call->number[ROOT]), o->epsilon);
    gd_tensor u = gd_div(gd_mul(m, call->number[MEAN]), root);
    if (call->weight_decay > 0)
        u = gd_add(u, gd_scale(call->w, call->weight_decay));
    call->next[0] = m;
    call->next[1] = s;
    call->result = gd__descend(call->w, gd_mul(call->rate, trust(call->w, u)), u);
}

static const gd_option options[] = {
    GD_RULE_RATE("0.001"),
    {GD_RULE_OWN(lamb_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",
     .doc = "the part of the mean gradient that is kept"},
    {GD_RULE_OWN(lamb_options, beta2), .aliases = "b2|beta_2", GD__PART, .standard = "0.999",
     .doc = "the part of the mean square that is kept"},
    {GD_RULE_OWN(lamb_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-6",
     .doc = "keeps the division sound"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_lamb = {
    .record = {.name = "lamb",
               .doc =
                   "w = w - r |w| / |u| u, with u Adam's direction + weight_decay w: each parameter moves by a part of "
                   "its own size; for large batches",
               .source = "You et al. 2020",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .flags = GD_RULE_DECAYS,
    .step_size = GD_STEP_UNKNOWN,
    .slot = {{.name = "exp_avg"}, {.name = "exp_avg_sq"}},
    .begin = begin,
    .write = write_step,
};
