// clip: numbers below `low` become `low`, those above `high` become `high`.
#include "base/error.h"
#include "data/pipeline.h"

typedef struct {
    double low, high;
} clip_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const clip_opts *opts = options;
    (void)learned;
    (void)count;
    if (opts->low > opts->high)
        return gd__fail(GD_ERROR_ARGUMENT, "low is %g, which is above high, %g", opts->low, opts->high);
    return gd__numbers_describe(field);
}

static gd_status apply(gd_transform_call *call)
{
    const clip_opts *opts = call->options;
    double *number;
    int64_t length;
    gd_status status = gd__numbers_of(call->value[0], &length, &number);
    for (int64_t i = 0; i < length && status == GD_OK; i++) // a missing number stays one
        number[i] = number[i] < opts->low ? opts->low : number[i] > opts->high ? opts->high : number[i];
    return status;
}

static const gd_option options[] = {
    {.name = "low",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = -1e300,
     .high = 1e300,
     .standard = "-1e300",
     .doc = "the smallest",
     .aliases = "min",
     GD_FIELD(clip_opts, low)},
    {.name = "high",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = -1e300,
     .high = 1e300,
     .standard = "1e300",
     .doc = "the largest",
     .aliases = "max",
     GD_FIELD(clip_opts, high)},
    {0},
};

const gd_transform_kind gd__transform_clip = {
    .record = {.name = "clip",
               .doc = "numbers are kept from `low` to `high`",
               .options = options,
               .aliases = "clamp",
               .options_size = sizeof(clip_opts)},
    .describe = describe,
    .apply = apply,
};
