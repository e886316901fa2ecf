// The rows of a CSV file (RFC 4180), one at a time, through a buffer of fixed size.
#ifndef GD_DATA_CSV_READER_H
#define GD_DATA_CSV_READER_H

#include "base/text.h"
#include "io/gzip.h"

typedef struct gd__csv_reader {
    const char *path;
    gd__source *source;
    char separator;
    bool no_quotes;
    int64_t line; // the line being read, from 1
    size_t at, end;
    char buffer[1 << 16];

    // The row that was read last:
    int64_t row_line; // where it begins
    int cell_count, cell_capacity;
    size_t *cell; // where each cell begins in `text`; each ends with a zero
    gd__text text;
} gd__csv_reader;

// `path` must outlive the reader. Close it after a failure too.
gd_status gd__csv_open(gd__csv_reader *reader, const char *path, char separator, bool no_quotes);
void gd__csv_close(gd__csv_reader *reader);

// Reads the next row that is not an empty line; *end when there is none.
gd_status gd__csv_next(gd__csv_reader *reader, bool *end);

static inline const char *gd__csv_cell(const gd__csv_reader *reader, int column)
{
    return reader->text.data + reader->cell[column];
}

#endif
