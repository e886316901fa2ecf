// One fold of several: what trains, what validates, and what stays apart.
#include <math.h>

#include "model/expect.h"

static char directory[] = "/tmp/gradus-folds-XXXXXX";
enum { ROWS = 43, FOLDS = 4 };

static const char *path_in(const char *file)
{
    static char path[2][200];
    static int turn;
    turn = 1 - turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, file);
    return path[turn];
}

// Row i: x is i, groups are of 3 rows and more, every third is a yes; part says what `split.part` reads.
static int make_files(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    FILE *stream = fopen(path_in("table.csv"), "w");
    if (stream == NULL)
        return -1;
    fprintf(stream, "x,g,t,part,y\n");
    for (int i = 0; i < ROWS; i++)
        fprintf(stream, "%d,g%d,%d,%s,%s\n", i, i / 3 % 11, (i * 17) % 101,
                i % 5 == 4   ? "test"
                : i % 5 == 3 ? "validation"
                             : "train",
                i % 3 == 0 ? "yes" : "no");
    return fclose(stream);
}

static int remove_files(void **state)
{
    (void)state;
    unlink(path_in("table.csv"));
    unlink(path_in("fold.safetensors"));
    return rmdir(directory);
}

// NULL where it cannot be opened. `fold` 0: without folds.
static gd_model *open_fold(const char *data, int folds, int fold)
{
    char text[1000], path[200];
    gd_recipe *recipe;
    gd_model *model;
    // Columns that nothing names are features.
    const char *const ignored = strstr(data, "group: g") != NULL     ? "t, part"
                                : strstr(data, "order: t") != NULL   ? "g, part"
                                : strstr(data, "part: part") != NULL ? "g, t"
                                                                     : "g, t, part";
    size_t at =
        (size_t)snprintf(text, sizeof text,
                         "data: {train: {csv: table.csv}, scale: standardize, csv: {target: y, ignore: [%s]}%s%s}\n"
                         "model: [{dense: 1}]\nloss: logistic\n",
                         ignored, data[0] == '\0' ? "" : ", ", data);
    if (fold > 0)
        snprintf(text + at, sizeof text - at, "train: {k_folds: %d, fold: %d}\n", folds, fold);
    snprintf(path, sizeof path, "%s/net.yaml", directory);
    assert_ok(gd_recipe_parse(text, path, &recipe));
    return gd_model_create(recipe, GD_PART_ALL, &model) == GD_OK ? model : NULL;
}

// Marks the rows of a set, which stand there once.
static int mark(const gd_dataset *set, bool rows[ROWS])
{
    const int count = set == NULL ? 0 : (int)gd_dataset_count(set);
    memset(rows, 0, ROWS * sizeof *rows);
    for (int i = 0; i < count; i++) {
        const gd_origin origin = gd_dataset_origin(set, i);
        assert_true(origin.row >= 1 && origin.row <= ROWS && !rows[origin.row - 1]);
        rows[origin.row - 1] = true;
    }
    return count;
}

static const struct {
    const char *data;
    int test, pool; // rows apart, and rows that are dealt out
} cases[] = {
    {"", 0, ROWS},
    {"split: {validation: 0.3}", 0, ROWS},
    {"split: {validation: 0.3, test: 0.2, seed: 5}", 9, 34},
    {"split: {test: 0.2, stratify: true}", 9, 34},
    {"split: {group: g}", 0, ROWS},
    {"split: {in_order: true, test: 0.1}", 4, 39},
    {"split: {order: t}", 0, ROWS},
    {"split: {part: part}", 8, 27},
    {"validation: {csv: absent.csv}", 0, ROWS},
};

// Every sample that may train validates once, and trains in the other folds; those of the test never do.
static void folds_cover_all(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        bool train[ROWS], validation[ROWS], test[ROWS], apart[ROWS];
        int validated[ROWS] = {0};
        for (int fold = 1; fold <= FOLDS; fold++) {
            gd_model *model = open_fold(cases[c].data, FOLDS, fold);
            if (model == NULL)
                fail_msg("case %zu: %s", c, gd_last_error());
            const int trains = mark(model->train, train), validates = mark(model->validation, validation);
            const int tests = mark(model->test, fold == 1 ? apart : test);
            if (fold > 1)
                assert_memory_equal(test, apart, sizeof test);
            if (tests != cases[c].test || trains + validates != cases[c].pool)
                fail_msg("case %zu: %d train, %d validate, %d test", c, trains, validates, tests);
            for (int i = 0; i < ROWS; i++) {
                assert_true(train[i] + validation[i] + apart[i] <= 1);
                validated[i] += validation[i];
            }
            // Groups are as large as they are; other folds have the same size to within one.
            if (strstr(cases[c].data, "group") == NULL)
                assert_true(validates == cases[c].pool / FOLDS || validates == cases[c].pool / FOLDS + 1);
            gd_model_free(model);
        }
        int all = 0;
        for (int i = 0; i < ROWS; i++) {
            assert_true(validated[i] <= 1);
            all += validated[i];
        }
        assert_int_equal(all, cases[c].pool);
    }
}

