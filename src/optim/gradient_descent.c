#include "optim/rule.h"

static void write_step(gd_rule_call *call)
{
    call->result = gd__descend(call->w, call->rate, call->g);
}

static bool stands_still(const gd_rule *rule)
{
    (void)rule;
    return true;
}

static const gd_option options[] = {GD_RULE_RATE("0.01"), GD_RULE_COMMON("0", "false", "false"), {0}};

const gd_rule_kind gd__rule_gradient_descent = {
    .record = {.name = "gradient_descent",
               .doc = "w = w - r g",
               .options = options,
               .short_option = "learning_rate",
               .aliases = "sgd|gd",
               .options_size = sizeof(gd_rule)},
    .write = write_step,
    .stands_still = stands_still,
};
