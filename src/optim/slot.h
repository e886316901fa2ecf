// What belongs to a parameter: state variables, and gradients that fit.
#ifndef GD_OPTIM_SLOT_H
#define GD_OPTIM_SLOT_H

#include <gradus/graph.h>

// A variable <parameter>.<slot> of the parameter's shape and type, zero at first and not trainable.
gd_tensor gd__slot(gd_tensor parameter, const char *slot);
// The same of another shape.
gd_tensor gd__slot_of(gd_tensor parameter, const char *slot, gd_shape shape);

// Fails unless every parameter is a variable of the graph and its gradient has its type and shape.
gd_status gd__gradients_check(const gd_graph *graph, int count, const gd_tensor *parameter, const gd_tensor *gradient);

// A single number as a tensor of rank 0 and the given type; an error sticks to the graph when it is more than one.
gd_tensor gd__single(gd_tensor number, const char *what, gd_type type);

#endif
