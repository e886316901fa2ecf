// What the tensors of a file are called in a model, and which of them are looked for.
#ifndef GD_TRAIN_WEIGHT_MAP_H
#define GD_TRAIN_WEIGHT_MAP_H

#include <gradus/io.h>
#include <gradus/train.h>

#include "base/pattern.h"

typedef struct gd__mapped_tensor {
    const char *tensor; // as the file calls it
    const gd_array *value;
    char *name;  // as the model calls it; owned
    bool wanted; // by `match` and `ignore`
    bool known;  // the model has a variable of this name
    bool turned; // its value is the transpose of the variable's
} gd__mapped_tensor;

typedef struct gd__weight_map {
    gd__pattern match, ignore, demand, transpose; // those of the options, which may be empty
    int count;
    gd__mapped_tensor *at; // sorted by name; no name that is wanted stands twice
} gd__weight_map;

// Fails (GD_ERROR_ARGUMENT) on options that mean nothing, and where two tensors get one name. Tensors that are the
// trainer's, or that `opts.name` leaves out, are not in the map.
gd_status gd__weight_map_create(gd__weight_map *map, const gd_tensor_file *file, const gd_load_opts *opts);
void gd__weight_map_free(gd__weight_map *map);

// Whether `match` and `ignore` want what the model calls by this name.
bool gd__weight_wanted(const gd__weight_map *map, const char *name);
// NULL: none is called so.
gd__mapped_tensor *gd__weight_map_find(const gd__weight_map *map, const char *name);
// The tensor that may have been meant: one whose name differs by what stands before a dot, or by few letters.
const gd__mapped_tensor *gd__weight_map_nearest(const gd__weight_map *map, const char *name);

#endif
