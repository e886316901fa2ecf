// From a CSV file to a data set. The cells of the columns that are kept are gathered row by row as f32, a category as
// the number of its text; when all rows are in, they become fields.
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_columns.h"
#include "data/csv_reader.h"

enum { DEFAULT_CATEGORIES = 10000, MOST_CATEGORIES = 1 << 24 }; // f32 counts to 2^24

typedef struct {
    gd__csv_reader reader;
    gd_csv_schema *schema;
    bool fitting; // the schema is being found, not applied
    int max_categories;
    locale_t c_locale;
    int width;   // cells expected in a row
    int *source; // which cell each column of the schema comes from, or -1
    int64_t row_count;
    size_t row_capacity;
    float *value; // (row_count, schema->count)
} table;

// Why a cell is wrong, with its line and column in front.
#define FAIL_CELL(table, column, ...)                                                                                  \
    gd__fail_in((gd__fail(GD_ERROR_FORMAT, __VA_ARGS__)), "%s: line %lld, column '%s'", (table)->reader.path,          \
                (long long)(table)->reader.row_line, (column)->name)

static bool is_missing(const char *text)
{
    static const char *const words[] = {"na", "n/a", "nan", "null"};
    text += strspn(text, " ");
    if (*text == '\0')
        return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

// A decimal number with blanks around it; not the words and hexadecimal digits that strtod knows.
static bool parse_number(const table *table, const char *text, double *number)
{
    text += strspn(text, " ");
    size_t length = strspn(text, "+-0123456789.eE");
    if (length == 0 || text[length + strspn(text + length, " ")] != '\0')
        return false;
    char *end;
    *number = strtod_l(text, &end, table->c_locale);
    return end == text + length;
}

// ---- Cells

static gd_status parse_numeric(const table *table, const gd__column *column, const char *text, float *value)
{
    double number;
    if (!parse_number(table, text, &number)) {
        if (!table->fitting)
            return FAIL_CELL(table, column, "'%.80s' is no number", text);
        return FAIL_CELL(table, column, "'%.80s' is no number, but the column is numeric since line %lld", text,
                         (long long)column->decided_on);
    }
    *value = (float)number;
    if (!isfinite(*value))
        return FAIL_CELL(table, column, "%.80s is beyond the range of f32", text);
    bool is_label = table->schema->target_is_class && column == &table->schema->column[table->schema->target];
    if (is_label && !(number >= 0 && number < MOST_CATEGORIES && number == floor(number)))
        return FAIL_CELL(table, column, "%.80s is no class label: a whole number from 0 on was expected", text);
    return GD_OK;
}

static gd_status fail_unknown(const table *table, const gd__column *column, const char *text)
{
    const gd__vocabulary *known = &column->vocabulary;
    gd__text list = {0};
    for (int i = 0; i < known->count && i < 8; i++)
        gd__text_add(&list, "%s'%.40s'", i == 0 ? "" : ", ", known->word[i]);
    gd_status status = FAIL_CELL(table, column, "'%.80s' is not among the categories of the training data: %s%s", text,
                                 list.data == NULL ? "" : list.data, known->count > 8 ? ", …" : "");
    gd__text_free(&list);
    return status;
}

static gd_status parse_category(const table *table, gd__column *column, const char *text, float *value)
{
    gd__vocabulary *known = &column->vocabulary;
    int number = gd__vocabulary_find(known, text);
    bool is_target = table->schema->target >= 0 && column == &table->schema->column[table->schema->target];
    if (number < 0 && !table->fitting) {
        if (!table->schema->allow_unknown || is_target)
            return fail_unknown(table, column, text);
        number = known->count;
    } else if (number < 0) {
        if (known->count >= table->max_categories)
            return FAIL_CELL(table, column, "more than %d different texts; ignore the column, or raise max_categories",
                             table->max_categories);
        json_t *valid = json_string(text);
        if (valid == NULL)
            return FAIL_CELL(table, column, "the text is not valid UTF-8");
        json_decref(valid);
        if (!gd__vocabulary_add(known, text))
            return gd__fail_memory("the categories of a CSV file");
        number = known->count - 1;
    }
    *value = (float)number;
    return GD_OK;
}

static gd_status parse_missing(const table *table, gd__column *column, float *value, bool *drop)
{
    const gd_csv_schema *schema = table->schema;
    bool is_target = schema->target >= 0 && column == &schema->column[schema->target];
    bool is_category = column->kind == GD__COLUMN_ONE_HOT || column->kind == GD__COLUMN_INDEX;
    *value = NAN;
    if (schema->missing == GD_MISSING_DROP)
        *drop = true;
    else if (is_target)
        return FAIL_CELL(table, column, "the target is missing (rows without it can be dropped)");
    else if (schema->missing == GD_MISSING_ERROR)
        return FAIL_CELL(table, column, "the cell is empty, and nothing was said about missing cells");
    else if (is_category)
        return parse_category(table, column, "", value);
    return GD_OK;
}

// The first cell that says something makes an open column a number or a category.
static void decide(const table *table, gd__column *column, const char *text)
{
    double number;
    bool is_target = table->schema->target >= 0 && column == &table->schema->column[table->schema->target];
    column->decided_on = table->reader.row_line;
    if (parse_number(table, text, &number))
        column->kind = GD__COLUMN_NUMBER;
    else
        column->kind = is_target ? GD__COLUMN_INDEX : GD__COLUMN_ONE_HOT;
}

static gd_status parse_cell(const table *table, int c, float *value, bool *drop)
{
    gd__column *column = &table->schema->column[c];
    *value = NAN;
    if (column->kind == GD__COLUMN_IGNORED || table->source[c] < 0)
        return GD_OK;
    const char *text = gd__csv_cell(&table->reader, table->source[c]);
    if (is_missing(text))
        return parse_missing(table, column, value, drop);
    if (column->kind == GD__COLUMN_OPEN)
        decide(table, column, text);
    if (column->kind == GD__COLUMN_NUMBER)
        return parse_numeric(table, column, text, value);
    return parse_category(table, column, text, value);
}

// ---- Rows

static float *new_row(table *table)
{
    size_t columns = (size_t)table->schema->count;
    if ((size_t)table->row_count == table->row_capacity) {
        size_t larger = table->row_capacity == 0 ? 256 : 2 * table->row_capacity;
        float *value = gd__realloc(table->value, larger, columns * sizeof *value);
        if (value == NULL)
            return NULL;
        table->value = value;
        table->row_capacity = larger;
    }
    return table->value + (size_t)table->row_count * columns;
}

static gd_status add_row(table *table)
{
    if (table->reader.cell_count != table->width)
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld has %d fields, the %s has %d", table->reader.path,
                        (long long)table->reader.row_line, table->reader.cell_count,
                        table->schema->no_header ? "first line" : "header", table->width);
    float *row = new_row(table);
    if (row == NULL)
        return gd__fail_memory("the rows of a CSV file");
    bool drop = false;
    for (int c = 0; c < table->schema->count; c++) {
        gd_status status = parse_cell(table, c, &row[c], &drop);
        if (status != GD_OK)
            return status;
    }
    if (!drop)
        table->row_count++;
    return GD_OK;
}

