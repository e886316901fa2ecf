// Linear regression on the prices of houses, in closed form and by gradient descent; and what scaling the features does
// for the descent.
//
// The houses of Portland are read from $GRADUS_DATA/houses, or ../shared/data/houses; without them, generated ones.
#include <math.h>

#include "course.h"

enum { MOST_HOUSES = 100 };

typedef struct houses {
    int64_t n;
    double x[MOST_HOUSES][2]; // size and bedrooms
    double y[MOST_HOUSES];    // price in thousands
    double size;              // of the house whose price will be asked for
} houses;

static gd_status read_houses(houses *h)
{
    char path[4096];
    const char *folder = getenv("GRADUS_DATA") != NULL ? getenv("GRADUS_DATA") : "../shared/data";
    snprintf(path, sizeof path, "%s/houses/portland.csv", folder);
    gd_dataset *set = NULL;
    gd_status status = gd_dataset_from_csv(path, (gd_csv_opts){.target = GD_COLUMNS("price")}, &set);
    double unit = status == GD_OK ? 1000 : 1; // dollars; generated prices are thousands already
    h->size = status == GD_OK ? 1650 : 150;   // square feet, square metres
    printf("houses: %s\n", status == GD_OK ? "Portland" : "generated");
    if (status != GD_OK)
        status = gd_dataset_generate((gd_generate_opts){.kind = GD_GENERATE_HOUSES, .samples = 47}, &set);

    int64_t sample[MOST_HOUSES];
    gd_array x = {0}, y = {0};
    h->n = status != GD_OK ? 0 : gd_dataset_count(set) < MOST_HOUSES ? gd_dataset_count(set) : MOST_HOUSES;
    for (int64_t i = 0; i < h->n; i++)
        sample[i] = i;
    if (status == GD_OK)
        status = gd_dataset_get(set, gd_dataset_find(set, "x"), h->n, sample, &x);
    if (status == GD_OK)
        status = gd_dataset_get(set, gd_dataset_find(set, "y"), h->n, sample, &y);
    for (int64_t i = 0; status == GD_OK && i < h->n; i++) {
        h->x[i][0] = gd_array_get(&x, x.shape.dim[1] * i);
        h->x[i][1] = gd_array_get(&x, x.shape.dim[1] * i + 1);
        h->y[i] = gd_array_get(&y, i) / unit;
    }
    gd_array_free(&x);
    gd_array_free(&y);
    gd_dataset_free(set);
    return status;
}

// The normal equations, X'X w = X'y; a column of ones goes with b.
static gd_status closed_form(const houses *h, double w[3])
{
    double x[MOST_HOUSES][3];
    for (int64_t i = 0; i < h->n; i++) {
        x[i][0] = h->x[i][0];
        x[i][1] = h->x[i][1];
        x[i][2] = 1;
    }
    return gd_least_squares(h->n, 3, 1, x[0], h->y, 0, w);
}

static double cost_of(const houses *h, const double w[3])
{
    double sum = 0;
    for (int64_t i = 0; i < h->n; i++)
        sum += pow(w[0] * h->x[i][0] + w[1] * h->x[i][1] + w[2] - h->y[i], 2);
    return sum / (2 * (double)h->n);
}

// Each feature becomes (x - mean) / unit; with the deviation as its unit, the feature is standardised.
typedef struct scaling {
    double mean[2], unit[2];
} scaling;

static scaling standardize(const houses *h)
{
    scaling s = {{0}, {0}};
    for (int j = 0; j < 2; j++) {
        for (int64_t i = 0; i < h->n; i++)
            s.mean[j] += h->x[i][j] / (double)h->n;
        for (int64_t i = 0; i < h->n; i++)
            s.unit[j] += pow(h->x[i][j] - s.mean[j], 2) / (double)h->n;
        s.unit[j] = sqrt(s.unit[j]);
    }
    return s;
}

static void scale(const houses *h, scaling s, double x[MOST_HOUSES][2])
{
    for (int64_t i = 0; i < h->n; i++)
        for (int j = 0; j < 2; j++)
            x[i][j] = (h->x[i][j] - s.mean[j]) / s.unit[j];
}

enum { MOST_STEPS = 10000 };

typedef struct trace {
    double cost[MOST_STEPS], w1[MOST_STEPS], w2[MOST_STEPS]; // before each step
    double w[3];                                             // w1, w2 and b of the features as they were
} trace;

