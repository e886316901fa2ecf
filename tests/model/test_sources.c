// Where a recipe's samples come from: HDF5 files and made-up data, and what is said when they cannot be had.
#include <gradus/generate.h>
#include <gradus/source_kind.h>

#include "model/expect.h"

#include <math.h>

#define REST "model: [{dense: 1}]\nloss: squared_error\noptimizer: adam\n"
#define CLASSES "model: [{dense: %d}]\nloss: softmax_cross_entropy\noptimizer: adam\n"

// The recipe reads what the library makes from the same options.
static void made_up_data_are_the_librarys(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        gd_generate_opts opts;
        int classes;
    } cases[] = {
        {"{kind: moons, samples: 50, noise: 0.1, seed: 3, classes: 2}",
         {.kind = GD_GENERATE_MOONS, .samples = 50, .noise = 0.1, .seed = 3},
         2},
        {"spirals", {.kind = GD_GENERATE_SPIRALS}, 3},
        {"{kind: blobs, noise: 0, features: 4, seed: 4294967295}",
         {.kind = GD_GENERATE_BLOBS, .noise = -1, .features = 4, .seed = 4294967295},
         3},
        {"{kind: houses, samples: 20}", {.kind = GD_GENERATE_HOUSES, .samples = 20}, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char text[500], rest[100];
        snprintf(rest, sizeof rest, cases[c].classes > 0 ? CLASSES : REST, cases[c].classes);
        snprintf(text, sizeof text, "data: {train: {generate: %s}, test: {generate: %s}}\n%s", cases[c].source,
                 cases[c].source, rest);
        gd_model *model = open_text(text);
        gd_dataset *made;
        assert_ok(gd_dataset_generate(cases[c].opts, &made));
        const gd_dataset *const read[] = {model->train, model->test};
        for (int r = 0; r < 2; r++) {
            assert_int_equal(gd_dataset_count(read[r]), gd_dataset_count(made));
            for (int field = 0; field < 2; field++) {
                const int64_t sample[] = {0, gd_dataset_count(made) - 1};
                gd_array want = {0}, have = {0};
                assert_ok(gd_dataset_get(made, field, 2, sample, &want));
                assert_ok(gd_dataset_get(read[r], field, 2, sample, &have));
                assert_memory_equal(have.data, want.data, gd_array_bytes(&want));
                gd_array_free(&want);
                gd_array_free(&have);
            }
        }
        gd_dataset_free(made);
        gd_model_free(model);
    }
}

// Every word of the library may stand in a recipe.
static void all_kinds_are_in_the_table(void **state)
{
    (void)state;
    assert_int_equal(gd_record_count(gd_generator_kinds()), GD_GENERATOR_COUNT);
    for (int i = 0; i < GD_GENERATOR_COUNT; i++) {
        char text[300];
        snprintf(text, sizeof text, "data: {train: {generate: %s}}\n" REST,
                 gd_record_at(gd_generator_kinds(), i)->name);
        gd_recipe *recipe;
        assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
        gd_recipe_free(recipe);
    }
}

static void mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *train, *said;
    } cases[] = {
        {"{generate: mons}", "net.yaml:2: 'kind' is 'mons', did you mean 'moons'?"},
        {"{generate: {samples: 20}}", "net.yaml:2: generate needs 'kind'"},
        {"{generate: {kind: moons, sampels: 20}}", "unknown key in generate: 'sampels', did you mean 'samples'?"},
        {"{generate: {kind: moons, samples: -1}}", "'samples' is '-1', expected"},
        {"{generate: {kind: moons, classes: 0}}", "'classes' is '0', expected"},
        {"{generate: {kind: moons, noise: .nan}}", "'noise' is '.nan', expected"},
        {"{generate: {kind: moons, noise: -0.1}}", "'noise' is '-0.1', expected"},
        {"{generate: {kind: moons, seed: 4294967296}}", "'seed' is '4294967296', expected"},
        {"{generate: {kind: moons, classes: 3}}", "net.yaml:2: moons: 3 classes, but this kind always has 2"},
        {"{generate: {kind: blobs, samples: 2}}", "net.yaml:2: blobs: 2 samples, expected at least 3"},
        {"{generrate: moons}", "unknown source 'generrate', did you mean 'generate'?"},
        {"{hdf5: {x: x}}", "net.yaml:2: hdf5 needs 'file'"},
        {"{hdf5: nowhere.h5}", "net.yaml:2: the file 'nowhere.h5' was not found"},
        {"{hdf5: {file: nowhere.h5, channel_first: true}}", "did you mean 'channels_first'?"},
        {"{hdf5: /etc/passwd}", "net.yaml:2: /etc/passwd: "},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char text[400];
        snprintf(text, sizeof text, "data:\n  train: %s\n%s", cases[c].train, REST);
        gd_recipe *recipe = NULL;
        gd_model *model = NULL;
        gd_status status = gd_recipe_parse(text, "net.yaml", &recipe);
        if (status == GD_OK)
            status = gd_model_create(recipe, GD_PART_ALL, &model);
        assert_int_not_equal(status, GD_OK);
        assert_says(cases[c].said);
        gd_model_free(model);
    }
}

