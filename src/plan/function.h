// What a function reads and gives, for those who run it on memory of the caller's.
#ifndef GD_PLAN_FUNCTION_H
#define GD_PLAN_FUNCTION_H

#include <gradus/op.h>
#include <gradus/run.h>

typedef struct gd__function_ends {
    int input_count, output_count;
    gd_tensor *input; // on which outputs and assigned values depend, in the order in which they were made
    gd_info *info;    // of the inputs, then of the outputs
} gd__function_ends;

const gd__function_ends *gd__function_ends_of(const gd_function *f);

#endif
