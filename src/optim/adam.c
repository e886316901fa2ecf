#include "optim/adam.h"

GD__OPTIONS_FIT(gd__adam_options);

enum { RATE, ROOT }; // r / (1 - beta1^t) and 1 / sqrt(1 - beta2^t)

void gd__adam_begin(gd_rule_call *call)
{
    const gd__adam_options *o = call->options;
    call->number[RATE] = call->rate;
    if (!o->bias_correction)
        return;
    call->number[RATE] = gd_div(call->rate, gd__bias(call->step, o->beta1));
    call->number[ROOT] = gd_rsqrt(gd__bias(call->step, o->beta2));
}

void gd__adam_write(gd_rule_call *call)
{
    const gd__adam_options *o = call->options;
    gd_tensor m = gd__blend(call->slot[0], o->beta1, call->g, 1.0 - o->beta1);
    gd_tensor s = gd__blend(call->slot[1], o->beta2, gd_square(call->g), 1.0 - o->beta2);
    gd_tensor largest = o->amsgrad ? gd_maximum(call->slot[2], s) : s;
    gd_tensor root = gd_sqrt(largest);
    if (o->bias_correction)
        root = gd_mul(root, call->number[ROOT]);
    gd_tensor direction = gd_div(m, gd_shift(root, o->epsilon));
    call->next[0] = m;
    call->next[1] = s;
    call->next[2] = largest;
    call->result = gd__descend(call->w, call->number[RATE], direction);
}

static const gd_option options[] = {GD__ADAM_OPTIONS, GD_RULE_COMMON("0", "false", "false"), {0}};

const gd_rule_kind gd__rule_adam = {
    .record = {.name = "adam",
               .doc = "m = beta1 m + (1 - beta1) g, s = beta2 s + (1 - beta2) g², w = w - r m / (1 - beta1^t) / "
                      "(sqrt(s / (1 - beta2^t)) + epsilon): RMSprop with a mean of gradients, both corrected for their "
                      "start",
               .source = "Kingma and Ba 2015",
               .options = options,
               .short_option = "learning_rate",
               .options_size = sizeof(gd_rule)},
    .step_size = GD_STEP_LIKE_RATE,
    .slot = GD__ADAM_SLOTS,
    .begin = gd__adam_begin,
    .write = gd__adam_write,
};
