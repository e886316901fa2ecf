// The zoo: parameters and multiply-adds as published, variables called as torchvision's, and the same outputs, losses,
// gradients and running statistics for the same weights. Skipped where the fixtures are not beside the repository.
#include <gradus/gradus.h>
#include <jansson.h>
#include <math.h>

#include "graph/graph.h"
#include "model/expect.h"

#define FOLDER "../shared/golden/"

// ---- Counts

typedef struct network {
    const char *fixture, *name, *parameters;
    int64_t fewer, fewer_products; // numbers than published, because of `parameters`
} network;

// VGG's classifier is the same in all of them, and large: most are compared with one unit in its two layers.
#define SMALL "{units: 1}", 123615765, 123607575

static const network networks[] = {
    {"lenet5", "lenet5", NULL, 0, 0},
    {"alexnet", "alexnet", NULL, 0, 0},
    {"alexnet_paper", "alexnet_paper", NULL, 0, 0},
    {"vgg11", "vgg11", SMALL},
    {"vgg13", "vgg13", SMALL},
    {"vgg16", "vgg16", NULL, 0, 0},
    {"vgg19", "vgg19", SMALL},
    {"vgg11_bn", "vgg11_bn", SMALL},
    {"vgg13_bn", "vgg13_bn", SMALL},
    {"vgg16_bn", "vgg16_bn", SMALL},
    {"vgg19_bn", "vgg19_bn", SMALL},
    {"resnet18", "resnet18", NULL, 0, 0},
    {"resnet34", "resnet34", NULL, 0, 0},
    {"resnet50", "resnet50", NULL, 0, 0},
    {"resnet101", "resnet101", NULL, 0, 0},
    {"resnet152", "resnet152", NULL, 0, 0},
    {"cifar_resnet20_A", "cifar_resnet20", NULL, 0, 0},
    {"cifar_resnet32_A", "cifar_resnet32", NULL, 0, 0},
    {"cifar_resnet44_A", "cifar_resnet44", NULL, 0, 0},
    {"cifar_resnet56_A", "cifar_resnet56", NULL, 0, 0},
    {"cifar_resnet110_A", "cifar_resnet110", NULL, 0, 0},
    {"mobilenet_v2", "mobilenet_v2", NULL, 0, 0},
    {"mobilenet_v3_small", "mobilenet_v3_small", NULL, 0, 0},
    {"efficientnet_b0", "efficientnet_b0", NULL, 0, 0},
    {"densenet121", "densenet121", NULL, 0, 0},
    {"squeezenet1_1", "squeezenet1_1", NULL, 0, 0},
    {"googlenet_no_aux", "googlenet", NULL, 0, 0},
    {"inception_v3_no_aux", "inception_v3", NULL, 0, 0},
    {"vit_b_16", "vit_b_16", NULL, 0, 0},
    {"unet_31m", "unet", NULL, 0, 0},
};

// Those of sequences are compared in test_zoo_sequences.c.
static const char *const of_sequences[] = {"gpt2", "gpt2_layer", "transformer_encoder_layer",
                                           "transformer_decoder_layer"};

static json_t *fixtures(void)
{
    json_t *zoo = json_load_file(FOLDER "zoo.json", 0, NULL);
    if (zoo == NULL)
        skip();
    return zoo;
}

static int64_t number_of(const json_t *map, const char *key)
{
    return json_integer_value(json_object_get(map, key));
}

static gd_tensor written(gd_graph *graph, const network *network, const json_t *input)
{
    gd_shape shape = {.rank = 4, .dim = {GD_BATCH}};
    for (int i = 0; i < 3; i++)
        shape.dim[1 + i] = json_integer_value(json_array_get(input, (size_t)i));
    const gd_tensor y = gd_zoo(gd_input(graph, "x", GD_F32, shape), network->name, network->parameters);
    if (gd_graph_error(graph) != NULL)
        fail_msg("%s: %s", network->name, gd_graph_error(graph));
    return y;
}

// For a batch of one: -k stands for k times the batch size.
static gd_shape one(gd_shape shape)
{
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = shape.dim[i] < 0 ? -shape.dim[i] : shape.dim[i];
    return shape;
}

