// Learned tensors of a recipe's own, and layers tied to others: the transpose of an embedding or of a dense layer.
#include "model/gradients.h"

#define WORDS "data: {train: {random: {shape: 6, words: 20, count: 400, classes: 20}}, split: {validation: 0.2}}\n"
#define ROWS "data: {train: {random: {shape: 10, count: 40, classes: 3}}, split: {validation: 0.2}}\n"

// A language model in small: what follows six words, scored by the table that the words were looked up in.
static const char language[] = WORDS "model:\n"
                                     "  - embedding: {words: 20, width: 8, as: table}\n"
                                     "  - add_learned: {as: places}\n"
                                     "  - attention: {heads: 2, causal: true, as: mix}\n"
                                     "  - add: [places, previous]\n"
                                     "  - slice: {begin: -1}\n"
                                     "  - flatten\n"
                                     "  - tied: %s\n"
                                     "loss: softmax_cross_entropy\n";

static gd_model *open_language(const char *tied)
{
    char text[1000];
    snprintf(text, sizeof text, language, tied);
    return open_text(text);
}

static void the_output_is_tied_to_the_embedding(void **state)
{
    (void)state;
    const int64_t rest = 6 * 8 + (3 * 8 * 8 + 3 * 8) + (8 * 8 + 8);
    gd_model *model = open_language("table");
    assert_int_equal(model->parameters, 20 * 8 + rest + 20);
    assert_non_null(gd_variable_find(model->graph, "tied1.bias").graph);
    assert_true(gradient_error(model, 20, 20) < 1e-7);
    gd_model_free(model);
    model = open_language("{to: table, bias: false, as: scores}");
    assert_int_equal(model->parameters, 20 * 8 + rest);
    assert_true(gradient_error(model, 20, 20) < 1e-7);
    gd_model_free(model);
}

// With the identity as the table, the scores are what is tied: x I = x.
static void tied_scores_are_products_with_the_rows(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor index = gd_input(graph, "index", GD_I32, GD_SHAPE(2, 2));
    gd_tensor rows = gd_embedding(index, 3, 2, (gd_embedding_opts){.type = GD_F32});
    gd_tensor table = gd_variable_find(graph, "embedding1.weight");
    gd_tensor scores = gd_tied(rows, table, (gd_tied_opts){.no_bias = true});
    gd_tensor dense = gd_dense(rows, 3, (gd_dense_opts){.name = "up", .no_bias = true});
    gd_tensor back = gd_tied(dense, gd_variable_find(graph, "up.weight"), (gd_tied_opts){.no_bias = true});
    const float weight[3][2] = {{1, 2}, {3, -1}, {0, 4}};
    const int32_t words[4] = {0, 2, 1, 1};
    gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(3, 2), weight);
    assert_ok(gd_variable_set(table, &array));
    assert_ok(gd_variable_set(gd_variable_find(graph, "up.weight"), &array));
    const gd_feed feed = {index, gd_array_borrow(GD_I32, GD_SHAPE(2, 2), words)};
    gd_tensor output[2] = {scores, back};
    gd_function *function = gd_function_create(graph, 2, output, (gd_function_opts){0});
    assert_non_null(function);
    gd_array result[2] = {{0}};
    assert_ok(gd_function_run(function, 1, &feed, result));
    const float *score = result[0].data, *behind = result[1].data;
    for (int i = 0; i < 4; i++) {
        const float *x = weight[words[i]];
        float want[2] = {0, 0};
        for (int k = 0; k < 3; k++) {
            const float up = x[0] * weight[k][0] + x[1] * weight[k][1];
            assert_true(score[i * 3 + k] == up);
            want[0] += up * weight[k][0];
            want[1] += up * weight[k][1];
        }
        assert_true(behind[i * 2] == want[0]);
        assert_true(behind[i * 2 + 1] == want[1]);
    }
    gd_array_free(&result[0]);
    gd_array_free(&result[1]);
    gd_function_free(function);
    gd_graph_free(graph);
}

