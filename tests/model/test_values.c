// A recipe as a flat list: however something is written, it has one key and one text.
#include "model/expect.h"

static const struct {
    const char *text, *key, *value; // NULL: nothing is said
    const char *standard;
} cases[] = {
    {"optimizer: adam\n", "optimizer", "adam", NULL},
    {"optimizer: adam\n", "optimizer.adam.learning_rate", NULL, NULL},
    {"optimizer: {adam: 1e-2}\n", "optimizer.adam.learning_rate", "0.01", "0.001"},
    {"optimizer: {adam: {learning_rate: 0.010}}\n", "optimizer.adam.learning_rate", "0.01", "0.001"},
    {"optimizer: {adam: {bias_correction: yes}}\n", "optimizer.adam.bias_correction", "true", "true"},
    {"model: [{dense: 64}, relu]\n", "model.0", "dense", NULL},
    {"model: [{dense: 64}, relu]\n", "model.0.dense.units", "64", NULL},
    {"model: [{dense: {units: 6.4e1}}]\n", "model.0.dense.units", "64", NULL},
    {"model: [{dense: 64}, relu]\n", "model.1", "relu", NULL},
    {"model: [{residual: [relu, {dense: 3}]}]\n", "model.0.residual.branch.1.dense.units", "3", NULL},
    {"model: [{conv2d: {filters: 2, kernel: [3, 3]}}]\n", "model.0.conv2d.kernel", "3", NULL},
    {"model: [{conv2d: {filters: 2, kernel: [3, 5]}}]\n", "model.0.conv2d.kernel", "[3, 5]", NULL},
    {"metrics: accuracy\n", "metrics", "accuracy", NULL},
    {"metrics: [accuracy]\n", "metrics", "accuracy", NULL},
    {"data: {train: {csv: a.csv}}\n", "data.train", "csv", NULL},
    {"data: {train: {csv: a.csv}}\n", "data.train.csv.files", "a.csv", NULL},
    {"data: {train: {csv: [a.csv, b.csv]}}\n", "data.train.csv.files", "[a.csv, b.csv]", NULL},
    {"data: {scale: {x: standardize}}\n", "data.scale.x", "standardize", NULL},
    {"data: {scale: 255}\n", "data.scale", "255", "none"},
    {"train: {seed: 9007199254740991}\n", "train.seed", "9007199254740991", "1"},
    {"train: {early_stopping: {patience: 3}}\n", "train.early_stopping.patience", "3", NULL},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_recipe *recipe;
        gd_recipe_values values;
        assert_ok(gd_recipe_parse(cases[i].text, "net.yaml", &recipe));
        assert_ok(gd_recipe_list(recipe, &values));
        const gd_recipe_value *found = gd_recipe_value_find(&values, cases[i].key);
        const char *value = found == NULL ? NULL : found->value;
        if ((value == NULL) != (cases[i].value == NULL) || (value != NULL && strcmp(value, cases[i].value) != 0))
            fail_msg("%s in %s is %s", cases[i].key, cases[i].text, value == NULL ? "not there" : value);
        if (cases[i].standard != NULL)
            assert_string_equal(found->standard, cases[i].standard);
        gd_recipe_values_free(&values);
        gd_recipe_free(recipe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
