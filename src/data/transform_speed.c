// speed: in training, a sound is played faster or slower (Ko, Peddinti, Povey and Khudanpur 2015).
#include "base/error.h"
#include "base/memory.h"
#include "data/sound_value.h"
#include "sound/sound.h"

typedef struct {
    double low, high;
} speed_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const speed_opts *opts = options;
    (void)learned;
    (void)count;
    if (opts->low > opts->high)
        return gd__fail(GD_ERROR_ARGUMENT, "low is %g, which is above high, %g", opts->low, opts->high);
    gd_status status = gd__sound_describe(&field[0]);
    if (status == GD_OK)
        field[0].shape.dim[0] = GD_OPEN;
    return status;
}

static gd_status apply(gd_transform_call *call)
{
    const speed_opts *opts = call->options;
    float *sample, *made;
    int64_t count, length;
    gd_status status = gd__sound_of(call->value[0], &count, &sample);
    if (status != GD_OK || !call->training || count == 0)
        return status;
    const double speed = opts->low + (opts->high - opts->low) * gd_transform_uniform(call);
    status = gd__sound_resample(sample, count, 1 / speed, false, &length, &made);
    if (status == GD_OK && length > 0)
        status = gd__sound_put(call->value[0], length, made);
    gd__free(made);
    return status;
}

static const gd_option options[] = {
    {.name = "low",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0.1,
     .high = 10,
     .standard = "0.9",
     .doc = "the slowest",
     GD_FIELD(speed_opts, low)},
    {.name = "high",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0.1,
     .high = 10,
     .standard = "1.1",
     .doc = "the fastest",
     GD_FIELD(speed_opts, high)},
    {0},
};

const gd_transform_kind gd__transform_speed = {
    .record = {.name = "speed",
               .doc = "a sound is played at a speed from `low` to `high`, drawn evenly, in training only",
               .options = options,
               .aliases = "speed_perturbation",
               .source = "Ko, Peddinti, Povey, Khudanpur 2015, Audio augmentation for speech recognition",
               .options_size = sizeof(speed_opts)},
    .random = true,
    .describe = describe,
    .apply = apply,
};
