// Guessing what the columns of a table are for.
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/text.h>

#include "new.h"
#include "options.h"
#include "print.h"

enum { MOST_TEXTS = 50, MOST_CLASSES = 20, MOST_EMBEDDED = 10000, CHUNK = 4096 };

// A number as recipes read it; with a decimal comma, "3,5" is one too.
static bool read_number(const char *text, bool comma, double *number)
{
    char copy[64], *end;
    if (strlen(text) >= sizeof copy || strspn(text, "0123456789+-.,eE ") != strlen(text))
        return false;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; comma && *at != '\0'; at++)
        *at = *at == ',' ? '.' : *at;
    *number = strtod(copy, &end);
    return end != copy && *end == '\0' && isfinite(*number);
}

// 2026-11-27, or with a time behind it.
static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    for (int i = 0; form[i] != '\0'; i++)
        if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return text[10] == '\0' || text[10] == ' ' || text[10] == 'T';
}

// ---- What a column holds

typedef struct {
    int numbers, texts, dates, commas; // different values of each kind
} kinds;

static kinds count_kinds(const table_guess *table, int field, column_guess *column)
{
    kinds kinds = {0};
    const int classes = gd_dataset_field(table->set, field).class_count;
    column->whole = true;
    column->low = INFINITY;
    column->high = -INFINITY;
    for (int k = 0; k < classes; k++) {
        const char *text = gd_dataset_class_name(table->set, field, k);
        double number;
        if (text == NULL || text[0] == '\0')
            continue;
        column->different++;
        if (column->first == NULL)
            column->first = text;
        else if (column->second == NULL)
            column->second = text;
        kinds.dates += is_date(text);
        if (read_number(text, table->decimal_comma, &number)) {
            kinds.numbers++;
            column->whole = column->whole && number == floor(number);
            column->low = fmin(column->low, number);
            column->high = fmax(column->high, number);
        } else {
            kinds.texts++;
            kinds.commas += read_number(text, true, &number);
        }
    }
    column->number = kinds.numbers > 0 && kinds.texts == 0;
    column->mixed = kinds.numbers > 0 && kinds.texts > 0;
    column->whole = column->number && column->whole;
    return kinds;
}

// Rows with each value. False after a complaint.
static bool count_rows(const table_guess *table, int field, column_guess *column)
{
    const int classes = gd_dataset_field(table->set, field).class_count;
    int64_t *rows = calloc((size_t)classes + 1, sizeof *rows), *sample = malloc(CHUNK * sizeof *sample);
    gd_array labels = {0};
    double before = 0, number;
    bool good = rows != NULL && sample != NULL;
    if (!good)
        print_error("out of memory");
    column->in_order = column->whole && column->missing == 0;
    for (int64_t first = 0; first < table->rows && good; first += CHUNK) {
        const int64_t count = table->rows - first < CHUNK ? table->rows - first : CHUNK;
        for (int64_t i = 0; i < count; i++)
            sample[i] = first + i;
        gd_array_free(&labels);
        good = gd_dataset_get(table->set, field, count, sample, &labels) == GD_OK;
        if (!good)
            print_last_error();
        for (int64_t i = 0; i < count && good; i++) {
            const int label = (int)gd_array_get(&labels, i);
            const char *text = label < 0 || label >= classes ? NULL : gd_dataset_class_name(table->set, field, label);
            rows[text == NULL ? classes : label]++;
            if (text == NULL || text[0] == '\0')
                column->missing++;
            if (column->in_order && text != NULL && read_number(text, table->decimal_comma, &number)) {
                column->in_order = first + i == 0 || number == before + 1;
                before = number;
            }
        }
    }
    column->least = INT64_MAX;
    for (int k = 0; k < classes && good; k++) {
        const char *text = gd_dataset_class_name(table->set, field, k);
        if (text != NULL && text[0] != '\0' && rows[k] < column->least)
            column->least = rows[k];
    }
    gd_array_free(&labels);
    free(sample);
    free(rows);
    return good;
}

// ---- What it is for

