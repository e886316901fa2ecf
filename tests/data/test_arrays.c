// Data sets of arrays in memory and of NumPy's files: types and kinds, answers of every form, layouts of pictures,
// named arrays of an archive, and files that stay where they are.
#include <fcntl.h>
#include <gradus/data.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/npy.h"
#include "npy_files.h"

static gd_field field_named(const gd_dataset *set, const char *name)
{
    const int field = gd_dataset_find(set, name);
    if (field < 0)
        fail_msg("there is no field '%s'", name);
    return gd_dataset_field(set, field);
}

// The number at `element` of one sample.
static double value_of(const gd_dataset *set, const char *name, int64_t sample, int64_t element)
{
    gd_array value = {0};
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, name), 1, &sample, &value));
    const double number = gd_array_get(&value, element);
    gd_array_free(&value);
    return number;
}

// ---- Arrays in memory

static void test_types(void **state)
{
    (void)state;
    static const struct {
        gd_type type;
        gd_shape shape;
        gd_kind kind;
        gd_type delivered;
        int class_count;
    } cases[] = {
        {GD_F32, {1, {4}}, GD_KIND_NUMBERS, GD_F32, 0},     {GD_F64, {2, {2, 2}}, GD_KIND_NUMBERS, GD_F32, 0},
        {GD_BF16, {2, {4, 1}}, GD_KIND_NUMBERS, GD_F32, 0}, {GD_BOOL, {1, {4}}, GD_KIND_NUMBERS, GD_F32, 0},
        {GD_U8, {1, {4}}, GD_KIND_CATEGORY, GD_I32, 4},     {GD_U8, {2, {2, 2}}, GD_KIND_NUMBERS, GD_F32, 0},
        {GD_I32, {1, {4}}, GD_KIND_CATEGORY, GD_I32, 4},    {GD_I32, {2, {2, 2}}, GD_KIND_NUMBERS, GD_I32, 0},
        {GD_I64, {1, {4}}, GD_KIND_CATEGORY, GD_I32, 4},    {GD_I64, {2, {4, 1}}, GD_KIND_NUMBERS, GD_I32, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_array array;
        gd_dataset *set;
        assert_fine(gd_array_create(&array, cases[c].type, cases[c].shape));
        for (int i = 0; i < 4; i++)
            gd_array_put(&array, i, cases[c].type == GD_BOOL ? i % 2 : i);
        assert_fine(gd_dataset_from_arrays(1, (const char *const[]){"a"}, &array, &set));
        const gd_field field = gd_dataset_field(set, 0);
        assert_int_equal(field.kind, cases[c].kind);
        assert_int_equal(field.type, cases[c].delivered);
        assert_int_equal(field.class_count, cases[c].class_count);
        assert_int_equal(field.shape.rank, cases[c].shape.rank - 1);
        const int64_t count = gd_dataset_count(set), width = 4 / count;
        for (int i = 0; i < 4; i++)
            assert_true(value_of(set, "a", i / width, i % width) == gd_array_get(&array, i));
        assert_null(gd_dataset_origin(set, 1).file);
        assert_int_equal(gd_dataset_origin(set, 1).row, 2);
        gd_array_free(&array);
        gd_dataset_free(set);
    }
}

static void test_classes_and_roles(void **state)
{
    (void)state;
    static const int64_t below[] = {0, -1}, huge[] = {0, 1LL << 40};
    static const char *const names[] = {"label", "y", "weight", "x"};
    static const gd_role roles[] = {GD_ROLE_TARGET, GD_ROLE_TARGET, GD_ROLE_WEIGHT, GD_ROLE_INPUT};
    const gd_array array[] = {gd_array_borrow(GD_I64, GD_SHAPE(2), below), gd_array_borrow(GD_I64, GD_SHAPE(2), huge),
                              gd_array_borrow(GD_F64, GD_SHAPE(2), (const double[]){1, 2}),
                              gd_array_borrow(GD_F32, GD_SHAPE(2, 1), (const float[]){1, 2})};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(4, names, array, &set));
    for (int f = 0; f < 4; f++) {
        assert_int_equal(gd_dataset_field(set, f).role, roles[f]);
        assert_int_equal(gd_dataset_field(set, f).class_count, 0);
    }
    gd_dataset_free(set);
}

