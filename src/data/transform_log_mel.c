// log_mel: a sound becomes a log-mel spectrogram.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/sound_value.h"
#include "sound/spectrogram.h"

enum { NOT, BY_SOUND, BY_BAND };

typedef struct {
    int64_t rate, bands, fft;
    double window, hop; // seconds
    double low, high, floor;
    int scale, standardize;
    bool equal_area, picture;
} log_mel_opts;

static gd_status mel_opts_of(const log_mel_opts *opts, gd__mel_opts *mel)
{
    *mel = (gd__mel_opts){.rate = opts->rate,
                          .fft = opts->fft,
                          .window = llround(opts->window * (double)opts->rate),
                          .hop = llround(opts->hop * (double)opts->rate),
                          .bands = opts->bands,
                          .low = opts->low,
                          .high = opts->high,
                          .slaney = opts->scale == 1,
                          .equal_area = opts->equal_area,
                          .floor = opts->floor};
    for (int64_t fft = 2; opts->fft == 0 && mel->fft < mel->window; fft *= 2)
        mel->fft = fft;
    return gd__mel_check(mel);
}

static gd_shape shape_of(const log_mel_opts *opts, const gd__mel_opts *mel, int64_t count)
{
    const int64_t frames = count < 0 ? GD_OPEN : gd__mel_frames(mel, count);
    return opts->picture ? GD_SHAPE(1, frames, mel->bands) : GD_SHAPE(frames, mel->bands);
}

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const log_mel_opts *opts = options;
    gd__mel_opts mel;
    (void)learned;
    (void)count;
    gd_status status = gd__sound_describe(&field[0]);
    if (status == GD_OK)
        status = mel_opts_of(opts, &mel);
    if (status == GD_OK)
        field[0].shape = shape_of(opts, &mel, field[0].shape.dim[0]);
    return status;
}

// To mean 0 and deviation 1, of `count` values that are `apart` from each other; what is constant becomes 0.
static void standardize(float *value, int64_t count, int64_t apart)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)value[i * apart];
    const double mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
        squares += ((double)value[i * apart] - mean) * ((double)value[i * apart] - mean);
    const double deviation = sqrt(squares / (double)count);
    const double factor = deviation > 1e-6 ? 1 / deviation : 0;
    for (int64_t i = 0; i < count; i++)
        value[i * apart] = (float)(((double)value[i * apart] - mean) * factor);
}

static gd_status apply(gd_transform_call *call)
{
    const log_mel_opts *opts = call->options;
    gd_sample_value *value = call->value[0];
    gd__mel_opts mel;
    float *sample;
    int64_t count;
    gd_status status = mel_opts_of(opts, &mel);
    if (status == GD_OK)
        status = gd__sound_of(value, &count, &sample);
    if (status == GD_OK && count == 0)
        status = gd__fail(GD_ERROR_SHAPE, "a sound without samples has no spectrogram");
    const void *before;
    if (status == GD_OK)
        status = gd_sample_value_change(value, GD_F32, shape_of(opts, &mel, count), &before);
    if (status == GD_OK)
        status = gd__mel_spectrogram(&mel, before, count, value->data);
    if (status != GD_OK)
        return status;
    const int64_t frames = gd__mel_frames(&mel, count);
    if (opts->standardize == BY_SOUND)
        standardize(value->data, frames * mel.bands, 1);
    for (int64_t band = 0; band < mel.bands && opts->standardize == BY_BAND; band++)
        standardize((float *)value->data + band, frames, mel.bands);
    return GD_OK;
}

#define WHOLE(field_name, from, to, value, words, ...)                                                                 \
    {                                                                                                                  \
        .name = #field_name, .type = GD_OPTION_INTEGER, .ranged = true, .low = (from), .high = (to),                   \
        .standard = (value), .doc = (words), GD_FIELD(log_mel_opts, field_name), __VA_ARGS__                           \
    }
#define NUMBER(field_name, from, to, value, words)                                                                     \
    {                                                                                                                  \
        .name = #field_name, .type = GD_OPTION_NUMBER, .ranged = true, .low = (from), .high = (to),                    \
        .standard = (value), .doc = (words), GD_FIELD(log_mel_opts, field_name)                                        \
    }
static const gd_option options[] = {
    WHOLE(rate, 1, 768000, "16000", "samples of the sound a second", .aliases = "sample_rate"),
    WHOLE(bands, 1, 4096, "40", "along the mel scale", .aliases = "n_mels|mels"),
    NUMBER(window, 1e-6, 10, "0.025", "seconds that are looked at for a frame, through a Hann window"),
    NUMBER(hop, 1e-6, 10, "0.01", "seconds from one frame to the next"),
    WHOLE(fft, 0, 1 << 20, "0",
          "samples that are transformed at a time, with zeros around the window; 0: the next power of two",
          .aliases = "n_fft"),
    NUMBER(low, 0, 1e6, "0", "the lowest pitch, in Hz"),
    NUMBER(high, 0, 1e6, "0", "the highest; 0: half of the rate"),
    NUMBER(floor, 0, 1e30, "1e-10", "powers below it count as it; 0: powers are left without a logarithm"),
    {.name = "scale",
     .type = GD_OPTION_CHOICE,
     .choices = "htk|slaney",
     .standard = "htk",
     .doc = "the mel scale: 2595 log10(1 + f / 700), or linear below 1000 Hz and logarithmic above",
     GD_FIELD(log_mel_opts, scale)},
    {.name = "equal_area",
     .type = GD_OPTION_FLAG,
     .standard = "false",
     .doc = "bands are triangles of equal area, else of equal height",
     GD_FIELD(log_mel_opts, equal_area)},
    {.name = "standardize",
     .type = GD_OPTION_CHOICE,
     .choices = "none|sound|band",
     .standard = "none",
     .doc = "to mean 0 and deviation 1 within each sound, over all of it or band by band",
     GD_FIELD(log_mel_opts, standardize)},
    {.name = "picture",
     .type = GD_OPTION_FLAG,
     .standard = "false",
     .doc = "a picture (1, frames, bands) for convolutions in two dimensions, else (frames, bands)",
     GD_FIELD(log_mel_opts, picture)},
    {0},
};

const gd_transform_kind gd__transform_log_mel = {
    .record = {.name = "log_mel",
               .doc = "a sound becomes its spectrogram, (frames, bands): logarithms of the power along the mel scale",
               .options = options,
               .short_option = "bands",
               .aliases = "mel|mel_spectrogram|log_mel_spectrogram",
               .source = "Davis and Mermelstein 1980",
               .options_size = sizeof(log_mel_opts)},
    .describe = describe,
    .apply = apply,
};