// Multiplications of convolutions and products of matrices: for each element of the output, and of a transposed
// convolution of the input, as many as the weight has for it.
static int64_t multiplications(const gd_graph *graph, const gd__node *node)
{
    const gd_shape a = one(gd__info_at(graph, node->input[0])->shape), y = one(node->output[0].shape);
    const gd_shape w = node->input_count > 1 ? one(gd__info_at(graph, node->input[1])->shape) : a;
    if (strcmp(node->op->name, "convolution") == 0)
        return gd_shape_count(y) * (gd_shape_count(w) / w.dim[0]);
    if (strcmp(node->op->name, "convolution_backward_data") == 0)
        return gd_shape_count(a) * (gd_shape_count(w) / w.dim[0]);
    // (…, m, k) times (…, k, n), the first of them as it is or transposed
    return gd_shape_count(y) * (a.dim[a.rank - 2] * a.dim[a.rank - 1] / y.dim[y.rank - 2]);
}

static int64_t multiply_adds(const gd_graph *graph)
{
    int64_t sum = 0;
    for (int i = 0; i < graph->node_count; i++)
        if (strstr(graph->node[i].op->name, "convolution") != NULL || strcmp(graph->node[i].op->name, "matmul") == 0)
            sum += multiplications(graph, &graph->node[i]);
    return sum;
}

// Variables without the state of dropout's random numbers.
static int weight_count(const gd_graph *graph)
{
    int count = 0;
    for (int i = 0; i < gd_variable_count(graph); i++)
        count += gd_tensor_type(gd_variable_at(graph, i)) == GD_F32;
    return count;
}

static int64_t parameters(const gd_graph *graph)
{
    int64_t sum = 0;
    for (int i = 0; i < gd_variable_count(graph); i++)
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            sum += gd_shape_count(gd_tensor_shape(gd_variable_at(graph, i)));
    return sum;
}

// GRADUS_SHORT=1, as under the sanitizers: the largest networks are left out.
static bool is_short(void)
{
    const char *value = getenv("GRADUS_SHORT");
    return value != NULL && strcmp(value, "1") == 0;
}

static void counts_are_as_published(void **state)
{
    (void)state;
    json_t *zoo = fixtures();
    int misses = 0;
    for (int i = 0; i < GD_COUNT_OF(networks); i++) {
        const json_t *want = json_object_get(json_object_get(zoo, "models"), networks[i].fixture);
        if (is_short() && number_of(want, "params") > 2e7)
            continue;
        gd_graph *graph = gd_graph_create();
        const gd_tensor y = written(graph, &networks[i], json_object_get(want, "input"));
        const bool same = parameters(graph) + networks[i].fewer == number_of(want, "params") &&
                          multiply_adds(graph) + networks[i].fewer_products == number_of(want, "macs");
        if (!same || gd_tensor_rank(y) != 1 + (int)json_array_size(json_object_get(want, "output"))) {
            print_error("%s: %lld parameters, %lld multiply-adds, expected %lld, %lld\n", networks[i].name,
                        (long long)(parameters(graph) + networks[i].fewer),
                        (long long)(multiply_adds(graph) + networks[i].fewer_products),
                        (long long)number_of(want, "params"), (long long)number_of(want, "macs"));
            misses++;
        }
        gd_graph_free(graph);
    }
    json_decref(zoo);
    assert_int_equal(misses, 0);
}

static void every_network_is_compared(void **state)
{
    (void)state;
    for (int i = 0; i < gd_zoo_count(); i++) {
        int found = 0;
        for (int k = 0; k < GD_COUNT_OF(networks); k++)
            found += strcmp(networks[k].name, gd_zoo_name(i)) == 0;
        for (int k = 0; k < GD_COUNT_OF(of_sequences); k++)
            found += strcmp(of_sequences[k], gd_zoo_name(i)) == 0;
        if (found != 1 || strlen(gd_zoo_doc(i)) < 10)
            fail_msg("%s is compared %d times", gd_zoo_name(i), found);
    }
    assert_int_equal(gd_zoo_count(), GD_COUNT_OF(networks) + GD_COUNT_OF(of_sequences));
    assert_null(gd_zoo_name(gd_zoo_count()));
    assert_null(gd_zoo_doc(-1));
}

