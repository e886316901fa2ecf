// How alike pictures are, against torchmetrics' values (image.safetensors, a part of the golden sets).
#include "sets.h"

#include <gradus/io.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "metric/picture.h"

#define NEAR 1e-5

static gd_array tensor(const gd_tensor_file *file, int number, const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "ssim%d/%s", number, key);
    const gd_array *found = gd_tensor_file_get(file, name);
    assert_non_null(found);
    return *found;
}

static double number_of(const gd_tensor_file *file, int number, const char *key)
{
    const gd_array array = tensor(file, number, key);
    return gd_array_get(&array, 0);
}

static gd_array picture_of(const gd_tensor_file *file, int number, const char *key)
{
    gd_array array = tensor(file, number, key);
    array.shape = GD_SHAPE(array.shape.dim[1], array.shape.dim[2], array.shape.dim[3]);
    return array;
}

static double measured(const char *metric, const gd_array *p, const gd_array *t)
{
    const int64_t width = gd_array_count(p);
    double *numbers = calloc((size_t)(2 * width), sizeof *numbers);
    for (int64_t i = 0; i < width; i++) {
        numbers[i] = gd_array_get(p, i);
        numbers[width + i] = gd_array_get(t, i);
    }
    gd_meter *meter;
    const gd_metric_opts opts = {
        .task = GD_TASK_NUMBERS, .width = width, .rows = p->shape.dim[1], .columns = p->shape.dim[2]};
    assert_fine(gd_meter_create(gd_metric_kind_named(metric), opts, &meter));
    const gd_scored scored = {
        .task = GD_TASK_NUMBERS, .count = 1, .width = width, .prediction = numbers, .target = numbers + width};
    assert_fine(gd_meter_add(meter, &scored));
    const double value = value_of(meter);
    gd_meter_free(meter);
    free(numbers);
    return value;
}

static void test_golden(void **unused)
{
    (void)unused;
    gd_tensor_file *file;
    assert_fine(gd_tensor_file_open("tests/metric/image.safetensors", &file));
    for (int number = 0; number < 4; number++) {
        const gd_array a = picture_of(file, number, "in.a"), b = picture_of(file, number, "in.b");
        double value;
        assert_fine(gd_picture_psnr(&b, &a, (gd_likeness_opts){0}, &value));
        assert_true(nearly(value, number_of(file, number, "out.psnr"), NEAR));
        assert_true(nearly(measured("psnr", &b, &a), value, 1e-9));
        assert_fine(gd_picture_ssim(&b, &a, (gd_likeness_opts){0}, &value));
        assert_true(nearly(value, number_of(file, number, "out.ssim_valid"), NEAR));
        assert_true(nearly(measured("ssim", &b, &a), value, 1e-9));
        assert_fine(gd_picture_ssim(&b, &a, (gd_likeness_opts){.reflect = true}, &value));
        assert_true(nearly(value, number_of(file, number, "out.ssim_reflect"), NEAR));
    }
    gd_tensor_file_free(file);
}

// White is 235 and black 16; a border is left out; what does not fit is refused.
static void test_luma_and_border(void **unused)
{
    (void)unused;
    float black[3 * 4 * 4] = {0}, white[3 * 4 * 4];
    for (int i = 0; i < 3 * 4 * 4; i++)
        white[i] = 255;
    const gd_array a = gd_array_borrow(GD_F32, GD_SHAPE(3, 4, 4), black);
    const gd_array b = gd_array_borrow(GD_F32, GD_SHAPE(3, 4, 4), white);
    double value;
    assert_fine(gd_picture_psnr(&a, &b, (gd_likeness_opts){.range = 255, .luma = true}, &value));
    assert_true(nearly(value, 20 * log10(255.0 / 219.0), 1e-12));
    black[0] = 255; // in the border
    assert_fine(gd_picture_psnr(&a, &a, (gd_likeness_opts){.border = 1}, &value));
    assert_true(isinf(value) && value > 0);
    assert_fine(gd_picture_psnr(&a, &b, (gd_likeness_opts){.range = 255, .border = 1}, &value));
    assert_true(fabs(value) < 1e-12);
    assert_fine(gd_picture_ssim(&a, &b, (gd_likeness_opts){0}, &value));
    assert_true(isnan(value)); // smaller than the window
    assert_int_equal(gd_picture_psnr(&a, &b, (gd_likeness_opts){.border = 2}, &value), GD_ERROR_ARGUMENT);
    const gd_array flat = gd_array_borrow(GD_F32, GD_SHAPE(48), white);
    assert_int_equal(gd_picture_ssim(&a, &flat, (gd_likeness_opts){0}, &value), GD_ERROR_SHAPE);
    assert_said("(C, H, W)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden), cmocka_unit_test(test_luma_and_border)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
