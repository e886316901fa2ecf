// All parameters of a network as one vector of doubles, which is how solvers see them.
#ifndef GD_SOLVE_PARAMETERS_H
#define GD_SOLVE_PARAMETERS_H

#include <gradus/graph.h>

typedef struct gd__parameters {
    int count;
    gd_tensor *variable;
} gd__parameters;

// The trainable variables on which `loss` depends, in the order in which they were made. Fails when there is none.
gd_status gd__parameters_of(gd_tensor loss, gd__parameters *parameters);
void gd__parameters_free(gd__parameters *parameters);

// How many numbers they hold together, and those numbers, one variable after the other.
int64_t gd__parameters_size(const gd__parameters *parameters);
gd_status gd__parameters_read(const gd__parameters *parameters, double *vector);
gd_status gd__parameters_write(const gd__parameters *parameters, const double *vector);

// Fails unless `loss` is a single number, f32 or f64, of a sound graph.
gd_status gd__loss_check(gd_tensor loss);

#endif
