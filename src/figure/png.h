// Small pictures as PNG, written out as text for an <img> tag.
#ifndef GD_FIGURE_PNG_H
#define GD_FIGURE_PNG_H

#include "base/text.h"

// 8 bits a channel, rows from the top; channels is 1 (grey) or 3 (red, green, blue). Adds "data:image/png;base64,…".
gd_status gd__png_add_uri(gd__text *to, const unsigned char *pixels, int width, int height, int channels);

#endif
