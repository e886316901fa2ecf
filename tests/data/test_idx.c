#include "files.h"

#include <gradus/data.h>

#include "base/memory.h"

// 3 images of 2x2 and their labels.
static const char images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2,  0,  0,
                              0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, (char)255};
static const char labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1};

static void check_set(const char *image_path, const char *label_path)
{
    gd_dataset *set;
    assert_fine(gd_dataset_from_idx(image_path, label_path, &set));
    assert_int_equal(gd_dataset_count(set), 3);
    assert_int_equal(gd_dataset_field_count(set), 2);
    gd_field image = gd_dataset_field(set, gd_dataset_find(set, "image"));
    gd_field label = gd_dataset_field(set, gd_dataset_find(set, "label"));
    assert_int_equal(image.type, GD_F32);
    assert_true(gd_shape_equal(image.shape, GD_SHAPE(1, 2, 2)));
    assert_int_equal(label.type, GD_I32);
    assert_int_equal(label.class_count, 3);
    assert_int_equal(label.kind, GD_KIND_CATEGORY);
    assert_int_equal(label.role, GD_ROLE_TARGET);
    assert_string_equal(gd_dataset_origin(set, 2).file, image_path);
    assert_int_equal(gd_dataset_origin(set, 2).row, 3);
    gd_array pixels = {0}, classes = {0};
    assert_fine(gd_dataset_get(set, 0, 2, (const int64_t[]){2, 0}, &pixels));
    assert_true(gd_shape_equal(pixels.shape, GD_SHAPE(2, 1, 2, 2)));
    assert_true(gd_array_get(&pixels, 3) == 255 && gd_array_get(&pixels, 4) == 1);
    assert_fine(gd_dataset_get(set, 1, 3, (const int64_t[]){0, 1, 2}, &classes));
    assert_true(gd_array_get(&classes, 0) == 2 && gd_array_get(&classes, 2) == 1);
    assert_int_equal(gd_dataset_get(set, 1, 1, (const int64_t[]){2}, &pixels), GD_ERROR_SHAPE);
    gd_array_free(&pixels);
    assert_int_equal(gd_dataset_get(set, 1, 1, (const int64_t[]){3}, &pixels), GD_ERROR_ARGUMENT);
    assert_null(pixels.data);
    assert_fine(gd_dataset_check_labels(set, 1, 3));
    assert_int_equal(gd_dataset_check_labels(set, 1, 2), GD_ERROR_NUMBER);
    assert_said("row 1: label 2 lies outside 0 to 1");
    gd_array_free(&classes);
    gd_dataset_free(set);
}

static void test_good(void **state)
{
    (void)state;
    check_set(write_bytes("i.idx", images, sizeof images), write_bytes("l.idx", labels, sizeof labels));
    check_set(write_gzip("i.gz", images, sizeof images, 0), write_gzip("l.gz", labels, sizeof labels, 0));
    unlink(temporary("i.idx"));
    unlink(temporary("l.idx"));
    unlink(temporary("i.gz"));
    unlink(temporary("l.gz"));
}

static void test_bad_headers(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char value;
        bool gzip;
        const char *said;
    } cases[] = {
        {0, 1, false, "no IDX file"},
        {2, 7, false, "type code 0x07"},
        {3, 0, false, "0 dimensions"},
        {3, 9, false, "9 dimensions"},
        {7, 4, false, "which is 16 bytes, but 12 follow"},
        {7, 2, false, "which is 8 bytes, but 12 follow"},
        {7, 0, false, "is empty"},
        {8, 127, false, "but 12 follow"},
        {4, 127, true, "but at most"},
        {7, 4, true, "12 of the 16 bytes"},
        {7, 2, true, "holds more than"},
        {2, 14, false, "which is 96 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char content[sizeof images];
        memcpy(content, images, sizeof images);
        content[cases[i].at] = cases[i].value;
        const char *path = cases[i].gzip ? write_gzip("bad.idx", content, sizeof content, 0)
                                         : write_bytes("bad.idx", content, sizeof content);
        gd_dataset *set;
        assert_int_equal(gd_dataset_from_idx(path, NULL, &set), GD_ERROR_FORMAT);
        assert_null(set);
        assert_said(cases[i].said);
        assert_said(path);
        unlink(path);
    }
    // 2^32 x 2^32 x 2^32 bytes: the product must not wrap round.
    static const char absurd[] = {0, 0, 8, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0};
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_idx(write_bytes("bad.idx", absurd, sizeof absurd), NULL, &set), GD_ERROR_FORMAT);
    assert_said("absurdly large");
    unlink(temporary("bad.idx"));
}

