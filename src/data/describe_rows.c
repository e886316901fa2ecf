// The first samples as text, as they are stored and as the network sees them.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/describe.h"

enum {
    FIRST_ROWS = 5,
    MOST_ROWS = 100,
    SHOWN_NUMBERS = 6,    // of a field as a whole
    PREPARED_NUMBERS = 64 // cells of one field, as the network sees it
};

void gd__first_rows_free(gd_first_rows *rows)
{
    for (int i = 0; rows->heading != NULL && i < rows->column_count; i++)
        gd__free(rows->heading[i]);
    for (int i = 0; rows->cell != NULL && i < rows->row_count * rows->column_count; i++)
        gd__free(rows->cell[i]);
    for (int i = 0; rows->origin != NULL && i < rows->row_count; i++)
        gd__free(rows->origin[i]);
    gd__free(rows->heading);
    gd__free(rows->cell);
    gd__free(rows->origin);
    *rows = (gd_first_rows){0};
}

static bool make_table(gd_first_rows *rows, int row_count, int column_count)
{
    const size_t columns = (size_t)column_count, count = (size_t)row_count;
    rows->row_count = row_count;
    rows->column_count = column_count;
    rows->heading = gd__alloc_zeroed(columns, sizeof *rows->heading);
    rows->cell = gd__alloc_zeroed(columns * count, sizeof *rows->cell);
    rows->origin = gd__alloc_zeroed(count, sizeof *rows->origin);
    return rows->heading != NULL && rows->cell != NULL && rows->origin != NULL;
}

static bool set_cell(gd_first_rows *rows, int row, int column, const char *text)
{
    char **cell = &rows->cell[row * rows->column_count + column];
    *cell = gd__copy_text(text);
    return *cell != NULL;
}

static bool set_origins(const gd__describe *d, gd_first_rows *rows)
{
    for (int r = 0; r < rows->row_count; r++) {
        char origin[GD_ORIGIN_TEXT];
        rows->origin[r] = gd__copy_text(gd_dataset_origin_text(d->opts.part[GD_TRAIN], r, origin));
        if (rows->origin[r] == NULL)
            return false;
    }
    return true;
}

// ---- As they are stored

static void number_text(double value, char text[GD__CATEGORY_TEXT])
{
    if (isfinite(value))
        gd__format(text, GD__CATEGORY_TEXT, "%.9g", value);
    else
        text[0] = '\0';
}

static void whole_text(const gd__describe *d, int c, char text[GD__CATEGORY_TEXT])
{
    const gd__chunk *chunk = &d->chunk;
    const int field = d->profile[c].in[GD_TRAIN];
    const int64_t count = chunk->values[field];
    int length = 0;
    text[0] = '\0';
    for (int64_t i = 0; i < count && i < SHOWN_NUMBERS; i++)
        length += gd__format(text + length, (size_t)(GD__CATEGORY_TEXT - length), "%s%.5g", i == 0 ? "" : " ",
                             chunk->value[field][i]);
    if (count > SHOWN_NUMBERS)
        snprintf(text + length, (size_t)(GD__CATEGORY_TEXT - length), " \xe2\x80\xa6 (%lld numbers)", (long long)count);
}

static bool set_raw_row(gd__describe *d, int row)
{
    gd_first_rows *raw = &d->result->raw;
    bool good = true;
    for (int c = 0; c < raw->column_count && good; c++) {
        char text[GD__CATEGORY_TEXT];
        if (d->profile[c].form == GD__PROFILE_WHOLE) {
            whole_text(d, c, text);
        } else {
            double value;
            gd__profile_gather(&d->profile[c], GD_TRAIN, &d->chunk, &value);
            if (gd__profile_is_category(d, c) && !isnan(value))
                gd__category_text(d, c, value, text);
            else
                number_text(value, text);
        }
        good = set_cell(raw, row, c, text);
    }
    return good;
}

static gd_status make_raw(gd__describe *d, int count)
{
    gd_first_rows *raw = &d->result->raw;
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    if (!make_table(raw, count, d->result->column_count) || !set_origins(d, raw))
        return gd__fail_memory("a description of data");
    for (int c = 0; c < raw->column_count; c++) {
        raw->heading[c] = gd__copy_text(d->result->column[c].name);
        if (raw->heading[c] == NULL)
            return gd__fail_memory("a description of data");
    }
    gd_status status = GD_OK;
    for (int r = 0; r < count && status == GD_OK; r++) {
        status = gd__chunk_read(&d->chunk, train, r, 1);
        if (status == GD_OK && !set_raw_row(d, r))
            status = gd__fail_memory("a description of data");
    }
    gd__chunk_free(&d->chunk, train->store->source.field_count);
    return status;
}

