#include "files.h"

#include <gradus/data.h>

enum { PIXELS = 3 * 32 * 32 };

// Three records with `labels` labels each: 7, 3, 9 (and 11, 99, 0). Pixel p of record i is (i + p) % 256.
static const char *records(const char *name, size_t labels, bool gzip, size_t cut)
{
    static const char label[3][2] = {{7, 11}, {3, 99}, {9, 0}};
    static char content[3 * (2 + PIXELS)];
    char *at = content;
    for (int i = 0; i < 3; i++) {
        memcpy(at, label[i], labels);
        at += labels;
        for (int p = 0; p < PIXELS; p++)
            *at++ = (char)(i + p);
    }
    const size_t size = (size_t)(at - content) - cut;
    return gzip ? write_gzip(name, content, size, 0) : write_bytes(name, content, size);
}

static void check_set(int count, const char *const *path, gd_cifar_form form, const int *expected)
{
    gd_dataset *set;
    assert_fine(gd_dataset_from_cifar(count, path, form, &set));
    assert_int_equal(gd_dataset_count(set), 3 * count);
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(3, 32, 32)));
    gd_array image = {0}, label = {0};
    const int64_t last = 3 * count - 1;
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, "image"), 1, &last, &image));
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, "label"), 3, (const int64_t[]){0, 1, 2}, &label));
    for (int p = 0; p < PIXELS; p++)
        assert_true(gd_array_get(&image, p) == (2 + p) % 256);
    for (int i = 0; i < 3; i++)
        assert_true(gd_array_get(&label, i) == expected[i]);
    gd_array_free(&image);
    gd_array_free(&label);
    gd_dataset_free(set);
}

static void test_forms(void **state)
{
    (void)state;
    const char *ten = records("ten.bin", 1, false, 0), *again = records("ten.bin.gz", 1, true, 0);
    check_set(1, &ten, GD_CIFAR_10, (const int[]){7, 3, 9});
    check_set(2, (const char *const[]){ten, again}, GD_CIFAR_10, (const int[]){7, 3, 9});
    const char *hundred = records("hundred.bin", 2, false, 0);
    check_set(1, &hundred, GD_CIFAR_100, (const int[]){11, 99, 0});
    check_set(1, &hundred, GD_CIFAR_100_COARSE, (const int[]){7, 3, 9});
    unlink(ten);
    unlink(again);
    unlink(hundred);
}

static void test_names(void **state)
{
    (void)state;
    char folder[256], path[300], names[300];
    snprintf(folder, sizeof folder, "%s", temporary("cifar.XXXXXX"));
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/data.bin", folder);
    snprintf(names, sizeof names, "%s/batches.meta.txt", folder);
    assert_int_equal(rename(records("ten.bin", 1, false, 0), path), 0);
    FILE *file = fopen(names, "w");
    assert_non_null(file);
    fputs("airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n", file);
    fclose(file);
    gd_dataset *set;
    assert_fine(gd_dataset_from_cifar(1, (const char *const[]){path}, GD_CIFAR_10, &set));
    assert_string_equal(gd_dataset_class_name(set, gd_dataset_find(set, "label"), 7), "horse");
    assert_int_equal(gd_dataset_field(set, gd_dataset_find(set, "label")).class_count, 10);
    gd_dataset_free(set);
    unlink(path);
    unlink(names);
    rmdir(folder);
}

static void test_damaged(void **state)
{
    (void)state;
    static const struct {
        size_t labels, cut;
        bool gzip;
        gd_cifar_form form;
        const char *said;
    } cases[] = {
        {1, 1, false, GD_CIFAR_10, "9218 bytes are no whole number of records of 3073 bytes"},
        {1, 1, true, GD_CIFAR_10, "9218 bytes are no whole number"},
        {1, 3 * (1 + PIXELS), false, GD_CIFAR_10, "0 bytes are no whole number"},
        {2, 0, false, GD_CIFAR_10, "9222 bytes are no whole number"},
        {1, 0, false, GD_CIFAR_100, "9219 bytes are no whole number of records of 3074 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = records("bad.bin", cases[i].labels, cases[i].gzip, cases[i].cut);
        gd_dataset *set;
        assert_int_equal(gd_dataset_from_cifar(1, &path, cases[i].form, &set), GD_ERROR_FORMAT);
        assert_null(set);
        assert_said(cases[i].said);
        assert_said(path);
        unlink(path);
    }
    char content[1 + PIXELS] = {10};
    const char *path = write_bytes("label.bin", content, sizeof content);
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_cifar(1, &path, GD_CIFAR_10, &set), GD_ERROR_FORMAT);
    assert_said("record 1: label 10 lies outside 0 to 9");
    unlink(path);
    assert_int_equal(gd_dataset_from_cifar(0, &path, GD_CIFAR_10, &set), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
