// Pipelines as JSON. Options and what was learned are written by their names, so no kind has code of its own for it.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "data/json.h"
#include "data/pipeline.h"
#include "data/step.h"

// ---- Options: texts and choices as words, all others as lists of numbers

// The numbers of an option's field; returns how many.
static int numbers_of(const gd_record *record, const gd_option *option, const void *options,
                      double number[GD_MAX_NUMBERS])
{
    const char *from = (const char *)options + option->offset;
    int64_t size[GD__OPTION_AXES];
    gd_shape shape;
    gd_numbers numbers;
    int count = 0;
    switch (option->type) {
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING:
        count = (int)(option->size / sizeof size[0]);
        memcpy(size, from, (size_t)count * sizeof size[0]);
        for (int i = 0; i < count; i++)
            number[i] = (double)size[i];
        return count;
    case GD_OPTION_INTEGERS:
        memcpy(&shape, from, sizeof shape);
        for (; count < shape.rank; count++)
            number[count] = (double)shape.dim[count];
        return count;
    case GD_OPTION_NUMBERS:
        if (option->size == sizeof numbers) {
            memcpy(&numbers, from, sizeof numbers);
            memcpy(number, numbers.value, sizeof numbers.value);
            return numbers.count;
        }
        count = (int)(option->size / sizeof *number);
        memcpy(number, from, (size_t)count * sizeof *number);
        return count;
    default: return gd_options_get(record, options, option->name, &number[0]) == GD_OK ? 1 : 0;
    }
}

// Puts them back.
static void put_numbers(const gd_option *option, void *options, int count, const double *number)
{
    char *to = (char *)options + option->offset;
    int64_t size[GD__OPTION_AXES] = {0};
    gd_shape shape = {.rank = count};
    gd_numbers numbers = {.count = count};
    switch (option->type) {
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING:
        for (int i = 0; i < GD__OPTION_AXES && count > 0; i++)
            size[i] = (int64_t)number[i < count ? i : count - 1];
        gd__option_put_size(option, options, size);
        break;
    case GD_OPTION_INTEGERS:
        for (int i = 0; i < count && i < GD_MAX_RANK; i++)
            shape.dim[i] = (int64_t)number[i];
        memcpy(to, &shape, sizeof shape);
        break;
    case GD_OPTION_NUMBERS:
        if (option->size == sizeof numbers) {
            memcpy(numbers.value, number, (size_t)count * sizeof *number);
            memcpy(to, &numbers, sizeof numbers);
        } else {
            gd__option_put_numbers(option, options, count, number);
        }
        break;
    case GD_OPTION_FLAG: gd__option_put_flag(option, options, number[0] != 0); break;
    case GD_OPTION_NUMBER: gd__option_put_number(option, options, number[0]); break;
    default: gd__option_put_integer(option, options, (int64_t)number[0]); break;
    }
}

static json_t *choice_word(const gd_option *option, int place)
{
    const char *word = option->choices;
    for (; place > 0 && word != NULL; place--) {
        word = strchr(word, '|');
        word = word == NULL ? NULL : word + 1;
    }
    return word == NULL ? NULL : json_stringn(word, strcspn(word, "|"));
}

static json_t *option_to_json(const gd__stage *stage, const gd_option *option)
{
    double number[GD_MAX_NUMBERS] = {0};
    const char *text;
    if (option->type == GD_OPTION_TEXT) {
        memcpy(&text, (const char *)stage->options + option->offset, sizeof text);
        return text == NULL ? json_null() : json_string(text);
    }
    const int count = numbers_of(&stage->kind->record, option, stage->options, number);
    return option->type == GD_OPTION_CHOICE ? choice_word(option, (int)number[0]) : gd__numbers_to_json(number, count);
}

static gd_status option_from_json(gd__stage *stage, const gd_option *option, json_t *json)
{
    double number[GD_MAX_NUMBERS] = {0};
    const size_t count = json_array_size(json);
    const char *word = json_string_value(json), *name = stage->kind->record.name;
    int place = 0;
    if (json == NULL || (json_is_null(json) && option->type == GD_OPTION_TEXT))
        return GD_OK; // an option that is newer than what was saved has its default
    if (option->type == GD_OPTION_TEXT && word != NULL) {
        gd__option_put_text(option, stage->options, word); // which the stage copies
        return GD_OK;
    }
    if (option->type == GD_OPTION_CHOICE && word != NULL && gd__word_in(option->choices, word, &place)) {
        gd__option_put_integer(option, stage->options, place);
        return GD_OK;
    }
    bool good = option->type != GD_OPTION_TEXT && option->type != GD_OPTION_CHOICE && json_is_array(json) &&
                count <= GD_MAX_NUMBERS && (option->type != GD_OPTION_INTEGERS || count <= GD_MAX_RANK) &&
                (count > 0 || option->type == GD_OPTION_INTEGERS || option->type == GD_OPTION_NUMBERS);
    for (size_t i = 0; i < count && good; i++) {
        number[i] = json_number_value(json_array_get(json, i));
        good = json_is_number(json_array_get(json, i)) && isfinite(number[i]) &&
               (option->type == GD_OPTION_NUMBER || option->type == GD_OPTION_NUMBERS || fabs(number[i]) <= 0x1p53);
    }
    if (!good)
        return gd__fail(GD_ERROR_FORMAT, "the saved transform %s: its option '%s' is not valid", name, option->name);
    put_numbers(option, stage->options, (int)count, number);
    return GD_OK;
}

// ---- Writing

