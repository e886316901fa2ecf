// Whole numbers that are quantities: delivered as f32.
#include "data/transform.h"

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

static bool to_json(const gd__step *step, json_t *json)
{
    (void)step;
    return json != NULL;
}

static gd_status from_json(const char *field, json_t *json, gd__step *step)
{
    (void)field;
    (void)json;
    (void)step;
    return GD_OK;
}

const gd__step_kind gd__step_numbers = {.scaling = GD_AS_NUMBERS,
                                        .name = "as_numbers",
                                        .deliver = deliver,
                                        .apply = apply,
                                        .to_json = to_json,
                                        .from_json = from_json};
