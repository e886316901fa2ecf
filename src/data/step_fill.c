// Filling in: the mean or the median of the training samples in the place of a missing number.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/step.h"

static gd_status deliver(const gd__step *step, gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    if (gd_shape_count(field->shape) != step->fill_count)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s, but missing numbers were learned for %lld a sample",
                        field->name, gd_shape_text(field->shape, text), (long long)step->fill_count);
    return GD_OK;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    (void)shape; // as many as fill_count, which deliver checks
    for (int64_t i = 0; i < step->fill_count; i++)
        if (isnan(value[i]))
            value[i] = step->fill[i];
    return GD_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The mean or median of `count` numbers.
static double middle(gd_missing policy, int64_t count, double *number)
{
    if (policy == GD_MISSING_MEAN) {
        double sum = 0;
        for (int64_t i = 0; i < count; i++)
            sum += number[i];
        return sum / (double)count;
    }
    qsort(number, (size_t)count, sizeof *number, compare_numbers);
    return (number[(count - 1) / 2] + number[count / 2]) / 2;
}

// Elements first … first+count-1 in one pass over the samples; `column` has room for the numbers of each.
static gd_status fit_some(gd__fitting *fit, gd_missing policy, int64_t first, int64_t count, double *column,
                          int64_t *found, gd__step *step)
{
    const int64_t samples = fit->set->count;
    for (int64_t e = 0; e < count; e++)
        found[e] = 0;
    for (int64_t i = 0; i < samples; i++) {
        gd_status status = gd__fitting_read(fit, i);
        if (status != GD_OK)
            return status;
        for (int64_t e = 0; e < count; e++)
            if (!isnan(fit->row[first + e]))
                column[e * samples + found[e]++] = fit->row[first + e];
    }
    for (int64_t e = 0; e < count; e++) {
        const char *name = gd_dataset_element_name(fit->set, fit->field, first + e);
        if (found[e] == 0)
            return gd__fail(GD_ERROR_NUMBER, "field '%s': element %lld%s%s%s is missing in every training sample",
                            fit->given.name, (long long)(first + e), name != NULL ? " ('" : "",
                            name != NULL ? name : "", name != NULL ? "')" : "");
        step->fill[first + e] = middle(policy, found[e], column + e * samples);
    }
    return GD_OK;
}

static gd_status fit(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    (void)rule;
    enum { AT_ONCE = 1 << 23 }; // numbers held in memory
    const gd_missing policy = fit->set->store->missing[fit->field];
    const int64_t samples = fit->set->count;
    int64_t each = AT_ONCE / samples;
    each = each < 1 ? 1 : each > fit->width ? fit->width : each;
    step->fill_count = fit->width;
    step->fill = gd__alloc_zeroed((size_t)fit->width, sizeof *step->fill);
    double *column = gd__alloc_zeroed((size_t)(each * samples), sizeof *column);
    int64_t *found = gd__alloc_zeroed((size_t)each, sizeof *found);
    gd_status status = step->fill == NULL || column == NULL || found == NULL ? gd__fail_memory("preprocessing") : GD_OK;
    for (int64_t first = 0; first < fit->width && status == GD_OK; first += each) {
        const int64_t left = fit->width - first;
        status = fit_some(fit, policy, first, left < each ? left : each, column, found, step);
    }
    gd__free(column);
    gd__free(found);
    return status;
}

static bool to_json(const gd__step *step, json_t *json)
{
    return json_object_set_new(json, "fill", gd__numbers_to_json(step->fill, step->fill_count)) == 0;
}

static gd_status from_json(const char *field, json_t *json, gd__step *step)
{
    json_t *list = json_object_get(json, "fill");
    if (!json_is_array(list) || json_array_size(list) < 1)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': what fills missing numbers in was expected", field);
    step->fill_count = (int64_t)json_array_size(list);
    return gd__numbers_from_json(list, field, step->fill_count, &step->fill);
}

const gd__step_kind gd__step_fill = {
    .name = "fill", .deliver = deliver, .fit = fit, .apply = apply, .to_json = to_json, .from_json = from_json};
