// Whole numbers that are quantities: delivered as f32.
#include "data/step.h"

static gd_status deliver(const gd__step *step, gd_field *field)
{
    (void)step;
    field->type = GD_F32;
    field->kind = GD_KIND_NUMBERS;
    field->class_count = 0;
    return GD_OK;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    (void)step;
    (void)shape;
    (void)value;
    return GD_OK;
}

const gd__step_kind gd__step_numbers = {
    .scaling = GD_AS_NUMBERS, .name = "as_numbers", .deliver = deliver, .apply = apply};
