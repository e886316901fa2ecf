// How good predictions are, as graph.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/target.h"

// One logit a case, for or against: (N, 1) with a label (N) or (N, 1), or both of one shape.
static bool is_binary(gd_tensor logits, gd_tensor label)
{
    return gd_shape_equal(gd_tensor_shape(logits), gd_tensor_shape(label)) ||
           (gd_tensor_rank(logits) == gd_tensor_rank(label) + 1 && gd_tensor_dim(logits, -1) == 1);
}

gd_tensor gd_correct(gd_tensor logits, gd_tensor label)
{
    gd_tensor right;
    if (gd_tensor_ok(logits) && gd_tensor_ok(label) && is_binary(logits, label)) {
        if (!gd__target_align("accuracy", logits, &label))
            return gd__no_result(logits);
        right =
            gd_equal(gd_greater(logits, gd_scalar_like(logits, 0.0)), gd_greater(label, gd_scalar_like(label, 0.5)));
    } else {
        if (!gd__label_align("accuracy", logits, &label))
            return gd__no_result(logits);
        right = gd_equal(gd_argmax(logits, -1), gd_cast(label, GD_I32));
    }
    return gd_cast(right, gd_tensor_type(logits));
}

gd_tensor gd_accuracy(gd_tensor logits, gd_tensor label)
{
    return gd_mean(gd_correct(logits, label), (gd_reduce_opts){0});
}

// A row is right when fewer than k logits are not at most the label's (so that a NaN counts against it).
gd_tensor gd_top_k_accuracy(gd_tensor logits, gd_tensor label, int64_t k)
{
    if (!gd__label_align("top_k_accuracy", logits, &label))
        return gd__no_result(logits);
    gd_type type = gd_tensor_type(logits);
    if (k < 1)
        return gd_graph_fail(logits.graph, GD_ERROR_ARGUMENT, "top_k_accuracy: k is %lld, expected at least 1",
                             (long long)k);
    gd_tensor own = gd_expand_axis(gd_pick(logits, label), -1);
    gd_tensor behind = gd_cast(gd_less_equal(logits, own), type);
    gd_tensor ahead = gd_sum(gd_shift(gd_neg(behind), 1.0), (gd_reduce_opts){.axes = GD_AXES(-1)});
    gd_tensor right = gd_less(ahead, gd_scalar_like(logits, (double)k));
    return gd_mean(gd_cast(right, type), (gd_reduce_opts){0});
}

gd_tensor gd_mean_squared_error(gd_tensor prediction, gd_tensor target)
{
    return gd_squared_error(prediction, target);
}

gd_tensor gd_mean_absolute_error(gd_tensor prediction, gd_tensor target)
{
    return gd_absolute_error(prediction, target);
}
