// Fitting: means, deviations, ranges and what replaces missing cells, from the training part.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/preprocess.h"

// One field's training samples, and room to work in.
typedef struct {
    const gd_dataset *set;
    const gd__stored_field *field;
    int64_t width; // elements in a sample
    float *row;    // one sample, (width)
    double *sum;   // (groups)
    double *square;
    float *offset, *scale; // (groups); handed to the transform at the end, as samples are read unscaled until then
} fitting;

static gd_status read_row(const fitting *fit, const gd__transform *transform, int64_t index)
{
    return gd__read_sample(fit->field, transform, gd__dataset_sample(fit->set, index), fit->row);
}

// ---- Missing cells

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The mean or median of element `element` over the samples where it is there.
static gd_status find_fill(const fitting *fit, int64_t element, float *column, float *fill)
{
    int64_t count = 0;
    double sum = 0;
    const float *value = fit->field->value.data;
    for (int64_t i = 0; i < fit->set->count; i++) {
        float x = value[gd__dataset_sample(fit->set, i) * fit->width + element];
        if (isnan(x))
            continue;
        column[count++] = x;
        sum += (double)x;
    }
    if (count == 0)
        return gd__fail(GD_ERROR_NUMBER, "field '%s': element %lld is missing in every training sample",
                        fit->field->name, (long long)element);
    if (fit->field->fill == GD_MISSING_MEAN) {
        *fill = (float)(sum / (double)count);
        return GD_OK;
    }
    qsort(column, (size_t)count, sizeof *column, compare_floats);
    *fill = (float)(((double)column[(count - 1) / 2] + (double)column[count / 2]) / 2);
    return GD_OK;
}

static gd_status fit_fill(const fitting *fit, gd__transform *transform)
{
    transform->fill = gd__alloc_zeroed((size_t)fit->width, sizeof *transform->fill);
    float *column = gd__alloc_zeroed((size_t)fit->set->count, sizeof *column);
    gd_status status = transform->fill == NULL || column == NULL ? gd__fail_memory("preprocessing") : GD_OK;
    for (int64_t e = 0; e < fit->width && status == GD_OK; e++)
        status = find_fill(fit, e, column, &transform->fill[e]);
    gd__free(column);
    return status;
}

// ---- Scaling

// A spread that is only the rounding of f32 is none: the feature is constant.
static float scale_of(double spread, double size)
{
    return spread > 1e-7 * fabs(size) && spread > 0 ? (float)(1 / spread) : 1;
}

// In two passes, as the textbook formula in one loses digits: the mean, then the squares of what differs from it.
static gd_status fit_standard(const fitting *fit, const gd__transform *transform)
{
    int64_t groups = transform->group_count, size = transform->group_size;
    double count = (double)fit->set->count * (double)size;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < fit->set->count; i++) {
            gd_status status = read_row(fit, transform, i);
            if (status != GD_OK)
                return status;
            for (int64_t g = 0; g < groups; g++) {
                const float *x = fit->row + g * size;
                double mean = fit->sum[g] / count, total = 0;
                for (int64_t e = 0; e < size; e++)
                    total += pass == 0 ? (double)x[e] : ((double)x[e] - mean) * ((double)x[e] - mean);
                *(pass == 0 ? &fit->sum[g] : &fit->square[g]) += total;
            }
        }
    for (int64_t g = 0; g < groups; g++) {
        double mean = fit->sum[g] / count;
        fit->offset[g] = (float)mean;
        fit->scale[g] = scale_of(sqrt(fit->square[g] / count), mean);
    }
    return GD_OK;
}

