// Networks of the zoo for sequences: GPT-2 and the layers of transformers, with PyTorch's names and numbers.
#include <gradus/gradus.h>
#include <jansson.h>
#include <math.h>

#include "model/expect.h"

#define FOLDER "../shared/golden/"

// The words of the fixtures' formula for places 0, 1, 2 … of tensor j, with the fixtures' seed 0.
static uint32_t word(uint32_t k, uint32_t j, uint32_t seed)
{
    uint32_t h = k * 0x9E3779B1u + j * 0x85EBCA77u + seed * 0xC2B2AE3Du;
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    h ^= h >> 12;
    h *= 0x297A2D39u;
    h ^= h >> 15;
    return h;
}

static double unit(uint32_t k, uint32_t j, uint32_t seed)
{
    return (double)(word(k, j, seed) >> 8) * 0x1p-24 - 0.5;
}

static gd_array array_of(gd_type type, gd_shape shape)
{
    gd_array array;
    assert_ok(gd_array_create(&array, type, shape));
    return array;
}

// Numbers u times `factor` and, of norms, 1 more.
static void set_by_formula(gd_graph *graph, const char *name, uint32_t j, uint32_t seed, double gain, double of_vectors)
{
    const gd_tensor variable = gd_variable_find(graph, name);
    if (variable.graph == NULL)
        fail_msg("there is no '%s'", name);
    const gd_shape shape = gd_tensor_shape(variable);
    gd_array array = array_of(GD_F32, shape);
    const int64_t count = gd_shape_count(shape);
    const bool matrix = shape.rank >= 2;
    const size_t length = strlen(name);
    const double factor = !matrix ? of_vectors : gain == 0 ? 1 : sqrt(gain / (double)(count / shape.dim[0]));
    const double shift = !matrix && length > 6 && strcmp(name + length - 6, "weight") == 0 ? 1 : 0;
    for (int64_t k = 0; k < count; k++)
        gd_array_put(&array, k, shift + (double)((float)factor * (float)unit((uint32_t)k, j, seed)));
    assert_ok(gd_variable_set(variable, &array));
    gd_array_free(&array);
}

// ---- GPT-2: logits, loss, gradients, ten steps

typedef struct golden {
    json_t *index;
    const json_t *about;
    gd_tensor_file *file;
    int misses;
} golden;

static const gd_array *want(const golden *g, const char *key)
{
    char path[80];
    snprintf(path, sizeof path, "gpt/%s", key);
    return gd_tensor_file_get(g->file, path);
}

static void near(golden *g, const char *key, int64_t at, double have, double scale)
{
    const double allowed = json_number_value(json_object_get(json_object_get(g->about, "tol"), key)) * scale;
    const double error = fabs(have - gd_array_get(want(g, key), at));
    if (error <= allowed)
        return;
    print_error("%s, element %lld is off by %g, allowed %g\n", key, (long long)at, error, allowed);
    g->misses++;
}

static double largest_of(const gd_array *array)
{
    double largest = 1;
    for (int64_t i = 0; i < gd_array_count(array); i++)
        largest = fmax(largest, fabs(gd_array_get(array, i)));
    return largest;
}

// A row [norm, 8 samples] of the fixtures.
static void compare_row(golden *g, const char *key, int64_t row, const gd_array *have)
{
    const int64_t count = gd_array_count(have);
    const double scale = largest_of(want(g, key));
    double squares = 0;
    for (int64_t i = 0; i < count; i++)
        squares += gd_array_get(have, i) * gd_array_get(have, i);
    near(g, key, row * 9, sqrt(squares), scale);
    for (int64_t i = 0; i < 8; i++)
        near(g, key, row * 9 + 1 + i, gd_array_get(have, i * count / 8), scale);
}

enum { ROWS = 4, PLACES = 16, WORDS = 65, MOST = 40 };

static void fill_batch(gd_array *text, gd_array *next, uint32_t s, uint32_t seed)
{
    for (uint32_t k = 0; k < ROWS * (PLACES + 1); k++) {
        const double id = (double)((word(k, 9000 + s, seed) >> 8) % WORDS);
        const int64_t row = k / (PLACES + 1), place = k % (PLACES + 1);
        if (place < PLACES)
            gd_array_put(text, row * PLACES + place, id);
        if (place > 0)
            gd_array_put(next, row * PLACES + place - 1, id);
    }
}

typedef struct gpt {
    gd_graph *graph;
    gd_tensor text, next, logits, loss;
    gd_feed feed[2];
    int count;
    gd_tensor parameter[MOST];
} gpt;

