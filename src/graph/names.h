// The names in a graph, found at once however many there are.
#ifndef GD_GRAPH_NAMES_H
#define GD_GRAPH_NAMES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum gd__name_kind {
    GD__NAME_INPUT,    // of an input, whose place in the graph's list is the number
    GD__NAME_VARIABLE, // of a variable, likewise
    GD__NAME_LAYER,    // what stands before a dot in the name of a variable: "fc1" for fc1.weight
    GD__NAME_STEM      // of layers that are numbered: "fc"; no number below the one that is kept is free
} gd__name_kind;

// A hash table from a kind and a text to a number. Starts as {0}.
typedef struct gd__names {
    struct gd__named *slot;
    int count, capacity; // capacity is 0 or a power of two
} gd__names;

// The number kept for the first `length` bytes of `text`, or -1.
int gd__names_find(const gd__names *names, gd__name_kind kind, const char *text, size_t length);
// Keeps a number from 0 on, in the place of an earlier one. False when memory is short; nothing has changed then.
bool gd__names_put(gd__names *names, gd__name_kind kind, const char *text, size_t length, int number);
void gd__names_free(gd__names *names);

#endif
