// Pairs of boxes as graph, for the losses of boxes.
#ifndef GD_NN_BOX_PAIRS_H
#define GD_NN_BOX_PAIRS_H

#include "nn/loss.h"

// Boxes (…, 4), each left, top, right, bottom. A divisor gets 1e-7, as in torchvision.
typedef struct gd__box_pairs {
    gd_tensor output[4], target[4]; // (…, 1)
    gd_tensor joined, iou;          // area of the union, and the share of it that both cover
    gd_tensor width, height;        // of the box around both
} gd__box_pairs;
#define GD__BOX_EPSILON 1e-7

// Of boxes whose `output` and `target` are filled in.
void gd__box_pair_fill(gd__box_pairs *pairs);
// False where output and target are no boxes; the error is noted.
bool gd__box_pair(const gd_loss_call *call, gd__box_pairs *pairs);
// The losses of pairs, 1 - IoU and more.
gd_tensor gd__box_generalised_loss(const gd__box_pairs *pairs);
gd_tensor gd__box_distance_loss(const gd__box_pairs *pairs);
// Drops the last axis, of size 1: a loss for each box.
gd_tensor gd__box_losses(gd_tensor loss);

#endif
