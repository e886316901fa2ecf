// Transforms: kinds of Gradus' own and of a program, fitted, random, of several fields together, kept as JSON.
#include "files.h"

#include <gradus/data.h>
#include <gradus/text.h>
#include <gradus/transform.h>
#include <math.h>
#include <string.h>

enum { COUNT = 6, WIDTH = 3 };

// "x" (COUNT, WIDTH): 10 i + k; "y" (COUNT, 1): i.
static gd_dataset *numbers(void)
{
    const char *const name[] = {"x", "y"};
    float x[COUNT * WIDTH], y[COUNT];
    for (int i = 0; i < COUNT; i++) {
        y[i] = (float)i;
        for (int k = 0; k < WIDTH; k++)
            x[i * WIDTH + k] = (float)(10 * i + k);
    }
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(COUNT, WIDTH), x),
                              gd_array_borrow(GD_F32, GD_SHAPE(COUNT, 1), y)};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, name, array, &set));
    return set;
}

static double value_of(const gd_dataset *set, const char *field, int64_t sample, int64_t element)
{
    gd_array out = {0};
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, field), 1, &sample, &out));
    const double value = gd_array_get(&out, element);
    gd_array_free(&out);
    return value;
}

// ---- Kinds of the test's own

// center: x minus the mean of the training samples' numbers; times `factor`.
typedef struct {
    double factor;
    const char *note;
    int way;
    int64_t size[2];
} center_opts;

static gd_status center_fit(const void *options, const gd_dataset *train, int count, const int *field,
                            gd_learned *learned)
{
    (void)options;
    (void)count;
    gd_array all = {0};
    int64_t sample[COUNT];
    double sum = 0;
    const int64_t samples = gd_dataset_count(train);
    for (int64_t i = 0; i < samples; i++)
        sample[i] = i;
    gd_status status = gd_dataset_get(train, field[0], samples, sample, &all);
    if (status != GD_OK)
        return status;
    for (int64_t i = 0; i < gd_array_count(&all); i++)
        sum += gd_array_get(&all, i);
    sum /= (double)gd_array_count(&all);
    gd_array_free(&all);
    return gd_learned_add(learned, "mean", 1, &sum);
}

static gd_status center_apply(gd_transform_call *call)
{
    const center_opts *opts = call->options;
    int64_t length;
    const double *mean = gd_learned_find(call->learned, "mean", &length);
    float *x = call->value[0]->data;
    assert_int_equal(length, 1);
    assert_int_equal(call->value[0]->field.type, GD_F32);
    for (int64_t i = 0; i < gd_shape_count(call->value[0]->field.shape); i++)
        x[i] = (float)(((double)x[i] - *mean) * opts->factor);
    return GD_OK;
}

static const gd_option center_options[] = {
    {.name = "factor", .type = GD_OPTION_NUMBER, .standard = "1", .doc = "a factor", GD_FIELD(center_opts, factor)},
    {.name = "note", .type = GD_OPTION_TEXT, .doc = "a text", GD_FIELD(center_opts, note)},
    {.name = "way", .type = GD_OPTION_CHOICE, .choices = "up|down", .doc = "a word", GD_FIELD(center_opts, way)},
    {.name = "size", .type = GD_OPTION_SIZE, .standard = "7", .doc = "two sizes", GD_FIELD(center_opts, size)},
    {0},
};
static const gd_transform_kind center = {
    .record = {.name = "center_test",
               .doc = "x - mean",
               .options = center_options,
               .options_size = sizeof(center_opts)},
    .fit = center_fit,
    .apply = center_apply,
};

// crop: in training a random run of two numbers of x, else the first two; y is where it begins.
static gd_status crop_describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    assert_int_equal(count, 2);
    field[0].shape = GD_SHAPE(2);
    return GD_OK;
}

static gd_status crop_apply(gd_transform_call *call)
{
    const int begin = call->training ? (int)(gd_transform_uniform(call) * 2) : 0;
    const void *before;
    gd_status status = gd_sample_value_change(call->value[0], GD_F32, GD_SHAPE(2), &before);
    if (status != GD_OK)
        return status;
    memcpy(call->value[0]->data, (const float *)before + begin, 2 * sizeof(float));
    if (call->value[1] != NULL)
        *(float *)call->value[1]->data = (float)begin;
    return GD_OK;
}

static const gd_transform_kind crop = {
    .record = {.name = "crop_test", .doc = "a random run of two"},
    .least_fields = 2,
    .most_fields = 2,
    .random = true,
    .describe = crop_describe,
    .apply = crop_apply,
};

// Says one thing and does another.
static const gd_transform_kind liar = {
    .record = {.name = "liar_test", .doc = "gives another shape than it says"},
    .least_fields = 2,
    .most_fields = 2,
    .apply = crop_apply,
};

static int register_kinds(void **state)
{
    (void)state;
    assert_fine(gd_transform_register(&center));
    assert_fine(gd_transform_register(&crop));
    assert_fine(gd_transform_register(&liar));
    return 0;
}

// ---- Tests

