// Kinds of gradient descent: with batches of all samples, of some and of one; with learning rates from too small to too
// large; and with rates that decay. The model is a line, so that its cost can be drawn over both parameters.
#include <math.h>

#include "course.h"

enum { SAMPLES = 256, MOST_EPOCHS = 40, MOST_STEPS = MOST_EPOCHS * SAMPLES };

// The data, y = 2 x + 4.2 + noise, and the line w x + b that is to fit it.
typedef struct problem {
    gd_array x, y; // (SAMPLES, 1)
    gd_graph *graph;
    gd_tensor in[3]; // x and y of a batch; the learning rate
    gd_tensor w, b;
    gd_function *step;
    double least; // the smallest cost that any line has
} problem;

// Ends with a step down the slope that the batch shows: w = w - rate dJ/dw, b = b - rate dJ/db.
static gd_function *descent(gd_tensor cost, gd_tensor w, gd_tensor b, gd_tensor rate)
{
    gd_tensor slope[2];
    gd_gradients(cost, 2, (gd_tensor[]){w, b}, slope);
    gd_assignment update[] = {{w, gd_sub(w, gd_mul(rate, slope[0]))}, {b, gd_sub(b, gd_mul(rate, slope[1]))}};
    return gd_function_create(cost.graph, 1, &cost, (gd_function_opts){.assignment_count = 2, .assignment = update});
}

static double cost_of(const problem *p, double w, double b)
{
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double error = w * gd_array_get(&p->x, i) + b - gd_array_get(&p->y, i);
        sum += error * error / (2 * SAMPLES);
    }
    return sum;
}

