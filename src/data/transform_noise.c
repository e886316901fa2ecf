// noise: in training, normal random numbers are added (Bishop 1995, "Training with noise is equivalent to Tikhonov
// regularization").
#include "data/pipeline.h"

typedef struct {
    double deviation;
} noise_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    (void)count;
    return gd__numbers_describe(field);
}

static gd_status apply(gd_transform_call *call)
{
    const noise_opts *opts = call->options;
    double *number;
    int64_t length;
    gd_status status = gd__numbers_of(call->value[0], &length, &number);
    for (int64_t i = 0; i < length && status == GD_OK && call->training; i++)
        number[i] += opts->deviation * gd_transform_normal(call);
    return status;
}

static const gd_option options[] = {
    {.name = "deviation",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1e9,
     .standard = "0.1",
     .doc = "of the noise, in the units of the data",
     .aliases = "std|stddev|sigma",
     GD_FIELD(noise_opts, deviation)},
    {0},
};

const gd_transform_kind gd__transform_noise = {
    .record = {.name = "noise",
               .doc = "x + deviation × a normal random number, in training only",
               .options = options,
               .short_option = "deviation",
               .aliases = "gaussian_noise",
               .source = "Bishop 1995",
               .options_size = sizeof(noise_opts)},
    .random = true,
    .describe = describe,
    .apply = apply,
};