static const char *const only_x[] = {"x"}, *const both[] = {"x", "y"};

static void set_number(const gd_transform_kind *kind, void *options, const char *name, double value)
{
    assert_fine(gd_options_set(&kind->record, options, (gd_setting){.name = name, .value = value}));
}

static void test_fixed(void **state)
{
    (void)state;
    gd_options_room clip = {0};
    const gd_transform_kind *kind = gd_transform_kind_named("Clamp");
    assert_non_null(kind);
    gd_options_default(&kind->record, &clip);
    set_number(kind, &clip, "low", 2);
    set_number(kind, &clip, "max", 21);
    const gd_transform list[] = {{kind, &clip, 1, only_x}, {gd_transform_kind_named("log"), NULL, 1, only_x}};
    gd_dataset *set = numbers(), *out;
    gd_pipeline *pipeline;
    assert_fine(gd_pipeline_fit(set, 2, list, &pipeline));
    assert_fine(gd_pipeline_apply(pipeline, set, &out));
    gd_pipeline_free(pipeline);
    gd_dataset_free(set);
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < WIDTH; k++)
            assert_true(fabs(value_of(out, "x", i, k) - log1p(fmin(fmax(10 * i + k, 2), 21))) < 1e-6);
    assert_true(value_of(out, "y", 4, 0) == 4);
    gd_dataset_free(out);
}

// Fitted on the part that it is given, and on what the transforms before it leave; the same after a trip through JSON.
static void test_fitted(void **state)
{
    (void)state;
    gd_options_room clip = {0};
    const gd_transform_kind *clips = gd_transform_kind_named("clip");
    gd_options_default(&clips->record, &clip);
    set_number(clips, &clip, "high", 11);
    center_opts opts = {.factor = 2, .note = "a \"note\"", .way = 1, .size = {3, 5}};
    const gd_transform list[] = {{&center, &opts, 1, only_x}, {clips, &clip, 1, only_x}};
    gd_dataset *set = numbers(), *train, *out, *again;
    gd_pipeline *pipeline, *read;
    assert_fine(gd_dataset_take(set, 0, 2, &train)); // 0 1 2 10 11 12: the mean is 6
    assert_fine(gd_pipeline_fit(train, 2, list, &pipeline));
    opts = (center_opts){0}; // everything is copied
    assert_fine(gd_pipeline_apply(pipeline, set, &out));
    for (int i = 0; i < COUNT; i++)
        assert_true(value_of(out, "x", i, 1) == fmin((10 * i + 1 - 6) * 2, 11));
    char *json = gd_pipeline_to_json(pipeline), *second;
    assert_non_null(strstr(json, "\"mean\":[6.0]"));
    assert_non_null(strstr(json, "\"way\":\"down\""));
    assert_fine(gd_pipeline_from_json(json, &read));
    second = gd_pipeline_to_json(read);
    assert_string_equal(json, second);
    assert_fine(gd_pipeline_apply(read, set, &again));
    for (int i = 0; i < COUNT; i++)
        assert_true(value_of(again, "x", i, 2) == value_of(out, "x", i, 2));
    gd_text_free(json);
    gd_text_free(second);
    gd_pipeline_free(pipeline);
    gd_pipeline_free(read);
    gd_dataset_free(again);
    gd_dataset_free(out);
    gd_dataset_free(train);
    gd_dataset_free(set);
}

// All batches of an epoch, "x" and "y" of each sample by its number: (COUNT, 3).
static void epoch_of(const gd_dataset *set, int64_t batch, int workers, bool training, int64_t epoch, float out[][3])
{
    gd_loader *loader;
    const gd_loader_opts opts = {.batch = batch, .shuffle = true, .seed = 7, .workers = workers, .training = training};
    assert_fine(gd_loader_create(set, opts, &loader));
    assert_fine(gd_loader_seek(loader, epoch, 0));
    for (gd_batch got = {0}; !got.last;) {
        assert_fine(gd_loader_next(loader, &got));
        for (int64_t i = 0; i < got.count; i++) {
            memcpy(out[got.sample[i]], (const float *)got.field[0].data + 2 * i, 2 * sizeof(float));
            out[got.sample[i]][2] = ((const float *)got.field[1].data)[i];
        }
    }
    gd_loader_free(loader);
}

// Fields that are changed together agree, and what is drawn depends on seed, epoch and sample alone.
static void test_random(void **state)
{
    (void)state;
    const gd_transform list[] = {{&crop, NULL, 2, both}};
    gd_dataset *set = numbers(), *out;
    gd_pipeline *pipeline;
    assert_fine(gd_pipeline_fit(set, 1, list, &pipeline));
    assert_fine(gd_pipeline_apply(pipeline, set, &out));
    float one[COUNT][3], other[COUNT][3], next[COUNT][3], fixed[COUNT][3];
    int begins[2] = {0}, differ = 0;
    for (int64_t epoch = 0; epoch < 8; epoch++) {
        epoch_of(out, 2, 1, true, epoch, one);
        epoch_of(out, 3, 3, true, epoch, other);
        assert_memory_equal(one, other, sizeof one);
        epoch_of(out, 2, 1, true, epoch + 1, next);
        differ += memcmp(one, next, sizeof one) != 0;
        for (int i = 0; i < COUNT; i++) {
            assert_true(one[i][0] == (float)(10 * i) + one[i][2] && one[i][1] == one[i][0] + 1);
            begins[(int)one[i][2]]++;
        }
    }
    assert_true(begins[0] > 8 && begins[1] > 8 && differ > 4);
    epoch_of(out, 2, 1, false, 3, fixed);
    for (int i = 0; i < COUNT; i++)
        assert_true(fixed[i][0] == (float)(10 * i) && fixed[i][2] == 0);
    gd_pipeline_free(pipeline);
    gd_dataset_free(out);
    gd_dataset_free(set);
}

