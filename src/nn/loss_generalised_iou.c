#include "nn/box_pairs.h"

gd_tensor gd__box_generalised_loss(const gd__box_pairs *pairs)
{
    const gd_tensor hull = gd_mul(pairs->width, pairs->height);
    const gd_tensor empty = gd_div(gd_sub(hull, pairs->joined), gd_shift(hull, GD__BOX_EPSILON));
    return gd_shift(gd_sub(empty, pairs->iou), 1);
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    gd__box_pairs pairs;
    if (!gd__box_pair(call, &pairs))
        return GD_NO_TENSOR;
    return gd__box_losses(gd__box_generalised_loss(&pairs));
}

const gd_loss_kind gd__loss_generalised_iou = {
    .record = {.name = "generalised_iou",
               .doc = "1 - IoU + (H - U) / H of boxes (left, top, right, bottom), U the area of their union and H that "
                      "of the box around both",
               .aliases = "giou generalized_iou",
               .source =
                   "Rezatofighi, Tsoi, Gwak, Sadeghian, Reid, Savarese 2019, Generalized intersection over union"},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
};
