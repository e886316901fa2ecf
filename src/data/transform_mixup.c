// mixup: convex combinations of two samples and of their targets (Zhang, Cisse, Dauphin, Lopez-Paz 2018, "mixup: Beyond
// empirical risk minimization").
#include "data/pipeline.h"

typedef struct {
    double alpha, probability;
} mixup_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    (void)count;
    const gd_type type = field->type;
    gd_status status = gd__numbers_describe(field);
    field->type = type;
    return status;
}

// x = share x + (1 - share) other, where share is drawn from Beta(alpha, alpha).
static gd_status mix(gd_transform_call *call, const gd_sample_value *other, double *share)
{
    const mixup_opts *opts = call->options;
    const int64_t count = gd_shape_count(call->value[0]->field.shape);
    if (!(gd_transform_uniform(call) < opts->probability))
        return GD_OK;
    *share = gd_transform_beta(call, opts->alpha, opts->alpha);
    const float a = (float)*share, b = (float)(1 - *share), *from = other->data;
    float *to = call->value[0]->data;
    for (int64_t i = 0; i < count; i++)
        to[i] = a * to[i] + b * from[i];
    return GD_OK;
}

static const gd_option options[] = {
    {.name = "alpha",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1e6,
     .standard = "0.2",
     .doc = "shares are drawn from Beta(alpha, alpha): near 0 a sample hardly changes, at 1 all shares are as likely",
     GD_FIELD(mixup_opts, alpha)},
    {.name = "probability",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "1",
     .doc = "of being mixed",
     .aliases = "p",
     GD_FIELD(mixup_opts, probability)},
    {0},
};

const gd_transform_kind gd__transform_mixup = {
    .record = {.name = "mixup",
               .doc = "each sample of a batch is mixed with another, and so are their targets, in training only",
               .options = options,
               .short_option = "alpha",
               .source = "Zhang and others 2018",
               .options_size = sizeof(mixup_opts)},
    .random = true,
    .describe = describe,
    .mix = mix,
};
