// The logistic function on plain doubles.
#ifndef GD_OP_SIGMOID_H
#define GD_OP_SIGMOID_H

// 1 / (1 + exp(-x)); exp is taken of negative numbers only, so nothing overflows.
double gd__sigmoid(double x);

#endif
