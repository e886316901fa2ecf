// Text that comes from outside, as it may stand on a page, in a picture or in JSON.
#ifndef GD_FIGURE_ESCAPE_H
#define GD_FIGURE_ESCAPE_H

#include "base/text.h"

// Adds text as it may stand between tags or inside a quoted attribute. Bytes that are not UTF-8, and control
// characters other than tab and line feed, become U+FFFD. NULL adds nothing.
void gd__html_add(gd__text *html, const char *text);

// The same of a metric's name, as it is written: "mean absolute error", "F1".
void gd__html_add_name(gd__text *html, const char *name);

// A copy that is valid UTF-8, for JSON; NULL when memory is short. Free it with gd__free.
char *gd__utf8_copy(const char *text);

#endif
