#include "optim/rule.h"

typedef struct asgd_options {
    double lambda, alpha, start;
} asgd_options;
GD__OPTIONS_FIT(asgd_options);

enum { RATE, KEEP, SHARE }; // eta, 1 - lambda eta, and the part of the new weights in their average

// With k = t - 1 steps done: eta = r / (1 + lambda r k)^alpha, and the average begins after `start` steps.
static void begin(gd_rule_call *call)
{
    const asgd_options *o = call->options;
    gd_tensor done = gd_shift(call->step, -1.0), one = gd_scalar_like(call->step, 1.0);
    gd_tensor slow = gd_shift(gd_scale(gd_mul(call->rate, done), o->lambda), 1.0);
    call->number[RATE] = gd_div(call->rate, gd_pow(slow, gd_scalar_like(slow, o->alpha)));
    call->number[KEEP] = gd_shift(gd_scale(call->number[RATE], -o->lambda), 1.0);
    call->number[SHARE] = gd_reciprocal(gd_maximum(one, gd_shift(done, -o->start)));
}

static void write_step(gd_rule_call *call)
{
    gd_tensor w = gd__descend(gd_mul(call->number[KEEP], call->w), call->number[RATE], call->g);
    call->next[0] = gd_add(call->slot[0], gd_mul(call->number[SHARE], gd_sub(w, call->slot[0])));
    call->result = w;
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(asgd_options, lambda), GD__NUMBER, .standard = "1e-4", .doc = "pulls towards zero, and slows down"},
    {GD_RULE_OWN(asgd_options, alpha), GD__NUMBER, .standard = "0.75", .doc = "how fast the rate falls"},
    {GD_RULE_OWN(asgd_options, start), GD__NUMBER, .standard = "1e6", .doc = "steps before averaging begins"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

// For averages that are used, see the option `ema` of every rule.
const gd_rule_kind gd__rule_asgd = {
    .record = {.name = "asgd",
               .doc =
                   "eta = r / (1 + lambda r (t - 1))^alpha, w = (1 - lambda eta) w - eta g, whose average is kept in "
                   "the slot ax: averaged stochastic gradient descent",
               .source = "Polyak and Juditsky 1992",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .slot = {{.name = "ax"}},
    .begin = begin,
    .write = write_step,
};
