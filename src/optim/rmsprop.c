#include "optim/rule.h"

typedef struct rmsprop_options {
    double decay, epsilon, momentum;
    bool centered;
} rmsprop_options;
GD__OPTIONS_FIT(rmsprop_options);

enum { SQUARE, MEAN, VELOCITY };

static void write_step(gd_rule_call *call)
{
    const rmsprop_options *o = call->options;
    gd_tensor s = gd__blend(call->slot[SQUARE], o->decay, gd_square(call->g), 1.0 - o->decay);
    gd_tensor spread = s;
    call->next[SQUARE] = s;
    if (o->centered) {
        call->next[MEAN] = gd__blend(call->slot[MEAN], o->decay, call->g, 1.0 - o->decay);
        spread = gd_sub(s, gd_square(call->next[MEAN]));
    }
    gd_tensor direction = gd_div(call->g, gd_shift(gd_sqrt(spread), o->epsilon));
    if (o->momentum > 0)
        direction = call->next[VELOCITY] = gd__blend(call->slot[VELOCITY], o->momentum, direction, 1.0);
    call->result = gd__descend(call->w, call->rate, direction);
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(rmsprop_options, decay), GD__PART, .standard = "0.99",
     .doc = "the part of the old average that is kept"},
    {GD_RULE_OWN(rmsprop_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-8",
     .doc = "keeps the division sound"},
    {GD_RULE_OWN(rmsprop_options, centered), .type = GD_OPTION_FLAG, .standard = "false",
     .doc = "divide by the deviation of the gradient: its mean is taken off"},
    {GD_RULE_OWN(rmsprop_options, momentum), GD__PART, .standard = "0",
     .doc = "the part of the velocity that is kept; 0: there is none"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_rmsprop = {
    .record = {.name = "rmsprop",
               .doc =
                   "s = decay s + (1 - decay) g², w = w - r g / (sqrt(s) + epsilon): steps are divided by the root of "
                   "the gradient's mean square",
               .source = "Tieleman and Hinton 2012",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = {{.name = "square_avg"},
             {.name = "grad_avg", .when = "centered"},
             {.name = "momentum_buffer", .when = "momentum"}},
    .write = write_step,
};
