// Hyper-parameter search on a loss that is made up: grid against random where one of two parameters matters, and on
// which scale to draw a learning rate. The search itself is asked for trials and told their results.
#include <math.h>

#include "course.h"

// ---- A loss that the learning rate decides, and dropout hardly touches. It stands for a network: made up, but quick.

static const gd_search_parameter two[] = {{.name = "learning_rate", .range = GD_RANGE_LOG, .low = 1e-4, .high = 1},
                                          {.name = "dropout", .range = GD_RANGE_UNIFORM, .low = 0, .high = 0.5}};

static double made_up_loss(const double *value)
{
    double rate = log10(value[0] / 0.02), dropout = value[1] - 0.2;
    return 0.3 + 0.1 * rate * rate + 0.2 * dropout * dropout; // at least 0.3
}

enum { TRIALS = 16, STRATEGIES = 4, GRID = 61 };
static const char *const strategy[STRATEGIES] = {"grid", "random", "coarse_to_fine", "bayesian"};

// One search: how many different learning rates it tried, how far its best loss is from the smallest, and its points.
static gd_status search_two(gd_search_opts opts, int *rates, double *left, double *x, double *y)
{
    gd_search *search = NULL;
    const gd_search_trial *trial = NULL;
    gd_status status = gd_search_create(2, two, opts, &search);
    while (status == GD_OK && (status = gd_search_ask(search, &trial)) == GD_OK && trial != NULL) {
        double loss = made_up_loss(trial->value);
        status = gd_search_tell(search, trial->number, (gd_search_result){.objective = loss});
    }
    *rates = 0;
    for (int i = 0; status == GD_OK && i < TRIALS; i++) {
        x[i] = log10(gd_search_trial_at(search, i)->value[0]);
        y[i] = gd_search_trial_at(search, i)->value[1];
        bool seen = false;
        for (int k = 0; k < i; k++)
            seen = seen || x[k] == x[i];
        *rates += !seen;
    }
    *left = status == GD_OK ? gd_search_best(search)->objective - 0.3 : 0;
    gd_search_free(search);
    return status;
}

static gd_status grid_or_random(const course *options)
{
    double field[GRID * GRID];
    for (int i = 0; i < GRID * GRID; i++)
        field[i] = made_up_loss(
            (double[]){pow(10, -4.2 + 4.4 * (i % GRID) / (GRID - 1)), -0.03 + 0.56 * (i / GRID) / (GRID - 1)});
    int searches = options->small ? 5 : 100;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.columns = 4});
    gd_status status = GD_OK;
    printf("16 trials, two parameters of which one matters (mean of %d searches)\n", searches);
    printf("strategy          learning rates   best loss above the smallest\n");
    for (int s = 0; status == GD_OK && s < STRATEGIES; s++) {
        double x[TRIALS], y[TRIALS], left, sum = 0;
        int rates = 0;
        for (int i = searches; status == GD_OK && i >= 1; i--) { // the last one, with the seed 1, is drawn
            status = search_two(
                (gd_search_opts){gd_strategy_kind_named(strategy[s]), .trials = TRIALS, .grid = 4, .seed = (uint64_t)i},
                &rates, &left, x, y);
            sum += left / searches;
        }
        printf("%-15s %16d %30.5f\n", strategy[s], rates, sum);
        gd_chart_opts opts = {.title = strategy[s],
                              .x_title = "log10 of the learning rate",
                              .y_title = s == 0 ? "dropout" : NULL,
                              .width = 230,
                              .height = 230,
                              .no_legend = true};
        gd_chart *chart = gd_figure_chart(figure, opts);
        gd_chart_contours(chart, (gd_chart_grid){GRID, GRID, -4.2, 0.2, -0.03, 0.53, field}, 0, NULL);
        gd_chart_points(chart, "trials", TRIALS, x, y);
    }
    gd_status written = course_figure(options, "13-search", figure);
    return status != GD_OK ? status : written;
}

// ---- The same 1000 random numbers on two scales

static gd_status two_scales(const course *options)
{
    enum { DRAWN = 1000, DECADES = 4 };
    static const char *const decade[DECADES] = {"0.0001 to 0.001", "0.001 to 0.01", "0.01 to 0.1", "0.1 to 1"};
    static const gd_search_parameter scale[] = {{.name = "uniform", .range = GD_RANGE_UNIFORM, .low = 1e-4, .high = 1},
                                                {.name = "log", .range = GD_RANGE_LOG, .low = 1e-4, .high = 1}};
    double share[2][DECADES] = {{0}};
    gd_search *search = NULL;
    const gd_search_trial *trial;
    gd_status status = gd_search_create(
        2, scale, (gd_search_opts){.strategy = gd_strategy_kind_named("random"), .trials = DRAWN, .seed = 1}, &search);
    for (int i = 0; status == GD_OK && i < DRAWN; i++) {
        status = gd_search_ask(search, &trial);
        for (int k = 0; status == GD_OK && k < 2; k++)
            share[k][(int)fmin(fmax(log10(trial->value[k]) + 4, 0), DECADES - 1)] += 1.0 / DRAWN;
    }
    gd_search_free(search);
    printf("\n%d learning rates at random   uniform      log\n", DRAWN);
    for (int i = 0; i < DECADES; i++)
        printf("%-29s %6.1f%%  %6.1f%%\n", decade[i], 100 * share[0][i], 100 * share[1][i]);
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.y_title = "share of the trials", .percent_y = true});
    for (int k = 0; k < 2; k++)
        gd_chart_bars(chart, scale[k].name, DECADES, decade, share[k]);
    gd_status written = course_figure(options, "13-search-scales", figure);
    return status != GD_OK ? status : written;
}

int main(int argc, char **argv)
{
    course options = course_options(argc, argv);
    gd_status status = grid_or_random(&options);
    if (status == GD_OK)
        status = two_scales(&options);
    return status == GD_OK ? 0 : course_fail();
}