static gd_status read_rows(table *table)
{
    bool end = false;
    if (table->schema->no_header) { // the first row was read to count the columns
        gd_status status = add_row(table);
        if (status != GD_OK)
            return status;
    }
    for (;;) {
        gd_status status = gd__csv_next(&table->reader, &end);
        if (status == GD_OK && !end)
            status = add_row(table);
        if (status != GD_OK)
            return status;
        if (end)
            break;
    }
    if (table->row_count == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: has no rows of data%s", table->reader.path,
                        table->schema->missing == GD_MISSING_DROP ? " after those with missing cells were dropped"
                                                                  : "");
    return GD_OK;
}

// ---- From cells to fields

// Sorts the categories of a column, and renumbers its cells. What was missing before the column was known to be one
// of text is a category of its own.
static gd_status settle_categories(table *table, int c)
{
    gd__column *column = &table->schema->column[c];
    int columns = table->schema->count;
    for (int64_t r = 0; r < table->row_count; r++) {
        float *value = &table->value[r * columns + c];
        gd_status status = isnan(*value) ? parse_category(table, column, "", value) : GD_OK;
        if (status != GD_OK)
            return status;
    }
    int *number = gd__alloc_zeroed((size_t)column->vocabulary.count + 1, sizeof *number);
    if (number == NULL || !gd__vocabulary_sort(&column->vocabulary, number)) {
        gd__free(number);
        return gd__fail_memory("the categories of a CSV file");
    }
    for (int64_t r = 0; r < table->row_count; r++) {
        float *value = &table->value[r * columns + c];
        *value = (float)number[(int)*value];
    }
    gd__free(number);
    return GD_OK;
}

