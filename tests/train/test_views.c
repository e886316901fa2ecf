// Test-time augmentation: predictions are the weighted mean over the views, metrics and loss go by it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gradus/gradus.h>
#include <math.h>

#define assert_fine(call) assert_int_equal((call), GD_OK)

enum { COUNT = 7, SIDE = 4, PIXELS = SIDE * SIDE };

// One picture after the other, no two pixels alike; y is a number a sample.
static gd_dataset *pictures(void)
{
    static float x[COUNT * PIXELS], y[COUNT];
    for (int i = 0; i < COUNT * PIXELS; i++)
        x[i] = (float)((i * 37) % 113) / 16;
    for (int i = 0; i < COUNT; i++)
        y[i] = (float)i / 2;
    const char *const name[] = {"x", "y"};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(COUNT, 1, SIDE, SIDE), x),
                              gd_array_borrow(GD_F32, GD_SHAPE(COUNT, 1), y)};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, name, array, &set));
    return set;
}

// The square of the pixel at (row, column): the mean over views is not that of the mean picture.
typedef struct {
    gd_graph *graph;
    gd_tensor answer, loss;
} network;

static network make_network(int row, int column)
{
    network n = {.graph = gd_graph_create()};
    const gd_tensor x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 1, SIDE, SIDE));
    const gd_tensor y = gd_input(n.graph, "y", GD_F32, GD_SHAPE(GD_BATCH, 1));
    const gd_tensor line = gd_reshape(gd_slice(x, 2, row, row + 1, 1), GD_SHAPE(GD_BATCH, SIDE));
    const gd_tensor pixel = gd_slice(line, 1, column, column + 1, 1);
    n.answer = gd_mul(pixel, pixel);
    n.loss = gd_squared_error(n.answer, y);
    assert_null(gd_graph_error(n.graph));
    return n;
}

static double pixel_of(const gd_dataset *set, int64_t sample, int row, int column)
{
    gd_array one = {0};
    assert_fine(gd_dataset_get(set, 0, 1, &sample, &one));
    row = row < 0 ? -row : row >= SIDE ? 2 * SIDE - 2 - row : row;
    column = column < 0 ? -column : column >= SIDE ? 2 * SIDE - 2 - column : column;
    const double value = gd_array_get(&one, row * SIDE + column);
    gd_array_free(&one);
    return value;
}

static const struct {
    gd_views views;
    int row, column;
} cases[] = {
    {{0}, 1, 2},
    {{.flip = true}, 1, 0},
    {{.shift = 1}, 0, 3}, // both edges are crossed
    {{.flip = true, .shift = 1}, 2, 1},
    {{.flip = true, .shift = 3}, 0, 0},
};

static double expected(const gd_dataset *set, int64_t sample, gd_views views, int row, int column)
{
    double sum = 0;
    for (int s = -1; s <= 1; s++)
        for (int mirrored = 0; mirrored <= views.flip; mirrored++) {
            const double weight = (views.shift == 0 ? (s == 0 ? 1 : 0) : s == 0 ? 0.5 : 0.25) / (views.flip ? 2 : 1);
            const int shift = s * (int)views.shift;
            const double p = pixel_of(set, sample, row + shift, (mirrored ? SIDE - 1 - column : column) + shift);
            sum += weight * p * p;
        }
    return sum;
}

static void predictions_are_means_over_views(void **state)
{
    (void)state;
    gd_dataset *set = pictures();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        network n = make_network(cases[c].row, cases[c].column);
        gd_array answer = {0};
        // Batches of 3, 3 and 1.
        assert_fine(gd_predict(1, &n.answer, set, (gd_evaluate_opts){.batch = 3, .views = cases[c].views}, &answer));
        for (int64_t i = 0; i < COUNT; i++)
            assert_true(fabs(gd_array_get(&answer, i) -
                             expected(set, i, cases[c].views, cases[c].row, cases[c].column)) < 1e-4);
        gd_array_free(&answer);
        gd_graph_free(n.graph);
    }
    gd_dataset_free(set);
}

static void metrics_go_by_the_means(void **state)
{
    (void)state;
    gd_dataset *set = pictures();
    network n = make_network(1, 1);
    const gd_views views = {.flip = true, .shift = 1};
    const gd_metric metric = {.name = "mean_absolute_error", .kind = gd_metric_kind_named("mean_absolute_error")};
    const gd_evaluate_opts opts = {.batch = 4,
                                   .views = views,
                                   .metric_count = 1,
                                   .metric = &metric,
                                   .scoring = {.task = &gd_task_regression, .prediction = n.answer, .target = "y"}};
    gd_evaluation result;
    assert_fine(gd_evaluate(n.loss, set, opts, &result));
    double error = 0;
    for (int64_t i = 0; i < COUNT; i++)
        error += fabs(expected(set, i, views, 1, 1) - (double)i / 2);
    assert_true(fabs(result.metric[0] - error / COUNT) < 1e-4);
    assert_true(isfinite(result.loss) && result.loss > 0);
    gd_graph_free(n.graph);
    gd_dataset_free(set);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    gd_dataset *set = pictures();
    network n = make_network(0, 0);
    gd_array answer = {0};
    const gd_views wrong[] = {{.shift = -1}, {.shift = SIDE}};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gd_predict(1, &n.answer, set, (gd_evaluate_opts){.views = wrong[i]}, &answer),
                         GD_ERROR_ARGUMENT);
        assert_non_null(strstr(gd_last_error(), "views"));
    }
    // A network of rows of numbers has no views.
    static float rows[COUNT * 3];
    const char *const name[] = {"r"};
    const gd_array array = gd_array_borrow(GD_F32, GD_SHAPE(COUNT, 3), rows);
    gd_dataset *table;
    assert_fine(gd_dataset_from_arrays(1, name, &array, &table));
    const gd_tensor r = gd_relu(gd_input(n.graph, "r", GD_F32, GD_SHAPE(GD_BATCH, 3)));
    assert_int_equal(gd_predict(1, &r, table, (gd_evaluate_opts){.views = {.flip = true}}, &answer), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "no pictures"));
    gd_dataset_free(table);
    gd_graph_free(n.graph);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_are_means_over_views),
        cmocka_unit_test(metrics_go_by_the_means),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