// Gradient descent on J = 1/(2n) sum (x w + b - y)^2, from w = 0 and b = 0.
static gd_status descend(const houses *h, scaling s, double rate, int steps, trace *t)
{
    double scaled[MOST_HOUSES][2];
    scale(h, s, scaled);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor y = gd_input(graph, "y", GD_F64, GD_SHAPE(GD_BATCH, 1));
    gd_tensor w = gd_variable(graph, "w", GD_F64, GD_SHAPE(2, 1), (gd_variable_opts){0});
    gd_tensor b = gd_variable(graph, "b", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor J = gd_scale(gd_squared_error(gd_add(gd_matmul(x, w), b), y), 0.5);

    gd_tensor d[2];
    gd_gradients(J, 2, (gd_tensor[]){w, b}, d);
    gd_assignment update[] = {{w, gd_sub(w, gd_scale(d[0], rate))}, {b, gd_sub(b, gd_scale(d[1], rate))}};
    gd_function *step = gd_function_create(graph, 2, (gd_tensor[]){J, w},
                                           (gd_function_opts){.assignment_count = 2, .assignment = update});

    gd_feed feed[] = {{x, gd_array_borrow(GD_F64, GD_SHAPE(h->n, 2), scaled)},
                      {y, gd_array_borrow(GD_F64, GD_SHAPE(h->n, 1), h->y)}};
    double now[2] = {0};
    gd_status status = step != NULL ? GD_OK : GD_ERROR_ARGUMENT;
    for (int i = 0; status == GD_OK && i < steps; i++) {
        gd_array result[] = {gd_array_borrow(GD_F64, GD_SCALAR, &t->cost[i]),
                             gd_array_borrow(GD_F64, GD_SHAPE(2, 1), now)};
        status = gd_function_run(step, 2, feed, result);
        t->w1[i] = now[0];
        t->w2[i] = now[1];
    }
    for (int j = 0; j < 2; j++)
        t->w[j] = now[j] / s.unit[j];
    t->w[2] = gd_value(b) - t->w[0] * s.mean[0] - t->w[1] * s.mean[1];
    gd_function_free(step);
    gd_graph_free(graph);
    return status;
}

static void print_fit(const char *name, const double w[3], double size)
{
    printf("%-28s price = %.6f size %+.6f bedrooms %+.6f;  size %g, 3 bedrooms: %.3f\n", name, w[0], w[1], w[2], size,
           size * w[0] + 3 * w[1] + w[2]);
}

// ---- Pictures of the descent

// The root of the mean squared error over the plane of w1 and w2, with the best b: where features have mean 0 that is
// the mean price.
static void draw_path(gd_figure *figure, const char *title, const houses *h, scaling s, double side, int steps,
                      const trace *t)
{
    enum { GRID = 81 };
    static double value[GRID * GRID];
    double x[MOST_HOUSES][2], mean = 0;
    scale(h, s, x);
    for (int64_t i = 0; i < h->n; i++)
        mean += h->y[i] / (double)h->n;
    for (int k = 0; k < GRID * GRID; k++) {
        double w1 = side * (2.0 * (k % GRID) / (GRID - 1) - 1), w2 = side * (2.0 * (k / GRID) / (GRID - 1) - 1),
               sum = 0;
        for (int64_t i = 0; i < h->n; i++)
            sum += pow(w1 * x[i][0] + w2 * x[i][1] + mean - h->y[i], 2);
        value[k] = sqrt(sum / (double)h->n);
    }
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title,
                                                              .x_title = "w1 (size)",
                                                              .y_title = "w2 (bedrooms)",
                                                              .x_from = -side,
                                                              .x_to = side,
                                                              .y_from = -side,
                                                              .y_to = side,
                                                              .square = true,
                                                              .no_legend = true});
    gd_chart_contours(chart, (gd_chart_grid){GRID, GRID, -side, side, -side, side, value}, 0, NULL);
    gd_chart_path(chart, "gradient descent", steps, t->w1, t->w2);
}

// Not below zero, as rounding would have it; infinite where the descent went astray.
static double above_least(double cost, double least)
{
    return isfinite(cost) ? fmax(0, cost - least) : INFINITY;
}

static gd_status regression(const course *options, gd_figure *figure)
{
    static houses h;
    static trace t;
    double w[3];
    gd_status status = read_houses(&h);
    if (status == GD_OK)
        status = closed_form(&h, w);
    if (status != GD_OK)
        return status;
    print_fit("normal equations", w, h.size);
    double least = cost_of(&h, w);

    const scaling raw = {.unit = {1, 1}}, standard = standardize(&h);
    scaling centred = {{standard.mean[0], standard.mean[1]}, {standard.unit[0] / 8, 1}}; // milder than square feet
    const struct {
        const char *name;
        scaling scaling;
        double rate, side;
    } run[] = {
        {"as they are, rate 1e-6", raw, 1e-6, 0},
        {"as they are, rate 1e-7", raw, 1e-7, 0},
        {"sizes 8 times as spread", centred, 0.028, 28},
        {"standardised", standard, 0.5, 140},
    };
    const int steps = options->small ? 100 : MOST_STEPS;
    gd_figure *curves = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(curves, (gd_chart_opts){.title = "Cost above the least one",
                                                              .x_title = "step",
                                                              .y_title = "J - least J",
                                                              .log_x = true,
                                                              .log_y = true,
                                                              .y_from = 1e-6,
                                                              .y_to = 1e6});
    printf("%-28s %10s %10d %10d\n", "J above the least after", "10 steps", 100, steps);
    for (int i = 0; status == GD_OK && i < 4; i++) {
        status = descend(&h, run[i].scaling, run[i].rate, steps, &t);
        double above[61], at[61];
        int points = 0;
        for (int k = 0; k <= 60 && pow(10, k / 15.0) <= steps; k++, points++) {
            at[k] = floor(pow(10, k / 15.0) + 1e-9);
            above[k] = above_least(t.cost[(int)at[k] - 1], least);
        }
        gd_chart_line(chart, run[i].name, points, at, above);
        printf("%-28s %10.3g %10.3g %10.3g\n", run[i].name, above_least(t.cost[9], least),
               above_least(t.cost[99], least), above_least(t.cost[steps - 1], least));
        if (status == GD_OK && run[i].side > 0)
            draw_path(figure, run[i].name, &h, run[i].scaling, run[i].side, 100, &t);
    }
    print_fit("gradient descent", t.w, h.size);
    gd_status written = course_figure(options, "02-linear", curves);
    return status == GD_OK ? written : status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_status status = regression(&options, figure);
    gd_status written = course_figure(&options, "02-linear-scaling", figure);
    return status == GD_OK && written == GD_OK ? 0 : course_fail();
}
