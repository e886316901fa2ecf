#include "data/dataset.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/preprocess.h"

// ---- The store

gd__store *gd__store_create(void)
{
    gd__store *store = gd__alloc_zeroed(1, sizeof *store);
    if (store != NULL)
        atomic_init(&store->references, 1);
    return store;
}

void gd__store_release(gd__store *store)
{
    if (store == NULL || atomic_fetch_sub(&store->references, 1) > 1)
        return;
    for (int i = 0; i < store->field_count; i++) {
        gd__stored_field *field = &store->field[i];
        for (int c = 0; c < field->class_name_count; c++)
            gd__free(field->class_name[c]);
        gd__free(field->class_name);
        gd__free(field->name);
        gd_array_free(&field->value);
    }
    gd__free(store->field);
    gd_csv_schema_free(store->schema);
    gd__free(store);
}

// Whole numbers keep to i32, everything else becomes f32; only bytes that are no labels stay bytes.
static gd_type stored_type(const gd_array *value)
{
    bool label = value->shape.rank == 1;
    switch (value->type) {
    case GD_U8: return label ? GD_I32 : GD_U8;
    case GD_I32:
    case GD_I64: return GD_I32;
    default: return GD_F32;
    }
}

static gd_status check_range(const char *name, const gd_array *value)
{
    const int64_t *number = value->data;
    int64_t count = gd_array_count(value);
    for (int64_t i = 0; i < count; i++)
        if (number[i] < INT32_MIN || number[i] > INT32_MAX)
            return gd__fail(GD_ERROR_NUMBER, "field '%s', sample %lld: %lld does not fit 32 bits", name,
                            (long long)(i / (count / value->shape.dim[0])), (long long)number[i]);
    return GD_OK;
}

static gd_status convert_to_stored(const char *name, gd_array *value)
{
    gd_type type = stored_type(value);
    if (type == value->type)
        return GD_OK;
    gd_status status = value->type == GD_I64 ? check_range(name, value) : GD_OK;
    gd_array converted = {0};
    if (status == GD_OK)
        status = gd_array_create(&converted, type, value->shape);
    if (status == GD_OK)
        status = gd_array_convert(&converted, value);
    if (status != GD_OK) {
        gd_array_free(&converted);
        return status;
    }
    gd_array_free(value);
    *value = converted;
    return GD_OK;
}

static gd_status check_finite(const char *name, const gd_array *value, gd_missing fill)
{
    if (value->type != GD_F32)
        return GD_OK;
    const float *number = value->data;
    int64_t count = gd_array_count(value), width = value->shape.dim[0] > 0 ? count / value->shape.dim[0] : 1;
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(number[i]) && !(isnan(number[i]) && fill != GD_MISSING_ERROR))
            return gd__fail(GD_ERROR_NUMBER,
                            "field '%s', sample %lld, element %lld: %s where a finite number was "
                            "expected (counted from 0)",
                            name, (long long)(i / width), (long long)(i % width),
                            isnan(number[i]) ? "NaN" : "an infinity");
    return GD_OK;
}

// The number of classes that a field of labels shows: its largest value plus 1; 0 when one is negative.
static int count_classes(const gd_array *value)
{
    if (value->type != GD_I32 || value->shape.rank != 1)
        return 0;
    const int32_t *label = value->data;
    int32_t largest = -1;
    for (int64_t i = 0; i < value->shape.dim[0]; i++) {
        if (label[i] < 0 || label[i] == INT32_MAX)
            return 0;
        if (label[i] > largest)
            largest = label[i];
    }
    return (int)largest + 1;
}

