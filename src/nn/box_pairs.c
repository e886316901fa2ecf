#include "nn/box_pairs.h"

enum { LEFT, TOP, RIGHT, BOTTOM };

static gd_tensor area(const gd_tensor box[4])
{
    return gd_mul(gd_sub(box[RIGHT], box[LEFT]), gd_sub(box[BOTTOM], box[TOP]));
}

bool gd__box_pair(const gd_loss_call *call, gd__box_pairs *pairs)
{
    gd_tensor target = call->target;
    const char *name = call->kind->record.name;
    if (!gd__target_align(name, call->output, &target))
        return false;
    if (gd_tensor_rank(target) < 2 || gd_tensor_dim(target, -1) != 4) {
        gd_graph_fail(target.graph, GD_ERROR_SHAPE,
                      "%s: the last dimension of the prediction is no box, expected the 4 numbers left, top, right, "
                      "bottom",
                      name);
        return false;
    }
    static const int64_t sizes[4] = {1, 1, 1, 1};
    gd_split(call->output, -1, 4, sizes, pairs->output);
    gd_split(target, -1, 4, sizes, pairs->target);
    gd__box_pair_fill(pairs);
    return true;
}

void gd__box_pair_fill(gd__box_pairs *pairs)
{
    const gd_tensor *a = pairs->output, *b = pairs->target;
    const gd_tensor across = gd_relu(gd_sub(gd_minimum(a[RIGHT], b[RIGHT]), gd_maximum(a[LEFT], b[LEFT])));
    const gd_tensor down = gd_relu(gd_sub(gd_minimum(a[BOTTOM], b[BOTTOM]), gd_maximum(a[TOP], b[TOP])));
    const gd_tensor both = gd_mul(across, down);
    pairs->joined = gd_sub(gd_add(area(a), area(b)), both);
    pairs->iou = gd_div(both, gd_shift(pairs->joined, GD__BOX_EPSILON));
    pairs->width = gd_sub(gd_maximum(a[RIGHT], b[RIGHT]), gd_minimum(a[LEFT], b[LEFT]));
    pairs->height = gd_sub(gd_maximum(a[BOTTOM], b[BOTTOM]), gd_minimum(a[TOP], b[TOP]));
}

gd_tensor gd__box_losses(gd_tensor loss)
{
    return gd_squeeze(loss, -1);
}