static void test_refused(void **state)
{
    (void)state;
    static const float number[] = {1, 2, 3, 4, 5, 6};
    const gd_array two = gd_array_borrow(GD_F32, GD_SHAPE(2, 3), number),
                   three = gd_array_borrow(GD_F32, GD_SHAPE(3), number),
                   empty = gd_array_borrow(GD_F32, GD_SHAPE(0, 3), number),
                   scalar = gd_array_borrow(GD_F32, GD_SCALAR, number);
    const struct {
        gd_array array[2];
        int count;
        const char *second, *said;
    } cases[] = {
        {{two, three}, 2, "b", "field 'b' has 3 samples, but 'a' has 2"},
        {{two, two}, 2, "a", "two fields are called 'a'"},
        {{empty}, 1, "b", "field 'a' is empty"},
        {{scalar}, 1, "b", "field 'a' is a single number"},
        {{two}, 0, "b", "at least one field"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_dataset *set;
        const char *const name[] = {"a", cases[c].second};
        assert_int_not_equal(gd_dataset_from_arrays(cases[c].count, name, cases[c].array, &set), GD_OK);
        assert_said(cases[c].said);
        assert_null(set);
    }
}

// ---- Answers of every form

static const char *write_three(void)
{
    return write_npy("x.npy", "<f4", "3, 1", (const float[]){5, 6, 7}, 12);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *type, *shape, *bytes;
        size_t size;
        const char *name; // of the field
        gd_shape one;
        gd_type delivered;
        double value[3]; // the first number of each sample
        int class_count;
        const char *class_name[3];
    } cases[] = {
        {"|i1", "3,", "\2\0\1", 3, "label", {0}, GD_I32, {2, 0, 1}, 3, {NULL}},
        {"|u1", "3, 1", "\2\0\1", 3, "label", {0}, GD_I32, {2, 0, 1}, 3, {NULL}},
        {"<i4", "3, 1", "\1\0\0\0\0\0\0\0\1\0\0\0", 12, "label", {0}, GD_I32, {1, 0, 1}, 2, {NULL}},
        {">u8",
         "3,",
         "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2",
         24,
         "label",
         {0},
         GD_I32,
         {1, 0, 2},
         3,
         {NULL}},
        {"|b1", "3,", "\1\0\1", 3, "label", {0}, GD_I32, {1, 0, 1}, 2, {"False", "True"}},
        {"|b1", "3, 1", "\0\0\0", 3, "label", {0}, GD_I32, {0, 0, 0}, 2, {"False", "True"}},
        {"|i1", "3, 2", "\1\2\3\4\5\6", 6, "y", {1, {2}}, GD_I32, {1, 3, 5}, 0, {NULL}},
        {"<f2", "3,", "\0\x3c\0\x40\0\xc0", 6, "y", {1, {1}}, GD_F32, {1, 2, -2}, 0, {NULL}},
        {"<f2", "3, 1", "\0\x3c\0\x40\0\xc0", 6, "y", {1, {1}}, GD_F32, {1, 2, -2}, 0, {NULL}},
        {"|S3", "3,", "dogcatcat", 9, "label", {0}, GD_I32, {1, 0, 0}, 2, {"cat", "dog"}},
        {"|S3", "3, 1", "b\0\0a\0\0ab\0", 9, "label", {0}, GD_I32, {2, 0, 1}, 3, {"a", "ab", "b"}},
        {"<U2",
         "3,",
         "\xe4\0\0\0\0\0\0\0z\0\0\0\0\0\0\0a\0\0\0b\0\0\0",
         24,
         "label",
         {0},
         GD_I32,
         {2, 1, 0},
         3,
         {"ab", "z", "\xc3\xa4"}},
        {">U1",
         "3,",
         "\0\x01\xf6\0\0\0\x20\xac\0\x01\xf6\0",
         12,
         "label",
         {0},
         GD_I32,
         {1, 0, 1},
         2,
         {"\xe2\x82\xac", "\xf0\x9f\x98\x80"}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_dataset *set;
        const char *x = write_three(),
                   *y = write_npy("y.npy", cases[c].type, cases[c].shape, cases[c].bytes, cases[c].size);
        assert_fine(gd_dataset_from_npy(x, y, (gd_array_opts){0}, &set));
        const gd_field field = field_named(set, cases[c].name);
        assert_int_equal(field.role, GD_ROLE_TARGET);
        assert_true(gd_shape_equal(field.shape, cases[c].one));
        assert_int_equal(field.type, cases[c].delivered);
        assert_int_equal(field.class_count, cases[c].class_count);
        for (int i = 0; i < 3; i++) {
            assert_true(value_of(set, cases[c].name, i, 0) == cases[c].value[i]);
            const char *word = gd_dataset_class_name(set, 1, i);
            assert_true((word == NULL) == (cases[c].class_name[i] == NULL));
            if (word != NULL)
                assert_string_equal(word, cases[c].class_name[i]);
        }
        assert_string_equal(gd_dataset_origin(set, 2).file, x);
        assert_int_equal(gd_dataset_origin(set, 2).row, 3);
        gd_dataset_free(set);
        unlink(x);
        unlink(y);
    }
}

static void test_bad_answers(void **state)
{
    (void)state;
    static const struct {
        const char *type, *shape, *bytes;
        size_t size;
        const char *said;
    } cases[] = {
        {"|S1", "3, 2", "abcdef", 6, "holds texts of shape [3,2]; one a sample"},
        {"|S1", "0,", "", 0, "holds texts of shape [0]"},
        {"|S2", "3,", "abcd\xe4z", 6, "sample 2 is no text"},
        {"|S2", "3,", "ab\0cd\0", 6, "sample 1 is no text"},
        {"|S2", "3,",
         "\xc0\x80"
         "cdef",
         6, "sample 0 is no text"},
        {"<U1", "3,", "a\0\0\0\0\xd8\0\0c\0\0\0", 12, "sample 1 is no text"},
        {"<U1", "3,", "a\0\0\0b\0\0\0\0\0\x11\0", 12, "sample 2 is no text"},
        {"<u8", "3,", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0", 24, "9223372036854775808 does not fit"},
        {"|S1", "2,", "ab", 2, "field 'label' has 2 samples, but 'x' has 3"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_dataset *set;
        const char *x = write_three(),
                   *y = write_npy("y.npy", cases[c].type, cases[c].shape, cases[c].bytes, cases[c].size);
        assert_int_not_equal(gd_dataset_from_npy(x, y, (gd_array_opts){0}, &set), GD_OK);
        assert_said(cases[c].said);
        assert_said(y);
        assert_null(set);
        unlink(x);
        unlink(y);
    }
    gd_dataset *set;
    const char *x = write_npy("x.npy", "<U1", "1,", "a\0\0\0", 4);
    assert_int_equal(gd_dataset_from_npy(x, NULL, (gd_array_opts){0}, &set), GD_ERROR_UNSUPPORTED);
    assert_said("holds texts ('U1'), where numbers were expected");
    unlink(x);
}

// ---- Layout

static void test_layout(void **state)
{
    (void)state;
    unsigned char pixel[60];
    for (int i = 0; i < 60; i++)
        pixel[i] = (unsigned char)i;
    gd_dataset *set;
    const char *path = write_npy("x.npy", "|u1", "2, 2, 5, 3", pixel, 60);
    assert_int_equal(gd_dataset_from_npy(path, NULL, (gd_array_opts){0}, &set), GD_ERROR_SHAPE);
    assert_said("x.npy is [2,2,5,3], which may be meant in two ways");
    assert_said("`layout: nhwc` for pictures of 2 x 5 with 3 channels");
    assert_said("`layout: nchw` for pictures of 5 x 3 with 2 channels");
    assert_null(set);
    assert_fine(gd_dataset_from_npy(path, NULL, (gd_array_opts){.layout = GD_NCHW}, &set));
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(2, 5, 3)));
    assert_true(value_of(set, "x", 1, 7) == 37);
    gd_dataset_free(set);
    assert_fine(gd_dataset_from_npy(path, NULL, (gd_array_opts){.layout = GD_NHWC}, &set));
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(3, 2, 5)));
    for (int c = 0; c < 3; c++)
        for (int p = 0; p < 10; p++)
            assert_true(value_of(set, "x", 1, c * 10 + p) == 30 + p * 3 + c);
    gd_dataset_free(set);
    static const char *const clear[] = {"2, 3, 5, 2", "2, 3, 5, 1", "2, 1, 10, 3", "2, 5, 6", "2, 2, 3, 5", "4, 5, 3"};
    for (size_t c = 0; c < sizeof clear / sizeof clear[0]; c++) {
        path = write_npy("x.npy", "|u1", clear[c], pixel, c == 1 ? 30 : 60);
        assert_fine(gd_dataset_from_npy(path, NULL, (gd_array_opts){0}, &set));
        gd_dataset_free(set);
    }
    path = write_npy("x.npy", "|u1", "2, 30", pixel, 60);
    assert_int_equal(gd_dataset_from_npy(path, NULL, (gd_array_opts){.layout = GD_NHWC}, &set), GD_ERROR_SHAPE);
    assert_said("is [2,30]; pictures (N, H, W, C) were expected");
    unlink(path);
}

