// Log-mel spectrograms against torchaudio's definition, summed up term by term in double precision (mel.json), and what
// a tone gives.
#include "sound/spectrogram.h"

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static int64_t whole(const json_t *from, const char *key)
{
    return json_integer_value(json_object_get(from, key));
}

#if GD_HAVE_KISSFFT
static double number(const json_t *from, const char *key)
{
    return json_number_value(json_object_get(from, key));
}

static void check_case(const json_t *one, const float *sound, int64_t count)
{
    gd__mel_opts opts = {.rate = 8000,
                         .fft = whole(one, "fft"),
                         .window = whole(one, "window"),
                         .hop = whole(one, "hop"),
                         .bands = whole(one, "bands"),
                         .low = number(one, "low"),
                         .high = number(one, "high"),
                         .slaney = strcmp(json_string_value(json_object_get(one, "scale")), "slaney") == 0,
                         .equal_area = json_is_true(json_object_get(one, "area"))};
    static float power[MOST], logarithm[MOST];
    const json_t *rows = json_object_get(one, "power");
    const int64_t frames = gd__mel_frames(&opts, count);
    assert_int_equal(frames, json_array_size(rows));
    assert_true(frames * opts.bands <= MOST);
    assert_int_equal(gd__mel_spectrogram(&opts, sound, count, power), GD_OK);
    opts.floor = 1e-10;
    assert_int_equal(gd__mel_spectrogram(&opts, sound, count, logarithm), GD_OK);
    for (int64_t i = 0; i < frames * opts.bands; i++) {
        const double truth =
            json_number_value(json_array_get(json_array_get(rows, (size_t)(i / opts.bands)), (size_t)(i % opts.bands)));
        if (!(fabs((double)power[i] - truth) <= 1e-5 * fmax(1, truth)))
            fail_msg("power %d is %g, expected %g", (int)i, (double)power[i], truth);
        if (!(fabs((double)logarithm[i] - log(fmax(truth, 1e-10))) <= 1e-4))
            fail_msg("logarithm %d is %g, expected %g", (int)i, (double)logarithm[i], log(fmax(truth, 1e-10)));
    }
}
#endif

static void test_torchaudio(void **state)
{
    (void)state;
    json_error_t error;
    json_t *all = json_load_file("tests/sound/mel.json", 0, &error), *sound = json_object_get(all, "sound"), *value;
    static float sample[MOST];
    size_t i;
    assert_non_null(all);
    json_array_foreach(sound, i, value) sample[i] = (float)json_number_value(value);
    const int64_t count = (int64_t)i;
    json_t *cases = json_object_get(all, "cases");
    assert_int_equal(json_array_size(cases), 3);
#if GD_HAVE_KISSFFT
    json_array_foreach(cases, i, value) check_case(value, sample, count);
#else
    const json_t *one = json_array_get(cases, 0);
    const gd__mel_opts opts = {.rate = 8000, .fft = 256, .window = 200, .hop = 80, .bands = whole(one, "bands")};
    assert_int_equal(gd__mel_spectrogram(&opts, sample, count, sample), GD_ERROR_UNSUPPORTED);
#endif
    json_decref(all);
}

#if GD_HAVE_KISSFFT
// A tone is loudest in the band in which it lies, and a sound shorter than half of a window is mirrored several times.
static void test_tone(void **state)
{
    (void)state;
    gd__mel_opts opts = {.rate = 8000, .fft = 512, .window = 512, .hop = 4000, .bands = 10, .floor = 1e-10};
    float sample[4000], out[20];
    for (int i = 0; i < 4000; i++)
        sample[i] = (float)sin(2 * M_PI * 1000 * i / 8000);
    assert_int_equal(gd__mel_frames(&opts, 4000), 2);
    assert_int_equal(gd__mel_spectrogram(&opts, sample, 4000, out), GD_OK);
    // The corners lie at 2146.06 / 11 mel: 1000 mel, which is 1000 Hz, is next to that of number 5.
    int best = 0;
    for (int b = 1; b < 10; b++)
        best = out[b] > out[best] ? b : best;
    assert_int_equal(best, 4);
    for (int64_t count = 1; count < 4; count++) {
        assert_int_equal(gd__mel_spectrogram(&opts, sample + 1, count, out), GD_OK);
        for (int b = 0; b < 10; b++)
            assert_true(isfinite(out[b]));
    }
}
#endif

static void test_refused(void **state)
{
    (void)state;
    const gd__mel_opts good = {.rate = 8000, .fft = 256, .window = 200, .hop = 80, .bands = 20};
    gd__mel_opts bad = good;
    assert_int_equal(gd__mel_check(&good), GD_OK);
    bad.fft = 255;
    assert_int_equal(gd__mel_check(&bad), GD_ERROR_ARGUMENT);
    bad = good;
    bad.window = 300;
    assert_int_equal(gd__mel_check(&bad), GD_ERROR_ARGUMENT);
    bad = good;
    bad.high = 5000;
    assert_int_equal(gd__mel_check(&bad), GD_ERROR_ARGUMENT);
    bad = good;
    bad.hop = 0;
    assert_int_equal(gd__mel_check(&bad), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torchaudio),
#if GD_HAVE_KISSFFT
        cmocka_unit_test(test_tone),
#endif
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