static void variables_are_called_as_torchvisions(void **state)
{
    (void)state;
    json_t *zoo = fixtures();
    const char *name;
    json_t *list;
    json_object_foreach(json_object_get(zoo, "state_dict"), name, list)
    {
        const json_t *model = json_object_get(json_object_get(zoo, "models"), name);
        if (is_short() && number_of(model, "params") > 2e7)
            continue;
        gd_graph *graph = gd_graph_create();
        written(graph, &(network){name, name, NULL, 0, 0}, json_object_get(model, "input"));
        int found = 0;
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *row = json_array_get(list, i), *dims = json_array_get(row, 1);
            const char *key = json_string_value(json_array_get(row, 0));
            if (strstr(key, "num_batches_tracked") != NULL)
                continue;
            const gd_tensor variable = gd_variable_find(graph, key);
            if (variable.graph == NULL)
                fail_msg("%s has no '%s'", name, key);
            assert_int_equal(gd_tensor_rank(variable), json_array_size(dims));
            for (int d = 0; d < gd_tensor_rank(variable); d++)
                assert_int_equal(gd_tensor_dim(variable, d), json_integer_value(json_array_get(dims, (size_t)d)));
            found++;
        }
        assert_int_equal(found, weight_count(graph));
        gd_graph_free(graph);
    }
    json_decref(zoo);
}

// ---- Values

// The weights' formula of the fixtures' README: a number in [-0.5, 0.5).
static float formula(uint32_t k, uint32_t j, uint32_t seed)
{
    uint32_t h = k * 0x9E3779B1u + j * 0x85EBCA77u + seed * 0xC2B2AE3Du;
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    h ^= h >> 12;
    h *= 0x297A2D39u;
    h ^= h >> 15;
    return (float)(h >> 8) * 0x1p-24f - 0.5f;
}

