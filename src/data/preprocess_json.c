// Preprocessing as JSON: {"fields": [{"field", "scaling", "group_count", "group_size", "class_count", "offset",
// "scale", "fill"}, …], "csv": schema}. Numbers come back exactly.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/json.h"
#include "data/preprocess.h"

static const char *const scalings[] = {"none", "standardize", "min_max", "scale_by", "one_hot"};
enum { SCALINGS = 5 };

// ---- Writing

// NULL values give null.
static json_t *numbers_to_json(const float *value, int64_t count)
{
    if (value == NULL)
        return json_null();
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, json_real((double)value[i]));
    if ((int64_t)json_array_size(list) == count)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *transform_to_json(const gd__transform *from)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:i, s:o, s:o, s:o}", "field", from->field, "scaling",
                     scalings[from->scaling], "group_count", (json_int_t)from->group_count, "group_size",
                     (json_int_t)from->group_size, "class_count", from->class_count, "offset",
                     numbers_to_json(from->offset, from->group_count), "scale",
                     numbers_to_json(from->scale, from->group_count), "fill",
                     numbers_to_json(from->fill, from->group_count * from->group_size));
}

char *gd_preprocess_to_json(const gd_preprocess *preprocess)
{
    json_t *fields = json_array();
    for (int i = 0; i < preprocess->count; i++)
        json_array_append_new(fields, transform_to_json(&preprocess->transform[i]));
    json_t *csv = preprocess->schema == NULL ? json_null() : gd__csv_schema_to_json(preprocess->schema);
    if (json_array_size(fields) != (size_t)preprocess->count || csv == NULL) {
        json_decref(fields);
        json_decref(csv);
        return NULL;
    }
    return gd__json_text(json_pack("{s:o, s:o}", "fields", fields, "csv", csv));
}

// ---- Reading

// A list of `count` finite numbers, or null for *value = NULL.
static gd_status numbers_from_json(json_t *json, const char *field, int64_t count, float **value)
{
    *value = NULL;
    if (json == NULL || json_is_null(json))
        return GD_OK;
    if (!json_is_array(json) || json_array_size(json) != (size_t)count)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': a list of %lld numbers was expected", field,
                        (long long)count);
    *value = gd__alloc_zeroed((size_t)count, sizeof **value);
    if (*value == NULL)
        return gd__fail_memory("preprocessing");
    for (int64_t i = 0; i < count; i++) {
        json_t *number = json_array_get(json, (size_t)i);
        (*value)[i] = (float)json_number_value(number);
        if (!json_is_number(number) || !isfinite((*value)[i]))
            return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': entry %lld is no finite number", field,
                            (long long)i);
    }
    return GD_OK;
}

// A transformation either scales and fills groups of numbers, of which there must be some, or makes labels one-hot.
static bool sizes_are_sound(const gd__transform *transform, int64_t *width)
{
    bool one_hot = transform->scaling == GD_ONE_HOT;
    int64_t least = one_hot ? 0 : 1;
    return one_hot == (transform->class_count > 0) && transform->class_count >= 0 && transform->group_count >= least &&
           transform->group_size >= least &&
           !__builtin_mul_overflow(transform->group_count, transform->group_size, width);
}

static gd_status check_transform(const gd__transform *transform)
{
    if (transform->class_count > 0 && (transform->scale != NULL || transform->fill != NULL))
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': classes are neither scaled nor filled in",
                        transform->field);
    if ((transform->offset == NULL) != (transform->scale == NULL))
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': offset and scale belong together", transform->field);
    for (int64_t g = 0; g < transform->group_count && transform->scale != NULL; g++)
        if (transform->scale[g] == 0)
            return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': scale %lld is 0", transform->field, (long long)g);
    return GD_OK;
}

static gd_status read_numbers(json_t *json, gd__transform *to)
{
    int64_t width;
    if (!sizes_are_sound(to, &width))
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': its sizes are not valid", to->field);
    gd_status status = numbers_from_json(json_object_get(json, "offset"), to->field, to->group_count, &to->offset);
    if (status == GD_OK)
        status = numbers_from_json(json_object_get(json, "scale"), to->field, to->group_count, &to->scale);
    if (status == GD_OK)
        status = numbers_from_json(json_object_get(json, "fill"), to->field, width, &to->fill);
    return status == GD_OK ? check_transform(to) : status;
}

static gd_status transform_from_json(json_t *json, gd__transform *to)
{
    const char *field, *scaling;
    json_int_t group_count, group_size;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:s, s:I, s:I, s:i}", "field", &field, "scaling", &scaling,
                       "group_count", &group_count, "group_size", &group_size, "class_count", &to->class_count) != 0)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of a field cannot be read: %s", error.text);
    to->group_count = group_count;
    to->group_size = group_size;
    to->field = gd__copy_text(field);
    if (to->field == NULL)
        return gd__fail_memory("preprocessing");
    int place = 0;
    while (place < SCALINGS && strcmp(scalings[place], scaling) != 0)
        place++;
    if (place == SCALINGS)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': the scaling '%s' is not known", field, scaling);
    to->scaling = (gd_scaling)place;
    return read_numbers(json, to);
}

static gd_status read_json(json_t *json, json_t *fields, gd_preprocess *preprocess)
{
    for (size_t i = 0; i < json_array_size(fields); i++) {
        // Counted first, so that what a failure leaves behind is freed.
        gd__transform *transform = &preprocess->transform[preprocess->count++];
        gd_status status = transform_from_json(json_array_get(fields, i), transform);
        if (status != GD_OK)
            return status;
    }
    json_t *csv = json_object_get(json, "csv");
    return csv == NULL || json_is_null(csv) ? GD_OK : gd__csv_schema_from_json(csv, &preprocess->schema);
}

gd_status gd_preprocess_from_json(const char *text, gd_preprocess **out)
{
    *out = NULL;
    json_t *json;
    gd_status status = gd__json_parse("preprocessing", text, &json);
    if (status != GD_OK)
        return status;
    json_t *fields = json_object_get(json, "fields");
    gd_preprocess *preprocess = NULL;
    if (!json_is_array(fields) || json_array_size(fields) > INT32_MAX)
        status = gd__fail(GD_ERROR_FORMAT, "preprocessing lists no fields");
    else if ((preprocess = gd__preprocess_create((int)json_array_size(fields))) == NULL)
        status = gd__fail_memory("preprocessing");
    else
        status = read_json(json, fields, preprocess);
    json_decref(json);
    if (status == GD_OK)
        *out = preprocess;
    else
        gd_preprocess_free(preprocess);
    return status;
}
