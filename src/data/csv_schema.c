#include "data/csv_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/json.h"

// ---- Vocabularies

// The slot that holds the word, or the free one where it belongs. There always is a free one.
static int *find_slot(const gd__vocabulary *vocabulary, const char *word)
{
    size_t mask = (size_t)vocabulary->slot_count - 1;
    for (size_t at = (size_t)gd__hash_text(word) & mask;; at = (at + 1) & mask) {
        int *slot = &vocabulary->slot[at];
        if (*slot == 0 || strcmp(vocabulary->word[*slot - 1], word) == 0)
            return slot;
    }
}

int gd__vocabulary_find(const gd__vocabulary *vocabulary, const char *word)
{
    return vocabulary->slot_count == 0 ? -1 : *find_slot(vocabulary, word) - 1;
}

// Makes a table of `slot_count` slots for the words that are there.
static bool rebuild(gd__vocabulary *vocabulary, int slot_count)
{
    int *slot = gd__alloc_zeroed((size_t)slot_count, sizeof *slot);
    if (slot == NULL)
        return false;
    gd__free(vocabulary->slot);
    vocabulary->slot = slot;
    vocabulary->slot_count = slot_count;
    for (int i = 0; i < vocabulary->count; i++)
        *find_slot(vocabulary, vocabulary->word[i]) = i + 1;
    return true;
}

bool gd__vocabulary_add(gd__vocabulary *vocabulary, const char *word)
{
    if (vocabulary->count >= vocabulary->slot_count / 2 &&
        !rebuild(vocabulary, vocabulary->slot_count == 0 ? 32 : 2 * vocabulary->slot_count))
        return false;
    char *copy = gd__copy_text(word);
    if (copy == NULL ||
        !gd__grow((void **)&vocabulary->word, &vocabulary->capacity, vocabulary->count, sizeof *vocabulary->word)) {
        gd__free(copy);
        return false;
    }
    *find_slot(vocabulary, word) = vocabulary->count + 1;
    vocabulary->word[vocabulary->count++] = copy;
    return true;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool gd__vocabulary_sort(gd__vocabulary *vocabulary, int *new_number)
{
    if (vocabulary->count == 0)
        return true;
    char **old = gd__copy_block(vocabulary->word, (size_t)vocabulary->count * sizeof *old);
    if (old == NULL)
        return false;
    qsort(vocabulary->word, (size_t)vocabulary->count, sizeof *vocabulary->word, compare_words);
    bool good = rebuild(vocabulary, vocabulary->slot_count);
    for (int i = 0; i < vocabulary->count && good; i++)
        new_number[i] = gd__vocabulary_find(vocabulary, old[i]);
    gd__free(old);
    return good;
}

static void free_vocabulary(gd__vocabulary *vocabulary)
{
    for (int i = 0; i < vocabulary->count; i++)
        gd__free(vocabulary->word[i]);
    gd__free(vocabulary->word);
    gd__free(vocabulary->slot);
}

// ---- Schemas

gd_csv_schema *gd__csv_schema_create(int count)
{
    gd_csv_schema *schema = gd__alloc_zeroed(1, sizeof *schema);
    if (schema == NULL)
        return NULL;
    schema->target = -1;
    schema->column = gd__alloc_zeroed((size_t)count, sizeof *schema->column);
    if (schema->column == NULL) {
        gd__free(schema);
        return NULL;
    }
    schema->count = count;
    return schema;
}

void gd_csv_schema_free(gd_csv_schema *schema)
{
    if (schema == NULL)
        return;
    for (int i = 0; i < schema->count; i++) {
        gd__free(schema->column[i].name);
        free_vocabulary(&schema->column[i].vocabulary);
    }
    gd__free(schema->column);
    gd__free(schema);
}

gd_csv_schema *gd__csv_schema_copy(const gd_csv_schema *schema)
{
    gd_csv_schema *copy = gd__csv_schema_create(schema->count);
    if (copy == NULL)
        return NULL;
    gd__column *column = copy->column;
    *copy = *schema;
    copy->column = column;
    for (int i = 0; i < schema->count; i++) {
        const gd__column *from = &schema->column[i];
        column[i].kind = from->kind;
        column[i].name = gd__copy_text(from->name);
        bool good = column[i].name != NULL;
        for (int w = 0; w < from->vocabulary.count && good; w++)
            good = gd__vocabulary_add(&column[i].vocabulary, from->vocabulary.word[w]);
        if (!good) {
            gd_csv_schema_free(copy);
            return NULL;
        }
    }
    return copy;
}

// ---- JSON

static const char *const kinds[] = {"ignored", "number", "one_hot", "index"};
static const char *const policies[] = {"error", "mean", "median", "constant", "drop"};

static json_t *column_to_json(const gd__column *column)
{
    json_t *words = json_array();
    for (int w = 0; w < column->vocabulary.count; w++)
        json_array_append_new(words, json_string(column->vocabulary.word[w]));
    if (json_array_size(words) != (size_t)column->vocabulary.count) {
        json_decref(words);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:o}", "name", column->name, "kind", kinds[column->kind], "words", words);
}

json_t *gd__csv_schema_to_json(const gd_csv_schema *schema)
{
    json_t *columns = json_array();
    for (int i = 0; i < schema->count; i++)
        json_array_append_new(columns, column_to_json(&schema->column[i]));
    if (json_array_size(columns) != (size_t)schema->count) {
        json_decref(columns);
        return NULL;
    }
    const char separator[] = {schema->separator, '\0'};
    return json_pack("{s:s, s:b, s:b, s:s, s:f, s:b, s:i, s:b, s:o}", "separator", separator, "no_header",
                     schema->no_header, "no_quotes", schema->no_quotes, "missing", policies[schema->missing],
                     "missing_value", schema->missing_value, "allow_unknown", schema->allow_unknown, "target",
                     schema->target, "target_is_class", schema->target_is_class, "columns", columns);
}

// The place of `word` in a list, or -1.
static int place_of(const char *word, int count, const char *const *list)
{
    for (int i = 0; i < count; i++)
        if (strcmp(word, list[i]) == 0)
            return i;
    return -1;
}

static gd_status column_from_json(json_t *json, int number, gd__column *column)
{
    const char *name, *kind;
    json_t *words;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:s, s:o}", "name", &name, "kind", &kind, "words", &words) != 0)
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column %d cannot be read: %s", number, error.text);
    int place = place_of(kind, 4, kinds);
    if (place < 0 || !json_is_array(words))
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s' is of unknown kind '%s'", name, kind);
    column->kind = (gd__column_kind)place;
    column->name = gd__copy_text(name);
    if (column->name == NULL)
        return gd__fail_memory("a CSV schema");
    for (size_t w = 0; w < json_array_size(words); w++) {
        const char *word = json_string_value(json_array_get(words, w));
        if (word == NULL || gd__vocabulary_find(&column->vocabulary, word) >= 0)
            return gd__fail(GD_ERROR_FORMAT, "the CSV schema's column '%s': category %zu is no text or comes twice",
                            name, w);
        if (!gd__vocabulary_add(&column->vocabulary, word))
            return gd__fail_memory("a CSV schema");
    }
    return GD_OK;
}

