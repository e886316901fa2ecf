// Who is admitted to college: one sigmoid unit without a bias, squared error, full-batch gradient descent.
#include "golden/course.h"

enum { ROWS = 400, TRAIN = 360, TEST = ROWS - TRAIN, FEATURES = 6, EPOCHS = 1000 };

// The deviation divides by ROWS - 1.
static double standardised(const double *column, int stride, int row)
{
    double mean = 0, square = 0;
    for (int i = 0; i < ROWS; i++)
        mean += column[i * stride] / ROWS;
    for (int i = 0; i < ROWS; i++)
        square += (column[i * stride] - mean) * (column[i * stride] - mean);
    return (column[row * stride] - mean) / sqrt(square / (ROWS - 1));
}

// The file's columns are admit, gre, gpa, rank; features are gre, gpa and rank as one of four.
static void read_row(const course_set *file, int row, course_set *set, int at)
{
    const double *value = file->x.data, *rank = file->y.data;
    double *x = (double *)set->x.data + (ptrdiff_t)at * FEATURES, *y = set->y.data;
    y[at] = value[3 * row];
    x[0] = standardised(value + 1, 3, row);
    x[1] = standardised(value + 2, 3, row);
    for (int i = 1; i <= 4; i++)
        x[1 + i] = rank[row] == i ? 1 : 0;
}

// Nine tenths drawn without replacement, as the course's data.sample; the others stay in order.
static void split(const course_set *file, course_set *train, course_set *test)
{
    int64_t order[ROWS];
    bool drawn[ROWS] = {false};
    gd_numpy_random random;
    gd_numpy_seed(&random, 42);
    gd_numpy_permutation(&random, ROWS, order);
    for (int i = 0; i < TRAIN; i++) {
        read_row(file, (int)order[i], train, i);
        drawn[order[i]] = true;
    }
    for (int row = 0, at = 0; row < ROWS; row++)
        if (!drawn[row])
            read_row(file, row, test, at++);
}

static gd_tensor start_weights(gd_graph *graph)
{
    double weight[FEATURES];
    gd_numpy_random random;
    gd_numpy_seed(&random, 42);
    gd_numpy_normals(&random, FEATURES, weight);
    for (int i = 0; i < FEATURES; i++)
        weight[i] *= 1 / sqrt(FEATURES);
    return variable_with(graph, "w", array_of(GD_SHAPE(FEATURES, 1), weight));
}

typedef struct unit {
    gd_graph *graph;
    gd_tensor x, y;
    gd_function *step, *loss, *predict;
} unit;

// The course steps along half the gradient of the mean squared error.
static unit unit_create(void)
{
    unit u = {.graph = gd_graph_create()};
    u.x = gd_input(u.graph, "x", GD_F64, GD_SHAPE(GD_BATCH, FEATURES));
    u.y = gd_input(u.graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor w = start_weights(u.graph), output = gd_sigmoid(gd_matmul(u.x, w)), dw;
    gd_tensor loss = gd_squared_error(output, u.y);
    gd_gradients(gd_scale(loss, 0.5), 1, &w, &dw);
    gd_rule rule = gd_gradient_descent(0.5);
    gd_assignment_list list = {0};
    assert_ok(gd_rule_assignments(&rule, u.graph, gd_scalar_like(w, 0.5), gd_scalar_like(w, 1), 1, &w, &dw, &list));
    gd_function_opts opts = {.training = true, .assignment = list.assignment, .assignment_count = list.count};
    u.step = gd_function_create(u.graph, 1, &loss, opts);
    u.loss = gd_function_create(u.graph, 1, &loss, (gd_function_opts){0});
    u.predict = gd_function_create(u.graph, 1, &output, (gd_function_opts){0});
    assert_true(u.step != NULL && u.loss != NULL && u.predict != NULL);
    gd_assignment_list_free(&list);
    return u;
}

static void unit_free(unit *u)
{
    gd_function_free(u->step);
    gd_function_free(u->loss);
    gd_function_free(u->predict);
    gd_graph_free(u->graph);
}

static double run(const unit *u, gd_function *function, const course_set *set)
{
    const gd_feed feed[] = {{u->x, set->x}, {u->y, set->y}};
    double value = 0;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &value);
    assert_ok(gd_function_run(function, COUNT_OF(feed), feed, &result));
    return value;
}

static int correct(const unit *u, const course_set *set)
{
    const gd_feed feed = {u->x, set->x};
    gd_array output = {0};
    assert_ok(gd_function_run(u->predict, 1, &feed, &output));
    int count = 0;
    for (int64_t i = 0; i < gd_array_count(&output); i++)
        count += (gd_array_get(&output, i) > 0.5) == (gd_array_get(&set->y, i) > 0.5);
    gd_array_free(&output);
    return count;
}

// The course prints a tenth of its losses, each after the update: those of epochs 0, 100, … 900.
static void one_unit(void **state)
{
    (void)state;
    course_set file = course_read_csv("admissions/admissions.csv");
    course_set train = course_set_create(TRAIN, FEATURES), test = course_set_create(TEST, FEATURES);
    assert_int_equal(gd_array_count(&file.y), ROWS);
    split(&file, &train, &test);
    unit u = unit_create();
    const course_cost costs[] = {{0, "0.2627609385"}, {900, "0.1970300580"}};
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        run(&u, u.step, &train);
        course_check_cost(epoch, run(&u, u.loss, &train), COUNT_OF(costs), costs);
    }
    assert_int_equal(correct(&u, &test), 29); // 72.5%
    unit_free(&u);
    course_set_free(&file);
    course_set_free(&train);
    course_set_free(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_unit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
