#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_rows.h"
#include "data/csv_schema.h"
#include "data/json.h"

static const char *const kinds[] = {"ignored", "number", "one_hot", "index", "hash", "date", "text"};
static const char *const roles[] = {"feature", "target", "weight", "id", "group", "part", "order"};
static const char *const policies[] = {"error", "mean", "median", "constant", "drop"};
enum { KINDS = 7, ROLES = 7, POLICIES = 5, DEFAULT_HASH = 64, MOST_HASH = 1 << 24 };

// ---- To JSON

static json_t *words_to_json(const gd__vocabulary *vocabulary)
{
    json_t *words = json_array();
    for (int w = 0; w < vocabulary->count; w++)
        json_array_append_new(words, json_string(vocabulary->word[w].text));
    if (json_array_size(words) == (size_t)vocabulary->count)
        return words;
    json_decref(words);
    return NULL;
}

static json_t *column_to_json(const gd__csv_column *column)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:i, s:o}", "name", column->name, "kind", kinds[column->kind],
                     "role", roles[column->role], "listed", column->listed, "indicator", column->indicator, "has_time",
                     column->has_time, "frequent", column->frequent, "words", words_to_json(&column->vocabulary));
}

// A list of all columns, targets or missing words; NULL when memory is short.
static json_t *columns_to_json(const gd_csv_schema *schema)
{
    json_t *columns = json_array();
    for (int i = 0; i < schema->count; i++)
        json_array_append_new(columns, column_to_json(&schema->column[i]));
    if (json_array_size(columns) == (size_t)schema->count)
        return columns;
    json_decref(columns);
    return NULL;
}

static json_t *targets_to_json(const gd_csv_schema *schema)
{
    json_t *targets = json_array();
    for (int i = 0; i < schema->target_count; i++)
        json_array_append_new(targets, json_integer(schema->target[i]));
    if (json_array_size(targets) == (size_t)schema->target_count)
        return targets;
    json_decref(targets);
    return NULL;
}

static json_t *missing_words_to_json(const gd_csv_schema *schema)
{
    json_t *words = json_array();
    for (int i = 0; i < schema->missing_word_count; i++)
        json_array_append_new(words, json_string(schema->missing_word[i]));
    if (json_array_size(words) == (size_t)schema->missing_word_count)
        return words;
    json_decref(words);
    return NULL;
}

static bool set_character(json_t *json, const char *key, char c)
{
    const char text[] = {c, '\0'};
    return json_object_set_new(json, key, json_string(text)) == 0;
}

