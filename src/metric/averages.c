#include "metric/averages.h"

size_t gd__averages_size(const gd_metric_opts *opts)
{
    const int64_t columns = opts->task == GD_TASK_CLASSES ? 1 : opts->width;
    return sizeof(gd__averages) + (size_t)columns * sizeof(gd__wide);
}

gd_status gd__averages_begin(const gd_metric_opts *opts, void *state)
{
    gd__averages *averages = state;
    averages->opts = *opts;
    averages->columns = opts->task == GD_TASK_CLASSES ? 1 : opts->width;
    return GD_OK;
}

void gd__averages_add(gd__averages *averages, const gd_scored *scored, gd__value_of value_of)
{
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        gd__wide_add(&averages->weight, weight);
        for (int64_t c = 0; c < averages->columns; c++)
            gd__wide_add(&averages->column[c], weight * value_of(&averages->opts, scored, i, c));
    }
}

gd_status gd__averages_merge(void *state, const void *other)
{
    gd__averages *to = state;
    const gd__averages *from = other;
    gd__wide_merge(&to->weight, from->weight);
    for (int64_t c = 0; c < to->columns; c++)
        gd__wide_merge(&to->column[c], from->column[c]);
    return GD_OK;
}

double gd__average_of(const gd__averages *averages, int64_t column)
{
    const double weight = gd__wide_value(averages->weight);
    return weight > 0 ? gd__wide_value(averages->column[column]) / weight : NAN;
}

gd_status gd__averages_end(const void *state, double *value)
{
    const gd__averages *averages = state;
    gd__wide sum = {0};
    for (int64_t c = 0; c < averages->columns; c++)
        gd__wide_add(&sum, gd__average_of(averages, c));
    *value = gd__wide_value(sum) / (double)averages->columns;
    return GD_OK;
}
