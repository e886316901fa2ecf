// Values by their dotted names: "model.3.dense.units".
#ifndef GD_MODEL_DOTTED_H
#define GD_MODEL_DOTTED_H

#include "model/schema.h"

// Puts `value` (taken over) at the dotted name into a recipe as it was written. The name is cut up on the way.
// `optimizer.adam`, `optimizer.adam.learning_rate`, `optimizer.adam.lr` and `optimizer.learning_rate` are one value,
// however it is written. `setting`: for sentences, and the source of nodes that are made. On failure the recipe may be
// changed in part.
gd_status gd__put_dotted(gd__yaml *root, char *name, const char *setting, gd__yaml *value);

#endif
