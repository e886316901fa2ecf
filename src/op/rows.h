// A table's gradient as the rows that were looked up, and tables of which a few rows are read or written.
//
// The gradient of gd_embed is zero but for those rows. An update rule that leaves the others
// alone then need not pass over the whole table:
//
//     ids, sums, count = row_sums(dy, index)        each row that was looked up, once, with its gradient
//     w' = put_rows(w, ids, count, rule(take_rows(w, ids, count), sums))
//
// How many different rows there are is known only in the run: the lists have the length of the index, and `count` says
// how much of them counts. None of the three stops a run. An index outside the table was refused where it was looked
// up.
#ifndef GD_OP_ROWS_H
#define GD_OP_ROWS_H

#include "op/common.h"

typedef struct gd__row_sums_attributes {
    int64_t rows; // of the table
} gd__row_sums_attributes;

typedef struct gd__rows {
    gd_tensor sums;  // (…, D) for an index (…): in its first `count` rows
    gd_tensor ids;   // (…), i32: in its first `count` places, in the order in which they first occurred; then 0
    gd_tensor count; // a scalar, i32
} gd__rows;

// Is the gradient (V, D) that of a table by the rows that were looked up? If so, those rows.
bool gd__rows_of_gradient(gd_tensor gradient, gd__rows *rows);
// w (V, D) by the ids: (…, D), zeros from `count` on.
gd_tensor gd__take_rows(gd_tensor w, const gd__rows *rows);
// w with `value` (…, D) in the places of those rows.
gd_tensor gd__put_rows(gd_tensor w, const gd__rows *rows, gd_tensor value);

#endif
