// The names of layers, and what takes what: `as` and `from`.
#ifndef GD_MODEL_WIRING_H
#define GD_MODEL_WIRING_H

#include "model/model.h"

// Gives a wire a name, in the graph's scope. `weights`: what its variables begin with, in full. False when the name is
// taken: then the graph has the error. While weights are shared, a name that is taken gets the new wire.
bool gd__wire_name(gd__model *model, const char *name, const char *weights, int line, gd__wire wire);
bool gd__wire_is_taken(const gd__model *model, const char *name);
// What the variables of a layer with a name begin with. NULL when there is none: then the graph has the error.
const char *gd__wire_weights(gd__model *model, const char *name);
// The value of that name: of a layer in the graph's scope, or in one around it; a field of the data; or `input`,
// which is `inner`. False when there is none: then the graph has the error.
bool gd__wire_find(gd__model *model, const char *name, gd__wire inner, gd__wire *out);

#endif
