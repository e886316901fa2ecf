// A penalty with a corner: linear regression with L1, where most weights shall be exactly zero. The gradient's step is
// followed by a soft threshold (ISTA), with momentum of the right kind (FISTA); going down the slope of |w| never
// arrives.
#include <math.h>

#include "course.h"

enum { SAMPLES = 80, FEATURES = 200, USED = 8, STEPS = 3000 };
static const double l1 = 0.05;

typedef struct problem {
    double x[SAMPLES * FEATURES], y[SAMPLES], truth[FEATURES];
    double curvature; // the largest of the squared error: the largest eigenvalue of X'X / n
    double least;     // the smallest objective
} problem;

// v = X'X v / n
static void multiply(const problem *p, double v[FEATURES])
{
    double xv[SAMPLES] = {0};
    for (int i = 0; i < SAMPLES; i++)
        for (int j = 0; j < FEATURES; j++)
            xv[i] += p->x[i * FEATURES + j] * v[j];
    for (int j = 0; j < FEATURES; j++) {
        v[j] = 0;
        for (int i = 0; i < SAMPLES; i++)
            v[j] += p->x[i * FEATURES + j] * xv[i] / SAMPLES;
    }
}

// Fewer samples than features; neighbouring features are alike. Only every 25th has an influence.
static void make_problem(problem *p)
{
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    for (int j = 0; j < FEATURES; j++)
        p->truth[j] = j % (FEATURES / USED) == 12 ? (j % 2 == 0 ? 2 : -1) : 0;
    for (int i = 0; i < SAMPLES; i++) {
        double *row = &p->x[i * FEATURES];
        p->y[i] = 0.1 * gd_numpy_normal(&random);
        for (int j = 0; j < FEATURES; j++) {
            row[j] = (j == 0 ? 0 : 0.8 * row[j - 1]) + 0.6 * gd_numpy_normal(&random);
            p->y[i] += p->truth[j] * row[j];
        }
    }
    double v[FEATURES], length = 0;
    for (int j = 0; j < FEATURES; j++)
        v[j] = 1;
    for (int round = 0; round < 200; round++) { // the power method
        multiply(p, v);
        length = 0;
        for (int j = 0; j < FEATURES; j++)
            length += v[j] * v[j];
        length = sqrt(length);
        for (int j = 0; j < FEATURES; j++)
            v[j] /= length;
    }
    p->curvature = length;
}

// |X w - y|^2 / 2n, and what is to be as small as possible, that and l1 |w|.
static gd_tensor squared_error(const problem *p, gd_tensor w)
{
    gd_array x = gd_array_borrow(GD_F64, GD_SHAPE(SAMPLES, FEATURES), p->x);
    gd_array y = gd_array_borrow(GD_F64, GD_SHAPE(SAMPLES, 1), p->y);
    gd_tensor error = gd_sub(gd_matmul(gd_constant(w.graph, &x), w), gd_constant(w.graph, &y));
    return gd_scale(gd_sum(gd_square(error), (gd_reduce_opts){0}), 0.5 / SAMPLES);
}

static gd_tensor objective(const problem *p, gd_tensor w)
{
    return gd_add(squared_error(p, w), gd_scale(gd_sum(gd_abs(w), (gd_reduce_opts){0}), l1));
}

// Takes the steps; values[i] is the objective after i of them, and w the last weights.
static gd_status minimise(const problem *p, gd_rule rule, int steps, double values[], double w[FEATURES])
{
    gd_graph *graph = gd_graph_create();
    gd_tensor weights = gd_variable(graph, "w", GD_F64, GD_SHAPE(FEATURES, 1), (gd_variable_opts){0});
    const bool is_fista = rule.kind == gd_fista(1, l1).kind, proximal = is_fista || rule.kind == gd_ista(1, l1).kind;
    gd_function *step = gd_training_step(proximal ? squared_error(p, weights) : objective(p, weights), rule);
    // FISTA's w is where the next slope is taken, a little ahead; its solution so far is w.shrunk.
    gd_tensor solution = is_fista ? gd_variable_find(graph, "w.shrunk") : weights;
    gd_tensor value = objective(p, solution);
    gd_function *measure = gd_function_create(graph, 1, &value, (gd_function_opts){0});
    gd_status status = step != NULL && measure != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i <= steps; i++) {
        double loss;
        gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &values[i]);
        status = gd_function_run(measure, 0, NULL, &result);
        result = gd_array_borrow(GD_F64, GD_SCALAR, &loss);
        if (status == GD_OK && i < steps)
            status = gd_function_run(step, 0, NULL, &result);
    }
    gd_array last = {0};
    if (status == GD_OK)
        status = gd_variable_get(solution, &last);
    for (int j = 0; status == GD_OK && j < FEATURES; j++)
        w[j] = gd_array_get(&last, j);
    gd_array_free(&last);
    gd_function_free(step);
    gd_function_free(measure);
    gd_graph_free(graph);
    return status;
}

