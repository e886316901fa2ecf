// A number from 0 to 1, as a yes-or-no answer is: unchanged, and checked in every sample.
#include "base/error.h"
#include "data/dataset.h"
#include "data/step.h"

static gd_status deliver(const gd__step *step, gd_field *field)
{
    (void)step;
    field->type = GD_F32;
    return GD_OK;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    (void)step;
    const int64_t count = gd_shape_count(*shape);
    for (int64_t i = 0; i < count; i++)
        if (!(value[i] >= 0 && value[i] <= 1))
            return gd__fail(GD_ERROR_NUMBER, "%g was found where a number from 0 (no) to 1 (yes) was expected",
                            value[i]);
    return GD_OK;
}

// Checks the training samples, so that the first that does not fit is named before training begins.
static gd_status fit(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    (void)rule;
    (void)step;
    for (int64_t i = 0; i < fit->set->count; i++) {
        gd_status status = gd__fitting_read(fit, i);
        for (int64_t k = 0; status == GD_OK && k < fit->count; k++)
            if (!(fit->row[k] >= 0 && fit->row[k] <= 1))
                status = gd__fitting_fail(fit, i, "%g was found where a number from 0 (no) to 1 (yes) was expected",
                                          fit->row[k]);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

const gd__step_kind gd__step_probability = {
    .scaling = GD_PROBABILITY, .name = "probability", .deliver = deliver, .fit = fit, .apply = apply};