static gd_status fill_schema(json_t *json, json_t *columns, gd_csv_schema *schema)
{
    const char *separator, *missing;
    int no_header, no_quotes, allow_unknown, target, target_is_class;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:b, s:b, s:s, s:F, s:b, s:i, s:b}", "separator", &separator,
                       "no_header", &no_header, "no_quotes", &no_quotes, "missing", &missing, "missing_value",
                       &schema->missing_value, "allow_unknown", &allow_unknown, "target", &target, "target_is_class",
                       &target_is_class) != 0)
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema cannot be read: %s", error.text);
    int policy = place_of(missing, 5, policies);
    if (policy < 0 || strlen(separator) != 1 || target < -1 || target >= schema->count ||
        !isfinite(schema->missing_value))
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema's separator, target or policy for missing cells is not valid");
    schema->separator = separator[0];
    schema->no_header = no_header;
    schema->no_quotes = no_quotes;
    schema->missing = (gd_missing)policy;
    schema->allow_unknown = allow_unknown;
    schema->target = target;
    schema->target_is_class = target_is_class && target >= 0;
    for (int i = 0; i < schema->count; i++) {
        gd_status status = column_from_json(json_array_get(columns, (size_t)i), i, &schema->column[i]);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

gd_status gd__csv_schema_from_json(json_t *json, gd_csv_schema **out)
{
    *out = NULL;
    json_t *columns = json_object_get(json, "columns");
    if (!json_is_array(columns) || json_array_size(columns) > INT32_MAX)
        return gd__fail(GD_ERROR_FORMAT, "the CSV schema lists no columns");
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

char *gd_csv_schema_to_json(const gd_csv_schema *schema)
{
    return gd__json_text(gd__csv_schema_to_json(schema));
}

gd_status gd_csv_schema_from_json(const char *text, gd_csv_schema **out)
{
    *out = NULL;
    json_t *json;
    gd_status status = gd__json_parse("the CSV schema", text, &json);
    if (status != GD_OK)
        return status;
    status = gd__csv_schema_from_json(json, out);
    json_decref(json);
    return status;
}
