// Which bytes of an arena are taken during which steps.
#ifndef GD_PLAN_OCCUPANCY_H
#define GD_PLAN_OCCUPANCY_H

#include <stdbool.h>
#include <stddef.h>

// Bytes [begin, end) that are taken; in a list they rise, and those that touch each other are one.
typedef struct gd__taken {
    size_t begin, end;
} gd__taken;
typedef struct gd__taken_list {
    gd__taken *range;
    int count, capacity;
} gd__taken_list;

// A binary tree over the steps: node 1 spans all of them, nodes 2n and 2n + 1 the halves of node n, and a leaf one
// step. What is taken for some steps in a row is noted at the few nodes whose spans make them up, and upwards from
// there. A search then has a few short lists to look at, as what lies side by side is one range in them.
typedef struct gd__occupancy {
    size_t leaves;
    gd__taken_list *any;   // by node: taken during any of its steps
    gd__taken_list *whole; // by node: taken during all of them, as far as it was noted here
} gd__occupancy;

// Nothing is taken during steps 0 … steps - 1. False when memory is short.
bool gd__occupancy_start(gd__occupancy *occupancy, size_t steps);
void gd__occupancy_clear(gd__occupancy *occupancy);
void gd__occupancy_end(gd__occupancy *occupancy);

// The lowest place where so many bytes are free from step `first` to `last`.
size_t gd__occupancy_find(const gd__occupancy *occupancy, int first, int last, size_t bytes);
// Takes them. False when memory is short.
bool gd__occupancy_take(gd__occupancy *occupancy, int first, int last, size_t offset, size_t bytes);

#endif
