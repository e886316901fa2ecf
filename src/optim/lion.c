#include "optim/rule.h"

typedef struct lion_options {
    double beta1, beta2;
} lion_options;
GD__OPTIONS_FIT(lion_options);

static void write_step(gd_rule_call *call)
{
    const lion_options *o = call->options;
    gd_tensor m = call->slot[0];
    gd_tensor direction = gd_sign(gd__blend(m, o->beta1, call->g, 1.0 - o->beta1));
    call->next[0] = gd__blend(m, o->beta2, call->g, 1.0 - o->beta2);
    call->result = gd__descend(call->w, call->rate, direction);
}

static const gd_option options[] = {
    GD_RULE_RATE("0.0001"),
    {GD_RULE_OWN(lion_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",
     .doc = "the part of the mean gradient in the direction"},
    {GD_RULE_OWN(lion_options, beta2), .aliases = "b2|beta_2", GD__PART, .standard = "0.99",
     .doc = "the part of the mean gradient that is kept"},
    GD_RULE_COMMON("0", "true", "false"),
    {0},
};

const gd_rule_kind gd__rule_lion = {
    .record = {.name = "lion",
               .doc =
                   "w = w - r sign(beta1 m + (1 - beta1) g), m = beta2 m + (1 - beta2) g: every element moves by the "
                   "rate, which is smaller than Adam's",
               .source = "Chen et al. 2023",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = {{.name = "exp_avg"}},
    .write = write_step,
};