// ---- As the network sees them

// How many cells a field has: its numbers, but no more than are shown; one for a field of open shape.
static int cells_of(const gd_dataset *prepared, int f)
{
    if (!gd__is_delivered(prepared, f))
        return 0;
    const gd_field field = gd_dataset_field(prepared, f);
    const int64_t width = gd__stored_width(&field);
    return width == 0 ? 1 : width > PREPARED_NUMBERS ? PREPARED_NUMBERS : (int)width;
}

static bool set_headings(gd_first_rows *rows, const gd_dataset *prepared, int f, int first, int cells)
{
    const gd_field field = gd_dataset_field(prepared, f);
    const bool as_stored =
        f < prepared->store->source.field_count && gd_shape_equal(field.shape, prepared->store->source.field[f].shape);
    for (int e = 0; e < cells; e++) {
        const char *name = as_stored ? gd_dataset_element_name(prepared, f, e) : NULL;
        gd__text text = {0};
        if (name != NULL)
            gd__text_add(&text, "%s", name);
        else if (gd__stored_width(&field) <= 1)
            gd__text_add(&text, "%s", field.name);
        else
            gd__text_add(&text, "%s[%d]", field.name, e);
        rows->heading[first + e] = gd__text_take(&text);
        if (rows->heading[first + e] == NULL)
            return false;
    }
    return true;
}

// An f32 has seven digits or so; whole numbers are written out.
static void seen_text(double value, char text[GD__CATEGORY_TEXT])
{
    gd__format(text, GD__CATEGORY_TEXT, fabs(value) < 1e15 && value == floor(value) ? "%.0f" : "%.6g", value + 0.0);
}

static gd_status set_prepared(gd__describe *d, int f, int first, int cells)
{
    gd_first_rows *rows = &d->result->prepared;
    gd_status status = GD_OK;
    for (int r = 0; r < rows->row_count && status == GD_OK; r++) {
        gd_array value = {0};
        const int64_t sample = r;
        status = gd_dataset_get(d->opts.prepared, f, 1, &sample, &value);
        const int64_t count = gd_array_count(&value);
        const gd_field field = gd_dataset_field(d->opts.prepared, f);
        for (int e = 0; e < cells && status == GD_OK; e++) {
            char text[GD__CATEGORY_TEXT] = "";
            if (gd__stored_width(&field) == 0)
                snprintf(text, sizeof text, "%lld numbers", (long long)count);
            else
                seen_text(gd_array_get(&value, e), text);
            if (!set_cell(rows, r, first + e, text))
                status = gd__fail_memory("a description of data");
        }
        gd_array_free(&value);
    }
    return status;
}

static gd_status make_prepared(gd__describe *d, int count)
{
    const gd_dataset *prepared = d->opts.prepared;
    gd_first_rows *rows = &d->result->prepared;
    int columns = 0;
    for (int f = 0; f < prepared->field_count; f++)
        columns += cells_of(prepared, f);
    if (!make_table(rows, count, columns) || !set_origins(d, rows))
        return gd__fail_memory("a description of data");
    gd_status status = GD_OK;
    for (int f = 0, at = 0; f < prepared->field_count && status == GD_OK; f++) {
        const int cells = cells_of(prepared, f);
        if (!set_headings(rows, prepared, f, at, cells))
            return gd__fail_memory("a description of data");
        status = set_prepared(d, f, at, cells);
        at += cells;
    }
    return status;
}

gd_status gd__describe_rows(gd__describe *d)
{
    const int wanted = d->opts.rows == 0 ? FIRST_ROWS : d->opts.rows > MOST_ROWS ? MOST_ROWS : d->opts.rows;
    const int64_t samples = d->opts.part[GD_TRAIN]->count;
    if (wanted < 0)
        return GD_OK;
    const int count = samples < wanted ? (int)samples : wanted;
    gd_status status = make_raw(d, count);
    return status == GD_OK && d->opts.prepared != NULL ? make_prepared(d, count) : status;
}
