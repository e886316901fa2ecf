// Weights from a file by patterns: what is loaded, what is told, what is refused.
#include "model/expect.h"

static const char file[] = "/tmp/gradus-start-weights.safetensors";

#define NETWORK(prefix)                                                                                                \
    RECIPE_DATA "model:\n  - flatten\n  - dense: {units: 6, as: " prefix                                               \
                "first}\n  - tanh\n  - dense: {units: 3, as: "                                                         \
                "last}\nloss: softmax_cross_entropy\n"

static int write_file(void **state)
{
    (void)state;
    gd_model *model = open_text(NETWORK("module.body."));
    for (int i = 0; i < gd_variable_count(model->graph); i++) {
        gd_array value = {0};
        const gd_tensor variable = gd_variable_at(model->graph, i);
        if (gd_variable_get(variable, &value) != GD_OK || !gd_variable_trainable(variable))
            continue;
        for (int64_t k = 0; k < gd_array_count(&value); k++)
            gd_array_put(&value, k, 0.125);
        assert_ok(gd_variable_set(variable, &value));
        gd_array_free(&value);
    }
    assert_ok(gd_save_weights(model->graph, file, 0, NULL));
    gd_model_free(model);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return remove(file);
}

static double first_of(const gd_model *model, const char *name)
{
    gd_array value = {0};
    assert_ok(gd_variable_get(gd_variable_find(model->graph, name), &value));
    const double first = gd_array_get(&value, 0);
    gd_array_free(&value);
    return first;
}

static gd_status open_with(const char *weights, gd_model **model)
{
    char text[2000];
    gd_recipe *recipe;
    snprintf(text, sizeof text, "%sweights: {file: %s, %s}\n", NETWORK("stage."), file, weights);
    assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
    return gd_model_create(recipe, GD_PART_TRAIN, model);
}

static void names_are_stripped_and_changed(void **state)
{
    (void)state;
    gd_model *model;
    assert_ok(open_with("strip: module., rename: {body.*: stage.*}", &model));
    assert_float_equal(first_of(model, "stage.first.weight"), 0.125, 0);
    assert_float_equal(first_of(model, "last.bias"), 0.125, 0);
    assert_non_null(strstr(gd_model_weights_report(model), "4 of 4 variables from "));
    gd_model_free(model);
}

static void expressions_say_which_and_rename(void **state)
{
    (void)state;
    gd_model *model;
    assert_ok(open_with("strip: module., rename: {'/^bo(dy)\\.(.*)$/': 'stage.\\2'}, match: ['/^stage[.]/', last.bias]",
                        &model));
    assert_float_equal(first_of(model, "stage.first.weight"), 0.125, 0);
    assert_true(first_of(model, "last.weight") != 0.125);
    assert_non_null(strstr(gd_model_weights_report(model), "3 of 3 variables from "));
    gd_model_free(model);
}

static void a_pattern_says_which(void **state)
{
    (void)state;
    gd_model *model;
    assert_ok(open_with("match: last.*", &model));
    assert_float_equal(first_of(model, "last.weight"), 0.125, 0);
    assert_true(first_of(model, "stage.first.weight") != 0.125);
    assert_non_null(strstr(gd_model_weights_report(model), "2 of 2 variables from "));
    gd_model_free(model);
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    gd_model *model;
    assert_ok(open_with("strip: module.body., strict: false, rename: {first.bias: elsewhere}", &model));
    assert_non_null(strstr(gd_model_weights_report(model), "2 of 4 variables from "));
    assert_non_null(strstr(gd_model_weights_report(model), "has no 'stage.first.weight', which the model wants"));
    gd_model_free(model);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *weights, *says;
    } cases[] = {
        {"strip: module., rename: {body.firs.*: stage.first.*}", "which the model wants; the nearest there: "},
        {"rename: {module.body.first.weight: last.bias, module.body.first.bias: stage.first.bias}, match: last.*",
         "both become 'last.bias'"},
        {"rename: {last.weight: stage.first.weight, module.body.first.weight: last.weight}, match: '*.weight'",
         "has 'last.weight' [3,6], the model wants [6,64] for 'stage.first.weight'"},
        {"match: nothing.*", "'nothing.*' matches no parameter"},
        {"match: '/^stage(/'", "'^stage(' is no regular expression: "},
        {"match: stage.*, strict: false", "fits the model by name and shape"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_model *model = NULL;
        const gd_status status = open_with(cases[i].weights, &model);
        if (status == GD_OK || strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("%s: status %d, expected \"%s\" in \"%s\"", cases[i].weights, (int)status, cases[i].says,
                     status == GD_OK ? "" : gd_last_error());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_stripped_and_changed), cmocka_unit_test(expressions_say_which_and_rename),
        cmocka_unit_test(a_pattern_says_which),           cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("start_weights", tests, write_file, remove_file);
}
