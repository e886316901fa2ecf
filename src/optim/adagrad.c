#include "optim/rule.h"

typedef struct adagrad_options {
    double epsilon, rate_decay, initial;
} adagrad_options;
GD__OPTIONS_FIT(adagrad_options);

enum { RATE, START }; // r / (1 + rate_decay (t - 1)); what the sum begins with, in the first step

static void begin(gd_rule_call *call)
{
    const adagrad_options *o = call->options;
    call->number[RATE] = call->rate;
    if (o->rate_decay > 0)
        call->number[RATE] = gd_div(call->rate, gd_shift(gd_scale(call->step, o->rate_decay), 1.0 - o->rate_decay));
    if (o->initial > 0)
        call->number[START] = gd_scale(gd__first(call->step), o->initial);
}

static void write_step(gd_rule_call *call)
{
    const adagrad_options *o = call->options;
    gd_tensor s = gd_add(call->slot[0], gd_square(call->g));
    if (o->initial > 0)
        s = gd_add(s, call->number[START]);
    call->next[0] = s;
    call->result = gd__descend(call->w, call->number[RATE], gd_div(call->g, gd_shift(gd_sqrt(s), o->epsilon)));
}

// What the sum begins with is added in the first step, to all of it.
static bool stands_still(const gd_rule *rule)
{
    return gd_rule_get(rule, "initial") == 0;
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(adagrad_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-10",
     .doc = "keeps the division sound"},
    {GD_RULE_OWN(adagrad_options, rate_decay), GD__NUMBER, .standard = "0",
     .doc = "the rate is divided by 1 + rate_decay (t - 1)"},
    {GD_RULE_OWN(adagrad_options, initial), GD__NUMBER, .standard = "0", .doc = "what the sum begins with"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_adagrad = {
    .record = {.name = "adagrad",
               .doc = "s = s + g², w = w - r g / (sqrt(s) + epsilon): steps shrink where gradients have been large",
               .source = "Duchi, Hazan, Singer 2011",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = {{.name = "sum"}},
    .begin = begin,
    .write = write_step,
    .stands_still = stands_still,
};
