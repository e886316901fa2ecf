// What layers of attention do between their projections: positions that turn, the cache of generating, the product.
#ifndef GD_NN_ATTEND_H
#define GD_NN_ATTEND_H

#include <gradus/layer.h>

#include "nn/layer.h"

typedef struct gd__attend_opts {
    int64_t heads;
    bool causal;
    gd_tensor key_mask, bias; // (N, S) or lengths (N); what is added to the scores (N, heads, T, S)
    double dropout;
    int64_t cache; // 0: none; else the most places
    double rotary; // 0: none; else the base of rotary positions
    gd_tensor *weights;
} gd__attend_opts;

// queries, keys and values, (N, T, E), (N, S, E), (N, S, E), or only the first of them, which is (N, T, 3 E), to
// (N, T, E).
gd_tensor gd__attend(const gd__layer *layer, const gd_tensor part[3], const gd__attend_opts *opts);

// softmax(query key^T scale + bias) value over (…, T, E), (…, S, E), (…, S, V) with its weights (…, T, S) as tensors.
typedef struct gd__steps_opts {
    double scale;
    bool causal;
    gd_tensor bias, visible; // (…, T, S), broadcast, or GD_NO_TENSOR; `visible` is GD_BOOL
    double dropout;
    gd_tensor *weights;
} gd__steps_opts;
gd_tensor gd__attend_in_steps(gd_tensor query, gd_tensor key, gd_tensor value, const gd__steps_opts *opts);

// The first inputs of the call, with zeros behind the ends of sequences that differ in length, and unless there is one,
// the mask of the keys, which are the second input or the only one. Of an empty sequence one key stays, a zero.
void gd__attend_by_lengths(const gd_layer_call *call, int count, gd_tensor *input, gd_tensor *key_mask);

// How many places a layer that caches has seen: the variable <name>.position [1], which counts up in every run, and
// its value before this run.
gd_tensor gd__count_places(const gd__layer *layer);

#endif
