// Samples that lie in two parts of the data.
#ifndef GD_DATA_SHARED_ROWS_H
#define GD_DATA_SHARED_ROWS_H

#include "data/dataset.h"

enum { GD__MOST_SETS = 3 };

typedef struct gd__shared {
    int64_t count;
    int64_t first_a, first_b; // the first such pair; -1 and -1 where there is none
} gd__shared;

// For each two of up to three sets, a < b: how many samples of b have the same stored inputs and targets, value by
// value, as some sample of a. For a set and itself: how many samples repeat an earlier one. Fields are matched by their
// names; the sets may be of different sources. A set whose inputs and targets are not those of the first one has no
// equal samples.
//
// The sets together may have more than 2 million samples: then of each only every k-th is looked at, k being the same
// for all and as small as it may be, and counts are how many these show.
gd_status gd__count_shared(int sets, const gd_dataset *const *set, gd__shared shared[][GD__MOST_SETS]);

#endif
