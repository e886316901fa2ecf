// From the first row of a CSV file, and the options, to its columns.
#ifndef GD_DATA_CSV_COLUMNS_H
#define GD_DATA_CSV_COLUMNS_H

#include "data/csv_reader.h"
#include "data/csv_schema.h"
#include "data/dataset.h"

// Makes a schema from the row that `reader` has just read (the header, or the first row of data): names, target, what
// is ignored, what is a category; other columns stay open.
gd_status gd__csv_find_columns(const gd__csv_reader *reader, const gd_csv_opts *opts, gd_csv_schema **out);

// Finds the cell that each column of the schema comes from; source[c] is -1 for one that is not needed and not there.
gd_status gd__csv_match_columns(const gd__csv_reader *reader, const gd_csv_schema *schema, int *source);

#endif
