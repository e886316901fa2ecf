#include "metric/boxes.h"

static gd_status end(const void *state, double *value)
{
    gd__coco_figures figures;
    const gd_status status = gd__box_tally_end(state, &figures);
    if (status == GD_OK)
        *value = figures.precision[0];
    return status;
}

const gd_metric_kind gd__metric_mean_average_precision = {
    .name = "mean_average_precision",
    .alias = "map",
    .doc = "average precision of found boxes, the mean over classes and over what counts as found: an IoU of .50, .55 "
           "… .95 with a true box",
    .formula = "mean over IoU, classes and recalls 0, .01 … 1 of the largest precision at that recall or a higher one",
    .source = "COCO (Lin and others 2014), equal to pycocotools",
    .note = "Not defined where no picture has a true box. A picture of weight 0 is left out, all others count alike.",
    .higher_is_better = true,
    .is_share = true,
    .tasks = GD__FOR_BOXES,
    .size = gd__box_tally_size,
    .begin = gd__box_tally_begin,
    .add = gd__box_tally_add,
    .merge = gd__box_tally_merge,
    .end = end,
    .free = gd__box_tally_free,
};
