// Extended regular expressions of POSIX, from recipes and programs: bounded, so that none costs more than moments.
#ifndef GD_BASE_EXPRESSION_H
#define GD_BASE_EXPRESSION_H

#include <gradus/base.h>

#include "base/text.h"

enum { GD__LONGEST_EXPRESSION = 200, GD__EXPRESSION_GROUPS = 9 };

typedef struct gd__expression gd__expression;

// The first `length` bytes of the text. GD_ERROR_ARGUMENT, with what is wrong, where it is no expression, is too long,
// repeats too much, or refers back (\1), which may take for ever.
gd_status gd__expression_create(const char *text, size_t length, gd__expression **out);
void gd__expression_free(gd__expression *expression); // NULL is fine
// Groups in parentheses.
int gd__expression_groups(const gd__expression *expression);
// Whether some part of the text fits.
bool gd__expression_fits(const gd__expression *expression, const char *text);
// Adds the text to `made`, with `to` in place of the first part that fits, in which \1 to \9 are what stood in the
// groups, and \\ is \. False, and nothing is added, where no part fits.
bool gd__expression_replace(const gd__expression *expression, const char *text, const char *to, gd__text *made);
// The highest group that `to` names; 0: none.
int gd__replacement_groups(const char *to);

#endif
