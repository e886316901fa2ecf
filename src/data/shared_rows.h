// Samples that lie in two parts of the data.
#ifndef GD_DATA_SHARED_ROWS_H
#define GD_DATA_SHARED_ROWS_H

#include "data/dataset.h"

// How many samples of b have the same stored inputs and targets, value by value, as some sample of a; and the first
// such pair (-1 and -1 where there is none). Fields are matched by their names; the sets may be of different sources.
// Where one of them has an input or a target that the other lacks, no samples are equal. Of a set and itself: how many
// samples repeat an earlier one; the first of them, and the one that it repeats.
//
// The sets together may have more than 2 million samples: then of each only every k-th is looked at, k being the same
// for both and as small as it may be, and `count` is how many pairs these show.
gd_status gd__count_shared(const gd_dataset *a, const gd_dataset *b, int64_t *count, int64_t *first_a,
                           int64_t *first_b);

#endif
