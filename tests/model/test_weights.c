// Weights of classes and of samples in recipes.
#include <math.h>

#include "io/npy.h"
#include "model/expect.h"
#include "model/model.h"

static char directory[] = "/tmp/gradus-weights-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state)
{
    (void)state;
    char path[100];
    static const char *const files[] = {"table.csv", "arrays.npz"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static void write_table(const char *text)
{
    char path[100];
    snprintf(path, sizeof path, "%s/table.csv", directory);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

// Opens a recipe beside the table; NULL where that fails.
static gd_model *open_beside(const char *data, const char *units, const char *loss)
{
    char text[1000], name[100];
    gd_recipe *recipe;
    gd_model *model;
    snprintf(text, sizeof text,
             "data: {train: {csv: table.csv}, %s}\nmodel: [{dense: {units: %s, init: zeros}}]\nloss: %s\n", data, units,
             loss);
    snprintf(name, sizeof name, "%s/net.yaml", directory);
    if (gd_recipe_parse(text, name, &recipe) != GD_OK)
        return NULL;
    return gd_model_create(recipe, GD_PART_ALL, &model) == GD_OK ? model : NULL;
}

#define THREE_KINDS                                                                                                    \
    "x,w,kind\n1,1,b\n2,0.5,a\n3,2,b\n4,0,c\n5,1,b\n6,1,a\n7,3,b\n8,1,c\n9,0.25,b\n10,0.25,b\n" // 2 a, 6 b, 2 c

// scikit-learn's compute_class_weight("balanced"): samples / (classes * samples of the class), samples by their
// weights.
static void balanced_weights(void **state)
{
    (void)state;
    static const struct {
        const char *data, *units, *loss, *table;
        int count;
        double want[3];
    } cases[] = {
        {"csv: {target: kind, ignore: w}",
         "3",
         "{softmax_cross_entropy: {class_weights: balanced}}",
         THREE_KINDS,
         3,
         {10 / (3 * 2.0), 10 / (3 * 6.0), 10 / (3 * 2.0)}},
        {"csv: {target: kind}, weight: w",
         "3",
         "{softmax_cross_entropy: {class_weights: balanced}}",
         THREE_KINDS,
         3,
         {10 / (3 * 1.5), 10 / (3 * 7.5), 10 / (3 * 1.0)}},
        {"csv: {target: y}",
         "1",
         "{logistic: {class_weights: balanced}}",
         "x,y\n1,no\n2,no\n3,yes\n4,no\n",
         2,
         {4 / (2 * 3.0), 4 / (2 * 1.0)}},
        {"csv: {target: y}",
         "1",
         "{logistic: {class_weights: balanced}}",
         "x,y\n1,-1\n2,1\n3,1\n4,1\n5,1\n",
         2,
         {5 / (2 * 1.0), 5 / (2 * 4.0)}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_table(cases[i].table);
        gd_model *model = open_beside(cases[i].data, cases[i].units, cases[i].loss);
        if (model == NULL)
            fail_msg("case %zu: %s", i, gd_last_error());
        const gd__target_names *fields = &gd__model_of(model)->fields.target[0];
        assert_int_equal(fields->class_weight_count, cases[i].count);
        for (int k = 0; k < cases[i].count; k++)
            if (fields->class_weight[k] < cases[i].want[k] * (1 - 1e-15) ||
                fields->class_weight[k] > cases[i].want[k] * (1 + 1e-15))
                fail_msg("case %zu: class %d weighs %.17g, expected %.17g", i, k, fields->class_weight[k],
                         cases[i].want[k]);
        gd_model_free(model);
    }
}

static void expect_near(double have, double want)
{
    if (!(fabs(have - want) < 1e-6 * (1 + want)))
        fail_msg("%.17g, expected %.17g", have, want);
}

// The loss of a network that knows nothing, by hand: every class is as probable, so it is log K whatever the weights;
// with the weights of one class 0 only the others are counted.
static void weights_count(void **state)
{
    (void)state;
    static const struct {
        const char *data, *units, *loss, *table;
        double total; // of the weights over all samples
    } cases[] = {
        {"csv: {target: kind}, weight: w", "3", "softmax_cross_entropy", THREE_KINDS, 10},
        {"csv: {target: kind, ignore: w}", "3", "{softmax_cross_entropy: {class_weights: [1, 0.5, 0]}}", THREE_KINDS,
         5},
        {"csv: {target: kind}, weight: w", "3", "{softmax_cross_entropy: {class_weights: [2, 1, 1]}}", THREE_KINDS,
         11.5},
        {"csv: {target: y}", "1", "{logistic: {class_weights: [1, 3]}}", "x,y\n1,no\n2,no\n3,yes\n4,no\n", 6},
        {"csv: {target: y}, weight: w", "1", "{logistic: {class_weights: [1, 3]}}", "x,w,y\n1,2,no\n2,0,no\n3,.5,yes\n",
         3.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_table(cases[i].table);
        gd_model *model = open_beside(cases[i].data, cases[i].units, cases[i].loss);
        if (model == NULL)
            fail_msg("case %zu: %s", i, gd_last_error());
        gd_metric total = {.name = "total", .value = model->loss_weight};
        gd_evaluation whole;
        const gd_evaluate_opts opts = {.metric_count = 1, .metric = &total};
        assert_ok(gd_evaluate(model->data_loss, model->train, opts, &whole));
        expect_near(whole.metric[0], cases[i].total);
        expect_near(whole.loss, log(model->class_count));
        gd_model_free(model);
    }
}

static void misfits(void **state)
{
    (void)state;
    static const struct {
        const char *data, *units, *loss, *table, *says;
    } cases[] = {
        {"csv: {target: kind, ignore: w}", "3", "{softmax_cross_entropy: {class_weights: [1, 2]}}", THREE_KINDS,
         "net.yaml:3: 2 class weights for 3 classes"},
        {"csv: {target: kind, ignore: w}", "3", "{softmax_cross_entropy: {class_weights: [1, 2, 3, 4]}}", THREE_KINDS,
         "net.yaml:3: 4 class weights for 3 classes"},
        {"csv: {target: kind, ignore: w}", "3", "{softmax_cross_entropy: {class_weights: [1, -2, 3]}}", THREE_KINDS,
         "'class_weights' is '-2', expected `balanced`, or a list of numbers from 0"},
        {"csv: {target: kind, ignore: w}", "3", "{softmax_cross_entropy: {class_weights: even}}", THREE_KINDS,
         "class_weights"},
        {"csv: {target: y}", "1", "{logistic: {class_weights: [1, 2, 3]}}", "x,y\n1,no\n2,yes\n",
         "net.yaml:3: 3 class weights for 2 classes"},
        {"csv: {target: y}", "1", "{squared_error: {class_weights: [1, 2]}}", "x,y\n1,2\n2,3\n", "squared_error"},
        {"csv: {target: y}, weight: w", "1", "squared_error", "x,w,y\n1,1,2\n2,0,3\n3,-0.5,1\n4,-9,1\n",
         "table.csv: line 4, column 'w': the weight -0.5 is negative"},
        {"csv: {target: y}, weight: w", "1", "squared_error", "x,w,y\n1,1,2\n2,,3\n", "line 3"},
        {"csv: {target: y}, weight: v", "1", "squared_error", "x,w,y\n1,1,2\n2,1,3\n", "'v'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_table(cases[i].table);
        gd_model *model = open_beside(cases[i].data, cases[i].units, cases[i].loss);
        if (model != NULL || strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("case %zu: expected \"%s\" in \"%s\"", i, cases[i].says, gd_last_error());
    }
}

// Weights of arrays stand in an array of their own.
static void weights_of_arrays(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/arrays.npz", directory);
    static const struct {
        float weight[4];
        const char *says;
    } cases[] = {{{1, 0, 2.5f, 1}, NULL}, {{1, 2, -1, -2}, "row 3: the weight 'w' is -1, which is negative"}};
    static const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(4, 2), x),
                                  gd_array_borrow(GD_F32, GD_SHAPE(4, 1), x),
                                  gd_array_borrow(GD_F32, GD_SHAPE(4), cases[i].weight)};
        assert_ok(gd__npz_write(path, 3, (const char *const[]){"x", "y", "w"}, array));
        char name[100];
        snprintf(name, sizeof name, "%s/net.yaml", directory);
        gd_recipe *recipe;
        gd_model *model;
        assert_ok(gd_recipe_parse("data: {train: {npz: arrays.npz}, weight: w}\n"
                                  "model: [{dense: 1}]\nloss: squared_error\n",
                                  name, &recipe));
        gd_status status = gd_model_create(recipe, GD_PART_ALL, &model);
        if (cases[i].says == NULL) {
            assert_ok(status);
            assert_string_equal(model->weight_name, "w");
            gd_model_free(model);
        } else {
            assert_int_equal(status, GD_ERROR_FORMAT);
            assert_says(cases[i].says);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balanced_weights),
        cmocka_unit_test(weights_count),
        cmocka_unit_test(misfits),
        cmocka_unit_test(weights_of_arrays),
    };
    return cmocka_run_group_tests_name("weights", tests, make_directory, remove_directory);
}