static bool ends(const char *text, const char *end)
{
    const size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

static void set_by_formula(gd_graph *graph, const char *name, uint32_t j, uint32_t seed)
{
    const gd_tensor variable = gd_variable_find(graph, name);
    if (variable.graph == NULL)
        fail_msg("there is no '%s'", name);
    const gd_shape shape = gd_tensor_shape(variable);
    gd_array array;
    assert_ok(gd_array_create(&array, GD_F32, shape));
    float *value = array.data;
    const int64_t count = gd_shape_count(shape);
    const float scale = shape.rank < 2 ? 0 : (float)sqrt(24.0 / (double)(count / shape.dim[0]));
    for (int64_t k = 0; k < count; k++) {
        const float u = formula((uint32_t)k, j, seed);
        value[k] = shape.rank >= 2             ? scale * u
                   : ends(name, "running_var") ? 1 + u
                   : ends(name, "weight")      ? 1 + 0.25f * u
                                               : 0.25f * u;
    }
    assert_ok(gd_variable_set(variable, &array));
    gd_array_free(&array);
}

typedef struct values {
    const char *name;
    const json_t *about; // the case in the index
    gd_tensor_file *file;
    uint32_t seed;
    int misses;
} values;

static const gd_array *want(const values *v, const char *key)
{
    char path[80];
    snprintf(path, sizeof path, "%s/%s", v->name, key);
    return gd_tensor_file_get(v->file, path);
}

static double tolerance(const values *v, const char *key)
{
    return json_number_value(json_object_get(json_object_get(v->about, "tol"), key));
}

static void compare(values *v, const char *key, const gd_array *have)
{
    double largest = 1, error = 0;
    for (int64_t i = 0; i < gd_array_count(have); i++) {
        largest = fmax(largest, fabs(gd_array_get(want(v, key), i)));
        error = fmax(error, fabs(gd_array_get(want(v, key), i) - gd_array_get(have, i)));
    }
    if (!(error <= tolerance(v, key) * largest)) {
        print_error("%s: %s is off by %g, allowed %g\n", v->name, key, error, tolerance(v, key) * largest);
        v->misses++;
    }
}

static double norm_of(const gd_array *array)
{
    double sum = 0;
    for (int64_t i = 0; i < gd_array_count(array); i++)
        sum += gd_array_get(array, i) * gd_array_get(array, i);
    return sqrt(sum);
}

// A row of the fixtures: [norm, 8 samples]. `floor` is a thousandth of the largest norm, `floor_rms` of the largest
// root of the mean square, of all rows.
static void compare_row(values *v, int row, const gd_array *have, double floor, double floor_rms)
{
    const gd_array *rows = want(v, "grads");
    const int64_t count = gd_array_count(have);
    const double norm = gd_array_get(rows, row * 9), rms = norm / sqrt((double)count);
    double error = fabs(norm_of(have) - norm) / fmax(norm, floor);
    if (!(error <= tolerance(v, "grad_norms"))) {
        print_error("%s: gradient %d: norm off by %g\n", v->name, row, error);
        v->misses++;
    }
    for (int i = 0; i < 8; i++) {
        error = fabs(gd_array_get(have, i * count / 8) - gd_array_get(rows, row * 9 + 1 + i)) / fmax(rms, floor_rms);
        if (!(error <= tolerance(v, "grad_samples"))) {
            print_error("%s: gradient %d, sample %d: off by %g\n", v->name, row, i, error);
            v->misses++;
        }
    }
}

static void compare_buffers(values *v, gd_graph *graph, const json_t *names)
{
    const gd_array *rows = want(v, "new_buffers");
    for (size_t i = 0; i < json_array_size(names); i++) {
        gd_array now;
        assert_ok(gd_variable_get(gd_variable_find(graph, json_string_value(json_array_get(names, i))), &now));
        double error = fabs(norm_of(&now) - gd_array_get(rows, (int64_t)i * 9));
        double largest = fmax(1, gd_array_get(rows, (int64_t)i * 9));
        for (int k = 0; k < 8; k++)
            error = fmax(error, fabs(gd_array_get(&now, k * gd_array_count(&now) / 8) -
                                     gd_array_get(rows, (int64_t)i * 9 + 1 + k)));
        if (!(error <= tolerance(v, "new_buffers") * largest)) {
            print_error("%s: %s is off by %g\n", v->name, json_string_value(json_array_get(names, i)), error);
            v->misses++;
        }
        gd_array_free(&now);
    }
}

enum { MOST = 80 };

static void compare_gradients(values *v, gd_graph *graph, gd_tensor logits, const gd_feed *fed)
{
    const json_t *names = json_object_get(json_object_get(v->about, "rows"), "params");
    const int count = (int)json_array_size(names);
    gd_tensor x[MOST], wanted[MOST + 2];
    gd_array value[MOST + 2] = {0};
    double floor = 0, floor_rms = 0;
    const gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(2));
    wanted[0] = logits;
    wanted[1] = gd_softmax_cross_entropy(logits, label);
    for (int i = 0; i < count; i++)
        x[i] = gd_variable_find(graph, json_string_value(json_array_get(names, (size_t)i)));
    gd_gradients(wanted[1], count, x, wanted + 2);
    gd_function *function = gd_function_create(graph, count + 2, wanted,
                                               (gd_function_opts){.precision = GD_PRECISION_EXACT, .training = true});
    const gd_array labels = {.type = GD_I32, .shape = GD_SHAPE(2), .data = (int32_t[]){3, 7}};
    const gd_feed both[] = {fed[0], {label, labels}};
    assert_non_null(function);
    assert_ok(gd_function_run(function, 2, both, value));
    compare(v, "train_logits", &value[0]);
    compare(v, "train_loss", &value[1]);
    for (int i = 0; i < count; i++) {
        const double norm = gd_array_get(want(v, "grads"), i * 9);
        floor = fmax(floor, 1e-3 * norm);
        floor_rms = fmax(floor_rms, 1e-3 * norm / sqrt((double)gd_array_count(&value[2 + i])));
    }
    for (int i = 0; i < count; i++)
        compare_row(v, i, &value[2 + i], floor, floor_rms);
    for (int i = 0; i < count + 2; i++)
        gd_array_free(&value[i]);
    gd_function_free(function);
}

static void check_values(values *v, const char *name, const char *given, int64_t side)
{
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(2, 3, side, side));
    const gd_tensor logits = gd_zoo(x, name, given);
    const json_t *order = json_object_get(json_object_get(v->about, "rows"), "formula_order");
    for (size_t i = 0; i < json_array_size(order); i++)
        set_by_formula(graph, json_string_value(json_array_get(json_array_get(order, i), 0)), (uint32_t)i, v->seed);
    assert_int_equal(json_array_size(order), weight_count(graph));
    gd_array picture, have = {0};
    assert_ok(gd_array_create(&picture, GD_F32, gd_tensor_shape(x)));
    const uint32_t index = (uint32_t)number_of(v->about, "x_index");
    for (int64_t k = 0; k < gd_array_count(&picture); k++)
        gd_array_put(&picture, k, 4 * (double)formula((uint32_t)k, index, v->seed));
    const gd_feed fed = {x, picture};
    gd_function *function = gd_function_create(graph, 1, &logits, (gd_function_opts){.precision = GD_PRECISION_EXACT});
    assert_non_null(function);
    assert_ok(gd_function_run(function, 1, &fed, &have));
    compare(v, "eval_logits", &have);
    gd_array_free(&have);
    gd_function_free(function);
    compare_gradients(v, graph, logits, &fed);
    const json_t *buffers = json_object_get(json_object_get(v->about, "rows"), "buffers");
    if (json_array_size(buffers) > 0)
        compare_buffers(v, graph, buffers);
    gd_array_free(&picture);
    gd_graph_free(graph);
}

