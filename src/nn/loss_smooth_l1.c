#include "nn/loss.h"

// Huber's loss with delta = beta, divided by beta.
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    const gd_huber_opts huber = {.delta = ((const gd_smooth_l1_opts *)call->options)->beta};
    gd_loss_call inner = *call;
    inner.options = &huber;
    return gd_scale(gd__loss_huber.write(&inner, weight), 1 / huber.delta);
}

static const gd_option options[] = {
    GD__LOSS_POSITIVE(gd_smooth_l1_opts, beta, "1", "where the square ends and the line begins"), GD__LOSS_END};

const gd_loss_kind gd__loss_smooth_l1 = {
    .record = {.name = "smooth_l1",
               .doc = "d² / (2 beta) up to beta, then d - beta / 2, d = |prediction - target|",
               .options = options,
               .short_option = "beta",
               .source = "Girshick 2015, Fast R-CNN",
               .options_size = sizeof(gd_smooth_l1_opts)},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
};
