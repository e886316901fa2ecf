// Flattening: (batch, …) to (batch, all).
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/window.h"

const gd_layer_kind gd__layer_flatten = {
    .record = {.name = "flatten", .doc = "(batch, …) to (batch, all)"},
    .flags = GD_LAYER_SHAPE,
    .function = gd_flatten,
    .view = gd__view_nothing,
};
