// Layers that put out several values: parts, states, weights of attention, taken by `from: name.part`.
#include "model/gradients.h"

#define ROWS "data: {train: {random: {shape: 10, count: 40, classes: 3}}, split: {validation: 0.2}}\n"
#define SEQUENCES "data: {train: {random: {shape: [5, 4], count: 40, classes: 3}}, split: {validation: 0.2}}\n"
#define LOSS "loss: softmax_cross_entropy\n"

static gd_tensor value_of(const gd_model *model, const char *name)
{
    for (int i = 0; i < model->layer_count; i++)
        if (strcmp(model->layer[i].name, name) == 0)
            return model->layer[i].value;
    fail_msg("no layer is called '%s'", name);
    return GD_NO_TENSOR;
}

static void assert_shape(const gd_model *model, const char *name, const char *shape)
{
    char text[GD_SHAPE_TEXT];
    assert_string_equal(gd_shape_text(gd_tensor_shape(value_of(model, name)), text), shape);
}

// A gate as in GLU, written out: the second half decides what of the first goes on.
static void parts_of_a_split_are_taken_by_number(void **state)
{
    (void)state;
    gd_model *model = open_text(ROWS "model:\n"
                                     "  - dense: 8\n"
                                     "  - split: {as: halves}\n"
                                     "  - tanh: {as: kept}\n"
                                     "  - sigmoid: {from: halves.1, as: gate}\n"
                                     "  - multiply: {from: [halves.0, gate], as: gated}\n"
                                     "  - add: [gated, kept]\n"
                                     "  - dense: 3\n" LOSS);
    assert_shape(model, "kept", "[batch,4]");
    assert_shape(model, "gate", "[batch,4]");
    assert_true(gradient_error(model, 1, 3) < 1e-7);
    gd_model_free(model);
    model = open_text(ROWS "model:\n"
                           "  - repeat: 2\n    as: block${i}\n    layers:\n"
                           "      - split: {sizes: [3, 5, 2], axis: -1, as: parts}\n"
                           "      - concat: [parts.2, parts.1, parts.0]\n"
                           "  - tanh: {from: block1.parts.1, as: middle}\n"
                           "  - dense: 3\n" LOSS);
    assert_shape(model, "middle", "[batch,5]");
    gd_model_free(model);
}

// The states of one layer are where another begins: an encoder and a decoder.
static void states_go_from_layer_to_layer(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *hidden;
        int64_t gates;
    } cells[] = {
        {"lstm: {units: 6, as: encoder}",
         "lstm: {units: 6, last: true, from: [sequence, encoder.hidden, encoder.cell]}", "[batch,6]", 4},
        {"gru: {units: 6, as: encoder}", "gru: {units: 6, last: true, from: [sequence, encoder.hidden]}", "[batch,6]",
         3},
        {"rnn: {units: 6, layers: 2, bidirectional: true, as: encoder}",
         "rnn: {units: 6, layers: 4, last: true, from: [sequence, encoder.hidden]}", "[batch,4,6]", 1},
    };
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        char text[1000];
        snprintf(text, sizeof text,
                 SEQUENCES "model:\n"
                           "  - tanh: {as: sequence}\n"
                           "  - %s\n"
                           "  - tanh: {from: encoder.hidden, as: end}\n"
                           "  - %s\n"
                           "  - dense: 3\n" LOSS,
                 cells[i].first, cells[i].second);
        gd_model *model = open_text(text);
        assert_shape(model, "end", cells[i].hidden);
        if (i < 2) {
            const int64_t cell = cells[i].gates * (6 * 4 + 6 * 6 + 2 * 6);
            assert_int_equal(model->parameters, 2 * cell + 6 * 3 + 3);
        }
        assert_true(gradient_error(model, 1, 3) < 1e-7);
        gd_model_free(model);
    }
}

