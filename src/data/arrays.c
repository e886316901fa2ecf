// Data sets from arrays in memory, and the source that they are read from.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/arrays.h"

typedef struct {
    gd_field is;        // its name is owned
    gd_array value;     // (N, shape…); empty where the samples stay in a file
    gd__npy_file *file; // or NULL
    bool channels_last; // samples in the file are (H, W, C)
    int class_name_count;
    char **class_name;
} item;

// What is built, and then the state of the source.
struct gd__arrays {
    const char *kind;
    char *path; // or NULL
    int64_t count;
    int field_count, capacity;
    item *item;
    gd_field *field; // of the source
    gd_array *all;
};

gd__arrays *gd__arrays_create(const char *kind)
{
    gd__arrays *arrays = gd__alloc_zeroed(1, sizeof *arrays);
    if (arrays != NULL)
        arrays->kind = kind;
    return arrays;
}

static void free_item(item *field)
{
    for (int i = 0; i < field->class_name_count; i++)
        gd__free(field->class_name[i]);
    gd__free(field->class_name);
    gd__free((char *)(uintptr_t)field->is.name); // made by add_item
    gd__npy_close(field->file);
    gd_array_free(&field->value);
}

void gd__arrays_free(gd__arrays *arrays)
{
    if (arrays == NULL)
        return;
    for (int i = 0; i < arrays->field_count; i++)
        free_item(&arrays->item[i]);
    gd__free(arrays->item);
    gd__free(arrays->field);
    gd__free(arrays->all);
    gd__free(arrays->path);
    gd__free(arrays);
}

// ---- Adding fields

static gd_status check_new_field(const gd__arrays *arrays, const char *name, gd_shape shape)
{
    if (shape.rank == 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is a single number; its first dimension must count samples", name);
    for (int i = 0; i < arrays->field_count; i++) {
        if (strcmp(arrays->item[i].is.name, name) == 0)
            return gd__fail(GD_ERROR_ARGUMENT, "two fields are called '%s'", name);
    }
    const int64_t count = shape.dim[0];
    if (arrays->field_count > 0 && count != arrays->count)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' has %lld samples, but '%s' has %lld", name, (long long)count,
                        arrays->item[0].is.name, (long long)arrays->count);
    if (gd_shape_count(shape) == 0)
        return gd__fail(GD_ERROR_SHAPE, "field '%s' is empty: the data set has no samples or no values", name);
    return GD_OK;
}

static gd_role role_of(const char *name)
{
    if (strcmp(name, "label") == 0 || strcmp(name, "y") == 0)
        return GD_ROLE_TARGET;
    return strcmp(name, "weight") == 0 ? GD_ROLE_WEIGHT : GD_ROLE_INPUT;
}

// Whether it is one whole number a sample.
static bool is_category(gd_type type, gd_shape shape)
{
    return shape.rank == 1 && !gd_type_is_float(type) && type != GD_BOOL;
}

// The number of classes that labels show: the largest plus 1; 0 when one is negative, or too large to be counted.
static int count_classes(const gd_array *label)
{
    int64_t largest = -1;
    for (int64_t i = 0; i < label->shape.dim[0]; i++) {
        const int64_t value =
            label->type == GD_I64 ? ((const int64_t *)label->data)[i] : ((const int32_t *)label->data)[i];
        if (value < 0 || value >= INT32_MAX)
            return 0;
        if (value > largest)
            largest = value;
    }
    return (int)largest + 1;
}

// Takes over what `added` has of value, file and layout; `shape` is (N, shape…) as samples are delivered.
static gd_status add_item(gd__arrays *arrays, const char *name, gd_type type, gd_shape shape, item added)
{
    gd_status status = check_new_field(arrays, name, shape);
    added.is = (gd_field){.role = role_of(name), .type = type, .shape = {.rank = shape.rank - 1}};
    if (status == GD_OK) {
        memcpy(added.is.shape.dim, shape.dim + 1, (size_t)added.is.shape.rank * sizeof shape.dim[0]);
        added.is.name = gd__copy_text(name);
        if (added.is.name == NULL ||
            !gd__grow((void **)&arrays->item, &arrays->capacity, arrays->field_count, sizeof *arrays->item))
            status = gd__fail_memory("a field of a data set");
    }
    if (status != GD_OK) {
        free_item(&added);
        return status;
    }
    if (is_category(type, shape)) {
        added.is.kind = GD_KIND_CATEGORY;
        added.is.class_count = count_classes(&added.value);
    }
    arrays->item[arrays->field_count++] = added;
    arrays->count = shape.dim[0];
    return GD_OK;
}

