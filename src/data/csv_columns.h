// From the heading of a CSV file, and the options, to its columns.
#ifndef GD_DATA_CSV_COLUMNS_H
#define GD_DATA_CSV_COLUMNS_H

#include "data/csv_schema.h"
#include "data/table_kind.h"

// Makes a schema from the head of a file and the options: names, roles, what is ignored, what is a category; other
// columns stay open. `file` names the file in messages.
gd_status gd__csv_find_columns(const char *file, const gd__csv_head *head, const gd_csv_opts *opts,
                               gd_csv_schema **out);

// Fails when the schema cannot be applied to any file: characters that cannot separate, roles given twice.
gd_status gd__csv_check_schema(const gd_csv_schema *schema);

// Finds the cell that each column of the schema comes from; cell[c] is -1 for one that is not there and not needed.
gd_status gd__csv_match_columns(const char *file, const gd__csv_head *head, const gd_csv_schema *schema, int *cell);

// How the file is to be read. `plan` borrows from the schema. place[c] is the table's column for a column of the
// schema, or -1. With `keep_all` only what predicting needs is read.
gd_status gd__csv_make_plan(const gd__csv_head *head, const gd_csv_schema *schema, const int *cell, bool keep_all,
                            locale_t c_locale, gd__csv_plan *plan, int *place);

#endif
