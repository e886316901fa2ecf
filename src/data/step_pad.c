// Padding: an open first dimension becomes a fixed one. Longer samples are cut, shorter ones end with zeros.
#include <string.h>

#include "base/error.h"
#include "data/step.h"

static int64_t rest_of(gd_shape shape)
{
    int64_t rest = 1;
    for (int i = 1; i < shape.rank; i++)
        rest *= shape.dim[i];
    return rest;
}

static gd_status deliver(const gd__step *step, gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    if (field->shape.rank < 1 || (field->shape.rank > 1 && rest_of(field->shape) < 0))
        return gd__fail(GD_ERROR_SHAPE,
                        "field '%s' is %s, which cannot be padded: an open first dimension was expected", field->name,
                        gd_shape_text(field->shape, text));
    field->shape.dim[0] = step->length;
    return GD_OK;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    const int64_t rest = rest_of(*shape), have = shape->dim[0];
    for (int64_t i = have * rest; i < step->length * rest; i++)
        value[i] = 0;
    shape->dim[0] = step->length;
    return GD_OK;
}

static gd_status fit(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    if (rule->length < 1 || rule->length > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "field '%s' was to be padded to %lld, expected at least 1", fit->given.name,
                        (long long)rule->length);
    step->length = rule->length;
    return GD_OK;
}

static bool to_json(const gd__step *step, json_t *json)
{
    return json_object_set_new(json, "length", json_integer(step->length)) == 0;
}

static gd_status from_json(const char *field, json_t *json, gd__step *step)
{
    step->length = json_integer_value(json_object_get(json, "length"));
    return step->length >= 1 && step->length <= INT32_MAX
               ? GD_OK
               : gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': its length is not valid", field);
}

const gd__step_kind gd__step_pad = {.scaling = GD_PAD,
                                    .name = "pad",
                                    .deliver = deliver,
                                    .fit = fit,
                                    .apply = apply,
                                    .to_json = to_json,
                                    .from_json = from_json};