// A state from a dense layer, as a caption begins with what was seen; and where attention looks.
static void states_and_weights_are_values_like_others(void **state)
{
    (void)state;
    gd_model *model = open_text(SEQUENCES "model:\n"
                                          "  - tanh: {as: sequence}\n"
                                          "  - flatten\n"
                                          "  - dense: {units: 6, as: seen}\n"
                                          "  - gru: {units: 6, from: [sequence, seen], as: words}\n"
                                          "  - attention: {heads: 2, as: look}\n"
                                          "  - flatten: {from: look.weights, as: weights}\n"
                                          "  - dense: 3\n" LOSS);
    assert_shape(model, "weights", "[batch,50]");
    assert_true(gradient_error(model, 1, 3) < 1e-7);
    gd_model_free(model);
}

static const struct {
    const char *layers, *says;
} bad[] = {
    {"  - split: {as: halves}\n  - tanh: {from: halves.2}\n  - dense: 3\n",
     "net.yaml:4: neither a layer before this one nor a field of the data is called 'halves.2', did you mean "
     "'halves.0'?"},
    {"  - split: {parts: 3}\n  - dense: 3\n", "net.yaml:3: "},
    {"  - split: {sizes: [3, 4]}\n  - dense: 3\n", "net.yaml:3: "},
    {"  - reshape: [5, 2]\n    as: s\n  - lstm: {units: 4, as: a}\n  - lstm: {units: 4, layers: 2, from: [s, a.hidden, "
     "a.cell]}\n  - dense: 3\n",
     "net.yaml:6: lstm: the first hidden state is [batch,1,4], expected (N, layers, units) with 2 layers"},
    {"  - reshape: [5, 2]\n    as: s\n  - gru: {units: 4, as: a}\n  - gru: {units: 4, from: [s, a.hidden, a.hidden]}\n"
     "  - dense: 3\n",
     "gru takes 1 to 2 inputs, not 3"},
    {"  - relu: {as: r}\n  - relu: {from: r.0}\n  - dense: 3\n", "net.yaml:4: neither"},
};

static void what_does_not_fit_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[1000];
        gd_recipe *recipe = NULL;
        gd_model *model = NULL;
        snprintf(text, sizeof text, ROWS "model:\n%s" LOSS, bad[i].layers);
        gd_status status = gd_recipe_parse(text, "net.yaml", &recipe);
        if (status == GD_OK)
            status = gd_model_create(recipe, GD_PART_TRAIN, &model);
        if (status == GD_OK || strstr(gd_last_error(), bad[i].says) == NULL)
            fail_msg("%s\nstatus %d, expected \"%s\" in \"%s\"", bad[i].layers, (int)status, bad[i].says,
                     status == GD_OK ? "" : gd_last_error());
    }
}

// Sizes of three axes are read as of two: one number, or one an axis.
static void volumes_go_through_a_network(void **state)
{
    (void)state;
    gd_model *model =
        open_text("data: {train: {random: {shape: [2, 4, 6, 6], count: 40, classes: 3}}, split: {validation: 0.2}}\n"
                  "model:\n"
                  "  - conv3d: {filters: 4, kernel: [3, 2, 1], padding: same, stride: [1, 2, 1], as: c}\n"
                  "  - batch_norm\n"
                  "  - tanh\n"
                  "  - avgpool3d: [2, 1, 3]\n    as: p\n"
                  "  - maxpool3d: {kernel: 2, stride: 1, as: m}\n"
                  "  - flatten\n"
                  "  - dense: 3\n" LOSS);
    assert_shape(model, "c", "[batch,4,4,3,6]");
    assert_shape(model, "p", "[batch,4,2,3,2]");
    assert_shape(model, "m", "[batch,4,1,2,1]");
    assert_int_equal(model->layer[0].receptive_field[0], 3);
    assert_int_equal(model->layer[0].receptive_field[2], 1);
    assert_int_equal(model->layer[3].receptive_field[0], 4);
    assert_true(gradient_error(model, 1, 3) < 1e-7);
    gd_model_free(model);
    gd_recipe *recipe = NULL;
    assert_int_not_equal(
        gd_recipe_parse(ROWS "model:\n  - conv3d: {filters: 4, kernel: [3, 3]}\n" LOSS, "net.yaml", &recipe), GD_OK);
    assert_says("or [depth, rows, columns]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_split_are_taken_by_number), cmocka_unit_test(states_go_from_layer_to_layer),
        cmocka_unit_test(states_and_weights_are_values_like_others), cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(volumes_go_through_a_network)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
