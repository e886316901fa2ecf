// Attention and positions: at once and one place at a time, with and without the matrix of weights, behind masks.
#include <gradus/ops.h>
#include <gradus/run.h>
#include <stdlib.h>

#include "cpu/compare.h"
#include "nn/options_of.h"
#include "op/expect.h"

static gd_tensor write_layer(const char *name, const char *kind, gd_tensor x, const char *settings)
{
    const gd_layer_kind *layer = gd_layer_kind_named(kind);
    if (layer == NULL)
        fail_msg("there is no layer '%s'", kind);
    void *options = options_of(layer, settings);
    const gd_tensor y = gd_layer_write(layer, 1, &x, name, options);
    free(options);
    if (gd_graph_error(y.graph) != NULL)
        fail_msg("%s: %s", kind, gd_graph_error(y.graph));
    return y;
}

static gd_array array_of_run(gd_function *function, int feeds, const gd_feed *feed)
{
    gd_array y = {0};
    if (function == NULL || gd_function_run(function, feeds, feed, &y) != GD_OK)
        fail_msg("%s", gd_last_error());
    return y;
}

// ---- Generating

enum { SAMPLES = 2, PLACES = 7, FEATURES = 8 };

// Embedded places, a causal attention with its projections, and one without, with dense layers around it.
static gd_tensor write_network(gd_tensor x, const char *kind, const char *rotary, const char *cache)
{
    char settings[100];
    snprintf(settings, sizeof settings, "kind=%s%s", kind, cache);
    x = write_layer("wpe", "positional", x, settings);
    snprintf(settings, sizeof settings, "heads=2 causal=1%s%s", rotary, cache);
    x = gd_add(x, write_layer("first", "attention", x, settings));
    gd_tensor y = write_layer("c_attn", "dense", x, "units=24");
    y = write_layer("second", "attend", y, settings);
    return gd_add(x, write_layer("c_proj", "dense", y, "units=8"));
}

// The function writes what the layers ask for at the end of each run, as training would.
static gd_function *stepping(gd_graph *graph, gd_tensor y)
{
    gd_assignment assignment[16];
    int count = 0;
    for (int i = 0; i < gd_variable_count(graph); i++) {
        const gd_tensor variable = gd_variable_at(graph, i), value = gd_updated(variable);
        if (value.node != variable.node)
            assignment[count++] = (gd_assignment){variable, value};
    }
    assert_int_equal(count, 7);
    return gd_function_create(graph, 1, &y, (gd_function_opts){.assignment_count = count, .assignment = assignment});
}

static void check_generating(const char *kind, const char *rotary)
{
    gd_graph *whole = gd_graph_create(), *steps = gd_graph_create();
    const gd_tensor x = gd_input(whole, "x", GD_F32, GD_SHAPE(SAMPLES, PLACES, FEATURES));
    const gd_tensor one = gd_input(steps, "x", GD_F32, GD_SHAPE(SAMPLES, 1, FEATURES));
    const gd_tensor y = write_network(x, kind, rotary, ""), y_one = write_network(one, kind, rotary, " cache=7");
    for (int i = 0; i < gd_variable_count(whole); i++) {
        gd_array value;
        const gd_tensor variable = gd_variable_at(whole, i);
        assert_int_equal(gd_variable_get(variable, &value), GD_OK);
        assert_int_equal(gd_variable_set(gd_variable_find(steps, gd_variable_name(variable)), &value), GD_OK);
        gd_array_free(&value);
    }
    gd_array all = random_array(GD_F32, GD_SHAPE(SAMPLES, PLACES, FEATURES), -1, 1, 5), place;
    assert_int_equal(gd_array_create(&place, GD_F32, GD_SHAPE(SAMPLES, 1, FEATURES)), GD_OK);
    gd_function *at_once = gd_function_create(whole, 1, &y, (gd_function_opts){0}),
                *one_by_one = stepping(steps, y_one);
    gd_array want = array_of_run(at_once, 1, &(gd_feed){x, all});
    for (int64_t t = 0; t < PLACES; t++) {
        for (int64_t n = 0; n < SAMPLES; n++)
            for (int64_t i = 0; i < FEATURES; i++)
                gd_array_put(&place, n * FEATURES + i, gd_array_get(&all, (n * PLACES + t) * FEATURES + i));
        gd_array have = array_of_run(one_by_one, 1, &(gd_feed){one, place});
        for (int64_t n = 0; n < SAMPLES; n++)
            for (int64_t i = 0; i < FEATURES; i++)
                expect_near(gd_array_get(&have, n * FEATURES + i), gd_array_get(&want, (n * PLACES + t) * FEATURES + i),
                            2e-6);
        gd_array_free(&have);
    }
    gd_array_free(&all);
    gd_array_free(&place);
    gd_array_free(&want);
    gd_function_free(at_once);
    gd_function_free(one_by_one);
    gd_graph_free(whole);
    gd_graph_free(steps);
}