// ---- Figures

static void draw_threshold(gd_chart *chart)
{
    enum { POINTS = 61 };
    double v[POINTS], s[POINTS];
    for (int i = 0; i < POINTS; i++) {
        v[i] = 0.1 * (i - POINTS / 2);
        s[i] = copysign(fmax(fabs(v[i]) - 1, 0), v[i]);
    }
    gd_chart_line(chart, "v", POINTS, v, v);
    gd_chart_line(chart, "S(v, 1)", POINTS, v, s);
}

// What theory promises: L |w|^2 / 2k for ISTA and 2 L |w|^2 / (k + 1)^2 for FISTA, where w is the solution.
static void draw_bounds(const problem *p, gd_chart *chart, const double w[FEATURES])
{
    double square = 0, k[STEPS], slow[STEPS], fast[STEPS];
    for (int j = 0; j < FEATURES; j++)
        square += w[j] * w[j];
    for (int i = 0; i < STEPS; i++) {
        k[i] = i + 1;
        slow[i] = p->curvature * square / (2 * k[i]);
        fast[i] = 2 * p->curvature * square / ((k[i] + 1) * (k[i] + 1));
    }
    gd_chart_line(chart, "bound 1/k", STEPS, k, slow);
    gd_chart_line(chart, "bound 1/k²", STEPS, k, fast);
}

static void draw_weights(gd_figure *figure, const char *title, const double w[FEATURES])
{
    double number[FEATURES];
    for (int j = 0; j < FEATURES; j++)
        number[j] = j;
    gd_chart_opts opts = {.title = title, .x_title = "feature", .width = 270, .height = 200, .no_legend = true};
    opts.x_to = FEATURES, opts.y_from = -1.5, opts.y_to = 2.5;
    gd_chart_points(gd_figure_chart(figure, opts), "weight", FEATURES, number, w);
}

// ---- Three ways

static void print_run(const problem *p, const char *name, const double values[], const double w[FEATURES], int steps)
{
    int zeros = 0, found = 0;
    for (int j = 0; j < FEATURES; j++) {
        zeros += w[j] == 0;
        found += w[j] != 0 && p->truth[j] != 0;
    }
    printf("%-14s", name);
    for (int k = 10; k <= 1000; k *= 10)
        if (k <= steps)
            printf("  %9.1e", values[k] - p->least);
    printf("  %5d  %2d of %d\n", zeros, found, USED);
}

static gd_status compare(problem *p, int steps, gd_figure *curves, gd_figure *weights)
{
    static double value[STEPS + 1], k[STEPS + 1], w[FEATURES];
    const double rate = 1 / p->curvature;
    const gd_rule rule[] = {gd_fista(rate, l1), gd_ista(rate, l1), gd_gradient_descent(rate)};
    static const char *const name[] = {"FISTA", "ISTA", "slope of |w|"};
    gd_chart_opts opts = {.title = "soft threshold", .x_title = "v", .width = 300};
    draw_threshold(gd_figure_chart(curves, opts));
    opts = (gd_chart_opts){.title = "objective above the smallest", .x_title = "step", .log_x = true, .log_y = true};
    opts.y_from = 1e-8, opts.y_to = 1e3;
    gd_chart *chart = gd_figure_chart(curves, opts);
    draw_weights(weights, "truth", p->truth);
    gd_status status = minimise(p, rule[0], STEPS, value, w); // to the end, for the smallest value
    p->least = value[STEPS];
    printf("steps                 10        100       %s  zeros  found\n", steps >= 1000 ? "1000" : "    ");
    for (int i = 0; status == GD_OK && i < 3; i++) {
        status = minimise(p, rule[i], steps, value, w);
        print_run(p, name[i], value, w, steps);
        for (int j = 0; j <= steps; j++)
            k[j] = j, value[j] -= p->least;
        gd_chart_line(chart, name[i], steps, k + 1, value + 1);
        if (i == 0)
            draw_bounds(p, chart, w);
        if (i == 0)
            draw_weights(weights, "L1", w);
    }
    if (status == GD_OK) // least squares has no single solution here; a tiny ridge takes the shortest
        status = gd_least_squares(SAMPLES, FEATURES, 1, p->x, p->y, 1e-6, w);
    draw_weights(weights, "least squares", w);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    static problem p;
    make_problem(&p);
    gd_figure *curves = gd_figure_create((gd_figure_opts){.columns = 2}),
              *weights = gd_figure_create((gd_figure_opts){0});
    gd_status status = compare(&p, options.small ? 100 : STEPS, curves, weights);
    gd_status written = course_figure(&options, "10-lasso", curves);
    gd_status written_too = course_figure(&options, "10-lasso-weights", weights);
    status = status != GD_OK ? status : written != GD_OK ? written : written_too;
    return status == GD_OK ? 0 : course_fail();
}
