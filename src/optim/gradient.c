// What is done to gradients between differentiation and the update.
#include <gradus/ops.h>
#include <gradus/optim.h>

#include "base/error.h"
#include "graph/graph.h"
#include "optim/slot.h"
#include "optim/step.h"

// True for a positive limit; otherwise the error sticks to the gradients' graph.
static bool limit_is_usable(int count, const gd_tensor *gradient, double limit)
{
    if (limit > 0)
        return true;
    if (count > 0 && gradient[0].graph != NULL)
        gd_graph_fail(gradient[0].graph, GD_ERROR_ARGUMENT, "gradients are clipped at %g, expected a positive number",
                      limit);
    return false;
}

void gd_clip_gradients_by_value(int count, gd_tensor *gradient, double limit)
{
    if (count > 0)
        GD__NEEDS(gradient);
    if (!limit_is_usable(count, gradient, limit))
        return;
    for (int i = 0; i < count; i++)
        gradient[i] = gd_clip(gradient[i], -limit, limit);
}

// `number` in the type of `like`.
static gd_tensor as_type_of(gd_tensor number, gd_tensor like)
{
    return gd_tensor_type(number) == gd_tensor_type(like) ? number : gd_cast(number, gd_tensor_type(like));
}

// What one gradient adds to the norm, and how that joins what the others add.
static gd_tensor part_of_norm(gd_gradient_norm kind, gd_tensor gradient)
{
    if (kind == GD_NORM_L2)
        return gd_sum(gd_square(gradient), (gd_reduce_opts){0});
    return kind == GD_NORM_L1 ? gd_sum(gd_abs(gradient), (gd_reduce_opts){0})
                              : gd_max(gd_abs(gradient), (gd_reduce_opts){0});
}

gd_tensor gd__gradient_norm(gd_gradient_norm kind, int count, const gd_tensor *gradient)
{
    gd_tensor total = part_of_norm(kind, gradient[0]);
    for (int i = 1; i < count; i++) {
        const gd_tensor part = as_type_of(part_of_norm(kind, gradient[i]), total);
        total = kind == GD_NORM_MAX ? gd_maximum(total, part) : gd_add(total, part);
    }
    return kind == GD_NORM_L2 ? gd_sqrt(total) : total;
}

gd_tensor gd_clip_gradients_by_norm(int count, gd_tensor *gradient, double limit)
{
    return gd_clip_gradients_by_norm_of(GD_NORM_L2, count, gradient, limit);
}

gd_tensor gd_clip_gradients_by_norm_of(gd_gradient_norm kind, int count, gd_tensor *gradient, double limit)
{
    if (count > 0)
        GD__NEEDS(gradient, GD_NO_TENSOR);
    if (count < 1)
        return GD_NO_TENSOR;
    if ((unsigned)kind > GD_NORM_MAX && gradient[0].graph != NULL)
        return gd_graph_fail(gradient[0].graph, GD_ERROR_ARGUMENT, "there is no norm %d of gradients", (int)kind);
    if (!limit_is_usable(count, gradient, limit))
        return gradient[0].graph != NULL ? gd__poison(gradient[0].graph) : GD_NO_TENSOR;
    gd_tensor norm = gd__gradient_norm(kind, count, gradient);
    gd_tensor factor = gd_scale(gd_reciprocal(gd_shift(norm, 1e-6)), limit);
    factor = gd_minimum(factor, gd_scalar_like(factor, 1.0));
    for (int i = 0; i < count; i++)
        gradient[i] = gd_mul(gradient[i], as_type_of(factor, gradient[i]));
    return norm;
}

gd_status gd_accumulate_gradients(gd_graph *graph, gd_tensor batches, int count, const gd_tensor *parameter,
                                  gd_tensor *gradient, gd_assignment_list *gather, gd_assignment_list *clear)
{
    if (count > 0)
        GD__NEEDS(parameter, GD_ERROR_ARGUMENT);
    gd_status status = gd__gradients_check(graph, count, parameter, gradient);
    if (status == GD_OK && !gd_tensor_ok(batches))
        status = gd__fail(GD_ERROR_ARGUMENT, "the number of accumulated batches is no tensor");
    for (int i = 0; i < count && status == GD_OK; i++) {
        gd_tensor slot = gd__slot(parameter[i], "accumulated");
        gd_tensor sum = gd_add(slot, gradient[i]);
        gradient[i] = gd_div(sum, gd__single(batches, "number of accumulated batches", gd_tensor_type(slot)));
        gd_tensor zero = gd_zeros_like(slot);
        if (gd_graph_error(graph) != NULL)
            return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
        status = gd_assignment_list_add(gather, slot, sum);
        if (status == GD_OK)
            status = gd_assignment_list_add(clear, slot, zero);
    }
    return status;
}
