// What a network looked at: which places of a picture, or which numbers of a row, spoke for its answer.
#ifndef GRADUS_EXPLAIN_H
#define GRADUS_EXPLAIN_H

#include <gradus/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_explain_opts {
    const gd_model_layer *layer; // whose places are weighed, with an output (batch, channels, rows, columns); NULL: the
                                 // last such layer that has more than one place, and where there is none, the input
    bool choose_label;           // explain `label`; else what is predicted for each sample
    int label;                   // a class; of yes or no 0 or 1; of numbers which of them
} gd_explain_opts;

// Of each of N samples.
typedef struct gd_explanation {
    const gd_model_layer *layer; // what was weighed; NULL: the input
    gd_array output;             // what the last layer gives, (N, outputs)
    gd_array label;              // what is explained, (N), i32
    gd_array map;                // layer: (N, rows, columns) in [0, 1]; input: its shape, signed
} gd_explanation;

// With a layer, Grad-CAM (Selvaraju et al. 2017): y is the output for the label before softmax or sigmoid (for "no" its
// negative), A(c) channel c of what the layer puts out,
//     a(c) = mean over places of dy/dA(c),    map = max(0, sum over c of a(c) A(c)),
// divided by its largest value, where that is not 0. Without one, the input times its gradient, x dy/dx: for a linear
// network, each number's part in y.
//
// Samples are taken 64 at a time. The set is one that the model read. While it works, the model's graph has more nodes,
// which go again: nobody else may use the graph then. Release the result with gd_explanation_free; on failure it is
// empty. GD_ERROR_ARGUMENT: no such label, a layer without places, or a model of several targets.
GD_API GD_MUST_USE gd_status gd_model_explain(gd_model *model, const gd_dataset *set, gd_explain_opts opts,
                                              gd_explanation *explanation);
// Of a sample, the numbers of the map that are furthest from 0, the furthest first and of equals the first one: their
// places in the sample's part of the map. `element` has room for `most`; returns how many there are.
GD_API int gd_explanation_largest(const gd_explanation *explanation, int64_t sample, int most, int64_t *element);
GD_API void gd_explanation_free(gd_explanation *explanation); // NULL is fine

#ifdef __cplusplus
}
#endif
#endif
