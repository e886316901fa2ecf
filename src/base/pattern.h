// Names by pattern: globs of *, which is any text, and ?, which is one character; regular expressions between slashes;
// and several of both with | between them: "*.bias|/^bn[0-9]+/".
#ifndef GD_BASE_PATTERN_H
#define GD_BASE_PATTERN_H

#include <gradus/base.h>

#include "base/expression.h"

// One of the alternatives.
typedef struct gd__alternative {
    const char *text; // in the pattern's
    int length;
    gd__expression *expression; // NULL: a glob
} gd__alternative;

typedef struct gd__pattern {
    int count, capacity;
    gd__alternative *alternative;
} gd__pattern;

// The text, which must stay. Fails on an expression that is none; the pattern is empty then.
gd_status gd__pattern_create(gd__pattern *pattern, const char *text);
void gd__pattern_free(gd__pattern *pattern);
bool gd__alternative_fits(const gd__alternative *alternative, const char *name);
bool gd__pattern_fits(const gd__pattern *pattern, const char *name);
// The length of the expression in front of the text, from slash to slash: one ends before a | or at the end. 0: there
// is none.
size_t gd__expression_length(const char *text);

#endif