// A missing number that is replaced by a constant, also where the column was not yet known to be numeric.
static void settle_constant(table *table, int c)
{
    for (int64_t r = 0; r < table->row_count; r++) {
        float *value = &table->value[r * table->schema->count + c];
        if (isnan(*value))
            *value = (float)table->schema->missing_value;
    }
}

static gd_status settle_columns(table *table)
{
    gd_csv_schema *schema = table->schema;
    for (int c = 0; c < schema->count; c++) {
        gd__column *column = &schema->column[c];
        if (column->kind == GD__COLUMN_OPEN)
            return gd__fail(GD_ERROR_FORMAT, "%s: column '%s' is empty in every row; ignore it", table->reader.path,
                            column->name);
        bool is_category = column->kind == GD__COLUMN_ONE_HOT || column->kind == GD__COLUMN_INDEX;
        if (table->fitting && is_category) {
            gd_status status = settle_categories(table, c);
            if (status != GD_OK)
                return status;
        }
        if (column->kind == GD__COLUMN_NUMBER && schema->missing == GD_MISSING_CONSTANT && table->source[c] >= 0)
            settle_constant(table, c);
    }
    if (table->fitting && schema->target >= 0 && schema->column[schema->target].kind == GD__COLUMN_INDEX)
        schema->target_is_class = true;
    return GD_OK;
}

static bool is_feature(const gd_csv_schema *schema, int c)
{
    gd__column_kind kind = schema->column[c].kind;
    return c != schema->target && (kind == GD__COLUMN_NUMBER || kind == GD__COLUMN_ONE_HOT);
}

static gd_status add_features(const table *table, gd__store *store)
{
    const gd_csv_schema *schema = table->schema;
    int64_t width = 0;
    for (int c = 0; c < schema->count; c++)
        if (is_feature(schema, c))
            width += schema->column[c].kind == GD__COLUMN_ONE_HOT ? schema->column[c].vocabulary.count : 1;
    if (width == 0)
        return GD_OK;
    gd_array x;
    gd_status status = gd_array_create(&x, GD_F32, GD_SHAPE(table->row_count, width));
    if (status != GD_OK)
        return status;
    float *to = x.data;
    const float *from = table->value;
    for (int64_t r = 0; r < table->row_count; r++, from += schema->count)
        for (int c = 0; c < schema->count; c++) {
            if (!is_feature(schema, c))
                continue;
            if (schema->column[c].kind == GD__COLUMN_NUMBER) {
                *to++ = from[c];
                continue;
            }
            int count = schema->column[c].vocabulary.count, category = (int)from[c];
            if (category < count) // else not seen in training: all zeros
                to[category] = 1;
            to += count;
        }
    bool fill = schema->missing == GD_MISSING_MEAN || schema->missing == GD_MISSING_MEDIAN;
    return gd__store_add(store, "x", &x, fill ? schema->missing : GD_MISSING_ERROR);
}

// A column as a field of its own: whole numbers (N), or one real number a sample (N, 1).
static gd_status add_column(const table *table, gd__store *store, int c, const char *name, bool whole)
{
    gd_array value;
    gd_shape shape = whole ? GD_SHAPE(table->row_count) : GD_SHAPE(table->row_count, 1);
    gd_status status = gd_array_create(&value, whole ? GD_I32 : GD_F32, shape);
    if (status != GD_OK)
        return status;
    for (int64_t r = 0; r < table->row_count; r++) {
        float number = table->value[r * table->schema->count + c];
        if (whole)
            ((int32_t *)value.data)[r] = (int32_t)number;
        else
            ((float *)value.data)[r] = number;
    }
    status = gd__store_add(store, name, &value, GD_MISSING_ERROR);
    const gd__column *column = &table->schema->column[c];
    if (status != GD_OK || column->vocabulary.count == 0)
        return status;
    status = gd__store_name_classes(store, column->vocabulary.count, (const char *const *)column->vocabulary.word);
    // An embedding needs a row for what it has not seen.
    if (table->schema->allow_unknown && c != table->schema->target)
        store->field[store->field_count - 1].class_count = column->vocabulary.count + 1;
    return status;
}