// Another type in the place of the array's.
static gd_status convert(gd_array *value, gd_type type)
{
    gd_array converted;
    gd_status status = gd_array_create(&converted, type, value->shape);
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

gd_status gd__arrays_add(gd__arrays *arrays, const char *name, gd_array *value)
{
    gd_array taken = *value;
    *value = (gd_array){0};
    // One byte a sample is a label, and those are i32.
    const gd_status status = taken.type == GD_U8 && taken.shape.rank == 1 ? convert(&taken, GD_I32) : GD_OK;
    if (status != GD_OK) {
        gd_array_free(&taken);
        return status;
    }
    return add_item(arrays, name, taken.type, taken.shape, (item){.value = taken});
}

gd_status gd__arrays_add_file(gd__arrays *arrays, const char *name, gd__npy_file *file, gd_picture_layout layout)
{
    gd_shape shape = file->is.shape;
    const gd_status status = gd__check_layout(file->path, shape, layout);
    if (status != GD_OK) {
        gd__npy_close(file);
        return status;
    }
    if (layout == GD_NHWC)
        shape = GD_SHAPE(shape.dim[0], shape.dim[3], shape.dim[1], shape.dim[2]);
    return add_item(arrays, name, file->is.type, shape, (item){.file = file, .channels_last = layout == GD_NHWC});
}

gd_status gd__arrays_name_classes(gd__arrays *arrays, int count, const char *const *name)
{
    item *field = &arrays->item[arrays->field_count - 1];
    field->class_name = gd__alloc_zeroed((size_t)count, sizeof *field->class_name);
    if (field->class_name == NULL)
        return gd__fail_memory("class names");
    for (int i = 0; i < count; i++) {
        field->class_name[i] = gd__copy_text(name[i]);
        if (field->class_name[i] == NULL)
            return gd__fail_memory("class names");
        field->class_name_count = i + 1;
    }
    if (field->is.class_count < count)
        field->is.class_count = count;
    return GD_OK;
}

gd_status gd__arrays_add_targets(gd__arrays *arrays, const char *name, gd__named_array *value)
{
    static const char *const truth[] = {"False", "True"}; // as NumPy writes them
    gd_array *array = &value->array;
    const gd_shape shape = array->shape;
    const bool one_each = shape.rank == 1 || (shape.rank == 2 && shape.dim[1] == 1);
    const bool label = one_each && !gd_type_is_float(array->type), is_bool = array->type == GD_BOOL;
    if (one_each)
        array->shape = label ? GD_SHAPE(shape.dim[0]) : GD_SHAPE(shape.dim[0], 1);
    gd_status status = label && is_bool ? convert(array, GD_I32) : GD_OK;
    if (status != GD_OK) {
        gd_array_free(array);
        return status;
    }
    status = gd__arrays_add(arrays, name != NULL ? name : label ? "label" : "y", array);
    if (status == GD_OK && label && is_bool)
        return gd__arrays_name_classes(arrays, 2, truth);
    if (status == GD_OK && value->class_count > 0)
        return gd__arrays_name_classes(arrays, value->class_count, (const char *const *)value->class_name);
    return status;
}

gd_status gd__arrays_add_target(gd__arrays *arrays, gd_array *value)
{
    gd__named_array targets = {.array = *value};
    *value = (gd_array){0};
    return gd__arrays_add_targets(arrays, NULL, &targets);
}

gd_status gd__arrays_from_file(gd__arrays *arrays, const char *path)
{
    gd__free(arrays->path);
    arrays->path = gd__copy_text(path);
    return arrays->path == NULL ? gd__fail_memory("a file name") : GD_OK;
}

// ---- The source

static gd_status read_sample(void *state, int field, int64_t sample, const gd_array *to)
{
    const gd__arrays *arrays = state;
    const item *from = &arrays->item[field];
    const int64_t count = gd_shape_count(from->is.shape);
    const size_t size = gd_type_size(from->is.type), bytes = (size_t)count * size;
    if (from->file == NULL) {
        memcpy(to->data, (const char *)from->value.data + (size_t)sample * bytes, bytes);
        return GD_OK;
    }
    if (!from->channels_last)
        return gd__npy_read_some(from->file, sample * count, count, to->data);
    void *stored = gd__alloc(bytes);
    if (stored == NULL)
        return gd__fail_memory("a sample");
    const gd_status status = gd__npy_read_some(from->file, sample * count, count, stored);
    const int64_t channels = from->is.shape.dim[0];
    if (status == GD_OK)
        gd__channels_first(to->data, stored, count / channels, channels, size);
    gd__free(stored);
    return status;
}

static const char *class_name(void *state, int field, int category)
{
    const gd__arrays *arrays = state;
    const item *of = &arrays->item[field];
    return category < 0 || category >= of->class_name_count ? NULL : of->class_name[category];
}

static gd_origin origin(void *state, int64_t sample)
{
    const gd__arrays *arrays = state;
    return (gd_origin){.file = arrays->path, .row = sample + 1};
}

static void close_source(void *state)
{
    gd__arrays_free(state);
}

// Files up to this size find room in the memory that the system keeps files in, and are read in any order; of larger
// ones, samples that are shorter than a block are read near each other.
#define ANY_ORDER_BYTES ((int64_t)1 << 30)
#define BLOCK_BYTES ((int64_t)1 << 22)

// The samples of a block of the source; 0: any order will do.
static int64_t block_of(const gd__arrays *arrays)
{
    int64_t block = 0;
    for (int i = 0; i < arrays->field_count; i++) {
        const gd__npy_file *file = arrays->item[i].file;
        if (file == NULL || file->size <= ANY_ORDER_BYTES)
            continue;
        const int64_t samples = BLOCK_BYTES / (file->size / arrays->count);
        if (samples > 1 && (block == 0 || samples < block))
            block = samples;
    }
    return block;
}

gd_status gd__arrays_finish(gd__arrays *arrays, gd_dataset **out)
{
    *out = NULL;
    gd_status status = GD_OK;
    if (arrays->field_count == 0)
        status = gd__fail(GD_ERROR_ARGUMENT, "a data set needs at least one field");
    const size_t count = (size_t)arrays->field_count;
    arrays->field = gd__alloc_zeroed(count, sizeof *arrays->field);
    arrays->all = gd__alloc_zeroed(count, sizeof *arrays->all);
    if (status == GD_OK && (arrays->field == NULL || arrays->all == NULL))
        status = gd__fail_memory("a data set");
    if (status != GD_OK) {
        gd__arrays_free(arrays);
        return status;
    }
    for (int i = 0; i < arrays->field_count; i++) {
        arrays->field[i] = arrays->item[i].is;
        arrays->all[i] = arrays->item[i].value;
    }
    const gd_source source = {.kind = arrays->kind,
                              .count = arrays->count,
                              .field_count = arrays->field_count,
                              .field = arrays->field,
                              .state = arrays,
                              .all = arrays->all,
                              .read = read_sample,
                              .class_name = class_name,
                              .origin = origin,
                              .close = close_source,
                              .block = block_of(arrays)};
    return gd__dataset_create(&source, NULL, NULL, out);
}

// ---- Arrays of the program's own

// Adds a copy of `array`.
static gd_status add_copy(gd__arrays *arrays, const char *name, const gd_array *array)
{
    gd_array copy;
    gd_status status = gd_array_create(&copy, array->type, array->shape);
    if (status != GD_OK)
        return status;
    if (gd_array_count(array) > 0)
        memcpy(copy.data, array->data, gd_array_bytes(array));
    return gd__arrays_add(arrays, name, &copy);
}

gd_status gd_dataset_from_arrays(int count, const char *const *name, const gd_array *array, gd_dataset **out)
{
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd__arrays *arrays = gd__arrays_create("arrays");
    if (arrays == NULL)
        return gd__fail_memory("a data set");
    gd_status status = GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++)
        status = add_copy(arrays, name[i], &array[i]);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}
