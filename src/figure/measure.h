// How much room a text takes in a picture, roughly: fonts differ from machine to machine.
#ifndef GD_FIGURE_MEASURE_H
#define GD_FIGURE_MEASURE_H

#include <jansson.h>

// The width of a text in CSS pixels.
double gd__text_width(const char *text, double font_size);
// The text broken into lines of at most this width, a JSON list.
json_t *gd__text_lines(const char *text, double width, double font_size);

#endif
