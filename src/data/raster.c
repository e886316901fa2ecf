#include "data/raster.h"

#include <math.h>

#include "base/error.h"
#include "base/shape.h"

static bool channels_last(gd_shape shape)
{
    return shape.rank == 3 && shape.dim[2] >= 1 && shape.dim[2] <= 4 && !(shape.dim[0] >= 1 && shape.dim[0] <= 4);
}

gd_status gd__raster_of(const gd_field *field, void *data, gd__raster *raster)
{
    char text[GD_SHAPE_TEXT];
    const gd_shape shape = field->shape;
    if (shape.rank != 2 && shape.rank != 3)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s, which is no picture: (H, W), (C, H, W) or (H, W, C)",
                        field->name, gd_shape_text(shape, text));
    *raster = (gd__raster){.type = field->type, .data = data, .channels = 1, .column_step = 1};
    if (channels_last(shape)) {
        raster->height = shape.dim[0];
        raster->width = shape.dim[1];
        raster->channels = raster->column_step = shape.dim[2];
        raster->channel_step = 1;
    } else {
        raster->height = shape.dim[shape.rank - 2];
        raster->width = shape.dim[shape.rank - 1];
        raster->channels = shape.rank == 3 ? shape.dim[0] : 1;
        raster->channel_step = raster->height * raster->width;
    }
    raster->row_step = raster->width * raster->column_step;
    return GD_OK;
}

gd_status gd__raster_of_batch(const gd_array *batch, const char *name, gd__raster *raster)
{
    gd_field one = {.name = name, .type = batch->type, .shape = {.rank = batch->shape.rank - 1}};
    for (int i = 0; i < one.shape.rank; i++)
        one.shape.dim[i] = batch->shape.dim[i + 1];
    return gd__raster_of(&one, batch->data, raster);
}

gd_shape gd__raster_resized(gd_shape shape, int64_t height, int64_t width)
{
    const int row = channels_last(shape) ? 0 : shape.rank - 2;
    shape.dim[row] = height;
    shape.dim[row + 1] = width;
    return shape;
}

static int64_t place_of(const gd__raster *r, int64_t channel, int64_t row, int64_t column)
{
    return channel * r->channel_step + row * r->row_step + column * r->column_step;
}

static gd_array as_array(const gd__raster *r)
{
    return gd_array_borrow(r->type, GD_SHAPE(r->channels * r->height * r->width), r->data);
}

double gd__raster_get(const gd__raster *r, int64_t channel, int64_t row, int64_t column)
{
    const int64_t place = place_of(r, channel, row, column);
    switch (r->type) {
    case GD_U8: return ((const uint8_t *)r->data)[place];
    case GD_F32: return (double)((const float *)r->data)[place];
    default: {
        const gd_array array = as_array(r);
        return gd_array_get(&array, place);
    }
    }
}

void gd__raster_put(const gd__raster *r, int64_t channel, int64_t row, int64_t column, double value)
{
    const int64_t place = place_of(r, channel, row, column);
    switch (r->type) {
    case GD_U8: ((uint8_t *)r->data)[place] = (uint8_t)lrint(fmin(fmax(value, 0), 255)); break;
    case GD_F32: ((float *)r->data)[place] = (float)value; break;
    case GD_F64: ((double *)r->data)[place] = value; break;
    default: {
        gd_array array = as_array(r);
        gd_array_put(&array, place, nearbyint(value));
    }
    }
}

double gd__raster_white(const gd__raster *r)
{
    return r->type == GD_F32 || r->type == GD_F64 ? 1 : 255;
}

// ---- What transforms of pictures share

static gd_status describe_boxes(const gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    if (field->name != NULL && (field->shape.rank != 2 || field->shape.dim[1] != 4 || field->type == GD_U8))
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s %s, expected boxes: numbers, (n, 4)", field->name,
                        gd_type_name(field->type), gd_shape_text(field->shape, text));
    return GD_OK;
}

gd_status gd__picture_describe(int count, gd_field *field)
{
    gd__raster raster;
    gd_status status = gd__raster_of(&field[0], NULL, &raster);
    return status == GD_OK && count > 1 ? describe_boxes(&field[1]) : status;
}

gd_status gd__picture_describe_size(int count, gd_field *field, const int64_t size[2])
{
    gd__raster r;
    gd_status status = gd__picture_describe(count, field);
    if (status == GD_OK)
        status = gd__raster_of(&field[0], NULL, &r);
    if (status == GD_OK)
        field[0].shape =
            gd__raster_resized(field[0].shape, size[0] > 0 ? size[0] : r.height, size[1] > 0 ? size[1] : r.width);
    return status;
}

