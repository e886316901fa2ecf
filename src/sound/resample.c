#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "sound/sound.h"

#if GD_HAVE_SAMPLERATE
#include <samplerate.h>

// Its counts are C's long, which is wide enough for what is allowed here.
static gd_status convert(const float *sample, int64_t count, double ratio, bool best, int64_t room, float *to)
{
    SRC_DATA data = {.data_in = sample,
                     .data_out = to,
                     .input_frames = (long)count,
                     .output_frames = (long)room,
                     .src_ratio = ratio};
    const int fault = src_simple(&data, best ? SRC_SINC_MEDIUM_QUALITY : SRC_SINC_FASTEST, 1);
    if (fault != 0)
        return gd__fail(GD_ERROR_NUMBER, "resampling by %g: %s", ratio, src_strerror(fault));
    // It may give one sample less than there is room for.
    const int64_t given = data.output_frames_gen < room ? data.output_frames_gen : room;
    memset(to + given, 0, (size_t)(room - given) * sizeof *to);
    return GD_OK;
}
#else
static gd_status convert(const float *sample, int64_t count, double ratio, bool best, int64_t room, float *to)
{
    (void)sample, (void)count, (void)best, (void)room, (void)to;
    return gd__fail(GD_ERROR_UNSUPPORTED, "resampling by %g: Gradus was built without libsamplerate", ratio);
}
#endif

gd_status gd__sound_resample(const float *sample, int64_t count, double ratio, bool best, int64_t *out_count,
                             float **out)
{
    *out = NULL;
    *out_count = 0;
    if (!(ratio >= 1.0 / 256 && ratio <= 256))
        return gd__fail(GD_ERROR_ARGUMENT, "resampling by %g, 1/256 to 256 was expected", ratio);
    const double room = floor((double)count * ratio + 0.5);
    if (count < 0 || room > GD__SOUND_SAMPLES)
        return gd__fail(GD_ERROR_FORMAT, "resampling by %g would give %.0f samples, at most %d are possible", ratio,
                        room, GD__SOUND_SAMPLES);
    float *made = gd__alloc(((size_t)room + 1) * sizeof *made);
    if (made == NULL)
        return gd__fail_memory("a resampled sound");
    gd_status status = room > 0 ? convert(sample, count, ratio, best, (int64_t)room, made) : GD_OK;
    if (status != GD_OK) {
        gd__free(made);
        return status;
    }
    *out_count = (int64_t)room;
    *out = made;
    return GD_OK;
}