static gd_status make_problem(problem *p)
{
    gd_generate_opts opts = {.kind = GD_GENERATE_LINEAR, .samples = SAMPLES, .features = 1, .noise = 1, .seed = 1};
    gd_status status = gd_generate(opts, &p->x, &p->y);
    if (status != GD_OK)
        return status;
    double row[2 * SAMPLES], best[2];
    for (int i = 0; i < SAMPLES; i++)
        row[2 * i] = gd_array_get(&p->x, i), row[2 * i + 1] = 1;
    status = gd_least_squares(SAMPLES, 2, 1, row, p->y.data, 0, best);
    if (status != GD_OK)
        return status;
    p->least = cost_of(p, best[0], best[1]);
    printf("least squares: y = %.3f x + %.3f, cost %.4f\n", best[0], best[1], p->least);

    p->graph = gd_graph_create();
    gd_tensor x = p->in[0] = gd_input(p->graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor y = p->in[1] = gd_input(p->graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    p->in[2] = gd_input(p->graph, "rate", GD_F64, GD_SCALAR);
    p->w = gd_variable(p->graph, "w", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    p->b = gd_variable(p->graph, "b", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor cost = gd_scale(gd_squared_error(gd_add(gd_mul(x, p->w), p->b), y), 0.5);
    p->step = descent(cost, p->w, p->b, p->in[2]);
    return p->step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
}

// One way down, and where it led: w and b before the first step and after each; the cost above the smallest one.
typedef struct descend_opts {
    int64_t batch, epochs;
    double rate, decay; // rate / (1 + decay epoch)
} descend_opts;
typedef struct trace {
    int64_t steps;
    double w[MOST_STEPS + 1], b[MOST_STEPS + 1], excess[MOST_STEPS + 1];
} trace;

static gd_status look(const problem *p, trace *t, int64_t step)
{
    gd_status status = course_number(p->w, &t->w[step]);
    if (status == GD_OK)
        status = course_number(p->b, &t->b[step]);
    t->excess[step] = cost_of(p, t->w[step], t->b[step]) - p->least;
    t->steps = step;
    return status;
}

static gd_status descend(const problem *p, descend_opts opts, trace *t)
{
    double zero = 0, rate, cost, x[SAMPLES], y[SAMPLES];
    gd_array start = gd_array_borrow(GD_F64, GD_SCALAR, &zero), result = gd_array_borrow(GD_F64, GD_SCALAR, &cost);
    gd_status status = gd_variable_set(p->w, &start);
    if (status == GD_OK)
        status = gd_variable_set(p->b, &start);
    if (status == GD_OK)
        status = look(p, t, 0);
    gd_numpy_random random;
    gd_numpy_seed(&random, 2);
    for (int64_t epoch = 0, step = 1; status == GD_OK && epoch < opts.epochs; epoch++) {
        int64_t order[SAMPLES];
        gd_numpy_permutation(&random, SAMPLES, order);
        for (int i = 0; i < SAMPLES; i++) {
            x[i] = gd_array_get(&p->x, order[i]);
            y[i] = gd_array_get(&p->y, order[i]);
        }
        rate = opts.rate / (1 + opts.decay * (double)epoch);
        for (int64_t at = 0; status == GD_OK && at < SAMPLES; at += opts.batch, step++) {
            gd_shape shape = GD_SHAPE(opts.batch, 1);
            gd_feed feed[] = {{p->in[0], gd_array_borrow(GD_F64, shape, x + at)},
                              {p->in[1], gd_array_borrow(GD_F64, shape, y + at)},
                              {p->in[2], gd_array_borrow(GD_F64, GD_SCALAR, &rate)}};
            status = gd_function_run(p->step, 3, feed, &result);
            if (status == GD_OK)
                status = look(p, t, step);
        }
    }
    return status;
}

// ---- The ways down, over the cost of all lines

static gd_status draw_paths(const problem *p, gd_figure *figure, trace *t)
{
    enum { GRID = 61 };
    static const double level[] = {0.75, 1.5, 3, 5, 8, 12, 16, 20};
    static const descend_opts way[] = {{256, 40, 0.1, 0}, {32, 5, 0.1, 0}, {1, 1, 0.1, 0}};
    static const char *const name[] = {"batch: 40 steps, 40 epochs", "mini-batch of 32: 40 steps, 5 epochs",
                                       "stochastic: 256 steps, 1 epoch"};
    static double cost[GRID * GRID];
    gd_chart_grid grid = {GRID, GRID, -1, 5, -1, 6, cost};
    for (int i = 0; i < GRID * GRID; i++)
        cost[i] = cost_of(p, -1 + 6.0 * (i % GRID) / (GRID - 1), -1 + 7.0 * (i / GRID) / (GRID - 1));
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < 3; i++) {
        gd_chart_opts opts = {.title = name[i], .x_title = "w", .y_title = "b", .width = 270, .no_legend = true};
        gd_chart *chart = gd_figure_chart(figure, opts);
        status = descend(p, way[i], t);
        gd_chart_contours(chart, grid, (int)(sizeof level / sizeof *level), level);
        gd_chart_path(chart, name[i], t->steps + 1, t->w, t->b);
    }
    return status;
}

// ---- Batch sizes

// How far a batch's slope at the start lies from that of all samples, in parts of the latter: the root of the mean
// square over the batches of an epoch.
static double slope_error(const problem *p, int64_t batch)
{
    double whole[2] = {0}, part[2] = {0}, square = 0;
    for (int64_t i = 0; i < SAMPLES; i++) { // at w = b = 0 the error of a sample is -y
        double y = gd_array_get(&p->y, i);
        whole[0] -= y * gd_array_get(&p->x, i) / SAMPLES;
        whole[1] -= y / SAMPLES;
    }
    for (int64_t i = 0; i < SAMPLES; i++) {
        double y = gd_array_get(&p->y, i);
        part[0] -= y * gd_array_get(&p->x, i) / (double)batch;
        part[1] -= y / (double)batch;
        if ((i + 1) % batch == 0) {
            square += pow(part[0] - whole[0], 2) + pow(part[1] - whole[1], 2);
            part[0] = part[1] = 0;
        }
    }
    return sqrt(square * (double)batch / SAMPLES) / hypot(whole[0], whole[1]);
}

// Means over epochs, so that the noise averages out; returns how many epochs there were.
static int64_t average_epochs(const trace *t, int64_t batch, double epoch[], double excess[])
{
    int64_t steps = SAMPLES / batch, epochs = t->steps / steps;
    epoch[0] = 0;
    excess[0] = t->excess[0];
    for (int64_t e = 1; e <= epochs; e++) {
        epoch[e] = (double)e;
        excess[e] = 0;
        for (int64_t i = 1; i <= steps; i++)
            excess[e] += t->excess[(e - 1) * steps + i] / (double)steps;
    }
    return epochs;
}

static gd_status compare_batches(const problem *p, gd_figure *figure, trace *t)
{
    static const int64_t batch[] = {1, 8, 32, 256};
    double epoch[MOST_EPOCHS + 1], excess[MOST_EPOCHS + 1], step[65];
    gd_chart_opts opts = {
        .x_title = "epoch", .y_title = "cost above the smallest", .log_y = true, .y_from = 1e-6, .y_to = 20};
    gd_chart *by_epoch = gd_figure_chart(figure, opts);
    opts.x_title = "step", opts.y_title = "";
    gd_chart *by_step = gd_figure_chart(figure, opts);
    gd_status status = GD_OK;
    for (int i = 0; i < 65; i++)
        step[i] = i;
    printf("\nbatch  steps to   error of   cost above the smallest, rate 0.1\n"
           "        an epoch  the slope  10 steps  epoch 1  epoch 3  epoch 10  epoch 30\n");
    for (int i = 0; status == GD_OK && i < 4; i++) {
        status = descend(p, (descend_opts){batch[i], MOST_EPOCHS, 0.1, 0}, t);
        int64_t epochs = average_epochs(t, batch[i], epoch, excess);
        printf("%5d  %8d  %8.0f%%  %8.3f  %7.4f  %7.4f  %8.5f  %8.5f\n", (int)batch[i], (int)(SAMPLES / batch[i]),
               100 * slope_error(p, batch[i]), t->excess[10], excess[1], excess[3], excess[10], excess[30]);
        char name[40];
        snprintf(name, sizeof name, batch[i] == 1 ? "1 sample" : "%d samples", (int)batch[i]);
        gd_chart_line(by_epoch, name, epochs + 1, epoch, excess);
        gd_chart_line(by_step, name, t->steps < 64 ? t->steps + 1 : 65, step, t->excess);
    }
    return status;
}

// ---- Learning rates, and rates that decay

static gd_status compare_decay(const problem *p, gd_figure *figure, trace *t)
{
    static const descend_opts way[] = {{8, MOST_EPOCHS, 0.3, 0}, {8, MOST_EPOCHS, 0.03, 0}, {8, MOST_EPOCHS, 0.3, 1}};
    static const char *const name[] = {"0.3", "0.03", "0.3 / (1 + epoch)"};
    gd_chart_opts opts = {.title = "batches of 8", .x_title = "epoch", .log_y = true, .y_from = 1e-6, .y_to = 1e4};
    gd_chart *chart = gd_figure_chart(figure, opts);
    double epoch[MOST_EPOCHS + 1], excess[MOST_EPOCHS + 1];
    gd_status status = GD_OK;
    printf("\nbatches of 8, rate     epoch 1   epoch 3  epoch 10  epoch 40\n");
    for (int i = 0; status == GD_OK && i < 3; i++) {
        status = descend(p, way[i], t);
        int64_t epochs = average_epochs(t, 8, epoch, excess);
        printf("%-18s %11.4f %9.4f %9.6f %9.6f\n", name[i], excess[1], excess[3], excess[10], excess[epochs]);
        gd_chart_line(chart, name[i], epochs + 1, epoch, excess);
    }
    return status;
}

static gd_status compare_rates(const problem *p, gd_figure *figure, trace *t)
{
    static const double rate[] = {0.02, 0.2, 1, 1.9, 2.1};
    gd_chart_opts opts = {.title = "all samples in a batch",
                          .x_title = "step",
                          .y_title = "cost above the smallest",
                          .log_y = true,
                          .y_from = 1e-6,
                          .y_to = 1e4};
    gd_chart *chart = gd_figure_chart(figure, opts);
    double step[MOST_EPOCHS + 1];
    gd_status status = GD_OK;
    printf("\nrate    cost above the smallest after 1, 10, 40 steps\n");
    for (int i = 0; i <= MOST_EPOCHS; i++)
        step[i] = i;
    for (int i = 0; status == GD_OK && i < 5; i++) {
        status = descend(p, (descend_opts){SAMPLES, MOST_EPOCHS, rate[i], 0}, t);
        printf("%-5g %9.2g %9.2g %9.2g\n", rate[i], t->excess[1], fmax(0, t->excess[10]), fmax(0, t->excess[40]));
        char name[40];
        snprintf(name, sizeof name, "rate %g", rate[i]);
        gd_chart_line(chart, name, t->steps + 1, step, t->excess);
    }
    return status == GD_OK ? compare_decay(p, figure, t) : status;
}

int main(int argc, char **argv)
{
    static gd_status (*const part[])(const problem *, gd_figure *, trace *) = {draw_paths, compare_batches,
                                                                               compare_rates, compare_decay};
    static const char *const figure_of[] = {"09-descent", "09-descent-batches", "09-descent-rates", "09-descent-decay"};
    course options = course_options(argc, argv); // it is small anyway
    problem p = {0};
    trace *t = calloc(1, sizeof *t);
    gd_status status = t != NULL ? make_problem(&p) : GD_ERROR_MEMORY;
    for (int i = 0; status == GD_OK && i < 3; i++) {
        gd_figure *figure = gd_figure_create((gd_figure_opts){0});
        status = part[i](&p, figure, t);
        gd_status written = course_figure(&options, figure_of[i], figure);
        status = status != GD_OK ? status : written;
    }
    gd_function_free(p.step);
    gd_graph_free(p.graph);
    gd_array_free(&p.x);
    gd_array_free(&p.y);
    free(t);
    return status == GD_OK ? 0 : course_fail();
}
