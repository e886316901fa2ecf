// Pictures of samples: from an array of numbers to a small PNG on the page.
#ifndef GD_FIGURE_THUMBNAIL_H
#define GD_FIGURE_THUMBNAIL_H

#include "base/text.h"

// Where the pictures lie and how their values become grey or colour.
typedef struct gd__thumbnails {
    const gd_array *array;
    int64_t count, channels, height, width;
    double black, white; // values that are shown as 0 and 255
} gd__thumbnails;

// `image` may be NULL: there are then no pictures. Fails when it is no array of pictures.
gd_status gd__thumbnails_open(const gd_array *image, gd__thumbnails *pictures);
// Adds picture `index` as a data URI, averaged down to at most 80 pixels a side.
gd_status gd__thumbnails_add(const gd__thumbnails *pictures, int64_t index, gd__text *to);
// The same with at most `most` pixels a side.
gd_status gd__thumbnails_add_larger(const gd__thumbnails *pictures, int64_t index, int64_t most, gd__text *to);

#endif