// As part of preprocessing: before its steps, kept with it, and applied to a set without the target.
static void test_preprocess(void **state)
{
    (void)state;
    const gd_transform list[] = {{&crop, NULL, 2, both}};
    const gd_preprocess_rule rule = {.field = "x", .scaling = GD_SCALE_BY, .factor = 0.5};
    gd_dataset *set = numbers(), *out, *bare;
    gd_pipeline *pipeline;
    gd_preprocess *preprocess, *read;
    assert_fine(gd_pipeline_fit(set, 1, list, &pipeline));
    const gd_preprocess_opts opts = {.rule_count = 1, .rule = &rule, .transforms = pipeline};
    assert_fine(gd_preprocess_fit(set, opts, &preprocess));
    gd_pipeline_free(pipeline);
    char *json = gd_preprocess_to_json(preprocess);
    assert_fine(gd_preprocess_from_json(json, &read));
    gd_text_free(json);
    float x[WIDTH] = {4, 6, 8};
    const gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(1, WIDTH), x);
    assert_fine(gd_dataset_from_arrays(1, only_x, &array, &bare));
    assert_fine(gd_preprocess_apply(read, bare, &out));
    assert_int_equal(gd_dataset_field(out, 0).shape.dim[0], 2);
    assert_true(value_of(out, "x", 0, 0) == 2 && value_of(out, "x", 0, 1) == 3);
    gd_dataset_free(out);
    gd_dataset_free(bare);
    gd_dataset_free(set);
    gd_preprocess_free(preprocess);
    gd_preprocess_free(read);
}

static void test_errors(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"z"};
    gd_dataset *set = numbers(), *out;
    gd_pipeline *pipeline;
    gd_options_room clip = {0};
    const gd_transform_kind *kind = gd_transform_kind_named("clip");
    gd_options_default(&kind->record, &clip);
    set_number(kind, &clip, "low", 5);
    set_number(kind, &clip, "high", 4);
    const struct {
        gd_transform transform;
        const char *said;
    } wrong[] = {
        {{kind, &clip, 1, only_x}, "clip: low is 5, which is above high, 4"},
        {{kind, NULL, 1, nowhere}, "no field 'z'"},
        {{kind, NULL, 2, both}, "takes 1 to 1 fields, was given 2"},
        {{NULL, NULL, 1, only_x}, "no kind"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_not_equal(gd_pipeline_fit(set, 1, &wrong[i].transform, &pipeline), GD_OK);
        assert_non_null(strstr(gd_last_error(), wrong[i].said));
        assert_null(pipeline);
    }
    const gd_transform lies = {&liar, NULL, 2, both};
    const int64_t sample = 0;
    gd_array array = {0};
    assert_fine(gd_pipeline_fit(set, 1, &lies, &pipeline));
    assert_fine(gd_pipeline_apply(pipeline, set, &out));
    assert_int_not_equal(gd_dataset_get(out, 0, 1, &sample, &array), GD_OK);
    assert_non_null(strstr(gd_last_error(), "said they would give"));
    gd_pipeline_free(pipeline);
    static const char *const bad[] = {
        "{\"transforms\": 3}",
        "{\"transforms\": [{\"kind\": \"clpi\", \"fields\": [\"x\"], \"options\": {}, \"learned\": {}}]}",
        "{\"transforms\": [{\"kind\": \"clip\", \"fields\": [], \"options\": {}, \"learned\": {}}]}",
        "{\"transforms\": [{\"kind\": \"clip\", \"fields\": [\"x\"], \"options\": {\"low\": []}, \"learned\": {}}]}",
        "{\"transforms\": [{\"kind\": \"clip\", \"fields\": [\"x\"], \"options\": {\"low\": \"a\"}, \"learned\": {}}]}",
        "{\"transforms\": [{\"kind\": \"clip\", \"fields\": [\"x\"], \"options\": {}, \"learned\": {\"a\": 1}}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_not_equal(gd_pipeline_from_json(bad[i], &pipeline), GD_OK);
    assert_int_not_equal(gd_transform_register(&center), GD_OK); // twice
    gd_dataset_free(out);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),      cmocka_unit_test(test_fitted), cmocka_unit_test(test_random),
        cmocka_unit_test(test_preprocess), cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, register_kinds, NULL);
}
