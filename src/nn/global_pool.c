// Pooling over whole maps: (N, C, …) to (N, C).
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/window.h"

const gd_layer_kind gd__layer_global_avgpool = {
    .record = {.name = "global_avgpool",
               .doc = "the mean of each channel",
               .aliases = "global_avg_pool|global_average_pool|global_average_pooling|gap"},
    .function = gd_global_average_pool,
    .view = gd__view_nothing,
};
const gd_layer_kind gd__layer_global_maxpool = {
    .record = {.name = "global_maxpool",
               .doc = "the largest of each channel",
               .aliases = "global_max_pool|global_max_pooling"},
    .function = gd_global_max_pool,
    .view = gd__view_nothing,
};
