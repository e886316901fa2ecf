// The op record: everything that must know about an op reads its record. Users register ops of their own with it.
#ifndef GRADUS_OP_H
#define GRADUS_OP_H

#include <gradus/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_op gd_op;
enum { GD_MAX_OUTPUTS = 8 };

// Attributes of an op are the fields of a plain struct; the table of fields lets everything else print, compare,
// save and specialise them without knowing the op.
typedef enum gd_attribute_kind {
    GD_ATTRIBUTE_INT,   // int64_t, or `count` of them; one that is a length in time (see gd_shape) is filled in as well
    GD_ATTRIBUTE_FLOAT, // double, or `count` of them
    GD_ATTRIBUTE_BOOL,  // bool
    GD_ATTRIBUTE_SHAPE, // gd_shape; open dimensions are filled in when a plan is made
    GD_ATTRIBUTE_AXES,  // uint32_t, bit i set for axis i
    GD_ATTRIBUTE_TYPE   // gd_type
} gd_attribute_kind;

typedef struct gd_attribute {
    const char *name;
    gd_attribute_kind kind;
    size_t offset; // in the attribute struct
    int count;     // 0 and 1 both mean a single value
    const char *doc;
} gd_attribute;

// Type and shape of a value.
typedef struct gd_info {
    gd_type type;
    gd_shape shape;
} gd_info;

// `shape`: from the inputs and attributes to the outputs' types and shapes, or an error in words.
// Dimensions may be open (negative): see gd_shape.
typedef struct gd_shape_call {
    const gd_op *op;
    const void *attributes;
    int input_count;
    const gd_info *input;
    int output_count;               // set to op->output_count beforehand; an op with a variable number changes it
    gd_info output[GD_MAX_OUTPUTS]; // to be filled
    char *message;                  // written by gd_op_error
    size_t message_size;
} gd_shape_call;
// Notes the sentence and returns false: `return gd_op_error(call, "x is %s, expected …", …);`
GD_API bool gd_op_error(gd_shape_call *call, const char *format, ...) GD_PRINTF(2, 3);

// `grad`: from the gradients of the outputs to those of the inputs, as more graph.
typedef struct gd_grad_call {
    gd_graph *graph;
    const void *attributes;
    int input_count;
    const gd_tensor *input;
    int output_count;
    const gd_tensor *output;
    const gd_tensor *output_grad; // GD_NO_TENSOR where an output has no influence
    const bool *wanted;           // which inputs need a gradient
    gd_tensor *input_grad;        // to be filled; left GD_NO_TENSOR it counts as zero.
                                  // For elementwise ops the caller sums over broadcast axes.
} gd_grad_call;

// `ref`: the plain kernel. Every value, of whatever type, comes as row-major doubles; the result is rounded to the
// output's type by the caller. Integers are exact up to 2^53.
typedef struct gd_ref_value {
    gd_type type;
    gd_shape shape;
    double *data;
} gd_ref_value;
typedef struct gd_ref_call {
    const void *attributes;
    int input_count;
    const gd_ref_value *input;
    int output_count;
    gd_ref_value *output;
} gd_ref_call;

// `run_f32`: the kernel that computations use. Values come as row-major arrays of their own types, but for bf16, which
// is f32 here: what a bf16 plan keeps in it is converted before and after. Where a value is f64, `ref` runs instead.
// Inputs are only read, outputs hold nothing yet, and neither is the same memory as another. Several threads may run a
// kernel at once. A failure is a status with a sentence (gd_fail), with which the run of the function ends.
typedef struct gd_run_input {
    gd_type type;
    gd_shape shape;
    const void *data;
} gd_run_input;
typedef struct gd_run_output {
    gd_type type;
    gd_shape shape;
    void *data;
} gd_run_output;
typedef struct gd_run_call {
    const void *attributes;
    int input_count;
    const gd_run_input *input;
    int output_count;
    const gd_run_output *output;
} gd_run_call;

// `cost`: floating-point operations of one execution. Shapes are closed. Bytes are counted by the caller.
typedef double gd_cost_function(const gd_shape_call *call);

