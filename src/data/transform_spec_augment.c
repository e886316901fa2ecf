// spec_augment: in training, bands and frames of a spectrogram are blotted out (Park et al. 2019).
#include <math.h>

#include "base/error.h"
#include "data/pipeline.h"

typedef struct {
    int64_t bands, frames; // at most, of one blot
    int64_t band_blots, frame_blots;
    double most; // part of all frames that a blot covers at most
} spec_augment_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    (void)options;
    (void)learned;
    (void)count;
    const gd_shape shape = field[0].shape;
    if (shape.rank < 2 || shape.rank > 3 || (shape.rank == 3 && shape.dim[0] != 1))
        return gd__fail(GD_ERROR_SHAPE, "it is %s, a spectrogram (frames, bands) or (1, frames, bands) was expected",
                        gd_shape_text(shape, text));
    return gd__numbers_describe(field);
}

// Draws a blot of at most `most` along an axis of `length`.
static void draw(gd_transform_call *call, int64_t length, int64_t most, int64_t *begin, int64_t *end)
{
    most = most < length ? most : length;
    const int64_t width = (int64_t)(gd_transform_uniform(call) * (double)(most + 1));
    *begin = (int64_t)(gd_transform_uniform(call) * (double)(length - width + 1));
    *end = *begin + width;
}

static gd_status apply(gd_transform_call *call)
{
    const spec_augment_opts *opts = call->options;
    double *number, sum = 0;
    int64_t count;
    gd_status status = gd__numbers_of(call->value[0], &count, &number);
    if (status != GD_OK || !call->training || count == 0)
        return status;
    const gd_shape shape = call->value[0]->field.shape;
    const int64_t bands = shape.dim[shape.rank - 1], frames = shape.dim[shape.rank - 2];
    for (int64_t i = 0; i < count; i++)
        sum += number[i];
    const double mean = sum / (double)count;
    for (int64_t blot = 0; blot < opts->band_blots + opts->frame_blots; blot++) {
        const bool of_bands = blot < opts->band_blots;
        const int64_t part = (int64_t)(opts->most * (double)frames);
        int64_t begin, end;
        draw(call, of_bands ? bands : frames,
             of_bands              ? opts->bands
             : opts->frames < part ? opts->frames
                                   : part,
             &begin, &end);
        for (int64_t t = of_bands ? 0 : begin; t < (of_bands ? frames : end); t++)
            for (int64_t b = of_bands ? begin : 0; b < (of_bands ? end : bands); b++)
                number[t * bands + b] = mean;
    }
    return GD_OK;
}

#define WHOLE(field_name, value, words)                                                                                \
    {                                                                                                                  \
        .name = #field_name, .type = GD_OPTION_INTEGER, .ranged = true, .low = 0, .high = 100000, .standard = (value), \
        .doc = (words), GD_FIELD(spec_augment_opts, field_name)                                                        \
    }
static const gd_option options[] = {
    WHOLE(bands, "8", "how many neighbouring bands a blot covers at most"),
    WHOLE(frames, "20", "how many neighbouring frames a blot covers at most"),
    WHOLE(band_blots, "2", "blots over bands"),
    WHOLE(frame_blots, "2", "blots over frames"),
    {.name = "most",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "0.2",
     .doc = "the part of all frames that one blot covers at most",
     GD_FIELD(spec_augment_opts, most)},
    {0},
};

const gd_transform_kind gd__transform_spec_augment = {
    .record = {.name = "spec_augment",
               .doc = "bands and frames of a spectrogram become its mean at random, in training only",
               .options = options,
               .aliases = "specaugment",
               .source = "Park et al. 2019, SpecAugment: a simple data augmentation method for speech recognition",
               .options_size = sizeof(spec_augment_opts)},
    .random = true,
    .describe = describe,
    .apply = apply,
};
