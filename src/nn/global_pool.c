// Pooling over whole maps: (N, C, …) to (N, C).
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "base/dimension.h"
#include "nn/over_time.h"
#include "nn/window.h"

// x (N, C, …) by its real places; the other axes go as ever.
static gd_tensor pool(const gd_layer_call *call, gd_over_time_way way, gd_tensor (*all)(gd_tensor x))
{
    gd_tensor x = call->input[0];
    const gd_tensor lengths = call->lengths == NULL ? GD_NO_TENSOR : call->lengths[0];
    for (int axis = 2; lengths.graph != NULL && axis < gd_tensor_rank(x); axis++)
        if (gd__dimension_has_time(gd_tensor_dim(x, axis))) {
            x = gd__over_time(x, axis, way, lengths);
            return gd_tensor_rank(x) > 2 ? all(x) : x;
        }
    return all(x);
}

static gd_tensor write_mean(const gd_layer_call *call)
{
    return pool(call, GD_OVER_TIME_MEAN, gd_global_average_pool);
}

static gd_tensor write_largest(const gd_layer_call *call)
{
    return pool(call, GD_OVER_TIME_MAX, gd_global_max_pool);
}

const gd_layer_kind gd__layer_global_avgpool = {
    .record = {.name = "global_avgpool",
               .doc = "the mean of each channel",
               .aliases = "global_avg_pool|global_average_pool|global_average_pooling|gap"},
    .flags = GD_LAYER_LENGTHS,
    .write = write_mean,
    .view = gd__view_nothing,
};
const gd_layer_kind gd__layer_global_maxpool = {
    .record = {.name = "global_maxpool",
               .doc = "the largest of each channel",
               .aliases = "global_max_pool|global_max_pooling"},
    .flags = GD_LAYER_LENGTHS,
    .write = write_largest,
    .view = gd__view_nothing,
};
