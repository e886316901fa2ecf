// The tables as a JSON Schema (draft 7), so that editors complete recipes and check them.
#include <gradus/model.h>
#include <gradus/zoo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/json.h"
#include "model/schema.h"
#include "model/schema_words.h"

// Definitions are made for each table of records and each record in it: "layer" and "layer.dense". In a recipe with
// blocks a list of layers may hold names that no table knows; for it there are "layer+blocks" and so on.
typedef struct {
    json_t *definitions;
    bool with_blocks;
} writer;

static json_t *schema_of(writer *w, const gd_option *option);

// ---- Pieces

static json_t *of_type(const char *type)
{
    return json_pack("{ss}", "type", type);
}

static json_t *reference(const char *name)
{
    gd__text path = {0};
    gd__text_add(&path, "#/definitions/%s", name);
    json_t *made = path.failed ? NULL : json_pack("{ss}", "$ref", path.data);
    gd__text_free(&path);
    return made;
}

// Any of two; both are taken over.
static json_t *either(json_t *a, json_t *b)
{
    return json_pack("{s[oo]}", "anyOf", a, b);
}

// A number, or an expression.
static json_t *number(const gd_option *option, const char *type)
{
    json_t *made = of_type(type);
    if (option->ranged && option->low > -1e300)
        json_object_set_new(made, option->above ? "exclusiveMinimum" : "minimum", json_real(option->low));
    if (option->ranged && option->high < 1e300)
        json_object_set_new(made, option->below ? "exclusiveMaximum" : "maximum", json_real(option->high));
    return either(made, reference("expression"));
}

// Words, as texts; those of digits as numbers as well, since `255` is one.
static json_t *words(const char *list)
{
    json_t *all = json_array();
    for (const char *at = list; *at != '\0';) {
        const size_t length = strcspn(at, "|");
        json_array_append_new(all, json_stringn(at, length));
        if (strspn(at, "0123456789") == length)
            json_array_append_new(all, json_integer(strtoll(at, NULL, 10)));
        at += length + (at[length] == '|');
    }
    return either(json_pack("{so}", "enum", all), reference("expression"));
}

// A list of `item` (taken over), or a single one.
static json_t *list_or_one(const gd_option *option, json_t *item)
{
    json_t *list = json_pack("{sssO}", "type", "array", "items", item);
    if (option->least > 0)
        json_object_set_new(list, "minItems", json_integer(option->least));
    if (option->most > 0)
        json_object_set_new(list, "maxItems", json_integer(option->most));
    return either(list, item);
}

static json_t *size(const gd_option *option)
{
    json_t *one = number(option, "integer");
    if (option->type == GD_OPTION_PADDING)
        one = either(one, words("same|valid"));
    if (option->most == 1)
        return one;
    const int axes = gd__option_axes(option);
    json_t *list = json_pack("{sssOsisi}", "type", "array", "items", one, "minItems", axes, "maxItems", axes);
    return either(one, list);
}

// ---- Maps

static void describe(json_t *schema, const gd_option *option)
{
    if (option->doc != NULL)
        json_object_set_new(schema, "description", json_string(option->doc));
    if (option->standard != NULL)
        json_object_set_new(schema, "default", json_string(option->standard));
}

static void put_keys(writer *w, json_t *properties, const gd_option *options)
{
    for (const gd_option *option = options; option != NULL && option->name != NULL; option++) {
        json_t *schema = schema_of(w, option);
        describe(schema, option);
        json_object_set(properties, option->name, schema);
        for (const char *at = option->aliases; at != NULL && *at != '\0';) {
            const size_t length = strcspn(at, "|");
            json_object_setn(properties, at, length, schema);
            at += length + (at[length] == '|');
        }
        json_decref(schema);
    }
}

// A required option may be there under each of its names.
static json_t *needs(const gd_option *option)
{
    json_t *any = json_array();
    json_array_append_new(any, json_pack("{s[s]}", "required", option->name));
    for (const char *at = option->aliases; at != NULL && *at != '\0';) {
        const size_t length = strcspn(at, "|");
        json_array_append_new(any, json_pack("{s[s%]}", "required", at, length));
        at += length + (at[length] == '|');
    }
    return json_pack("{so}", "anyOf", any);
}

static json_t *map_of(writer *w, const gd_option *own, const gd_option *common)
{
    json_t *properties = json_object(), *all = json_array();
    put_keys(w, properties, common);
    put_keys(w, properties, own);
    for (const gd_option *option = own; option != NULL && option->name != NULL; option++)
        if (option->required)
            json_array_append_new(all, needs(option));
    json_t *made = json_pack("{sssosb}", "type", "object", "properties", properties, "additionalProperties", 0);
    if (json_array_size(all) > 0)
        json_object_set_new(made, "allOf", all);
    else
        json_decref(all);
    return made;
}

// ---- Records

static bool has_lists(const gd_record *record)
{
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (option->type == GD_OPTION_VARIANTS)
            return true;
    return false;
}

