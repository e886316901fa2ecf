// Too simple, right, too flexible: polynomials of degree 1, 3 and 12 fitted to noisy points of a cubic. Errors on the
// points that were fitted and on others, how they change with the number of points, and how to choose the degree
// (k-fold cross-validation) or to tame it (L2) without looking at the test set.
#include <math.h>

#include "course.h"

enum { FEW = 30, SOME = 50, MOST = 1000, DRAWN = 1700, TEST = 500, HIGHEST = 12, COLUMNS = HIGHEST + 1 };

typedef struct points {
    int64_t n;
    double x[DRAWN], y[DRAWN];
} points;

static gd_status read_points(const gd_dataset *set, points *p)
{
    int64_t sample[DRAWN];
    gd_array x = {0}, y = {0};
    p->n = gd_dataset_count(set);
    for (int64_t i = 0; i < p->n; i++)
        sample[i] = i;
    gd_status status = gd_dataset_get(set, gd_dataset_find(set, "x"), p->n, sample, &x);
    if (status == GD_OK)
        status = gd_dataset_get(set, gd_dataset_find(set, "y"), p->n, sample, &y);
    for (int64_t i = 0; status == GD_OK && i < p->n; i++) {
        p->x[i] = gd_array_get(&x, i);
        p->y[i] = gd_array_get(&y, i);
    }
    gd_array_free(&x);
    gd_array_free(&y);
    return status;
}

// 1, x, x^2/2!, x^3/3!, … up to the degree.
static void powers(double x, int degree, double *feature)
{
    feature[0] = 1;
    for (int k = 1; k <= degree; k++)
        feature[k] = feature[k - 1] * x / k;
}

// The w that minimises the sum of squared errors on the first n points, plus l2 times the sum of w^2.
static gd_status fit(const points *p, int64_t n, int degree, double l2, double *w)
{
    static double feature[MOST * COLUMNS];
    for (int64_t i = 0; i < n; i++)
        powers(p->x[i], degree, &feature[i * (degree + 1)]);
    return gd_least_squares(n, degree + 1, 1, feature, p->y, l2, w);
}

static double value_at(double x, int degree, const double *w)
{
    double feature[COLUMNS] = {0}, y = 0;
    powers(x, degree, feature);
    for (int k = 0; k <= degree; k++)
        y += w[k] * feature[k];
    return y;
}

// The root of the mean squared error on the first n points.
static double error_on(const points *p, int64_t n, int degree, const double *w)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += pow(value_at(p->x[i], degree, w) - p->y[i], 2);
    return sqrt(sum / (double)n);
}

static const int degrees[] = {1, 3, 12};
static const char *const degree_name[] = {"degree 1", "degree 3", "degree 12"};

// Three degrees on few points.
static gd_status three_fits(const points *train, const points *test, const course *options)
{
    enum { GRID = 161 };
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 3});
    gd_status status = GD_OK;
    printf("%d points: error on them  on others\n", FEW);
    for (int i = 0; status == GD_OK && i < 3; i++) {
        double w[COLUMNS], x[GRID], y[GRID];
        status = fit(train, FEW, degrees[i], 0, w);
        for (int k = 0; k < GRID; k++) {
            x[k] = -2 + 4.0 * k / (GRID - 1);
            y[k] = value_at(x[k], degrees[i], w);
        }
        printf("%-9s %16.3f %10.3f\n", degree_name[i], error_on(train, FEW, degrees[i], w),
               error_on(test, test->n, degrees[i], w));
        gd_chart_opts opts = {
            .title = degree_name[i], .x_title = "x", .y_title = "y", .y_from = -15, .y_to = 15, .no_legend = true};
        gd_chart *chart = gd_figure_chart(figure, opts);
        gd_chart_line(chart, "fit", GRID, x, y);
        gd_chart_points(chart, "points", FEW, train->x, train->y);
    }
    gd_status written = course_figure(options, "12-polynomial", figure);
    return status != GD_OK ? status : written;
}

// The mean error of the fold that is left out, over all folds: each point judges once, by a fit that has not seen it.
static gd_status cross_validate(const gd_dataset *set, int degree, double l2, double *error)
{
    enum { FOLDS = 5 };
    double squares = 0;
    gd_status status = GD_OK;
    for (int fold = 0; status == GD_OK && fold < FOLDS; fold++) {
        static points train, validation;
        gd_dataset *part[2] = {NULL, NULL};
        double w[COLUMNS];
        status = gd_dataset_fold(set, (gd_fold_opts){.folds = FOLDS, .fold = fold, .deal.seed = 1}, &part[0], &part[1]);
        if (status == GD_OK)
            status = read_points(part[0], &train);
        if (status == GD_OK)
            status = read_points(part[1], &validation);
        if (status == GD_OK)
            status = fit(&train, train.n, degree, l2, w);
        if (status == GD_OK)
            squares += pow(error_on(&validation, validation.n, degree, w), 2) / FOLDS;
        gd_dataset_free(part[0]);
        gd_dataset_free(part[1]);
    }
    *error = sqrt(squares);
    return status;
}

typedef struct errors {
    double train[HIGHEST], folds[HIGHEST], test[HIGHEST];
} errors;

