// Numbers that must be kept until the end, since what is asked depends on their order: a list for each column.
#ifndef GD_METRIC_KEPT_H
#define GD_METRIC_KEPT_H

#include "metric/averages.h"
#include "metric/order.h"

typedef struct gd__kept {
    gd_metric_opts opts;
    int64_t count, capacity; // samples
    double *value;           // (capacity, width)
    double *weight;          // (capacity), above 0
    int32_t *target;         // binary: (capacity, width), 1 is yes; classes: (capacity); numbers: NULL
} gd__kept;

size_t gd__kept_size(const gd_metric_opts *opts);
gd_status gd__kept_begin(const gd_metric_opts *opts, void *state);
gd_status gd__kept_add(gd__kept *kept, const gd_scored *scored, gd__value_of value_of);
gd_status gd__kept_merge(void *state, const void *other);
void gd__kept_free(void *state);

// The mean over columns of a figure of a column's entries, which come in ascending order; NAN without samples.
typedef double (*gd__list_figure)(const gd__entry *entry, int64_t count);
gd_status gd__kept_mean(const gd__kept *kept, gd__list_figure figure, double *value);

// The entries of a column in ascending order, for the caller to free with gd__free; NULL when memory is short.
gd__entry *gd__kept_column(const gd__kept *kept, int64_t column);

// The prediction itself.
double gd__score_of(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column);

#endif