static json_t *stage_to_json(const gd__stage *stage)
{
    json_t *fields = json_array(), *options = json_object(), *learned = json_object();
    size_t count = 0;
    for (int i = 0; i < stage->field_count; i++)
        json_array_append_new(fields, json_string(stage->field[i]));
    for (const gd_option *o = stage->kind->record.options; o != NULL && o->name != NULL; o++, count++)
        json_object_set_new(options, o->name, option_to_json(stage, o));
    for (int i = 0; i < stage->learned.count; i++)
        json_object_set_new(learned, stage->learned.name[i],
                            gd__numbers_to_json(stage->learned.value[i], stage->learned.length[i]));
    for (int i = 0; i < stage->learned.text_count; i++)
        json_object_set_new(learned, stage->learned.text_name[i], json_string(stage->learned.text[i]));
    if (json_array_size(fields) == (size_t)stage->field_count && json_object_size(options) == count &&
        json_object_size(learned) == (size_t)(stage->learned.count + stage->learned.text_count))
        return json_pack("{s:s, s:o, s:o, s:o}", "kind", stage->kind->record.name, "fields", fields, "options", options,
                         "learned", learned);
    json_decref(fields);
    json_decref(options);
    json_decref(learned);
    return NULL;
}

json_t *gd__pipeline_to_json(const gd_pipeline *pipeline)
{
    json_t *list = json_array();
    for (int i = 0; i < pipeline->count; i++)
        json_array_append_new(list, stage_to_json(&pipeline->stage[i]));
    if (json_array_size(list) == (size_t)pipeline->count)
        return list;
    json_decref(list);
    return NULL;
}

char *gd_pipeline_to_json(const gd_pipeline *pipeline)
{
    GD__NEEDS(pipeline, NULL);
    json_t *list = gd__pipeline_to_json(pipeline);
    return list == NULL ? NULL : gd__json_text(json_pack("{s:o}", "transforms", list));
}

// ---- Reading

static gd_status learned_from_json(json_t *json, gd__stage *stage)
{
    const char *name;
    json_t *list;
    json_object_foreach(json, name, list)
    {
        double *value = NULL;
        gd_status status;
        if (json_is_string(list))
            status = gd_learned_add_text(&stage->learned, name, json_string_value(list));
        else if (json_is_array(list))
            status = gd__numbers_from_json(list, stage->field[0], (int64_t)json_array_size(list), &value);
        else
            status = gd__fail(GD_ERROR_FORMAT, "the saved transform %s: '%.60s' is no list of numbers, nor a text",
                              stage->kind->record.name, name);
        if (status == GD_OK && json_is_array(list))
            status = gd_learned_add(&stage->learned, name, (int64_t)json_array_size(list), value);
        gd__free(value);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

// Reads the options into `options`, whose texts are the JSON's.
static gd_status options_from_json(const gd_transform_kind *kind, json_t *json, void *options)
{
    gd__stage borrowed = {.kind = kind, .options = options};
    gd_options_default(&kind->record, options);
    gd_status status = GD_OK;
    for (const gd_option *o = kind->record.options; o != NULL && o->name != NULL && status == GD_OK; o++)
        status = option_from_json(&borrowed, o, json_object_get(json, o->name));
    return status;
}

static gd_status stage_from_json(json_t *json, gd__stage *stage)
{
    const char *name, *field[GD__MOST_STAGE_FIELDS];
    json_t *fields, *options, *learned;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:o, s:o, s:o}", "kind", &name, "fields", &fields, "options", &options,
                       "learned", &learned) != 0)
        return gd__fail(GD_ERROR_FORMAT, "a saved transform cannot be read: %s", error.text);
    const gd_transform_kind *kind = gd_transform_kind_named(name);
    if (kind == NULL)
        return gd__record_unknown(&gd__transform_records, name);
    const size_t count = json_array_size(fields);
    if (count < 1 || count > GD__MOST_STAGE_FIELDS || !json_is_object(options) || !json_is_object(learned))
        return gd__fail(GD_ERROR_FORMAT, "the saved transform %s names no fields, or has no options", name);
    for (size_t i = 0; i < count; i++)
        field[i] = json_string_value(json_array_get(fields, i));
    void *filled = gd__alloc_zeroed(1, kind->record.options_size + 1);
    if (filled == NULL)
        return gd__fail_memory("a transform");
    gd_status status = options_from_json(kind, options, filled);
    const gd_transform read = {.kind = kind, .options = filled, .field_count = (int)count, .field = field};
    if (status == GD_OK)
        status = gd__pipeline_check(&read);
    if (status == GD_OK)
        status = gd__stage_fill(&read, stage);
    if (status == GD_OK)
        status = learned_from_json(learned, stage);
    if (status == GD_OK)
        status = gd__stage_prepare(stage);
    gd__free(filled);
    return status;
}

gd_status gd__pipeline_from_json(json_t *list, gd_pipeline **out)
{
    *out = NULL;
    if (!json_is_array(list) || json_array_size(list) > GD__MOST_STAGES)
        return gd__fail(GD_ERROR_FORMAT, "the saved transforms are no list of at most %d", GD__MOST_STAGES);
    gd_pipeline *pipeline = gd__pipeline_create((int)json_array_size(list));
    gd_status status = pipeline == NULL ? gd__fail_memory("transforms") : GD_OK;
    for (size_t i = 0; i < json_array_size(list) && status == GD_OK; i++)
        status = stage_from_json(json_array_get(list, i), &pipeline->stage[pipeline->count++]);
    if (status == GD_OK)
        *out = pipeline;
    else
        gd_pipeline_free(pipeline);
    return status;
}

gd_status gd_pipeline_from_json(const char *text, gd_pipeline **out)
{
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    json_t *json;
    gd_status status = gd__json_parse("a list of transforms", text, &json);
    if (status != GD_OK)
        return status;
    status = gd__pipeline_from_json(json_object_get(json, "transforms"), out);
    json_decref(json);
    return status;
}