static void test_truncated(void **state)
{
    (void)state;
    gd_dataset *set;
    for (size_t keep = 1; keep < sizeof images; keep++)
        assert_int_not_equal(gd_dataset_from_idx(write_bytes("cut.idx", images, keep), NULL, &set), GD_OK);
    const char *path = write_gzip("cut.gz", images, sizeof images, 0);
    FILE *file = fopen(path, "rb");
    char content[256];
    size_t size = fread(content, 1, sizeof content, file);
    fclose(file);
    for (size_t keep = 18; keep < size; keep++) {
        assert_int_equal(gd_dataset_from_idx(write_bytes("cut.gz", content, keep), NULL, &set), GD_ERROR_FORMAT);
        assert_said("truncated");
    }
    content[size - 8] = (char)(content[size - 8] ^ 1);
    assert_int_equal(gd_dataset_from_idx(write_bytes("cut.gz", content, size), NULL, &set), GD_ERROR_FORMAT);
    assert_said("checksum");
    content[size - 8] = (char)(content[size - 8] ^ 1);
    content[size] = 'x';
    assert_int_equal(gd_dataset_from_idx(write_bytes("cut.gz", content, size + 1), NULL, &set), GD_ERROR_FORMAT);
    assert_said("follow the compressed data");
    unlink(temporary("cut.gz"));
    unlink(temporary("cut.idx"));
    assert_int_equal(gd_dataset_from_idx("/nonexistent", NULL, &set), GD_ERROR_IO);
    assert_int_equal(gd_dataset_from_idx("/tmp", NULL, &set), GD_ERROR_IO);
    assert_said("is a directory");
}

static void test_disagreement(void **state)
{
    (void)state;
    static const char two[] = {0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
    gd_dataset *set;
    const char *image_path = write_bytes("i.idx", images, sizeof images);
    const char *label_path = write_bytes("l.idx", two, sizeof two);
    assert_int_equal(gd_dataset_from_idx(image_path, label_path, &set), GD_ERROR_FORMAT);
    assert_said("has 2 labels, but");
    assert_said("has 3 images");
    assert_int_equal(gd_dataset_from_idx(label_path, image_path, &set), GD_ERROR_FORMAT);
    assert_said("these are labels");
    assert_int_equal(gd_dataset_from_idx(image_path, image_path, &set), GD_ERROR_FORMAT);
    assert_said("one whole number a sample");
    unlink(image_path);
    unlink(label_path);
}

// Wherever memory runs out, reading fails with a sentence and leaves nothing behind.
static void test_allocations(void **state)
{
    (void)state;
    const char *image_path = write_gzip("i.gz", images, sizeof images, 0);
    const char *label_path = write_gzip("l.gz", labels, sizeof labels, 0);
    gd_status status = GD_ERROR_MEMORY;
    for (long n = 0; status != GD_OK; n++) {
        gd_dataset *set;
        gd__alloc_fail_after(n, true);
        status = gd_dataset_from_idx(image_path, label_path, &set);
        gd__alloc_fail_after(-1, false);
        gd_dataset_free(set);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
    }
    unlink(image_path);
    unlink(label_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad_headers),
                                       cmocka_unit_test(test_truncated), cmocka_unit_test(test_disagreement),
                                       cmocka_unit_test(test_allocations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
