// Gradients, and running a graph: functions compiled from it, and lazy evaluation of small things.
#ifndef GRADUS_RUN_H
#define GRADUS_RUN_H

#include <signal.h>

#include <gradus/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

// Writes the gradient of `y` (summed over its elements when it is not a scalar) with respect to each `x[i]` into
// `dx[i]`, as more graph of the shape of x[i]: reverse-mode automatic differentiation. Since the result is graph,
// gradients of gradients are taken by calling it again. Where y does not depend on x[i], dx[i] is a zero tensor.
// Errors stick to the graph.
GD_API void gd_gradients(gd_tensor y, int count, const gd_tensor *x, gd_tensor *dx);

// A function computes some tensors of a graph from its inputs, and writes variables. It plans itself for each batch
// size that it meets (where inputs have a dimension GD_TIME: for each pair of batch size and number of time steps), and
// keeps the plans (with their memory) for a number of them: when one more comes, the plan that was not used for the
// longest time goes. A plan that is running on another thread goes when it is done.
typedef struct gd_function gd_function;

typedef struct gd_assignment {
    gd_tensor variable;
    gd_tensor value; // of the variable's shape and type
} gd_assignment;

// How exactly heavy ops compute. The default takes the fastest way that keeps f32's range and nearly its precision:
// Winograd's convolution (Lavin and Gray 2015) where it is faster, with errors around 1e-5 of the largest element.
typedef enum gd_precision {
    GD_PRECISION_FAST = 0,
    GD_PRECISION_EXACT, // no Winograd: every product and sum as the formula has it
    GD_PRECISION_BF16   // large values are stored and multiplied in bf16, summed in f32; weights stay f32
} gd_precision;
// "fast", "exact" or "bf16"; NULL for any other number.
GD_API const char *gd_precision_name(gd_precision precision);
// GD_ERROR_ARGUMENT for any other name, with a hint.
GD_API GD_MUST_USE gd_status gd_precision_named(const char *name, gd_precision *precision);

typedef struct gd_function_opts {
    gd_precision precision;
    bool recompute; // gradient checkpointing: the backward pass computes cheap values again, to save memory
    bool training;  // dropout drops, batch norm uses the batch's statistics, gd_update_in_training takes effect
    int assignment_count;
    const gd_assignment *assignment; // written at the end of each run, all at once; copied
    bool check_numbers;              // stop with GD_ERROR_NUMBER, naming the op, when a step makes a NaN or an infinity
    int batch_sizes;                 // for how many (pairs with time steps) plans are kept; 0 means 16
} gd_function_opts;

// NULL on failure (see gd_last_error). The graph must outlive the function. Release it with gd_function_free.
GD_API gd_function *gd_function_create(gd_graph *graph, int output_count, const gd_tensor *output,
                                       gd_function_opts opts);
GD_API void gd_function_free(gd_function *function);

typedef struct gd_feed {
    gd_tensor input;
    gd_array value; // of the input's type (or convertible) and shape
} gd_feed;

// Runs the function. `result` has one array an output: an empty array ({0}) is made for the caller to free, another
// is written in place when its type and shape fit. A function may run on several threads at
// the same time; a run that writes variables waits for the others of its graph, and they for it. Fails when an input is
// missing, a shape does not fit, or a kernel refuses its data.
GD_API GD_MUST_USE gd_status gd_function_run(gd_function *function, int feed_count, const gd_feed *feed,
                                             gd_array *result);

// The same on memory of the caller's: data[i] has the values of gd_function_input(function, i), and result[i] gets
// those of output i, both where they lie, in row-major order and of the tensor's own type; `batch` samples where the
// batch size is open. `input_count` is gd_function_input_count.
GD_API GD_MUST_USE gd_status gd_function_run_batch(gd_function *function, int64_t batch, int input_count,
                                                   const void *const *data, void *const *result);
// The same where inputs have a dimension GD_TIME: `time` steps in each of the `batch` samples.
GD_API GD_MUST_USE gd_status gd_function_run_sequences(gd_function *function, int64_t batch, int64_t time,
                                                       int input_count, const void *const *data, void *const *result);
// The inputs on which outputs and assigned values depend, in the order in which they were made.
GD_API int gd_function_input_count(const gd_function *function);
GD_API gd_tensor gd_function_input(const gd_function *function, int index);

// Makes the plan for a batch size and the memory of one run beforehand, so that the first run is as fast as the others.
// For a function without an open batch size, `batch` is not looked at.
GD_API GD_MUST_USE gd_status gd_function_prepare(gd_function *function, int64_t batch);
// The same for a function with inputs that have a dimension GD_TIME.
GD_API GD_MUST_USE gd_status gd_function_prepare_sequences(gd_function *function, int64_t batch, int64_t time);
// Gives back the memory of all plans that are not running; what is run later is planned anew.
GD_API void gd_function_trim(gd_function *function);

// The plan that the function made for these feeds, as text; free it with gd_text_free.
GD_API char *gd_function_text(gd_function *function, int feed_count, const gd_feed *feed);
// Bytes of the arena and of the variables, and floating-point operations of one run, for these feeds.
typedef struct gd_function_cost {
    double flops;
    size_t arena_bytes;
    size_t variable_bytes;
    int step_count;
} gd_function_cost;
GD_API GD_MUST_USE gd_status gd_function_measure(gd_function *function, int feed_count, const gd_feed *feed,
                                                 gd_function_cost *cost);

// Lazy evaluation: computes a tensor that depends on no input. `array` is made for the caller to free.
GD_API GD_MUST_USE gd_status gd_eval(gd_tensor tensor, gd_array *array);
// The same for a single number; NaN on failure (see gd_last_error).
GD_API double gd_value(gd_tensor tensor);

// Compares gd_gradients with central differences, (f(x+e) - f(x-e)) / 2e, where f is y summed over its elements.
// Everything is computed on plain kernels in double precision, whatever the types of the graph. `error` gets the
// relative error over all elements of all x, as Ng's course defines it: ||g - n|| / (||g|| + ||n||), g the gradients
// written, n the numerical ones; 0 where both are no larger than what rounding makes of f, |f| 1e-14 / e. Below 1e-7
// all is well; a wrong sign gives 1. With kinks (relu, max pooling), where a difference may reach across one, 1e-4 is
// good enough.
typedef struct gd_check_opts {
    double epsilon;  // 0: 1e-5
    bool one_sided;  // (f(x+e) - f(x)) / e
    bool narrowing;  // where the difference is not the gradient, e/10 and e/100 are tried too, which may keep clear of
                     // a kink: of the three the nearest counts. A gradient that is wrong is far from all of them
    bool training;   // dropout drops (the same elements each time), batch norm uses the batch's statistics
    int64_t samples; // so many elements of each x, drawn at random; 0: all
    int feed_count;
    const gd_feed *feed;
    double *each;                             // receives the relative error of each x, unless NULL
    const volatile sig_atomic_t *should_stop; // polled at each element: GD_ERROR_INTERRUPTED. NULL: never
} gd_check_opts;
// `x` are variables of the graph; their values are restored afterwards. The gradients written stay in the graph.
GD_API GD_MUST_USE gd_status gd_check_gradients(gd_tensor y, int count, const gd_tensor *x, gd_check_opts opts,
                                                double *error);

#ifdef __cplusplus
}
#endif
#endif
