#include "nn/box_pairs.h"

// Twice the distance of the centres along one axis.
static gd_tensor apart(const gd__box_pairs *pairs, int low)
{
    return gd_sub(gd_add(pairs->output[low], pairs->output[low + 2]),
                  gd_add(pairs->target[low], pairs->target[low + 2]));
}

gd_tensor gd__box_distance_loss(const gd__box_pairs *pairs)
{
    const gd_tensor diagonal = gd_add(gd_square(pairs->width), gd_square(pairs->height));
    const gd_tensor distance = gd_add(gd_square(apart(pairs, 0)), gd_square(apart(pairs, 1)));
    const gd_tensor far = gd_div(gd_scale(distance, 0.25), gd_shift(diagonal, GD__BOX_EPSILON));
    return gd_shift(gd_sub(far, pairs->iou), 1);
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    gd__box_pairs pairs;
    if (!gd__box_pair(call, &pairs))
        return GD_NO_TENSOR;
    return gd__box_losses(gd__box_distance_loss(&pairs));
}

const gd_loss_kind gd__loss_distance_iou = {
    .record = {.name = "distance_iou",
               .doc =
                   "1 - IoU + d² / c² of boxes (left, top, right, bottom), d the distance of their centres and c the "
                   "diagonal of the box around both",
               .aliases = "diou",
               .source = "Zheng, Wang, Liu, Li, Ye, Ren 2020, Distance-IoU loss"},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
};
