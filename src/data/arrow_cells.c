#include "data/arrow_cells.h"

#include <math.h>
#include <string.h>

#include "data/arrow_value.h"

// What one column of a block is read with.
typedef struct reader {
    gd__csv_block *block;
    const gd__csv_plan *plan;
    int c, column; // the cell of the file, and the table's column; an id has none
    gd__csv_reading reading;
    bool quoted;
} reader;

// ---- Cells

// A cell by its text.
static double read_as_text(const reader *r, const char *text, size_t length)
{
    if (memchr(text, '\0', length) != NULL) {
        gd__csv_block_note(r->block, GD__CSV_ZERO, r->c + 1);
        return 0;
    }
    if (r->reading == GD__READ_ID) {
        gd__csv_block_id(r->block, r->c, text, length);
        return 0;
    }
    const gd__csv_cell cell = {.text = text, .length = length, .quoted = r->quoted};
    return gd__csv_block_cell(r->block, r->plan, r->c, r->column, &cell);
}

static double read_missing(const reader *r)
{
    if (r->reading == GD__READ_ID)
        return read_as_text(r, "", 0);
    return gd__csv_block_missing(r->block, r->column, 0);
}

// A whole number beyond the exact range, in a column of numbers.
static double read_inexact(const reader *r, const char *text, size_t length)
{
    gd__csv_tally *tally = &r->block->tally[r->column];
    if (tally->first_inexact < 0)
        tally->first_inexact = r->block->row_count;
    return gd__csv_block_text(r->block, r->c, r->column, text, length);
}

static bool wants_numbers(const reader *r)
{
    return r->reading == GD__READ_ANY || r->reading == GD__READ_ORDER;
}

// A cell that is no text in the file: *number, where the reading wants one; false where it is to be read as a text.
static bool read_number(const reader *r, const gd__arrow_type *type, const struct ArrowArray *array, int64_t place,
                        double *number)
{
    static const double day_seconds = 86400;
    if (type->kind == GD__ARROW_DATE) {
        if ((r->reading != GD__READ_DATE && r->reading != GD__READ_ORDER) ||
            !gd__arrow_date(type, array, place, number))
            return false;
        if (r->reading == GD__READ_DATE)
            r->block->tally[r->column].timed += fmod(*number, day_seconds) != 0;
        return true;
    }
    if (!wants_numbers(r))
        return false;
    switch (type->kind) {
    case GD__ARROW_FLAG: *number = gd__arrow_bit(array->buffers[1], place); return true;
    case GD__ARROW_SIGNED:
    case GD__ARROW_UNSIGNED: return gd__arrow_whole(type, array, place, number) || r->reading == GD__READ_ORDER;
    case GD__ARROW_FLOAT: *number = gd__arrow_float(type, array, place); return isfinite(*number);
    case GD__ARROW_SPAN: *number = (double)gd__arrow_signed(type, array, place) / (double)type->ticks; return true;
    case GD__ARROW_DECIMAL:
        *number = gd__arrow_decimal(type, array, place, r->plan->notation.c_locale);
        return isfinite(*number);
    default: return false;
    }
}

// One cell of any type. `place`: with the array's offset.
static double read_cell(const reader *r, const gd__arrow_type *type, const struct ArrowArray *array, int64_t place)
{
    char room[GD__ARROW_ROOM];
    double number;
    if (type->kind == GD__ARROW_NOTHING || gd__arrow_is_missing(array, place) ||
        (type->kind == GD__ARROW_FLOAT && isnan(gd__arrow_float(type, array, place))))
        return read_missing(r);
    if (read_number(r, type, array, place, &number))
        return number;
    size_t length;
    const char *text = gd__arrow_text(type, array, place, r->plan->notation.c_locale, room, &length);
    const bool whole = type->kind == GD__ARROW_SIGNED || type->kind == GD__ARROW_UNSIGNED;
    return whole && wants_numbers(r) ? read_inexact(r, text, length) : read_as_text(r, text, length);
}

