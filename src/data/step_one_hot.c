// One-hot: a label as a row of zeros with a one.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/step.h"

static gd_status deliver(const gd__step *step, gd_field *field)
{
    if (field->type != GD_I32 || gd_shape_count(field->shape) != 1)
        return gd__fail(GD_ERROR_SHAPE,
                        "field '%s' holds no labels, so it cannot become one-hot: one whole number from 0 on was "
                        "expected in each sample",
                        field->name);
    field->type = GD_F32;
    field->kind = GD_KIND_NUMBERS;
    field->shape = GD_SHAPE(step->class_count);
    return GD_OK;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    const double label = value[0];
    if (!(label >= 0 && label < step->class_count && label == floor(label)))
        return gd__fail(GD_ERROR_NUMBER, "label %g lies outside 0 to %d", label, step->class_count - 1);
    memset(value, 0, (size_t)step->class_count * sizeof *value);
    value[(int)label] = 1;
    *shape = GD_SHAPE(step->class_count);
    return GD_OK;
}

static gd_status fit(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    step->class_count = rule->class_count > 0 ? rule->class_count : fit->given.class_count;
    if (fit->width != 1 || step->class_count < 1)
        return gd__fail(GD_ERROR_SHAPE,
                        "field '%s' cannot become one-hot: one whole number from 0 on was expected in each sample",
                        fit->given.name);
    for (int64_t i = 0; i < fit->set->count; i++) {
        gd_status status = gd__fitting_read(fit, i);
        if (status == GD_OK && !(fit->row[0] >= 0 && fit->row[0] < step->class_count))
            status = gd__fitting_fail(fit, i, "label %g lies outside 0 to %d", fit->row[0], step->class_count - 1);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static bool to_json(const gd__step *step, json_t *json)
{
    return json_object_set_new(json, "class_count", json_integer(step->class_count)) == 0;
}

static gd_status from_json(const char *field, json_t *json, gd__step *step)
{
    const json_int_t count = json_integer_value(json_object_get(json, "class_count"));
    if (count < 1 || count > 1 << 24)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': its number of classes is not valid", field);
    step->class_count = (int)count;
    return GD_OK;
}

const gd__step_kind gd__step_one_hot = {.scaling = GD_ONE_HOT,
                                        .name = "one_hot",
                                        .deliver = deliver,
                                        .fit = fit,
                                        .apply = apply,
                                        .to_json = to_json,
                                        .from_json = from_json};
