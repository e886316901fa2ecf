// The columns of a table that windows are made of, and their numbers.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/shape.h"
#include "data/deal.h"
#include "data/windows.h"

enum { MOST_COLUMNS = 4096 };

void gd__window_table_free(gd__window_table *table)
{
    for (int i = 0; i < table->count; i++)
        gd__free(table->column[i].name);
    gd__free(table->column);
    gd__free(table->moment);
    gd__free(table->series_of);
    gd__free(table->value);
}

const char *gd__window_series_text(const gd__window_table *table, int64_t series, char text[GD__SERIES_TEXT])
{
    const gd_source *source = &table->set->store->source;
    const bool named = table->series >= 0 && source->class_name != NULL && series <= INT32_MAX;
    const char *name = named ? source->class_name(source->state, table->series, (int)series) : NULL;
    text[0] = '\0';
    if (name != NULL)
        snprintf(text, GD__SERIES_TEXT, "series '%.60s', ", name);
    else if (table->series >= 0)
        snprintf(text, GD__SERIES_TEXT, "series %lld, ", (long long)series);
    return text;
}

// ---- Which columns there are

// What number `element` of a field is called.
static void name_element(const gd_source *source, int field, int64_t element, int64_t count, char *name, size_t size)
{
    const char *own = source->element_name == NULL ? NULL : source->element_name(source->state, field, element);
    if (own != NULL)
        snprintf(name, size, "%s", own);
    else if (count == 1)
        snprintf(name, size, "%s", source->field[field].name);
    else
        snprintf(name, size, "%s_%lld", source->field[field].name, (long long)element);
}

static gd_status add_column(gd__window_table *table, const char *name, int field, int64_t element)
{
    if (table->count == MOST_COLUMNS)
        return gd__fail(GD_ERROR_UNSUPPORTED, "windows over more than %d columns", MOST_COLUMNS);
    char *copy = gd__copy_text(name);
    if (copy == NULL || !gd__grow((void **)&table->column, &table->capacity, table->count, sizeof *table->column)) {
        gd__free(copy);
        return gd__fail_memory("the columns of windows");
    }
    table->column[table->count++] = (gd__window_column){copy, field, element};
    return GD_OK;
}

// Inputs and targets of numbers; what else a table has is no number, or has another role.
static bool holds_columns(const gd__window_table *table, int field)
{
    const gd_role role = table->set->role[field];
    const gd_field *described = &table->set->store->source.field[field];
    return field != table->time && field != table->series && described->kind == GD_KIND_NUMBERS &&
           (role == GD_ROLE_INPUT || role == GD_ROLE_TARGET) && !gd__shape_is_open(described->shape);
}

static gd_status list_columns(gd__window_table *table)
{
    const gd_source *source = &table->set->store->source;
    char name[256];
    gd_status status = GD_OK;
    for (int f = 0; f < source->field_count && status == GD_OK; f++) {
        const int64_t count = holds_columns(table, f) ? gd_shape_count(source->field[f].shape) : 0;
        for (int64_t e = 0; e < count && status == GD_OK; e++) {
            name_element(source, f, e, count, name, sizeof name);
            status = add_column(table, name, f, e);
        }
    }
    return status;
}

// ---- Which of them are asked for

// A name stands for the column called so, and for all that a column of categories or of dates became.
static bool is_called(const char *column, const char *wanted)
{
    const size_t length = strlen(wanted);
    return strncmp(column, wanted, length) == 0 && (column[length] == '\0' || strchr("=.#", column[length]) != NULL);
}

static gd_status fail_no_column(const gd__window_table *table, const char *wanted)
{
    const char **name = gd__alloc_zeroed((size_t)table->count + 1, sizeof *name);
    if (name == NULL)
        return gd__fail_memory("the names of columns");
    for (int i = 0; i < table->count; i++)
        name[i] = table->column[i].name;
    const char *near = gd_nearest_word(wanted, table->count, name);
    const gd_status status =
        near == NULL
            ? gd__fail(GD_ERROR_ARGUMENT, "windows: the table has no column '%.60s' of numbers among its %d", wanted,
                       table->count)
            : gd__fail(GD_ERROR_ARGUMENT, "windows: the table has no column '%.60s' of numbers; did you mean '%.60s'?",
                       wanted, near);
    gd__free(name);
    return status;
}