static double pixel_at(const gd__raster *r, int64_t channel, int64_t row, int64_t column, bool edge, double fill)
{
    if (!edge && (row < 0 || column < 0 || row >= r->height || column >= r->width))
        return fill;
    row = row < 0 ? 0 : row >= r->height ? r->height - 1 : row;
    column = column < 0 ? 0 : column >= r->width ? r->width - 1 : column;
    return gd__raster_get(r, channel, row, column);
}

// The four pixels around a place, and how much each counts.
typedef struct around {
    int64_t row, column; // of the upper left one
    double weight[4];    // by row, then by column
    bool inside;         // all four lie in the picture
    bool far;            // so far outside that nothing is left to be interpolated
} around;

static around around_place(const gd__raster *r, double x, double y, bool edge)
{
    const double left = floor(x - 0.5), top = floor(y - 0.5);
    // A number too large for an index stays out of it.
    if (!(left >= -2 && top >= -2 && left <= (double)r->width + 1 && top <= (double)r->height + 1) && !edge)
        return (around){.far = true};
    const double a = x - 0.5 - left, b = y - 0.5 - top;
    around p = {.row = (int64_t)top, .column = (int64_t)left};
    p.inside = p.row >= 0 && p.column >= 0 && p.row + 1 < r->height && p.column + 1 < r->width;
    for (int i = 0; i < 4; i++)
        p.weight[i] = (i & 1 ? a : 1 - a) * (i & 2 ? b : 1 - b);
    return p;
}

static double between(const gd__raster *r, int64_t channel, const around *p, bool edge, double fill)
{
    if (p->far)
        return fill;
    double value = 0;
    if (p->inside && r->type == GD_U8) { // the same sum
        const uint8_t *pixel = (const uint8_t *)r->data + place_of(r, channel, p->row, p->column);
        for (int i = 0; i < 4; i++)
            value += p->weight[i] * pixel[(i >> 1) * r->row_step + (i & 1) * r->column_step];
        return value;
    }
    for (int i = 0; i < 4; i++)
        if (p->weight[i] > 0)
            value += p->weight[i] * pixel_at(r, channel, p->row + (i >> 1), p->column + (i & 1), edge, fill);
    return value;
}

void gd__boxes_move(gd_transform_call *call, int64_t height, int64_t width, const gd__affine_map *map)
{
    if (call->count < 2 || call->value[1] == NULL)
        return;
    const double *m = map->m, determinant = m[0] * m[4] - m[1] * m[3];
    gd_sample_value *value = call->value[1];
    gd_array box = gd_array_borrow(value->field.type, value->field.shape, value->data);
    for (int64_t n = 0; n < value->field.shape.dim[0]; n++) {
        double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
        for (int corner = 0; corner < 4; corner++) {
            const double x = gd_array_get(&box, 4 * n + (corner & 1 ? 2 : 0)) - m[2];
            const double y = gd_array_get(&box, 4 * n + (corner & 2 ? 3 : 1)) - m[5];
            const double moved[2] = {(m[4] * x - m[1] * y) / determinant, (m[0] * y - m[3] * x) / determinant};
            for (int k = 0; k < 2; k++) {
                low[k] = fmin(low[k], moved[k]);
                high[k] = fmax(high[k], moved[k]);
            }
        }
        const double most[2] = {(double)width, (double)height};
        for (int k = 0; k < 2; k++) {
            gd_array_put(&box, 4 * n + k, fmin(fmax(low[k], 0), most[k]));
            gd_array_put(&box, 4 * n + 2 + k, fmin(fmax(high[k], 0), most[k]));
        }
    }
}

gd_status gd__picture_warp(gd_transform_call *call, int64_t height, int64_t width, const gd__affine_map *map, bool edge,
                           double fill)
{
    gd_sample_value *picture = call->value[0];
    const gd_field before = picture->field;
    const void *old;
    gd__raster from, to;
    const gd_shape shape = gd__raster_resized(before.shape, height, width);
    gd_status status = gd_sample_value_change(picture, before.type, shape, &old);
    if (status == GD_OK)
        status = gd__raster_of(&before, (void *)old, &from);
    if (status == GD_OK)
        status = gd__raster_of(&picture->field, picture->data, &to);
    for (int64_t row = 0; row < height && status == GD_OK; row++)
        for (int64_t column = 0; column < width; column++) {
            const double *m = map->m, x = (double)column + 0.5, y = (double)row + 0.5;
            const double at_x = m[0] * x + m[1] * y + m[2], at_y = m[3] * x + m[4] * y + m[5];
            const around place = around_place(&from, at_x, at_y, edge);
            for (int64_t c = 0; c < from.channels; c++)
                gd__raster_put(&to, c, row, column, between(&from, c, &place, edge, fill));
        }
    if (status == GD_OK)
        gd__boxes_move(call, height, width, map);
    return status;
}
