// Scaling: (x - offset) * scale, where offset and scale are those of the element, of the channel or of the whole field.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "data/dataset.h"
#include "data/step.h"

static gd_status deliver(const gd__step *step, gd_field *field)
{
    char text[GD_SHAPE_TEXT];
    if (field->kind == GD_KIND_CATEGORY)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' holds labels or categories, which cannot be scaled", field->name);
    const bool open = gd__shape_is_open(field->shape);
    if (step->group_count > 1 && (open || gd_shape_count(field->shape) != step->group_count * step->group_size))
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s, but preprocessing was fitted on %lld numbers a sample",
                        field->name, gd_shape_text(field->shape, text),
                        (long long)(step->group_count * step->group_size));
    if (step->group_count == 1 && step->group_size > 0 && !open && gd_shape_count(field->shape) != step->group_size)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is %s, but preprocessing was fitted on %lld numbers a sample",
                        field->name, gd_shape_text(field->shape, text), (long long)step->group_size);
    field->type = GD_F32;
    return GD_OK;
}

static gd_status apply(const gd__step *step, gd_shape *shape, double *value)
{
    const int64_t size = step->group_count == 1 ? gd_shape_count(*shape) : step->group_size;
    for (int64_t g = 0; g < step->group_count; g++, value += size)
        for (int64_t i = 0; i < size; i++)
            value[i] = (value[i] - step->offset[g]) * step->scale[g];
    return GD_OK;
}

static void invert(const gd__step *step, int64_t count, double *value)
{
    const int64_t size = step->group_count == 1 ? count : step->group_size;
    const int64_t width = step->group_count * size;
    for (int64_t i = 0; i < count; i++) {
        const int64_t group = i % width / size;
        value[i] = value[i] / step->scale[group] + step->offset[group];
    }
}

// ---- Fitting

// Splits the elements of a sample into the groups that are scaled alike.
static gd_status find_groups(const gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    gd_extent extent = rule->extent;
    if (extent == GD_EXTENT_DEFAULT)
        extent = fit->given.shape.rank == 3 || fit->width == 0 || rule->scaling == GD_SCALE_BY ? GD_EXTENT_FIELD
                                                                                               : GD_EXTENT_FEATURE;
    if (extent != GD_EXTENT_FIELD && fit->width == 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' has an open dimension: all its numbers are scaled alike",
                        fit->given.name);
    step->group_count = 1;
    if (extent == GD_EXTENT_FEATURE || extent == GD_EXTENT_COLUMN)
        step->group_count = fit->width;
    else if (extent == GD_EXTENT_CHANNEL && fit->given.shape.rank > 0)
        step->group_count = fit->given.shape.dim[0];
    step->group_size = fit->width / step->group_count;
    const size_t groups = (size_t)step->group_count;
    step->offset = gd__alloc_zeroed(groups, sizeof *step->offset);
    step->scale = gd__alloc_zeroed(groups, sizeof *step->scale);
    return step->offset == NULL || step->scale == NULL ? gd__fail_memory("preprocessing") : GD_OK;
}

// The columns of a sample, which share what was found of each of their elements; 0 where elements stand for themselves.
static int64_t columns_of(const gd__fitting *fit, const gd_preprocess_rule *rule)
{
    const gd_shape shape = fit->given.shape;
    return rule->extent == GD_EXTENT_COLUMN && shape.rank > 0 ? shape.dim[shape.rank - 1] : 0;
}

// From the means and variances of elements to those of columns: the variance of a column is the mean of its elements'
// variances, and the variance of their means.
static void pool_moments(int64_t count, int64_t columns, double *mean, double *variance)
{
    for (int64_t c = 0; c < columns; c++) {
        const double rows = (double)(count / columns);
        double middle = 0, spread = 0;
        for (int64_t i = c; i < count; i += columns)
            middle += mean[i] / rows;
        for (int64_t i = c; i < count; i += columns)
            spread += (variance[i] + (mean[i] - middle) * (mean[i] - middle)) / rows;
        for (int64_t i = c; i < count; i += columns) {
            mean[i] = middle;
            variance[i] = spread;
        }
    }
}

static void pool_range(int64_t count, int64_t columns, double *low, double *high)
{
    for (int64_t i = columns; columns > 0 && i < count; i++) {
        low[i % columns] = fmin(low[i % columns], low[i]);
        high[i % columns] = fmax(high[i % columns], high[i]);
    }
    for (int64_t i = columns; columns > 0 && i < count; i++) {
        low[i] = low[i % columns];
        high[i] = high[i % columns];
    }
}

// A spread that is only rounding is none: the feature is constant.
static double scale_of(double spread, double size)
{
    return spread > 1e-15 * fabs(size) && spread > 0 ? 1 / spread : 1;
}

