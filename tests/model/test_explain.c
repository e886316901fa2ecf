// What a network looked at, against sums made by hand and against differences.
#include <gradus/explain.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char linear[] = "data:\n  train: {generate: {kind: circles, samples: 8}}\n"
                             "model: [{dense: 1}]\n"
                             "loss: logistic\n"
                             "train: {epochs: 1}\n";

static gd_model *open_text(const char *text)
{
    gd_recipe *recipe;
    gd_model *model;
    assert_int_equal(gd_recipe_parse(text, "net.yaml", &recipe), GD_OK);
    if (gd_model_create(recipe, GD_PART_TRAIN, &model) != GD_OK)
        fail_msg("%s", gd_last_error());
    return model;
}

// Of a linear network, x dy/dx are the summands of its output.
static void parts_of_a_linear_network_add_up(void **state)
{
    (void)state;
    gd_model *model = open_text(linear);
    gd_explanation e;
    assert_int_equal(gd_model_explain(model, model->train, (gd_explain_opts){.choose_label = true, .label = 1}, &e),
                     GD_OK);
    assert_null(e.layer);
    const gd_tensor bias = gd_variable_find(model->graph, "fc1.bias");
    gd_array b;
    assert_int_equal(gd_variable_get(bias, &b), GD_OK);
    for (int64_t i = 0; i < gd_dataset_count(model->train); i++)
        assert_true(fabs(gd_array_get(&e.map, 2 * i) + gd_array_get(&e.map, 2 * i + 1) + gd_array_get(&b, 0) -
                         gd_array_get(&e.output, i)) < 1e-5);
    gd_array_free(&b);
    gd_explanation_free(&e);
    // "No" is explained by what speaks against yes.
    gd_explanation no;
    assert_int_equal(gd_model_explain(model, model->train, (gd_explain_opts){.choose_label = true}, &no), GD_OK);
    assert_int_equal(gd_model_explain(model, model->train, (gd_explain_opts){.choose_label = true, .label = 1}, &e),
                     GD_OK);
    for (int64_t i = 0; i < gd_array_count(&e.map); i++)
        assert_true(gd_array_get(&e.map, i) == -gd_array_get(&no.map, i));
    gd_explanation_free(&no);
    gd_explanation_free(&e);
    assert_int_equal(gd_model_explain(model, model->train, (gd_explain_opts){.choose_label = true, .label = 2}, &e),
                     GD_ERROR_ARGUMENT);
    gd_model_free(model);
}

// One convolution, a global mean and a dense layer: a(c) is dense weight / places, so the map is known in full.
static void the_map_is_that_of_the_formula(void **state)
{
    (void)state;
    enum { N = 3, C = 4, SIDE = 6, CLASSES = 3 };
    static float x[N * SIDE * SIDE];
    static int32_t label[N] = {0, 1, 2};
    for (int i = 0; i < N * SIDE * SIDE; i++)
        x[i] = (float)sin(i * 0.7);
    const gd_array image = gd_array_borrow(GD_F32, GD_SHAPE(N, 1, SIDE, SIDE), x);
    const gd_array right = gd_array_borrow(GD_I32, GD_SHAPE(N), label);
    char images[] = "/tmp/gradus-explain-x.npy", labels[] = "/tmp/gradus-explain-y.npy";
    assert_int_equal(gd_npy_write(images, &image), GD_OK);
    assert_int_equal(gd_npy_write(labels, &right), GD_OK);
    gd_model *model = open_text("data:\n  train: {npy: [/tmp/gradus-explain-x.npy, /tmp/gradus-explain-y.npy]}\n"
                                "model: [{conv2d: {filters: 4, kernel: 3, padding: same}}, batch_norm, relu, "
                                "global_average_pool, {dense: 3}]\nloss: cross_entropy\ntrain: {epochs: 1}\n");
    gd_explanation e;
    if (gd_model_explain(model, model->train, (gd_explain_opts){0}, &e) != GD_OK)
        fail_msg("%s", gd_last_error());
    assert_non_null(e.layer);
    assert_string_equal(e.layer->kind, "relu");
    gd_array features, weight;
    assert_int_equal(gd_predict(1, &e.layer->value, model->train, (gd_evaluate_opts){0}, &features), GD_OK);
    assert_int_equal(gd_variable_get(gd_variable_find(model->graph, "fc1.weight"), &weight), GD_OK);
    for (int i = 0; i < N; i++) {
        const int chosen = (int)gd_array_get(&e.label, i);
        for (int k = 0; k < CLASSES; k++)
            assert_true(gd_array_get(&e.output, i * CLASSES + k) <= gd_array_get(&e.output, i * CLASSES + chosen));
        double map[SIDE * SIDE], largest = 0;
        for (int p = 0; p < SIDE * SIDE; p++) {
            map[p] = 0;
            for (int c = 0; c < C; c++)
                map[p] += gd_array_get(&weight, chosen * C + c) *
                          gd_array_get(&features, ((int64_t)i * C + c) * SIDE * SIDE + p);
            map[p] = fmax(0, map[p]);
            largest = fmax(largest, map[p]);
        }
        for (int p = 0; p < SIDE * SIDE && largest > 0; p++)
            assert_true(fabs(map[p] / largest - gd_array_get(&e.map, (int64_t)i * SIDE * SIDE + p)) < 1e-4);
    }
    gd_array_free(&weight);
    gd_array_free(&features);
    gd_explanation_free(&e);
    // Once more, and by a layer without places.
    assert_int_equal(gd_model_explain(model, model->train, (gd_explain_opts){0}, &e), GD_OK);
    gd_explanation_free(&e);
    assert_int_equal(
        gd_model_explain(model, model->train, (gd_explain_opts){.layer = &model->layer[model->layer_count - 1]}, &e),
        GD_ERROR_ARGUMENT);
    gd_model_free(model);
    remove(images);
    remove(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_linear_network_add_up),
        cmocka_unit_test(the_map_is_that_of_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
