// Rules that remember the slopes before: what an average of the past is, with and without the correction of its bias;
// and the paths of all rules over two surfaces, which 09-rules.html shows as they go.
#include <math.h>

#include "course.h"

// ---- Averages that forget: v = beta v + (1 - beta) g

static gd_status averages(const course *options)
{
    enum { DAYS = 180, BETAS = 2 };
    static const double beta[BETAS] = {0.9, 0.98};
    double day[DAYS], g[DAYS], v[DAYS], corrected[DAYS];
    gd_numpy_random random;
    gd_numpy_seed(&random, 4);
    for (int t = 0; t < DAYS; t++) {
        day[t] = t + 1;
        g[t] = 10 + 8 * sin(0.0175 * (t + 1)) + 2 * gd_numpy_normal(&random);
    }
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    printf("an average of the past     day 1   day 10   day 50\n");
    for (int k = 0; k < BETAS; k++) {
        double average = 0;
        for (int t = 0; t < DAYS; t++) {
            average = beta[k] * average + (1 - beta[k]) * g[t];
            v[t] = average;
            corrected[t] = average / (1 - pow(beta[k], t + 1));
        }
        char title[40];
        snprintf(title, sizeof title, "beta = %g", beta[k]);
        gd_chart *chart =
            gd_figure_chart(figure, (gd_chart_opts){.title = title, .x_title = "day", .x_to = DAYS, .y_to = 25});
        gd_chart_points(chart, "measured", DAYS, day, g);
        gd_chart_line(chart, "average", DAYS, day, v);
        gd_chart_line(chart, "corrected", DAYS, day, corrected);
        printf("beta %.2f               %8.2f %8.2f %8.2f\n", beta[k], v[0], v[9], v[49]);
        printf("beta %.2f, corrected    %8.2f %8.2f %8.2f\n", beta[k], corrected[0], corrected[9], corrected[49]);
    }
    return course_figure(options, "09-rules-averages", figure);
}

// ---- The rules, and where each leads over one surface

typedef struct named_rule {
    const char *name;
    gd_rule rule;
} named_rule;

typedef struct surface {
    const char *title;
    gd_tensor (*height)(gd_tensor x, gd_tensor y);
    double x_from, x_to, y_from, y_to;
    double start[2];
    int steps;
    named_rule walker[6];
} surface;

// Forty times as steep across as along.
static gd_tensor valley(gd_tensor x, gd_tensor y)
{
    return gd_scale(gd_add(gd_square(x), gd_scale(gd_square(y), 40)), 0.5);
}

// Rises on both sides along x; falls along y, down to -1 at y = -1.41 and 1.41.
static gd_tensor saddle(gd_tensor x, gd_tensor y)
{
    return gd_add(gd_sub(gd_square(x), gd_square(y)), gd_scale(gd_square(gd_square(y)), 0.25));
}

enum { GRID = 81, MOST_STEPS = 200 };

static gd_status draw_heights(const surface *s, gd_chart *chart)
{
    gd_array place[2] = {{0}, {0}}, height = {0};
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GRID, GRID)),
              y = gd_input(graph, "y", GD_F64, GD_SHAPE(GRID, GRID));
    gd_tensor value = s->height(x, y);
    gd_function *function = gd_function_create(graph, 1, &value, (gd_function_opts){0});
    gd_status status = function != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int k = 0; status == GD_OK && k < 2; k++)
        status = gd_array_create(&place[k], GD_F64, GD_SHAPE(GRID, GRID));
    for (int i = 0; status == GD_OK && i < GRID * GRID; i++) {
        gd_array_put(&place[0], i, s->x_from + (s->x_to - s->x_from) * (i % GRID) / (GRID - 1));
        gd_array_put(&place[1], i, s->y_from + (s->y_to - s->y_from) * (i / GRID) / (GRID - 1));
    }
    if (status == GD_OK)
        status = gd_function_run(function, 2, (gd_feed[]){{x, place[0]}, {y, place[1]}}, &height);
    if (status == GD_OK)
        gd_chart_contours(chart, (gd_chart_grid){GRID, GRID, s->x_from, s->x_to, s->y_from, s->y_to, height.data}, 0,
                          NULL);
    gd_array_free(&place[0]);
    gd_array_free(&place[1]);
    gd_array_free(&height);
    gd_function_free(function);
    gd_graph_free(graph);
    return status;
}

