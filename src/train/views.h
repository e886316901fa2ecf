// Test-time augmentation: the mean of what a network says about several views of a picture.
#ifndef GD_TRAIN_VIEWS_H
#define GD_TRAIN_VIEWS_H

#include <gradus/train.h>

#include "train/bind.h"

typedef struct gd__views {
    gd_views of;
    int feed;         // in the binding: the pictures
    const char *name; // of their field
    gd_array picture; // one view of a batch
    int output_count; // of the function
    gd_array *sum;    // of each output in f64, or without data where it is no floating value
} gd__views;

// `views` starts as {0}; release with gd__views_free, on failure too. GD_ERROR_ARGUMENT when the network reads no
// pictures, or these are smaller than the shift.
gd_status gd__views_create(gd__views *views, gd_views of, const gd_dataset *set, const gd__binding *binding,
                           int output_count);
void gd__views_free(gd__views *views);
// Runs the function on what the binding is fed with: once, or once for each view of the pictures. `output` then holds
// the weighted means; what is no floating value is that of the pictures as they are.
gd_status gd__views_run(gd__views *views, gd_function *function, const gd__binding *binding, gd_array *output);

#endif
