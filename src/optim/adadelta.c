#include "optim/rule.h"

typedef struct adadelta_options {
    double decay, epsilon;
} adadelta_options;
GD__OPTIONS_FIT(adadelta_options);

static void write_step(gd_rule_call *call)
{
    const adadelta_options *o = call->options;
    gd_tensor s = gd__blend(call->slot[0], o->decay, gd_square(call->g), 1.0 - o->decay);
    gd_tensor before = gd_sqrt(gd_shift(call->slot[1], o->epsilon));
    gd_tensor direction = gd_mul(gd_div(before, gd_sqrt(gd_shift(s, o->epsilon))), call->g);
    call->next[0] = s;
    call->next[1] = gd__blend(call->slot[1], o->decay, gd_square(direction), 1.0 - o->decay);
    call->result = gd__descend(call->w, call->rate, direction);
}

static const gd_option options[] = {
    GD_RULE_RATE("1"),
    {GD_RULE_OWN(adadelta_options, decay), GD__PART, .standard = "0.9",
     .doc = "the part of the old averages that is kept"},
    {GD_RULE_OWN(adadelta_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-6",
     .doc = "what the first steps begin with"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_adadelta = {
    .record = {.name = "adadelta",
               .doc = "w = w - r d, d = sqrt(mean d² + epsilon) / sqrt(mean g² + epsilon) g: steps in the units of the "
                      "weights, which find their own size",
               .source = "Zeiler 2012",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_UNKNOWN,
    .slot = {{.name = "square_avg"}, {.name = "acc_delta"}},
    .write = write_step,
};
