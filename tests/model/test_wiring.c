// `as`, `from` and `share`: what a layer takes, what it is called, and whose weights it has.
#include "model/expect.h"

static const char head[] = RECIPE_DATA "model:\n";
static const char tail[] = "loss: softmax_cross_entropy\n";

static gd_model *network(const char *layers)
{
    char text[4000];
    snprintf(text, sizeof text, "%s%s%s", head, layers, tail);
    return open_text(text);
}

static const gd_model_layer *layer_called(const gd_model *model, const char *name)
{
    for (int i = 0; i < model->layer_count; i++)
        if (strcmp(model->layer[i].name, name) == 0)
            return &model->layer[i];
    fail_msg("no layer is called '%s'", name);
    return NULL;
}

static bool takes(const gd_model_layer *layer, const gd_model_layer *from)
{
    for (int i = 0; i < layer->input_count; i++)
        if (layer->input[i].node == from->value.node)
            return true;
    return false;
}

static void layers_take_what_they_name(void **state)
{
    (void)state;
    gd_model *model = network("  - conv2d: {filters: 4, kernel: 3, padding: same, as: stem}\n"
                              "  - relu: {as: active}\n"
                              "  - tanh: {from: stem, as: other}\n"
                              "  - dense: 5\n    as: wide\n"
                              "  - flatten: {from: active}\n"
                              "  - dense: 3\n    as: last\n");
    assert_true(takes(layer_called(model, "active"), layer_called(model, "stem")));
    assert_true(takes(layer_called(model, "other"), layer_called(model, "stem")));
    assert_false(takes(layer_called(model, "other"), layer_called(model, "active")));
    assert_string_equal(layer_called(model, "other")->from, "stem");
    assert_null(layer_called(model, "wide")->from);
    assert_int_equal(gd_tensor_dim(gd_variable_find(model->graph, "last.weight"), 1), 4 * 8 * 8);
    assert_non_null(gd_variable_find(model->graph, "stem.bias").graph);
    char *text = gd_model_info_text(model);
    assert_non_null(strstr(text, "from"));
    gd_text_free(text);
    gd_model_free(model);
}

// Inside a block its own names come first, and `input` is what came in; outside they have the block's name in front.
static void blocks_have_names_of_their_own(void **state)
{
    (void)state;
    static const char text[] = RECIPE_DATA
        "blocks:\n"
        "  part:\n    layers:\n      - dense: {units: 4, as: a}\n      - dense: {units: 4, as: b, from: input}\n"
        "      - tanh: {from: a, as: c}\n"
        "model:\n  - flatten: {as: a}\n  - part: {as: first}\n  - part\n  - part: {from: first.b, as: third}\n"
        "  - repeat: 2\n    as: many.${i}\n    layers: [part: {as: x}]\n"
        "  - dense: {units: 3, from: a, as: last}\n"
        "loss: softmax_cross_entropy\n";
    gd_model *model = open_text(text);
    const gd_model_layer *a = layer_called(model, "first.a"), *b = layer_called(model, "first.b");
    assert_true(takes(a, layer_called(model, "a")));
    assert_true(takes(b, layer_called(model, "a")));
    assert_true(takes(layer_called(model, "first.c"), a));
    assert_true(takes(layer_called(model, "part1.a"), layer_called(model, "first.c")));
    assert_true(takes(layer_called(model, "third.a"), b));
    assert_true(takes(layer_called(model, "third.b"), b));
    assert_true(takes(layer_called(model, "last"), layer_called(model, "a")));
    assert_non_null(gd_variable_find(model->graph, "many.1.x.b.weight").graph);
    assert_string_equal(layer_called(model, "first")->kind, "part");
    gd_model_free(model);
}

static void weights_are_shared_by_name(void **state)
{
    (void)state;
    static const char text[] =
        RECIPE_DATA "blocks:\n  part: {layers: [{dense: {units: 8, as: a}}, tanh, {dense: {units: 64, as: b}}]}\n"
                    "model:\n  - flatten\n  - part: {as: one}\n  - part: {share: one}\n  - dense: {units: 64, as: d}\n"
                    "  - dense: {units: 64, share: d}\n  - dense: {units: 64, share: d, as: e}\n  - dense: 3\n"
                    "loss: softmax_cross_entropy\n";
    gd_model *model = open_text(text);
    const int64_t part = 64 * 8 + 8 + 8 * 64 + 64, dense = 64 * 64 + 64, last = 64 * 3 + 3;
    assert_int_equal(model->parameters, part + dense + last);
    assert_int_equal(gd_variable_count(model->graph), 8);
    gd_model_free(model);
}

