#include "op/shape_ops.h"

#include "base/shape.h"

bool gd__shape_allowed(gd_shape_call *call, gd_shape shape)
{
    if (shape.rank < 0 || shape.rank > GD_MAX_RANK)
        return gd_op_error(call, "the result would have %d axes, at most %d are possible", shape.rank, GD_MAX_RANK);
    char text[GD_SHAPE_TEXT];
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] == 0 || shape.dim[i] == GD_INFER)
            return gd_op_error(call, "the result would be %s, every dimension must be at least 1 or open",
                               gd_shape_text(shape, text));
    }
    if (gd__shape_open_count(shape).overflow)
        return gd_op_error(call, "the result would be %s, which is too many elements", gd_shape_text(shape, text));
    return true;
}

gd_tensor gd__poison_like(gd_tensor x)
{
    return x.graph != NULL ? gd__poison(x.graph) : GD_NO_TENSOR;
}

double gd__cost_nothing(const gd_shape_call *call)
{
    (void)call;
    return 0;
}
