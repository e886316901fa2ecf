// Small data sets whose columns are functions of the row.
#ifndef GD_TESTS_TABLES_H
#define GD_TESTS_TABLES_H

#include <gradus/data.h>

typedef double number(int row);
enum { MOST_FEATURES = 4 };

// "x" (features) of numbers with names, a category "kind" (where there is one), and a target "y" of numbers, or "label"
// of classes.
typedef struct {
    int rows;
    const char *name[MOST_FEATURES];
    number *feature[MOST_FEATURES]; // up to a NULL
    gd_type type;                   // of x
    number *kind;
    number *target;
    int classes; // of the target; 0: numbers
} table;

// Missing cells of x are allowed. Sample i stands on line i + 2 of "table.csv". Categories are called none, one, two
// and three.
gd_dataset *make_table(table table);

#endif
