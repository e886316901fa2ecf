#include "optim/rule.h"

#include <math.h>

typedef struct nadam_options {
    double beta1, beta2, epsilon, momentum_decay;
} nadam_options;
GD__OPTIONS_FIT(nadam_options);

enum { OF_GRADIENT, OF_MEAN, ROOT }; // r (1 - mu_t) / (1 - P_t), r mu_(t+1) / (1 - P_(t+1)), 1 / sqrt(1 - beta2^t)

// mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
static gd_tensor warmed(const nadam_options *o, gd_tensor step)
{
    gd_tensor power = gd_exp(gd_scale(step, o->momentum_decay * log(0.96)));
    return gd_scale(gd_shift(gd_scale(power, -0.5), 1.0), o->beta1);
}

// P_t is the product of all mu so far. The shared slot holds q = 1 - P, since slots start at zero; with another mu it
// becomes 1 - mu + mu q.
static void begin(gd_rule_call *call)
{
    const nadam_options *o = call->options;
    gd_tensor mu = warmed(o, call->step), next = warmed(o, gd_shift(call->step, 1.0));
    gd_tensor rest = gd_shift(gd_neg(mu), 1.0), next_rest = gd_shift(gd_neg(next), 1.0);
    gd_tensor q = gd_add(rest, gd_mul(mu, call->shared)), next_q = gd_add(next_rest, gd_mul(next, q));
    call->next_shared = q;
    call->number[OF_GRADIENT] = gd_div(gd_mul(call->rate, rest), q);
    call->number[OF_MEAN] = gd_div(gd_mul(call->rate, next), next_q);
    call->number[ROOT] = gd_rsqrt(gd__bias(call->step, o->beta2));
}

static void write_step(gd_rule_call *call)
{
    const nadam_options *o = call->options;
    gd_tensor m = gd__blend(call->slot[0], o->beta1, call->g, 1.0 - o->beta1);
    gd_tensor s = gd__blend(call->slot[1], o->beta2, gd_square(call->g), 1.0 - o->beta2);
    gd_tensor root = gd_shift(gd_mul(gd_sqrt(s), call->number[ROOT]), o->epsilon);
    gd_tensor direction = gd_add(gd_mul(call->number[OF_GRADIENT], call->g), gd_mul(call->number[OF_MEAN], m));
    call->next[0] = m;
    call->next[1] = s;
    call->result = gd_sub(call->w, gd_div(direction, root));
}

static const gd_option options[] = {
    GD_RULE_RATE("0.002"),
    {GD_RULE_OWN(nadam_options, beta1), .aliases = "b1|beta_1", GD__PART, .standard = "0.9",
     .doc = "the part of the mean gradient that is kept"},
    {GD_RULE_OWN(nadam_options, beta2), .aliases = "b2|beta_2", GD__PART, .standard = "0.999",
     .doc = "the part of the mean square that is kept"},
    {GD_RULE_OWN(nadam_options, epsilon), .aliases = "eps", GD__POSITIVE, .standard = "1e-8",
     .doc = "keeps the division sound"},
    {GD_RULE_OWN(nadam_options, momentum_decay), GD__NUMBER, .standard = "0.004", .doc = "how fast mu grows to beta1"},
    GD_RULE_COMMON("0", "false", "false"),
    {0},
};

const gd_rule_kind gd__rule_nadam = {
    .record = {.name = "nadam",
               .doc = "Adam that looks a step ahead: in place of the corrected mean the mix of mean and gradient that "
                      "Nesterov's momentum takes, with mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)",
               .source = "Dozat 2016",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = {{.name = "exp_avg"}, {.name = "exp_avg_sq"}},
    .shared_slot = "mu_rest",
    .begin = begin,
    .write = write_step,
};
