#include "optim/rule.h"

typedef struct fista_options {
    double l1;
} fista_options;
GD__OPTIONS_FIT(fista_options);

enum { SHRINKAGE, INERTIA }; // r l1; (s - 1) / u

// Nesterov's sequence: u = (1 + sqrt(1 + 4 s^2)) / 2. The shared slot holds s - 1, since slots start at zero.
static void begin(gd_rule_call *call)
{
    const fista_options *o = call->options;
    gd_tensor s = gd_shift(call->shared, 1.0);
    gd_tensor u = gd_scale(gd_shift(gd_sqrt(gd_shift(gd_scale(gd_square(s), 4.0), 1.0)), 1.0), 0.5);
    call->number[SHRINKAGE] = gd_scale(call->rate, o->l1);
    call->number[INERTIA] = gd_div(call->shared, u);
    call->next_shared = gd_shift(u, -1.0);
}

static void write_step(gd_rule_call *call)
{
    const fista_options *o = call->options;
    gd_tensor z = gd__descend(call->w, call->rate, call->g);
    if (o->l1 > 0 && !call->spared)
        z = gd__soft_threshold(z, call->number[SHRINKAGE]);
    call->next[0] = z;
    call->result = gd_add(z, gd_mul(call->number[INERTIA], gd_sub(z, call->slot[0])));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(fista_options, l1), GD__NUMBER, .standard = "0.001",
     .doc = "what the absolute value of each weight costs"},
    GD_RULE_COMMON("0", "false", "true"),
    {0},
};

// w is the point where the gradient is taken, ahead of z; they come together at the end.
const gd_rule_kind gd__rule_fista = {
    .record = {.name = "fista",
               .doc =
                   "z = S(w - r g, r l1), u = (1 + sqrt(1 + 4 s²)) / 2, w = z + (s - 1) / u (z - z'), z' = z, s = u, "
                   "from s = 1: ISTA from a point ahead of the last step, which is faster",
               .source = "Beck and Teboulle 2009",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .slot = {{.name = "shrunk"}},
    .shared_slot = "inertia",
    .begin = begin,
    .write = write_step,
};
