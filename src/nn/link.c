// How predictions are made of what a network gives.
#include <gradus/ops.h>

#include "nn/loss.h"

static gd_tensor as_it_is(gd_tensor output)
{
    return output;
}

static gd_tensor softmax(gd_tensor output)
{
    return gd_softmax(output, -1);
}

const gd_link gd_link_identity = {.name = "identity", .apply = as_it_is};
const gd_link gd_link_sigmoid = {.name = "sigmoid", .apply = gd_sigmoid, .probability = true, .threshold = 0.5};
const gd_link gd_link_softmax = {.name = "softmax", .apply = softmax, .probability = true};
const gd_link gd_link_exponential = {.name = "exponential", .apply = gd_exp};
