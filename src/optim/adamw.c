#include "optim/adam.h"

static const gd_option options[] = {GD__ADAM_OPTIONS, GD_RULE_COMMON("0.01", "true", "false"), {0}};

const gd_rule_kind gd__rule_adamw = {
    .record = {.name = "adamw",
               .doc = "Adam with weight decay apart from the gradient: w = w - r weight_decay w, then Adam's step",
               .source = "Loshchilov and Hutter 2019",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = GD__ADAM_SLOTS,
    .begin = gd__adam_begin,
    .write = gd__adam_write,
};
