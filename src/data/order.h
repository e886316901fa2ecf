// The order in which an epoch goes through a set.
#ifndef GD_DATA_ORDER_H
#define GD_DATA_ORDER_H

#include "data/dataset.h"

// Fills `list` (one entry a sample of the set) with the order of an epoch, which depends on the set, the seed and the
// epoch alone. Any order where samples may be read in any; else blocks are shuffled, and then samples within each
// WINDOW of blocks that follow each other, so that a disk is read in long runs.
gd_status gd__order_shuffle(const gd_dataset *set, uint64_t seed, int64_t epoch, int64_t *list);

#endif
