// Rows and cells of a text (RFC 4180, and what people make of it).
//
// A row ends with a line feed, a carriage return, or both. A cell that begins with a quote, blanks aside, ends with the
// next one that is not doubled. All functions need a byte behind the text, and the last row of a file to end with a
// line feed.
#ifndef GD_DATA_CSV_ROWS_H
#define GD_DATA_CSV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { GD__MOST_COLUMNS = 16384 };

typedef struct gd__csv_format {
    char separator;
    bool no_quotes;
    char comment; // 0: none
} gd__csv_format;

typedef struct gd__csv_cell {
    const char *text; // without quotes; lives as long as the row, or until the next cell is read
    size_t length;
    bool quoted;
    int line_breaks; // within it
} gd__csv_cell;

typedef enum gd__csv_fault {
    GD__CSV_FINE = 0,
    GD__CSV_UNFINISHED, // the text ends within a row: a quote is not closed, or more is to be read
    GD__CSV_AFTER_QUOTE // text follows a closing quote
} gd__csv_fault;

// Reads the cell at `at`. Returns what ends it, a separator or a line end; NULL with *fault when it cannot be read.
// `room` holds the text of a cell with doubled quotes.
const char *gd__csv_read_cell(const gd__csv_format *format, const char *at, const char *end, gd__text *room,
                              gd__csv_cell *cell, gd__csv_fault *fault);

// Past the line end at `at`.
static inline const char *gd__csv_pass_line_end(const char *at)
{
    return at[0] == '\r' && at[1] == '\n' ? at + 2 : at + 1;
}

// The beginning of the next line when the one at `at` is no row: blank, or a comment. NULL when it is one.
const char *gd__csv_pass_idle_line(const gd__csv_format *format, const char *at, const char *end);

// The end of the last row that begins before `target`, from `begin` on, where a row begins; `begin` when none ends
// before `end`.
const char *gd__csv_cut(const gd__csv_format *format, const char *begin, const char *target, const char *end);

// A line "sep=;": the separator, and past the line; NULL when the text does not begin with one.
const char *gd__csv_read_sep_line(const char *begin, const char *end, char *separator);

// The separator that occurs equally often in the first lines, outside of quotes. `decimal_comma`: a comma is taken only
// when nothing else is found.
char gd__csv_find_separator(const gd__csv_format *format, bool decimal_comma, const char *begin, const char *end);

#endif