static gd_status fit_range(const fitting *fit, const gd__transform *transform)
{
    int64_t groups = transform->group_count, size = transform->group_size;
    double *low = fit->sum, *high = fit->square;
    for (int64_t g = 0; g < groups; g++) {
        low[g] = INFINITY;
        high[g] = -INFINITY;
    }
    for (int64_t i = 0; i < fit->set->count; i++) {
        gd_status status = read_row(fit, transform, i);
        if (status != GD_OK)
            return status;
        for (int64_t e = 0; e < fit->width; e++) {
            int64_t g = e / size;
            low[g] = fmin(low[g], (double)fit->row[e]);
            high[g] = fmax(high[g], (double)fit->row[e]);
        }
    }
    for (int64_t g = 0; g < groups; g++) {
        fit->offset[g] = (float)low[g];
        fit->scale[g] = scale_of(high[g] - low[g], low[g]);
    }
    return GD_OK;
}

// Splits the elements of a sample into the groups that are scaled alike.
static void find_groups(const fitting *fit, const gd_preprocess_rule *rule, gd__transform *transform)
{
    gd_extent extent = rule->extent;
    if (extent == GD_EXTENT_DEFAULT)
        extent = fit->field->shape.rank == 3 || rule->scaling == GD_SCALE_BY ? GD_EXTENT_FIELD : GD_EXTENT_FEATURE;
    transform->group_count = 1;
    if (extent == GD_EXTENT_FEATURE)
        transform->group_count = fit->width;
    else if (extent == GD_EXTENT_CHANNEL && fit->field->shape.rank > 0)
        transform->group_count = fit->field->shape.dim[0];
    transform->group_size = fit->width / transform->group_count;
}

static gd_status fit_scaling(fitting *fit, const gd_preprocess_rule *rule, gd__transform *transform)
{
    find_groups(fit, rule, transform);
    size_t groups = (size_t)transform->group_count;
    fit->row = gd__alloc_zeroed((size_t)fit->width, sizeof *fit->row);
    fit->sum = gd__alloc_zeroed(groups, sizeof *fit->sum);
    fit->square = gd__alloc_zeroed(groups, sizeof *fit->square);
    fit->offset = gd__alloc_zeroed(groups, sizeof *fit->offset);
    fit->scale = gd__alloc_zeroed(groups, sizeof *fit->scale);
    if (fit->row == NULL || fit->sum == NULL || fit->square == NULL || fit->offset == NULL || fit->scale == NULL)
        return gd__fail_memory("preprocessing");
    gd_status status = GD_OK;
    if (rule->scaling == GD_STANDARDIZE)
        status = fit_standard(fit, transform);
    else if (rule->scaling == GD_MIN_MAX)
        status = fit_range(fit, transform);
    else
        for (size_t g = 0; g < groups; g++)
            fit->scale[g] = (float)(rule->factor == 0 ? 1.0 / 255 : rule->factor);
    if (status != GD_OK)
        return status;
    transform->offset = fit->offset;
    transform->scale = fit->scale;
    fit->offset = fit->scale = NULL;
    return GD_OK;
}

static gd_status fit_one_hot(const fitting *fit, const gd_preprocess_rule *rule, gd__transform *transform)
{
    int classes = rule->class_count == 0 ? fit->field->class_count : rule->class_count;
    if (fit->field->value.type != GD_I32 || fit->field->shape.rank != 0 || classes < 1)
        return gd__fail(GD_ERROR_SHAPE,
                        "field '%s' cannot become one-hot: one whole number from 0 on was expected in "
                        "each sample",
                        fit->field->name);
    transform->class_count = classes;
    return gd_dataset_check_labels(fit->set, gd_dataset_find(fit->set, fit->field->name), classes);
}

// ---- Rules

static bool is_default_input(const gd__stored_field *field)
{
    return field->value.type != GD_I32 && strcmp(field->name, "y") != 0;
}

// The rule for a field: one that names it goes before one for all.
static const gd_preprocess_rule *find_rule(const gd__stored_field *field, int count, const gd_preprocess_rule *rule)
{
    const gd_preprocess_rule *general = NULL;
    for (int i = 0; i < count; i++) {
        if (rule[i].field == NULL)
            general = &rule[i];
        else if (strcmp(rule[i].field, field->name) == 0)
            return &rule[i];
    }
    return is_default_input(field) ? general : NULL;
}

