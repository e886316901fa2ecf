// From the cells of a row to the numbers of a field.
#ifndef GD_DATA_CSV_FEATURES_H
#define GD_DATA_CSV_FEATURES_H

#include "data/csv_kinds.h"

// A column as a field delivers it: `width` numbers of a sample from `at` on.
typedef struct gd__csv_feature {
    int c, k; // the column in the schema, and in the table
    gd__column_kind kind;
    int64_t at, width;
    int64_t indicator; // the number that says whether the cell is missing, or -1
    // The category of each text of the table's column, of a missing cell, and of a number; -1: rows with it are faulty.
    int *category;
    int missing, number;
    int *text; // the text of each category, where the schema does not have it; or NULL
} gd__csv_feature;

// Sets up everything but the places in the field; false when memory is short.
bool gd__csv_feature_create(const gd__csv_content *content, int c, gd__csv_feature *feature);
void gd__csv_feature_free(gd__csv_feature *feature);

// How many numbers a column is.
int64_t gd__csv_feature_width(const gd__csv_content *content, const gd__csv_feature *feature);
// Writes the numbers of one cell into the field's sample, which was all zeros; false when the table is damaged.
bool gd__csv_feature_read(const gd__csv_content *content, const gd__csv_feature *feature, double cell, double *sample);
// The category of a cell; -1 when the table is damaged.
int gd__csv_feature_category(const gd__csv_content *content, const gd__csv_feature *feature, double cell);
// What stands for a category: a text of the schema or of the table; NULL when there is none.
const char *gd__csv_feature_class_name(const gd__csv_content *content, const gd__csv_feature *feature, int category);
// What number `element` of the field's sample is called, if it is the feature's; else "".
void gd__csv_feature_name(const gd__csv_content *content, const gd__csv_feature *feature, int64_t element, char *name,
                          size_t size);

#endif
