// What `gradus new` makes of the columns of a table.
#ifndef GRADUS_CLI_NEW_H
#define GRADUS_CLI_NEW_H

#include <gradus/gradus.h>

typedef enum column_use {
    USE_NUMBER = 0,
    USE_CATEGORY, // a column of zeros and ones for each text
    USE_EMBED,    // a learned vector
    USE_DATE,
    USE_IGNORE,
    USE_TARGET
} column_use;

enum { WHY = 200 };

typedef struct column_guess {
    const char *name; // belongs to the set
    column_use use;
    char why[WHY];              // in words
    bool number;                // every cell that is not missing is a number
    bool whole;                 // and whole
    bool mixed;                 // some are numbers, some texts
    bool in_order;              // whole numbers, each one more than that of the row before
    int different;              // values, missing cells left out
    int64_t missing;            // cells
    double low, high;           // of numbers
    int64_t least;              // rows of the rarest value
    const char *first, *second; // two values
} column_guess;

typedef struct table_guess {
    gd_dataset *set; // each column as categories
    int64_t rows;
    int count;
    column_guess *column;
    int target;
    bool decimal_comma;
    bool missing; // an input has missing cells
} table_guess;

// Reads the table and guesses what its columns are for. `target`: the heading, or NULL for the last column. False after
// a complaint.
bool guess_columns(const char *path, const char *target, table_guess *table);
void free_guess(table_guess *table);

#endif