// An autoencoder's second half leads back by the transposed matrices, inside a block and from outside.
static void an_autoencoder_leads_back(void **state)
{
    (void)state;
    static const char text[] =
        ROWS "blocks:\n  coder: {layers: [{dense: {units: 6, as: in}}, tanh, {tied: {to: in, as: "
             "out}}]}\n"
             "model:\n  - coder: {as: first}\n  - tanh\n  - coder: {as: second}\n"
             "  - dense: 6\n  - tied: {layer: first.in, bias: false}\n  - dense: 3\n"
             "loss: softmax_cross_entropy\n";
    gd_model *model = open_text(text);
    const int64_t coder = 6 * 10 + 6 + 10;
    assert_int_equal(model->parameters, 2 * coder + (10 * 6 + 6) + (10 * 3 + 3));
    assert_non_null(gd_variable_find(model->graph, "second.out.bias").graph);
    assert_true(gradient_error(model, 1, 3) < 1e-7);
    gd_model_free(model);
}

// Learned queries gather what a sequence says; a learned scale multiplies.
static void learned_numbers_are_taken_by_other_layers(void **state)
{
    (void)state;
    static const char text[] = WORDS "model:\n"
                                     "  - embedding: {words: 20, width: 4, as: sequence}\n"
                                     "  - parameter: {shape: [2, 4], as: queries, init: {normal: 0.5}}\n"
                                     "  - attention: {heads: 1, from: [queries, sequence]}\n"
                                     "  - flatten: {as: flat}\n"
                                     "  - parameter: 8\n    as: scale\n"
                                     "  - multiply: [flat, scale]\n"
                                     "  - dense: 20\n"
                                     "loss: softmax_cross_entropy\n";
    gd_model *model = open_text(text);
    char shape[GD_SHAPE_TEXT];
    assert_string_equal(gd_shape_text(gd_tensor_shape(gd_variable_find(model->graph, "queries")), shape), "[1,2,4]");
    assert_int_equal(model->parameters, 20 * 4 + 2 * 4 + (4 * 4 * 4 + 4 * 4) + 8 + (8 * 20 + 20));
    assert_true(gradient_error(model, 20, 20) < 1e-7);
    gd_model_free(model);
}

static const struct {
    const char *layers, *says;
} bad[] = {
    {"  - dense: {units: 3, as: d}\n  - tied: e\n", "net.yaml:4: neither a layer before this one"},
    {"  - dense: {units: 3, as: d}\n  - tied\n", "net.yaml:4: tied needs 'to': a text"},
    {"  - relu: {as: r}\n  - tied: r\n", "net.yaml:4: tied: there is no 'r.weight'"},
    {"  - layer_norm: {as: r}\n  - tied: r\n", "net.yaml:4: tied 'tied1': x is"},
    {"  - dense: {units: 4, as: d}\n  - dense: 5\n  - tied: d\n",
     "net.yaml:5: tied 'tied1': x is [batch,5], the weight of the dense layer is [4,10]"},
    {"  - parameter: {shape: 0}\n  - dense: 3\n", "net.yaml:3: "},
    {"  - parameter\n  - dense: 3\n", "net.yaml:3: parameter needs 'shape': "},
};

static void what_does_not_fit_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[1000];
        gd_recipe *recipe = NULL;
        gd_model *model = NULL;
        snprintf(text, sizeof text, ROWS "model:\n%sloss: softmax_cross_entropy\n", bad[i].layers);
        gd_status status = gd_recipe_parse(text, "net.yaml", &recipe);
        if (status == GD_OK)
            status = gd_model_create(recipe, GD_PART_TRAIN, &model);
        if (status == GD_OK || strstr(gd_last_error(), bad[i].says) == NULL)
            fail_msg("%s\nstatus %d, expected \"%s\" in \"%s\"", bad[i].layers, (int)status, bad[i].says,
                     status == GD_OK ? "" : gd_last_error());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_output_is_tied_to_the_embedding),
        cmocka_unit_test(tied_scores_are_products_with_the_rows),
        cmocka_unit_test(an_autoencoder_leads_back),
        cmocka_unit_test(learned_numbers_are_taken_by_other_layers),
        cmocka_unit_test(what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
