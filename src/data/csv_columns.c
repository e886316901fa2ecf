#include "data/csv_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_COLUMNS = 16384 };

static int find_name(const gd_csv_schema *schema, const char *name)
{
    for (int c = 0; c < schema->count; c++)
        if (strcmp(schema->column[c].name, name) == 0)
            return c;
    return -1;
}

// Says that there is no such column, and which name is near.
static gd_status fail_no_column(const gd__csv_reader *reader, int count, const char *const *name, const char *wanted)
{
    const char *near = gd__nearest_word(wanted, count, name);
    if (near != NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: has no column '%s'; did you mean '%s'?", reader->path, wanted, near);
    return gd__fail(GD_ERROR_FORMAT, "%s: has no column '%s' among its %d", reader->path, wanted, count);
}

// A column by its name or, when none is called so, by its number: "-1" is the last.
static gd_status resolve(const gd__csv_reader *reader, const gd_csv_schema *schema, const char *wanted, int *column)
{
    *column = find_name(schema, wanted);
    if (*column >= 0)
        return GD_OK;
    char *end;
    long number = strtol(wanted, &end, 10);
    if (end != wanted && *end == '\0') {
        long place = number < 0 ? number + schema->count : number;
        if (place < 0 || place >= schema->count)
            return gd__fail(GD_ERROR_FORMAT, "%s: column %ld was asked for, but there are %d", reader->path, number,
                            schema->count);
        *column = (int)place;
        return GD_OK;
    }
    const char **name = gd__alloc_zeroed((size_t)schema->count, sizeof *name);
    if (name == NULL)
        return gd__fail_memory("the names of columns");
    for (int c = 0; c < schema->count; c++)
        name[c] = schema->column[c].name;
    gd_status status = fail_no_column(reader, schema->count, name, wanted);
    gd__free(name);
    return status;
}

// Gives the columns of a list a kind.
static gd_status mark(const gd__csv_reader *reader, gd_csv_schema *schema, int count, const char *const *list,
                      gd__column_kind kind)
{
    for (int i = 0; i < count; i++) {
        int c;
        gd_status status = resolve(reader, schema, list[i], &c);
        if (status != GD_OK)
            return status;
        if (schema->column[c].kind != GD__COLUMN_OPEN)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "%s: column '%s' is listed twice, among the ignored, the categories or "
                            "the embedded",
                            reader->path, schema->column[c].name);
        schema->column[c].kind = kind;
    }
    return GD_OK;
}

static gd_status name_columns(const gd__csv_reader *reader, gd_csv_schema *schema)
{
    for (int c = 0; c < schema->count; c++) {
        char number[24];
        snprintf(number, sizeof number, "c%d", c);
        const char *name = schema->no_header ? number : gd__csv_cell(reader, c);
        json_t *valid = json_string(name);
        if (valid == NULL)
            return gd__fail(GD_ERROR_FORMAT, "%s: line 1: the name of column %d is not valid UTF-8", reader->path, c);
        json_decref(valid);
        for (int other = 0; other < c; other++)
            if (strcmp(schema->column[other].name, name) == 0)
                return gd__fail(GD_ERROR_FORMAT, "%s: columns %d and %d are both called '%s'; is the header missing?",
                                reader->path, other, c, name);
        schema->column[c].name = gd__copy_text(name);
        if (schema->column[c].name == NULL)
            return gd__fail_memory("the names of columns");
        schema->column[c].kind = GD__COLUMN_OPEN;
    }
    return GD_OK;
}

static gd_status mark_columns(const gd__csv_reader *reader, const gd_csv_opts *opts, gd_csv_schema *schema)
{
    gd_status status = mark(reader, schema, opts->ignore_count, opts->ignore, GD__COLUMN_IGNORED);
    if (status == GD_OK)
        status = mark(reader, schema, opts->category_count, opts->category, GD__COLUMN_ONE_HOT);
    if (status == GD_OK)
        status = mark(reader, schema, opts->embed_count, opts->embed, GD__COLUMN_INDEX);
    if (status != GD_OK || opts->target == NULL)
        return status;
    status = resolve(reader, schema, opts->target, &schema->target);
    if (status != GD_OK)
        return status;
    gd__column *target = &schema->column[schema->target];
    if (target->kind == GD__COLUMN_IGNORED)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the target '%s' is also ignored", reader->path, target->name);
    if (target->kind == GD__COLUMN_ONE_HOT)
        target->kind = GD__COLUMN_INDEX;
    return GD_OK;
}

gd_status gd__csv_find_columns(const gd__csv_reader *reader, const gd_csv_opts *opts, gd_csv_schema **out)
{
    *out = NULL;
    if ((unsigned)opts->missing > GD_MISSING_DROP)
        return gd__fail(GD_ERROR_ARGUMENT, "%d is no policy for missing cells", (int)opts->missing);
    if (!isfinite(opts->missing_value))
        return gd__fail(GD_ERROR_ARGUMENT, "missing_value is %g, a finite number was expected", opts->missing_value);
    if (reader->cell_count > MOST_COLUMNS)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %d columns, at most %d are read", reader->path, reader->cell_count,
                        MOST_COLUMNS);
    gd_csv_schema *schema = gd__csv_schema_create(reader->cell_count);
    if (schema == NULL)
        return gd__fail_memory("the columns of a CSV file");
    schema->separator = reader->separator;
    schema->no_header = opts->no_header;
    schema->no_quotes = opts->no_quotes;
    schema->missing = opts->missing;
    schema->missing_value = opts->missing_value;
    schema->allow_unknown = opts->allow_unknown;
    schema->target_is_class = opts->target_is_class && opts->target != NULL;
    gd_status status = name_columns(reader, schema);
    if (status == GD_OK)
        status = mark_columns(reader, opts, schema);
    if (status == GD_OK)
        *out = schema;
    else
        gd_csv_schema_free(schema);
    return status;
}

// Without a header columns are matched by their place; only the target may be absent.
static gd_status match_places(const gd__csv_reader *reader, const gd_csv_schema *schema, int *source)
{
    int absent = -1;
    if (schema->target >= 0 && reader->cell_count == schema->count - 1)
        absent = schema->target;
    else if (reader->cell_count != schema->count)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %d columns, the training data had %d", reader->path,
                        reader->cell_count, schema->count);
    for (int c = 0, cell = 0; c < schema->count; c++)
        source[c] = c == absent ? -1 : cell++;
    return GD_OK;
}

static gd_status fail_lacking(const gd__csv_reader *reader, const char *wanted)
{
    const char **name = gd__alloc_zeroed((size_t)reader->cell_count, sizeof *name);
    if (name == NULL)
        return gd__fail_memory("the names of columns");
    for (int c = 0; c < reader->cell_count; c++)
        name[c] = gd__csv_cell(reader, c);
    gd_status status = fail_no_column(reader, reader->cell_count, name, wanted);
    gd__free(name);
    return status;
}

gd_status gd__csv_match_columns(const gd__csv_reader *reader, const gd_csv_schema *schema, int *source)
{
    if (schema->no_header)
        return match_places(reader, schema, source);
    for (int c = 0; c < schema->count; c++) {
        source[c] = -1;
        for (int cell = 0; cell < reader->cell_count && source[c] < 0; cell++)
            if (strcmp(gd__csv_cell(reader, cell), schema->column[c].name) == 0)
                source[c] = cell;
        bool needed = schema->column[c].kind != GD__COLUMN_IGNORED && c != schema->target;
        if (source[c] < 0 && needed)
            return fail_lacking(reader, schema->column[c].name);
    }
    return GD_OK;
}