json_t *gd__csv_schema_to_json(const gd_csv_schema *schema)
{
    json_t *json =
        json_pack("{s:b, s:b, s:b, s:s, s:s, s:f, s:s, s:b, s:b, s:b, s:i, s:o, s:o, s:o}", "no_header",
                  schema->no_header, "no_quotes", schema->no_quotes, "percent", schema->percent, "currency",
                  schema->currency == NULL ? "" : schema->currency, "missing", policies[schema->missing],
                  "missing_value", schema->missing_value, "unknown", gd__unknown_name(schema->unknown), "allow_unknown",
                  schema->spare, "target_is_class", schema->target_is_class, "targets_apart", schema->targets_apart,
                  "hash_size", schema->hash_size, "missing_words", missing_words_to_json(schema), "targets",
                  targets_to_json(schema), "columns", columns_to_json(schema));
    if (json == NULL || !set_character(json, "separator", schema->separator) ||
        !set_character(json, "comment", schema->comment) || !set_character(json, "decimal", schema->decimal) ||
        !set_character(json, "thousands", schema->thousands)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

char *gd_csv_schema_to_json(const gd_csv_schema *schema)
{
    GD__NEEDS(schema, NULL);
    return gd__json_text(gd__csv_schema_to_json(schema));
}

// ---- From JSON

// The place of `word` in a list, or -1.
static int place_of(const char *word, int count, const char *const *list)
{
    for (int i = 0; i < count && word != NULL; i++)
        if (strcmp(word, list[i]) == 0)
            return i;
    return -1;
}

// A key that may be absent.
static bool get_bool(json_t *json, const char *key)
{
    return json_is_true(json_object_get(json, key));
}

// A text of one character, or none; false when it is something else.
static bool get_character(json_t *json, const char *key, char absent, char *c)
{
    json_t *value = json_object_get(json, key);
    *c = absent;
    if (value == NULL)
        return true;
    if (!json_is_string(value) || json_string_length(value) > 1)
        return false;
    *c = json_string_value(value)[0];
    return true;
}

static gd_status column_from_json(json_t *json, int number, gd__csv_column *column)
{
    const char *name, *kind, *role = roles[GD__COLUMN_FEATURE];
    json_t *words;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:s, s?s, s:o}", "name", &name, "kind", &kind, "role", &role, "words",
                       &words) != 0)
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column %d cannot be read: %s", number, error.text);
    const int place = place_of(kind, KINDS, kinds), role_place = place_of(role, ROLES, roles);
    if (place < 0 || role_place < 0 || !json_is_array(words))
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s' is of unknown kind '%s' or role '%s'", name,
                        kind, role);
    column->kind = (gd__column_kind)place;
    column->role = (gd__column_role)role_place;
    json_t *listed = json_object_get(json, "listed");
    column->listed = listed == NULL ? place == GD__COLUMN_ONE_HOT || place == GD__COLUMN_INDEX : json_is_true(listed);
    column->indicator = get_bool(json, "indicator") && place == GD__COLUMN_NUMBER;
    column->has_time = get_bool(json, "has_time");
    column->name = gd__copy_text(name);
    if (column->name == NULL)
        return gd__fail_memory("a CSV schema");
    json_t *frequent = json_object_get(json, "frequent");
    const json_int_t most = frequent == NULL ? -1 : json_integer_value(frequent);
    if (most < -1 || most >= (json_int_t)json_array_size(words))
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s' has no category %lld to be the most frequent",
                        name, (long long)most);
    column->frequent = (int)most;
    for (size_t w = 0; w < json_array_size(words); w++) {
        json_t *word = json_array_get(words, w);
        if (!json_is_string(word) ||
            gd__vocabulary_find(&column->vocabulary, json_string_value(word), json_string_length(word)) >= 0)
            return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s': category %zu is no text or comes twice",
                            name, w);
        if (gd__vocabulary_add(&column->vocabulary, json_string_value(word), json_string_length(word)) < 0)
            return gd__fail_memory("a CSV schema");
    }
    return GD_OK;
}

static gd_status missing_words_from_json(json_t *json, gd_csv_schema *schema)
{
    // The words of Gradus 0.1.0.
    static const char *const early[] = {"NA", "N/A", "NaN", "null"};
    json_t *words = json_object_get(json, "missing_words");
    const size_t count = words == NULL ? 4 : json_array_size(words);
    const char **list = gd__alloc_zeroed(count, sizeof *list);
    gd_status status = list == NULL || count > INT16_MAX ? gd__fail_memory("a CSV schema") : GD_OK;
    for (size_t i = 0; i < count && status == GD_OK; i++) {
        list[i] = words == NULL ? early[i] : json_string_value(json_array_get(words, i));
        if (list[i] == NULL)
            status = gd__fail(GD_ERROR_FORMAT, "the CSV schema's word %zu for missing cells is no text", i);
    }
    if (status == GD_OK && !gd__csv_schema_set_missing_words(schema, (int)count, list))
        status = gd__fail_memory("a CSV schema");
    gd__free(list);
    return status;
}

// The list of targets, or the one target of Gradus 0.1.0.
static gd_status targets_from_json(json_t *json, gd_csv_schema *schema)
{
    json_t *targets = json_object_get(json, "targets"), *one = json_object_get(json, "target");
    const size_t count = targets != NULL ? json_array_size(targets) : one != NULL && json_integer_value(one) != -1;
    for (size_t i = 0; i < count; i++) {
        json_t *value = targets != NULL ? json_array_get(targets, i) : one;
        const json_int_t column = json_integer_value(value);
        bool good = json_is_integer(value) && column >= 0 && column < schema->count;
        for (int other = 0; other < schema->target_count && good; other++)
            good = schema->target[other] != column;
        if (!good)
            return gd__fail(GD_ERROR_FORMAT, "the CSV schema's target %zu is none of its columns", i);
        gd__csv_schema_add_target(schema, (int)column);
    }
    for (int c = 0, found = 0; c < schema->count; c++) {
        found += schema->column[c].role == GD__COLUMN_TARGET;
        if (found > schema->target_count)
            return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s' is not in its list of targets",
                            schema->column[c].name);
    }
    return GD_OK;
}