static void the_test_part_is_that_without_folds(void **state)
{
    (void)state;
    static const char *const data[] = {"split: {validation: 0.3, test: 0.2, seed: 5}",
                                       "split: {validation: 0.25, test: 0.2, stratify: true}", "split: {part: part}"};
    for (size_t c = 0; c < sizeof data / sizeof data[0]; c++) {
        bool with[ROWS], without[ROWS];
        gd_model *folds = open_fold(data[c], FOLDS, 2), *plain = open_fold(data[c], 0, 0);
        assert_non_null(folds);
        assert_non_null(plain);
        mark(folds->test, with);
        mark(plain->test, without);
        assert_memory_equal(with, without, sizeof with);
        gd_model_free(folds);
        gd_model_free(plain);
    }
}

static void folds_are_dealt_as_the_split_says(void **state)
{
    (void)state;
    for (int fold = 1; fold <= FOLDS; fold++) {
        bool train[ROWS], validation[ROWS];
        gd_model *model = open_fold("split: {stratify: true}", FOLDS, fold);
        int yes = 0;
        mark(model->validation, validation);
        for (int i = 0; i < ROWS; i += 3)
            yes += validation[i];
        assert_true(yes == 3 || yes == 4); // of 15
        gd_model_free(model);

        model = open_fold("split: {group: g}", FOLDS, fold);
        mark(model->train, train);
        mark(model->validation, validation);
        for (int i = 0; i < ROWS; i++)
            for (int k = 0; k < ROWS; k++)
                assert_false(i / 3 % 11 == k / 3 % 11 && train[i] && validation[k]);
        gd_model_free(model);

        model = open_fold("split: {in_order: true}", FOLDS, fold);
        mark(model->validation, validation);
        int edges = 0;
        for (int i = 1; i < ROWS; i++)
            edges += validation[i] != validation[i - 1];
        assert_true(edges <= 2); // a run of rows
        gd_model_free(model);
    }
}

// x of the training part has mean 0 and deviation 1; that of what validates, in general, not.
static void scaling_is_the_folds_own(void **state)
{
    (void)state;
    for (int fold = 1; fold <= FOLDS; fold++) {
        gd_model *model = open_fold("split: {in_order: true}", FOLDS, fold);
        double mean[2] = {0, 0};
        const gd_dataset *const set[] = {model->train, model->validation};
        for (int s = 0; s < 2; s++)
            for (int64_t i = 0; i < gd_dataset_count(set[s]); i++) {
                gd_array value = {0};
                assert_ok(gd_dataset_get(set[s], gd_dataset_find(set[s], "x"), 1, &i, &value));
                mean[s] += gd_array_get(&value, 0) / (double)gd_dataset_count(set[s]);
                gd_array_free(&value);
            }
        assert_true(fabs(mean[0]) < 1e-6 && fabs(mean[1]) > 0.2);
        gd_model_free(model);
    }
}

// Whoever opens the weights of a fold gets that fold's parts.
static void checkpoints_know_their_fold(void **state)
{
    (void)state;
    bool here[ROWS], there[ROWS];
    gd_model *model = open_fold("split: {test: 0.2}", FOLDS, 3), *again;
    assert_ok(gd_model_save(model, path_in("fold.safetensors")));
    assert_ok(gd_model_open(path_in("fold.safetensors"), (gd_model_opts){.parts = GD_PART_VALIDATION}, &again));
    assert_null(again->train);
    mark(model->validation, here);
    mark(again->validation, there);
    assert_memory_equal(here, there, sizeof here);
    gd_model_free(model);
    gd_model_free(again);
}

static void misfits(void **state)
{
    (void)state;
    static const struct {
        const char *train, *says;
    } bad[] = {
        {"{fold: 2}", "net.yaml:4: fold 2 of how many? `train.k_folds` says it"},
        {"{k_folds: 4, fold: 5}", "net.yaml:4: there is no fold 5: `k_folds` is 4"},
        {"{k_folds: 50, fold: 1}", "50 folds of 43 samples: some would be empty"},
        {"{k_folds: 1, fold: 1}", "net.yaml:4: 'k_folds' is '1'"},
        {"{k_folds: 4, fold: 0}", "net.yaml:4: 'fold' is '0'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[600], path[200];
        gd_recipe *recipe;
        gd_model *model = NULL;
        snprintf(text, sizeof text,
                 "data: {train: {csv: table.csv}, csv: {target: y}}\nmodel: [{dense: 1}]\nloss: logistic\ntrain: %s\n",
                 bad[i].train);
        snprintf(path, sizeof path, "%s/net.yaml", directory);
        gd_status status = gd_recipe_parse(text, path, &recipe);
        if (status == GD_OK)
            status = gd_model_create(recipe, GD_PART_ALL, &model);
        if (status == GD_OK || strstr(gd_last_error(), bad[i].says) == NULL)
            fail_msg("case %zu: expected \"%s\" in \"%s\"", i, bad[i].says, gd_last_error());
    }
}

// `k_folds` alone is a matter of the command: the library splits as ever.
static void without_a_fold_nothing_changes(void **state)
{
    (void)state;
    gd_model *model =
        open_text(RECIPE_DATA "model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\ntrain: {k_folds: 5}\n");
    assert_int_equal(gd_dataset_count(model->validation), 8);
    gd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_cover_all),
        cmocka_unit_test(the_test_part_is_that_without_folds),
        cmocka_unit_test(folds_are_dealt_as_the_split_says),
        cmocka_unit_test(scaling_is_the_folds_own),
        cmocka_unit_test(checkpoints_know_their_fold),
        cmocka_unit_test(misfits),
        cmocka_unit_test(without_a_fold_nothing_changes),
    };
    return cmocka_run_group_tests_name("folds", tests, make_files, remove_files);
}
