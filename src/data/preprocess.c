#include "data/preprocess.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/scale.h"

// ---- One object

gd_preprocess *gd__preprocess_create(int capacity)
{
    gd_preprocess *preprocess = gd__alloc_zeroed(1, sizeof *preprocess);
    if (preprocess == NULL)
        return NULL;
    atomic_init(&preprocess->references, 1);
    preprocess->transform = gd__alloc_zeroed((size_t)capacity, sizeof *preprocess->transform);
    if (preprocess->transform == NULL) {
        gd__free(preprocess);
        return NULL;
    }
    return preprocess;
}

gd_preprocess *gd__preprocess_share(const gd_preprocess *preprocess)
{
    // Only the count of references changes in an object that is shared.
    gd_preprocess *shared = (gd_preprocess *)(uintptr_t)preprocess;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void gd_preprocess_free(gd_preprocess *preprocess)
{
    if (preprocess == NULL || atomic_fetch_sub(&preprocess->references, 1) > 1)
        return;
    for (int i = 0; i < preprocess->count; i++) {
        gd__free(preprocess->transform[i].field);
        gd__free(preprocess->transform[i].offset);
        gd__free(preprocess->transform[i].scale);
        gd__free(preprocess->transform[i].fill);
    }
    gd__free(preprocess->transform);
    gd_csv_schema_free(preprocess->schema);
    gd__free(preprocess);
}

const gd_csv_schema *gd_preprocess_csv_schema(const gd_preprocess *preprocess)
{
    return preprocess->schema;
}

// ---- Reading through it

gd_shape gd__delivered_shape(const gd__stored_field *field, const gd__transform *transform)
{
    return transform != NULL && transform->class_count > 0 ? GD_SHAPE(transform->class_count) : field->shape;
}

gd_type gd__delivered_type(const gd__stored_field *field, const gd__transform *transform)
{
    bool index = field->value.type == GD_I32 && !(transform != NULL && transform->class_count > 0);
    return index ? GD_I32 : GD_F32;
}

static gd_status read_one_hot(const gd__stored_field *field, const gd__transform *transform, int64_t sample, float *to)
{
    int32_t label = ((const int32_t *)field->value.data)[sample];
    if (label < 0 || label >= transform->class_count)
        return gd__fail(GD_ERROR_NUMBER, "label %d lies outside 0 to %d", (int)label, transform->class_count - 1);
    memset(to, 0, (size_t)transform->class_count * sizeof *to);
    to[label] = 1;
    return GD_OK;
}

static gd_status fill_missing(const gd__stored_field *field, const gd__transform *transform, float *to, int64_t count)
{
    if (field->fill == GD_MISSING_ERROR)
        return GD_OK;
    for (int64_t i = 0; i < count; i++) {
        if (!isnan(to[i]))
            continue;
        if (transform == NULL || transform->fill == NULL)
            return gd__fail(GD_ERROR_NUMBER,
                            "element %lld is missing; preprocessing fitted on the training data "
                            "fills such cells in",
                            (long long)i);
        to[i] = transform->fill[i];
    }
    return GD_OK;
}

gd_status gd__read_sample(const gd__stored_field *field, const gd__transform *transform, int64_t sample, void *to)
{
    if (transform != NULL && transform->class_count > 0)
        return read_one_hot(field, transform, sample, to);
    int64_t count = gd_shape_count(field->shape);
    const char *from = (const char *)field->value.data + (size_t)(sample * count) * gd_type_size(field->value.type);
    bool scaled = transform != NULL && transform->scale != NULL;
    if (field->value.type == GD_U8) {
        if (scaled)
            gd__scale_bytes(to, (const uint8_t *)from, transform);
        else
            gd__widen_bytes(to, (const uint8_t *)from, count);
        return GD_OK;
    }
    memcpy(to, from, (size_t)count * 4);
    if (field->value.type == GD_I32)
        return GD_OK;
    gd_status status = fill_missing(field, transform, to, count);
    if (status == GD_OK && scaled)
        gd__scale_floats(to, transform);
    return status;
}

// ---- Applying

static const gd__transform *find_transform(const gd_preprocess *preprocess, const char *field)
{
    for (int i = 0; i < preprocess->count; i++)
        if (strcmp(preprocess->transform[i].field, field) == 0)
            return &preprocess->transform[i];
    return NULL;
}

static gd_status check_fit(const gd__stored_field *field, const gd__transform *transform)
{
    char text[GD_SHAPE_TEXT];
    if (transform->class_count > 0) {
        if (field->value.type != GD_I32 || field->shape.rank != 0)
            return gd__fail(GD_ERROR_SHAPE, "field '%s' holds no labels, so it cannot become one-hot", field->name);
        return GD_OK;
    }
    int64_t have = gd_shape_count(field->shape), want = transform->group_count * transform->group_size;
    if (field->value.type == GD_I32 || have != want)
        return gd__fail(GD_ERROR_SHAPE,
                        "field '%s' is %s %s, but preprocessing was fitted on %lld real numbers a "
                        "sample",
                        field->name, gd_type_name(field->value.type), gd_shape_text(field->shape, text),
                        (long long)want);
    return GD_OK;
}

gd_status gd_preprocess_apply(const gd_preprocess *preprocess, const gd_dataset *set, gd_dataset **out)
{
    *out = NULL;
    if (set->preprocess != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set is preprocessed already");
    gd_dataset *view;
    gd_status status = gd__dataset_view(set, set->count, NULL, &view);
    if (status != GD_OK)
        return status;
    int fields = set->store->field_count;
    view->preprocess = gd__preprocess_share(preprocess);
    view->transform = gd__alloc_zeroed((size_t)fields, sizeof *view->transform);
    if (view->transform == NULL)
        status = gd__fail_memory("a preprocessed data set");
    for (int i = 0; i < fields && status == GD_OK; i++) {
        view->transform[i] = find_transform(preprocess, set->store->field[i].name);
        if (view->transform[i] != NULL)
            status = check_fit(&set->store->field[i], view->transform[i]);
    }
    if (status == GD_OK)
        *out = view;
    else
        gd_dataset_free(view);
    return status;
}

gd_status gd_preprocess_invert(const gd_preprocess *preprocess, const char *field, gd_array *values)
{
    const gd__transform *transform = find_transform(preprocess, field);
    if (transform == NULL || transform->scale == NULL)
        return GD_OK;
    int64_t width = transform->group_count * transform->group_size, count = gd_array_count(values);
    char text[GD_SHAPE_TEXT];
    if (values->type != GD_F32 || count % width != 0)
        return gd__fail(GD_ERROR_SHAPE,
                        "the scaling of '%s' was asked to be taken back from %s %s, f32 with %lld "
                        "numbers a sample was expected",
                        field, gd_type_name(values->type), gd_shape_text(values->shape, text), (long long)width);
    float *value = values->data;
    for (int64_t i = 0; i < count; i++) {
        int64_t group = i % width / transform->group_size;
        value[i] = value[i] / transform->scale[group] + transform->offset[group];
    }
    return GD_OK;
}