static const struct {
    const char *layers, *says;
} bad[] = {
    {"  - flatten: {as: flat}\n  - relu: {from: flatt}\n  - dense: 3\n",
     "net.yaml:4: neither a layer before this one nor a field of the data is called 'flatt', did you mean 'flat'?"},
    {"  - flatten: {as: flat}\n  - relu: {from: later}\n  - dense: {units: 3, as: later}\n", "net.yaml:4: neither"},
    {"  - flatten: {as: flat}\n  - relu: {from: [flat, flat]}\n  - dense: 3\n", "relu takes 1 input, not 2"},
    {"  - flatten: {as: flat}\n  - relu: {as: flat}\n  - dense: 3\n",
     "net.yaml:4: the name 'flat' is taken by the layer of line 3"},
    {"  - flatten\n  - repeat: 2\n    layers:\n      - relu: {as: r}\n  - dense: 3\n",
     "net.yaml:6: the name 'r' is taken by the layer of line 6: where a layer is repeated, `${i}` in its name tells"},
    {"  - flatten\n  - dense: {units: 3, share: d}\n", "net.yaml:4: neither a layer before this one"},
    {"  - flatten\n  - dense: {units: 3, as: d}\n  - dense: {units: 5, share: d}\n",
     "net.yaml:5: dense 'd': the shared variable 'd.weight' is f32 [3,64], expected f32 [5,3]"},
    {"  - flatten\n  - dense: {units: 64, as: d}\n  - batch_norm: {share: d}\n  - dense: 3\n", "net.yaml:5: "},
    {"  - flatten\n  - dense: {units: 64, as: d, bias: false}\n  - dense: {units: 64, share: d}\n  - dense: 3\n",
     "net.yaml:5: 'd' has no variable 'd.bias' to share"},
};

static void what_does_not_fit_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[4000];
        gd_recipe *recipe;
        gd_model *model = NULL;
        snprintf(text, sizeof text, "%s%s%s", head, bad[i].layers, tail);
        assert_ok(gd_recipe_parse(text, "net.yaml", &recipe));
        const gd_status status = gd_model_create(recipe, GD_PART_TRAIN, &model);
        if (status == GD_OK || strstr(gd_last_error(), bad[i].says) == NULL)
            fail_msg("%s\nstatus %d, expected \"%s\" in \"%s\"", bad[i].layers, (int)status, bad[i].says,
                     status == GD_OK ? "" : gd_last_error());
    }
}

// Fields of the data are names as well: here the numbers of a table, and a column of it that is to be embedded.
static void a_network_reads_several_fields(void **state)
{
    (void)state;
    char path[] = "/tmp/gradus-wiring-XXXXXX", text[2000];
    const int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    fprintf(out, "a,b,colour,kind\n");
    for (int i = 0; i < 40; i++)
        fprintf(out, "%d,%d,%s,%s\n", i % 7, i % 5, i % 3 == 0 ? "red" : "blue", i % 2 == 0 ? "yes" : "no");
    fclose(out);
    snprintf(text, sizeof text,
             "data: {train: {csv: %s}, csv: {target: kind, embed: {colour: 4}}}\n"
             "model:\n  - dense: {units: 4, from: x, as: numbers}\n"
             "  - embedding: {words: 2, width: 4, from: colour, as: colours}\n"
             "  - dense: {units: 2, from: numbers}\n%s",
             path, tail);
    gd_model *model = open_text(text);
    assert_int_equal(model->input_count, 2);
    assert_string_equal(model->input_name[0], "x");
    assert_string_equal(model->input_name[1], "colour");
    assert_int_equal(model->parameters, 2 * 4 + 4 + 2 * 4 + 4 * 2 + 2);
    gd_model_free(model);
    unlink(path);
}

// Units are taken away between two layers that nothing else stands between.
static void branches_are_not_resized(void **state)
{
    (void)state;
    static const struct {
        const char *layers, *says;
    } cases[] = {
        {"  - flatten\n  - dense: {units: 6, as: a}\n  - dense: {units: 5, as: b}\n  - dense: {units: 3, from: a}\n",
         "does not go to 'b' alone"},
        {"  - flatten: {as: f}\n  - dense: {units: 6, as: a}\n  - tanh: {from: f}\n  - dense: 3\n", "does not go to"},
        {"  - flatten\n  - repeat: 2\n    layers: [dense: 6]\n  - dense: 3\n", "comes from a `repeat`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_model *model = network(cases[i].layers), *smaller = NULL;
        const gd_status status = gd_model_resize(model, i < 2 ? "a" : "fc1", 4, (gd_grow_opts){0}, &smaller);
        if (status == GD_OK || strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("%s\nstatus %d, expected \"%s\" in \"%s\"", cases[i].layers, (int)status, cases[i].says,
                     status == GD_OK ? "" : gd_last_error());
        gd_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_take_what_they_name),     cmocka_unit_test(blocks_have_names_of_their_own),
        cmocka_unit_test(weights_are_shared_by_name),     cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(a_network_reads_several_fields), cmocka_unit_test(branches_are_not_resized),
    };
    return cmocka_run_group_tests_name("wiring", tests, NULL, NULL);
}
