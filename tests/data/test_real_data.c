// Real files: Debian's Fashion-MNIST, and the tables of the data directory. Skipped where absent.
#include "files.h"

#include <gradus/data.h>
#include <math.h>

#define FASHION "/usr/share/datasets/fashion-mnist/"

static void check_fashion(const char *images, const char *labels, int64_t count, const int *first)
{
    gd_dataset *set;
    assert_fine(gd_dataset_from_idx(images, labels, &set));
    assert_int_equal(gd_dataset_count(set), count);
    assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(1, 28, 28)));
    assert_int_equal(gd_dataset_field(set, 1).class_count, 10);
    gd_array label = {0};
    assert_fine(gd_dataset_get(set, 1, 6, (const int64_t[]){0, 1, 2, 3, 4, 5}, &label));
    for (int i = 0; i < 6; i++)
        assert_int_equal((int)gd_array_get(&label, i), first[i]);
    gd_array_free(&label);

    const gd_preprocess_rule rule = {.field = "image", .scaling = GD_STANDARDIZE};
    gd_preprocess *preprocess;
    gd_dataset *scaled;
    assert_fine(gd_preprocess_fit(set, (gd_preprocess_opts){.rule = &rule, .rule_count = 1}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, set, &scaled));
    gd_loader *loader;
    assert_fine(gd_loader_create(scaled, (gd_loader_opts){.batch = 256, .shuffle = true, .epochs = 1}, &loader));
    double sum = 0, square = 0;
    int64_t samples = 0;
    for (gd_batch batch = {0}; !batch.last;) {
        assert_fine(gd_loader_next(loader, &batch));
        const float *pixel = batch.field[0].data;
        for (int64_t i = 0; i < 784 * batch.count; i++) {
            sum += (double)pixel[i];
            square += (double)pixel[i] * (double)pixel[i];
        }
        samples += batch.count;
    }
    assert_int_equal(samples, count);
    assert_true(fabs(sum / (784.0 * (double)count)) < 1e-5);
    assert_true(fabs(square / (784.0 * (double)count) - 1) < 1e-5);
    gd_loader_free(loader);
    gd_preprocess_free(preprocess);
    gd_dataset_free(scaled);
    gd_dataset_free(set);
}

static void test_fashion(void **state)
{
    (void)state;
    if (access(FASHION, R_OK) != 0) {
        print_message("skipped: %s is absent (package dataset-fashion-mnist)\n", FASHION);
        skip();
    }
    check_fashion(FASHION "train-images-idx3-ubyte.gz", FASHION "train-labels-idx1-ubyte.gz", 60000,
                  (const int[]){9, 0, 0, 3, 0, 2});
    check_fashion(FASHION "t10k-images-idx3-ubyte.gz", FASHION "t10k-labels-idx1-ubyte.gz", 10000,
                  (const int[]){9, 2, 1, 1, 6, 1});
}

static void test_tables(void **state)
{
    (void)state;
    const struct {
        const char *file;
        gd_csv_opts opts;
        int64_t count, width;
        const char *target;
        double first;
    } cases[] = {
        {"houses/portland.csv", {.target = {1, (const char *const[]){"price"}}}, 47, 2, "y", 399900},
        {"admissions/admissions.csv",
         {.target = {1, (const char *const[]){"admit"}}, .target_is_class = true},
         400,
         3,
         "label",
         0},
        {"admissions/admissions.csv",
         {.target = {1, (const char *const[]){"admit"}},
          .target_is_class = true,
          .category = {1, (const char *const[]){"rank"}}},
         400,
         6,
         "label",
         0},
        {"football/train.csv",
         {.target = {1, (const char *const[]){"label"}}, .target_is_class = true},
         211,
         2,
         "label",
         1},
        {"football/test.csv", {.target = {1, (const char *const[]){"-1"}}}, 200, 2, "y", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = data_file(cases[i].file);
        if (path == NULL) {
            print_message("skipped: %s is absent from the data directory (GRADUS_DATA)\n", cases[i].file);
            skip();
        }
        gd_dataset *set;
        assert_fine(gd_dataset_from_csv(path, cases[i].opts, &set));
        assert_int_equal(gd_dataset_count(set), cases[i].count);
        assert_int_equal(gd_dataset_field(set, 0).shape.dim[0], cases[i].width);
        gd_array target = {0};
        assert_fine(gd_dataset_get(set, gd_dataset_find(set, cases[i].target), 1, (const int64_t[]){0}, &target));
        if (i < 4)
            assert_true(gd_array_get(&target, 0) == cases[i].first);
        gd_array_free(&target);
        gd_dataset_free(set);
    }
}

// Film reviews: quotes within the text are letters, and every text differs.
static void test_reviews(void **state)
{
    (void)state;
    const char *path = data_file("imdb/test.tsv.gz");
    if (path == NULL) {
        print_message("skipped: imdb/test.tsv.gz is absent from the data directory (GRADUS_DATA)\n");
        skip();
    }
    gd_csv_opts opts = {.separator = '\t',
                        .no_quotes = true,
                        .target = GD_COLUMNS("label"),
                        .embed = GD_COLUMNS("text"),
                        .max_categories = 1000};
    gd_dataset *set;
    assert_int_equal(gd_dataset_from_csv(path, opts, &set), GD_ERROR_FORMAT);
    assert_said("different texts, more than 1000");
    opts.max_categories = 30000;
    assert_fine(gd_dataset_from_csv(path, opts, &set));
    assert_int_equal(gd_dataset_count(set), 25000);
    int label = gd_dataset_find(set, "label");
    assert_string_equal(gd_dataset_class_name(set, label, 0), "neg");
    assert_string_equal(gd_dataset_class_name(set, label, 1), "pos");
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fashion), cmocka_unit_test(test_tables),
                                       cmocka_unit_test(test_reviews)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
