// How data is described: the parts are read in chunks, twice. The first reading finds ranges, means and different
// values; the second, which needs those, histograms, outliers and how columns go with the targets.
//
//     layout (describe_columns.c) ─▶ chunks (describe_read.c) ─▶ figures (describe_figures.c), values
//     (describe_values.c), matches (describe_match.c) ─▶ warnings (describe_warn.c), first rows (describe_rows.c)
#ifndef GD_DATA_DESCRIBE_H
#define GD_DATA_DESCRIBE_H

#include <gradus/describe.h>

#include "data/dataset.h"

// ---- Different values (describe_values.c)

// Values in the order in which they were first seen, found by hashing. No new ones are taken once there are `limit`.
typedef struct gd__values {
    int64_t count, limit;
    bool full;                  // a value was turned away
    double *value;              // (capacity)
    int64_t (*times)[GD_PARTS]; // how often each part has it
    int64_t *first;             // the sample with which it came
    int64_t capacity;
    int32_t *slot; // 1 + the number of a value, or 0; (slot_count), a power of two
    int64_t slot_count;
} gd__values;

void gd__values_free(gd__values *values);
// Counts a value, which is no NaN. False when memory is short.
bool gd__values_count(gd__values *values, int part, double value, int64_t sample);
int64_t gd__values_find(const gd__values *values, double value); // its number, or -1
int64_t gd__values_of_part(const gd__values *values, int part);  // how many different ones the part has

// ---- Columns (describe_columns.c)

typedef enum gd__profile_form {
    GD__PROFILE_ELEMENT, // one number of a sample
    GD__PROFILE_ONE_HOT, // numbers of which one is 1 and the others are 0: its value is the number of that one
    GD__PROFILE_LENGTH,  // the first open dimension of a field
    GD__PROFILE_WHOLE    // a field
} gd__profile_form;

// Mean and sum of squared deviations, which are merged from chunk to chunk (Chan, Golub and LeVeque 1983).
typedef struct gd__power_sums {
    int64_t count;
    double mean, squares;
} gd__power_sums;

// Whether a column is a line over the places at which its samples stand: value = start + step * (place - origin).
typedef struct gd__line {
    int64_t count;
    double origin, start; // of the first sample
    double step;          // NaN while it is not known
    bool broken;
} gd__line;

// How a column goes with a target in the training part: sums over the samples that have both, each value less the mean
// of its column; and whether each value stands for one of the target's, and the other way round.
typedef struct gd__match {
    int64_t count;
    double x, y, xx, yy, xy;
    bool one_to_one; // as far as it was looked at
    int32_t *to;     // for each value of the column, 1 + the target's, or 0; NULL: it is not looked at
    int32_t *from;
} gd__match;

// What is found out about a column on the way to its gd_column.
typedef struct gd__profile {
    gd__profile_form form;
    int in[GD_PARTS];     // the field of each part, or -1
    int64_t first, width; // its numbers in a sample
    double absent;        // the category that stands for a missing cell; NaN: there is none
    bool fraction;        // it has a value that is no whole number
    gd__values values;
    gd__power_sums moments[GD_PARTS];
    gd__line by_sample, by_row;
    gd__match *match; // one a target; NULL: none
    int64_t outliers;
    int outlier_part; // where the first one is
    int64_t outlier_sample;
    double outlier;
} gd__profile;

// A chunk of a part: some samples of all its fields, as they are stored.
typedef struct gd__chunk {
    int64_t first, count;
    double **value;   // of each field, samples one behind the other
    int64_t *values;  // numbers in it
    int64_t *room;    // numbers that it has room for
    int64_t **length; // of each field with an open dimension: how long each sample is in the first such; else NULL
    void *sample;     // one stored sample
    size_t sample_room;
} gd__chunk;

enum { GD__DESCRIBE_TARGETS = 16 }; // targets that inputs are compared with

typedef struct gd__describe {
    gd_describe_opts opts; // of the sets in `view`
    gd_dataset *view[GD_PARTS + 1];
    gd_description *result; // its column[c] is what is shown of column[c] here
    gd__profile *profile;
    int profile_capacity;
    int target_count;
    int target[GD__DESCRIBE_TARGETS]; // columns
    int64_t chunk_samples;
    gd__chunk chunk;
    double *place, *row;             // where samples of the chunk stand: in the source, in their file
    double *x;                       // a column of the chunk, (chunk_samples)
    double *y[GD__DESCRIBE_TARGETS]; // the targets of the chunk
    int warning_capacity;
} gd__describe;

// Makes the columns, in the order of fields and elements, and says how large chunks are.
gd_status gd__describe_layout(gd__describe *d);
void gd__profile_free(gd__profile *profile);
// The text of a category, by its value in the column.
enum { GD__CATEGORY_TEXT = 200 };
void gd__category_text(const gd__describe *d, int column, double value, char text[GD__CATEGORY_TEXT]);
// An input, a target or a weight: what batches hold.
bool gd__profile_is_used(const gd__describe *d, int column);
static inline bool gd__profile_is_category(const gd__describe *d, int column)
{
    return d->result->column[column].kind == GD_KIND_CATEGORY;
}

// ---- Reading (describe_read.c)

// Reads samples first … first+count-1 of a set: all its fields, but lengths.
gd_status gd__chunk_read(gd__chunk *chunk, const gd_dataset *set, int64_t first, int64_t count);
void gd__chunk_free(gd__chunk *chunk, int field_count);
int64_t gd__stored_width(const gd_field *field); // numbers in a sample; 0: it differs
// The column in the chunk of a part, one number a sample, NaN where it is missing. Not for a field as a whole.
void gd__profile_gather(const gd__profile *profile, int part, const gd__chunk *chunk, double *value);

// ---- Figures (describe_figures.c)

// The first and the second reading of a chunk.
gd_status gd__profile_measure(gd__describe *d, int column, int part);
void gd__profile_place(gd__describe *d, int column, int part);
// After the first reading: ranges of histograms, and the figures that follow from sums.
void gd__profiles_settle(gd__describe *d);
// After the second one: the lists of categories.
gd_status gd__profiles_finish(gd__describe *d);

// ---- Columns against targets (describe_match.c)

gd_status gd__matches_begin(gd__describe *d);
void gd__matches_add(gd__describe *d, int column);
// Whether the input is the target. *correlation is NaN where one value stands for the other.
bool gd__match_is_equal(const gd__describe *d, int column, int target, double *correlation);

// ---- Warnings (describe_warn.c; those about classes and whole samples in describe_warn_samples.c)

gd_status gd__describe_warn(gd__describe *d);
// Adds a warning, about a column or (-1) about samples. False when memory is short.
bool gd__warn(gd__describe *d, gd_warning_kind kind, int column, const char *format, ...) GD_PRINTF(4, 5);
bool gd__warn_of_categories(gd__describe *d, int column);
gd_status gd__warn_of_samples(gd__describe *d);

// ---- First rows (describe_rows.c)

gd_status gd__describe_rows(gd__describe *d);
void gd__first_rows_free(gd_first_rows *rows);

#endif
