// Pictures for super-resolution: that they are made small, and brought back, as the papers do it; patches; what is
// refused.
#include <gradus/data.h>
#include <gradus/metric.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/files.h"

static gd_status open_set(const char *path, gd_super_resolution_opts opts, gd_dataset **set)
{
    const char *const paths[1] = {path};
    const gd_status status = gd_dataset_from_super_resolution(1, paths, opts, set);
    if (status == GD_ERROR_UNSUPPORTED && strstr(gd_last_error(), "built without libpng") != NULL)
        skip();
    return status;
}

static bool real_path(const char *name, char path[512])
{
    const char *directory = getenv("GRADUS_DATA");
    snprintf(path, 512, "%s/super-resolution/%s", directory == NULL ? GD_TEST_DATA : directory, name);
    if (access(path, R_OK) == 0)
        return true;
    print_message("skipped: super-resolution/%s is absent from the data directory (GRADUS_DATA)\n", name);
    return false;
}

static void get(const gd_dataset *set, const char *field, int64_t sample, gd_array *value)
{
    *value = (gd_array){0};
    assert_int_equal(gd_dataset_get(set, gd_dataset_find(set, field), 1, &sample, value), GD_OK);
}

// As the papers measure: the enlarged luma in whole steps of 255.
static void round_to_bytes(gd_array *value)
{
    float *x = value->data;
    for (int64_t i = 0; i < gd_array_count(value); i++)
        x[i] = roundf(fminf(fmaxf(x[i], 0), 1) * 255) / 255;
}

static double psnr_of(const gd_dataset *set, int64_t sample, int factor)
{
    gd_array enlarged, right;
    double value;
    get(set, "enlarged", sample, &enlarged);
    get(set, "y", sample, &right);
    round_to_bytes(&enlarged);
    for (int i = 0; i < 3; i++) { // (1, 1, rows, columns) as one picture
        enlarged.shape.dim[i] = enlarged.shape.dim[i + 1];
        right.shape.dim[i] = right.shape.dim[i + 1];
    }
    enlarged.shape.rank = right.shape.rank = 3;
    assert_int_equal(gd_picture_psnr(&enlarged, &right, (gd_likeness_opts){.border = factor}, &value), GD_OK);
    gd_array_free(&enlarged);
    gd_array_free(&right);
    return value;
}

// The figures that every paper prints for bicubic enlarging.
static void cubic_resampling_gives_the_published_figures(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int factor, count;
        double psnr;
    } cases[] = {
        {"set5.tar", 2, 5, 33.66},   {"set5.tar", 3, 5, 30.39},   {"set5.tar", 4, 5, 28.42},
        {"set14.tar", 2, 14, 30.23}, {"set14.tar", 3, 14, 27.54}, {"set14.tar", 4, 14, 26.00},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[512];
        gd_dataset *set;
        double sum = 0;
        if (!real_path(cases[i].file, path))
            skip();
        assert_int_equal(open_set(path, (gd_super_resolution_opts){.factor = cases[i].factor, .whole = true}, &set),
                         GD_OK);
        assert_int_equal(gd_dataset_count(set), cases[i].count);
        for (int k = 0; k < cases[i].count; k++)
            sum += psnr_of(set, k, cases[i].factor);
        gd_dataset_free(set);
        print_message("%s x%d: %.3f dB\n", cases[i].file, cases[i].factor, sum / cases[i].count);
        assert_true(fabs(sum / cases[i].count - cases[i].psnr) < 0.05);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cubic_resampling_gives_the_published_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
