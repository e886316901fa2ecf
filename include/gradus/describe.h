// What data holds: figures of every column, and what is wrong with them, before anything is trained on it.
#ifndef GRADUS_DESCRIBE_H
#define GRADUS_DESCRIBE_H

#include <gradus/data.h>

#ifdef __cplusplus
extern "C" {
#endif

// The parts of the data, in the order in which arrays below hold them.
enum { GD_TRAIN = 0, GD_VALIDATION, GD_TEST, GD_PARTS };
GD_API const char *gd_part_name(int part);     // "train", "validation", "test". Static storage
GD_API const char *gd_role_name(gd_role role); // "input", "target", … Static storage

enum {
    GD_COLUMN_BINS = 30,       // bins of a histogram, at most
    GD_COLUMN_CATEGORIES = 20, // categories that are listed, at most
    GD_COLUMN_CLASSES = 1000   // the same for a target
};

// What one column is worth in one part. A number that is missing, or is none, counts as missing and nowhere else.
typedef struct gd_column_figures {
    int64_t count;     // numbers that are there
    int64_t missing;   // numbers that are not
    double min, max;   // NaN where there are none, and for categories
    double mean;       // the same
    double deviation;  // of the population: what GD_STANDARDIZE divides by
    int64_t different; // different values, at least; see gd_column.more
    int64_t bin[GD_COLUMN_BINS];
} gd_column_figures;

// A category, and how many samples of each part have it.
typedef struct gd_category_count {
    char *name;
    int64_t count[GD_PARTS];
} gd_category_count;

// A column: one number of a sample ("price"), a category that is stored as a row of zeros with a one ("country"), or a
// whole field (a picture, a text), whose numbers are all taken together.
typedef struct gd_column {
    char *name;
    char *field; // where it is stored
    gd_role role;
    gd_kind kind; // as the network sees it: whole numbers that preprocessing makes classes of are categories
    gd_type type; // in which it is stored
    bool whole;   // a field as a whole, of `shape`
    gd_shape shape;
    gd_column_figures figures[GD_PARTS];
    int64_t different; // different values in all parts together; they are told apart up to a limit
    bool more;         // that limit was reached: there are more
    // Histogram of numbers: bin_count bins of one width from bin_low to bin_high, for all parts the same.
    int bin_count;
    double bin_low, bin_high;
    // Categories, the most frequent of the training part first; a target has all of them, up to GD_COLUMN_CLASSES.
    int category_count;
    gd_category_count *category;
    double imbalance; // of a target of classes: the training part's largest class by its smallest; else 0
} gd_column;

// Kinds of warnings, the gravest first.
typedef enum gd_warning_kind {
    GD_WARNING_EQUALS_TARGET = 0, // an input that is the target, or nearly
    GD_WARNING_SHARED,            // samples of one part that are in another one, too
    GD_WARNING_CLASS_UNTRAINED,   // a class that the training part lacks
    GD_WARNING_CLASS_SINGLE,      // a class with one sample
    GD_WARNING_INEXACT,           // different values that are equal in f32
    GD_WARNING_CATEGORY_UNTRAINED,
    GD_WARNING_CONSTANT,
    GD_WARNING_ID_LIKE, // every sample has a value of its own
    GD_WARNING_OUTLIERS,
    GD_WARNING_MISSING,    // more cells are missing than not
    GD_WARNING_DUPLICATES, // samples that are in a part more than once
    GD_WARNING_IMBALANCE
} gd_warning_kind;
enum { GD_WARNING_COUNT = GD_WARNING_IMBALANCE + 1 };
GD_API const char *gd_warning_name(gd_warning_kind kind); // "equals-target", … Static storage

typedef struct gd_data_warning {
    gd_warning_kind kind;
    int column; // -1: it is about whole samples
    char *sentence;
} gd_data_warning;

// The first samples as text: one heading a column, and row_count rows of cells, (row_count, column_count).
typedef struct gd_first_rows {
    int row_count, column_count;
    char **heading;
    char **cell;
    char **origin; // where each row stands
} gd_first_rows;

typedef struct gd_description {
    bool has[GD_PARTS];
    int64_t samples[GD_PARTS];
    int column_count;
    gd_column *column;
    int warning_count;
    gd_data_warning *warning; // the gravest first
    gd_first_rows raw;        // a cell for each column, as it is stored
    gd_first_rows prepared;   // a cell for each number that the network sees; of a long field the first ones
} gd_description;

typedef struct gd_describe_opts {
    const gd_dataset *part[GD_PARTS]; // as they are stored, without preprocessing. The training part is needed, the
                                      // others may be NULL
    const gd_dataset *prepared;       // the training part preprocessed, or NULL
    int rows;                         // first rows; 0: 5, negative: none
} gd_describe_opts;

// Reads the parts twice, a few MB at a time. Release the description with gd_description_free; the sets may be freed
// before it.
GD_API GD_MUST_USE gd_status gd_describe(gd_describe_opts opts, gd_description **out);
GD_API void gd_description_free(gd_description *description); // NULL is fine

#ifdef __cplusplus
}
#endif
#endif