static void one_place_at_a_time(void **state)
{
    (void)state;
    check_generating("learned", "");
    check_generating("sinusoidal", "");
    check_generating("learned", " rotary=10000");
}

// Of more places than the cache has, the last ones are attended to.
static void a_full_cache_slides(void **state)
{
    (void)state;
    enum { CACHE = 3, STEPS = 8 };
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(1, 1, 6));
    const gd_tensor y = write_layer("a", "attend", x, "causal=1 cache=3"); // q, k = 0; v
    gd_assignment assignment[3];
    static const char *const name[] = {"a.keys", "a.values", "a.position"};
    for (int i = 0; i < 3; i++) {
        const gd_tensor variable = gd_variable_find(graph, name[i]);
        assignment[i] = (gd_assignment){variable, gd_updated(variable)};
    }
    gd_function *function =
        gd_function_create(graph, 1, &y, (gd_function_opts){.assignment_count = 3, .assignment = assignment});
    gd_array place;
    assert_int_equal(gd_array_create(&place, GD_F32, GD_SHAPE(1, 1, 6)), GD_OK);
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 6; i++)
            gd_array_put(&place, i, i < 4 ? 0 : t);
        gd_array have = array_of_run(function, 1, &(gd_feed){x, place});
        const int first = t < CACHE ? 0 : t - CACHE + 1;
        expect_near(gd_array_get(&have, 0), 0.5 * (first + t), 1e-6); // the mean of the values first … t
        gd_array_free(&have);
    }
    gd_array_free(&place);
    gd_function_free(function);
    gd_graph_free(graph);
}

// ---- Masks

// What stands behind the mask may be NaN; queries that see nothing get zeros; no gradient is touched by either.
static void masked_numbers_reach_nothing(void **state)
{
    (void)state;
    enum { N = 2, T = 150, E = 16 }; // more than a tile of keys
    for (int packed = 0; packed < 2; packed++) {
        gd_array value[2][3], mask, result[4] = {{0}};
        gd_graph *graph = gd_graph_create();
        gd_tensor x[3], wanted[4];
        assert_int_equal(gd_array_create(&mask, GD_BOOL, GD_SHAPE(N, T)), GD_OK);
        for (int64_t i = 0; i < N * T; i++)
            gd_array_put(&mask, i, i % T < 70 || i % T == 140);
        for (int64_t i = 0; i < T; i++) // the second sample has no key at all
            gd_array_put(&mask, T + i, 0);
        const int count = packed ? 1 : 3, width = packed ? 3 * E : E;
        for (int i = 0; i < count; i++) {
            value[0][i] = random_array(GD_F32, GD_SHAPE(N, T, width), -1, 1, (uint64_t)i + 1);
            for (int64_t j = 0; (packed || i > 0) && j < N * T * width; j++)
                if (gd_array_get(&mask, j / width) == 0)
                    gd_array_put(&value[0][i], j, NAN);
            x[i] = gd_variable(graph, (const char *[]){"q", "k", "v"}[i], GD_F32, GD_SHAPE(N, T, width),
                               (gd_variable_opts){0});
            assert_int_equal(gd_variable_set(x[i], &value[0][i]), GD_OK);
        }
        const gd_tensor key_mask = gd_constant(graph, &mask);
        const gd_attend_opts opts = {.heads = 2, .key_mask = key_mask};
        const gd_tensor y =
            packed ? gd_attend(x[0], GD_NO_TENSOR, GD_NO_TENSOR, opts) : gd_attend(x[0], x[1], x[2], opts);
        // Queries at masked places are NaN too where all is packed: nobody reads what they get.
        const gd_tensor read = gd_where(gd_expand_axis(key_mask, 2), y, gd_scalar_like(y, 0));
        wanted[0] = read;
        gd_gradients(gd_sum(gd_square(read), (gd_reduce_opts){0}), count, x, wanted + 1);
        gd_function *function = gd_function_create(graph, 1 + count, wanted, (gd_function_opts){0});
        if (function == NULL || gd_function_run(function, 0, NULL, result) != GD_OK)
            fail_msg("%s", gd_last_error());
        double sum = 0;
        for (int i = 0; i < 1 + count; i++) {
            for (int64_t j = 0; j < gd_array_count(&result[i]); j++) {
                const double number = gd_array_get(&result[i], j);
                assert_true(isfinite(number));
                if (j >= gd_array_count(&result[i]) / 2)
                    expect_near(number, 0, 0);
                sum += fabs(number);
            }
            gd_array_free(&result[i]);
        }
        assert_true(sum > 1);
        gd_function_free(function);
        gd_graph_free(graph);
        for (int i = 0; i < count; i++)
            gd_array_free(&value[0][i]);
        gd_array_free(&mask);
    }
}

