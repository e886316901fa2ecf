// The gradients of a whole recipe's network against central differences.
#ifndef GD_TESTS_MODEL_GRADIENTS_H
#define GD_TESTS_MODEL_GRADIENTS_H

#include <gradus/gradus.h>

#include "model/expect.h"

enum { CHECKED_BATCH = 3, CHECKED_INPUTS = 4, CHECKED_VARIABLES = 64 };

// Made-up numbers for one input: whole ones below `words`, others between -1 and 1.
static inline gd_array made_up(gd_tensor input, int words)
{
    gd_array array;
    gd_shape shape = gd_tensor_shape(input);
    shape.dim[0] = CHECKED_BATCH;
    assert_ok(gd_array_create(&array, gd_tensor_type(input), shape));
    for (int64_t i = 0; i < gd_array_count(&array); i++) {
        const int64_t mixed = i * 37 + i * i % 11;
        gd_array_put(&array, i, array.type == GD_I32 ? (double)(mixed % words) : (double)(mixed % 41 - 20) / 20);
    }
    return array;
}

// The relative error over all parameters of the network; the target's whole numbers are below `classes`, those of
// inputs below `words`.
static inline double gradient_error(gd_model *model, int words, int classes)
{
    gd_feed feed[CHECKED_INPUTS + 1];
    gd_tensor variable[CHECKED_VARIABLES];
    int feeds = 0, variables = 0;
    double error = 1;
    assert_true(model->input_count <= CHECKED_INPUTS);
    for (; feeds < model->input_count; feeds++)
        feed[feeds] = (gd_feed){model->input[feeds], made_up(model->input[feeds], words)};
    feed[feeds] = (gd_feed){model->head[0].target, made_up(model->head[0].target, classes)};
    feeds++;
    for (int i = 0; i < gd_variable_count(model->graph) && variables < CHECKED_VARIABLES; i++)
        if (gd_variable_trainable(gd_variable_at(model->graph, i)))
            variable[variables++] = gd_variable_at(model->graph, i);
    const gd_check_opts opts = {.feed_count = feeds, .feed = feed};
    assert_ok(gd_check_gradients(model->loss, variables, variable, opts, &error));
    for (int i = 0; i < feeds; i++)
        gd_array_free(&feed[i].value);
    return error;
}

#endif
