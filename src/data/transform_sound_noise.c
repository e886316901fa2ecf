// sound_noise: in training, white noise is added to a sound, as far below it as is drawn.
#include <math.h>

#include "base/error.h"
#include "data/sound_value.h"

typedef struct {
    double low, high; // decibels
} sound_noise_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const sound_noise_opts *opts = options;
    (void)learned;
    (void)count;
    if (opts->low > opts->high)
        return gd__fail(GD_ERROR_ARGUMENT, "low is %g, which is above high, %g", opts->low, opts->high);
    return gd__sound_describe(&field[0]);
}

static gd_status apply(gd_transform_call *call)
{
    const sound_noise_opts *opts = call->options;
    float *sample;
    int64_t count;
    double squares = 0;
    gd_status status = gd__sound_of(call->value[0], &count, &sample);
    if (status != GD_OK || !call->training || count == 0)
        return status;
    for (int64_t i = 0; i < count; i++)
        squares += (double)sample[i] * (double)sample[i];
    const double below = opts->low + (opts->high - opts->low) * gd_transform_uniform(call);
    const double deviation = sqrt(squares / (double)count) * pow(10, -below / 20);
    for (int64_t i = 0; i < count; i++)
        sample[i] += (float)(deviation * gd_transform_normal(call));
    return GD_OK;
}

#define DECIBELS(field_name, value, words)                                                                             \
    {                                                                                                                  \
        .name = #field_name, .type = GD_OPTION_NUMBER, .ranged = true, .low = -100, .high = 200, .standard = (value),  \
        .doc = (words), GD_FIELD(sound_noise_opts, field_name)                                                         \
    }
static const gd_option options[] = {
    DECIBELS(low, "15", "how far below the sound the noise lies at least, in decibels"),
    DECIBELS(high, "40", "how far at most"),
    {0},
};

const gd_transform_kind gd__transform_sound_noise = {
    .record = {.name = "sound_noise",
               .doc =
                   "white noise is added to a sound, `low` to `high` decibels below its mean power, in training only",
               .options = options,
               .options_size = sizeof(sound_noise_opts)},
    .random = true,
    .describe = describe,
    .apply = apply,
};