// ---- Against the matrix of weights

static void the_same_as_in_steps(void **state)
{
    (void)state;
    static const struct {
        int64_t queries, keys;
        bool causal;
    } row[] = {{5, 5, true}, {300, 300, true}, {200, 330, false}, {130, 60, true}, {1, 400, false}};
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        const gd_shape queries = GD_SHAPE(2, 3, row[i].queries, 20), keys = GD_SHAPE(2, 3, row[i].keys, 20);
        const gd_tensor x[3] = {random_variable_of(graph, "q", GD_F32, queries, -2, 2, 1),
                                random_variable_of(graph, "k", GD_F32, keys, -2, 2, 2),
                                random_variable_of(graph, "v", GD_F32, keys, -2, 2, 3)};
        gd_tensor weights, result[2][4];
        for (int steps = 0; steps < 2; steps++) {
            result[steps][0] = gd_dot_product_attention(
                x[0], x[1], x[2], (gd_dot_product_opts){.causal = row[i].causal, .weights = steps ? &weights : NULL});
            gd_gradients(gd_sum(gd_square(result[steps][0]), (gd_reduce_opts){0}), 3, x, result[steps] + 1);
        }
        gd_array value[2][4] = {{{0}}};
        for (int steps = 0; steps < 2; steps++) {
            gd_function *function = gd_function_create(graph, 4, result[steps], (gd_function_opts){0});
            if (function == NULL || gd_function_run(function, 0, NULL, value[steps]) != GD_OK)
                fail_msg("%s", gd_last_error());
            gd_function_free(function);
        }
        for (int j = 0; j < 4; j++) {
            assert_true(array_distance(&value[0][j], &value[1][j], 1e-3) < 1e-5);
            gd_array_free(&value[0][j]);
            gd_array_free(&value[1][j]);
        }
        gd_graph_free(graph);
    }
}

// Lengths are a mask; by hand: at place 1, a head of two features is turned by one radian.
static void lengths_and_places(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = random_variable_of(graph, "x", GD_F32, GD_SHAPE(3, 4, 6), -1, 1, 1);
    const gd_tensor mask = CONSTANT(graph, GD_F32, GD_SHAPE(3, 4), 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0);
    const gd_tensor lengths = CONSTANT(graph, GD_I64, GD_SHAPE(3), 2, 4, 0);
    const gd_tensor both[2][2] = {{x, mask}, {x, lengths}};
    gd_array value[2];
    for (int i = 0; i < 2; i++) {
        const gd_tensor y = gd_layer_write(gd_layer_kind_named("attend"), 2, both[i], i == 0 ? "a" : "b", NULL);
        assert_int_equal(gd_eval(y, &value[i]), GD_OK);
    }
    assert_memory_equal(value[0].data, value[1].data, sizeof(float) * 24);
    for (int64_t i = 16; i < 24; i++)
        expect_near(gd_array_get(&value[0], i), 0, 0);
    gd_array_free(&value[0]);
    gd_array_free(&value[1]);
    const gd_tensor pair = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2, 4), 1, 0, 0, 2, 1, 0, 0, 2);
    EXPECT(gd_rotary(pair, 2, (gd_rotary_opts){0}), GD_SHAPE(1, 2, 4), 1, 0, 0, 2, cos(1), sin(1), -2 * sin(1),
           2 * cos(1));
    // The second pair of a head of four turns a hundredth as fast; halves belong together, or neighbours.
    EXPECT(gd_rotary(pair, 4, (gd_rotary_opts){0}), GD_SHAPE(1, 2, 4), 1, 0, 0, 2, cos(1), -2 * sin(0.01), sin(1),
           2 * cos(0.01));
    EXPECT(gd_rotary(pair, 4, (gd_rotary_opts){.interleaved = true}), GD_SHAPE(1, 2, 4), 1, 0, 0, 2, cos(1), sin(1),
           -2 * sin(0.01), 2 * cos(0.01));
    gd_graph_free(graph);
}

