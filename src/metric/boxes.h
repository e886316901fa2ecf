// What metrics of found boxes share: all boxes of all pictures, which are judged together at the end.
#ifndef GD_METRIC_BOXES_H
#define GD_METRIC_BOXES_H

#include "box/map.h"
#include "metric/metric.h"

typedef struct gd__box_tally {
    gd__box_map map;
    int64_t pictures; // so far; those of weight 0 are left out
    gd__true_boxes truth;
    gd__found_boxes found;
    struct gd__box_judged *judged; // the figures found last, since several metrics ask for them
} gd__box_tally;

size_t gd__box_tally_size(const gd_metric_opts *opts);
gd_status gd__box_tally_begin(const gd_metric_opts *opts, void *state);
gd_status gd__box_tally_add(void *state, const gd_scored *scored);
gd_status gd__box_tally_merge(void *state, const void *other);
void gd__box_tally_free(void *state);
// The same figures, which are found once however many metrics ask for them.
gd_status gd__box_tally_end(const gd__box_tally *tally, gd__coco_figures *figures);
// `curve` as gd__coco_evaluate wants it, or NULL.
gd_status gd__box_tally_figures(const gd__box_tally *tally, gd__coco_figures *figures, double *curve);

#endif
