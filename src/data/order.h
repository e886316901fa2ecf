// The order in which an epoch goes through a set.
#ifndef GD_DATA_ORDER_H
#define GD_DATA_ORDER_H

#include "data/dataset.h"

// Fills `list` (one entry a sample of the set) with the order of an epoch, which depends on the set, the seed and the
// epoch alone. Any order where samples may be read in any; else blocks are shuffled, and then samples within each
// WINDOW of blocks that follow each other, so that a disk is read in long runs.
gd_status gd__order_shuffle(const gd_dataset *set, uint64_t seed, int64_t epoch, int64_t *list);

// The field whose samples are texts, or made of texts, of different lengths, and that a network reads; -1: there is
// none.
int gd__order_text(const gd_dataset *set);
// Puts samples of like lengths of such a field (in bytes, as they are stored) into the same batches, of `batch` samples
// each: an order that was shuffled is sorted within runs of some batches, and the batches of a run are shuffled.
// Depends on the order, the seed and the epoch alone.
gd_status gd__order_by_length(const gd_dataset *set, int field, int64_t batch, uint64_t seed, int64_t epoch,
                              int64_t *list);
// The length that a batch of texts is padded to, whose longest has `length`: there are two sizes for each doubling, so
// that there are few different plans.
int64_t gd__padded_length(int64_t length);
bool gd__is_text(const gd_field *field); // one number a token, in an open dimension

#endif