static void values_are_as_torchvisions(void **state)
{
    (void)state;
    static const struct {
        const char *fixture, *name, *parameters;
        int64_t side;
    } cases[] = {{"resnet18_cifar", "resnet18", "{classes: 10, cifar: true}", 32},
                 {"resnet18_64", "resnet18", "10", 64},
                 {"vgg11_bn", "vgg11_bn", "{classes: 10, dropout: 0}", 32},
                 {"alexnet", "alexnet", "{classes: 10, dropout: 0}", 224}};
    json_t *index = json_load_file(FOLDER "index.json", 0, NULL);
    if (index == NULL)
        skip();
    values v = {.seed = (uint32_t)number_of(index, "seed")};
    assert_ok(gd_tensor_file_open(FOLDER "zoo.safetensors", &v.file));
    const json_t *list = json_object_get(index, "cases");
    for (int i = 0; i < (is_short() ? 1 : GD_COUNT_OF(cases)); i++) {
        v.name = cases[i].fixture;
        v.about = NULL;
        for (size_t k = 0; k < json_array_size(list); k++)
            if (strcmp(json_string_value(json_object_get(json_array_get(list, k), "name")), v.name) == 0)
                v.about = json_array_get(list, k);
        assert_non_null(v.about);
        check_values(&v, cases[i].name, cases[i].parameters, cases[i].side);
    }
    gd_tensor_file_free(v.file);
    json_decref(index);
    assert_int_equal(v.misses, 0);
}

// ---- Mistakes

static void mistakes_are_said(void **state)
{
    (void)state;
    static const struct {
        const char *name, *parameters, *says;
    } rows[] = {{"resnet19", NULL, "did you mean 'resnet18'"},
                {"resnet18", "{clases: 10}", "did you mean 'classes'"},
                {"resnet18", "{classes: 0}", "units"},
                {"resnet18", "[", "gd_zoo"}};
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_graph *graph = gd_graph_create();
        gd_zoo(gd_input(graph, "x", GD_F32, GD_SHAPE(1, 3, 32, 32)), rows[i].name, rows[i].parameters);
        if (gd_graph_error(graph) == NULL || strstr(gd_graph_error(graph), rows[i].says) == NULL)
            fail_msg("%s %s: %s", rows[i].name, rows[i].parameters, gd_graph_error(graph));
        gd_graph_free(graph);
    }
}

// Under a name, and beside the user's own blocks and constants, of which the zoo sees none.
static void stands_in_a_recipe(void **state)
{
    (void)state;
    gd_model *model = open_text("data: {train: {random: {shape: [3, 32, 32], count: 8, classes: 3}}}\n"
                                "constants: {classes: 3, width: 1}\n"
                                "blocks: {unit: {layers: [relu]}}\n"
                                "model: [unit, {zoo: {resnet18: {classes: \"${classes * 2}\", cifar: true}}, as: base},"
                                " relu, {dense: 3}]\n"
                                "loss: softmax_cross_entropy\n");
    const gd_tensor weight = gd_variable_find(model->graph, "base.fc.weight");
    assert_true(gd_tensor_ok(weight));
    assert_int_equal(gd_tensor_dim(weight, 0), 6);
    assert_true(gd_tensor_ok(gd_variable_find(model->graph, "base.layer4.0.downsample.1.running_var")));
    gd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_network_is_compared),
        cmocka_unit_test(counts_are_as_published),
        cmocka_unit_test(variables_are_called_as_torchvisions),
        cmocka_unit_test(values_are_as_torchvisions),
        cmocka_unit_test(mistakes_are_said),
        cmocka_unit_test(stands_in_a_recipe),
    };
    return cmocka_run_group_tests_name("zoo_networks", tests, NULL, NULL);
}