static gd_status add_fields(const table *table, gd__store *store)
{
    const gd_csv_schema *schema = table->schema;
    gd_status status = add_features(table, store);
    for (int c = 0; c < schema->count && status == GD_OK; c++)
        if (schema->column[c].kind == GD__COLUMN_INDEX && c != schema->target)
            status = add_column(table, store, c, schema->column[c].name, true);
    int target = schema->target;
    if (status == GD_OK && target >= 0 && table->source[target] >= 0)
        status = add_column(table, store, target, schema->target_is_class ? "label" : "y", schema->target_is_class);
    return status == GD_OK ? status : gd__fail_in(status, "%s", table->reader.path);
}

// ---- The whole file

static gd_status prepare_columns(table *table, const gd_csv_opts *opts)
{
    bool end;
    gd_status status = gd__csv_next(&table->reader, &end);
    if (status == GD_OK && end)
        status = gd__fail(GD_ERROR_FORMAT, "%s: is empty", table->reader.path);
    if (status != GD_OK)
        return status;
    table->width = table->reader.cell_count;
    if (opts->schema == NULL) {
        status = gd__csv_find_columns(&table->reader, opts, &table->schema);
    } else {
        table->schema = gd__csv_schema_copy(opts->schema);
        if (table->schema == NULL)
            status = gd__fail_memory("a CSV schema");
    }
    if (status != GD_OK)
        return status;
    table->source = gd__alloc_zeroed((size_t)table->schema->count, sizeof *table->source);
    if (table->source == NULL)
        return gd__fail_memory("the columns of a CSV file");
    return gd__csv_match_columns(&table->reader, table->schema, table->source);
}

static gd_status read_table(table *table, const char *path, const gd_csv_opts *opts)
{
    const gd_csv_schema *known = opts->schema;
    table->fitting = known == NULL;
    table->max_categories = opts->max_categories == 0 ? DEFAULT_CATEGORIES : opts->max_categories;
    if (table->max_categories < 0 || table->max_categories > MOST_CATEGORIES)
        return gd__fail(GD_ERROR_ARGUMENT, "max_categories is %d, 1 to %d were expected", opts->max_categories,
                        MOST_CATEGORIES);
    table->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (table->c_locale == (locale_t)0)
        return gd__fail_memory("a locale");
    gd_status status = gd__csv_open(&table->reader, path, known == NULL ? opts->separator : known->separator,
                                    known == NULL ? opts->no_quotes : known->no_quotes);
    if (status == GD_OK)
        status = prepare_columns(table, opts);
    if (status == GD_OK)
        status = read_rows(table);
    return status == GD_OK ? settle_columns(table) : status;
}

gd_status gd_dataset_from_csv(const char *path, gd_csv_opts opts, gd_dataset **out)
{
    *out = NULL;
    table *table = gd__alloc_zeroed(1, sizeof *table);
    gd__store *store = gd__store_create();
    gd_status status = table == NULL || store == NULL ? gd__fail_memory("a data set") : GD_OK;
    if (status == GD_OK)
        status = read_table(table, path, &opts);
    if (status == GD_OK)
        status = add_fields(table, store);
    if (status == GD_OK) {
        store->schema = table->schema;
        table->schema = NULL;
    }
    if (table != NULL) {
        gd__csv_close(&table->reader);
        gd_csv_schema_free(table->schema);
        gd__free(table->source);
        gd__free(table->value);
        if (table->c_locale != (locale_t)0)
            freelocale(table->c_locale);
        gd__free(table);
    }
    if (status == GD_OK)
        return gd__dataset_of_store(store, out);
    gd__store_release(store);
    return status;
}
