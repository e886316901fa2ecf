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
#include "picture/made_picture.h"

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

// ---- Made-up pictures

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gradus-enlarge-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static const char *in_folder(const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

// One batch of training patches: small, enlarged and y.
static void first_batch(const gd_dataset *set, uint64_t seed, int64_t epoch, gd_loader **loader, gd_batch *batch)
{
    assert_int_equal(gd_loader_create(set, (gd_loader_opts){.batch = 6, .seed = seed, .training = true}, loader),
                     GD_OK);
    assert_int_equal(gd_loader_seek(*loader, epoch, 0), GD_OK);
    assert_int_equal(gd_loader_next(*loader, batch), GD_OK);
}

static bool same(const gd_array *a, const gd_array *b)
{
    return gd_array_bytes(a) == gd_array_bytes(b) && memcmp(a->data, b->data, gd_array_bytes(a)) == 0;
}

static void patches_are_drawn_from_seed_epoch_and_sample(void **state)
{
    (void)state;
    char path[256];
    write_made_picture(in_folder("a.png", path), 61, 47, 3);
    write_made_picture(in_folder("b.png", path), 40, 80, 1);
    gd_dataset *set;
    const double shrink[] = {0.8};
    const gd_super_resolution_opts opts = {
        .factor = 3, .patch = 24, .patches = 6, .turn = true, .shrink_count = 1, .shrink = shrink};
    assert_int_equal(open_set(folder, opts, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 6);
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(1, 8, 8)));
    assert_true(gd_shape_equal(gd_dataset_field(set, 2).shape, GD_SHAPE(1, 24, 24)));
    gd_loader *loader[4];
    gd_batch batch[4];
    first_batch(set, 1, 0, &loader[0], &batch[0]);
    first_batch(set, 1, 0, &loader[1], &batch[1]);
    first_batch(set, 2, 0, &loader[2], &batch[2]);
    first_batch(set, 1, 1, &loader[3], &batch[3]);
    for (int f = 0; f < 3; f++) {
        assert_true(same(&batch[0].field[f], &batch[1].field[f]));
        assert_false(same(&batch[0].field[f], &batch[2].field[f]));
        assert_false(same(&batch[0].field[f], &batch[3].field[f]));
    }
    for (int i = 0; i < 4; i++)
        gd_loader_free(loader[i]);
    gd_dataset_free(set);
}

// The three fields show the same place, turned alike: the enlarged one is near what is right, as it is of no other.
static void fields_show_the_same_place(void **state)
{
    (void)state;
    char path[256];
    write_made_picture(in_folder("a.png", path), 61, 47, 3);
    gd_dataset *set;
    assert_int_equal(
        open_set(path, (gd_super_resolution_opts){.factor = 2, .patch = 16, .patches = 6, .turn = true}, &set), GD_OK);
    gd_loader *loader;
    gd_batch batch;
    first_batch(set, 1, 0, &loader, &batch);
    for (int64_t a = 0; a < 6; a++) {
        double least = INFINITY;
        int64_t nearest = -1;
        for (int64_t b = 0; b < 6; b++) {
            double enlarged = 0, small = 0;
            for (int64_t i = 0; i < 256; i++)
                enlarged +=
                    pow(gd_array_get(&batch.field[1], a * 256 + i) - gd_array_get(&batch.field[2], b * 256 + i), 2);
            for (int64_t i = 0; i < 64; i++)
                small += pow(gd_array_get(&batch.field[0], a * 64 + i) -
                                 gd_array_get(&batch.field[2], b * 256 + i / 8 * 32 + i % 8 * 2),
                             2);
            if (enlarged / 256 + small / 64 < least) {
                least = enlarged / 256 + small / 64;
                nearest = b;
            }
        }
        assert_int_equal(nearest, a);
    }
    gd_loader_free(loader);
    gd_dataset_free(set);
}

static void whole_pictures_have_sizes_of_their_own(void **state)
{
    (void)state;
    char path[256];
    write_made_picture(in_folder("a.png", path), 61, 47, 3);
    write_made_picture(in_folder("b.png", path), 40, 80, 1);
    gd_dataset *set;
    gd_array y;
    assert_int_equal(open_set(folder, (gd_super_resolution_opts){.factor = 4, .whole = true}, &set), GD_OK);
    assert_int_equal(gd_dataset_count(set), 2);
    get(set, "y", 0, &y);
    assert_true(gd_shape_equal(y.shape, GD_SHAPE(1, 1, 60, 44)));
    gd_array_free(&y);
    get(set, "small", 1, &y);
    assert_true(gd_shape_equal(y.shape, GD_SHAPE(1, 1, 10, 20)));
    gd_array_free(&y);
    assert_non_null(strstr(gd_dataset_origin(set, 1).file, "b.png"));
    gd_dataset_free(set);
}

static void what_cannot_be_used_is_told(void **state)
{
    (void)state;
    const double wrong[] = {1.5};
    char path[256];
    const struct {
        gd_super_resolution_opts opts;
        const char *sentence;
    } cases[] = {
        {{.factor = 1, .whole = true}, "expected 2 to 16 times"},
        {{.factor = 17, .whole = true}, "expected 2 to 16 times"},
        {{.factor = 3, .patch = 10, .patches = 1}, "expected a multiple of 3"},
        {{.factor = 3, .patch = 9}, "0 patches an epoch"},
        {{.factor = 3, .patch = 9, .patches = 1, .shrink_count = 1, .shrink = wrong}, "between 0 and 1"},
        {{.factor = 3, .patch = 48, .patches = 1}, "is 80 x 40, and patches of 48 x 48 are wanted"},
    };
    gd_dataset *set;
    write_made_picture(in_folder("a.png", path), 61, 47, 3);
    write_made_picture(in_folder("b.png", path), 40, 80, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_not_equal(open_set(in_folder("b.png", path), cases[i].opts, &set), GD_OK);
        assert_null(set);
        assert_non_null(strstr(gd_last_error(), cases[i].sentence));
    }
    write_made_picture(in_folder("tiny.png", path), 1, 90, 1);
    assert_int_equal(open_set(path, (gd_super_resolution_opts){.factor = 2, .whole = true}, &set), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "at least 2 x 2"));
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), 60), 0);
    fclose(file);
    assert_int_equal(open_set(folder, (gd_super_resolution_opts){.factor = 2, .whole = true}, &set), GD_ERROR_FORMAT);
    assert_non_null(strstr(gd_last_error(), "tiny.png: is damaged"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cubic_resampling_gives_the_published_figures),
        cmocka_unit_test_setup_teardown(patches_are_drawn_from_seed_epoch_and_sample, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(fields_show_the_same_place, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(whole_pictures_have_sizes_of_their_own, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_used_is_told, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
