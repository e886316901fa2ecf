// From columns in Arrow's memory format to the cells of a table.
//
// A text is read as a quoted cell of a text file is: one that looks like a number is a number, unless the column is of
// categories, and an empty one is missing. A time is a number of seconds, and where it is read as a text, an ISO date.
#ifndef GD_DATA_ARROW_CELLS_H
#define GD_DATA_ARROW_CELLS_H

#include "data/arrow_type.h"
#include "data/csv_block.h"

// Columns of the file that are read.
typedef struct gd__arrow_columns {
    int count;
    const int *cell;                // the number of each in the file
    const gd__arrow_column *column; // and its type
    const struct ArrowArray *const *array;
    bool quoted; // words for missing cells do not count
} gd__arrow_columns;

// Reads rows block->first_row … + row_limit of the arrays into the block.
void gd__arrow_read_block(gd__csv_block *block, const gd__csv_plan *plan, const gd__arrow_columns *columns);

#endif
