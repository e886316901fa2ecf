#include "nn/lengths.h"

#include <gradus/ops.h>

bool gd__lengths_of(const gd__layer *layer, gd_tensor x, gd_tensor lengths, gd__lengths *result)
{
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(lengths))
        return false;
    const gd_shape shape = gd_tensor_shape(x);
    if (shape.rank != 3 || !gd_shape_equal(gd_tensor_shape(lengths), GD_SHAPE(shape.dim[0])) ||
        gd_tensor_type(lengths) == GD_BOOL) {
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s and the lengths are %s %s, expected (N, T, F) and (N)",
                      gd_shape_text(shape, have), gd_type_name(gd_tensor_type(lengths)),
                      gd_shape_text(gd_tensor_shape(lengths), with));
        return false;
    }
    // Steps are counted in f64, which holds every number of a step.
    const gd_shape table = GD_SHAPE(shape.dim[0], shape.dim[1]);
    const gd_tensor one = gd_cast(gd_scalar_like(x, 1), GD_F64), ones = gd_broadcast_to(one, table);
    const gd_tensor through = gd_cumsum(gd_reshape(ones, GD_SHAPE(GD_INFER)), 0, (gd_cumsum_opts){0});
    const gd_tensor number = gd_shift(gd_reshape(through, table), -1); // n T + t
    const gd_tensor first = gd_slice(number, 1, 0, 1, 1);              // n T
    const gd_tensor most = gd_sum(gd_slice(ones, 0, 0, 1, 1), (gd_reduce_opts){0});
    const gd_tensor given = gd_reshape(gd_cast(lengths, GD_F64), GD_SHAPE(shape.dim[0], 1));
    const gd_tensor length = gd_minimum(gd_maximum(given, one), most);
    const gd_tensor last = gd_shift(gd_add(first, length), -1), real = gd_less_equal(number, last);
    const gd_tensor turned = gd_sub(gd_add(first, last), number);
    result->mask = gd_expand_axis(real, 2);
    result->turn = gd_cast(gd_where(real, turned, number), GD_I32);
    result->last = gd_cast(gd_reshape(last, GD_SHAPE(shape.dim[0])), GD_I32);
    return gd_tensor_ok(result->mask) && gd_tensor_ok(result->turn) && gd_tensor_ok(result->last);
}

gd_tensor gd__lengths_clear(const gd__lengths *lengths, gd_tensor x)
{
    return gd_where(lengths->mask, x, gd_scalar_like(x, 0));
}

gd_tensor gd__lengths_take(gd_tensor x, gd_tensor steps)
{
    return gd_embed(gd_reshape(x, GD_SHAPE(GD_INFER, gd_tensor_dim(x, 2))), steps);
}
