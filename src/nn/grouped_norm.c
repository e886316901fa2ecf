#include "nn/grouped_norm.h"

#include <gradus/ops.h>

// A vector of one number a channel, (C), as (C, 1, …) beside x (N, C, …).
static gd_tensor by_channel(gd_tensor vector, gd_tensor x)
{
    gd_shape shape = {.rank = gd_tensor_rank(x) - 1, .dim = {gd_tensor_dim(x, 1)}};
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    return gd_reshape(vector, shape);
}

gd_tensor gd__grouped_norm(const gd__layer *layer, gd_tensor x, int64_t groups, double epsilon, bool affine)
{
    const gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    int64_t size = 1; // of a sample
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    for (int i = 2; i < shape.rank; i++)
        if (!gd__layer_knows(layer, x, i))
            return gd__poison(layer->graph);
    for (int i = 1; i < shape.rank; i++)
        size = shape.dim[i] < 1 ? 0 : size * shape.dim[i];
    if (shape.rank < 2 || size < 1)
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, expected (N, C, …) with the batch first",
                             gd_shape_text(shape, text));
    if (shape.dim[1] % groups != 0)
        return gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT,
                             "%lld groups of %lld channels: expected the channels to be a multiple of the groups",
                             (long long)groups, (long long)shape.dim[1]);
    const gd_tensor rows = gd_reshape(x, GD_SHAPE(shape.dim[0], groups, size / groups));
    const gd_shape row = GD_SHAPE(size / groups);
    const gd_tensor one = gd_broadcast_to(gd_scalar_like(x, 1), row), zero = gd_broadcast_to(gd_scalar_like(x, 0), row);
    gd_tensor y = gd_reshape(gd_layer_normalize(rows, one, zero, 1, epsilon), shape);
    if (!affine)
        return y;
    const gd_shape channels = GD_SHAPE(shape.dim[1]);
    const gd_tensor weight = gd__layer_parameter(layer, "weight", channels, (gd_initializer){.kind = GD_INIT_ONES});
    const gd_tensor bias = gd__layer_parameter(layer, "bias", channels, (gd_initializer){.kind = GD_INIT_ZEROS});
    return gd_add(gd_mul(y, by_channel(weight, x)), by_channel(bias, x));
}
