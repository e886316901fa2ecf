// Initialisers: their statistics, fans, and that the same seed and name give the same numbers.
#include <gradus/nn.h>

#include "op/expect.h"

typedef struct statistics {
    double mean, deviation, least, most;
} statistics;

static statistics of_array(const gd_array *array)
{
    int64_t count = gd_array_count(array);
    statistics s = {.least = INFINITY, .most = -INFINITY};
    for (int64_t i = 0; i < count; i++) {
        double value = gd_array_get(array, i);
        s.mean += value / (double)count;
        s.deviation += value * value / (double)count;
        s.least = fmin(s.least, value);
        s.most = fmax(s.most, value);
    }
    s.deviation = sqrt(s.deviation - s.mean * s.mean);
    return s;
}

static gd_array drawn(uint64_t seed, const char *name, gd_type type, gd_shape shape, gd_initializer initializer)
{
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, seed);
    gd_tensor variable = gd_parameter(graph, name, type, shape, initializer);
    assert_null(gd_graph_error(graph));
    gd_array array;
    assert_int_equal(gd_variable_get(variable, &array), GD_OK);
    gd_graph_free(graph);
    return array;
}

// A weight [200, 300] has fans 300 and 200; [40, 30, 5, 5] has 750 and 1000.
static void distributions(void **state)
{
    (void)state;
    const struct {
        gd_initializer initializer;
        double deviation[2]; // for the two shapes
        bool uniform;
    } rows[] = {
        {{.kind = GD_INIT_DEFAULT}, {1 / sqrt(3 * 300.0), 1 / sqrt(3 * 750.0)}, true},
        {{.kind = GD_INIT_NORMAL, .scale = 0.01}, {0.01, 0.01}, false},
        {{.kind = GD_INIT_NORMAL}, {1, 1}, false},
        {{.kind = GD_INIT_UNIFORM, .scale = 0.3}, {0.3 / sqrt(3), 0.3 / sqrt(3)}, true},
        {{.kind = GD_INIT_XAVIER_UNIFORM}, {sqrt(2 / 500.0), sqrt(2 / 1750.0)}, true},
        {{.kind = GD_INIT_XAVIER_NORMAL}, {sqrt(2 / 500.0), sqrt(2 / 1750.0)}, false},
        {{.kind = GD_INIT_HE_UNIFORM}, {sqrt(2 / 300.0), sqrt(2 / 750.0)}, true},
        {{.kind = GD_INIT_HE_NORMAL, .scale = 2}, {2 * sqrt(2 / 300.0), 2 * sqrt(2 / 750.0)}, false},
        {{.kind = GD_INIT_LECUN_UNIFORM}, {sqrt(1 / 300.0), sqrt(1 / 750.0)}, true},
        {{.kind = GD_INIT_LECUN_NORMAL}, {sqrt(1 / 300.0), sqrt(1 / 750.0)}, false},
    };
    const gd_shape shapes[2] = {GD_SHAPE(200, 300), GD_SHAPE(40, 30, 5, 5)};
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        for (int j = 0; j < 2; j++) {
            gd_array array = drawn(1, "w", GD_F32, shapes[j], rows[i].initializer);
            statistics s = of_array(&array);
            double want = rows[i].deviation[j];
            // Thirty thousand draws and more: the mean is within 5 of its deviations, want / sqrt(30000).
            expect_near(s.mean, 0, 5 * want / sqrt(30000));
            expect_near(s.deviation, want, 0.03 * want);
            if (rows[i].uniform) {
                expect_near(s.most, want * sqrt(3), 0.01 * want);
                expect_near(s.least, -want * sqrt(3), 0.01 * want);
            } else {
                assert_true(s.most > 3.5 * want && s.least < -3.5 * want);
            }
            gd_array_free(&array);
        }
    }
}

static void constants(void **state)
{
    (void)state;
    const struct {
        gd_initializer initializer;
        double value;
    } rows[] = {
        {{.kind = GD_INIT_ZEROS}, 0}, {{.kind = GD_INIT_ONES}, 1}, {{.kind = GD_INIT_CONSTANT, .value = 0.25}, 0.25}};
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_array array = drawn(1, "w", GD_F64, GD_SHAPE(3, 2), rows[i].initializer);
        for (int j = 0; j < 6; j++)
            assert_true(gd_array_get(&array, j) == rows[i].value);
        gd_array_free(&array);
    }
}

// The product of rows (or columns) of a [rows, columns] matrix with each other is `scale` squared, or 0.
static void expect_orthogonal(const gd_array *array, int64_t rows, int64_t columns, double scale)
{
    bool by_row = rows <= columns;
    int64_t count = by_row ? rows : columns, length = by_row ? columns : rows;
    for (int64_t a = 0; a < count; a++) {
        for (int64_t b = 0; b < count; b++) {
            double dot = 0;
            for (int64_t k = 0; k < length; k++)
                dot += gd_array_get(array, by_row ? a * columns + k : k * columns + a) *
                       gd_array_get(array, by_row ? b * columns + k : k * columns + b);
            expect_near(dot, a == b ? scale * scale : 0, 1e-12);
        }
    }
}

