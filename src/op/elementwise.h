// Ops that treat each element by itself: their attributes, and what their files share.
#ifndef GD_OP_ELEMENTWISE_H
#define GD_OP_ELEMENTWISE_H

#include "op/common.h"

typedef struct gd__scale_attributes {
    double factor;
} gd__scale_attributes;

typedef struct gd__shift_attributes {
    double term;
} gd__shift_attributes;

typedef struct gd__clip_attributes {
    double low, high;
} gd__clip_attributes;

// Of leaky_relu and leaky_relu_backward.
typedef struct gd__leaky_relu_attributes {
    double slope;
} gd__leaky_relu_attributes;

// Of elu and elu_backward.
typedef struct gd__elu_attributes {
    double alpha;
} gd__elu_attributes;

typedef struct gd__cast_attributes {
    gd_type type;
} gd__cast_attributes;

bool gd__shape_unary_number(gd_shape_call *call); // any type but bool, the same out
bool gd__shape_binary_float(gd_shape_call *call); // one floating type, broadcast

// Plain kernels for functions without attributes (those of <math.h> fit), and of two numbers with attributes.
gd_status gd__ref_number(const gd_ref_call *call, double (*function)(double));
typedef double gd__binary_function_with(double a, double b, const void *attributes);
gd_status gd__ref_binary_with(const gd_ref_call *call, gd__binary_function_with *function);

// A record, its plain kernel and its builder, for an op without attributes: `value` is the function of one or two
// numbers, the last arguments are the remaining fields of the record.
#define GD_UNARY_OP(op_name, words, shape_rule, value, ...)                                                            \
    static gd_status op_name##_ref(const gd_ref_call *call)                                                            \
    {                                                                                                                  \
        return gd__ref_number(call, value);                                                                            \
    }                                                                                                                  \
    const gd_op gd__op_##op_name = {.name = #op_name,                                                                  \
                                    .doc = (words),                                                                    \
                                    .min_inputs = 1,                                                                   \
                                    .max_inputs = 1,                                                                   \
                                    .output_count = 1,                                                                 \
                                    .flags = GD_OP_ELEMENTWISE,                                                        \
                                    .shape = (shape_rule),                                                             \
                                    .ref = op_name##_ref,                                                              \
                                    __VA_ARGS__};                                                                      \
    gd_tensor gd_##op_name(gd_tensor x)                                                                                \
    {                                                                                                                  \
        return gd_apply(&gd__op_##op_name, 1, &x, NULL);                                                               \
    }

// The same for two inputs, without the builder.
#define GD_BINARY_RECORD(op_name, words, shape_rule, value, ...)                                                       \
    GD_FLAGGED_RECORD(op_name, words, GD_OP_ELEMENTWISE, shape_rule, value, __VA_ARGS__)
#define GD_BACKWARD_RECORD(op_name, words, shape_rule, value, ...)                                                     \
    GD_FLAGGED_RECORD(op_name, words, GD_OP_ELEMENTWISE | GD_OP_BACKWARD, shape_rule, value, __VA_ARGS__)
#define GD_FLAGGED_RECORD(op_name, words, op_flags, shape_rule, value, ...)                                            \
    static gd_status op_name##_ref(const gd_ref_call *call)                                                            \
    {                                                                                                                  \
        return gd__ref_binary(call, value);                                                                            \
    }                                                                                                                  \
    const gd_op gd__op_##op_name = {.name = #op_name,                                                                  \
                                    .doc = (words),                                                                    \
                                    .min_inputs = 2,                                                                   \
                                    .max_inputs = 2,                                                                   \
                                    .output_count = 1,                                                                 \
                                    .flags = (op_flags),                                                               \
                                    .shape = (shape_rule),                                                             \
                                    .ref = op_name##_ref,                                                              \
                                    __VA_ARGS__};
#define GD_BINARY_OP(op_name, words, shape_rule, value, ...)                                                           \
    GD_BINARY_RECORD(op_name, words, shape_rule, value, __VA_ARGS__)                                                   \
    gd_tensor gd_##op_name(gd_tensor a, gd_tensor b)                                                                   \
    {                                                                                                                  \
        return gd_apply(&gd__op_##op_name, 2, (gd_tensor[]){a, b}, NULL);                                              \
    }

#define GD_ATTRIBUTES(type, table)                                                                                     \
    .attribute_size = sizeof(type), .attribute_count = GD_COUNT_OF(table), .attribute = (table)

// Inputs of samples: of floating type, or i32 whole numbers.
#define GD_DRAWN(shape_, draw_, low_, high_)                                                                           \
    {                                                                                                                  \
        .shape = (shape_), .draw = (draw_), .low = (low_), .high = (high_)                                             \
    }
#define GD_WHOLE(shape_, low_, high_)                                                                                  \
    {                                                                                                                  \
        .shape = (shape_), .integer = true, .type = GD_I32, .draw = GD_DRAW_INTEGER, .low = (low_), .high = (high_)    \
    }
// Samples of an op of one input, and of two inputs that broadcast in each way, to stand in a list of samples.
#define GD_UNARY_SAMPLES_WITH(attributes_, draw, low, high)                                                            \
    {.note = "a matrix",                                                                                               \
     .input_count = 1,                                                                                                 \
     .input = {GD_DRAWN(GD_SHAPE(3, 5), draw, low, high)},                                                             \
     .attributes = (attributes_)},                                                                                     \
        {.note = "a single number",                                                                                    \
         .input_count = 1,                                                                                             \
         .input = {GD_DRAWN(GD_SCALAR, draw, low, high)},                                                              \
         .attributes = (attributes_)},                                                                                 \
    {                                                                                                                  \
        .note = "an axis of size 1", .input_count = 1, .input = {GD_DRAWN(GD_SHAPE(2, 1, 17), draw, low, high)},       \
        .attributes = (attributes_)                                                                                    \
    }
#define GD_UNARY_SAMPLES(draw, low, high) GD_UNARY_SAMPLES_WITH(NULL, draw, low, high)
#define GD_PAIR(words, shape_a, draw_a, low_a, high_a, shape_b, draw_b, low_b, high_b)                                 \
    {                                                                                                                  \
        .note = (words), .input_count = 2, .input = {                                                                  \
            GD_DRAWN(shape_a, draw_a, low_a, high_a),                                                                  \
            GD_DRAWN(shape_b, draw_b, low_b, high_b)                                                                   \
        }                                                                                                              \
    }
#define GD_BINARY_SAMPLES(draw_a, low_a, high_a, draw_b, low_b, high_b)                                                \
    GD_PAIR("equal shapes", GD_SHAPE(3, 5), draw_a, low_a, high_a, GD_SHAPE(3, 5), draw_b, low_b, high_b),             \
        GD_PAIR("a row on a matrix", GD_SHAPE(3, 17), draw_a, low_a, high_a, GD_SHAPE(17), draw_b, low_b, high_b),     \
        GD_PAIR("both are widened", GD_SHAPE(2, 1, 3), draw_a, low_a, high_a, GD_SHAPE(4, 1), draw_b, low_b, high_b),  \
        GD_PAIR("a number on a matrix", GD_SCALAR, draw_a, low_a, high_a, GD_SHAPE(3, 2), draw_b, low_b, high_b)
#define GD_WHOLE_PAIR(low_, high_)                                                                                     \
    {                                                                                                                  \
        .note = "whole numbers", .input_count = 2, .input = {                                                          \
            GD_WHOLE(GD_SHAPE(3, 5), low_, high_),                                                                     \
            GD_WHOLE(GD_SHAPE(5), low_, high_)                                                                         \
        }                                                                                                              \
    }

#endif
