// What the columns of a table hold, once all of its rows are there.
#ifndef GD_DATA_CSV_KINDS_H
#define GD_DATA_CSV_KINDS_H

#include "data/csv_schema.h"
#include "data/csv_table.h"
#include "data/table_kind.h"

// A table, and what its columns are for.
typedef struct gd__csv_content {
    const gd__table_kind *kind; // of its files
    const char *const *file;    // names, for messages
    gd__csv_table *table;
    gd_csv_schema *schema;
    int *place;    // of each column of the schema: that of the table, or -1
    bool fitting;  // the schema is being found, not applied
    bool keep_all; // rows that cannot be used are no error
    int max_categories, least_count;
} gd__csv_content;

// Decides the kinds of open columns and the categories of columns of texts (when fitting), and fails on what cannot be
// meant, naming the options that decide.
gd_status gd__csv_settle_kinds(gd__csv_content *content);
// Fails on cells that the columns of the schema do not allow: missing ones, unknown categories, texts among numbers.
// With `keep_all` nothing does.
gd_status gd__csv_check_cells(const gd__csv_content *content);

// What is wrong with one cell of a column of the schema, as a sentence; NULL when nothing is. *category is its number
// among the categories, or the number of them for one that is not known, but may be.
bool gd__csv_cell_fault(const gd__csv_content *content, int c, double cell, gd__text *sentence);
// The category of a text, or -1: the column's own, or that of rare ones; the number of categories when others are
// allowed.
int gd__csv_category(const gd__csv_content *content, int c, const char *text, size_t length);

static inline bool gd__column_is_category(const gd__csv_column *column)
{
    return column->kind == GD__COLUMN_ONE_HOT || column->kind == GD__COLUMN_INDEX;
}

// Whether its categories are kept in the schema: those of groups and parts are the table's own.
static inline bool gd__column_has_vocabulary(const gd__csv_column *column)
{
    return gd__column_is_category(column) && (column->role == GD__COLUMN_FEATURE || column->role == GD__COLUMN_TARGET);
}

#endif
