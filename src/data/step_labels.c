// Labels: whatever tells classes apart becomes the numbers 0 … K-1, in ascending order of the values.
//
// Whole numbers (-1 and 1; 1, 2 and 3; 0, 1 and 4), categories with names, and one-hot rows are labels. Rows of
// probabilities stay rows. The map is learned from the training samples and kept with them.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/step.h"

enum { MOST_CLASSES = 10000 };

static gd_status deliver(const gd__step *step, gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    const int64_t count = gd_shape_count(field->shape), want = step->rows || step->soft ? step->class_count : 1;
    if (count != want)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s, but its classes were learned from %lld number%s a sample",
                        field->name, gd_shape_text(field->shape, text), (long long)want, want == 1 ? "" : "s");
    field->class_count = step->class_count;
    if (step->soft) {
        field->type = GD_F32;
        return GD_OK;
    }
    field->kind = GD_KIND_CATEGORY;
    field->type = GD_I32;
    field->shape = GD_SCALAR;
    return GD_OK;
}

// ---- Applying

// The place of the one in a row of zeros; -1 where the row is another.
static int place_of_one(const double *row, int count)
{
    int place = -1;
    for (int i = 0; i < count; i++) {
        if (row[i] != 0 && (row[i] != 1 || place >= 0))
            return -1;
        if (row[i] == 1)
            place = i;
    }
    return place;
}

static bool is_distribution(const double *row, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        if (!(row[i] >= 0 && row[i] <= 1))
            return false;
        sum += row[i];
    }
    return fabs(sum - 1) < 1e-3;
}