// Walks from the start, and writes every place into x and y; heights[0] … are those before each step.
static gd_status walk(const surface *s, gd_rule rule, double x[], double y[], double heights[])
{
    gd_graph *graph = gd_graph_create();
    gd_tensor w[] = {gd_variable(graph, "x", GD_F64, GD_SCALAR, (gd_variable_opts){0}),
                     gd_variable(graph, "y", GD_F64, GD_SCALAR, (gd_variable_opts){0})};
    gd_function *step = gd_training_step(s->height(w[0], w[1]), rule);
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int k = 0; status == GD_OK && k < 2; k++) {
        gd_array start = gd_array_borrow(GD_F64, GD_SCALAR, &s->start[k]);
        status = gd_variable_set(w[k], &start);
    }
    for (int i = 0; status == GD_OK && i <= s->steps; i++) {
        gd_array height = gd_array_borrow(GD_F64, GD_SCALAR, &heights[i]);
        status = course_number(w[0], &x[i]);
        if (status == GD_OK)
            status = course_number(w[1], &y[i]);
        if (status == GD_OK)
            status = gd_function_run(step, 0, NULL, &height);
    }
    gd_function_free(step);
    gd_graph_free(graph);
    return status;
}

static gd_status paths(const course *options)
{
    const surface surfaces[] = {{"a valley",
                                 valley,
                                 -9,
                                 2,
                                 -3,
                                 3,
                                 {-8, 2},
                                 100,
                                 {{"gradient descent", gd_gradient_descent(0.045)},
                                  {"momentum", gd_momentum(0.01, 0.9)},
                                  {"Nesterov", gd_nesterov(0.01, 0.9)},
                                  {"AdaGrad", gd_adagrad(1)},
                                  {"RMSprop", gd_rmsprop(0.2)},
                                  {"Adam", gd_adam(0.4)}}},
                                {"a saddle",
                                 saddle,
                                 -2,
                                 2,
                                 -2,
                                 2,
                                 {-1.5, 0.01},
                                 100,
                                 {{"gradient descent", gd_gradient_descent(0.03)},
                                  {"momentum", gd_momentum(0.03, 0.9)},
                                  {"Nesterov", gd_nesterov(0.03, 0.9)},
                                  {"AdaGrad", gd_adagrad(0.1)},
                                  {"RMSprop", gd_rmsprop(0.03)},
                                  {"Adam", gd_adam(0.05)}}}};
    gd_status status = GD_OK;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    for (int k = 0; status == GD_OK && k < 2; k++) {
        const surface *s = &surfaces[k];
        gd_chart *chart = gd_figure_chart(
            figure, (gd_chart_opts){.title = s->title, .x_title = "x", .y_title = "y", .width = 400, .height = 330});
        status = draw_heights(s, chart);
        printf("\n%-24s step 10   step 30  step 100\n", s->title);
        for (int i = 0; status == GD_OK && i < 6; i++) {
            double x[MOST_STEPS + 1], y[MOST_STEPS + 1], height[MOST_STEPS + 1];
            status = walk(s, s->walker[i].rule, x, y, height);
            gd_chart_path(chart, s->walker[i].name, s->steps + 1, x, y);
            printf("%-20s %9.4f %9.4f %9.4f\n", s->walker[i].name, height[10], height[30], height[100]);
        }
    }
    if (status == GD_OK && options->figures != NULL) { // the page in which the points walk
        char path[4096];
        snprintf(path, sizeof path, "%s/09-rules.html", options->figures);
        gd_status page = gd_figure_write_html(figure, path);
        status = page != GD_ERROR_UNSUPPORTED ? page : GD_OK; // without Vega there are no pages
    }
    gd_status written = course_figure(options, "09-rules", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = averages(&options);
    if (status == GD_OK)
        status = paths(&options);
    return status == GD_OK ? 0 : course_fail();
}
