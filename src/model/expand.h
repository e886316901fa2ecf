// From a recipe as it is written to the one that it means: constants, arithmetic, `repeat` and `blocks` are put in.
#ifndef GD_MODEL_EXPAND_H
#define GD_MODEL_EXPAND_H

#include "model/yaml.h"

// A new tree without the section `blocks`, with values in the place of `${…}`. Each node keeps the line of the user's
// text that it comes from, and `origin`. GD_ERROR_FORMAT says what is wrong, and when the result would pass 100,000
// values or 16 MiB of text, or blocks nest more than 32 deep.
gd_status gd__recipe_expand(const gd__yaml *written, gd__yaml **out);

#endif