static int find_value(const gd__step *step, double value)
{
    int low = 0, high = step->class_count;
    if (step->value == NULL)
        return value >= 0 && value < step->class_count && value == floor(value) ? (int)value : -1;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (step->value[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < step->class_count && step->value[low] == value ? low : -1;
}

static gd_status fail_unknown(const gd__step *step, double value)
{
    enum { SHOWN = 8 };
    if (step->value == NULL)
        return gd__fail(GD_ERROR_NUMBER, "label %g lies outside 0 to %d", value, step->class_count - 1);
    gd__text list = {0};
    for (int i = 0; i < step->class_count && i < SHOWN; i++)
        gd__text_add(&list, "%s%g", i == 0 ? "" : ", ", step->value[i]);
    gd_status status = gd__fail(GD_ERROR_NUMBER, "%g is none of the classes of the training data: %s%s", value,
                                list.data == NULL ? "" : list.data, step->class_count > SHOWN ? ", …" : "");
    gd__text_free(&list);
    return status;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    if (step->soft)
        return is_distribution(value, step->class_count)
                   ? GD_OK
                   : gd__fail(GD_ERROR_NUMBER, "the row is no distribution over classes: numbers from 0 to 1 that sum "
                                               "to 1 were expected, as in the training data");
    const int place = step->rows ? place_of_one(value, step->class_count) : find_value(step, value[0]);
    if (place < 0)
        return step->rows ? gd__fail(GD_ERROR_NUMBER, "the row is not one-hot: zeros and a single 1 were expected, as "
                                                      "in the training data")
                          : fail_unknown(step, value[0]);
    value[0] = place;
    *shape = GD_SCALAR;
    return GD_OK;
}

// ---- Fitting

static gd_status fit_rows(gd__fitting *fit, gd__step *step)
{
    step->class_count = (int)fit->width;
    step->rows = true;
    for (int64_t i = 0; i < fit->set->count; i++) {
        gd_status status = gd__fitting_read(fit, i);
        if (status != GD_OK)
            return status;
        if (step->rows && place_of_one(fit->row, step->class_count) >= 0)
            continue;
        if (!is_distribution(fit->row, step->class_count))
            return gd__fitting_fail(fit, i,
                                    "%g, %g%s is neither a one-hot row nor a distribution over classes (numbers from 0 "
                                    "to 1 that sum to 1)",
                                    fit->row[0], fit->row[1], fit->width > 2 ? ", …" : "");
        if (step->rows) { // all rows are read again as what they are
            step->rows = false;
            step->soft = true;
            i = -1;
        }
    }
    return GD_OK;
}

// Puts a value into the ascending list of those found; false when there are too many.
static gd_status add_value(gd__fitting *fit, int64_t index, double value, gd__step *step, int *capacity)
{
    int low = 0, high = step->class_count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (step->value[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < step->class_count && step->value[low] == value)
        return GD_OK;
    if (value != floor(value))
        return gd__fitting_fail(fit, index, "%g is no class: whole numbers, texts or one-hot rows are", value);
    if (step->class_count == MOST_CLASSES)
        return gd__fitting_fail(fit, index, "the %dth different value: these are quantities and no classes",
                                MOST_CLASSES + 1);
    if (!gd__grow((void **)&step->value, capacity, step->class_count, sizeof *step->value))
        return gd__fail_memory("preprocessing");
    memmove(step->value + low + 1, step->value + low, (size_t)(step->class_count - low) * sizeof *step->value);
    step->value[low] = value;
    step->class_count++;
    return GD_OK;
}

// Names of classes that have none of their own: their values.
static gd_status name_values(gd__step *step)
{
    step->class_name = gd__alloc_zeroed((size_t)step->class_count, sizeof *step->class_name);
    for (int i = 0; step->class_name != NULL && i < step->class_count; i++) {
        char text[40];
        gd__format(text, sizeof text, "%.15g", step->value[i]);
        step->class_name[i] = gd__copy_text(text);
        if (step->class_name[i] == NULL)
            return gd__fail_memory("preprocessing");
    }
    return step->class_name == NULL ? gd__fail_memory("preprocessing") : GD_OK;
}

static gd_status fit_values(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    int capacity = 0;
    for (int64_t i = 0; i < fit->set->count; i++) {
        gd_status status = gd__fitting_read(fit, i);
        if (status == GD_OK)
            status = add_value(fit, i, fit->row[0], step, &capacity);
        if (status != GD_OK)
            return status;
    }
    const double smallest = step->value[0], largest = step->value[step->class_count - 1];
    const bool complete = smallest == 0 && largest == step->class_count - 1;
    if (complete || (smallest >= 0 && largest < rule->class_count)) {
        step->class_count = rule->class_count > step->class_count ? rule->class_count : step->class_count;
        gd__free(step->value);
        step->value = NULL;
        return GD_OK;
    }
    if (rule->class_count > 0 && rule->class_count != step->class_count)
        return gd__fail(GD_ERROR_NUMBER, "field '%s' shows %d classes (%g to %g), %d were expected", fit->given.name,
                        step->class_count, smallest, largest, rule->class_count);
    return name_values(step);
}

// Categories that have names keep their numbers.
static gd_status fit_names(gd__fitting *fit, gd__step *step)
{
    step->class_count = fit->given.class_count;
    step->class_name = gd__alloc_zeroed((size_t)step->class_count, sizeof *step->class_name);
    for (int i = 0; step->class_name != NULL && i < step->class_count; i++) {
        step->class_name[i] = gd__copy_text(gd_dataset_class_name(fit->set, fit->field, i));
        if (step->class_name[i] == NULL)
            return gd__fail_memory("preprocessing");
    }
    return step->class_name == NULL ? gd__fail_memory("preprocessing") : GD_OK;
}

static gd_status fit(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    char text[GD_SHAPE_TEXT];
    const bool named =
        fit->given.class_count > 0 && gd_dataset_class_name(fit->set, fit->field, fit->given.class_count - 1) != NULL;
    if (named)
        return fit_names(fit, step);
    if (fit->given.shape.rank == 1 && fit->width > 1 && fit->width <= MOST_CLASSES)
        return fit_rows(fit, step);
    if (fit->width == 1)
        return fit_values(fit, rule, step);
    return gd__fail(GD_ERROR_SHAPE,
                    "field '%s' is %s, which are no classes: one whole number a sample, a text or a one-hot row was "
                    "expected",
                    fit->given.name, gd_shape_text(fit->given.shape, text));
}

// ---- JSON

static bool to_json(const gd__step *step, json_t *json)
{
    json_t *names = step->class_name == NULL ? json_null() : json_array();
    for (int i = 0; step->class_name != NULL && i < step->class_count; i++)
        json_array_append_new(names, json_string(step->class_name[i]));
    return json_object_set_new(json, "class_count", json_integer(step->class_count)) == 0 &&
           json_object_set_new(json, "values", gd__numbers_to_json(step->value, step->class_count)) == 0 &&
           json_object_set_new(json, "rows", json_boolean(step->rows)) == 0 &&
           json_object_set_new(json, "soft", json_boolean(step->soft)) == 0 &&
           json_object_set_new(json, "names", names) == 0;
}

static gd_status names_from_json(const char *field, json_t *names, gd__step *step)
{
    if (names == NULL || json_is_null(names))
        return GD_OK;
    if (json_array_size(names) != (size_t)step->class_count)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': %d names of classes were expected", field,
                        step->class_count);
    step->class_name = gd__alloc_zeroed((size_t)step->class_count, sizeof *step->class_name);
    for (int i = 0; step->class_name != NULL && i < step->class_count; i++) {
        const char *name = json_string_value(json_array_get(names, (size_t)i));
        if (name == NULL)
            return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': the name of class %d is no text", field, i);
        step->class_name[i] = gd__copy_text(name);
        if (step->class_name[i] == NULL)
            return gd__fail_memory("preprocessing");
    }
    return step->class_name == NULL ? gd__fail_memory("preprocessing") : GD_OK;
}

static gd_status from_json(const char *field, json_t *json, gd__step *step)
{
    const json_int_t count = json_integer_value(json_object_get(json, "class_count"));
    if (count < 1 || count > 1 << 24)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': its number of classes is not valid", field);
    step->class_count = (int)count;
    step->rows = json_is_true(json_object_get(json, "rows"));
    step->soft = json_is_true(json_object_get(json, "soft"));
    gd_status status = gd__numbers_from_json(json_object_get(json, "values"), field, count, &step->value);
    for (int i = 1; status == GD_OK && step->value != NULL && i < step->class_count; i++)
        if (!(step->value[i - 1] < step->value[i]))
            status = gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': the values of its classes do not ascend", field);
    return status == GD_OK ? names_from_json(field, json_object_get(json, "names"), step) : status;
}

const gd__step_kind gd__step_labels = {.scaling = GD_LABELS,
                                       .name = "labels",
                                       .deliver = deliver,
                                       .fit = fit,
                                       .apply = apply,
                                       .to_json = to_json,
                                       .from_json = from_json};
