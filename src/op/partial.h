// Second derivatives of an op whose gradient is one op by itself: the gradient op's result is written once more with
// elementary ops, and that is differentiated.
#ifndef GD_OP_PARTIAL_H
#define GD_OP_PARTIAL_H

#include <gradus/op.h>

// x as a tensor of its own: a partial derivative with respect to it leaves out every other way in which a formula may
// depend on x. (The mean that batch norm hands to its gradient depends on x, which it gets as well.)
gd_tensor gd__separate(gd_tensor x);

// The inner product of an output with its gradient, or GD_NO_TENSOR where it has none.
gd_tensor gd__influence(gd_tensor output, gd_tensor output_grad);
// a + b, where either may be GD_NO_TENSOR.
gd_tensor gd__add_present(gd_tensor a, gd_tensor b);

// Fills in call->input_grad: the partial derivatives of `total` with respect to input[i], the separate copies of the
// call's inputs.
void gd__partial_gradients(gd_grad_call *call, gd_tensor total, const gd_tensor *input);

#endif
