// Numbers on a grid, brought to another size as the papers on super-resolution do: cubic, antialiased where the grid
// becomes coarser, mirrored at its edges. Any part of the result can be computed by itself, and is then what it is in
// the whole.
#ifndef GD_PICTURE_RESAMPLE_H
#define GD_PICTURE_RESAMPLE_H

#include <gradus/base.h>

// Some rows and columns of a grid.
typedef struct gd__part {
    int64_t top, left, rows, columns;
} gd__part;

// A part of a grid of height x width numbers. `value` has part.rows x part.columns of them.
typedef struct gd__grid {
    int64_t height, width;
    gd__part part;
    float *value;
} gd__grid;

// The least part of a grid of height x width that `wanted`, a part of it at to_height x to_width, is computed from.
gd__part gd__resample_needs(int64_t height, int64_t width, int64_t to_height, int64_t to_width, gd__part wanted);
// Fills to->value: to->part of what the whole of `from` is at to->height x to->width. from->part must hold what that
// needs. Each number is sum_k w(k) x(k), of weights that add up to 1: Keys 1981, "Cubic convolution interpolation
// for digital image processing", with a = -1/2, whose kernel is stretched by the factor where the grid becomes
// coarser; it is what MATLAB's imresize(x, size, 'bicubic') gives. GD_ERROR_MEMORY.
gd_status gd__resample(const gd__grid *from, gd__grid *to);

#endif
