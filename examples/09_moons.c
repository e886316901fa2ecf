// Andrew Ng's exercise on optimisation: two moons, 2-5-2-1, mini-batches of 64, 10000 epochs at the rate 0.0007, by
// gradient descent, momentum, RMSprop and Adam. Double precision and NumPy's generator: the numbers are the course's.
#include <math.h>

#include "course.h"

enum { POINTS = 300, BATCH = 64, BINS = 100 };

typedef struct named_rule {
    const char *name;
    gd_rule rule;
} named_rule;

// Ng's form of momentum, v = beta v + (1 - beta) dw: an average of slopes. Its first values are too small, unless they
// are divided by 1 - beta^t.
static gd_status averaging(double rate, double beta, bool corrected, gd_rule *rule)
{
    *rule = gd_momentum(rate, beta);
    gd_status status = gd_rule_set_word(rule, "form", "averaging");
    return status == GD_OK ? gd_rule_set(rule, "bias_correction", corrected) : status;
}

// RMSprop as that course has it.
static gd_status rmsprop(double rate, double beta, gd_rule *rule)
{
    *rule = gd_rmsprop(rate);
    return gd_rule_set(rule, "decay", beta);
}

static gd_tensor logit(gd_tensor x)
{
    static const int64_t units[] = {5, 2, 1};
    static const char *const name[] = {"fc1", "fc2", "fc3"};
    gd_numpy_random random;
    gd_numpy_seed(&random, 3);
    gd_tensor a = x;
    for (int l = 0; l < 3; l++) {
        double he = sqrt(2.0 / (double)gd_tensor_dim(a, -1));
        gd_tensor z = course_dense(a, name[l], units[l], &random, he);
        a = l < 2 ? gd_relu(z) : z;
    }
    return a;
}

// One epoch in an order of its own; *cost becomes that of its last batch, as the course prints it.
static gd_status run_epoch(gd_function *step, const gd_tensor in[2], const gd_array data[2], int epoch, double *cost)
{
    int64_t order[POINTS];
    double x[2 * POINTS], y[POINTS];
    gd_numpy_random random;
    gd_numpy_seed(&random, (uint32_t)(11 + epoch));
    gd_numpy_permutation(&random, POINTS, order);
    for (int i = 0; i < POINTS; i++) {
        x[2 * i] = gd_array_get(&data[0], 2 * order[i]);
        x[2 * i + 1] = gd_array_get(&data[0], 2 * order[i] + 1);
        y[i] = gd_array_get(&data[1], order[i]);
    }
    gd_status status = GD_OK;
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, cost);
    for (int64_t at = 0; status == GD_OK && at < POINTS; at += BATCH) {
        int64_t count = at + BATCH <= POINTS ? BATCH : POINTS - at; // the last batch is smaller
        gd_feed feed[] = {{in[0], gd_array_borrow(GD_F64, GD_SHAPE(count, 2), x + 2 * at)},
                          {in[1], gd_array_borrow(GD_F64, GD_SHAPE(count, 1), y + at)}};
        status = gd_function_run(step, 2, feed, &result);
    }
    return status;
}

static gd_status train(const named_rule *r, int epochs, const gd_array data[2], gd_chart *costs, gd_figure *planes)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor in[] = {gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2)),
                      gd_input(graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1))};
    gd_tensor z = logit(in[0]), correct = gd_accuracy(z, in[1]);
    gd_function *step = gd_training_step(gd_logistic_loss(z, in[1]), r->rule);
    gd_function *measure = gd_function_create(graph, 1, &correct, (gd_function_opts){0});
    gd_status status = step != NULL && measure != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    double at[BINS], mean[BINS] = {0}, cost = 0, accuracy = 0;
    printf("%-20s", r->name);
    for (int e = 0; status == GD_OK && e < epochs; e++) {
        int bin = (int)((int64_t)e * BINS / epochs);
        status = run_epoch(step, in, data, e, &cost);
        at[bin] = e;
        mean[bin] += cost * BINS / epochs;
        if (e == 0 || e == 1000 || e == 9000)
            printf("  %.6f", cost);
    }
    gd_array result = gd_array_borrow(GD_F64, GD_SCALAR, &accuracy);
    if (status == GD_OK)
        status = gd_function_run(measure, 2, (gd_feed[]){{in[0], data[0]}, {in[1], data[1]}}, &result);
    printf("  %9.2f%%\n", 100 * accuracy);
    gd_chart_line(costs, r->name, BINS, at, mean);
    if (status == GD_OK && planes != NULL) {
        char title[80];
        snprintf(title, sizeof title, "%s: %.0f%%", r->name, 100 * accuracy);
        gd_chart *chart = gd_figure_chart(planes, (gd_chart_opts){.title = title, .square = true, .no_legend = true});
        status = course_boundary(chart, gd_sigmoid(z), in[0], 2.5, &data[0], &data[1]);
    }
    gd_function_free(step);
    gd_function_free(measure);
    gd_graph_free(graph);
    return status;
}

int main(int argc, char **argv)
{
    named_rule rule[] = {{.name = "gradient descent", .rule = gd_gradient_descent(0.0007)},
                         {.name = "momentum"},
                         {.name = "momentum, corrected"},
                         {.name = "RMSprop"},
                         {.name = "Adam", .rule = gd_adam(0.0007)}};
    course options = course_options(argc, argv);
    int epochs = options.small ? 1001 : 10000;
    gd_array data[2] = {{0}, {0}};
    gd_generate_opts opts = {.kind = GD_GENERATE_MOONS, .samples = POINTS, .noise = 0.2, .seed = 3};
    gd_status status = gd_generate(opts, &data[0], &data[1]);
    if (status == GD_OK)
        status = averaging(0.0007, 0.9, false, &rule[1].rule);
    if (status == GD_OK)
        status = averaging(0.0007, 0.9, true, &rule[2].rule);
    if (status == GD_OK)
        status = rmsprop(0.0007, 0.999, &rule[3].rule);
    gd_figure *curves = gd_figure_create((gd_figure_opts){0});
    gd_figure *planes = gd_figure_create((gd_figure_opts){.columns = 4});
    gd_chart *costs = gd_figure_chart(
        curves, (gd_chart_opts){.x_title = "epoch", .y_title = "cost", .x_to = epochs, .y_to = 0.8, .width = 460});
    printf("cost at epoch             %8s  %8s  %8s    accuracy\n", "0", "1000", options.small ? "" : "9000");
    for (int i = 0; status == GD_OK && i < 5; i++)
        status = train(&rule[i], epochs, data, costs, i == 2 ? NULL : planes);
    gd_array_free(&data[0]);
    gd_array_free(&data[1]);
    gd_status written = course_figure(&options, "09-moons-costs", curves);
    gd_status written_too = course_figure(&options, "09-moons", planes);
    status = status != GD_OK ? status : written != GD_OK ? written : written_too;
    return status == GD_OK ? 0 : course_fail();
}
