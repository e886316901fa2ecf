// Where gradient descent is slow: a curved valley, and features of unlike sizes. L-BFGS learns the curvature from the
// slopes it has seen, and takes it into account.
#include <math.h>

#include "course.h"

enum { MOST = 20000 };

// The loss at the start (0) and after each iteration, and the first two variables.
typedef struct trace {
    int count;
    gd_tensor w[2];
    double iteration[MOST + 1], loss[MOST + 1], x[MOST + 1], y[MOST + 1];
} trace;

static int remember(void *user, int iteration, double loss, double gradient_norm)
{
    trace *t = user;
    (void)gradient_norm;
    if (t->count > MOST)
        return 1;
    t->iteration[t->count] = iteration;
    t->loss[t->count] = loss;
    gd_status status = course_number(t->w[0], &t->x[t->count]);
    if (status == GD_OK)
        status = course_number(t->w[1], &t->y[t->count]);
    t->count++;
    return status != GD_OK;
}

static gd_status run_descent(gd_tensor loss, double rate, int steps, trace *t)
{
    gd_function *step = gd_training_step(loss, gd_gradient_descent(rate)); // its result is the loss before the step
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i <= steps; i++) {
        double before = 0, x = 0, y = 0;
        gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &before);
        status = course_number(t->w[0], &x);
        if (status == GD_OK)
            status = course_number(t->w[1], &y);
        if (status == GD_OK)
            status = gd_function_run(step, 0, NULL, &result);
        t->iteration[i] = i, t->loss[i] = before, t->x[i] = x, t->y[i] = y;
        t->count = i + 1;
    }
    gd_function_free(step);
    return status;
}

static gd_status run_lbfgs(gd_tensor loss, trace *t)
{
    gd_lbfgs_result result;
    t->count = 0;
    if (remember(t, 0, gd_value(loss), 0) != 0)
        return GD_ERROR_ARGUMENT;
    gd_status status = gd_lbfgs(
        loss, (gd_lbfgs_opts){.iterations = 200, .tolerance = 1e-9, .user = t, .on_iteration = remember}, &result);
    if (status == GD_OK)
        printf("  L-BFGS: %d iterations, %d evaluations, loss %.2e; %s\n", result.iterations, result.evaluations,
               result.loss, result.reason);
    return status;
}

// ---- Rosenbrock's valley (1960): (1 - x)^2 + 100 (y - x^2)^2, from (-1.2, 1) to the minimum at (1, 1)

static gd_tensor rosenbrock(gd_tensor x, gd_tensor y)
{
    return gd_add(gd_square(gd_shift(gd_neg(x), 1)), gd_scale(gd_square(gd_sub(y, gd_square(x))), 100));
}

static void draw_valley(gd_chart *chart)
{
    enum { GRID = 101 };
    static double value[GRID * GRID];
    static const double level[] = {0.5, 2, 8, 30, 100, 300, 800};
    for (int i = 0; i < GRID * GRID; i++) {
        double x = -2 + 4.0 * (i % GRID) / (GRID - 1), y = -1 + 4.0 * (i / GRID) / (GRID - 1);
        value[i] = pow(1 - x, 2) + 100 * pow(y - x * x, 2);
    }
    gd_chart_contours(chart, (gd_chart_grid){GRID, GRID, -2, 2, -1, 3, value}, 7, level);
}

static gd_tensor write_valley(gd_graph *graph, gd_tensor w[2])
{
    static const double start[] = {-1.2, 1};
    for (int k = 0; k < 2; k++) {
        w[k] = gd_variable(graph, k == 0 ? "x" : "y", GD_F64, GD_SCALAR, (gd_variable_opts){0});
        gd_array value = gd_array_borrow(GD_F64, GD_SCALAR, &start[k]);
        if (gd_variable_set(w[k], &value) != GD_OK)
            return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s", gd_last_error());
    }
    return rosenbrock(w[0], w[1]);
}