static bool takes_name_alone(const gd_record *record)
{
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (option->required)
            return false;
    return true;
}

// What stands behind the record's name: options, the short option's value, or nothing.
static json_t *record_schema(writer *w, const gd_records *records, const gd_record *record)
{
    json_t *any = json_array();
    json_array_append_new(any, map_of(w, record->options, records->common));
    if (takes_name_alone(record))
        json_array_append_new(any, of_type("null"));
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (record->short_option != NULL && strcmp(option->name, record->short_option) == 0)
            json_array_append_new(any, schema_of(w, option));
    if (record->list_option != NULL)
        json_array_append_new(any, schema_of(w, gd__option_named(records->common, record->list_option)));
    return json_pack("{soss}", "anyOf", any, "description", record->doc);
}

static void name_of_records(const writer *w, const gd_records *records, const gd_record *record, gd__text *name)
{
    for (const char *at = records->noun; *at != '\0'; at++)
        gd__text_add(name, "%c", *at == ' ' ? '_' : *at);
    if (record != NULL)
        gd__text_add(name, ".%s", record->name);
    if (w->with_blocks && records == &gd__layer_records && (record == NULL || has_lists(record)))
        gd__text_add(name, "+blocks");
}

static bool is_defined(const writer *w, const gd__text *name)
{
    return name->failed || json_object_get(w->definitions, name->data) != NULL;
}

static json_t *record_reference(writer *w, const gd_records *records, const gd_record *record)
{
    gd__text name = {0};
    name_of_records(w, records, record, &name);
    if (!is_defined(w, &name)) {
        json_object_set_new(w->definitions, name.data, json_true()); // while it is made, which may lead here again
        json_object_set_new(w->definitions, name.data, record_schema(w, records, record));
    }
    json_t *made = name.failed ? NULL : reference(name.data);
    gd__text_free(&name);
    return made;
}

static void put_record(writer *w, const gd_records *records, const gd_record *record, json_t *properties, json_t *names)
{
    json_t *schema = record_reference(w, records, record);
    json_object_set(properties, record->name, schema);
    if (takes_name_alone(record))
        json_array_append_new(names, json_string(record->name));
    for (const char *at = record->aliases; at != NULL && *at != '\0';) {
        const size_t length = strcspn(at, "|");
        json_object_setn(properties, at, length, schema);
        if (takes_name_alone(record))
            json_array_append_new(names, json_stringn(at, length));
        at += length + (at[length] == '|');
    }
    json_decref(schema);
}

// `{repeat: 3, layers: [...]}`
static json_t *repeat_schema(writer *w, const gd_records *records)
{
    const gd_option keys[] = {{.name = "repeat",
                               .type = GD_OPTION_INTEGER,
                               .required = true,
                               .ranged = true,
                               .high = 10000,
                               .doc = "how often the layers stand here"},
                              {.name = "layers",
                               .type = GD_OPTION_VARIANTS,
                               .required = true,
                               .records = records,
                               .doc = "in which `${i}` counts from 0"},
                              {.name = "index", .type = GD_OPTION_TEXT, .doc = "another name for `i`"},
                              {.name = "as", .type = GD_OPTION_TEXT, .doc = "a name for each time, with `${i}` in it"},
                              {0}};
    return map_of(w, keys, NULL);
}

// `{zoo: resnet18}` or `{zoo: {resnet18: {classes: 10}}}`; what a network takes stands in its recipe.
static json_t *zoo_schema(writer *w)
{
    json_t *names = json_array(), *networks = json_object(), *properties = json_object();
    for (int i = 0; i < gd_zoo_count(); i++) {
        json_array_append_new(names, json_string(gd_zoo_name(i)));
        json_object_set_new(networks, gd_zoo_name(i), json_pack("{ss}", "description", gd_zoo_doc(i)));
    }
    put_keys(w, properties, gd__layer_records.common);
    json_t *map = json_pack("{sssosbsisi}", "type", "object", "properties", networks, "additionalProperties", 0,
                            "minProperties", 1, "maxProperties", 1);
    json_object_set_new(properties, "zoo", either(json_pack("{so}", "enum", names), map));
    return json_pack("{sssosbs[s]}", "type", "object", "properties", properties, "additionalProperties", 0, "required",
                     "zoo");
}

// One out of several, by its name or with its options. Layers may also stand in a `repeat`, and beside `as` and `from`.
static json_t *variant_schema(writer *w, const gd_records *records)
{
    json_t *properties = json_object(), *names = json_array(), *any = json_array();
    put_keys(w, properties, records->common);
    for (int i = 0; i < gd_record_count(records); i++)
        put_record(w, records, gd_record_at(records, i), properties, names);
    const bool layers = records == &gd__layer_records, open = w->with_blocks && layers;
    if (open) {
        json_decref(names);
        json_array_append_new(any, of_type("string"));
    } else {
        json_array_append_new(any, json_pack("{so}", "enum", names));
    }
    json_t *chosen = json_pack("{sssosbsi}", "type", "object", "properties", properties, "additionalProperties", open,
                               "minProperties", 1);
    json_array_append_new(any, chosen);
    if (records->common == NULL)
        json_object_set_new(chosen, "maxProperties", json_integer(1));
    if (layers)
        json_array_append_new(any, repeat_schema(w, records));
    if (layers)
        json_array_append_new(any, zoo_schema(w));
    json_array_append_new(any, reference("expression"));
    return json_pack("{so}", "anyOf", any);
}

