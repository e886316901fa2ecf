// Writing a graph: tensors, inputs, variables and constants. Nothing is computed here.
#ifndef GRADUS_GRAPH_H
#define GRADUS_GRAPH_H

#include <gradus/base.h>
#include <gradus/options.h>

#ifdef __cplusplus
extern "C" {
#endif

// A graph owns its nodes, its constants and its variables. Calls that write one graph must come from one thread at
// a time; meanwhile other threads may run functions of the graph, train it, read, save, load and swap its variables.
// The first error made while writing sticks to the graph: later calls do nothing and return poisoned tensors, so a
// network is written without a check on every line and asked once, with gd_graph_error.
typedef struct gd_graph gd_graph;

// A tensor is a small value: one output of one node. {0} means "no tensor" where an argument is optional.
typedef struct gd_tensor {
    gd_graph *graph;
    int32_t node;
    int32_t output;
} gd_tensor;
#ifdef __cplusplus
#define GD_NO_TENSOR (gd_tensor())
#else
#define GD_NO_TENSOR ((gd_tensor){0})
#endif

// Makes an empty graph; NULL when memory is short. Release it with gd_graph_free, after the functions and trainers
// that were made from it.
GD_API gd_graph *gd_graph_create(void);
GD_API void gd_graph_free(gd_graph *graph);

// The first error as a sentence, or NULL when the graph is sound. Valid until the graph is freed.
GD_API const char *gd_graph_error(const gd_graph *graph);
GD_API gd_status gd_graph_status(const gd_graph *graph);
// Forgets the error: the graph takes calls again. What was written before the error stands; poisoned tensors stay so.
GD_API void gd_graph_clear_error(gd_graph *graph);

// Sets the seed (0 to 2^53) that initialisers and random ops draw from. Call it before layers are made.
GD_API void gd_graph_set_seed(gd_graph *graph, uint64_t seed);
GD_API uint64_t gd_graph_seed(const gd_graph *graph);

// Says where the calls that follow come from ("net.yaml:12"); errors begin with it. NULL clears it.
GD_API void gd_graph_set_location(gd_graph *graph, const char *location);

// A scope: the names of layers written from now on begin with it and a dot ("layer1.0" makes "layer1.0.conv1" of
// "conv1"), and layers without a name are numbered anew in it. NULL or "": none.
GD_API void gd_graph_set_scope(gd_graph *graph, const char *scope);
GD_API const char *gd_graph_scope(const gd_graph *graph); // "" when there is none; valid until it is set again
// While it is on, a layer with a name that is in use takes the variables that stand there, in place of an error: two
// layers then share their weights, and both move them. Shapes, types and options must be the same.
GD_API void gd_graph_set_sharing(gd_graph *graph, bool sharing);

// Marks `tensor` as an error of the writer's own; the sentence sticks to the graph. Returns a poisoned tensor.
GD_API gd_tensor gd_graph_fail(gd_graph *graph, gd_status status, const char *format, ...) GD_PRINTF(3, 4);

// An input: a value given anew at every run. Names are unique among inputs. Dimensions may be GD_BATCH or
// GD_TIME, or open as those of another tensor are (gd_tensor_dim).
GD_API gd_tensor gd_input(gd_graph *graph, const char *name, gd_type type, gd_shape shape);

// A constant with the value of `array`, which is copied.
GD_API gd_tensor gd_constant(gd_graph *graph, const gd_array *array);
// A single f32 number.
GD_API gd_tensor gd_scalar(gd_graph *graph, double value);
// A single number of the type of `like`.
GD_API gd_tensor gd_scalar_like(gd_tensor like, double value);

// A variable lasts from run to run: a parameter, a running statistic, an optimizer's state. It starts as zeros.
// Names are unique among variables and follow PyTorch's ("conv1.weight").
typedef struct gd_variable_opts {
    bool not_trainable; // a running statistic or other state: no gradient is taken, no penalty applied
    bool of_training;   // state of the training, not of the model, as an update rule's: not trainable, and left out by
                        // gd_save_weights (gd_save_state keeps it)
} gd_variable_opts;
GD_API gd_tensor gd_variable(gd_graph *graph, const char *name, gd_type type, gd_shape shape,
                             gd_variable_opts opts GD_OPTIONAL);

// The variables of a graph in the order in which they were made.
GD_API int gd_variable_count(const gd_graph *graph);
GD_API gd_tensor gd_variable_at(const gd_graph *graph, int index);
GD_API gd_tensor gd_variable_find(const gd_graph *graph, const char *name); // GD_NO_TENSOR when there is none
GD_API const char *gd_variable_name(gd_tensor variable);
GD_API bool gd_variable_trainable(gd_tensor variable);
GD_API bool gd_variable_of_training(gd_tensor variable);
// Reads or writes a variable's value. gd_variable_get makes `array` (free it); gd_variable_set converts the type
// and wants the same shape. On any thread: a run that is under way is waited for.
GD_API GD_MUST_USE gd_status gd_variable_get(gd_tensor variable, gd_array *array);
GD_API GD_MUST_USE gd_status gd_variable_set(gd_tensor variable, const gd_array *array);
// The same with memory of the caller's, in row-major order: room for, or values of, `count` elements, as many as the
// variable has.
GD_API GD_MUST_USE gd_status gd_variable_read(gd_tensor variable, int64_t count, float *value);
GD_API GD_MUST_USE gd_status gd_variable_write(gd_tensor variable, int64_t count, const float *value);
// Exchanges the values of the variables that two graphs have under the same names, all at once: whoever predicts with
// either of them has all old values or all new ones. GD_ERROR_SHAPE, and nothing is done, when a variable of the first
// is missing in the second or has another shape or type there.
GD_API GD_MUST_USE gd_status gd_graph_swap_variables(gd_graph *graph, gd_graph *with);

// Asks that each training run writes `value` into `variable` at its end (batch norm's running mean, for instance).
// Asked again for the same variable, the last value counts; gd_updated tells what was asked so far, or the variable
// itself, so that a second use can go on from there.
GD_API void gd_update_in_training(gd_tensor variable, gd_tensor value);
GD_API gd_tensor gd_updated(gd_tensor variable);

// What is known of a tensor. A poisoned tensor is a scalar f32.
GD_API bool gd_tensor_ok(gd_tensor tensor); // neither poisoned nor "no tensor"
GD_API bool gd_tensor_same(gd_tensor a, gd_tensor b);
GD_API gd_type gd_tensor_type(gd_tensor tensor);
GD_API gd_shape gd_tensor_shape(gd_tensor tensor);
GD_API int gd_tensor_rank(gd_tensor tensor);
GD_API int64_t gd_tensor_dim(gd_tensor tensor, int axis); // a negative axis counts from the end
// Names a tensor's node, for printing and messages, and returns the tensor.
GD_API gd_tensor gd_name(gd_tensor tensor, const char *name);
// The output `index` of the node that made `tensor` (an op may have several).
GD_API gd_tensor gd_output(gd_tensor tensor, int index);

// The whole graph as text, one node a line, or as a Graphviz drawing. Free the string with gd_text_free.
GD_API char *gd_graph_text(const gd_graph *graph);
GD_API char *gd_graph_dot(const gd_graph *graph);

// The options of these calls may be left out (options.h).
#ifndef __cplusplus
#define gd_variable(...) GD__OPTIONS_AFTER_4(gd_variable, gd_variable_opts, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
