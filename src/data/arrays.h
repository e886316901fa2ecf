// What readers of arrays share beyond dataset.h.
#ifndef GD_DATA_ARRAYS_H
#define GD_DATA_ARRAYS_H

#include "data/dataset.h"
#include "io/npy.h"

// ---- Layout of pictures (arrays_layout.c)

// Brings samples (N, …) into (N, C, H, W), as `layout` says; `what` names them in errors. Where nothing is said and
// the shape looks like (N, H, W, C), that is an error.
gd_status gd__arrange(const char *what, gd_array *samples, gd_picture_layout layout);
// The check alone, for samples that are arranged when they are read.
gd_status gd__check_layout(const char *what, gd_shape shape, gd_picture_layout layout);
// One picture (pixels, channels) to (channels, pixels), of elements of `size` bytes.
void gd__channels_first(void *to, const void *from, int64_t pixels, int64_t channels, size_t size);

// ---- Fields (arrays.c)

// Adds samples of one dimension or more that stay in their file, which is taken over (closed on failure too).
gd_status gd__arrays_add_file(gd__arrays *arrays, const char *name, gd__npy_file *file, gd_picture_layout layout);
// Adds what is to be predicted, with the class names that it has; its array is taken over. `name` NULL: "label" or "y",
// as gd__arrays_add_target has it.
gd_status gd__arrays_add_targets(gd__arrays *arrays, const char *name, gd__named_array *value);

#endif
