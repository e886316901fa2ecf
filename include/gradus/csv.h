// Tables in text files: how they are read, and what their columns mean.
#ifndef GRADUS_CSV_H
#define GRADUS_CSV_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is done with a missing cell. Mean and median are those of the column in the data that gd_preprocess_fit is
// given, so that a test set never leaks into them; such a set must be preprocessed before it is batched. In a column
// of categories a missing cell is a category of its own with these policies, and with GD_MISSING_CONSTANT.
typedef enum gd_missing {
    GD_MISSING_ERROR = 0, // name the line and the column
    GD_MISSING_MEAN,
    GD_MISSING_MEDIAN,
    GD_MISSING_CONSTANT, // gd_csv_opts.missing_value
    GD_MISSING_DROP      // leave the row out
} gd_missing;

// What a category that the training data did not have is taken for. Where the training data had a category of rare
// ones, it is one of them whatever is said here.
typedef enum gd_unknown {
    GD_UNKNOWN_DEFAULT = 0, // what the schema says, where there is one; else an error
    GD_UNKNOWN_ERROR,       // name the line and the column
    GD_UNKNOWN_NONE,        // of no category: all zeros, or one number after the last if embedded
    GD_UNKNOWN_MISSING,     // a missing cell, where the training data had a category of these; else an error
    GD_UNKNOWN_FREQUENT     // of the training data's most frequent category
} gd_unknown;

// The columns of a table as they were understood when it was read: kinds, categories, targets, and how cells are
// written. Another file read with it gives fields of the same meaning.
typedef struct gd_csv_schema gd_csv_schema;

// A list of columns. Each entry is a heading, a pattern of headings ("pixel_*"; * and ?), or a number: "0" is the
// first column, "-1" the last. Without a header line the columns are called c0, c1, …
typedef struct gd_csv_columns {
    int count;
    const char *const *name;
} gd_csv_columns;
// GD_COLUMNS("price", "rooms") is such a list; in C++ of literals.
#ifdef __cplusplus
#define GD_COLUMNS(...)                                                                                                \
    ([]() -> gd_csv_columns {                                                                                          \
        static const char *const name[] = {__VA_ARGS__};                                                               \
        return {static_cast<int>(sizeof name / sizeof name[0]), name};                                                 \
    }())
#else
#define GD_COLUMNS(...)                                                                                                \
    ((gd_csv_columns){(int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)),                        \
                      (const char *const[]){__VA_ARGS__}})
#endif

// A column is of numbers when every cell of it that is not missing is a number, and of categories when none is. One
// that has both is an error that shows one of each, and so is one of texts that are numbers in another notation
// ("1,234", "14,55", "$ 12", "12%"), or with nearly as many different texts as rows: the sentence names the options
// that decide. A column listed in `category`, `embed` or `hash` is of categories whatever it holds.
typedef struct gd_csv_opts {
    // How the file is written.
    char separator;       // 0: found, among comma, semicolon, tab and |, in the first lines
    bool no_header;       // the first line is data already
    bool no_quotes;       // '"' is a letter as any other
    char comment;         // lines that begin with it are passed over; 0: none are
    char decimal;         // '.' or ','; 0: a point
    char thousands;       // stands between groups of three digits ("1,234"); 0: nothing does
    bool percent;         // "12%" is .12
    const char *currency; // may stand before or behind a number: "$", "EUR"; NULL: nothing may
    // Words that stand for a missing cell, in any case; a quoted one is a text. NULL: NA, N/A, NaN, null and ?. An
    // empty cell is always missing.
    int missing_word_count; // -1: none
    const char *const *missing_word;

    // What the columns are for. What is in no list is a feature.
    gd_csv_columns target;
    gd_csv_columns ignore;
    const char *weight, *id, *group, *part, *order; // a column each; NULL: none. As the roles of gd_role
    bool target_is_class;                           // targets of whole numbers are classes; targets of text always are
    bool targets_apart;                             // each target is a field, called as its column, whatever they are

    // How features become numbers.
    gd_csv_columns category; // of categories, although they hold numbers or nearly as many texts as rows: one-hot
    gd_csv_columns embed;    // categories delivered as a number (an i32 field named as the column), for an embedding
    gd_csv_columns hash;     // texts hashed to 0 … hash_size-1, one-hot: for categories without end
    int hash_size;           // 0: 64
    gd_csv_columns text; // texts, each a field of the kind GD_KIND_TEXT, called as its column; an empty cell is one too
    gd_csv_columns date; // ISO dates, with or without a time: year, month, day, weekday, hour, minute, as numbers
    gd_missing missing;
    double missing_value;
    bool indicator;     // a feature more, 0 or 1, for each column of numbers with missing cells: whether it was missing
    int max_categories; // 0: 10000; more different texts in one column are an error
    int least_count;    // categories with fewer rows than this in the file are one, "(rare)"; 0: 1
    gd_unknown unknown; // also with `schema`, whose own it then overrides

    // Columns of an earlier file to be applied to this one; the other options above are then taken from it. Columns are
    // matched by name when there is a header; columns it does not know are left out, and targets, weights and the like
    // may be absent.
    const gd_csv_schema *schema;
    // For predicting: rows that cannot be used are kept, with the reason (gd_dataset_fault), and targets are not read.
    bool keep_all;

    // The binary copy of a large file, which later readings use instead (docs/data.md).
    bool no_cache;
} gd_csv_opts;

#ifdef __cplusplus
}
#endif
#endif
