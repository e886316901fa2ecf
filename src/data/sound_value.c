#include "data/sound_value.h"

#include <string.h>

#include "base/error.h"

gd_status gd__sound_describe(gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    if (field->kind != GD_KIND_NUMBERS || !gd_type_is_float(field->type) || field->shape.rank != 1)
        return gd__fail(GD_ERROR_SHAPE, "it is %s %s, a sound, f32 of one dimension, was expected",
                        gd_type_name(field->type), gd_shape_text(field->shape, text));
    field->type = GD_F32;
    return GD_OK;
}

gd_status gd__sound_of(gd_sample_value *value, int64_t *count, float **sample)
{
    const gd_type type = value->field.type;
    const gd_shape shape = value->field.shape;
    gd_status status = GD_OK;
    if (type != GD_F32) {
        const void *before;
        status = gd_sample_value_change(value, GD_F32, shape, &before);
        if (status == GD_OK) {
            gd_array to = gd_array_borrow(GD_F32, shape, value->data);
            const gd_array from = gd_array_borrow(type, shape, before);
            status = gd_array_convert(&to, &from);
        }
    }
    *count = gd_shape_count(shape);
    *sample = value->data;
    return status;
}

gd_status gd__sound_put(gd_sample_value *value, int64_t count, const float *sample)
{
    gd_status status = gd_sample_value_change(value, GD_F32, GD_SHAPE(count), NULL);
    if (status == GD_OK && count > 0)
        memcpy(value->data, sample, (size_t)count * sizeof *sample);
    return status;
}
