// sound_length: a sound becomes one of a fixed length.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "data/sound_value.h"

typedef struct {
    int64_t rate;
    double seconds;
} sound_length_opts;

static int64_t length_of(const sound_length_opts *opts)
{
    return llround(opts->seconds * (double)opts->rate);
}

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const sound_length_opts *opts = options;
    (void)learned;
    (void)count;
    if (length_of(opts) < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%g seconds are less than a sample", opts->seconds);
    gd_status status = gd__sound_describe(&field[0]);
    if (status == GD_OK)
        field[0].shape.dim[0] = length_of(opts);
    return status;
}

// A longer sound is cut at both ends, a shorter one gets silence there; how much at which end is drawn in training,
// else it is the same.
static gd_status apply(gd_transform_call *call)
{
    const int64_t length = length_of(call->options);
    float *sample;
    int64_t count;
    gd_status status = gd__sound_of(call->value[0], &count, &sample);
    const double share = call->training ? gd_transform_uniform(call) : 0.5;
    if (status != GD_OK || count == length)
        return status;
    const void *before;
    status = gd_sample_value_change(call->value[0], GD_F32, GD_SHAPE(length), &before);
    if (status != GD_OK)
        return status;
    float *to = call->value[0]->data;
    const int64_t spare = (int64_t)(share * (double)(count > length ? count - length : length - count));
    memset(to, 0, (size_t)length * sizeof *to);
    if (count > length)
        memcpy(to, (const float *)before + spare, (size_t)length * sizeof *to);
    else
        memcpy(to + spare, before, (size_t)count * sizeof *to);
    return GD_OK;
}

static const gd_option options[] = {
    {.name = "seconds",
     .type = GD_OPTION_NUMBER,
     .required = true,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 36000,
     .doc = "how long the sound becomes",
     GD_FIELD(sound_length_opts, seconds)},
    {.name = "rate",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 768000,
     .standard = "16000",
     .doc = "samples of the sound a second",
     .aliases = "sample_rate",
     GD_FIELD(sound_length_opts, rate)},
    {0},
};

const gd_transform_kind gd__transform_sound_length = {
    .record = {.name = "sound_length",
               .doc = "a sound is cut or filled with silence to a fixed length; in training at a random place",
               .options = options,
               .short_option = "seconds",
               .options_size = sizeof(sound_length_opts)},
    .random = true,
    .describe = describe,
    .apply = apply,
};
