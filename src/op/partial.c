#include "op/partial.h"

#include <gradus/run.h>

#include "op/shape_ops.h"

extern const gd_op gd__op_reshape;

gd_tensor gd__separate(gd_tensor x)
{
    // gd_reshape would hand back x itself.
    gd__reshape_attributes attributes = {.shape = gd_tensor_shape(x)};
    return gd_apply(&gd__op_reshape, 1, &x, &attributes);
}

gd_tensor gd__influence(gd_tensor output, gd_tensor output_grad)
{
    if (output_grad.graph == NULL)
        return GD_NO_TENSOR;
    return gd_sum(gd_mul(output, output_grad), (gd_reduce_opts){0});
}

gd_tensor gd__add_present(gd_tensor a, gd_tensor b)
{
    if (a.graph == NULL || b.graph == NULL)
        return a.graph != NULL ? a : b;
    return gd_add(a, b);
}

void gd__partial_gradients(gd_grad_call *call, gd_tensor total, const gd_tensor *input)
{
    enum { MOST = 8 };
    gd_tensor of[MOST] = {0}, gradient[MOST];
    int place[MOST], count = 0;
    for (int i = 0; i < call->input_count && count < MOST; i++) {
        if (!call->wanted[i])
            continue;
        place[count] = i;
        of[count++] = input[i];
    }
    gd_gradients(total, count, of, gradient);
    for (int i = 0; i < count; i++)
        call->input_grad[place[i]] = gradient[i];
}
