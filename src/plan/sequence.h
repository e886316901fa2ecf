// Units in an order in which each comes after those that it needs, while units are joined.
#ifndef GD_PLAN_SEQUENCE_H
#define GD_PLAN_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A doubly linked list whose entries are numbered upwards, with gaps, so that two of them are compared at once and an
// entry is put between two others without numbering the rest anew.
typedef struct gd__sequence {
    int64_t *number;     // by unit
    int *before, *after; // by unit: its neighbours, or -1
    int last;            // unit, or -1
    int length;
} gd__sequence;

// For units 0 … capacity - 1, of which none stands in it yet. False when memory is short.
bool gd__sequence_start(gd__sequence *sequence, size_t capacity);
void gd__sequence_end(gd__sequence *sequence);

void gd__sequence_append(gd__sequence *sequence, int unit);
void gd__sequence_remove(gd__sequence *sequence, int unit);
// Puts a unit that does not stand in it into the place of one that does.
void gd__sequence_replace(gd__sequence *sequence, int unit, int by);
// Moves the `count` units right before `unit`; among themselves they keep their order. `moved` is sorted.
void gd__sequence_move(gd__sequence *sequence, int unit, int count, int *moved);

#endif
