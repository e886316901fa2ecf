// Arithmetic in the values of a recipe: `${width * 4}`.
#ifndef GD_MODEL_EXPRESSION_H
#define GD_MODEL_EXPRESSION_H

#include "model/yaml.h"

// Names that an expression may use, the innermost first.
typedef struct gd__names gd__names;
struct gd__names {
    const char *name;
    const gd__yaml *value; // expanded already
    const gd__names *outer;
};

// The value, or NULL.
const gd__yaml *gd__name_value(const gd__names *names, const char *name, size_t length);

// Whether the scalar holds an expression: `${…}` anywhere in it, or `$name` alone, where there is such a name.
bool gd__has_expression(const gd__yaml *scalar, const gd__names *names);
// A new node with the expressions of the scalar put in: a number, or a list or map that a name stands for, where the
// scalar is one expression; else a text with the values in it. `$${` is `${` itself. Numbers that are whole are written
// without a point.
gd_status gd__put_values_in(const gd__yaml *scalar, const gd__names *names, gd__yaml **out);

#endif