// The cats: pictures as they stand and with their channels first, and other files read by the recipe's names.
static void cats_are_read(void **state)
{
    (void)state;
    const char *data = getenv("GRADUS_DATA");
    char train[400], test[400];
    snprintf(train, sizeof train, "%s/cats/train_catvnoncat.h5", data == NULL ? "../shared/data" : data);
    snprintf(test, sizeof test, "%s/cats/test_catvnoncat.h5", data == NULL ? "../shared/data" : data);
    gd_array probe;
    const gd_status status = access(test, R_OK) == 0 ? gd_hdf5_read(test, "test_set_y", &probe) : GD_ERROR_IO;
    if (status != GD_OK) {
        print_message("skipped: %s\n", status == GD_ERROR_IO ? "cats/test_catvnoncat.h5 is absent" : gd_last_error());
        skip();
    }
    gd_array_free(&probe);
    for (int moved = 0; moved < 2; moved++) {
        char text[1600];
        snprintf(text, sizeof text,
                 "data:\n"
                 "  train: {hdf5: {file: '%s', x: train_set_x, y: train_set_y, layout: %s}}\n"
                 "  test: {hdf5: {file: '%s', x: test_set_x, y: test_set_y, layout: %s}}\n"
                 "model: [flatten, {dense: 1}]\nloss: logistic\noptimizer: adam\n",
                 train, moved ? "nhwc" : "nchw", test, moved ? "nhwc" : "nchw");
        gd_model *model = open_text(text);
        assert_int_equal(gd_dataset_count(model->train), 209);
        gd_dataset *other;
        const char *const paths[] = {test};
        assert_ok(gd_model_read(model, 1, paths, &other));
        assert_int_equal(gd_dataset_count(other), 50);
        assert_int_equal(gd_dataset_field_count(other), 2);
        assert_true(
            gd_shape_equal(gd_dataset_field(other, 0).shape, moved ? GD_SHAPE(3, 64, 64) : GD_SHAPE(64, 64, 3)));
        gd_dataset_free(other);
        gd_model_free(model);
    }
}

// ---- A kind of the program's own

typedef struct {
    int64_t count;
    double step;
} ramp_opts;

// "x" (1): step i, and "y" (1): twice that.
static gd_status open_ramp(const gd_source_call *call, gd_dataset **out)
{
    const ramp_opts *opts = call->options;
    static const char *const name[] = {"x", "y"};
    float x[64], y[64];
    assert_int_equal(call->file_count, 0);
    for (int64_t i = 0; i < opts->count; i++) {
        x[i] = (float)(opts->step * (double)i);
        y[i] = 2 * x[i];
    }
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(opts->count, 1), x),
                              gd_array_borrow(GD_F32, GD_SHAPE(opts->count, 1), y)};
    return gd_dataset_from_arrays(2, name, array, out);
}

static const gd_option ramp_keys[] = {
    {.name = "count",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 64,
     .required = true,
     .doc = "samples",
     GD_FIELD(ramp_opts, count)},
    {.name = "step", .type = GD_OPTION_NUMBER, .standard = "0.5", .doc = "between them", GD_FIELD(ramp_opts, step)},
    {0},
};
static const gd_source_kind ramp = {
    .record = {.name = "ramp_test",
               .doc = "a ramp",
               .options = ramp_keys,
               .short_option = "count",
               .options_size = sizeof(ramp_opts)},
    .open = open_ramp,
};

