// The columns of a CSV file, as they were understood.
#ifndef GD_DATA_CSV_SCHEMA_H
#define GD_DATA_CSV_SCHEMA_H

#include <gradus/data.h>
#include <jansson.h>

// Different texts, numbered in the order in which they were added, until they are sorted.
typedef struct gd__vocabulary {
    int count, capacity;
    char **word;
    int slot_count; // a power of two
    int *slot;      // open addressing: the number of a word plus 1, or 0
} gd__vocabulary;

// The number of a word, or -1.
int gd__vocabulary_find(const gd__vocabulary *vocabulary, const char *word);
// Adds a word that is not there; false when memory is short.
bool gd__vocabulary_add(gd__vocabulary *vocabulary, const char *word);
// Sorts the words by their bytes; new_number[old number] is filled in. False when memory is short.
bool gd__vocabulary_sort(gd__vocabulary *vocabulary, int *new_number);

typedef enum gd__column_kind {
    GD__COLUMN_IGNORED = 0,
    GD__COLUMN_NUMBER,
    GD__COLUMN_ONE_HOT,
    GD__COLUMN_INDEX, // a category delivered as its number
    GD__COLUMN_OPEN   // while reading: no cell was there yet that tells
} gd__column_kind;

typedef struct gd__column {
    char *name;
    gd__column_kind kind;
    int64_t decided_on; // while reading: the line that made the column numeric
    gd__vocabulary vocabulary;
} gd__column;

struct gd_csv_schema {
    char separator;
    bool no_header, no_quotes;
    gd_missing missing;
    double missing_value;
    bool allow_unknown;
    int target; // a column, or -1
    bool target_is_class;
    int count;
    gd__column *column;
};

// A schema of `count` ignored columns without names; NULL when memory is short.
gd_csv_schema *gd__csv_schema_create(int count);
gd_csv_schema *gd__csv_schema_copy(const gd_csv_schema *schema); // NULL when memory is short

json_t *gd__csv_schema_to_json(const gd_csv_schema *schema); // a new reference, NULL when memory is short
gd_status gd__csv_schema_from_json(json_t *json, gd_csv_schema **out);

#endif
