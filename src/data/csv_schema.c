#include "data/csv_schema.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

const char *const gd__missing_words[GD__MISSING_WORDS] = {"NA", "N/A", "NaN", "null", "?"};

// In the order of gd_unknown, whose first is never a schema's.
static const char *const unknowns[] = {"", "error", "none", "missing", "frequent"};

const char *gd__unknown_name(gd_unknown unknown)
{
    return unknowns[unknown];
}

gd_status gd_unknown_named(const char *word, gd_unknown *unknown)
{
    GD__NEEDS(word, GD_ERROR_ARGUMENT);
    for (int i = GD_UNKNOWN_ERROR; i <= GD_UNKNOWN_FREQUENT; i++)
        if (strcmp(word, unknowns[i]) == 0) {
            *unknown = (gd_unknown)i;
            return GD_OK;
        }
    return gd__fail(GD_ERROR_ARGUMENT,
                    "an unknown category cannot be '%.40s'; error, none, missing or frequent was expected", word);
}

gd_csv_schema *gd__csv_schema_create(int count)
{
    gd_csv_schema *schema = gd__alloc_zeroed(1, sizeof *schema);
    if (schema == NULL)
        return NULL;
    schema->column = gd__alloc_zeroed((size_t)count, sizeof *schema->column);
    schema->target = gd__alloc_zeroed((size_t)count, sizeof *schema->target);
    if (schema->column == NULL || schema->target == NULL) {
        gd_csv_schema_free(schema);
        return NULL;
    }
    schema->count = count;
    for (int i = 0; i < count; i++)
        schema->column[i].frequent = -1;
    return schema;
}

void gd_csv_schema_free(gd_csv_schema *schema)
{
    if (schema == NULL)
        return;
    for (int i = 0; i < schema->count; i++) {
        gd__free(schema->column[i].name);
        gd__vocabulary_free(&schema->column[i].vocabulary);
    }
    for (int i = 0; i < schema->missing_word_count; i++)
        gd__free(schema->missing_word[i]);
    gd__free(schema->missing_word);
    gd__free(schema->currency);
    gd__free(schema->target);
    gd__free(schema->column);
    gd__free(schema);
}

bool gd__csv_schema_set_missing_words(gd_csv_schema *schema, int count, const char *const *word)
{
    schema->missing_word = gd__alloc_zeroed((size_t)count, sizeof *schema->missing_word);
    if (schema->missing_word == NULL)
        return false;
    for (; schema->missing_word_count < count; schema->missing_word_count++) {
        char *copy = gd__copy_text(word[schema->missing_word_count]);
        if (copy == NULL)
            return false;
        schema->missing_word[schema->missing_word_count] = copy;
    }
    return true;
}

void gd__csv_schema_add_target(gd_csv_schema *schema, int column)
{
    schema->column[column].role = GD__COLUMN_TARGET;
    schema->target[schema->target_count++] = column;
}

static bool copy_column(gd__csv_column *to, const gd__csv_column *from)
{
    *to = *from;
    to->vocabulary = (gd__vocabulary){0};
    to->name = gd__copy_text(from->name);
    return to->name != NULL && gd__vocabulary_copy(&to->vocabulary, &from->vocabulary);
}

gd_csv_schema *gd__csv_schema_copy(const gd_csv_schema *schema)
{
    gd_csv_schema *copy = gd__csv_schema_create(schema->count);
    if (copy == NULL)
        return NULL;
    gd__csv_column *column = copy->column;
    int *target = copy->target;
    *copy = *schema;
    copy->column = column;
    copy->target = target;
    copy->missing_word_count = 0;
    copy->missing_word = NULL;
    copy->currency = gd__copy_text(schema->currency);
    memcpy(target, schema->target, (size_t)schema->target_count * sizeof *target);
    bool good =
        (copy->currency == NULL) == (schema->currency == NULL) &&
        gd__csv_schema_set_missing_words(copy, schema->missing_word_count, (const char *const *)schema->missing_word);
    for (int i = 0; i < schema->count && good; i++)
        good = copy_column(&column[i], &schema->column[i]);
    if (good)
        return copy;
    gd_csv_schema_free(copy);
    return NULL;
}
