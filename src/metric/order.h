// Sorting many entries.
#ifndef GD_METRIC_ORDER_H
#define GD_METRIC_ORDER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gd__entry {
    double value, weight;
    bool yes; // binary: the target; classes: the class is the column's
} gd__entry;

// Sorts by value, then by weight and target: the order in which samples came does not show.
void gd__sort_entries(gd__entry *entry, int64_t count);

#endif
