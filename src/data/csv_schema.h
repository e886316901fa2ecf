// The columns of a CSV file, as they were understood.
#ifndef GD_DATA_CSV_SCHEMA_H
#define GD_DATA_CSV_SCHEMA_H

#include <gradus/data.h>
#include <jansson.h>

#include "data/csv_vocabulary.h"

typedef enum gd__column_kind {
    GD__COLUMN_IGNORED = 0,
    GD__COLUMN_NUMBER,
    GD__COLUMN_ONE_HOT,
    GD__COLUMN_INDEX, // a category delivered as its number
    GD__COLUMN_HASH,  // the one-hot number of a hashed text
    GD__COLUMN_DATE,
    GD__COLUMN_TEXT, // a text as it is
    GD__COLUMN_OPEN  // until its cells are read: a number or a category
} gd__column_kind;

typedef enum gd__column_role {
    GD__COLUMN_FEATURE = 0,
    GD__COLUMN_TARGET,
    GD__COLUMN_WEIGHT,
    GD__COLUMN_ID,
    GD__COLUMN_GROUP,
    GD__COLUMN_PART,
    GD__COLUMN_ORDER
} gd__column_role;
enum { GD__COLUMN_ROLES = GD__COLUMN_ORDER + 1 };

typedef struct gd__csv_column {
    char *name;
    gd__column_kind kind;
    gd__column_role role;
    bool listed;    // texts, whatever they look like
    bool indicator; // whether the cell is missing is a feature
    bool has_time;  // of dates: the time of day differs from midnight
    gd__vocabulary vocabulary;
    int frequent; // the number of the most frequent text; -1: not known
} gd__csv_column;

struct gd_csv_schema {
    // How the file is written, as in gd_csv_opts.
    char separator, comment, decimal, thousands;
    bool no_header, no_quotes, percent;
    char *currency; // or NULL
    int missing_word_count;
    char **missing_word;
    // What its columns are for.
    gd_missing missing;
    double missing_value;
    gd_unknown unknown; // never GD_UNKNOWN_DEFAULT
    bool spare;         // embedded categories have a number after the last, for those that were not seen
    bool target_is_class, targets_apart;
    int hash_size;
    int target_count;
    int *target; // columns, in the order in which they were asked for
    int count;
    gd__csv_column *column;
};

// The words for missing cells where none are given.
enum { GD__MISSING_WORDS = 5 };
extern const char *const gd__missing_words[GD__MISSING_WORDS];

// The category of rare texts.
#define GD__RARE "(rare)"

const char *gd__unknown_name(gd_unknown unknown); // as gd_unknown_named reads it

// A schema of `count` ignored columns without names; NULL when memory is short.
gd_csv_schema *gd__csv_schema_create(int count);
gd_csv_schema *gd__csv_schema_copy(const gd_csv_schema *schema); // NULL when memory is short
// Copies the words for missing cells; false when memory is short.
bool gd__csv_schema_set_missing_words(gd_csv_schema *schema, int count, const char *const *word);
void gd__csv_schema_add_target(gd_csv_schema *schema, int column); // one that is none yet

json_t *gd__csv_schema_to_json(const gd_csv_schema *schema); // a new reference, NULL when memory is short
// Also what Gradus 0.1.0 wrote, which had fewer options.
gd_status gd__csv_schema_from_json(json_t *json, gd_csv_schema **out);

#endif
