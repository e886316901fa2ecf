// Sounds as data: names that say what they are, conditions, samples joined of several, and transforms.
#include "files.h"

#include <gradus/data.h>
#include <gradus/transform.h>
#include <math.h>
#include <sys/stat.h>

#include "data/sound_names.h"
#include "sound/wav.h"

// ---- Names

static void test_names(void **state)
{
    (void)state;
    gd__name_pattern pattern;
    gd__name_parts parts;
    assert_fine(gd__name_pattern_parse("{digit}_{speaker}_{n}.wav", &pattern));
    assert_true(gd__name_pattern_match(&pattern, "a/b/7_theo_12.wav", &parts));
    assert_string_equal(parts.part[0], "7");
    assert_string_equal(parts.part[1], "theo");
    assert_string_equal(parts.part[2], "12");
    static const char *const others[] = {"7_theo.wav", "7_theo_12.flac", "_theo_12.wav",
                                         "7__12.wav",  "7_theo_.wav",    ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(gd__name_pattern_match(&pattern, others[i], &parts));
    assert_true(gd__name_pattern_match(&pattern, "7_theo_12.wav", &parts));
    static const struct {
        const char *conditions;
        bool hold;
    } row[] = {
        {"n < 5", false},     {"n >= 12", true},          {"n > 5 and speaker = theo", true},
        {"n != 12.0", false}, {"speaker != theo", false}, {"speaker < uma and digit <= 7", true},
        {"digit == 7", true},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        bool hold;
        assert_fine(gd__name_conditions(&pattern, row[i].conditions, &parts, &hold));
        assert_int_equal(hold, row[i].hold);
    }
    bool hold;
    static const char *const wrong[] = {"n", "n<5", "n < 5 or n > 7", "m < 5", "n ~ 5", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gd__name_conditions(&pattern, wrong[i], &parts, &hold), GD_ERROR_ARGUMENT);
    static const char *const none[] = {"plain.wav", "{a}{b}", "{", "{}", "{a}_{b"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(gd__name_pattern_parse(none[i], &pattern), GD_ERROR_ARGUMENT);
}

#if GD_HAVE_SNDFILE
// ---- Files: sound k, of 100 + 10 k samples that are all (k + 1) / 16, is K_who_k.wav

enum { SOUNDS = 6, RATE = 8000 };
static char folder[300];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", temporary("sounds"));
    if (mkdir(folder, 0700) != 0)
        return -1;
    for (int k = 0; k < SOUNDS; k++) {
        int16_t sample[200];
        unsigned char bytes[500];
        char path[400];
        const int count = 100 + 10 * k;
        for (int i = 0; i < count; i++)
            sample[i] = (int16_t)(2048 * (k + 1));
        const size_t size = wav_write(&(wav){1, RATE, 16, (size_t)count * 2, 0}, sample, bytes);
        snprintf(path, sizeof path, "%s/%d_%s_%d.wav", folder, k % 3, k < 4 ? "ann" : "bob", k);
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
            return -1;
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (int k = 0; k < SOUNDS; k++) {
        char path[400];
        snprintf(path, sizeof path, "%s/%d_%s_%d.wav", folder, k % 3, k < 4 ? "ann" : "bob", k);
        unlink(path);
    }
    return rmdir(folder);
}

static gd_dataset *open_with(gd_sound_opts opts)
{
    const char *path = folder;
    gd_dataset *set;
    opts.rate = RATE;
    opts.pattern = "{digit}_{who}_{n}.wav";
    assert_fine(gd_dataset_from_sounds(1, &path, opts, &set));
    return set;
}

static gd_array get(const gd_dataset *set, const char *field, int64_t sample)
{
    gd_array out = {0};
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, field), 1, &sample, &out));
    return out;
}

static void test_fields(void **state)
{
    (void)state;
    gd_dataset *set = open_with((gd_sound_opts){.where = "n != 1", .group = "who"});
    assert_int_equal(gd_dataset_count(set), SOUNDS - 1);
    const gd_field digit = gd_dataset_field(set, gd_dataset_find(set, "digit"));
    assert_int_equal(digit.role, GD_ROLE_TARGET);
    assert_int_equal(digit.class_count, 3);
    assert_int_equal(gd_dataset_field(set, gd_dataset_find(set, "who")).role, GD_ROLE_GROUP);
    // By name: 0_ann_0, 0_ann_3, 1_bob_4, 2_ann_2, 2_bob_5.
    gd_array sound = get(set, "sound", 2), label = get(set, "digit", 2);
    assert_int_equal(gd_array_count(&sound), 140);
    assert_true(gd_array_get(&sound, 139) == 5.0 / 16);
    assert_true(gd_array_get(&label, 0) == 1);
    gd_array_free(&sound);
    gd_array_free(&label);
    gd_dataset_free(set);
}