static void a_programs_own(void **state)
{
    (void)state;
    assert_ok(gd_source_register(&ramp));
    assert_int_not_equal(gd_source_register(&ramp), GD_OK);
    gd_model *model = open_text("data: {train: {ramp_test: 12}, test: {ramp_test: {count: 3, step: 2}}}\n" REST);
    assert_int_equal(gd_dataset_count(model->train), 12);
    const int64_t sample = 2;
    gd_array out = {0};
    assert_ok(gd_dataset_get(model->test, 0, 1, &sample, &out));
    assert_true(gd_array_get(&out, 0) == 4);
    gd_array_free(&out);
    gd_model_free(model);
    gd_recipe *recipe;
    assert_int_not_equal(gd_recipe_parse("data: {train: {ramp_tset: 3}}\n" REST, "own.yaml", &recipe), GD_OK);
    assert_says("did you mean 'ramp_test'");
}

// ---- Samples of different lengths

enum { SEQUENCES = 24 };

static int64_t steps_of(int64_t sample)
{
    return 1 + sample * 5 % 9;
}

static gd_status sequence_shape(void *state, int field, int64_t sample, gd_shape *shape)
{
    (void)state;
    *shape = field == 0 ? GD_SHAPE(steps_of(sample), 2) : GD_SHAPE(1);
    return GD_OK;
}

// x (steps, 2): ups and downs; y (1): how many ups there are.
static gd_status sequence_read(void *state, int field, int64_t sample, const gd_array *to)
{
    (void)state;
    float *value = to->data, ups = 0;
    for (int64_t t = 0; t < steps_of(sample); t++) {
        const bool up = (sample + t * 3) % 4 == 0;
        ups += (float)up;
        if (field == 0) {
            value[2 * t] = up;
            value[2 * t + 1] = !up;
        }
    }
    if (field == 1)
        value[0] = ups;
    return GD_OK;
}

static gd_status open_sequences(const gd_source_call *call, gd_dataset **out)
{
    (void)call;
    static const gd_field field[] = {{"x", GD_KIND_NUMBERS, GD_ROLE_INPUT, GD_F32, {2, {GD_OPEN, 2}}, 0},
                                     {"y", GD_KIND_NUMBERS, GD_ROLE_TARGET, GD_F32, {1, {1}}, 0}};
    static const gd_source source = {.kind = "sequences_test",
                                     .count = SEQUENCES,
                                     .field_count = 2,
                                     .field = field,
                                     .read = sequence_read,
                                     .shape = sequence_shape};
    return gd_dataset_from_source(&source, out);
}

static const gd_option no_keys[] = {{0}};
static const gd_source_kind sequences = {
    .record = {.name = "sequences_test", .doc = "sequences", .options = no_keys},
    .open = open_sequences,
};

// A recipe whose data have samples of different lengths takes them as they are: the time is open.
static void samples_of_any_length(void **state)
{
    (void)state;
    assert_ok(gd_source_register(&sequences));
    gd_model *model = open_text("data: {train: {sequences_test: {}}}\n"
                                "model: [{lstm: {units: 8, last: true}}, {dense: 1}]\n"
                                "loss: squared_error\noptimizer: {adam: {learning_rate: 0.05}}\n"
                                "train: {epochs: 30, batch: 1}\n");
    char text[GD_SHAPE_TEXT];
    assert_string_equal(gd_shape_text(gd_tensor_shape(model->input[0]), text), "[batch,time,2]");
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_non_null(trainer);
    settings.fit = (gd_fit_opts){.epochs = 30, .batch = 1, .seed = 1};
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    const gd_tensor answer = model->head[0].output;
    gd_array result = {0};
    assert_ok(gd_predict(1, &answer, model->train, (gd_evaluate_opts){.batch = 1}, &result));
    double off = 0;
    for (int64_t i = 0; i < SEQUENCES; i++) {
        gd_array want = {0};
        assert_ok(gd_dataset_get(model->train, 1, 1, &i, &want));
        off += fabs(gd_array_get(&result, i) - gd_array_get(&want, 0)) / SEQUENCES;
        gd_array_free(&want);
    }
    if (!(off < 0.3))
        fail_msg("answers are off by %g", off);
    gd_array_free(&result);
    gd_trainer_free(trainer);
    gd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_data_are_the_librarys),
        cmocka_unit_test(all_kinds_are_in_the_table),
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(cats_are_read),
        cmocka_unit_test(a_programs_own),
        cmocka_unit_test(samples_of_any_length),
    };
    return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
