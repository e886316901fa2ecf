// What may stand in a recipe, as tables: checking, defaults, hints and the reference are all made from them.
#ifndef GD_MODEL_SCHEMA_H
#define GD_MODEL_SCHEMA_H

#include "model/yaml.h"

typedef enum gd__key_kind {
    GD__KEY_INTEGER = 0,
    GD__KEY_NUMBER,
    GD__KEY_BOOL,
    GD__KEY_TEXT,
    GD__KEY_CHOICE,   // one of `choices`
    GD__KEY_SIZE,     // a whole number, or [rows, columns]
    GD__KEY_PADDING,  // the same, or `same` or `valid`
    GD__KEY_TEXTS,    // a list of texts, or a single one
    GD__KEY_INTEGERS, // a list of whole numbers, or a single one
    GD__KEY_NUMBERS,  // a list of numbers
    GD__KEY_VALUES,   // a list of anything
    GD__KEY_MAP,      // a map with the keys `keys`
    GD__KEY_NAMED,    // a map from names of the user's to values that `value` describes
    GD__KEY_VARIANT,  // `name`, `name: value` or `name: {options}`, out of `variants`
    GD__KEY_VARIANTS, // a list of those
} gd__key_kind;

typedef struct gd__key gd__key;
typedef struct gd__variants gd__variants;

struct gd__key {
    const char *name;
    const char *doc;
    gd__key_kind kind;
    bool required;
    const char *standard;         // the value when it is left out, as it would be written; NULL: none, or 0
    bool ranged;                  // low <= value <= high; with `above`, low < value; with `below`, value < high
    bool above, below;            //
    double low, high;             //
    int least, most;              // entries of a list; most 0: any number
    const char *choices;          // "same|valid"
    const gd__key *keys;          // ends with a key without a name
    const gd__key *value;         // of GD__KEY_NAMED; and of GD__KEY_CHOICE, when a map of names may stand in its place
    const gd__variants *variants; //
};

// One of several things to choose from, with options of its own.
typedef struct gd__variant {
    const char *name;
    const char *doc;
    const gd__key *keys;   // NULL: no options
    const char *short_key; // the option meant by `name: value`; NULL: there is none
} gd__variant;

struct gd__variants {
    const char *noun; // "layer"
    int count;
    const gd__variant *variant;
};

// A recipe: its sections.
extern const gd__key gd__recipe_keys[];
// The tables of choices, each in its own file.
extern const gd__variants gd__layer_variants, gd__loss_variants, gd__initializer_variants, gd__rule_variants,
    gd__schedule_variants, gd__source_variants, gd__range_variants;
extern const gd__key gd__data_keys[], gd__search_keys[];

// The option meant by `name: value` of a variant, in whichever table it stands; NULL: there is none.
const char *gd__short_key_of(const char *variant);
// Checks a map against its keys.
gd_status gd__schema_check(const gd__yaml *map, const gd__key *keys, const char *what);

// ---- Reading what was checked. Options are a map, or a single value for the short key, or nothing (defaults only).
typedef struct gd__options {
    const gd__yaml *node; // NULL: all defaults
    const gd__key *keys;
    const char *short_key;
} gd__options;

gd__options gd__section(const gd__yaml *recipe, const char *name);
// The node of an option, or NULL.
const gd__yaml *gd__option(gd__options options, const char *name);
int64_t gd__option_integer(gd__options options, const char *name);
double gd__option_number(gd__options options, const char *name);
bool gd__option_bool(gd__options options, const char *name);
const char *gd__option_text(gd__options options, const char *name); // NULL when there is none
// One or two numbers; a single one fills both. Padding `same` is GD_SAME.
void gd__option_size(gd__options options, const char *name, int64_t size[2]);
gd__options gd__option_map(gd__options options, const char *name);

// What a node chose, and its options. `node` may be NULL: then `standard` is chosen (NULL: variant is NULL).
typedef struct gd__chosen {
    const gd__variant *variant;
    gd__options options;
    const gd__yaml *node; // where it was chosen
} gd__chosen;
gd__chosen gd__chosen_of(const gd__yaml *node, const gd__variants *variants, const char *standard);

#endif