static double read_from_dictionary(const reader *r, const gd__arrow_column *column, const struct ArrowArray *array,
                                   int64_t place)
{
    if (gd__arrow_is_missing(array, place))
        return read_missing(r);
    const int64_t number = column->type.kind == GD__ARROW_SIGNED
                               ? gd__arrow_signed(&column->type, array, place)
                               : (int64_t)gd__arrow_unsigned(&column->type, array, place);
    if (number < 0 || number >= array->dictionary->length) {
        gd__csv_block_note(r->block, GD__CSV_DAMAGED, r->c + 1);
        return 0;
    }
    return read_cell(r, &column->value, array->dictionary, array->dictionary->offset + number);
}

// ---- Columns

// The common types, all cells of a column at a time, where they are numbers; false for others. Missing ones get any
// number.
static bool convert(const gd__arrow_type *type, const struct ArrowArray *array, int64_t first, int64_t count,
                    double *to, int64_t stride)
{
#define CONVERT(c_type)                                                                                                \
    {                                                                                                                  \
        const c_type *value = (const c_type *)array->buffers[1] + first;                                               \
        for (int64_t r = 0; r < count; r++)                                                                            \
            to[r * stride] = (double)value[r];                                                                         \
        return true;                                                                                                   \
    }
    const bool is_signed = type->kind == GD__ARROW_SIGNED;
    if (type->kind == GD__ARROW_FLOAT && type->bytes == 8)
        CONVERT(double)
    if (type->kind == GD__ARROW_FLOAT && type->bytes == 4)
        CONVERT(float)
    if (!is_signed && type->kind != GD__ARROW_UNSIGNED)
        return false;
    switch (is_signed ? type->bytes : -type->bytes) {
    case 1: CONVERT(int8_t)
    case 2: CONVERT(int16_t)
    case 4: CONVERT(int32_t)
    case 8: CONVERT(int64_t)
    case -1: CONVERT(uint8_t)
    case -2: CONVERT(uint16_t)
    case -4: CONVERT(uint32_t)
    case -8: CONVERT(uint64_t)
    default: return false;
    }
#undef CONVERT
}

// Reads the column's rows into `to`, a cell each `stride`.
static void read_column(const reader *r, const gd__arrow_column *column, const struct ArrowArray *array, double *to,
                        int64_t stride)
{
    static const double exact = 0x1p53; // below it, every whole number is a double
    const int64_t first = array->offset + r->block->first_row, count = r->block->row_limit;
    const bool converted =
        wants_numbers(r) && !column->has_dictionary && convert(&column->type, array, first, count, to, stride);
    // What was converted is looked at one by one where it is missing, or not sure to be itself.
    const double limit = column->type.kind == GD__ARROW_FLOAT ? INFINITY : exact;
    for (int64_t i = 0; i < count; i++) {
        if (converted && fabs(to[i * stride]) < limit && !gd__arrow_is_missing(array, first + i))
            continue;
        r->block->row_count = r->block->line_count = i;
        const double cell = column->has_dictionary ? read_from_dictionary(r, column, array, first + i)
                                                   : read_cell(r, &column->type, array, first + i);
        if (to != NULL)
            to[i * stride] = cell;
        if (r->block->problem != GD__CSV_NO_PROBLEM)
            return;
    }
}

void gd__arrow_read_block(gd__csv_block *block, const gd__csv_plan *plan, const gd__arrow_columns *columns)
{
    int at = 0; // the next column of the table
    if (!gd__csv_block_begin(block, plan, block->row_limit))
        return;
    for (int i = 0; i < columns->count && block->problem == GD__CSV_NO_PROBLEM; i++) {
        const int c = columns->cell[i];
        const reader r = {block, plan, c, at, plan->reading[c], columns->quoted};
        const bool is_column = gd__csv_is_column(r.reading);
        if (is_column || r.reading == GD__READ_ID)
            read_column(&r, &columns->column[i], columns->array[i], is_column ? block->cell + at : NULL,
                        plan->column_count);
        at += is_column;
    }
    if (block->problem != GD__CSV_NO_PROBLEM)
        return;
    block->row_count = block->line_count = block->row_limit;
    if (!gd__csv_runs_add(&block->runs, 0, 0, 0))
        gd__csv_block_note(block, GD__CSV_OUT_OF_MEMORY, 0);
    gd__csv_block_end(block, plan);
}