static void orthogonal(void **state)
{
    (void)state;
    gd_array wide = drawn(1, "w", GD_F64, GD_SHAPE(7, 3, 2, 2), (gd_initializer){.kind = GD_INIT_ORTHOGONAL});
    expect_orthogonal(&wide, 7, 12, 1);
    gd_array_free(&wide);
    gd_array tall = drawn(1, "w", GD_F64, GD_SHAPE(20, 20), (gd_initializer){.kind = GD_INIT_ORTHOGONAL, .scale = 1.5});
    expect_orthogonal(&tall, 20, 20, 1.5);
    gd_array_free(&tall);
    gd_array high = drawn(1, "w", GD_F64, GD_SHAPE(9, 4), (gd_initializer){.kind = GD_INIT_ORTHOGONAL});
    expect_orthogonal(&high, 9, 4, 1);
    gd_array_free(&high);
}

static bool same(gd_array *a, gd_array *b)
{
    bool equal = memcmp(a->data, b->data, gd_array_bytes(a)) == 0;
    gd_array_free(a);
    gd_array_free(b);
    return equal;
}

// Filter i lets map i through; what lies beyond the maps is drawn.
static void dirac(void **state)
{
    (void)state;
    gd_array w = drawn(1, "w", GD_F64, GD_SHAPE(3, 2, 3, 2), (gd_initializer){.kind = GD_INIT_DIRAC, .scale = 0.5});
    for (int64_t i = 0; i < 24; i++)
        assert_true(gd_array_get(&w, i) == (i == 3 || i == 21 ? 0.5 : 0));
    for (int64_t i = 24; i < 36; i++)
        assert_true(gd_array_get(&w, i) != 0);
    gd_array_free(&w);
    w = drawn(1, "w", GD_F64, GD_SHAPE(2, 3), (gd_initializer){.kind = GD_INIT_DIRAC});
    for (int64_t i = 0; i < 6; i++)
        assert_true(gd_array_get(&w, i) == (i == 0 || i == 4 ? 1 : 0));
    gd_array_free(&w);
}

static void seed_and_name_decide(void **state)
{
    (void)state;
    const gd_initializer he = {.kind = GD_INIT_HE_NORMAL};
    gd_array first = drawn(1, "conv1.weight", GD_F32, GD_SHAPE(4, 4), he);
    gd_array again = drawn(1, "conv1.weight", GD_F32, GD_SHAPE(4, 4), he);
    assert_true(same(&first, &again));
    first = drawn(1, "conv1.weight", GD_F32, GD_SHAPE(4, 4), he);
    gd_array other_seed = drawn(2, "conv1.weight", GD_F32, GD_SHAPE(4, 4), he);
    assert_false(same(&first, &other_seed));
    first = drawn(1, "conv1.weight", GD_F32, GD_SHAPE(4, 4), he);
    gd_array other_name = drawn(1, "conv2.weight", GD_F32, GD_SHAPE(4, 4), he);
    assert_false(same(&first, &other_name));
}

static void names_and_mistakes(void **state)
{
    (void)state;
    for (int i = 0; i < gd_record_count(gd_initializer_kinds()); i++) {
        const gd_record *record = gd_record_at(gd_initializer_kinds(), i);
        gd_initializer initializer;
        assert_int_equal(gd_initializer_named(record->name, &initializer), GD_OK);
        assert_ptr_equal(&initializer.kind->record, record);
    }
    gd_initializer initializer;
    assert_int_equal(gd_initializer_named("he_norml", &initializer), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_last_error(), "unknown initialiser 'he_norml', did you mean 'he_normal'?");
    assert_int_equal(gd_initialize(GD_NO_TENSOR, (gd_initializer){0}), GD_ERROR_ARGUMENT);
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_parameter(graph, "w", GD_I32, GD_SHAPE(2), (gd_initializer){0});
    expect_refusal(graph, w, "parameter 'w' is i32");
}

static void draw_places(const gd_initializer_call *call)
{
    for (int64_t i = 0; i < gd_shape_count(call->shape); i++)
        call->value[i] = (double)i * call->initializer.scale + 0 * gd_initializer_uniform(call);
}

// One of the program's own, by its name as by its record.
static void registered(void **state)
{
    (void)state;
    static const gd_initializer_kind places = {.record = {.name = "places", .doc = "0, 1, 2, …", .aliases = "counted"},
                                               .draw = draw_places};
    gd_initializer initializer;
    assert_int_equal(gd_initializer_named("Counted", &initializer), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_initializer_register(&places), GD_OK);
    assert_int_equal(gd_initializer_register(&places), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_initializer_register(NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_initializer_named("Counted", &initializer), GD_OK);
    gd_array value = drawn(1, "w", GD_F32, GD_SHAPE(3), initializer);
    for (int i = 0; i < 3; i++)
        assert_true(gd_array_get(&value, i) == i);
    gd_array_free(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributions),        cmocka_unit_test(constants),
        cmocka_unit_test(orthogonal),           cmocka_unit_test(dirac),
        cmocka_unit_test(seed_and_name_decide), cmocka_unit_test(names_and_mistakes),
        cmocka_unit_test(registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
