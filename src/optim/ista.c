#include "optim/rule.h"

typedef struct ista_options {
    double l1;
} ista_options;
GD__OPTIONS_FIT(ista_options);

static void begin(gd_rule_call *call)
{
    const ista_options *o = call->options;
    call->number[0] = gd_scale(call->rate, o->l1);
}

static void write_step(gd_rule_call *call)
{
    const ista_options *o = call->options;
    gd_tensor z = gd__descend(call->w, call->rate, call->g);
    call->result = o->l1 > 0 && !call->spared ? gd__soft_threshold(z, call->number[0]) : z;
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(ista_options, l1), GD__NUMBER, .standard = "0.001",
     .doc = "what the absolute value of each weight costs"},
    GD_RULE_COMMON("0", "false", "true"),
    {0},
};

const gd_rule_kind gd__rule_ista = {
    .record = {.name = "ista",
               .doc =
                   "w = S(w - r g, r l1), S(v, a) = sign(v) max(|v| - a, 0): down the gradient, then towards zero by "
                   "r l1; weights that are not needed become zero",
               .source = "Daubechies, Defrise, De Mol 2004",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .begin = begin,
    .write = write_step,
};
