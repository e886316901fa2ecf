#include "optim/rule.h"

typedef struct adamax_options {
    double beta1, beta2, epsilon;
} adamax_options;
GD__OPTIONS_FIT(adamax_options);

static void begin(gd_rule_call *call)
{
    const adamax_options *o = call->options;
    call->number[0] = gd_div(call->rate, gd__bias(call->step, o->beta1));
}

static void write_step(gd_rule_call *call)
{
    const adamax_options *o = call->options;
    gd_tensor m = gd__blend(call->slot[0], o->beta1, call->g, 1.0 - o->beta1);
    gd_tensor u = gd_maximum(gd_scale(call->slot[1], o->beta2), gd_shift(gd_abs(call->g), o->epsilon));
    call->next[0] = m;
    call->next[1] = u;
    call->result = gd__descend(call->w, call->number[0], gd_div(m, u));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.002"),
    {GD_RULE_OWN(adamax_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",
     .doc = "the part of the mean gradient that is kept"},
    {GD_RULE_OWN(adamax_options, beta2), .aliases = "b2|beta_2", GD__PART, .standard = "0.999",
     .doc = "the part of the largest gradient that is kept"},
    {GD_RULE_OWN(adamax_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-8",
     .doc = "keeps the division sound"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_adamax = {
    .record =
        {.name = "adamax",
         .doc = "m = beta1 m + (1 - beta1) g, u = max(beta2 u, |g| + epsilon), w = w - r m / (1 - beta1^t) / u: Adam "
                "with the largest gradient in place of the mean square",
         .source = "Kingma and Ba 2015",
         .options = options,
         .short_option = "learning_rate",
         .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = {{.name = "exp_avg"}, {.name = "exp_inf"}},
    .begin = begin,
    .write = write_step,
};
