// HDF5 files: types, layouts, wrong names, links to elsewhere, and files that are damaged or lie.
#include "files.h"

#include <gradus/data.h>

#ifdef GD_HAVE_HDF5
#include <hdf5.h>

#include "base/memory.h"

static hid_t begin(const char *name)
{
    const hid_t file = H5Fcreate(temporary(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

// Adds an array; `creation` is released.
static void put_with(hid_t file, const char *name, hid_t stored, hid_t given, gd_shape shape, const void *value,
                     hid_t creation)
{
    hsize_t dim[GD_MAX_RANK] = {0};
    for (int d = 0; d < shape.rank; d++)
        dim[d] = (hsize_t)shape.dim[d];
    const hid_t space = shape.rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(shape.rank, dim, NULL);
    const hid_t set = H5Dcreate2(file, name, stored, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(space >= 0 && set >= 0);
    if (value != NULL)
        assert_true(H5Dwrite(set, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    if (creation != H5P_DEFAULT)
        H5Pclose(creation);
}

static void put(hid_t file, const char *name, hid_t type, gd_shape shape, const void *value)
{
    put_with(file, name, type, type, shape, value, H5P_DEFAULT);
}

// Two pictures of 2 x 3 with 2 channels, their labels, prices, and whether they are sold (as a column).
static const char *write_pictures(const char *name)
{
    unsigned char pixel[24];
    for (int i = 0; i < 24; i++)
        pixel[i] = (unsigned char)i;
    const hid_t file = begin(name);
    const hid_t group = H5Gcreate2(file, "images", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "images/train", H5T_NATIVE_UINT8, GD_SHAPE(2, 2, 3, 2), pixel);
    put(file, "label", H5T_NATIVE_INT64, GD_SHAPE(2), (const int64_t[]){1, 0});
    put(file, "price", H5T_NATIVE_DOUBLE, GD_SHAPE(2), (const double[]){1.5, 2.5});
    put(file, "sold", H5T_NATIVE_INT16, GD_SHAPE(2, 1), (const int16_t[]){0, 1});
    H5Gclose(group);
    H5Fclose(file);
    return temporary(name);
}

static void test_dataset(void **state)
{
    (void)state;
    const char *path = write_pictures("pictures.h5");
    gd_dataset *set;
    assert_fine(gd_dataset_from_hdf5(path, (gd_array_opts){.x = "images/train", .y = "label"}, &set));
    assert_int_equal(gd_dataset_count(set), 2);
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(2, 3, 2)));
    assert_string_equal(gd_dataset_field(set, 1).name, "label");
    assert_int_equal(gd_dataset_field(set, 1).class_count, 2);
    assert_string_equal(gd_dataset_origin(set, 1).file, path);
    assert_int_equal(gd_dataset_origin(set, 1).row, 2);
    gd_array x = {0};
    assert_fine(gd_dataset_get(set, 0, 2, (const int64_t[]){0, 1}, &x));
    for (int i = 0; i < 24; i++)
        assert_int_equal((int)gd_array_get(&x, i), i);
    gd_array_free(&x);
    gd_dataset_free(set);

    const gd_array_opts moved = {.x = "/images/train", .y = "price", .layout = GD_NHWC};
    assert_fine(gd_dataset_from_hdf5(path, moved, &set));
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(2, 2, 3)));
    assert_string_equal(gd_dataset_field(set, 1).name, "y");
    assert_true(gd_shape_equal(gd_dataset_field(set, 1).shape, GD_SHAPE(1)));
    assert_fine(gd_dataset_get(set, 0, 1, (const int64_t[]){1}, &x));
    static const int second[] = {12, 14, 16, 18, 20, 22, 13, 15, 17, 19, 21, 23};
    for (int i = 0; i < 12; i++)
        assert_int_equal((int)gd_array_get(&x, i), second[i]);
    gd_array_free(&x);
    gd_dataset_free(set);
    assert_fine(gd_dataset_from_hdf5(path, (gd_array_opts){.x = "price", .y = "sold"}, &set));
    assert_string_equal(gd_dataset_field(set, 1).name, "label");
    assert_int_equal(gd_dataset_field(set, 1).shape.rank, 0);
    assert_int_equal(gd_dataset_field(set, 1).class_count, 2);
    gd_dataset_free(set);
    assert_int_equal(gd_dataset_from_hdf5(path, (gd_array_opts){.x = "price", .layout = GD_NHWC}, &set),
                     GD_ERROR_SHAPE);
    assert_said("'price' is [2]; pictures (N, H, W, C) were expected");
    assert_int_equal(gd_dataset_from_hdf5(path, (gd_array_opts){0}, &set), GD_ERROR_ARGUMENT);
    assert_true(gd_hdf5_has(path, "price") && !gd_hdf5_has(path, "images") && !gd_hdf5_has("/none.h5", "price"));
    unlink(path);
}

static void test_types(void **state)
{
    (void)state;
    static const int number[] = {1, 0, 1};
    const hid_t file = begin("types.h5");
    const hid_t boolean = H5Tenum_create(H5T_NATIVE_INT8), half = H5Tcopy(H5T_IEEE_F32LE);
    assert_true(H5Tenum_insert(boolean, "FALSE", (const signed char[]){0}) >= 0);
    assert_true(H5Tenum_insert(boolean, "TRUE", (const signed char[]){1}) >= 0);
    assert_true(H5Tset_fields(half, 15, 10, 5, 0, 10) >= 0 && H5Tset_size(half, 2) >= 0 && H5Tset_ebias(half, 15) >= 0);
    const struct {
        const char *name;
        hid_t stored;
        gd_type type;
    } cases[] = {
        {"i8", H5T_STD_I8LE, GD_I32},    {"i16", H5T_STD_I16BE, GD_I32}, {"i32", H5T_STD_I32BE, GD_I32},
        {"i64", H5T_STD_I64LE, GD_I64},  {"u8", H5T_STD_U8LE, GD_U8},    {"u16", H5T_STD_U16LE, GD_I32},
        {"u32", H5T_STD_U32BE, GD_I64},  {"f16", half, GD_F32},          {"f32", H5T_IEEE_F32BE, GD_F32},
        {"f64", H5T_IEEE_F64LE, GD_F64},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        put_with(file, cases[c].name, cases[c].stored, H5T_NATIVE_INT, GD_SHAPE(3), number, H5P_DEFAULT);
    put(file, "bool", boolean, GD_SHAPE(3), (const signed char[]){1, 0, 1});
    put(file, "one", H5T_NATIVE_INT, GD_SCALAR, number);
    H5Tclose(half);
    H5Tclose(boolean);
    H5Fclose(file);
    gd_array array;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0] + 1; c++) {
        const bool last = c == sizeof cases / sizeof cases[0];
        assert_fine(gd_hdf5_read(temporary("types.h5"), last ? "bool" : cases[c].name, &array));
        assert_int_equal(array.type, last ? GD_BOOL : cases[c].type);
        for (int i = 0; i < 3; i++)
            assert_int_equal((int)gd_array_get(&array, i), number[i]);
        gd_array_free(&array);
    }
    assert_fine(gd_hdf5_read(temporary("types.h5"), "one", &array));
    assert_int_equal(array.shape.rank, 0);
    gd_array_free(&array);
    unlink(temporary("types.h5"));
}

static hid_t chunked(hsize_t rows, bool compress)
{
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(creation, 1, &rows) >= 0);
    if (compress)
        assert_true(H5Pset_shuffle(creation) >= 0 && H5Pset_deflate(creation, 6) >= 0);
    return creation;
}

