// Bayesian optimisation: when every value of a function costs a lot, and there are no slopes, think well about where to
// look next. A Gaussian process says what is known; the expected improvement says where it pays to look.
#include <math.h>

#include "course.h"

// ---- One dimension, to see how it works: (6x - 2)^2 sin(12x - 4), at least -6.0207 at 0.7572 (Forrester et al. 2008)

enum { STARTS = 3, LOOKS = 12, SHOWN = 4, GRID = 201 };

static double f(double x)
{
    return pow(6 * x - 2, 2) * sin(12 * x - 4);
}

// What is known after n looks, and what it would be worth to look once more: a chart of each.
static void draw_process(gd_process *process, int n, const double *x, const double *y, double best, double next,
                         gd_chart *belief, gd_chart *worth)
{
    double at[GRID], truth[GRID], mean[GRID], low[GRID], high[GRID], improvement[GRID], most = 0;
    for (int i = 0; i < GRID; i++) {
        double deviation;
        at[i] = (double)i / (GRID - 1);
        truth[i] = f(at[i]);
        gd_process_predict(process, &at[i], &mean[i], &deviation);
        low[i] = mean[i] - 2 * deviation;
        high[i] = mean[i] + 2 * deviation;
        improvement[i] = gd_process_expected_improvement(process, &at[i], best);
        most = fmax(most, improvement[i]);
    }
    for (int i = 0; i < GRID && most > 0; i++)
        improvement[i] /= most;
    gd_chart_band(belief, "mean ± 2 deviations", GRID, at, low, high);
    gd_chart_line(belief, "function", GRID, at, truth);
    gd_chart_line(belief, "mean", GRID, at, mean);
    gd_chart_points(belief, "looked at", n, x, y);
    gd_chart_rule_x(belief, "next", next);
    gd_chart_line(worth, "expected improvement", GRID, at, improvement);
    gd_chart_rule_x(worth, NULL, next);
}

static gd_status one_dimension(const course *options)
{
    static const int shown[SHOWN] = {3, 5, 7, 10};
    double x[LOOKS] = {0.1, 0.5, 0.9}, y[LOOKS], best = INFINITY;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 2});
    gd_chart *belief[SHOWN], *worth[SHOWN];
    for (int i = 0; i < 2 * SHOWN; i++) { // two charts of what is known, and below them what more would be worth
        int k = i / 4 * 2 + i % 2;
        char title[40];
        snprintf(title, sizeof title, "after %d looks", shown[k]);
        gd_chart_opts opts = {.x_to = 1, .no_legend = k > 0};
        if (i % 4 < 2) {
            opts.title = title, opts.height = 200, opts.y_from = -10, opts.y_to = 18;
            belief[k] = gd_figure_chart(figure, opts);
        } else {
            opts.title = "expected improvement", opts.height = 70, opts.y_to = 1.1, opts.no_legend = true;
            worth[k] = gd_figure_chart(figure, opts);
        }
    }
    for (int i = 0; i < STARTS; i++) {
        y[i] = f(x[i]);
        best = fmin(best, y[i]);
    }
    gd_status status = GD_OK;
    printf("looks      next x   f there      best\n");
    for (int n = STARTS, k = 0; status == GD_OK && n < LOOKS; n++) {
        gd_process *process = NULL;
        status = gd_process_fit(n, 1, x, y, &process);
        if (status == GD_OK)
            status = gd_process_suggest(process, best, 1, &x[n]);
        if (status == GD_OK && k < SHOWN && n == shown[k]) {
            draw_process(process, n, x, y, best, x[n], belief[k], worth[k]);
            k++;
        }
        gd_process_free(process);
        if (status != GD_OK)
            break;
        y[n] = f(x[n]);
        best = fmin(best, y[n]);
        printf("%5d %11.4f %9.4f %9.4f\n", n, x[n], y[n], best);
    }
    gd_status written = course_figure(options, "10-bayesian", figure);
    return status != GD_OK ? status : written;
}

// ---- A search in two dimensions: Branin's function, at least 0.397887

static const gd_search_parameter plane[] = {{.name = "x", .range = GD_RANGE_UNIFORM, .low = -5, .high = 10},
                                            {.name = "y", .range = GD_RANGE_UNIFORM, .low = 0, .high = 15}};

static double branin(double x, double y)
{
    const double pi = 3.14159265358979323846;
    return pow(y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6, 2) + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10;
}

enum { TRIALS = 36 };

// Adds to best[n] the smallest value among the first n + 1 trials, above the smallest of all.
static gd_status search_plane(gd_search_opts opts, double weight, double best[TRIALS])
{
    gd_search *search = NULL;
    const gd_search_trial *trial = NULL;
    gd_status status = gd_search_create(2, plane, opts, &search);
    double least = INFINITY;
    while (status == GD_OK && (status = gd_search_ask(search, &trial)) == GD_OK && trial != NULL) {
        double value = branin(trial->value[0], trial->value[1]);
        status = gd_search_tell(search, trial->number, (gd_search_result){.objective = value});
        least = fmin(least, value);
        best[trial->number - 1] += weight * (least - 0.397887);
    }
    gd_search_free(search);
    return status;
}

static gd_status two_dimensions(const course *options)
{
    static const char *const strategy[] = {"grid", "random", "bayesian"};
    static const char *const name[] = {"grid", "random", "Bayesian"};
    const int searches = options->small ? 2 : 20;
    double number[TRIALS];
    for (int i = 0; i < TRIALS; i++)
        number[i] = i + 1;
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(
        figure, (gd_chart_opts){.x_title = "trials", .y_title = "best above the smallest value", .log_y = true});
    gd_status status = GD_OK;
    printf("\nabove the smallest value, mean of %d searches\ntrials          9        18        36\n", searches);
    for (int k = 0; status == GD_OK && k < 3; k++) {
        double best[TRIALS] = {0};
        int repeats = k == 0 ? 1 : searches; // a grid is always the same
        for (int s = 1; status == GD_OK && s <= repeats; s++)
            status = search_plane(
                (gd_search_opts){gd_strategy_kind_named(strategy[k]), .trials = TRIALS, .grid = 6, .seed = (uint64_t)s},
                1.0 / repeats, best);
        printf("%-8s %9.4f %9.4f %9.4f\n", name[k], best[8], best[17], best[35]);
        gd_chart_line(chart, name[k], TRIALS, number, best);
    }
    gd_status written = course_figure(options, "10-bayesian-search", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = one_dimension(&options);
    if (status == GD_OK)
        status = two_dimensions(&options);
    return status == GD_OK ? 0 : course_fail();
}
