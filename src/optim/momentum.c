#include "optim/rule.h"

enum { CLASSIC, AVERAGING };

typedef struct momentum_options {
    double momentum, dampening;
    int form;
    bool bias_correction;
} momentum_options;
GD__OPTIONS_FIT(momentum_options);

enum { CORRECTION, SHARE }; // 1 / (1 - mu^t); the part of g that is added, 1 in the first step

static void begin(gd_rule_call *call)
{
    const momentum_options *o = call->options;
    if (o->bias_correction)
        call->number[CORRECTION] = gd_reciprocal(gd__bias(call->step, o->momentum));
    if (o->form == CLASSIC && o->dampening > 0)
        call->number[SHARE] = gd_shift(gd_scale(gd__first(call->step), o->dampening), 1.0 - o->dampening);
}

static void write_step(gd_rule_call *call)
{
    const momentum_options *o = call->options;
    const bool averaging = o->form == AVERAGING;
    gd_tensor fresh = !averaging && o->dampening > 0 ? gd_mul(call->number[SHARE], call->g) : call->g;
    gd_tensor v = gd__blend(call->slot[0], o->momentum, fresh, averaging ? 1.0 - o->momentum : 1.0);
    gd_tensor direction = averaging && o->bias_correction ? gd_mul(call->number[CORRECTION], v) : v;
    call->next[0] = v;
    call->result = gd__descend(call->w, call->rate, direction);
}

static const gd_option options[] = {
    GD_RULE_RATE("0.01"),
    {GD_RULE_OWN(momentum_options, momentum), GD__PART, .standard = "0.9",
     .doc = "mu, the part of the velocity that is kept"},
    {GD_RULE_OWN(momentum_options, form), .type = GD_OPTION_CHOICE, .choices = "classic|averaging",
     .standard = "classic",
     .doc = "v = mu v + g (classic, PyTorch's), or v = mu v + (1 - mu) g (averaging, as in Ng's course)"},
    {GD_RULE_OWN(momentum_options, bias_correction), .type = GD_OPTION_FLAG, .standard = "false",
     .doc = "averaging form: divide by 1 - mu^t"},
    {GD_RULE_OWN(momentum_options, dampening), GD__PART, .standard = "0",
     .doc = "classic form: v = mu v + (1 - dampening) g, but g whole in the first step"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_momentum = {
    .record = {.name = "momentum",
               .doc = "v = mu v + g, w = w - r v: v is a velocity that gradients push",
               .source = "Polyak 1964",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .slot = {{.name = "momentum"}},
    .begin = begin,
    .write = write_step,
};
