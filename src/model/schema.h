// What may stand in a recipe, as tables: checking, defaults, hints and the reference are all made from them.
#ifndef GD_MODEL_SCHEMA_H
#define GD_MODEL_SCHEMA_H

#include "base/record.h"
#include "model/yaml.h"
#include "nn/initialise.h"
#include "nn/layers.h"

// A recipe: its sections.
extern const gd_option gd__recipe_keys[];
// The tables of choices, each in its own file.
extern const gd_records gd__source_variants, gd__range_variants, gd__strategy_records;
extern const gd_option gd__data_keys[], gd__search_keys[], gd__parameter_keys[], gd__windows_keys[];

enum { GD__MOST_SCHEDULES = 16 }; // in a sequence

// Checks a map against its keys. Aliases become the names of their options and records, and what stands beside a name
// (`dense: 8` with `as: x`) moves among its options: whoever reads the tree then finds each thing under one name.
gd_status gd__schema_check(gd__yaml *map, const gd_option *keys, const char *what);

// Whether the node is a map from names of the user's to variants, and no variant itself.
bool gd__is_named_variants(const gd__yaml *node, const gd_records *variants);

// ---- Reading what was checked. Options are a map, or a single value for the short key, or nothing (defaults only).
typedef struct gd__options {
    const gd__yaml *node; // NULL: all defaults
    const gd_option *keys;
    const char *short_option;
} gd__options;

gd__options gd__section(const gd__yaml *recipe, const char *name);
// The node of an option, or NULL.
const gd__yaml *gd__option_node(gd__options options, const char *name);
int64_t gd__option_integer(gd__options options, const char *name);
double gd__option_number(gd__options options, const char *name);
bool gd__option_bool(gd__options options, const char *name);
const char *gd__option_text(gd__options options, const char *name); // NULL when there is none
// One number an axis; a single one fills all. Padding `same` is GD_SAME.
void gd__option_size(gd__options options, const char *name, int64_t size[GD__OPTION_AXES]);
gd__options gd__option_map(gd__options options, const char *name);
// Fills the options struct of a record (options_size bytes), defaults included.
void gd__options_read(gd__options options, const gd_record *record, void *fields);

// What a node chose, and its options. `node` may be NULL: then `standard` is chosen (NULL: kind is NULL).
typedef struct gd__chosen {
    const gd_record *record;
    gd__options options;
    const gd__yaml *node; // where it was chosen
} gd__chosen;
gd__chosen gd__chosen_of(const gd__yaml *node, const gd_records *variants, const char *standard);

#endif
