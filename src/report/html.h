// Text for a page: escaping of what comes from outside, and numbers as people read them.
#ifndef GD_REPORT_HTML_H
#define GD_REPORT_HTML_H

#include "base/text.h"

// Adds text as it may stand between tags or inside a quoted attribute. Bytes that are not UTF-8, and control
// characters other than tab and line feed, become U+FFFD. NULL adds nothing.
void gd__html_add(gd__text *html, const char *text);

// The same of a metric's name, as it is written: "mean absolute error", "F1".
void gd__html_add_name(gd__text *html, const char *name);

// A copy that is valid UTF-8, for JSON; NULL when memory is short. Free it with gd__free.
char *gd__utf8_copy(const char *text);

// A number as text, returned by value so that it can stand among printf's arguments.
typedef struct gd__figure {
    char text[48];
} gd__figure;
gd__figure gd__figure_count(int64_t count);      // 1,234,567
gd__figure gd__figure_weight(double weight);     // a count where it is a whole number
gd__figure gd__figure_number(double value);      // 0.3142, or a dash
gd__figure gd__figure_percent(double share);     // 91.4 %
gd__figure gd__figure_seconds(double seconds);   // 2 min 31 s
gd__figure gd__figure_bytes(double bytes);       // 3.1 MB
gd__figure gd__figure_operations(double number); // 12.3 M

#endif