// In two passes, as the textbook formula in one loses digits: the mean, then the squares of what differs from it.
// sum[g] and square[g] are zero before.
static gd_status add_moments(gd__fitting *fit, const gd__step *step, double *sum, double *square, double *numbers)
{
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < fit->set->count; i++) {
            gd_status status = gd__fitting_read(fit, i);
            if (status != GD_OK)
                return status;
            const int64_t size = step->group_count == 1 ? fit->count : step->group_size;
            if (pass == 0)
                *numbers += (double)size;
            for (int64_t g = 0; g < step->group_count; g++) {
                const double *x = fit->row + g * size;
                double total = 0;
                const double mean = pass == 0 ? 0 : sum[g] / *numbers;
                for (int64_t e = 0; e < size; e++)
                    total += pass == 0 ? x[e] : (x[e] - mean) * (x[e] - mean);
                *(pass == 0 ? &sum[g] : &square[g]) += total;
            }
        }
    return GD_OK;
}

static gd_status fit_standard(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    gd_status status = find_groups(fit, rule, step);
    if (status != GD_OK)
        return status;
    double numbers = 0;
    status = add_moments(fit, step, step->offset, step->scale, &numbers);
    for (int64_t g = 0; g < step->group_count && status == GD_OK; g++) {
        step->offset[g] /= numbers > 0 ? numbers : 1;
        step->scale[g] /= numbers > 0 ? numbers : 1;
    }
    if (status == GD_OK)
        pool_moments(step->group_count, columns_of(fit, rule), step->offset, step->scale);
    for (int64_t g = 0; g < step->group_count && status == GD_OK; g++)
        step->scale[g] = scale_of(sqrt(step->scale[g]), step->offset[g]);
    return status;
}

static gd_status fit_range(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    gd_status status = find_groups(fit, rule, step);
    if (status != GD_OK)
        return status;
    double *low = step->offset, *high = step->scale;
    for (int64_t g = 0; g < step->group_count; g++) {
        low[g] = INFINITY;
        high[g] = -INFINITY;
    }
    for (int64_t i = 0; i < fit->set->count; i++) {
        status = gd__fitting_read(fit, i);
        if (status != GD_OK)
            return status;
        const int64_t size = step->group_count == 1 ? fit->count : step->group_size;
        for (int64_t e = 0; e < fit->count; e++) {
            const int64_t g = e / size;
            low[g] = fmin(low[g], fit->row[e]);
            high[g] = fmax(high[g], fit->row[e]);
        }
    }
    pool_range(step->group_count, columns_of(fit, rule), low, high);
    for (int64_t g = 0; g < step->group_count; g++) {
        const bool any = low[g] <= high[g];
        low[g] = any ? low[g] : 0;
        high[g] = scale_of(any ? high[g] - low[g] : 0, low[g]);
    }
    return GD_OK;
}

static gd_status fit_factor(gd__fitting *fit, const gd_preprocess_rule *rule, gd__step *step)
{
    gd_status status = find_groups(fit, rule, step);
    for (int64_t g = 0; g < step->group_count && status == GD_OK; g++)
        step->scale[g] = rule->factor == 0 ? 1.0 / 255 : rule->factor;
    return status;
}

// ---- JSON

static bool to_json(const gd__step *step, json_t *json)
{
    return json_object_set_new(json, "group_count", json_integer(step->group_count)) == 0 &&
           json_object_set_new(json, "group_size", json_integer(step->group_size)) == 0 &&
           json_object_set_new(json, "offset", gd__numbers_to_json(step->offset, step->group_count)) == 0 &&
           json_object_set_new(json, "scale", gd__numbers_to_json(step->scale, step->group_count)) == 0;
}

static gd_status from_json(const char *field, json_t *json, gd__step *step)
{
    json_int_t groups = json_integer_value(json_object_get(json, "group_count"));
    json_int_t size = json_integer_value(json_object_get(json, "group_size"));
    int64_t width;
    if (groups < 1 || size < 0 || (groups > 1 && size < 1) || __builtin_mul_overflow(groups, size, &width))
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': its sizes are not valid", field);
    step->group_count = groups;
    step->group_size = size;
    gd_status status = gd__numbers_from_json(json_object_get(json, "offset"), field, groups, &step->offset);
    if (status == GD_OK)
        status = gd__numbers_from_json(json_object_get(json, "scale"), field, groups, &step->scale);
    if (status == GD_OK && (step->offset == NULL || step->scale == NULL))
        status = gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': offset and scale belong together", field);
    for (int64_t g = 0; status == GD_OK && g < groups; g++)
        if (step->scale[g] == 0)
            status = gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': scale %lld is 0", field, (long long)g);
    return status;
}

#define AFFINE(scaling_, name_, fit_)                                                                                  \
    {                                                                                                                  \
        .scaling = (scaling_), .name = (name_), .deliver = deliver, .fit = (fit_), .apply = apply, .invert = invert,   \
        .to_json = to_json, .from_json = from_json                                                                     \
    }
const gd__step_kind gd__step_affine[3] = {
    AFFINE(GD_STANDARDIZE, "standardize", fit_standard),
    AFFINE(GD_MIN_MAX, "min_max", fit_range),
    AFFINE(GD_SCALE_BY, "scale_by", fit_factor),
};
