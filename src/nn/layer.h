// What every layer does: take a name, say it in messages, make its parameters.
#ifndef GD_NN_LAYER_H
#define GD_NN_LAYER_H

#include <gradus/nn.h>

#include "graph/graph.h"
#include "nn/initialise.h"

enum { GD__LAYER_NAME = 200 };

// A layer while it is being written.
typedef struct gd__layer {
    gd_graph *graph;
    gd_type type;              // of its parameters
    char name[GD__LAYER_NAME]; // empty when it has none
    char *outer;               // the label of the layer around it, or NULL
    char *scope;               // the graph's, which is put aside meanwhile
} gd__layer;

// Starts a layer on x: finds its name in the graph's scope (`stem` and the first free number when none is given; none
// at all when `stem` is NULL) and sets the label that messages begin with. False when x is not sound or the graph has
// an error already: the caller returns gd__no_result(x). After true, gd__layer_end must follow.
bool gd__layer_begin(gd__layer *layer, gd_tensor x, const char *kind, const char *stem, const char *name);
// Ends it: gives the label back, names y after the layer, and returns y.
gd_tensor gd__layer_end(gd__layer *layer, gd_tensor y);

// What a function of x returns when x is not sound: a poisoned tensor of its graph. Notes an error in the graph unless
// one stands there already.
gd_tensor gd__no_result(gd_tensor x);

// Completes options that were filled in C (numbers left at 0 take their defaults), and checks their ranges; `options`
// is the record's options struct. False when one is out of range; the error is noted.
bool gd__layer_complete(const gd__layer *layer, const gd_record *record, void *options);

// True when x is f32 or f64; otherwise the error is noted.
bool gd__layer_takes_floats(const gd__layer *layer, gd_tensor x);

// True when axis `axis` of x has a fixed size; where its length follows from the time, the error is noted.
bool gd__layer_knows(const gd__layer *layer, gd_tensor x, int axis);

// The variable <name>.<slot>, trainable; <name> where the slot is "". Where the graph shares, one of that name that is
// there already.
gd_tensor gd__layer_parameter(const gd__layer *layer, const char *slot, gd_shape shape, gd_initializer initializer);
// A running statistic.
gd_tensor gd__layer_state(const gd__layer *layer, const char *slot, gd_shape shape, gd_initializer initializer);
// A state that gd__graph_carry hands on: zeros at first, and no weight of the model.
gd_tensor gd__layer_carried(const gd__layer *layer, const char *slot, gd_shape shape);
// <name>.bias [count] for a weight of the given shape; GD_NO_TENSOR for a layer without one.
gd_tensor gd__layer_bias(const gd__layer *layer, int64_t count, gd_shape weight, bool no_bias,
                         gd_initializer initializer, gd_initializer bias_initializer);

#endif