// How a sample's input is drawn.
typedef enum gd_draw {
    GD_DRAW_RANGE = 0,  // uniform in [low, high); both zero means [-1, 1)
    GD_DRAW_AWAY,       // as GD_DRAW_RANGE, but at least 0.1 from zero
    GD_DRAW_DISTINCT,   // a shuffled grid over [low, high]: no two values close (for maxima)
    GD_DRAW_INTEGER,    // whole numbers in [low, high]
    GD_DRAW_PERMUTATION // the numbers 0 … n-1 shuffled
} gd_draw;
typedef struct gd_sample_input {
    gd_shape shape;
    bool integer; // an index or label (i64): takes no gradient. Floating inputs are f64, or the type under test
    gd_type type; // with `integer`: GD_I32, GD_I64, GD_U8 or GD_BOOL; zero means GD_I64
    gd_draw draw;
    double low, high;
} gd_sample_input;
enum { GD_SAMPLE_INPUTS = 8 };
// A small case for the tests. The input list ends with `input_count`.
typedef struct gd_sample {
    const char *note;
    int input_count;
    gd_sample_input input[GD_SAMPLE_INPUTS];
    const void *attributes;
    bool no_grad_check; // with the reason in `note`: the gradient at this point is not unique
} gd_sample;

enum {
    GD_OP_ELEMENTWISE = 1, // output element i depends on element i of the broadcast inputs only
    GD_OP_RANDOM = 2,      // draws random numbers: input 0 is the random state
    GD_OP_SOURCE = 4,      // input, variable, constant: has no kernel
    GD_OP_VIEW = 8,        // the output has the input's elements in the input's order
    GD_OP_ADAPTS = 16,     // changes the input's type or shape at most: where both stay, the output is the input
    GD_OP_HEAVY = 32,      // much arithmetic for each element: recomputation keeps its result
    GD_OP_BACKWARD = 64,   // stands in backward passes alone
    // Does something beside computing its outputs (prints, counts, sends). It runs once in each run of a function that
    // computes what it needs, though nobody may read its outputs, and in the order in which the graph was written: it
    // is never merged with an equal one, moved past another one, or dropped. Several threads may run it at once.
    GD_OP_EFFECT = 128
};

struct gd_op {
    size_t struct_size; // sizeof(gd_op): says for which version of the record a program was compiled; 0: for this one
    const char *name;
    const char *doc; // one line: the formula and the shapes
    int min_inputs, max_inputs;
    int output_count;
    unsigned flags;
    size_t attribute_size; // of the attribute struct
    int attribute_count;
    const gd_attribute *attribute;
    bool (*shape)(gd_shape_call *call);
    void (*grad)(gd_grad_call *call);
    const char *no_grad; // why there is no gradient, when `grad` is NULL
    // Which inputs and outputs a bf16 plan keeps in bf16, bit i for the one at i: those that are large, while the
    // kernel sums in f32. Elementwise ops follow their inputs.
    unsigned bf16_inputs, bf16_outputs;
    gd_status (*ref)(const gd_ref_call *call);
    gd_cost_function *cost; // NULL: one operation an output element
    // What an inference plan computes instead, as more graph; output[i] replaces output i. NULL: the same op.
    void (*inference)(gd_graph *graph, const gd_tensor *input, const void *attributes, gd_tensor *output);
    int sample_count;
    const gd_sample *sample;
    gd_status (*run_f32)(const gd_run_call *call); // NULL: `ref` runs, in double precision
    // Finds attributes that follow from others, when open dimensions among these were filled in. NULL: there are none.
    void (*close)(void *attributes);
};

#define GD_COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
// One row of an attribute table.
#define GD_ATTR(struct_type, field, attribute_kind, words)                                                             \
    {                                                                                                                  \
        .name = #field, .kind = (attribute_kind), .offset = offsetof(struct_type, field), .doc = (words)               \
    }
#define GD_ATTR_ARRAY(struct_type, field, attribute_kind, n, words)                                                    \
    {                                                                                                                  \
        .name = #field, .kind = (attribute_kind), .offset = offsetof(struct_type, field), .count = (n), .doc = (words) \
    }

// The table: Gradus' own ops in alphabetical order of their files, then the user's.
GD_API int gd_op_count(void);
GD_API const gd_op *gd_op_at(int index);
GD_API const gd_op *gd_op_find(const char *name);
// Adds an op of the user's own. The record must outlive every graph that uses it. Not while other threads write
// graphs. Fails on a name that is taken, on a record with neither gradient nor reason, or without samples, and on one
// whose `struct_size` is neither 0 nor sizeof(gd_op). Records grow at their end: a later library will take those of
// this size.
GD_API GD_MUST_USE gd_status gd_op_register(const gd_op *op);

// Writes one node into the graph of the first input and returns its output 0. `attributes` (copied) may be NULL for
// an op without any. The graph is taken from the inputs; for an op without inputs use gd_apply_in.
GD_API gd_tensor gd_apply(const gd_op *op, int input_count, const gd_tensor *input, const void *attributes);
GD_API gd_tensor gd_apply_in(gd_graph *graph, const gd_op *op, int input_count, const gd_tensor *input,
                             const void *attributes);

#ifdef __cplusplus
}
#endif
#endif