static void set_use(column_guess *column, column_use use, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void set_use(column_guess *column, column_use use, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(column->why, WHY, format, list);
    va_end(list);
    column->use = use;
}

static void guess_use(const table_guess *table, const kinds *kinds, column_guess *column)
{
    if (column->different <= 1)
        set_use(column, USE_IGNORE, "%s", column->different == 0 ? "it is empty" : "it is the same in every row");
    else if (2 * column->missing > table->rows)
        set_use(column, USE_IGNORE, "%lld of %lld cells are missing", (long long)column->missing,
                (long long)table->rows);
    else if (column->in_order && table->rows > 10)
        set_use(column, USE_IGNORE, "it counts the rows");
    else if (column->number)
        set_use(column, USE_NUMBER, "numbers from %g to %g", column->low, column->high);
    else if (kinds->dates == column->different)
        set_use(column, USE_DATE, "dates: year, month, day and so on become numbers");
    else if (2 * (int64_t)column->different > table->rows)
        set_use(column, USE_IGNORE, "%d different texts in %lld rows say nothing about other rows", column->different,
                (long long)table->rows);
    else if (column->different <= MOST_TEXTS)
        set_use(column, USE_CATEGORY, "%d categories, a column of 0 and 1 for each", column->different);
    else if (column->different <= MOST_EMBEDDED)
        set_use(column, USE_EMBED, "%d categories, a learned vector of 8 numbers for each", column->different);
    else
        set_use(column, USE_IGNORE, "%d categories are too many", column->different);
}

static int find_target(const table_guess *table, const char *name)
{
    const char *words[1000];
    int count = 0;
    if (name == NULL)
        return table->count - 1;
    for (int i = 0; i < table->count; i++) {
        if (strcmp(table->column[i].name, name) == 0)
            return i;
        if (count < 1000)
            words[count++] = table->column[i].name;
    }
    const char *near = gd_nearest_word(name, count, words);
    print_error("the table has no column '%s'%s%s%s", name, near == NULL ? "" : ", did you mean '",
                near == NULL ? "" : near, near == NULL ? "" : "'?");
    return -1;
}

static void guess_target(const table_guess *table, column_guess *column)
{
    const bool few = column->different <= MOST_CLASSES && 10 * (int64_t)column->different <= table->rows;
    if (column->number && !(column->whole && few))
        set_use(column, USE_TARGET, "numbers from %g to %g: regression", column->low, column->high);
    else if (column->different == 2)
        set_use(column, USE_TARGET, "two values, '%.30s' and '%.30s': yes or no", column->first, column->second);
    else
        set_use(column, USE_TARGET, "%d different %s: classes", column->different,
                column->number ? "whole numbers" : "texts");
    if (!(column->number && !(column->whole && few)))
        column->number = false; // its numbers are names
}

// ---- The table

static bool read_table(const char *path, table_guess *table)
{
    const gd_csv_opts opts = {
        .embed = GD_COLUMNS("*"), .missing = GD_MISSING_MEDIAN, .max_categories = 10000000, .no_cache = true};
    if (gd_dataset_from_csv(path, opts, &table->set) != GD_OK) {
        print_last_error();
        return false;
    }
    table->rows = gd_dataset_count(table->set);
    table->count = gd_dataset_field_count(table->set);
    table->column = calloc((size_t)table->count + 1, sizeof *table->column);
    if (table->column == NULL)
        print_error("out of memory");
    return table->column != NULL;
}

bool guess_columns(const char *path, const char *target, table_guess *table)
{
    *table = (table_guess){.target = -1};
    if (!read_table(path, table))
        return false;
    for (int i = 0; i < table->count; i++)
        table->column[i].name = gd_dataset_field(table->set, i).name;
    table->target = find_target(table, target);
    if (table->target < 0)
        return false;
    for (int i = 0; i < table->count && !table->decimal_comma; i++) {
        column_guess column = {0};
        const kinds kinds = count_kinds(table, i, &column);
        table->decimal_comma = kinds.commas > 0 && kinds.commas == kinds.texts;
    }
    for (int i = 0; i < table->count; i++) {
        column_guess *column = &table->column[i];
        const kinds kinds = count_kinds(table, i, column);
        if (!count_rows(table, i, column))
            return false;
        if (i == table->target)
            guess_target(table, column);
        else
            guess_use(table, &kinds, column);
        table->missing = table->missing || (i != table->target && column->use != USE_IGNORE && column->missing > 0);
    }
    const column_guess *wanted = &table->column[table->target];
    if (wanted->different < 2) {
        print_error("the column '%s' %s: there is nothing to learn; --target names another", wanted->name,
                    wanted->different == 0 ? "is empty" : "holds the same in every row");
        return false;
    }
    if (wanted->missing > 0) {
        print_error(
            "the column '%s' lacks %lld values: leave those rows out of the file, or name another with --target",
            wanted->name, (long long)wanted->missing);
        return false;
    }
    return true;
}

void free_guess(table_guess *table)
{
    gd_dataset_free(table->set);
    free(table->column);
    *table = (table_guess){0};
}
