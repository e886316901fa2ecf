// What all records have in common. Layers, losses, update rules and the like are each a record, a constant struct that
// begins with a gd_record: its names, what it does, and its options as a table. Recipes are checked against these
// tables, and the reference, the schema for editors, "did you mean" and the defaults come from them: a fact stands
// once.
#ifndef GRADUS_RECORD_H
#define GRADUS_RECORD_H

#include <gradus/base.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_option gd_option;
typedef struct gd_record gd_record;
typedef struct gd_records gd_records;

// What an option takes; and, where it has a field in an options struct, the type of that field.
typedef enum gd_option_type {
    GD_OPTION_INTEGER = 0, // a whole number: int64_t, or int
    GD_OPTION_NUMBER,      // double
    GD_OPTION_FLAG,        // bool
    GD_OPTION_TEXT,        // const char *: lives as long as the recipe
    GD_OPTION_CHOICE,      // one of `choices`: int, its place among them
    GD_OPTION_SIZE,        // a whole number, or [rows, columns]: int64_t[2]; with `most` 1: int64_t; with `most` 3 or
                           // [depth, rows, columns]: int64_t[3]
    GD_OPTION_PADDING,     // the same, or `same` or `valid`
    GD_OPTION_TEXTS,       // a list of texts, or a single one: no field
    GD_OPTION_INTEGERS,    // a list of whole numbers, or a single one: gd_shape
    GD_OPTION_NUMBERS,     // a list of numbers, or a single one: no field; gd_numbers; or double[most], which a single
                           // number fills
    GD_OPTION_VALUES,      // a list of anything: no field
    GD_OPTION_MAP,         // a map with the options `options`: a struct, whose fields those are; all zeros: not given
    GD_OPTION_NAMED,       // a map from names of the user's to values that `value` describes: no field
    GD_OPTION_VARIANT,  // `name`, `name: value` or `name: {options}`, out of `records`: an options struct that begins
                        // with a pointer to the record; where `most` is above 1 also a list of those: no field
    GD_OPTION_VARIANTS, // a list of those: const void *, to be handed on
    GD_OPTION_MAPS,     // a list of maps with the options `options`: no field
    GD_OPTION_ANY       // anything: no field
} gd_option_type;

enum { GD_MAX_NUMBERS = 16 };
typedef struct gd_numbers {
    int count;
    double value[GD_MAX_NUMBERS];
} gd_numbers;

// One option. A table of them ends with one without a name.
struct gd_option {
    const char *name;
    const char *doc;
    gd_option_type type;
    bool required;
    const char *standard;     // the value when it is left out, as it would be written; NULL: none, or 0
    bool ranged;              // low <= value <= high; with `above`, low < value; with `below`, value < high
    bool above, below;        //
    double low, high;         //
    int least, most;          // entries of a list; most 0: any number
    const char *choices;      // "same|valid"
    const gd_option *options; // of GD_OPTION_MAP and GD_OPTION_MAPS
    const gd_option *value;   // of GD_OPTION_NAMED; and of a choice, texts or a variant, where a map of names may stand
    const gd_records *records; // of GD_OPTION_VARIANT and GD_OPTION_VARIANTS
    // Its field in the options struct.
    size_t offset;
    size_t size;         // 0: it has none
    bool inverted;       // a flag whose field says the opposite: `bias: true` is .no_bias = false
    const char *aliases; // other names that people type, "lr|rate"; NULL: none
};

// The beginning of every record.
struct gd_record {
    const char *name;
    const char *doc;          // one line, with the formula where there is one
    const gd_option *options; // NULL: none
    const char *short_option; // the option meant by `name: value`; NULL: there is none
    const char *aliases;      // other names that people type, "sgd|gd"; NULL: none
    const char *source;       // the paper or course it comes from; NULL: none
    size_t options_size;      // of the options struct; 0: there is none
    // The option, among those that all of its sort take, meant by `name: [list]`; NULL: as `name: value`.
    const char *list_option;
};

// The option's field in a struct of type S.
#define GD_FIELD(S, field) .offset = offsetof(S, field), .size = sizeof(((S *)NULL)->field)

// Room for the options of a kind within a struct that all kinds share, so that a kind of a program's own needs no
// change of that struct.
enum { GD_OPTIONS_ROOM = 128 };
typedef union gd_options_room {
    double number;
    int64_t integer;
    const void *pointer;
    unsigned char byte[GD_OPTIONS_ROOM];
} gd_options_room;

enum { GD_MAX_OWN_RECORDS = 64 };

// Records that the program added.
typedef struct gd_own_records {
    int count;
    const gd_record *record[GD_MAX_OWN_RECORDS];
} gd_own_records;

// All things of a sort: what Gradus has, and then what the program added.
struct gd_records {
    const char *noun;               // "layer"
    int count;                      // of Gradus' own
    const gd_record *table;         // those, one after the other;
    const gd_record *const *record; // or, where `table` is NULL, the beginnings of records
    gd_own_records *own;            // NULL: none can be added
    const gd_option *common;        // options that each of them takes besides its own; NULL: none
};

GD_API int gd_record_count(const gd_records *records);
GD_API const gd_record *gd_record_at(const gd_records *records, int index);
// By its name or one of its aliases, in capitals or not; NULL: there is none.
GD_API const gd_record *gd_record_find(const gd_records *records, const char *name);
// The same, and GD_ERROR_ARGUMENT with "unknown <noun> '<name>', did you mean '…'?", or with the list of all.
GD_API GD_MUST_USE gd_status gd_record_named(const gd_records *records, const char *name, const gd_record **out);
// Adds a record of the program's own, which lives as long as the program. Not while other threads use Gradus. Fails on
// a name that is taken, and when there is no more room.
GD_API GD_MUST_USE gd_status gd_record_register(const gd_records *records, const gd_record *record);

// ---- Options structs

// One option given from C: `value`; or `text` for a text, a choice, the name of a record, a padding `same` or `valid`,
// and sizes or numbers along several axes, "3,5".
typedef struct gd_setting {
    const char *name;
    double value;
    const char *text;
} gd_setting;

// Fills the struct (record->options_size bytes) with the defaults; one with required options is not whole then.
GD_API void gd_options_default(const gd_record *record, void *options);
// Sets one option; one of a map by its dotted name ("lookahead.steps"), which gives the map. GD_ERROR_ARGUMENT with
// what was given and what was expected.
GD_API GD_MUST_USE gd_status gd_options_set(const gd_record *record, void *options, gd_setting setting);
// A number, a flag (0 or 1) or a choice (its place among the words). GD_ERROR_ARGUMENT when there is no such option.
GD_API GD_MUST_USE gd_status gd_options_get(const gd_record *record, const void *options, const char *name,
                                            double *value);
// Every option is in its range, or GD_ERROR_ARGUMENT with the first that is not.
GD_API GD_MUST_USE gd_status gd_options_check(const gd_record *record, const void *options);

#ifdef __cplusplus
}
#endif
#endif
