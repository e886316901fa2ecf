// States that go from batch to batch (gd__graph_carry).
#ifndef GD_TRAIN_CARRIED_H
#define GD_TRAIN_CARRIED_H

#include <gradus/run.h>

typedef struct gd__carried {
    int count;
    gd_assignment *assignment; // state, and what it becomes: for a function that computes in inference
    gd_array *kept;            // see gd__carried_begin
} gd__carried;

// Those on which the wanted tensors of one graph depend. Release with gd__carried_free.
gd_status gd__carried_find(int wanted_count, const gd_tensor *wanted, gd__carried *carried);
void gd__carried_free(gd__carried *carried);
// Puts the states aside and begins with zeros; puts them back.
gd_status gd__carried_begin(gd__carried *carried);
gd_status gd__carried_end(gd__carried *carried);
// Zeros in their place.
gd_status gd__carried_clear(const gd__carried *carried);

#endif