// Fits by all points of the set, and judges by these, by folds of them, and by the test points.
static gd_status judge(const gd_dataset *set, const points *train, const points *test, int degree, double l2, errors *e,
                       int i)
{
    double w[COLUMNS];
    gd_status status = fit(train, train->n, degree, l2, w);
    e->train[i] = error_on(train, train->n, degree, w);
    e->test[i] = error_on(test, test->n, degree, w);
    return status == GD_OK ? cross_validate(set, degree, l2, &e->folds[i]) : status;
}

static void draw_errors(gd_chart *chart, int count, const double *x, const errors *e)
{
    gd_chart_line(chart, "training", count, x, e->train);
    gd_chart_line(chart, "5 folds", count, x, e->folds);
    gd_chart_line(chart, "test", count, x, e->test);
}

// The degree, and the strength of L2 for degree 12, chosen by five folds of the training points.
static gd_status choose(const gd_dataset *set, const points *train, const points *test, const course *options)
{
    errors e;
    double at[HIGHEST];
    gd_status status = GD_OK;
    printf("\n%d points: training  5 folds     test\n", (int)train->n);
    for (int i = 0; status == GD_OK && i < HIGHEST; i++) {
        at[i] = i + 1;
        status = judge(set, train, test, i + 1, 0, &e, i);
        printf("degree %2d  %8.3f %8.3f %8.3f\n", i + 1, e.train[i], e.folds[i], e.test[i]);
    }
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_chart_opts opts = {.title = "without L2", .x_title = "degree", .y_title = "error", .log_y = true};
    draw_errors(gd_figure_chart(figure, opts), HIGHEST, at, &e);
    for (int i = 0; status == GD_OK && i < HIGHEST; i++) {
        at[i] = pow(10, i - 8);
        status = judge(set, train, test, HIGHEST, at[i], &e, i);
        printf("L2 %6.0e  %8.3f %8.3f %8.3f\n", at[i], e.train[i], e.folds[i], e.test[i]);
    }
    opts = (gd_chart_opts){.title = "degree 12 with L2", .x_title = "strength", .y_title = "error"};
    opts.log_x = opts.log_y = true;
    draw_errors(gd_figure_chart(figure, opts), HIGHEST, at, &e);
    gd_status written = course_figure(options, "12-polynomial-choice", figure);
    return status != GD_OK ? status : written;
}

// Learning curves: both errors over the number of points.
static gd_status learning_curves(const points *train, const points *test, const course *options)
{
    static const int64_t size[] = {20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000};
    enum { SIZES = sizeof size / sizeof size[0] };
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 3});
    gd_status status = GD_OK;
    printf("\npoints to learn from: error on them, on others\n");
    for (int d = 0; status == GD_OK && d < 3; d++) {
        double at[SIZES], error[2][SIZES];
        for (int i = 0; status == GD_OK && i < SIZES; i++) {
            double w[COLUMNS];
            at[i] = (double)size[i];
            status = fit(train, size[i], degrees[d], 0, w);
            error[0][i] = error_on(train, size[i], degrees[d], w);
            error[1][i] = error_on(test, test->n, degrees[d], w);
            if (size[i] == 30 || size[i] == 100 || size[i] == 1000)
                printf("%-9s %5d %8.3f %8.3f\n", degree_name[d], (int)size[i], error[0][i], error[1][i]);
        }
        gd_chart_opts opts = {.title = degree_name[d],
                              .x_title = "points",
                              .y_title = "error",
                              .y_from = 0.5,
                              .y_to = 20,
                              .log_x = true,
                              .log_y = true};
        gd_chart *chart = gd_figure_chart(figure, opts);
        gd_chart_line(chart, "training", SIZES, at, error[0]);
        gd_chart_line(chart, "test", SIZES, at, error[1]);
    }
    gd_status written = course_figure(options, "12-polynomial-learning", figure);
    return status != GD_OK ? status : written;
}

// The generator draws x from the normal distribution. Points beyond 2 are left out: they are few, and between few
// points a high degree may do anything.
static gd_status make_points(gd_dataset **out)
{
    gd_dataset *all = NULL;
    gd_generate_opts cubic = {.kind = GD_GENERATE_POLYNOMIAL, .samples = DRAWN, .noise = 1, .seed = 18};
    gd_status status = gd_dataset_generate(cubic, &all);
    static points p;
    int64_t near[DRAWN], count = 0;
    if (status == GD_OK)
        status = read_points(all, &p);
    for (int64_t i = 0; status == GD_OK && i < p.n; i++)
        if (fabs(p.x[i]) < 2)
            near[count++] = i;
    if (status == GD_OK)
        status = gd_dataset_select(all, count, near, out);
    gd_dataset_free(all);
    return status;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    static points train, some, test;
    static points *const part[] = {&train, &some, &test};
    static const int64_t first[] = {0, 0, MOST}, count[] = {MOST, SOME, TEST};
    gd_dataset *all = NULL, *set[3] = {NULL};
    gd_status status = make_points(&all);
    for (int i = 0; i < 3; i++) {
        if (status == GD_OK)
            status = gd_dataset_take(all, first[i], count[i], &set[i]);
        if (status == GD_OK)
            status = read_points(set[i], part[i]);
    }
    if (status == GD_OK)
        status = three_fits(&train, &test, &options);
    if (status == GD_OK)
        status = learning_curves(&train, &test, &options);
    if (status == GD_OK)
        status = choose(set[1], &some, &test, &options);
    for (int i = 0; i < 3; i++)
        gd_dataset_free(set[i]);
    gd_dataset_free(all);
    return status == GD_OK ? 0 : course_fail();
}