// Stored in bf16, queries, keys, values and gradients have 8 bits; with rotary positions, packed, masked, and grouped.
static void stored_in_bf16(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const bool packed = i % 2 == 0, masked = i > 1;
        gd_graph *graph = gd_graph_create();
        gd_array mask;
        assert_int_equal(gd_array_create(&mask, GD_BOOL, GD_SHAPE(2, 150)), GD_OK);
        for (int64_t k = 0; k < 300; k++)
            gd_array_put(&mask, k, k % 3 != 1);
        const gd_tensor x[3] = {random_variable_of(graph, "q", GD_F32, GD_SHAPE(2, 150, packed ? 128 : 64), -1, 1, 1),
                                random_variable_of(graph, "k", GD_F32, GD_SHAPE(2, 150, 32), -1, 1, 2),
                                random_variable_of(graph, "v", GD_F32, GD_SHAPE(2, 150, 32), -1, 1, 3)};
        const gd_attend_opts opts = {
            .heads = 4, .key_heads = 2, .causal = true, .key_mask = masked ? gd_constant(graph, &mask) : GD_NO_TENSOR};
        const gd_tensor turned = gd_rotary(x[0], 16, (gd_rotary_opts){.features = 64});
        gd_tensor result[4] = {packed ? gd_attend(turned, GD_NO_TENSOR, GD_NO_TENSOR, opts)
                                      : gd_attend(turned, x[1], x[2], opts)};
        const int count = packed ? 2 : 4;
        gd_gradients(gd_sum(gd_square(result[0]), (gd_reduce_opts){0}), count - 1, x, result + 1);
        gd_array value[2][4] = {{{0}}};
        for (int bf16 = 0; bf16 < 2; bf16++) {
            const gd_function_opts how = {.precision = bf16 ? GD_PRECISION_BF16 : GD_PRECISION_EXACT};
            gd_function *function = gd_function_create(graph, count, result, how);
            if (function == NULL || gd_function_run(function, 0, NULL, value[bf16]) != GD_OK)
                fail_msg("%s", gd_last_error());
            gd_function_free(function);
        }
        for (int j = 0; j < count; j++) {
            const double distance = array_distance(&value[1][j], &value[0][j], 1e-3);
            assert_true(distance > 1e-5 && distance < 2e-2);
            gd_array_free(&value[0][j]);
            gd_array_free(&value[1][j]);
        }
        gd_array_free(&mask);
        gd_graph_free(graph);
    }
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *settings;
        gd_shape shape;
        const char *words;
    } row[] = {
        {"attend", "heads=2", {3, {1, 6, 9}}, "as many as 3 times the 2 heads divide"},
        {"attend", "causal=1 cache=4", {3, {1, 2, 6}}, "with a cache, expected causal attention of (N, 1, features)"},
        {"attend", "cache=4", {3, {1, 1, 6}}, "with a cache, expected causal attention"},
        {"attention", "rotary=10000", {3, {1, 6, 5}}, "whole heads of even width"},
        {"positional", "cache=4", {3, {1, 2, 6}}, "with a cache, expected one step"},
        {"positional", "places=4", {3, {1, 5, 6}}, "more steps than the 4 places"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        const gd_layer_kind *layer = gd_layer_kind_named(row[i].layer);
        void *options = options_of(layer, row[i].settings);
        const gd_tensor x = gd_input(graph, "x", GD_F32, row[i].shape);
        expect_refusal(graph, gd_layer_write(layer, 1, &x, "layer", options), row[i].words);
        free(options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_place_at_a_time),
        cmocka_unit_test(a_full_cache_slides),
        cmocka_unit_test(masked_numbers_reach_nothing),
        cmocka_unit_test(the_same_as_in_steps),
        cmocka_unit_test(lengths_and_places),
        cmocka_unit_test(stored_in_bf16),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