static gd_status check_new_field(const gd__store *store, const char *name, const gd_array *value)
{
    if (value->shape.rank == 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is a single number; its first dimension must count samples", name);
    for (int i = 0; i < store->field_count; i++) {
        if (strcmp(store->field[i].name, name) == 0)
            return gd__fail(GD_ERROR_ARGUMENT, "two fields are called '%s'", name);
    }
    int64_t count = value->shape.dim[0];
    if (store->field_count > 0 && count != store->count)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' has %lld samples, but '%s' has %lld", name, (long long)count,
                        store->field[0].name, (long long)store->count);
    if (gd_array_count(value) == 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is empty: the data set has no samples or no values", name);
    return GD_OK;
}

gd_status gd__store_add(gd__store *store, const char *name, gd_array *value, gd_missing fill)
{
    gd_status status = check_new_field(store, name, value);
    if (status == GD_OK)
        status = convert_to_stored(name, value);
    if (status == GD_OK)
        status = check_finite(name, value, fill);
    char *copy = status == GD_OK ? gd__copy_text(name) : NULL;
    if (status == GD_OK && (copy == NULL || !gd__grow((void **)&store->field, &store->field_capacity,
                                                      store->field_count, sizeof *store->field)))
        status = gd__fail_memory("a field of a data set");
    if (status != GD_OK) {
        gd__free(copy);
        gd_array_free(value);
        return status;
    }
    gd_shape shape = {.rank = value->shape.rank - 1};
    memcpy(shape.dim, value->shape.dim + 1, (size_t)shape.rank * sizeof shape.dim[0]);
    store->field[store->field_count++] = (gd__stored_field){
        .name = copy, .value = *value, .shape = shape, .class_count = count_classes(value), .fill = fill};
    store->count = value->shape.dim[0];
    *value = (gd_array){0};
    return GD_OK;
}

gd_status gd__store_name_classes(gd__store *store, int count, const char *const *name)
{
    gd__stored_field *field = &store->field[store->field_count - 1];
    field->class_name = gd__alloc_zeroed((size_t)count, sizeof *field->class_name);
    if (field->class_name == NULL)
        return gd__fail_memory("class names");
    for (int i = 0; i < count; i++) {
        field->class_name[i] = gd__copy_text(name[i]);
        if (field->class_name[i] == NULL)
            return gd__fail_memory("class names");
        field->class_name_count = i + 1;
    }
    if (field->class_count < count)
        field->class_count = count;
    return GD_OK;
}

// ---- Data sets

gd_status gd__dataset_of_store(gd__store *store, gd_dataset **out)
{
    *out = NULL;
    if (store->field_count == 0) {
        gd__store_release(store);
        return gd__fail(GD_ERROR_ARGUMENT, "a data set needs at least one field");
    }
    gd_dataset *set = gd__alloc_zeroed(1, sizeof *set);
    if (set == NULL) {
        gd__store_release(store);
        return gd__fail_memory("a data set");
    }
    *set = (gd_dataset){.store = store, .count = store->count};
    *out = set;
    return GD_OK;
}

gd_status gd__dataset_view(const gd_dataset *set, int64_t count, int64_t *sample, gd_dataset **out)
{
    *out = NULL;
    if (sample == NULL && set->sample != NULL) {
        sample = gd__copy_block(set->sample, (size_t)set->count * sizeof *sample);
        if (sample == NULL)
            return gd__fail_memory("a view of a data set");
    }
    gd_dataset *view = gd__alloc_zeroed(1, sizeof *view);
    if (view == NULL) {
        gd__free(sample);
        return gd__fail_memory("a view of a data set");
    }
    atomic_fetch_add(&set->store->references, 1);
    *view = (gd_dataset){.store = set->store, .count = count, .sample = sample};
    *out = view;
    return GD_OK;
}

void gd_dataset_free(gd_dataset *set)
{
    if (set == NULL)
        return;
    gd__store_release(set->store);
    gd_preprocess_free(set->preprocess);
    gd__free(set->transform);
    gd__free(set->sample);
    gd__free(set);
}

int64_t gd_dataset_count(const gd_dataset *set)
{
    return set->count;
}

int gd_dataset_field_count(const gd_dataset *set)
{
    return set->store->field_count;
}

static const gd__transform *transform_of(const gd_dataset *set, int field)
{
    return set->transform == NULL ? NULL : set->transform[field];
}

gd_field gd_dataset_field(const gd_dataset *set, int field)
{
    if (field < 0 || field >= set->store->field_count)
        return (gd_field){.name = ""};
    const gd__stored_field *stored = &set->store->field[field];
    const gd__transform *transform = transform_of(set, field);
    gd_type type = gd__delivered_type(stored, transform);
    return (gd_field){.name = stored->name,
                      .type = type,
                      .shape = gd__delivered_shape(stored, transform),
                      .class_count = stored->class_count};
}

int gd_dataset_find(const gd_dataset *set, const char *name)
{
    for (int i = 0; i < set->store->field_count; i++)
        if (strcmp(set->store->field[i].name, name) == 0)
            return i;
    return -1;
}

const char *gd_dataset_class_name(const gd_dataset *set, int field, int label)
{
    if (field < 0 || field >= set->store->field_count)
        return NULL;
    const gd__stored_field *stored = &set->store->field[field];
    return label < 0 || label >= stored->class_name_count ? NULL : stored->class_name[label];
}

const gd_csv_schema *gd_dataset_csv_schema(const gd_dataset *set)
{
    return set->store->schema;
}

// Makes the array that `count` samples go into, or checks the one that is there.
static gd_status prepare_output(gd_field field, int64_t count, gd_array *out)
{
    if (field.shape.rank == GD_MAX_RANK || count < 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s': %lld samples cannot be put into one array", field.name,
                        (long long)count);
    gd_shape shape = {.rank = field.shape.rank + 1, .dim = {count}};
    memcpy(shape.dim + 1, field.shape.dim, (size_t)field.shape.rank * sizeof shape.dim[0]);
    if (out->data == NULL)
        return gd_array_create(out, field.type, shape);
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (out->type != field.type || !gd_shape_equal(out->shape, shape))
        return gd__fail(GD_ERROR_SHAPE, "field '%s' gives %s %s, but the array is %s %s", field.name,
                        gd_type_name(field.type), gd_shape_text(shape, want), gd_type_name(out->type),
                        gd_shape_text(out->shape, have));
    return GD_OK;
}

gd_status gd_dataset_get(const gd_dataset *set, int field, int64_t count, const int64_t *sample, gd_array *out)
{
    if (field < 0 || field >= set->store->field_count)
        return gd__fail(GD_ERROR_ARGUMENT, "field %d was asked of a data set with %d fields", field,
                        set->store->field_count);
    gd_field delivered = gd_dataset_field(set, field);
    bool make = out->data == NULL;
    gd_status status = prepare_output(delivered, count, out);
    size_t step = (size_t)gd_shape_count(delivered.shape) * gd_type_size(delivered.type);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        if (sample[i] < 0 || sample[i] >= set->count) {
            status = gd__fail(GD_ERROR_ARGUMENT, "sample %lld was asked of a data set of %lld samples",
                              (long long)sample[i], (long long)set->count);
            break;
        }
        status = gd__read_sample(&set->store->field[field], transform_of(set, field),
                                 gd__dataset_sample(set, sample[i]), (char *)out->data + (size_t)i * step);
        if (status != GD_OK)
            status = gd__fail_in(status, "field '%s', sample %lld", delivered.name, (long long)sample[i]);
    }
    if (status != GD_OK && make)
        gd_array_free(out);
    return status;
}

gd_status gd_dataset_check_labels(const gd_dataset *set, int field, int class_count)
{
    if (field < 0 || field >= set->store->field_count)
        return gd__fail(GD_ERROR_ARGUMENT, "field %d was asked of a data set with %d fields", field,
                        set->store->field_count);
    const gd__stored_field *stored = &set->store->field[field];
    if (stored->value.type != GD_I32 || stored->shape.rank != 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' holds no labels: one whole number a sample was expected",
                        stored->name);
    const int32_t *label = stored->value.data;
    for (int64_t i = 0; i < set->count; i++) {
        int32_t value = label[gd__dataset_sample(set, i)];
        if (value < 0 || value >= class_count)
            return gd__fail(GD_ERROR_NUMBER, "field '%s', sample %lld: label %d lies outside 0 to %d", stored->name,
                            (long long)i, (int)value, class_count - 1);
    }
    return GD_OK;
}
