// From the text of files to a table.
#ifndef GD_DATA_CSV_READ_H
#define GD_DATA_CSV_READ_H

#include "data/csv_cache.h"
#include "data/csv_table.h"
#include "data/csv_text.h"

typedef struct gd__csv_reader {
    gd__csv_text text;
    char *buffer; // with a byte more than its capacity
    size_t capacity;
    size_t begin, end; // what of it is to be read
    bool ended;        // nothing follows
    int64_t line;      // of `begin`, from 1
} gd__csv_reader;

// What stands at the head of a file.
typedef struct gd__csv_head {
    gd__csv_format format; // with the separator that was found
    int count;             // cells of the first row
    char **name;           // texts of the heading; "c0", "c1", … without one
} gd__csv_head;

// Close it after a failure too. `path` must outlive it.
gd_status gd__csv_reader_open(gd__csv_reader *reader, const char *path);
void gd__csv_reader_close(gd__csv_reader *reader);

// Reads the head, and stands before the first row of data then. `format` is as the caller knows it: without a
// separator, that of a "sep=" line is taken, else it is found.
gd_status gd__csv_read_head(gd__csv_reader *reader, const gd__csv_format *format, bool no_header, bool decimal_comma,
                            gd__csv_head *head);
void gd__csv_head_free(gd__csv_head *head);

// Reads the rows of a file into the table, behind those that are there. With a writer, cells go to the binary copy
// instead; it is given up (*copying becomes false) when that cannot be written.
gd_status gd__csv_read_rows(gd__csv_reader *reader, const gd__csv_plan *plan, int64_t file,
                            gd__csv_cache_writer *writer, bool *copying, gd__csv_table *table);

#endif