static void test_wrong_options(void **state)
{
    (void)state;
    const char *path = folder;
    gd_dataset *set;
    const struct {
        gd_sound_opts opts;
        const char *words;
    } row[] = {
        {{.pattern = "{digit}-{n}.wav"}, "0_ann_0.wav: its name is not as the pattern {digit}-{n}.wav"},
        {{.pattern = "{digit}_{n}.wav", .target = "who"}, "has no field 'who'"},
        {{.pattern = "{digit}_{who}_{n}.wav", .where = "n > 9"}, "there is no sound of which 'n > 9' holds"},
        {{.where = "n > 9"}, "no pattern of the names"},
        {{.least = 3, .most = 2}, "samples of 3 to 2 sounds"},
        {{.least = 1, .most = 2}, "sounds without classes cannot be joined"},
        {{.gap_low = 2, .gap_high = 1}, "gaps of 2 to 1 seconds"},
        {{.rate = -1}, "-1 samples a second"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        gd_sound_opts opts = row[i].opts;
        opts.rate = opts.rate == 0 ? RATE : opts.rate;
        assert_true(gd_dataset_from_sounds(1, &path, opts, &set) != GD_OK);
        assert_null(set);
        if (strstr(gd_last_error(), row[i].words) == NULL)
            fail_msg("'%s' does not say '%s'", gd_last_error(), row[i].words);
    }
}

// Joined samples: silence and whole sounds of one speaker, with the labels of these sounds.
static void test_joined(void **state)
{
    (void)state;
    gd_dataset *set = open_with(
        (gd_sound_opts){.least = 2, .most = 4, .same = "who", .samples = 20, .gap_low = 0.001, .gap_high = 0.003});
    assert_int_equal(gd_dataset_count(set), 20);
    bool seen[5] = {0};
    for (int64_t s = 0; s < 20; s++) {
        gd_array sound = get(set, "sound", s), label = get(set, "labels", s), again = get(set, "sound", s);
        assert_memory_equal(sound.data, again.data, (size_t)gd_array_count(&sound) * sizeof(float));
        const int64_t count = gd_array_count(&label), length = gd_array_count(&sound);
        assert_true(count >= 2 && count <= 4);
        seen[count] = true;
        int64_t found = 0, at = 0;
        bool of_ann = false, of_bob = false;
        while (at < length) {
            const double value = gd_array_get(&sound, at);
            const int k = (int)lround(value * 16) - 1;
            int64_t end = at;
            while (end < length && gd_array_get(&sound, end) == value)
                end++;
            if (value == 0) {
                assert_true(end - at >= 8 && end - at <= 24);
            } else {
                assert_int_equal(end - at, 100 + 10 * k);
                assert_true(gd_array_get(&label, found++) == k % 3);
                *(k < 4 ? &of_ann : &of_bob) = true;
            }
            at = end;
        }
        assert_int_equal(found, count);
        assert_true(of_ann != of_bob);
        gd_array_free(&sound);
        gd_array_free(&again);
        gd_array_free(&label);
    }
    assert_true(seen[2] && seen[3] && seen[4]);
    gd_dataset_free(set);
}

// ---- Transforms

// Sample 0 of the set after one transform.
static gd_array transformed(const char *name, gd_setting first, gd_setting second)
{
    const gd_transform_kind *kind = gd_transform_kind_named(name);
    _Alignas(max_align_t) unsigned char options[512];
    const char *field = "sound";
    gd_pipeline *pipeline;
    gd_dataset *set = open_with((gd_sound_opts){0}), *made;
    assert_non_null(kind);
    assert_true(kind->record.options_size <= sizeof options);
    gd_options_default(&kind->record, options);
    if (first.name != NULL)
        assert_fine(gd_options_set(&kind->record, options, first));
    if (second.name != NULL)
        assert_fine(gd_options_set(&kind->record, options, second));
    const gd_transform transform = {.kind = kind, .options = options, .field_count = 1, .field = &field};
    assert_fine(gd_pipeline_fit(set, 1, &transform, &pipeline));
    assert_fine(gd_pipeline_apply(pipeline, set, &made));
    gd_array out = get(made, "sound", 0);
    gd_dataset_free(made);
    gd_dataset_free(set);
    gd_pipeline_free(pipeline);
    return out;
}

static void test_transforms(void **state)
{
    (void)state;
    const gd_setting rate = {.name = "rate", .value = RATE}, none = {0};
    gd_array out = transformed("sound_length", rate, (gd_setting){.name = "seconds", .value = 0.02});
    assert_int_equal(gd_array_count(&out), 160); // 100 samples in the middle of 160
    assert_true(gd_array_get(&out, 29) == 0 && gd_array_get(&out, 30) == 1.0 / 16);
    assert_true(gd_array_get(&out, 129) == 1.0 / 16 && gd_array_get(&out, 130) == 0);
    gd_array_free(&out);
    out = transformed("sound_length", rate, (gd_setting){.name = "seconds", .value = 0.005});
    assert_int_equal(gd_array_count(&out), 40);
    gd_array_free(&out);
    // Outside training sounds stay as they are.
    static const char *const random[] = {"speed", "sound_noise"};
    for (int i = 0; i < 2; i++) {
        out = transformed(random[i], none, none);
        assert_int_equal(gd_array_count(&out), 100);
        assert_true(gd_array_get(&out, 99) == 1.0 / 16);
        gd_array_free(&out);
    }
#if GD_HAVE_KISSFFT
    out = transformed("log_mel", rate, (gd_setting){.name = "standardize", .text = "sound"});
    assert_int_equal(out.shape.rank, 3); // (1, frames, bands), the batch first
    assert_int_equal(out.shape.dim[1], 2);
    assert_int_equal(out.shape.dim[2], 40);
    double sum = 0;
    for (int64_t i = 0; i < 80; i++)
        sum += gd_array_get(&out, i);
    assert_true(fabs(sum) < 1e-3);
    gd_array_free(&out);
#endif
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
#if GD_HAVE_SNDFILE
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_transforms),
#endif
    };
#if GD_HAVE_SNDFILE
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
#else
    return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
