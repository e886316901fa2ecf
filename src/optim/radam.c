#include "optim/rule.h"

#include <math.h>

typedef struct radam_options {
    double beta1, beta2, epsilon;
} radam_options;
GD__OPTIONS_FIT(radam_options);

// r / (1 - beta1^t); what the adaptive step is multiplied by, and the plain one: one of them is 0.
enum { RATE, ADAPTIVE, PLAIN };

// rho_t = rho - 2 t beta2^t / (1 - beta2^t), rho = 2 / (1 - beta2) - 1, is how many squares the mean is made of. Above
// 5 the variance of the adaptive rate is known, and the step is multiplied by sqrt((rho_t - 4) (rho_t - 2) rho / ((rho
// - 4) (rho - 2) rho_t)). In double precision: large numbers cancel.
static void begin(gd_rule_call *call)
{
    const radam_options *o = call->options;
    const gd_type type = gd_tensor_type(call->step);
    const double rho = 2 / (1 - o->beta2) - 1;
    gd_tensor t = gd_cast(call->step, GD_F64), bias = gd__bias(t, o->beta2);
    gd_tensor power = gd_shift(gd_neg(bias), 1.0); // beta2^t
    gd_tensor rho_t = gd_shift(gd_scale(gd_div(gd_mul(t, power), bias), -2.0), rho);
    gd_tensor enough = gd_cast(gd_greater(rho_t, gd_scalar_like(rho_t, 5.0)), GD_F64);
    gd_tensor safe = gd_maximum(rho_t, gd_scalar_like(rho_t, 5.0));
    gd_tensor square = gd_div(gd_mul(gd_shift(safe, -4.0), gd_shift(safe, -2.0)), safe);
    gd_tensor rectified = gd_sqrt(gd_mul(gd_scale(square, rho / ((rho - 4) * (rho - 2))), bias));
    call->number[RATE] = gd_div(call->rate, gd__bias(call->step, o->beta1));
    call->number[ADAPTIVE] = gd_cast(gd_mul(rectified, enough), type);
    call->number[PLAIN] = gd_cast(gd_shift(gd_neg(enough), 1.0), type);
}

static void write_step(gd_rule_call *call)
{
    const radam_options *o = call->options;
    gd_tensor m = gd__blend(call->slot[0], o->beta1, call->g, 1.0 - o->beta1);
    gd_tensor s = gd__blend(call->slot[1], o->beta2, gd_square(call->g), 1.0 - o->beta2);
    gd_tensor adapted = gd_div(call->number[ADAPTIVE], gd_shift(gd_sqrt(s), o->epsilon));
    call->next[0] = m;
    call->next[1] = s;
    call->result = gd__descend(call->w, call->number[RATE], gd_mul(m, gd_add(adapted, call->number[PLAIN])));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.001"),
    {GD_RULE_OWN(radam_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",
     .doc = "the part of the mean gradient that is kept"},
    {GD_RULE_OWN(radam_options, beta2), .aliases = "b2|beta_2", .type = GD_OPTION_NUMBER, .ranged = true, .below = true,
     .low = 0.7, .high = 1, .standard = "0.999", .doc = "the part of the mean square that is kept"},
    {GD_RULE_OWN(radam_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-8",
     .doc = "keeps the division sound"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_radam = {
    .record = {.name = "radam",
               .doc =
                   "Adam whose steps are plain momentum until the mean square is known well enough, and rectified by "
                   "how well it is known afterwards: no warm-up is needed",
               .source = "Liu et al. 2020",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .slot = {{.name = "exp_avg"}, {.name = "exp_avg_sq"}},
    .begin = begin,
    .write = write_step,
};
