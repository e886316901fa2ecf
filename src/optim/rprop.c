#include "optim/rule.h"

typedef struct rprop_options {
    double shrink, grow, least, most;
} rprop_options;
GD__OPTIONS_FIT(rprop_options);

enum { BEFORE, SIZE }; // slots: the gradient of the step before, and the size of this element's steps
enum { START };        // r in the first step, else 0

static void begin(gd_rule_call *call)
{
    call->number[START] = gd_mul(gd__first(call->step), call->rate);
}

static void write_step(gd_rule_call *call)
{
    const rprop_options *o = call->options;
    gd_tensor zero = gd_scalar_like(call->g, 0.0), one = gd_scalar_like(call->g, 1.0);
    gd_tensor agreement = gd_mul(call->g, call->slot[BEFORE]);
    gd_tensor turns = gd_less(agreement, zero);
    gd_tensor factor = gd_where(turns, gd_scalar_like(call->g, o->shrink),
                                gd_where(gd_greater(agreement, zero), gd_scalar_like(call->g, o->grow), one));
    gd_tensor size = gd_clip(gd_mul(gd_add(call->slot[SIZE], call->number[START]), factor), o->least, o->most);
    gd_tensor g = gd_where(turns, zero, call->g);
    call->next[BEFORE] = g;
    call->next[SIZE] = size;
    call->result = gd_sub(call->w, gd_mul(gd_sign(g), size));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(rprop_options, shrink), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .below = true,
     .low = 0, .high = 1, .standard = "0.5", .doc = "what a step is multiplied by where the gradient turns round"},
    {GD_RULE_OWN(rprop_options, grow), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .low = 1, .high = 1e6,
     .standard = "1.2", .doc = "and where it keeps its sign"},
    {GD_RULE_OWN(rprop_options, least), GD__NUMBER, .standard = "1e-6", .doc = "no step is smaller"},
    {GD_RULE_OWN(rprop_options, most), GD__POSITIVE, .standard = "50", .doc = "no step is larger"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_rprop = {
    .record = {.name = "rprop",
               .doc =
                   "w = w - size sign(g), with a size for each element that grows while the gradient keeps its sign: "
                   "for the whole training set as one batch. The learning rate is the first size; a schedule does "
                   "nothing",
               .source = "Riedmiller and Braun 1993",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = {{.name = "prev"}, {.name = "step_size"}},
    .begin = begin,
    .write = write_step,
};
