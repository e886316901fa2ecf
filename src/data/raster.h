// Pictures within the values of a sample, for transforms of pictures. A value of (H, W) has one channel. One of three
// dimensions is (C, H, W), or (H, W, C) where the last dimension is at most 4 and the first is not.
#ifndef GD_DATA_RASTER_H
#define GD_DATA_RASTER_H

#include <gradus/transform.h>

typedef struct gd__raster {
    gd_type type;
    int64_t channels, height, width;
    int64_t channel_step, row_step, column_step; // elements from one to the next
    void *data;
} gd__raster;

// Fails where the shape is none of a picture.
gd_status gd__raster_of(const gd_field *field, void *data, gd__raster *raster);
// The first picture of a batch (n, shape…) of them; `name` names the batch in errors.
gd_status gd__raster_of_batch(const gd_array *batch, const char *name, gd__raster *raster);
// The shape of such a value with another height and width.
gd_shape gd__raster_resized(gd_shape shape, int64_t height, int64_t width);
double gd__raster_get(const gd__raster *raster, int64_t channel, int64_t row, int64_t column);
// Whole numbers are rounded to the nearest, and bytes kept from 0 to 255.
void gd__raster_put(const gd__raster *raster, int64_t channel, int64_t row, int64_t column, double value);
// The largest value of a picture: 255 for whole numbers, 1 for others.
double gd__raster_white(const gd__raster *raster);

// ---- What transforms of pictures share. The first field is the picture; a second one is the boxes in it, (n, 4):
// left, top, right, bottom in pixels, from the upper left corner of the picture.

// The picture keeps its shape and type.
gd_status gd__picture_describe(int count, gd_field *field);
// Its height and width become these (0: stay).
gd_status gd__picture_describe_size(int count, gd_field *field, const int64_t size[2]);

// (x, y) of a place in the new picture → the place in the old one: x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y +
// m[5]. Places are measured from the upper left corner, so that the centre of the first pixel is (0.5, 0.5).
typedef struct gd__affine_map {
    double m[6];
} gd__affine_map;
// Draws the picture anew, height x width, with bilinear interpolation between the centres of pixels. Outside of the old
// picture stands `fill`; with `edge`, the nearest pixel. Boxes become those around the moved corners, cut at the
// picture's edges.
gd_status gd__picture_warp(gd_transform_call *call, int64_t height, int64_t width, const gd__affine_map *map, bool edge,
                           double fill);
// Moves the boxes, if there are any: `map` leads from the new picture to the old one.
void gd__boxes_move(gd_transform_call *call, int64_t height, int64_t width, const gd__affine_map *map);

#endif