static void test_layouts(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    float value[COUNT];
    for (int i = 0; i < COUNT; i++)
        value[i] = (float)(i * i);
    const hid_t file = begin("layouts.h5");
    const hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_layout(compact, H5D_COMPACT) >= 0);
    put_with(file, "compact", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, GD_SHAPE(COUNT), value, compact);
    put_with(file, "chunked", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, GD_SHAPE(COUNT), value, chunked(300, false));
    put_with(file, "gzip", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, GD_SHAPE(COUNT), value, chunked(300, true));
    H5Fclose(file);
    static const char *const names[] = {"compact", "chunked", "gzip"};
    for (int n = 0; n < 3; n++) {
        gd_array array;
        assert_fine(gd_hdf5_read(temporary("layouts.h5"), names[n], &array));
        assert_memory_equal(array.data, value, sizeof value);
        gd_array_free(&array);
    }
    unlink(temporary("layouts.h5"));
}

// Datasets that cannot or must not be read.
static void test_refused(void **state)
{
    (void)state;
    const char *outside = write_pictures("outside.h5");
    const hid_t file = begin("refused.h5");
    const hid_t text = H5Tcopy(H5T_C_S1), external = H5Pcreate(H5P_DATASET_CREATE);
    H5Tset_size(text, 4);
    put(file, "text", text, GD_SHAPE(1), "cat");
    put(file, "u64", H5T_NATIVE_UINT64, GD_SHAPE(1), (const uint64_t[]){1});
    put(file, "none", H5T_NATIVE_INT, GD_SHAPE(0), NULL);
    put(file, "never", H5T_NATIVE_INT, GD_SHAPE(4), NULL);
    put(file, "huge", H5T_NATIVE_INT, GD_SHAPE(1000000, 1000000, 100000), NULL);
    put_with(file, "sparse", H5T_NATIVE_INT, H5T_NATIVE_INT, GD_SHAPE((int64_t)1 << 40), NULL, chunked(1024, true));
    assert_true(H5Pset_external(external, outside, 0, 8) >= 0);
    put_with(file, "external", H5T_NATIVE_INT, H5T_NATIVE_INT, GD_SHAPE(2), NULL, external);
    assert_true(H5Lcreate_external(outside, "label", file, "linked", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Tclose(text);
    H5Fclose(file);
    static const struct {
        const char *name;
        gd_status status;
        const char *said;
    } cases[] = {
        {"text", GD_ERROR_UNSUPPORTED, "dataset 'text' holds text of 4 bytes, which cannot be read"},
        {"u64", GD_ERROR_UNSUPPORTED, "dataset 'u64' holds integers of 8 bytes"},
        {"none", GD_ERROR_FORMAT, "dataset 'none': dimension 0 is 0: it is empty"},
        {"never", GD_ERROR_FORMAT, "dataset 'never' says shape [4] of 4 bytes each, but 0 bytes are stored"},
        {"huge", GD_ERROR_FORMAT, "but 0 bytes are stored"},
        {"sparse", GD_ERROR_FORMAT, "but 0 bytes are stored"},
        {"external", GD_ERROR_UNSUPPORTED, "dataset 'external' keeps its values in other files"},
        {"linked", GD_ERROR_FORMAT, "has no dataset 'linked' that can be read"},
        {"labl", GD_ERROR_FORMAT, "its datasets: 'external', 'huge', 'never'"},
        {"", GD_ERROR_FORMAT, "has no dataset ''"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_array array;
        assert_int_equal(gd_hdf5_read(temporary("refused.h5"), cases[c].name, &array), cases[c].status);
        assert_said(cases[c].said);
        assert_null(array.storage);
    }
    unlink(temporary("refused.h5"));
    unlink(temporary("outside.h5"));
}

static void test_damaged(void **state)
{
    (void)state;
    gd_array array;
    assert_int_equal(gd_hdf5_read("/nowhere/x.h5", "x", &array), GD_ERROR_IO);
    assert_said("/nowhere/x.h5: cannot be opened");
    const char *path = write_text("words.h5", "these are words, and no numbers at all");
    assert_int_equal(gd_hdf5_read(path, "x", &array), GD_ERROR_FORMAT);
    assert_said("is no HDF5 file");
    unlink(path);
    path = write_pictures("cut.h5");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char content[16384];
    const size_t size = fread(content, 1, sizeof content, file);
    fclose(file);
    assert_true(size > 1000 && size < sizeof content);
    for (size_t keep = 0; keep < size; keep += 97) {
        path = write_bytes("cut.h5", content, keep);
        assert_int_equal(gd_hdf5_read(path, "price", &array), GD_ERROR_FORMAT);
        assert_null(array.storage);
    }
    unlink(path);
}

// HDF5's own messages stay as the program had them.
static void test_messages(void **state)
{
    (void)state;
    H5E_auto2_t before, after;
    void *data;
    assert_true(H5Eget_auto2(H5E_DEFAULT, &before, &data) >= 0);
    assert_false(gd_hdf5_has("/nowhere/x.h5", "x"));
    assert_true(H5Eget_auto2(H5E_DEFAULT, &after, &data) >= 0);
    assert_true(before == after);
}

static void test_allocations(void **state)
{
    (void)state;
    const char *path = write_pictures("memory.h5");
    gd_status status = GD_ERROR_MEMORY;
    for (long successes = 0; status != GD_OK && successes < 100; successes++) {
        gd_dataset *set;
        gd__alloc_fail_after(successes, true);
        status =
            gd_dataset_from_hdf5(path, (gd_array_opts){.x = "images/train", .y = "label", .layout = GD_NHWC}, &set);
        gd__alloc_fail_after(-1, false);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
        gd_dataset_free(set);
    }
    assert_int_equal(status, GD_OK);
    unlink(path);
}

static void test_cats(void **state)
{
    (void)state;
    const char *path = data_file("cats/train_catvnoncat.h5");
    if (path == NULL) {
        print_message("skipped: cats/train_catvnoncat.h5 is absent\n");
        skip();
    }
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_hdf5(path, (gd_array_opts){.x = "train_set_x", .y = "train_set_y"}, &set),
                     GD_ERROR_SHAPE);
    assert_said("'train_set_x' is [209,64,64,3], which may be meant in two ways");
    const gd_array_opts train = {.x = "train_set_x", .y = "train_set_y", .layout = GD_NCHW};
    assert_fine(gd_dataset_from_hdf5(path, train, &set));
    assert_int_equal(gd_dataset_count(set), 209);
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(64, 64, 3)));
    assert_int_equal(gd_dataset_field(set, 1).class_count, 2);
    gd_array x = {0};
    assert_fine(gd_dataset_get(set, 0, 1, (const int64_t[]){0}, &x));
    static const int first[] = {17, 31, 56, 22, 33}; // printed by Ng's notebook
    for (int i = 0; i < 5; i++)
        assert_int_equal((int)gd_array_get(&x, i), first[i]);
    gd_array_free(&x);
    gd_dataset_free(set);
    assert_int_equal(gd_dataset_from_hdf5(path, (gd_array_opts){.x = "test_set_x"}, &set), GD_ERROR_FORMAT);
    assert_said("has no dataset 'test_set_x' that can be read; its datasets: 'list_classes', 'train_set_x', "
                "'train_set_y'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dataset), cmocka_unit_test(test_types),       cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_damaged),     cmocka_unit_test(test_messages),
        cmocka_unit_test(test_cats),    cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_absent(void **state)
{
    (void)state;
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_hdf5("x.h5", (gd_array_opts){.x = "x"}, &set), GD_ERROR_UNSUPPORTED);
    assert_said("install libhdf5-dev");
    print_message("skipped: Gradus was built without HDF5\n");
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_absent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
