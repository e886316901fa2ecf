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
    // Where sequences of a batch differ in length: by input how many places along its axis of time are real, (N)
    // numbers, or GD_NO_TENSOR. NULL: nobody knows of any. Only a record with GD_LAYER_LENGTHS reads them.
    const gd_tensor *lengths;
    const void *options; // its options struct, filled: record.options_size bytes
    // Writes a list of layers, which an option of the type GD_OPTION_VARIANTS holds, on x. NULL: there are no lists.
    gd_tensor (*write_list)(const gd_layer_call *call, const void *list, gd_tensor x);
    // Takes what the layer puts out beside its result, under a name: "hidden", or "1". Recipes have it as
    // `memory.hidden`. NULL: nobody wants it, and it need not be written.
    void (*put_out)(const gd_layer_call *call, const char *name, gd_tensor value);
    // What the variables of the layer begin with that an option names, in full; NULL: there is none, which the graph
    // was told. Where the function is NULL, the name itself stands in the graph's scope or in one around it.
    const char *(*weights_of)(const gd_layer_call *call, const char *layer);
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
    GD_LAYER_SHAPE = 4,      // puts the same elements into another shape
    // For sequences that are padded to one length. Into a layer with none of these flags comes zero in place of
    // padding.
    GD_LAYER_BY_PLACE = 8,    // what comes out at a place depends on what came in at that place alone
    GD_LAYER_LENGTHS = 16,    // reads the call's lengths: nothing behind the ends reaches its result
    GD_LAYER_OVER_PLACES = 32 // takes statistics over all places, so that padding may not come in at all
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

// ---- Layers as objects: made once and applied to several inputs, with the same variables (siamese nets, GANs).

// Belongs to a graph, which must outlive it. Its variables are the graph's, and stay when it is freed.
typedef struct gd_layer gd_layer;

// A layer by the name of its record, as recipes have it, with its options: `setting` ends with one without a name;
// NULL: all defaults. `name` is what its variables begin with, in the graph's scope; NULL: as the layer's function
// would number it. Nothing is written yet. NULL on failure (see gd_last_error), as when an option is missing or out of
// its range. Release it with gd_layer_free.
//     gd_layer *hidden = gd_layer_create(graph, "dense", "hidden", (gd_setting[]){{"units", 16, NULL}, {0}});
GD_API gd_layer *gd_layer_create(gd_graph *graph, const char *kind, const char *name, const gd_setting *setting);
GD_API void gd_layer_free(gd_layer *layer); // NULL is fine
// Writes the layer on x, or on as many inputs as it takes. The first application makes the variables, from the shapes
// that it sees, and later ones use them; shapes that do not fit are an error that sticks to the graph, and so does a
// layer that is NULL.
GD_API gd_tensor gd_layer_apply(gd_layer *layer, gd_tensor x);
GD_API gd_tensor gd_layer_apply_to(gd_layer *layer, int input_count, const gd_tensor *input);
// One after the other, the first on x: a network that is used several times.
GD_API gd_tensor gd_layers_apply(int layer_count, gd_layer *const *layer, gd_tensor x);

// Its variables, running statistics among them; none before the first application.
GD_API int gd_layer_variable_count(const gd_layer *layer);
GD_API gd_tensor gd_layer_variable(const gd_layer *layer, int index);
// Elements of all its variables that training moves, or would move if they were not frozen.
GD_API int64_t gd_layer_parameter_elements(const gd_layer *layer);
// Makes its parameters untrainable, or trainable again, also those of an application that comes later. Steps and
// trainers that were made before keep the parameters they found (gd_train_step_freeze is for those).
GD_API void gd_layer_freeze(gd_layer *layer, bool frozen);

#ifdef __cplusplus
}
#endif
#endif
