// Kinds of files that hold tables: CSV (csv_read.c) and Parquet (parquet_read.c). What is read becomes the same table
// (csv_table.h), so all that stands behind it serves both.
#ifndef GD_DATA_TABLE_KIND_H
#define GD_DATA_TABLE_KIND_H

#include "data/csv_build.h"

// What stands at the head of a file.
typedef struct gd__csv_head {
    gd__csv_format format; // of a text: with the separator that was found
    int count;             // cells of a row
    char **name;           // texts of the heading; "c0", "c1", … without one
    int64_t row_count;     // where the head says it; else 0
} gd__csv_head;

void gd__csv_head_free(gd__csv_head *head);

typedef struct gd__table_kind {
    const char *name; // "csv"
    bool has_lines;   // a row begins on a line of a text
    // Opens a file; it is closed after a failure too, where *file is not NULL. `path` must outlive it.
    gd_status (*open)(const char *path, void **file);
    // Reads the head, and stands before the first row of data then. `format` is as the caller knows it: without a
    // separator, that of a "sep=" line is taken, else it is found.
    gd_status (*read_head)(void *file, const gd__csv_format *format, bool no_header, bool decimal_comma,
                           gd__csv_head *head);
    // Reads all rows into the builder's table, behind those that are there. Sets the builder up as it needs it.
    gd_status (*read_rows)(void *file, gd__csv_builder *builder);
    void (*close)(void *file);
} gd__table_kind;

// What messages count in a file.
static inline const char *gd__row_word(const gd__table_kind *kind)
{
    return kind->has_lines ? "line" : "row";
}

extern const gd__table_kind gd__csv_kind, gd__parquet_kind;

#endif