static gpt write_gpt(const golden *g, uint32_t seed)
{
    const json_t *order = json_object_get(g->about, "formula_order");
    gpt n = {.graph = gd_graph_create(), .count = (int)json_array_size(order)};
    n.text = gd_input(n.graph, "text", GD_I32, GD_SHAPE(ROWS, PLACES));
    n.next = gd_input(n.graph, "next", GD_I32, GD_SHAPE(ROWS, PLACES));
    n.logits = gd_zoo(n.text, "gpt2", "{words: 65, places: 16, width: 32, depth: 2, heads: 4}");
    if (gd_graph_error(n.graph) != NULL)
        fail_msg("%s", gd_graph_error(n.graph));
    n.loss = gd_mean(gd_label_cross_entropy(n.logits, n.next), (gd_reduce_opts){0});
    assert_true(n.count <= MOST);
    for (int i = 0; i < n.count; i++) {
        const char *name = json_string_value(json_array_get(json_array_get(order, (size_t)i), 0));
        set_by_formula(n.graph, name, (uint32_t)i, seed, 3, 0.25);
        n.parameter[i] = gd_variable_find(n.graph, name);
    }
    assert_int_equal(n.count, gd_variable_count(n.graph));
    n.feed[0] = (gd_feed){n.text, array_of(GD_I32, GD_SHAPE(ROWS, PLACES))};
    n.feed[1] = (gd_feed){n.next, array_of(GD_I32, GD_SHAPE(ROWS, PLACES))};
    return n;
}

static void compare_gradients(golden *g, gpt *n)
{
    gd_tensor wanted[MOST + 2] = {n->logits, n->loss};
    gd_array value[MOST + 2] = {0};
    gd_gradients(n->loss, n->count, n->parameter, wanted + 2);
    gd_function *function = gd_function_create(n->graph, n->count + 2, wanted, (gd_function_opts){.training = true});
    assert_non_null(function);
    assert_ok(gd_function_run(function, 2, n->feed, value));
    for (int64_t i = 0; i < gd_array_count(&value[0]); i++)
        near(g, "logits", i, gd_array_get(&value[0], i), largest_of(want(g, "logits")));
    near(g, "loss", 0, gd_array_get(&value[1], 0), largest_of(want(g, "loss")));
    for (int i = 0; i < n->count; i++)
        compare_row(g, "grads", i, &value[2 + i]);
    for (int i = 0; i < n->count + 2; i++)
        gd_array_free(&value[i]);
    gd_function_free(function);
}

static void compare_steps(golden *g, gpt *n, uint32_t seed)
{
    gd_rule rule = gd_adamw(0.01);
    assert_ok(gd_rule_set(&rule, "beta1", 0.9));
    assert_ok(gd_rule_set(&rule, "beta2", 0.95));
    assert_ok(gd_rule_set(&rule, "epsilon", 1e-6));
    assert_ok(gd_rule_set(&rule, "weight_decay", 0.1));
    gd_train_step *step =
        gd_train_step_create(n->loss, (gd_train_step_opts){.rule = rule, .output_count = 1, .output = &n->loss});
    assert_non_null(step);
    for (uint32_t s = 0; s <= 10; s++) {
        fill_batch(&n->feed[0].value, &n->feed[1].value, s == 10 ? 0 : s, seed);
        gd_function *now = gd_function_create(n->graph, 1, &n->loss, (gd_function_opts){0});
        gd_array loss = {0};
        assert_ok(gd_function_run(now, 2, n->feed, &loss));
        near(g, "losses", s, gd_array_get(&loss, 0), largest_of(want(g, "losses")));
        gd_array_free(&loss);
        gd_function_free(now);
        if (s < 10)
            assert_ok(gd_train_step_run(step, 2, n->feed));
    }
    for (int i = 0; i < n->count; i++) {
        gd_array value;
        assert_ok(gd_variable_get(n->parameter[i], &value));
        compare_row(g, "params", i, &value);
        gd_array_free(&value);
    }
    gd_train_step_free(step);
}

static void gpt2_is_as_pytorchs(void **state)
{
    (void)state;
    golden g = {.index = json_load_file(FOLDER "index.json", 0, NULL)};
    if (g.index == NULL)
        skip();
    const uint32_t seed = (uint32_t)json_integer_value(json_object_get(g.index, "seed"));
    const json_t *list = json_object_get(g.index, "cases");
    for (size_t k = 0; k < json_array_size(list); k++)
        if (strcmp(json_string_value(json_object_get(json_array_get(list, k), "name")), "gpt") == 0)
            g.about = json_array_get(list, k);
    assert_non_null(g.about);
    assert_ok(gd_tensor_file_open(FOLDER "seq.safetensors", &g.file));
    gpt n = write_gpt(&g, seed);
    fill_batch(&n.feed[0].value, &n.feed[1].value, 0, seed);
    compare_gradients(&g, &n);
    compare_steps(&g, &n, seed);
    gd_array_free(&n.feed[0].value);
    gd_array_free(&n.feed[1].value);
    gd_graph_free(n.graph);
    gd_tensor_file_free(g.file);
    json_decref(g.index);
    assert_int_equal(g.misses, 0);
}

