#include "optim/rule.h"

typedef struct nesterov_options {
    double momentum;
} nesterov_options;
GD__OPTIONS_FIT(nesterov_options);

static void write_step(gd_rule_call *call)
{
    const nesterov_options *o = call->options;
    gd_tensor v = gd__blend(call->slot[0], o->momentum, call->g, 1.0);
    call->next[0] = v;
    call->result = gd__descend(call->w, call->rate, gd_add(call->g, gd_scale(v, o->momentum)));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(nesterov_options, momentum), GD__PART, .standard = "0.9",
     .doc = "mu, the part of the velocity that is kept"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_nesterov = {
    .record = {.name = "nesterov",
               .doc = "v = mu v + g, w = w - r (g + mu v): momentum that looks a step ahead",
               .source = "Nesterov 1983; Sutskever et al. 2013",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .slot = {{.name = "momentum"}},
    .write = write_step,
};
