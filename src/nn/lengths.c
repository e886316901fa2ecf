#include "nn/lengths.h"

#include <gradus/ops.h>

bool gd__lengths_fit(gd_tensor lengths, gd_tensor x, int axis)
{
    char have[GD_SHAPE_TEXT], of[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(lengths) || !gd_tensor_ok(x))
        return false;
    if (gd_tensor_rank(x) > axis && gd_shape_equal(gd_tensor_shape(lengths), GD_SHAPE(gd_tensor_dim(x, 0))) &&
        gd_tensor_type(lengths) != GD_BOOL)
        return true;
    gd_graph_fail(x.graph, GD_ERROR_SHAPE, "the lengths are %s %s, expected a number for each sequence of %s",
                  gd_type_name(gd_tensor_type(lengths)), gd_shape_text(gd_tensor_shape(lengths), have),
                  gd_shape_text(gd_tensor_shape(x), of));
    return false;
}

gd_tensor gd__within(gd_tensor lengths, gd_tensor x, int axis)
{
    const gd_type type = gd_type_is_float(gd_tensor_type(x)) ? gd_tensor_type(x) : GD_F32;
    const gd_tensor one = gd_cast(gd_scalar_like(x, 1), type);
    const gd_tensor ones = gd_broadcast_to(one, GD_SHAPE(1, gd_tensor_dim(x, axis)));
    const gd_tensor place = gd_cumsum(ones, 1, (gd_cumsum_opts){0}); // 1 … T
    gd_tensor within = gd_less_equal(place, gd_expand_axis(gd_cast(lengths, type), 1));
    for (int i = 1; i < axis; i++)
        within = gd_expand_axis(within, 1);
    for (int i = axis + 1; i < gd_tensor_rank(x); i++)
        within = gd_expand_axis(within, -1);
    return within;
}

gd_tensor gd__clear_padding(gd_tensor x, gd_tensor lengths, int axis)
{
    if (!gd__lengths_fit(lengths, x, axis))
        return gd__no_result(x);
    return gd_where(gd__within(lengths, x, axis), x, gd_scalar_like(x, 0));
}

bool gd__lengths_of(gd_tensor x, gd_tensor lengths, gd__lengths *result)
{
    if (!gd__lengths_fit(lengths, x, 1))
        return false;
    // Steps are counted in f64, which holds every number of a step.
    const gd_shape table = GD_SHAPE(gd_tensor_dim(x, 0), gd_tensor_dim(x, 1));
    const gd_tensor one = gd_cast(gd_scalar_like(x, 1), GD_F64), ones = gd_broadcast_to(one, table);
    const gd_tensor through = gd_cumsum(gd_reshape(ones, GD_SHAPE(GD_INFER)), 0, (gd_cumsum_opts){0});
    const gd_tensor number = gd_shift(gd_reshape(through, table), -1); // n T + t
    const gd_tensor first = gd_slice(number, 1, 0, 1, 1);              // n T
    const gd_tensor most = gd_sum(gd_slice(ones, 0, 0, 1, 1), (gd_reduce_opts){0});
    const gd_tensor given = gd_reshape(gd_cast(lengths, GD_F64), GD_SHAPE(table.dim[0], 1));
    const gd_tensor last = gd_shift(gd_add(first, gd_minimum(given, most)), -1), real = gd_less_equal(number, last);
    const gd_tensor turned = gd_sub(gd_add(first, last), number);
    result->mask = gd_expand_axis(real, 2);
    result->turn = gd_cast(gd_where(real, turned, number), GD_I32);
    result->last = gd_cast(gd_reshape(gd_maximum(first, last), GD_SHAPE(table.dim[0])), GD_I32);
    result->some = gd_less_equal(one, given);
    return gd_tensor_ok(result->mask) && gd_tensor_ok(result->turn) && gd_tensor_ok(result->last) &&
           gd_tensor_ok(result->some);
}

gd_tensor gd__lengths_take(gd_tensor x, gd_tensor steps)
{
    return gd_embed(gd_reshape(x, GD_SHAPE(GD_INFER, gd_tensor_dim(x, 2))), steps);
}
