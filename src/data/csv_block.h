// Rows that follow each other, as one thread reads them: a piece of a text, or of another file's columns.
#ifndef GD_DATA_CSV_BLOCK_H
#define GD_DATA_CSV_BLOCK_H

#include <gradus/base.h>

#include "data/csv_table.h"

// Why a block cannot be read.
typedef enum gd__csv_problem {
    GD__CSV_NO_PROBLEM = 0,
    GD__CSV_WIDTH,    // the row has `found` cells
    GD__CSV_QUOTE,    // text follows a closing quote
    GD__CSV_ZERO,     // a zero byte
    GD__CSV_ENCODING, // a text is not UTF-8
    GD__CSV_DAMAGED,  // what a cell refers to is not there
    GD__CSV_OUT_OF_MEMORY
} gd__csv_problem;

typedef struct gd__csv_block {
    const char *begin, *end; // of a text
    int64_t first_row;       // of columns, of which the block is so many rows
    int64_t row_limit;       //
    // What was found. Rows and lines are counted from 0 within the block.
    int64_t row_count, line_count; // while it is read: the row and the line that are being read
    double *cell;                  // (row_count, columns), with room for cell_room numbers
    size_t cell_room;
    gd__csv_tally *tally;       // of each column
    gd__vocabulary *vocabulary; // of each column; texts are numbered by it
    uint32_t **code;            // of each column: the number that each text has in the table, once that is known
    gd__csv_runs runs;
    gd__text id_text; // each ends with a zero
    gd__text room;    // working memory
    gd__csv_problem problem;
    int64_t problem_line;
    int found; // cells in the row, or the number of the cell from 1
} gd__csv_block;

bool gd__csv_block_create(gd__csv_block *block, int column_count); // false when memory is short
void gd__csv_block_free(gd__csv_block *block, int column_count);

// Parses the rows between begin and end, whatever was in the block before. A problem ends it.
void gd__csv_block_parse(gd__csv_block *block, const gd__csv_plan *plan);

// The same by parts, for what is no text: empties the block and makes room for `rows`; false when memory is short.
bool gd__csv_block_begin(gd__csv_block *block, const gd__csv_plan *plan, int64_t rows);
// The table's number for a cell of row block->row_count: of cell c of the file, in the table's column `column`.
double gd__csv_block_cell(gd__csv_block *block, const gd__csv_plan *plan, int c, int column, const gd__csv_cell *cell);
// The same for a text that is a text whatever it looks like, and for what is missing (gd__cell_missing).
double gd__csv_block_text(gd__csv_block *block, int c, int column, const char *text, size_t length);
double gd__csv_block_missing(gd__csv_block *block, int column, uint32_t word);
// The next row's id.
void gd__csv_block_id(gd__csv_block *block, int c, const char *text, size_t length);
// Notes a problem of the line that is being read, unless there is one.
void gd__csv_block_note(gd__csv_block *block, gd__csv_problem problem, int found);
// Tallies the numbers, when row_count and all cells are there.
void gd__csv_block_end(gd__csv_block *block, const gd__csv_plan *plan);
// Gives texts the numbers they have in the table.
void gd__csv_block_renumber(gd__csv_block *block, int column_count);

// Adds a block's rows behind those of the table, but for its cells, whose texts are to be renumbered then.
// `first_line` is that of the block in the file of that number.
gd_status gd__csv_table_add(gd__csv_table *table, gd__csv_block *block, int64_t file, int64_t first_line);
// Makes the block's cells the table's own; false when memory is short.
bool gd__csv_table_keep(gd__csv_table *table, gd__csv_block *block, int64_t first_row);

#endif
