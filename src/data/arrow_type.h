// The types of columns in Arrow's memory format, as far as they are cells of a table.
#ifndef GD_DATA_ARROW_TYPE_H
#define GD_DATA_ARROW_TYPE_H

#include <gradus/base.h>

#include "io/arrow_data.h"

typedef enum gd__arrow_kind {
    GD__ARROW_UNKNOWN = 0, // no cell: a list, a struct, …
    GD__ARROW_NOTHING,     // all cells are missing
    GD__ARROW_FLAG,        // a bit
    GD__ARROW_SIGNED,
    GD__ARROW_UNSIGNED,
    GD__ARROW_FLOAT,
    GD__ARROW_DECIMAL,
    GD__ARROW_DATE, // a day, or a time of a day
    GD__ARROW_SPAN, // a time without a day
    GD__ARROW_TEXT,
    GD__ARROW_VIEW,      // texts, of which short ones lie beside their length
    GD__ARROW_FIXED_TEXT // of `bytes` bytes
} gd__arrow_kind;

typedef struct gd__arrow_type {
    gd__arrow_kind kind;
    int bytes;     // of a value; of a text: of the offset where it begins
    int64_t ticks; // of a time: so many are a second; of days 1
    int64_t step;  // of a date: the seconds of a tick of which one is a second; of days those of a day
    int scale;     // of decimals: digits behind the point
} gd__arrow_type;

typedef struct gd__arrow_column {
    gd__arrow_type type;
    bool has_dictionary;  // its whole numbers are places in a list
    gd__arrow_type value; // of that
} gd__arrow_column;

// Fails with the sentence of a type that is no cell; `file` names the file.
gd_status gd__arrow_column_of(const char *file, const struct ArrowSchema *schema, gd__arrow_column *column);

#endif
