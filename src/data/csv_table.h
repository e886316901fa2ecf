// A table that was read: a matrix of cells, row after row, and what is known of its columns.
//
//     text ─ cut into blocks ─▶ parsed by several threads (csv_block.c) ─ in order ─▶ table ─▶ fields (csv_source.c)
//
// What is in the table depends on how cells are read, and not on what columns are for: so one binary copy
// (csv_cache.c) serves the training and whoever reads the file later.
#ifndef GD_DATA_CSV_TABLE_H
#define GD_DATA_CSV_TABLE_H

#include <stdatomic.h>

#include "data/csv_cell.h"
#include "data/csv_number.h"
#include "data/csv_rows.h"
#include "data/csv_vocabulary.h"

// How the cells of a column are read.
typedef enum gd__csv_reading {
    GD__READ_NOTHING = 0,
    GD__READ_ANY,   // a number where it is one, else a text
    GD__READ_TEXT,  // a text, whatever it looks like
    GD__READ_HASH,  // a text, as the number 0 … hash_size-1 that it is hashed to
    GD__READ_DATE,  // seconds since 1970 on the clock on the wall; a text where it is no date
    GD__READ_ORDER, // a number; or a date, in seconds of universal time
    GD__READ_LONG,  // a text, whatever it looks like, empty or not valid UTF-8
    GD__READ_ID     // kept as it is written, outside of the matrix
} gd__csv_reading;

// How a file is read.
typedef struct gd__csv_plan {
    gd__csv_format format;
    gd__csv_notation notation;
    bool no_header;
    int missing_word_count;
    const char *const *missing_word;
    int hash_size;
    int width;                // cells in a row
    char **name;              // heading of each cell
    gd__csv_reading *reading; // of each cell
    int column_count;         // columns of the table: cells that are read, ids aside, in their order
    int id;                   // the cell that holds ids, or -1
} gd__csv_plan;

void gd__csv_plan_free(gd__csv_plan *plan);

static inline bool gd__csv_is_column(gd__csv_reading reading)
{
    return reading != GD__READ_NOTHING && reading != GD__READ_ID;
}

// What is in a column. Rows are counted from 0; -1: none.
typedef struct gd__csv_tally {
    int64_t numbers, texts, missing; // cells
    int64_t timed;                   // dates with a time of day
    int64_t first_number, first_text, first_missing;
    int64_t first_fraction; // the first number that is not whole
    int64_t first_inexact;  // the first whole number that no double is equal to: such are kept as texts
    double number;          // that of first_number
    double fraction;        // that of first_fraction
    uint32_t missing_word;  // that of first_missing, as in gd__cell_missing
    double low, high;       // of the numbers; 0 when there are none
} gd__csv_tally;

static inline gd__csv_tally gd__csv_tally_none(void)
{
    return (gd__csv_tally){
        .first_number = -1, .first_text = -1, .first_missing = -1, .first_fraction = -1, .first_inexact = -1};
}

// Rows that stand one behind the other in the text: row r, from first_row on, begins on line first_line + (r -
// first_row) of file `file`.
typedef struct gd__csv_run {
    int64_t first_row, first_line;
    int64_t file;
} gd__csv_run;

typedef struct gd__csv_runs {
    int count, capacity;
    gd__csv_run *run;
} gd__csv_runs;

// Adds a row at the end; false when memory is short.
bool gd__csv_runs_add(gd__csv_runs *runs, int64_t row, int64_t line, int64_t file);

typedef struct gd__csv_chunk {
    int64_t first_row, row_count;
    double *cell; // (row_count, columns)
} gd__csv_chunk;

typedef struct gd__csv_table {
    int column_count;
    int64_t row_count;
    gd__csv_tally *tally;       // of each column
    gd__vocabulary *vocabulary; // of each column
    int chunk_count, chunk_capacity;
    gd__csv_chunk *chunk; // in the order of their rows
    gd__csv_runs runs;
    int64_t *id_end; // of each row: where its id ends in id_text, behind a zero; NULL: there are no ids
    char *id_text;
    size_t id_capacity, id_text_capacity;
    // The binary copy, where the cells and the ids lie then; NULL: they are owned.
    void *mapping;
    size_t mapping_size;
    // Of a large one, how much lies in memory: the regions that were read since its pages were given back last. NULL:
    // it is not large.
    _Atomic bool *touched;
    atomic_int touched_count;
} gd__csv_table;

gd__csv_table *gd__csv_table_create(int column_count); // NULL when memory is short
void gd__csv_table_free(gd__csv_table *table);         // NULL is fine

// From here on only a part of the mapping lies in memory at a time; false when memory is short.
bool gd__csv_table_bound_memory(gd__csv_table *table);
// The cells of a row.
const double *gd__csv_table_row(gd__csv_table *table, int64_t row);
// Where a row begins. The run's first row may be one of an earlier run of the same file.
const gd__csv_run *gd__csv_table_run(const gd__csv_table *table, int64_t row);
int64_t gd__csv_table_line(const gd__csv_table *table, int64_t row);
const char *gd__csv_table_id(const gd__csv_table *table, int64_t row); // or NULL

#endif
