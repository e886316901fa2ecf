#include "sound/spectrogram.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

#define PI 3.14159265358979323846
enum { MOST_FFT = 1 << 20, MOST_BANDS = 4096 };

int64_t gd__mel_frames(const gd__mel_opts *opts, int64_t count)
{
    return 1 + count / opts->hop;
}

gd_status gd__mel_check(const gd__mel_opts *o)
{
    const double high = o->high == 0 ? (double)o->rate / 2 : o->high;
    if (o->fft < 2 || o->fft > MOST_FFT || o->fft % 2 != 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a spectrogram over %lld samples; an even number up to %d was expected",
                        (long long)o->fft, MOST_FFT);
    if (o->window < 1 || o->window > o->fft || o->hop < 1)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "a spectrogram with a window of %lld samples and a hop of %lld; 1 to %lld and at least 1 were "
                        "expected",
                        (long long)o->window, (long long)o->hop, (long long)o->fft);
    if (o->bands < 1 || o->bands > MOST_BANDS || o->rate < 1 || o->low < 0 || !(o->low < high) ||
        high > (double)o->rate / 2)
        return gd__fail(
            GD_ERROR_ARGUMENT,
            "a spectrogram of %lld bands from %g to %g Hz at %lld samples a second; they must lie below half "
            "of that",
            (long long)o->bands, o->low, high, (long long)o->rate);
    return GD_OK;
}

#if GD_HAVE_KISSFFT
#include <kissfft/kiss_fftr.h>

// ---- The mel scale

static double to_mel(const gd__mel_opts *o, double hertz)
{
    if (!o->slaney)
        return 2595 * log10(1 + hertz / 700);
    return hertz < 1000 ? hertz * 3 / 200 : 15 + log(hertz / 1000) * 27 / log(6.4);
}

static double to_hertz(const gd__mel_opts *o, double mel)
{
    if (!o->slaney)
        return 700 * (pow(10, mel / 2595) - 1);
    return mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27);
}

// The corners of the triangles: band b rises from corner b to b + 1 and falls to b + 2.
static void put_corners(const gd__mel_opts *o, double *corner)
{
    const double low = to_mel(o, o->low), high = to_mel(o, o->high == 0 ? (double)o->rate / 2 : o->high);
    for (int64_t i = 0; i < o->bands + 2; i++)
        corner[i] = to_hertz(o, low + (high - low) * (double)i / (double)(o->bands + 1));
}

static double band_power(const gd__mel_opts *o, const double *corner, const double *power)
{
    const double step = (double)(o->rate / 2) / (double)(o->fft / 2); // as torchaudio has it for odd rates
    const int64_t last = o->fft / 2, first = (int64_t)ceil(corner[0] / step);
    double sum = 0;
    for (int64_t k = first > 0 ? first : 0; k <= last && (double)k * step < corner[2]; k++) {
        const double hertz = (double)k * step;
        const double up = (hertz - corner[0]) / (corner[1] - corner[0]);
        const double down = (corner[2] - hertz) / (corner[2] - corner[1]);
        const double weight = up < down ? up : down;
        sum += weight > 0 ? weight * power[k] : 0;
    }
    return o->equal_area ? sum * 2 / (corner[2] - corner[0]) : sum;
}

// ---- Frames

// The sample at `at` of a sound that is mirrored at its ends as often as need be.
static float mirrored(const float *sample, int64_t count, int64_t at)
{
    if (count == 1)
        return sample[0];
    const int64_t period = 2 * (count - 1);
    at %= period;
    at += at < 0 ? period : 0;
    return sample[at < count ? at : period - at];
}

typedef struct {
    kiss_fftr_cfg plan;
    float *hann, *frame; // (window), (fft)
    kiss_fft_cpx *bin;   // (fft / 2 + 1)
    double *power;       // (fft / 2 + 1)
    double *corner;      // (bands + 2)
} work;

static gd_status begin(const gd__mel_opts *o, work *w)
{
    const size_t bins = (size_t)o->fft / 2 + 1;
    size_t plan_bytes = 0;
    (void)kiss_fftr_alloc((int)o->fft, 0, NULL, &plan_bytes);
    void *memory = gd__alloc(plan_bytes);
    w->plan = memory == NULL ? NULL : kiss_fftr_alloc((int)o->fft, 0, memory, &plan_bytes);
    w->hann = gd__alloc_zeroed((size_t)o->window, sizeof *w->hann);
    w->frame = gd__alloc_zeroed((size_t)o->fft, sizeof *w->frame);
    w->bin = gd__alloc_zeroed(bins, sizeof *w->bin);
    w->power = gd__alloc_zeroed(bins, sizeof *w->power);
    w->corner = gd__alloc_zeroed((size_t)o->bands + 2, sizeof *w->corner);
    if (w->plan == NULL || w->hann == NULL || w->frame == NULL || w->bin == NULL || w->power == NULL ||
        w->corner == NULL) {
        if (w->plan == NULL)
            gd__free(memory);
        return gd__fail_memory("a spectrogram");
    }
    for (int64_t i = 0; i < o->window; i++)
        w->hann[i] = (float)(0.5 - 0.5 * cos(2 * PI * (double)i / (double)o->window));
    put_corners(o, w->corner);
    return GD_OK;
}

static void end(work *w)
{
    gd__free(w->plan);
    gd__free(w->hann);
    gd__free(w->frame);
    gd__free(w->bin);
    gd__free(w->power);
    gd__free(w->corner);
}

static void transform_frame(const gd__mel_opts *o, work *w, const float *sample, int64_t count, int64_t middle)
{
    const int64_t before = (o->fft - o->window) / 2; // zeros; as many or one more stand behind the window
    const int64_t first = middle - o->fft / 2 + before;
    for (int64_t i = 0; i < o->window; i++) {
        const int64_t at = first + i;
        const float x = at >= 0 && at < count ? sample[at] : mirrored(sample, count, at);
        w->frame[before + i] = x * w->hann[i];
    }
    kiss_fftr(w->plan, w->frame, w->bin);
    for (int64_t k = 0; k <= o->fft / 2; k++)
        w->power[k] = (double)w->bin[k].r * (double)w->bin[k].r + (double)w->bin[k].i * (double)w->bin[k].i;
}

gd_status gd__mel_spectrogram(const gd__mel_opts *o, const float *sample, int64_t count, float *out)
{
    work w = {0};
    gd_status status = gd__mel_check(o);
    if (status == GD_OK && count < 1)
        status = gd__fail(GD_ERROR_FORMAT, "a spectrogram of no samples");
    if (status == GD_OK)
        status = begin(o, &w);
    for (int64_t t = 0; status == GD_OK && t < gd__mel_frames(o, count); t++) {
        transform_frame(o, &w, sample, count, t * o->hop);
        for (int64_t b = 0; b < o->bands; b++) {
            const double power = band_power(o, w.corner + b, w.power);
            *out++ = (float)(o->floor > 0 ? log(power > o->floor ? power : o->floor) : power);
        }
    }
    end(&w);
    return status;
}
#else
gd_status gd__mel_spectrogram(const gd__mel_opts *o, const float *sample, int64_t count, float *out)
{
    (void)o, (void)sample, (void)count, (void)out;
    return gd__fail(GD_ERROR_UNSUPPORTED, "no spectrograms: Gradus was built without kissfft");
}
#endif