static gd_status valley(const course *options, trace *t)
{
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_chart *plane = gd_figure_chart(figure, (gd_chart_opts){.x_title = "x", .y_title = "y", .square = true});
    gd_chart *curves = gd_figure_chart(
        figure,
        (gd_chart_opts){
            .x_title = "iteration", .y_title = "loss", .log_x = true, .log_y = true, .y_from = 1e-12, .y_to = 100});
    gd_status status = GD_OK;
    draw_valley(plane);
    printf("Rosenbrock's valley\n");
    for (int method = 0; status == GD_OK && method < 2; method++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor loss = write_valley(graph, t->w);
        status = method == 0 ? run_descent(loss, 0.001, MOST, t) : run_lbfgs(loss, t);
        if (status == GD_OK && method == 0)
            printf("  gradient descent: loss %.2e after 100 steps, %.2e after 1000, %.2e after %d\n", t->loss[100],
                   t->loss[1000], t->loss[MOST], MOST);
        const char *name = method == 0 ? "gradient descent" : "L-BFGS";
        gd_chart_line(curves, name, t->count - 1, t->iteration + 1, t->loss + 1);
        for (int i = 0; method == 0 && i <= 400; i++) // every fiftieth place is enough for the eye
            t->x[i] = t->x[50 * i], t->y[i] = t->y[50 * i];
        gd_chart_path(plane, name, method == 0 ? 401 : t->count, t->x, t->y);
        gd_graph_free(graph);
    }
    gd_status written = course_figure(options, "10-beyond", figure);
    return status != GD_OK ? status : written;
}

// ---- Logistic regression on two moons, whose second feature is also given in other units

// The mean loss of sigmoid(x w + b), and the largest rate that is safe for any data: 1 / L with L <= mean |x|^2 / 4,
// where x includes the 1 of the bias.
static gd_tensor write_logistic(gd_graph *graph, double unit, gd_tensor w[2], double *rate)
{
    gd_array x = {0}, y = {0};
    gd_generate_opts opts = {.kind = GD_GENERATE_MOONS, .samples = 300, .noise = 0.2, .seed = 3};
    if (gd_generate(opts, &x, &y) != GD_OK)
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s", gd_last_error());
    double square = 1;
    for (int64_t i = 0; i < gd_array_count(&x); i++) {
        double value = gd_array_get(&x, i) * (i % 2 == 1 ? unit : 1);
        gd_array_put(&x, i, value);
        square += value * value / 300;
    }
    *rate = 4 / square;
    w[0] = gd_variable(graph, "w", GD_F64, GD_SHAPE(2, 1), (gd_variable_opts){0});
    w[1] = gd_variable(graph, "b", GD_F64, GD_SHAPE(1), (gd_variable_opts){0});
    gd_tensor z = gd_add(gd_matmul(gd_constant(graph, &x), w[0]), w[1]);
    gd_tensor loss = gd_logistic_loss(z, gd_constant(graph, &y));
    gd_array_free(&x);
    gd_array_free(&y);
    return loss;
}

static gd_status logistic(const course *options, trace *t)
{
    enum { STEPS = 10000 };
    static const char *const title[] = {"features of like size", "one feature 30 times as large"};
    gd_status status = GD_OK;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    for (int u = 0; status == GD_OK && u < 2; u++) {
        gd_chart_opts opts = {.title = title[u], .x_title = "iteration", .log_x = true, .log_y = true};
        opts.y_title = u == 0 ? "loss above the smallest" : NULL;
        opts.x_from = 1, opts.x_to = STEPS, opts.y_from = 1e-10, opts.y_to = 1;
        gd_chart *chart = gd_figure_chart(figure, opts);
        printf("logistic regression, %s\n", title[u]);
        double rate = 0, least;
        for (int method = 0; status == GD_OK && method < 2; method++) {
            gd_graph *graph = gd_graph_create();
            gd_tensor loss = write_logistic(graph, u == 0 ? 1 : 30, t[method].w, &rate);
            status = method == 0 ? run_descent(loss, rate, STEPS, &t[0]) : run_lbfgs(loss, &t[1]);
            gd_graph_free(graph);
        }
        least = status == GD_OK ? t[1].loss[t[1].count - 1] : 0;
        for (int method = 0; status == GD_OK && method < 2; method++) {
            for (int i = 0; i < t[method].count; i++)
                t[method].loss[i] -= least;
            gd_chart_line(chart, method == 0 ? "gradient descent" : "L-BFGS", t[method].count - 1,
                          t[method].iteration + 1, t[method].loss + 1);
        }
        if (status == GD_OK)
            printf("  gradient descent, rate %.3g: %.1e above that after 10 steps, %.1e after 100, %.1e after 400\n",
                   rate, t[0].loss[10], t[0].loss[100], t[0].loss[400]);
    }
    gd_status written = course_figure(options, "10-beyond-logistic", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv); // it is small anyway
    trace *t = calloc(2, sizeof *t);
    gd_status status = t != NULL ? valley(&options, t) : GD_ERROR_MEMORY;
    if (status == GD_OK)
        status = logistic(&options, t);
    free(t);
    if (status == GD_ERROR_UNSUPPORTED) { // built without liblbfgs
        printf("%s\n", gd_last_error());
        return 0;
    }
    return status == GD_OK ? 0 : course_fail();
}
