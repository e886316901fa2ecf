// Preprocessing as JSON: {"steps": [{"field": "x", "kind": "standardize", …}, …], "csv": schema}, and "transforms"
// (pipeline_json.c) where there are any. The steps of a field
// stand in their order; what a kind adds stands in its file. Numbers come back exactly.
//
// Checkpoints of Gradus 0.1 have "fields" instead: at most one object a field, with "fill" and "scaling" in it.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/json.h"
#include "data/pipeline.h"
#include "data/step.h"

// ---- Lists of numbers

json_t *gd__numbers_to_json(const double *value, int64_t count)
{
    if (value == NULL)
        return json_null();
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, json_real(value[i]));
    if ((int64_t)json_array_size(list) == count)
        return list;
    json_decref(list);
    return NULL;
}

gd_status gd__numbers_from_json(json_t *json, const char *field, int64_t count, double **value)
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
        (*value)[i] = json_number_value(number);
        if (!json_is_number(number) || !isfinite((*value)[i]))
            return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': entry %lld is no finite number", field,
                            (long long)i);
    }
    return GD_OK;
}

// ---- Writing

static json_t *step_to_json(const char *field, const gd__step *step)
{
    json_t *json = json_pack("{s:s, s:s}", "field", field, "kind", step->kind->name);
    if (json == NULL || step->kind->to_json == NULL || step->kind->to_json(step, json))
        return json;
    json_decref(json);
    return NULL;
}

char *gd_preprocess_to_json(const gd_preprocess *preprocess)
{
    GD__NEEDS(preprocess, NULL);
    json_t *list = json_array();
    size_t count = 0;
    for (int i = 0; i < preprocess->count; i++)
        for (int k = 0; k < preprocess->steps[i].count; k++, count++)
            json_array_append_new(list, step_to_json(preprocess->steps[i].field, &preprocess->steps[i].step[k]));
    json_t *csv = preprocess->schema == NULL ? json_null() : gd__csv_schema_to_json(preprocess->schema);
    if (json_array_size(list) != count || csv == NULL) {
        json_decref(list);
        json_decref(csv);
        return NULL;
    }
    json_t *json = json_pack("{s:o, s:o}", "steps", list, "csv", csv);
    json_t *transforms = preprocess->transforms == NULL ? NULL : gd__pipeline_to_json(preprocess->transforms);
    if (preprocess->transforms != NULL && json_object_set_new(json, "transforms", transforms) != 0) {
        json_decref(json);
        return NULL;
    }
    if (preprocess->tokenizer != NULL &&
        json_object_set_new(json, "tokenizer", json_string(preprocess->tokenizer)) != 0) {
        json_decref(json);
        return NULL;
    }
    return gd__json_text(json);
}

// ---- Reading

// The steps of a field, which are made when there are none yet.
static gd__steps *steps_of(gd_preprocess *preprocess, const char *field)
{
    for (int i = 0; i < preprocess->count; i++)
        if (strcmp(preprocess->steps[i].field, field) == 0)
            return &preprocess->steps[i];
    gd__steps *steps = &preprocess->steps[preprocess->count];
    steps->field = gd__copy_text(field);
    if (steps->field == NULL)
        return NULL;
    preprocess->count++;
    return steps;
}

static gd_status add_from_json(gd_preprocess *preprocess, const char *field, const char *name, json_t *json)
{
    const gd__step_kind *kind = gd__step_kind_named(name);
    if (kind == NULL)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of '%s': the kind '%s' is not known", field, name);
    gd__steps *steps = steps_of(preprocess, field);
    gd__step *step = steps == NULL ? NULL : gd__steps_add(steps, kind);
    if (step == NULL)
        return gd__fail_memory("preprocessing");
    return kind->from_json == NULL ? GD_OK : kind->from_json(field, json, step);
}

static gd_status step_from_json(gd_preprocess *preprocess, json_t *json)
{
    const char *field, *kind;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:s}", "field", &field, "kind", &kind) != 0)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of a field cannot be read: %s", error.text);
    return add_from_json(preprocess, field, kind, json);
}

static gd_status field_from_json(gd_preprocess *preprocess, json_t *json)
{
    const char *field, *scaling;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:s}", "field", &field, "scaling", &scaling) != 0)
        return gd__fail(GD_ERROR_FORMAT, "preprocessing of a field cannot be read: %s", error.text);
    gd_status status = GD_OK;
    if (json_is_array(json_object_get(json, "fill")))
        status = add_from_json(preprocess, field, "fill", json);
    if (status == GD_OK && strcmp(scaling, "none") != 0)
        status = add_from_json(preprocess, field, scaling, json);
    return status;
}

static gd_status read_json(json_t *json, json_t *list, bool steps, gd_preprocess *preprocess)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        gd_status status = steps ? step_from_json(preprocess, entry) : field_from_json(preprocess, entry);
        if (status != GD_OK)
            return status;
    }
    json_t *transforms = json_object_get(json, "transforms");
    gd_status status = transforms == NULL ? GD_OK : gd__pipeline_from_json(transforms, &preprocess->transforms);
    if (status != GD_OK)
        return status;
    const char *tokenizer = json_string_value(json_object_get(json, "tokenizer"));
    preprocess->tokenizer = tokenizer == NULL ? NULL : gd__copy_text(tokenizer);
    if (tokenizer != NULL && preprocess->tokenizer == NULL)
        return gd__fail_memory("preprocessing");
    json_t *csv = json_object_get(json, "csv");
    return csv == NULL || json_is_null(csv) ? GD_OK : gd__csv_schema_from_json(csv, &preprocess->schema);
}

gd_status gd_preprocess_from_json(const char *text, gd_preprocess **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    json_t *json;
    gd_status status = gd__json_parse("preprocessing", text, &json);
    if (status != GD_OK)
        return status;
    json_t *steps = json_object_get(json, "steps"), *list = steps != NULL ? steps : json_object_get(json, "fields");
    gd_preprocess *preprocess = NULL;
    if (!json_is_array(list) || json_array_size(list) > INT32_MAX)
        status = gd__fail(GD_ERROR_FORMAT, "preprocessing lists no fields");
    else if ((preprocess = gd__preprocess_create((int)json_array_size(list))) == NULL)
        status = gd__fail_memory("preprocessing");
    else
        status = read_json(json, list, steps != NULL, preprocess);
    json_decref(json);
    if (status == GD_OK)
        *out = preprocess;
    else
        gd_preprocess_free(preprocess);
    return status;
}