// ---- Archives

// Two sets of different sizes in one archive, as Keras keeps them; the pictures are 2 x 2 with 3 channels.
static const char *write_sets(void)
{
    static const unsigned char pixel[36] = {[12] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const int64_t label[] = {2, 0, 1};
    const gd_array array[] = {
        gd_array_borrow(GD_U8, GD_SHAPE(3, 2, 2, 3), pixel), gd_array_borrow(GD_I64, GD_SHAPE(3, 1), label),
        gd_array_borrow(GD_U8, GD_SHAPE(1, 2, 2, 3), pixel), gd_array_borrow(GD_I64, GD_SHAPE(1), label)};
    const char *path = temporary("sets.npz");
    assert_fine(gd__npz_write(path, 4, (const char *const[]){"x_train", "y_train", "x_test", "y_test"}, array));
    return path;
}

static void test_named_arrays(void **state)
{
    (void)state;
    const char *path = write_sets();
    gd_dataset *set;
    const gd_array_opts train = {.x = "x_train", .y = "y_train", .layout = GD_NHWC};
    assert_fine(gd_dataset_from_npz(path, train, &set));
    assert_int_equal(gd_dataset_count(set), 3);
    assert_true(gd_shape_equal(field_named(set, "x").shape, GD_SHAPE(3, 2, 2)));
    assert_int_equal(field_named(set, "label").class_count, 3);
    assert_true(value_of(set, "x", 1, 1) == 4 && value_of(set, "label", 2, 0) == 1);
    assert_string_equal(gd_dataset_origin(set, 1).file, path);
    gd_dataset_free(set);
    assert_fine(gd_dataset_from_npz(path, (gd_array_opts){.x = "y_test"}, &set));
    assert_int_equal(gd_dataset_field_count(set), 1);
    gd_dataset_free(set);
    const struct {
        gd_array_opts opts;
        const char *said;
    } cases[] = {
        {{0}, "different numbers of samples: 'x_train' 3, 'x_test' 1; name those that are to be used"},
        {{.x = "x_trian"},
         "has no array 'x_trian' (did you mean 'x_train'?); its arrays: 'x_train', 'y_train', 'x_test'"},
        {{.x = "x_train", .y = "q", .layout = GD_NHWC}, "has no array 'q'; its arrays"},
        {{.x = "x_train", .y = "y_test", .layout = GD_NHWC}, "'y_test': field 'label' has 1 samples, but 'x' has 3"},
        {{.x = "x_train"}, "'x_train' is [3,2,2,3], which may be meant in two ways"},
        {{.x = "y_train", .layout = GD_NHWC}, "'y_train' is [3,1]; pictures"},
        {{.y = "y_train"}, "that of the samples' (x) was expected"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        assert_int_not_equal(gd_dataset_from_npz(path, cases[c].opts, &set), GD_OK);
        assert_said(cases[c].said);
        assert_null(set);
    }
    unlink(path);
}

static void test_all_arrays(void **state)
{
    (void)state;
    static const unsigned char pixel[24] = {[12] = 1, 2, 3};
    const gd_array array[] = {gd_array_borrow(GD_U8, GD_SHAPE(2, 2, 2, 3), pixel),
                              gd_array_borrow(GD_I64, GD_SHAPE(2, 1), (const int64_t[]){1, 0}),
                              gd_array_borrow(GD_F64, GD_SHAPE(2), (const double[]){.5, .25})};
    const char *path = temporary("all.npz");
    gd_dataset *set;
    assert_fine(gd__npz_write(path, 3, (const char *const[]){"pictures", "label", "y"}, array));
    assert_int_equal(gd_dataset_from_npz(path, (gd_array_opts){0}, &set), GD_ERROR_SHAPE);
    assert_said("'pictures' is [2,2,2,3], which may be meant in two ways");
    assert_fine(gd_dataset_from_npz(path, (gd_array_opts){.layout = GD_NHWC}, &set));
    assert_true(gd_shape_equal(field_named(set, "pictures").shape, GD_SHAPE(3, 2, 2)));
    assert_int_equal(field_named(set, "pictures").role, GD_ROLE_INPUT);
    assert_int_equal(field_named(set, "label").shape.rank, 0);
    assert_int_equal(field_named(set, "label").class_count, 2);
    assert_true(gd_shape_equal(field_named(set, "y").shape, GD_SHAPE(1)));
    assert_true(value_of(set, "pictures", 1, 4) == 2 && value_of(set, "y", 1, 0) == .25);
    gd_dataset_free(set);
    assert_fine(gd__npz_write(path, 1, (const char *const[]){"label"}, &array[1]));
    assert_int_equal(gd_dataset_from_npz(path, (gd_array_opts){.layout = GD_NHWC}, &set), GD_ERROR_SHAPE);
    assert_said("no array is of pictures");
    unlink(path);
}

// ---- Files that stay where they are

enum { ROW = 1 << 16, ROWS = 1100 }; // 72 MB, of which the system stores only what is written

// Pictures of 128 x 128, ROW bytes each, of which three are not zeros.
static const int64_t written[] = {0, 517, ROWS - 1};

static const char *write_large(const char *type, const char *channels, char *row, size_t *begin)
{
    char start[256], shape[64];
    snprintf(shape, sizeof shape, "%d, 128, 128, %s", ROWS, channels);
    *begin = npy_start(start, type, false, shape);
    const char *path = write_bytes("large.npy", start, *begin);
    const int file = open(path, O_WRONLY);
    assert_true(file >= 0);
    for (int i = 0; i < ROW; i++) // as f16: numbers below 2
        row[i] = (char)(i % 2 == 0 ? i * 7 : i % 64);
    for (int w = 0; w < 3; w++)
        assert_int_equal(pwrite(file, row, ROW, (off_t)*begin + written[w] * ROW), ROW);
    assert_int_equal(close(file), 0);
    return path;
}

// What lies in the large file is what the same row gives in a small one, which is loaded.
static void test_large(void **state)
{
    (void)state;
    static const struct {
        const char *type, *channels;
        gd_picture_layout layout;
    } cases[] = {{"|u1", "4", GD_NHWC},
                 {"|u1", "4", GD_NCHW},
                 {"<f2", "2", GD_NHWC},
                 {">i2", "2", GD_NCHW},
                 {"|b1", "4", GD_NHWC}};
    static char row[ROW], small[ROW + 256];
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t begin;
        const char *path = write_large(cases[c].type, cases[c].channels, row, &begin);
        char shape[64];
        snprintf(shape, sizeof shape, "1, 128, 128, %s", cases[c].channels);
        const size_t start = npy_start(small, cases[c].type, false, shape);
        memcpy(small + start, row, ROW);
        const char *small_path = write_bytes("small.npy", small, start + ROW);
        gd_dataset *large_set, *small_set;
        const gd_array_opts opts = {.layout = cases[c].layout};
        assert_fine(gd_dataset_from_npy(path, NULL, opts, &large_set));
        assert_fine(gd_dataset_from_npy(small_path, NULL, opts, &small_set));
        assert_int_equal(gd_dataset_count(large_set), ROWS);
        assert_true(gd_shape_equal(gd_dataset_field(large_set, 0).shape, gd_dataset_field(small_set, 0).shape));
        gd_array want = {0}, have = {0};
        assert_fine(gd_dataset_get(small_set, 0, 1, (const int64_t[]){0}, &want));
        for (int w = 0; w < 3; w++) {
            assert_fine(gd_dataset_get(large_set, 0, 1, &written[w], &have));
            assert_memory_equal(have.data, want.data, gd_array_bytes(&want));
        }
        assert_true(value_of(large_set, "x", 3, 5) == 0);
        gd_array_free(&want);
        gd_array_free(&have);
        gd_dataset_free(large_set);
        gd_dataset_free(small_set);
        unlink(path);
        unlink(small_path);
    }
}

static void test_large_changes(void **state)
{
    (void)state;
    static char row[ROW];
    size_t begin;
    const char *path = write_large("|u1", "4", row, &begin);
    gd_dataset *set;
    gd_array value = {0};
    const int64_t last = ROWS - 1;
    assert_int_equal(gd_dataset_from_npy(path, NULL, (gd_array_opts){0}, &set), GD_ERROR_SHAPE);
    assert_said("which may be meant in two ways");

    assert_fine(gd_dataset_from_npy(path, NULL, (gd_array_opts){.layout = GD_NHWC}, &set));
    assert_int_equal(truncate(path, (off_t)begin + last * ROW + 100), 0);
    assert_int_equal(gd_dataset_get(set, 0, 1, &last, &value), GD_ERROR_IO);
    assert_said("was cut short while it was read");
    assert_int_equal(gd_dataset_get(set, 0, 1, (const int64_t[]){0}, &value), GD_ERROR_IO);
    assert_said("was changed while it was read");
    gd_dataset_free(set);
    assert_int_equal(gd_dataset_from_npy(path, NULL, (gd_array_opts){.layout = GD_NHWC}, &set), GD_ERROR_FORMAT);
    assert_said("bytes follow");

    path = write_large("|u1", "4", row, &begin);
    assert_fine(gd_dataset_from_npy(path, NULL, (gd_array_opts){.layout = GD_NHWC}, &set));
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(gd_dataset_get(set, 0, 1, &last, &value), GD_ERROR_IO);
    assert_said("it was written to");
    gd_dataset_free(set);
    unlink(path);
}

// ---- Memory

static void test_allocations(void **state)
{
    (void)state;
    const char *x = write_npy("x.npy", "|u1", "2, 1, 1, 3", "abcdef", 6), *y = write_npy("y.npy", "|S1", "2,", "ba", 2);
    const char *sets = write_sets();
    for (int turn = 0; turn < 3; turn++) {
        gd_status status = GD_ERROR_MEMORY;
        for (long successes = 0; status != GD_OK && successes < 200; successes++) {
            gd_dataset *set;
            gd__alloc_fail_after(successes, true);
            if (turn == 0)
                status = gd_dataset_from_npy(x, y, (gd_array_opts){.layout = GD_NHWC}, &set);
            else if (turn == 1)
                status =
                    gd_dataset_from_npz(sets, (gd_array_opts){.x = "x_train", .y = "y_train", .layout = GD_NHWC}, &set);
            else
                status = gd_dataset_from_arrays(
                    1, (const char *const[]){"x"},
                    (const gd_array[]){gd_array_borrow(GD_U8, GD_SHAPE(2), (const unsigned char[]){1, 2})}, &set);
            gd__alloc_fail_after(-1, false);
            assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
            gd_dataset_free(set);
        }
        assert_int_equal(status, GD_OK);
    }
    unlink(x);
    unlink(y);
    unlink(sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),         cmocka_unit_test(test_classes_and_roles), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_answers),       cmocka_unit_test(test_bad_answers),       cmocka_unit_test(test_layout),
        cmocka_unit_test(test_named_arrays),  cmocka_unit_test(test_all_arrays),        cmocka_unit_test(test_large),
        cmocka_unit_test(test_large_changes), cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
