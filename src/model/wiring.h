// The names of layers, and what takes what: `as` and `from`.
#ifndef GD_MODEL_WIRING_H
#define GD_MODEL_WIRING_H

#include <gradus/layer.h>

#include "model/schema.h"

struct gd__model;

enum { GD__MOST_INPUTS = 64 }; // of one layer

// A value in the network, and what it sees of the input.
typedef struct gd__wire {
    gd_tensor value;
    gd_layer_view view;
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

// Gives a wire a name, in the graph's scope. `weights`: what its variables begin with, in full. False when the name is
// taken: then the graph has the error. While weights are shared, a name that is taken gets the new wire.
bool gd__wire_name(struct gd__model *model, const char *name, const char *weights, int line, gd__wire wire);
bool gd__wire_is_taken(const struct gd__model *model, const char *name);
// What the variables of a layer with a name begin with. NULL when there is none: then the graph has the error.
const char *gd__wire_weights(struct gd__model *model, const char *name);
// The value of that name: of a layer in the graph's scope, or in one around it; a field of the data; or `input`,
// which is `inner`. False when there is none: then the graph has the error.
bool gd__wire_find(struct gd__model *model, const char *name, gd__wire inner, gd__wire *out);

#endif