static gd_status check_rules(const gd_dataset *set, gd_preprocess_opts opts)
{
    for (int i = 0; i < opts.rule_count; i++) {
        const gd_preprocess_rule *rule = &opts.rule[i];
        if (rule->field != NULL && gd_dataset_find(set, rule->field) < 0)
            return gd__fail(GD_ERROR_ARGUMENT, "preprocessing names a field '%s' that the data set lacks", rule->field);
        if ((unsigned)rule->scaling > GD_ONE_HOT || (unsigned)rule->extent > GD_EXTENT_FIELD ||
            !isfinite(rule->factor) || rule->class_count < 0)
            return gd__fail(GD_ERROR_ARGUMENT, "preprocessing rule %d has a value out of its range", i);
        if (rule->scaling == GD_ONE_HOT && rule->field == NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "a one-hot rule must name its field");
        for (int other = 0; other < i; other++) {
            const char *name = opts.rule[other].field;
            if (name == rule->field || (name != NULL && rule->field != NULL && strcmp(name, rule->field) == 0))
                return gd__fail(GD_ERROR_ARGUMENT, "two preprocessing rules are for the field '%s'",
                                name == NULL ? "(any)" : name);
        }
    }
    return GD_OK;
}

static gd_status fit_field(fitting *fit, const gd_preprocess_rule *rule, gd__transform *transform)
{
    transform->field = gd__copy_text(fit->field->name);
    if (transform->field == NULL)
        return gd__fail_memory("preprocessing");
    transform->scaling = rule == NULL ? GD_SCALING_NONE : rule->scaling;
    if (rule != NULL && rule->scaling == GD_ONE_HOT)
        return fit_one_hot(fit, rule, transform);
    if (fit->field->value.type == GD_I32)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' holds labels or categories, which cannot be scaled",
                        fit->field->name);
    transform->group_count = 1;
    transform->group_size = fit->width;
    gd_status status = fit->field->fill == GD_MISSING_ERROR ? GD_OK : fit_fill(fit, transform);
    if (status == GD_OK && rule != NULL && rule->scaling != GD_SCALING_NONE)
        status = fit_scaling(fit, rule, transform);
    return status;
}

static gd_status fit_all(const gd_dataset *train, gd_preprocess_opts opts, gd_preprocess *preprocess)
{
    const gd__store *store = train->store;
    for (int i = 0; i < store->field_count; i++) {
        const gd__stored_field *field = &store->field[i];
        const gd_preprocess_rule *rule = find_rule(field, opts.rule_count, opts.rule);
        bool scaled = rule != NULL && rule->scaling != GD_SCALING_NONE;
        if (!scaled && field->fill == GD_MISSING_ERROR)
            continue;
        fitting fit = {.set = train, .field = field, .width = gd_shape_count(field->shape)};
        gd_status status = fit_field(&fit, rule, &preprocess->transform[preprocess->count++]);
        gd__free(fit.row);
        gd__free(fit.sum);
        gd__free(fit.square);
        gd__free(fit.offset);
        gd__free(fit.scale);
        if (status != GD_OK)
            return status;
    }
    if (store->schema == NULL)
        return GD_OK;
    preprocess->schema = gd__csv_schema_copy(store->schema);
    return preprocess->schema == NULL ? gd__fail_memory("preprocessing") : GD_OK;
}

gd_status gd_preprocess_fit(const gd_dataset *train, gd_preprocess_opts opts, gd_preprocess **out)
{
    *out = NULL;
    if (train->preprocess != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "preprocessing was to be fitted on data that is preprocessed already");
    gd_status status = check_rules(train, opts);
    if (status != GD_OK)
        return status;
    gd_preprocess *preprocess = gd__preprocess_create(train->store->field_count);
    if (preprocess == NULL)
        return gd__fail_memory("preprocessing");
    status = fit_all(train, opts, preprocess);
    if (status == GD_OK)
        *out = preprocess;
    else
        gd_preprocess_free(preprocess);
    return status;
}
