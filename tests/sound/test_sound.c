// Sounds: what is read of good files, what is said of bad ones, and resampling.
#include "sound/sound.h"

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sound/wav.h"

enum { ROOM = 1 << 20 };

static unsigned char bytes[ROOM + 44];

// False where the library is not there, which is said.
static bool can_read(void)
{
#if GD_HAVE_SNDFILE
    return true;
#else
    gd__sound sound;
    assert_int_equal(gd__sound_decode("a.wav", bytes, 0, 0, &sound), GD_ERROR_UNSUPPORTED);
    assert_string_equal(gd_last_error(), "a.wav: sounds cannot be read: Gradus was built without libsndfile");
    return false;
#endif
}
#define NEEDS_LIBRARY()                                                                                                \
    if (!can_read())                                                                                                   \
    skip()

static void expect_refused(size_t size, int rate, gd_status status, const char *words)
{
    gd__sound sound;
    assert_int_equal(gd__sound_decode("a.wav", bytes, size, rate, &sound), status);
    assert_null(sound.sample);
    if (strstr(gd_last_error(), words) == NULL)
        fail_msg("'%s' does not say '%s'", gd_last_error(), words);
}

static void test_stereo(void **state)
{
    (void)state;
    NEEDS_LIBRARY();
    const int16_t sample[] = {16384, 0, -32768, -32768, 8192, -8192};
    const size_t size = wav_write(&(wav){2, 8000, 16, sizeof sample, 0}, sample, bytes);
    gd__sound sound;
    assert_int_equal(gd__sound_decode("a.wav", bytes, size, 0, &sound), GD_OK);
    assert_int_equal(sound.count, 3);
    assert_int_equal(sound.rate, 8000);
    const float want[] = {0.25F, -1, 0};
    assert_memory_equal(sound.sample, want, sizeof want);
    gd__sound_free(&sound);
}

// 192,000 samples a second of 24 bits, stereo: a tone of 1 kHz comes down to 16 kHz as it is.
static void test_high_rate(void **state)
{
    (void)state;
    NEEDS_LIBRARY();
    enum { FRAMES = 96000, RATE = 192000 };
    unsigned char *sample = calloc(FRAMES, 6);
    assert_non_null(sample);
    for (int i = 0; i < FRAMES; i++) {
        const int value = (int)(4e6 * sin(2 * M_PI * 1000 * i / RATE));
        for (int c = 0; c < 2; c++)
            for (int b = 0; b < 3; b++)
                sample[i * 6 + c * 3 + b] = (unsigned char)((unsigned)value >> (8 * b));
    }
    const size_t size = wav_write(&(wav){2, RATE, 24, FRAMES * 6, 0}, sample, bytes);
    free(sample);
    gd__sound sound;
    assert_int_equal(gd__sound_decode("a.wav", bytes, size, 0, &sound), GD_OK);
    assert_int_equal(sound.count, FRAMES);
    assert_true(fabs((double)sound.sample[48] - 4e6 / 8388608 * sin(2 * M_PI * 1000 * 48 / RATE)) < 1e-6);
    gd__sound_free(&sound);
#if GD_HAVE_SAMPLERATE
    assert_int_equal(gd__sound_decode("a.wav", bytes, size, 16000, &sound), GD_OK);
    assert_int_equal(sound.count, 8000);
    assert_int_equal(sound.rate, 16000);
    for (int i = 1000; i < 7000; i++)
        assert_true(fabs((double)sound.sample[i] - 4e6 / 8388608 * sin(2 * M_PI * 1000 * i / 16000)) < 2e-3);
    gd__sound_free(&sound);
#else
    expect_refused(size, 16000, GD_ERROR_UNSUPPORTED, "without libsamplerate");
#endif
}

static void test_bad_files(void **state)
{
    (void)state;
    NEEDS_LIBRARY();
    const float sample[] = {0.5F, 0.25F, NAN, 0};
    expect_refused(wav_write(&(wav){1, 8000, 32, sizeof sample, 0}, sample, bytes), 0, GD_ERROR_FORMAT,
                   "a.wav: sample 2 is no number");
    expect_refused(wav_write(&(wav){1, 8000, 16, 0, 0}, NULL, bytes), 0, GD_ERROR_FORMAT, "a.wav: has no samples");
    expect_refused(0, 0, GD_ERROR_FORMAT, "a.wav: no sound that can be read");
    memset(bytes, 'x', 1000);
    expect_refused(1000, 0, GD_ERROR_FORMAT, "a.wav: no sound that can be read");
    const size_t size = wav_write(&(wav){1, 8000, 16, 8, 0}, sample, bytes);
    expect_refused(20, 0, GD_ERROR_FORMAT, "a.wav");
    bytes[22] = 0; // no channels
    expect_refused(size, 0, GD_ERROR_FORMAT, "a.wav");
    (void)wav_write(&(wav){1, 2000000000, 16, 8, 0}, sample, bytes);
    expect_refused(size, 0, GD_ERROR_FORMAT, "samples a second; at most");
}

// A header that promises four gigabytes: what is there is read, and no memory is taken for the rest.
static void test_false_length(void **state)
{
    (void)state;
    NEEDS_LIBRARY();
    const int16_t sample[] = {1, 2, 3};
    const size_t size = wav_write(&(wav){1, 8000, 16, sizeof sample, 0xfffffff0U}, sample, bytes);
    gd__sound sound;
    assert_int_equal(gd__sound_decode("a.wav", bytes, size, 0, &sound), GD_OK);
    assert_int_equal(sound.count, 3);
    gd__sound_free(&sound);
}

static void test_file(void **state)
{
    (void)state;
    gd__sound sound;
    NEEDS_LIBRARY();
    assert_int_equal(gd__sound_read("tests/sound/tone.flac", 0, &sound), GD_OK);
    assert_int_equal(sound.rate, 8000);
    assert_int_equal(sound.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_true(fabs((double)sound.sample[i] - 0.5 * sin(2 * M_PI * 440 * i / 8000)) < 1e-4);
    gd__sound_free(&sound);
    assert_int_equal(gd__sound_read("tests/sound/absent.wav", 0, &sound), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "tests/sound/absent.wav"));
}

static void test_resampling(void **state)
{
    (void)state;
    float tone[4000], *made;
    int64_t count;
    for (int i = 0; i < 4000; i++)
        tone[i] = (float)sin(2 * M_PI * 200 * i / 8000);
#if GD_HAVE_SAMPLERATE
    assert_int_equal(gd__sound_resample(tone, 4000, 1.25, true, &count, &made), GD_OK);
    assert_int_equal(count, 5000);
    for (int i = 500; i < 4500; i++)
        assert_true(fabs((double)made[i] - sin(2 * M_PI * 200 * i / 10000)) < 1e-3);
    gd__free(made);
    assert_int_equal(gd__sound_resample(tone, 0, 2, false, &count, &made), GD_OK);
    assert_int_equal(count, 0);
    gd__free(made);
#endif
    assert_int_equal(gd__sound_resample(tone, 4000, 1000, true, &count, &made), GD_ERROR_ARGUMENT);
    assert_int_equal(gd__sound_resample(tone, 1 << 28, 2, true, &count, &made), GD_ERROR_FORMAT);
    assert_int_equal(gd__sound_resample(tone, 4000, NAN, true, &count, &made), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stereo),       cmocka_unit_test(test_high_rate), cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_false_length), cmocka_unit_test(test_file),      cmocka_unit_test(test_resampling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
