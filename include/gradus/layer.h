// The layer record: everything that must know about a layer reads it. Recipes, the table of layers (`gradus info`),
// resizing and the reference know a layer by its record alone, and a program registers layers of its own in the same
// way.
#ifndef GRADUS_LAYER_H
#define GRADUS_LAYER_H

#include <gradus/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_layer_kind gd_layer_kind;
typedef struct gd_layer_call gd_layer_call;

// A layer that is being written.
struct gd_layer_call {
    const gd_layer_kind *kind;
    gd_graph *graph;
    const char *name; // what its variables begin with; NULL: its kind and a number, unless the record has a stem
    gd_type type;     // of its parameters, where no input says it
    int input_count;
    const gd_tensor *input;
    const void *options; // its options struct, filled: record.options_size bytes
    // Writes a list of layers, which an option of the type GD_OPTION_VARIANTS holds, on x. NULL: there are no lists.
    gd_tensor (*write_list)(const gd_layer_call *call, const void *list, gd_tensor x);
    void *context; // of whoever calls
};

// How much of the network's input one value of a layer sees: `size` elements along each spatial axis; the fields of
// neighbouring values lie `spread` elements apart (Araujo, Norris, Sim 2019, "Computing receptive fields").
enum { GD_VIEW_AXES = 3 };
typedef struct gd_layer_view {
    double size[GD_VIEW_AXES], spread[GD_VIEW_AXES];
    bool spatial; // false once positions are mixed
} gd_layer_view;

// A variable of a layer with one element for each of its units (along axis 0), and what a fresh unit starts with.
typedef struct gd_layer_vector {
    const char *variable; // "bias"
    double fresh;
} gd_layer_vector;

enum {
    GD_LAYER_ACTIVATION = 1, // a function of each element, or of the last axis, without parameters
    GD_LAYER_BY_UNIT = 2,    // what comes out for a unit depends on what came in for that unit alone
    GD_LAYER_SHAPE = 4       // puts the same elements into another shape
};

struct gd_layer_kind {
    gd_record record;
    unsigned flags;
    int min_inputs, max_inputs; // both 0: one; max -1: any number
    gd_tensor (*write)(const gd_layer_call *call);
    gd_tensor (*function)(gd_tensor x); // in place of `write`, for a layer of one input without options
    // For a `write` that makes variables with gd_layer_parameter: what a layer without a name is called, with the first
    // free number behind it. A record that calls a layer function, which finds a name by itself, has none.
    const char *stem;
    // What the layer sees, given what its input sees. NULL: as much as its input. With several inputs, the largest of
    // them is given.
    void (*view)(const gd_layer_call *call, gd_layer_view *view);
    // What goes with the units when their number is changed: ends with an entry without a name. NULL: nothing.
    const gd_layer_vector *unit_vectors;
};

// All layers, activations among them. In the order of their files; then the program's own.
GD_API const gd_records *gd_layer_kinds(void);
// By name or alias; NULL: there is none.
GD_API const gd_layer_kind *gd_layer_kind_named(const char *name);
// Adds a layer of the program's own, which recipes may name then. The record lives as long as the program. Not while
// other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_layer_register(const gd_layer_kind *kind);
// Writes a layer from C by its record. `options` is its options struct (gd_options_default and gd_options_set fill one
// of record.options_size bytes), or NULL for the defaults.
GD_API gd_tensor gd_layer_write(const gd_layer_kind *kind, int input_count, const gd_tensor *input, const char *name,
                                const void *options);
// The variable <name>.<slot> of a layer that is being written, and one that is not trained, such as a running
// statistic.
GD_API gd_tensor gd_layer_parameter(const gd_layer_call *call, const char *slot, gd_shape shape,
                                    gd_initializer initializer);
GD_API gd_tensor gd_layer_state(const gd_layer_call *call, const char *slot, gd_shape shape,
                                gd_initializer initializer);

#ifdef __cplusplus
}
#endif
#endif