static gd_status notation_from_json(json_t *json, gd_csv_schema *schema)
{
    const char *currency = json_string_value(json_object_get(json, "currency"));
    if (!get_character(json, "separator", '\0', &schema->separator) ||
        !get_character(json, "comment", '\0', &schema->comment) ||
        !get_character(json, "decimal", '.', &schema->decimal) ||
        !get_character(json, "thousands", '\0', &schema->thousands))
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's separator, comment, decimal or thousands is no character");
    schema->no_header = get_bool(json, "no_header");
    schema->no_quotes = get_bool(json, "no_quotes");
    schema->percent = get_bool(json, "percent");
    schema->currency = currency == NULL || currency[0] == '\0' ? NULL : gd__copy_text(currency);
    return missing_words_from_json(json, schema);
}

static gd_status fill_schema(json_t *json, json_t *columns, gd_csv_schema *schema)
{
    gd_status status = notation_from_json(json, schema);
    if (status != GD_OK)
        return status;
    const int policy = place_of(json_string_value(json_object_get(json, "missing")), POLICIES, policies);
    json_t *hash = json_object_get(json, "hash_size");
    const json_int_t hash_size = hash == NULL ? DEFAULT_HASH : json_integer_value(hash);
    schema->missing_value = json_number_value(json_object_get(json, "missing_value"));
    if (policy < 0 || json_object_get(json, "separator") == NULL || !isfinite(schema->missing_value) || hash_size < 1 ||
        hash_size > MOST_HASH)
        return gd__fail(GD_ERROR_FORMAT,
                        "the CSV schema's separator, policy for missing cells or size of hashing is not valid");
    schema->missing = (gd_missing)policy;
    schema->hash_size = (int)hash_size;
    // Gradus 0.1.0 knew "error" and "none" only, and had a spare number for the latter.
    schema->spare = get_bool(json, "allow_unknown");
    const char *unknown = json_string_value(json_object_get(json, "unknown"));
    schema->unknown = schema->spare ? GD_UNKNOWN_NONE : GD_UNKNOWN_ERROR;
    status = unknown == NULL ? GD_OK : gd_unknown_named(unknown, &schema->unknown);
    if (status != GD_OK)
        return GD_ERROR_FORMAT;
    schema->target_is_class = get_bool(json, "target_is_class");
    schema->targets_apart = get_bool(json, "targets_apart");
    for (int i = 0; i < schema->count && status == GD_OK; i++)
        status = column_from_json(json_array_get(columns, (size_t)i), i, &schema->column[i]);
    return status == GD_OK ? targets_from_json(json, schema) : status;
}

gd_status gd__csv_schema_from_json(json_t *json, gd_csv_schema **out)
{
    *out = NULL;
    json_t *columns = json_object_get(json, "columns");
    if (!json_is_array(columns) || json_array_size(columns) > GD__MOST_COLUMNS)
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema lists no columns, or more than %d", GD__MOST_COLUMNS);
    gd_csv_schema *schema = gd__csv_schema_create((int)json_array_size(columns));
    if (schema == NULL)
        return gd__fail_memory("a CSV schema");
    gd_status status = fill_schema(json, columns, schema);
    if (status == GD_OK)
        *out = schema;
    else
        gd_csv_schema_free(schema);
    return status;
}

gd_status gd_csv_schema_from_json(const char *text, gd_csv_schema **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    json_t *json;
    gd_status status = gd__json_parse("the CSV schema", text, &json);
    if (status != GD_OK)
        return status;
    status = gd__csv_schema_from_json(json, out);
    json_decref(json);
    return status;
}
