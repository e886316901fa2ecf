// Comparisons. Nothing compares as true with a NaN but "not equal".
#include "op/elementwise.h"

static double is_equal(double a, double b)
{
    return a == b;
}

static double is_not_equal(double a, double b)
{
    return a != b;
}

static double is_less(double a, double b)
{
    return a < b;
}

static double is_less_equal(double a, double b)
{
    return a <= b;
}

static double is_greater(double a, double b)
{
    return a > b;
}

static double is_greater_equal(double a, double b)
{
    return a >= b;
}

// Whole numbers, so that some are equal.
static const gd_sample pairs[] = {
    GD_BINARY_SAMPLES(GD_DRAW_INTEGER, -2, 2, GD_DRAW_INTEGER, -2, 2),
    GD_WHOLE_PAIR(-2, 2),
};
static const char truth[] = "a truth value has no derivative";

GD_BINARY_OP(equal, "a == b, broadcast; bool", gd__shape_compare, is_equal, .no_grad = truth, GD_SAMPLES(pairs))
GD_BINARY_OP(not_equal, "a != b, broadcast; bool", gd__shape_compare, is_not_equal, .no_grad = truth, GD_SAMPLES(pairs))
GD_BINARY_OP(less, "a < b, broadcast; bool", gd__shape_compare, is_less, .no_grad = truth, GD_SAMPLES(pairs))
GD_BINARY_OP(less_equal, "a <= b, broadcast; bool", gd__shape_compare, is_less_equal, .no_grad = truth,
             GD_SAMPLES(pairs))
GD_BINARY_OP(greater, "a > b, broadcast; bool", gd__shape_compare, is_greater, .no_grad = truth, GD_SAMPLES(pairs))
GD_BINARY_OP(greater_equal, "a >= b, broadcast; bool", gd__shape_compare, is_greater_equal, .no_grad = truth,
             GD_SAMPLES(pairs))
