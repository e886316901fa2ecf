#include "metric/moments.h"

size_t gd__moments_size(const gd_metric_opts *opts)
{
    return sizeof(gd__moments) + (size_t)opts->width * sizeof(gd__column_moments);
}

gd_status gd__moments_begin(const gd_metric_opts *opts, void *state)
{
    gd__moments *moments = state;
    const gd__moment nothing = {.least = INFINITY, .most = -INFINITY};
    moments->columns = opts->width;
    for (int64_t c = 0; c < opts->width; c++)
        moments->column[c] = (gd__column_moments){.target = nothing, .prediction = nothing, .error = nothing};
    return GD_OK;
}

// weight times a times b, without rounding it to a double.
static gd__wide product_of(double weight, double a, double b)
{
    const gd__wide product = gd__wide_times(gd__wide_exactly(a), gd__wide_exactly(b));
    return gd__wide_times(gd__wide_exactly(weight), product);
}

static void add_to_moment(gd__moment *moment, double weight, double value)
{
    gd__wide_merge(&moment->sum, gd__wide_times(gd__wide_exactly(weight), gd__wide_exactly(value)));
    gd__wide_merge(&moment->squares, product_of(weight, value, value));
    moment->least = fmin(moment->least, value);
    moment->most = fmax(moment->most, value);
}

gd_status gd__moments_add(void *state, const gd_scored *scored)
{
    gd__moments *moments = state;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        moments->count++;
        gd__wide_add(&moments->weight, weight);
        for (int64_t c = 0; c < moments->columns; c++) {
            const double target = scored->target[i * scored->width + c];
            const double prediction = scored->prediction[i * scored->width + c];
            gd__column_moments *column = &moments->column[c];
            add_to_moment(&column->target, weight, target);
            add_to_moment(&column->prediction, weight, prediction);
            add_to_moment(&column->error, weight, prediction - target);
            gd__wide_merge(&column->products, product_of(weight, target, prediction));
        }
    }
    return GD_OK;
}

static void merge_moment(gd__moment *to, const gd__moment *from)
{
    gd__wide_merge(&to->sum, from->sum);
    gd__wide_merge(&to->squares, from->squares);
    to->least = fmin(to->least, from->least);
    to->most = fmax(to->most, from->most);
}

gd_status gd__moments_merge(void *state, const void *other)
{
    gd__moments *to = state;
    const gd__moments *from = other;
    to->count += from->count;
    gd__wide_merge(&to->weight, from->weight);
    for (int64_t c = 0; c < to->columns; c++) {
        merge_moment(&to->column[c].target, &from->column[c].target);
        merge_moment(&to->column[c].prediction, &from->column[c].prediction);
        merge_moment(&to->column[c].error, &from->column[c].error);
        gd__wide_merge(&to->column[c].products, from->column[c].products);
    }
    return GD_OK;
}

double gd__scaled_variance(const gd__moments *moments, const gd__moment *moment)
{
    if (moment->least == moment->most)
        return 0;
    const gd__wide squares = gd__wide_times(moments->weight, moment->squares);
    const double variance = gd__wide_value(gd__wide_minus(squares, gd__wide_times(moment->sum, moment->sum)));
    return variance < 0 ? 0 : variance;
}

double gd__scaled_covariance(const gd__moments *moments, const gd__column_moments *column)
{
    const gd__wide products = gd__wide_times(moments->weight, column->products);
    return gd__wide_value(gd__wide_minus(products, gd__wide_times(column->target.sum, column->prediction.sum)));
}

double gd__explained_share(double residual, double total)
{
    if (residual == 0)
        return 1;
    return total == 0 ? 0 : 1 - residual / total;
}

double gd__moments_mean(const gd__moments *moments, gd__column_figure figure)
{
    gd__wide sum = {0};
    for (int64_t c = 0; c < moments->columns; c++)
        gd__wide_add(&sum, figure(moments, &moments->column[c]));
    return gd__wide_value(sum) / (double)moments->columns;
}