static json_t *variant(writer *w, const gd_records *records)
{
    gd__text name = {0};
    name_of_records(w, records, NULL, &name);
    if (!is_defined(w, &name)) {
        json_object_set_new(w->definitions, name.data, json_true());
        json_object_set_new(w->definitions, name.data, variant_schema(w, records));
    }
    json_t *made = name.failed ? NULL : reference(name.data);
    gd__text_free(&name);
    return made;
}

// ---- Options

// Where a map of names may stand in place of the value.
static json_t *or_map(writer *w, const gd_option *option, json_t *value)
{
    if (option->value == NULL)
        return value;
    json_t *map = json_pack("{ssso}", "type", "object", "additionalProperties", schema_of(w, option->value));
    return either(value, map);
}

static json_t *numbers(const gd_option *option)
{
    json_t *list = list_or_one(option, number(option, option->type == GD_OPTION_INTEGERS ? "integer" : "number"));
    return option->choices == NULL ? list : either(list, words(option->choices));
}

static json_t *schema_of(writer *w, const gd_option *option)
{
    switch (option->type) {
    case GD_OPTION_INTEGER: return number(option, "integer");
    case GD_OPTION_NUMBER: return number(option, "number");
    case GD_OPTION_FLAG: return either(of_type("boolean"), reference("expression"));
    case GD_OPTION_TEXT: return reference("text");
    case GD_OPTION_CHOICE: return or_map(w, option, words(option->choices));
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING: return size(option);
    case GD_OPTION_TEXTS:
        return or_map(w, option,
                      list_or_one(option, option->choices == NULL ? reference("text") : words(option->choices)));
    case GD_OPTION_INTEGERS:
    case GD_OPTION_NUMBERS: return numbers(option);
    case GD_OPTION_VALUES: return list_or_one(option, json_object());
    case GD_OPTION_MAP: return map_of(w, option->options, NULL);
    case GD_OPTION_NAMED:
        return json_pack("{ssso}", "type", "object", "additionalProperties", schema_of(w, option->value));
    case GD_OPTION_VARIANT:
        if (option->value != NULL)
            return or_map(w, option, variant(w, option->records));
        return option->most > 1 ? either(variant(w, option->records),
                                         json_pack("{ssso}", "type", "array", "items", variant(w, option->records)))
                                : variant(w, option->records);
    case GD_OPTION_VARIANTS:
        return either(json_pack("{ssso}", "type", "array", "items", variant(w, option->records)),
                      reference("expression"));
    case GD_OPTION_MAPS:
        return either(json_pack("{ssso}", "type", "array", "items", map_of(w, option->options, NULL)),
                      reference("expression"));
    case GD_OPTION_ANY: return json_object();
    }
    return json_object();
}

// `model`, in a recipe with blocks or without.
static json_t *model_schema(writer *w, bool with_blocks)
{
    w->with_blocks = with_blocks;
    const gd_option *model = gd__option_named(gd__recipe_keys, "model");
    return json_pack("{s{so}}", "properties", "model", model == NULL ? json_object() : schema_of(w, model));
}

char *gd_recipe_schema(void)
{
    json_t *definitions = json_object(), *properties = json_object();
    writer w = {.definitions = definitions};
    json_object_set_new(definitions, "expression",
                        json_pack("{ssssss}", "type", "string", "pattern", "\\$", "description",
                                  "`${width * 4}`, of `constants` and the parameters of blocks"));
    json_object_set_new(definitions, "text", json_pack("{s[ssss]}", "type", "string", "number", "boolean", "null"));
    json_t *plain = model_schema(&w, false), *with_blocks = model_schema(&w, true);
    put_keys(&w, properties, gd__recipe_keys); // layers of blocks may be blocks
    json_t *model = json_object();             // which depends on the blocks
    describe(model, gd__option_named(gd__recipe_keys, "model"));
    json_object_set_new(properties, "model", model);
    json_t *root = json_pack("{sssssssssosbs{s[s]}sososo}", "$schema", "http://json-schema.org/draft-07/schema#",
                             "title", "A recipe of Gradus", "description", "docs/recipes.md explains recipes", "type",
                             "object", "properties", properties, "additionalProperties", 0, "if", "required", "blocks",
                             "then", with_blocks, "else", plain, "definitions", definitions);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(root);
    char *copy = gd__copy_text(text);
    free(text); // jansson's own block
    return copy;
}
