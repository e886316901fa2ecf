// Values of a network that have names, so that layers can take them.
#ifndef GD_MODEL_WIRE_H
#define GD_MODEL_WIRE_H

#include <gradus/layer.h>

enum { GD__MOST_INPUTS = 64 }; // of one layer

// A value in the network, what it sees of the input, and where sequences differ in length, the lengths of those that it
// was made of, (N) as the field has them.
typedef struct gd__wire {
    gd_tensor value;
    gd_layer_view view;
    gd_tensor lengths;
} gd__wire;

// Values that have names.
typedef struct gd__wires {
    int count, capacity;
    struct gd__named_wire {
        char *name;    // in full: "layer1.0.conv1"
        char *weights; // what its variables begin with, in full
        int line;      // of the recipe
        gd__wire wire;
    } * named;
} gd__wires;

void gd__wires_free(gd__wires *wires);

#endif