// ---- A file as GPT-2's are published: matrices lie as (features, units)

static void published_files_load(void **state)
{
    (void)state;
    static const char *const matrix[] = {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"};
    char path[] = "/tmp/gradus-gpt2-XXXXXX", name[80];
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    gd_graph *graph[2];
    gd_array turned[MOST];
    for (int i = 0; i < 2; i++) {
        graph[i] = gd_graph_create();
        gd_zoo(gd_input(graph[i], "text", GD_I32, GD_SHAPE(1, 5)), "gpt2",
               "{words: 7, places: 6, width: 4, depth: 2, heads: 2}");
    }
    gd_tensor_writer *writer;
    assert_ok(gd_tensor_writer_create(&writer));
    for (int i = 0; i < gd_variable_count(graph[0]); i++) {
        gd_array value;
        const gd_tensor variable = gd_variable_at(graph[0], i);
        const char *label = gd_variable_name(variable);
        set_by_formula(graph[0], label, (uint32_t)i, 0, 0, 1);
        assert_ok(gd_variable_get(variable, &value));
        const bool turns = strstr(label, ".c_") != NULL && value.shape.rank == 2;
        turned[i] = array_of(GD_F32, turns ? GD_SHAPE(value.shape.dim[1], value.shape.dim[0]) : value.shape);
        for (int64_t k = 0; k < gd_array_count(&value); k++) {
            const int64_t columns = turns ? value.shape.dim[1] : 1, rows = turns ? value.shape.dim[0] : 0;
            gd_array_put(&turned[i], turns ? k % columns * rows + k / columns : k, gd_array_get(&value, k));
        }
        snprintf(name, sizeof name, "transformer.%s", label);
        assert_ok(gd_tensor_writer_add(writer, name, &turned[i]));
        gd_array_free(&value);
    }
    assert_ok(gd_tensor_writer_commit(writer, path)); // which reads the arrays
    for (int i = 0; i < gd_variable_count(graph[0]); i++)
        gd_array_free(&turned[i]);
    gd_tensor_writer_free(writer);
    assert_true(gd_load_weights(graph[1], path, (gd_load_opts){.strip = "transformer."}, NULL) == GD_ERROR_SHAPE);
    assert_ok(
        gd_load_weights(graph[1], path, (gd_load_opts){.strip = "transformer.", .transpose = "*.c_*.weight"}, NULL));
    for (int i = 0; i < GD_COUNT_OF(matrix); i++) {
        gd_array a, b;
        snprintf(name, sizeof name, "h.1.%s.weight", matrix[i]);
        assert_ok(gd_variable_get(gd_variable_find(graph[0], name), &a));
        assert_ok(gd_variable_get(gd_variable_find(graph[1], name), &b));
        assert_memory_equal(a.data, b.data, (size_t)gd_array_count(&a) * sizeof(float));
        gd_array_free(&a);
        gd_array_free(&b);
    }
    for (int i = 0; i < 2; i++)
        gd_graph_free(graph[i]);
    unlink(path);
}

// ---- The layers of transformers: the second sample's numbers, from PyTorch 2.15 in double precision

static const char *const encoder_names[] = {"self_attn.in_proj_weight",
                                            "self_attn.in_proj_bias",
                                            "self_attn.out_proj.weight",
                                            "self_attn.out_proj.bias",
                                            "linear1.weight",
                                            "linear1.bias",
                                            "linear2.weight",
                                            "linear2.bias",
                                            "norm1.weight",
                                            "norm1.bias",
                                            "norm2.weight",
                                            "norm2.bias"};
static const char *const decoder_names[] = {"self_attn.in_proj_weight",
                                            "self_attn.in_proj_bias",
                                            "self_attn.out_proj.weight",
                                            "self_attn.out_proj.bias",
                                            "multihead_attn.in_proj_weight",
                                            "multihead_attn.in_proj_bias",
                                            "multihead_attn.out_proj.weight",
                                            "multihead_attn.out_proj.bias",
                                            "linear1.weight",
                                            "linear1.bias",
                                            "linear2.weight",
                                            "linear2.bias",
                                            "norm1.weight",
                                            "norm1.bias",
                                            "norm2.weight",
                                            "norm2.bias",
                                            "norm3.weight",
                                            "norm3.bias"};

// The first three places are what goes in; a decoder's memory are the five behind.
#define DECODER(settings)                                                                                              \
    "data: {train: {random: {shape: [8, 4], count: 4, classes: 2}}}\n"                                                 \
    "model: [{slice: {axis: 1, begin: 3, as: memory}}, {slice: {axis: 1, end: 3, from: x}},"                           \
    " {zoo: {transformer_decoder_layer: {memory: memory, width: 4, heads: 2, mlp: 6, dropout: 0" settings              \
    "}}}, flatten, {dense: {units: 2, as: last}}]\nloss: softmax_cross_entropy\n"
#define ENCODER(settings)                                                                                              \
    "data: {train: {random: {shape: [8, 4], count: 4, classes: 2}}}\n"                                                 \
    "model: [{slice: {axis: 1, end: 3}},"                                                                              \
    " {zoo: {transformer_encoder_layer: {width: 4, heads: 2, mlp: 6, dropout: 0" settings                              \
    "}}}, flatten, {dense: {units: 2, as: last}}]\nloss: softmax_cross_entropy\n"

static void check_layer(const char *recipe, int count, const char *const *names, const double *expected)
{
    enum { SECOND = 12 };
    gd_model *model = open_text(recipe);
    for (int i = 0; i < count; i++)
        set_by_formula(model->graph, names[i], (uint32_t)i, 0, 0, 1);
    assert_int_equal(gd_variable_count(model->graph), count + 2);
    gd_array none = array_of(GD_F32, GD_SHAPE(2));
    assert_ok(gd_variable_set(gd_variable_find(model->graph, "last.bias"), &none));
    gd_array_free(&none);
    gd_array x = array_of(GD_F32, GD_SHAPE(2, 8, 4)), y = {0};
    for (uint32_t k = 0; k < 2 * 8 * 4; k++) {
        const uint32_t n = k / 32, at = k % 32;
        gd_array_put(&x, k, 2 * (at < 12 ? unit(n * 12 + at, 100, 0) : unit(n * 20 + at - 12, 101, 0)));
    }
    // What goes into the last layer is seen through it: a unit weight for one number after the other.
    gd_function *function = gd_function_create(model->graph, 1, &model->output, (gd_function_opts){0});
    assert_non_null(function);
    for (int i = 0; i < SECOND; i++) {
        gd_array weight = array_of(GD_F32, GD_SHAPE(2, SECOND));
        for (int k = 0; k < 2 * SECOND; k++)
            gd_array_put(&weight, k, k == i);
        assert_ok(gd_variable_set(gd_variable_find(model->graph, "last.weight"), &weight));
        assert_ok(gd_function_run(function, 1, &(gd_feed){model->input[0], x}, &y));
        if (fabs(gd_array_get(&y, 2) - expected[i]) > 4e-6)
            fail_msg("element %d is %.9f, expected %.9f", i, gd_array_get(&y, 2), expected[i]);
        gd_array_free(&weight);
    }
    gd_array_free(&x);
    gd_array_free(&y);
    gd_function_free(function);
    gd_model_free(model);
}

static void layers_are_as_pytorchs(void **state)
{
    (void)state;
    static const double encoder[2][12] = {
        {2.229583083, -0.220901885, -0.805510324, -0.454720341, 2.174301275, -0.724491411, 0.323527460, -0.447724265,
         1.102862839, -0.537816690, 1.772030686, -1.254631744},
        {0.885509768, -0.364690254, 0.208457917, -0.375696514, 1.502892545, -0.332004085, 1.184714312, 0.219260238,
         0.644736949, -0.146071011, 1.666228966, -1.161120429}};
    static const double decoder[2][12] = {
        {-0.217447982, 1.736953634, -0.983652581, 0.535722639, 0.949229935, -1.375090911, 0.341293016, 0.359908218,
         0.839940109, -0.522575997, 0.876198842, -0.817390822},
        {1.475731890, 0.655737930, 0.675163772, 0.281126042, 2.014604275, 0.228847916, 1.417807480, 0.478509726,
         1.410290418, 0.250609714, 1.879607313, -1.109662458}};
    check_layer(ENCODER(""), GD_COUNT_OF(encoder_names), encoder_names, encoder[0]);
    check_layer(ENCODER(", norm_first: true, activation: gelu"), GD_COUNT_OF(encoder_names), encoder_names, encoder[1]);
    check_layer(DECODER(""), GD_COUNT_OF(decoder_names), decoder_names, decoder[0]);
    check_layer(DECODER(", norm_first: true, activation: gelu"), GD_COUNT_OF(decoder_names), decoder_names, decoder[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpt2_is_as_pytorchs),
        cmocka_unit_test(published_files_load),
        cmocka_unit_test(layers_are_as_pytorchs),
    };
    return cmocka_run_group_tests_name("zoo of sequences", tests, NULL, NULL);
}
