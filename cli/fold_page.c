// The page about folds.
#include <stdio.h>
#include <stdlib.h>

#include <gradus/figure.h>
#include <gradus/report.h>

#include "exit_status.h"
#include "fold_measures.h"
#include "locate.h"
#include "print.h"
#include "run_curves.h"

typedef struct {
    int count;
    char (*name)[16]; // "1", "2" …
    const char **label;
    gd_history **history; // NULL: there is none
} fold_runs;

static void fold_runs_free(fold_runs *runs)
{
    for (int i = 0; runs->history != NULL && i < runs->count; i++)
        gd_history_free(runs->history[i]);
    free(runs->name);
    free(runs->label);
    free(runs->history);
}

// False when memory is short; a fold without a history has no curves.
static bool fold_runs_read(const char *directory, int count, fold_runs *runs)
{
    *runs = (fold_runs){.count = count,
                        .name = calloc((size_t)count, sizeof *runs->name),
                        .label = calloc((size_t)count, sizeof *runs->label),
                        .history = calloc((size_t)count, sizeof *runs->history)};
    if (runs->name == NULL || runs->label == NULL || runs->history == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        char fold[32];
        gd_run_info *info;
        snprintf(runs->name[i], sizeof runs->name[i], "%d", i + 1);
        runs->label[i] = runs->name[i];
        snprintf(fold, sizeof fold, "fold-%d", i + 1);
        char *path = join_path(directory, fold);
        if (path != NULL && gd_run_read(path, &info) == GD_OK) {
            (void)!gd_run_history(info, &runs->history[i]);
            gd_run_info_free(info);
        }
        free(path);
    }
    return true;
}

// A chart of a measure with a bar for each fold; false when memory is short.
static bool draw_measure(gd_figure *figure, const fold_measures *measures, const fold_runs *runs, int m)
{
    char title[160];
    double *value = calloc((size_t)measures->count, sizeof *value);
    if (value == NULL)
        return false;
    snprintf(title, sizeof title, "%s: %.5g ± %.2g", measures->name[m], measures->mean[m], measures->deviation[m]);
    for (int i = 0; i < measures->count; i++)
        value[i] = measures->of[i].value[m];
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title, .x_title = "fold", .no_legend = true});
    gd_chart_bars(chart, measures->name[m], measures->count, runs->label, value);
    gd_chart_rule_y(chart, "", measures->mean[m]);
    free(value);
    return true;
}

int fold_page_write(const char *directory, const char *path, const char *recipe, const fold_measures *measures)
{
    char description[200];
    fold_runs runs;
    gd_figure *figure[2] = {
        gd_figure_create((gd_figure_opts){
            .caption =
                "Each fold by the network that was not trained on it. Dashed: the mean over the folds; behind it "
                "in the title the deviation."}),
        gd_figure_create((gd_figure_opts){.caption = "The curves of all folds over each other.", .columns = 2})};
    bool good = fold_runs_read(directory, measures->count, &runs) && figure[0] != NULL && figure[1] != NULL;
    for (int m = 0; m < measures->measure_count && good; m++)
        good = draw_measure(figure[0], measures, &runs, m);
    good = good && run_curves_draw(figure[1], runs.count, runs.history, runs.label);
    snprintf(description, sizeof description,
             "%d trainings, each validated on the fold that it was not trained on; the report of each is in its own "
             "directory",
             measures->count);
    const gd_report report = {.title = "Cross-validation",
                              .description = description,
                              .figure_count = 2,
                              .figure = (const gd_figure *const *)figure,
                              .recipe = recipe};
    int status = !good                                     ? print_error("out of memory")
                 : gd_report_write(path, &report) == GD_OK ? EXIT_FINE
                                                           : print_last_error();
    for (int i = 0; i < 2; i++)
        gd_figure_free(figure[i]);
    fold_runs_free(&runs);
    return status;
}
