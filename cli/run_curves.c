#include "run_curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 64 };

typedef struct {
    int count;
    gd_history *const *history;
    const char *const *label;
} histories;

// What an epoch's row has: the loss (metric NULL) or a metric, of the training or the validation set.
static double row_value(const gd_history *history, const gd_epoch_row *row, const char *metric, bool validation)
{
    if (validation && !row->validated)
        return (double)NAN;
    if (metric == NULL)
        return validation ? row->validation_loss : row->loss;
    for (int i = 0; i < history->metric_count; i++)
        if (strcmp(history->metric_name[i], metric) == 0)
            return validation ? row->validation_metric[i] : row->metric[i];
    return (double)NAN;
}

static bool add_curves(const histories *all, gd_figure *figure, const char *metric, bool validation)
{
    char title[160];
    snprintf(title, sizeof title, "%s %.100s", validation ? "validation" : "training",
             metric == NULL ? "loss" : metric);
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = title, .x_title = "epoch", .y_title = title});
    for (int i = 0; i < all->count; i++) {
        const gd_history *history = all->history[i];
        const int64_t epochs = history == NULL ? 0 : history->epoch_count;
        double *x = calloc((size_t)epochs + 1, sizeof *x), *y = calloc((size_t)epochs + 1, sizeof *y);
        const bool good = x != NULL && y != NULL;
        for (int64_t e = 0; good && e < epochs; e++) {
            x[e] = (double)history->epoch[e].epoch;
            y[e] = row_value(history, &history->epoch[e], metric, validation);
        }
        if (good && epochs > 0)
            gd_chart_line(chart, all->label[i], epochs, x, y);
        free(x);
        free(y);
        if (!good)
            return false;
    }
    return true;
}

// The metrics of all histories together.
static int history_metrics(const histories *all, const char *name[MOST_NAMES])
{
    int count = 0;
    for (int i = 0; i < all->count; i++)
        for (int m = 0; all->history[i] != NULL && m < all->history[i]->metric_count; m++) {
            int k = 0;
            while (k < count && strcmp(name[k], all->history[i]->metric_name[m]) != 0)
                k++;
            if (k == count && k < MOST_NAMES)
                name[count++] = all->history[i]->metric_name[m];
        }
    return count;
}

static bool is_validated(const histories *all)
{
    for (int i = 0; i < all->count; i++)
        if (all->history[i] != NULL && all->history[i]->epoch_count > 0 && all->history[i]->epoch[0].validated)
            return true;
    return false;
}

bool run_curves_draw(gd_figure *figure, int count, gd_history *const *history, const char *const *label)
{
    const histories all = {count, history, label};
    const char *metric[MOST_NAMES];
    const int metrics = history_metrics(&all, metric);
    bool good = true;
    for (int m = -1; m < metrics && good; m++) {
        const char *name = m < 0 ? NULL : metric[m];
        good = add_curves(&all, figure, name, false) && (!is_validated(&all) || add_curves(&all, figure, name, true));
    }
    return good;
}