// Brings the columns asked for to the front, behind the first `*front` ones. With `alone` a name is of one column.
static gd_status bring_forward(gd__window_table *table, gd_csv_columns wanted, bool alone, int *front)
{
    for (int w = 0; w < wanted.count; w++) {
        bool any = false;
        for (int i = 0; i < table->count; i++) {
            const char *name = table->column[i].name;
            if (alone ? strcmp(name, wanted.name[w]) != 0 : !is_called(name, wanted.name[w]))
                continue;
            if (i < *front)
                return gd__fail(GD_ERROR_ARGUMENT, "windows: the column '%.60s' is asked for twice", name);
            const gd__window_column found = table->column[i];
            memmove(&table->column[*front + 1], &table->column[*front], (size_t)(i - *front) * sizeof found);
            table->column[(*front)++] = found;
            any = true;
        }
        if (!any)
            return fail_no_column(table, wanted.name[w]);
    }
    return GD_OK;
}

static gd_status find_columns(gd__window_table *table, const gd_window_opts *opts)
{
    int front = 0;
    gd_status status = gd__find_number_field(table->set, opts->time, "windows cannot be ordered by", &table->time);
    table->series = -1;
    if (status == GD_OK && opts->series != NULL)
        status = gd__find_number_field(table->set, opts->series, "there are no series by", &table->series);
    if (status == GD_OK)
        status = list_columns(table);
    if (status == GD_OK)
        status = bring_forward(table, opts->target, true, &front);
    table->target_count = front;
    if (status == GD_OK)
        status = bring_forward(table, opts->known, false, &front);
    table->known_count = front - table->target_count;
    return status;
}

// ---- Their numbers

// Reads what the columns have of one field, row by row.
static gd_status read_field(gd__window_table *table, int field)
{
    const gd_source *source = &table->set->store->source;
    const gd_field *described = &source->field[field];
    const int64_t count = gd_shape_count(described->shape);
    double *number = gd__alloc_zeroed((size_t)count, sizeof *number);
    void *room = gd__alloc((size_t)count * gd_type_size(described->type));
    gd_status status = number == NULL || room == NULL ? gd__fail_memory("the rows of a table") : GD_OK;
    for (int64_t r = 0; r < table->row_count && status == GD_OK; r++) {
        const void *data;
        status =
            gd__stored_sample(source, field, gd__dataset_sample(table->set, r), described->shape, NULL, room, &data);
        if (status != GD_OK)
            break;
        gd__to_doubles(number, data, described->type, count);
        for (int c = 0; c < table->count; c++)
            if (table->column[c].field == field)
                table->value[r * table->count + c] = number[table->column[c].element];
    }
    gd__free(number);
    gd__free(room);
    return status;
}

// The moment and the series of each row; a row that cannot be used has a reason.
static gd_status read_places(gd__window_table *table)
{
    char origin[GD_ORIGIN_TEXT];
    gd_status status = GD_OK;
    for (int64_t r = 0; r < table->row_count && status == GD_OK; r++) {
        const char *fault = gd_dataset_fault(table->set, r);
        double series = 0;
        if (fault != NULL)
            return gd__fail(GD_ERROR_FORMAT, "%s: %s", gd_dataset_origin_text(table->set, r, origin), fault);
        status = gd__sample_number(table->set, table->time, r, &table->moment[r]);
        if (status == GD_OK && table->series >= 0)
            status = gd__sample_number(table->set, table->series, r, &series);
        if (status == GD_OK && (!isfinite(table->moment[r]) || fabs(table->moment[r]) > 1e15 || fabs(series) > 1e15 ||
                                series != floor(series)))
            status = gd__fail(GD_ERROR_NUMBER, "%s: has no time, or a series that is no whole number",
                              gd_dataset_origin_text(table->set, r, origin));
        table->series_of[r] = status == GD_OK ? (int64_t)series : 0;
    }
    return status;
}

gd_status gd__window_table_read(const gd_dataset *set, const gd_window_opts *opts, gd__window_table *table)
{
    *table = (gd__window_table){.set = set, .row_count = set->count};
    gd_status status = find_columns(table, opts);
    if (status != GD_OK)
        return status;
    const size_t rows = (size_t)table->row_count;
    size_t numbers;
    table->moment = gd__alloc_zeroed(rows, sizeof *table->moment);
    table->series_of = gd__alloc_zeroed(rows, sizeof *table->series_of);
    table->value =
        gd__multiply(rows, (size_t)table->count, &numbers) ? gd__alloc_zeroed(numbers, sizeof *table->value) : NULL;
    if (table->moment == NULL || table->series_of == NULL || table->value == NULL)
        return gd__fail_memory("the rows of a table");
    status = read_places(table);
    for (int f = 0; f < set->store->source.field_count && status == GD_OK; f++)
        if (holds_columns(table, f))
            status = read_field(table, f);
    return status;
}
