#include "nn/loss.h"

// p = sigmoid(output) and t are taken as sets, whose sizes are sums over all that a sample has.
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_dice_opts *opts = call->options;
    gd_tensor t = call->target;
    if (!gd__target_align(call->kind->record.name, call->output, &t))
        return GD_NO_TENSOR;
    if (gd_tensor_rank(t) < 1)
        return gd_graph_fail(t.graph, GD_ERROR_SHAPE, "dice: the prediction is a single number, expected (N, …)");
    gd_tensor p = gd_sigmoid(call->output);
    gd_reduce_opts over = {0}; // everything
    for (int axis = 1; axis < gd_tensor_rank(t) && !opts->batch; axis++)
        over.axes.axis[over.axes.count++] = axis;
    const bool single = gd_tensor_rank(t) == 1 && !opts->batch;
    gd_tensor both = gd_mul(p, t), sizes = opts->squared ? gd_add(gd_square(p), gd_square(t)) : gd_add(p, t);
    if (!single) { // else there is nothing to sum over
        both = gd_sum(both, over);
        sizes = gd_sum(sizes, over);
    }
    const gd_tensor overlap = gd_div(gd_shift(gd_scale(both, 2), opts->smooth), gd_shift(sizes, opts->smooth));
    return gd_shift(gd_neg(overlap), 1);
}

static const gd_option options[] = {
    GD__LOSS_POSITIVE(gd_dice_opts, smooth, "1",
                      "added to both sides of the fraction, so that two empty sets are alike"),
    GD__LOSS_FLAG(gd_dice_opts, squared, "false", "the sizes are sum p² and sum t²"),
    GD__LOSS_FLAG(gd_dice_opts, batch, "false", "one sum over the whole batch, not one a sample"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_dice = {
    .record = {.name = "dice",
               .doc =
                   "1 - (2 sum(p t) + smooth) / (sum p + sum t + smooth) over all places of a sample, p = sigmoid of "
                   "the logits: yes or no for each, where few are yes",
               .options = options,
               .short_option = "smooth",
               .source = "Milletari, Navab, Ahmadi 2016, V-Net: fully convolutional neural networks for volumetric "
                         "medical image segmentation",
               .options_size = sizeof(gd_dice_opts)},
    .task = &gd_task_binary,
    .link = &gd_link_sigmoid,
    .write = write,
};
