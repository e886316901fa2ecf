// Vega specifications, the one way in which they are made: parts come from templates, text with the shape of the
// result; what depends on data is filled in by name or by printf; and a frame gives all of them the same look.
#ifndef GD_FIGURE_SPECIFICATION_H
#define GD_FIGURE_SPECIFICATION_H

#include <jansson.h>
#include <stdbool.h>

#include "base/text.h"

// Text that is written as it is: style sheet, script, templates. The preprocessor turns it into a string without
// comments, each run of white space being one space; quotes must pair, and no line may begin with #.
#define GD__VERBATIM(...) #__VA_ARGS__

// Colours and fonts: fixed ones, or the page's CSS variables, so that a chart follows the page's theme and is printed
// on white without being drawn anew.
enum { GD__SERIES_COLORS = 8 };
typedef struct gd__theme {
    const char *ink, *muted, *line, *card; // text, quieter text, axes and grids, the ground
    const char *font;                      // NULL: that of the page
    const char *series[GD__SERIES_COLORS];
} gd__theme;
extern const gd__theme gd__theme_print; // for a picture that stands alone
extern const gd__theme gd__theme_page;

// JSON values for what may be no number or no UTF-8: null for the one, U+FFFD in the other.
json_t *gd__json_number(double value);
json_t *gd__json_label(const char *text);

// ---- Parts. NULL when memory is short; the functions below pass a NULL on.

// From a template with numbers, and with words that need no escaping.
json_t *gd__spec_part(const char *template, ...) GD_PRINTF(1, 2);
// From one that is taken as it stands, % included.
json_t *gd__spec_from(const char *template);
// Fill in the rows of a data set, the value of a signal, the last number (of 0, 1, …) of the slider that a signal is
// bound to, and the type of a scale, such as "log".
void gd__spec_rows(json_t *parts, const char *data, json_t *rows);
void gd__spec_signal(json_t *parts, const char *signal, json_t *value);
void gd__spec_slider(json_t *parts, const char *signal, int last);
void gd__spec_scale_type(json_t *parts, const char *scale, const char *type);
// How the numbers of an axis whose largest is this are written: "200k", "0.25" or "2e-6".
const char *gd__axis_format(double largest);

// ---- The whole

// Makes the parts (signals, data, scales, marks, …) a specification: with the schema, and the theme's colours and
// fonts. With `fits` it takes the size of its place, axes included.
json_t *gd__spec_whole(json_t *parts, const gd__theme *theme, bool fits);

#endif
