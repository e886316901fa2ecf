// Boxes in pictures: what they share, and which of many stand for the same thing.
#ifndef GD_BOX_BOX_H
#define GD_BOX_BOX_H

#include <gradus/base.h>

// From the upper left corner to the lower right one, y downwards. Without an area where right <= left or bottom <= top.
typedef struct gd__box {
    double left, top, right, bottom;
} gd__box;

double gd__box_area(gd__box box);                  // never below 0
double gd__box_intersection(gd__box a, gd__box b); // the area that both cover
double gd__box_iou(gd__box a, gd__box b);          // intersection over union; 0 where the union has no area
// Generalised IoU (Rezatofighi et al. 2019): IoU less the share of the enclosing box that neither covers, -1 to 1.
double gd__box_generalised_iou(gd__box a, gd__box b);
// Distance IoU (Zheng et al. 2020): IoU less the squared distance of the centres over that of the enclosing box's
// corners.
double gd__box_distance_iou(gd__box a, gd__box b);
// Complete IoU (the same paper): distance IoU less a term for unlike ratios of width to height.
double gd__box_complete_iou(gd__box a, gd__box b);

// Boxes that were found. Among equal scores the first comes first.
typedef struct gd__boxes {
    int64_t count;
    const gd__box *box;
    const double *score;  // no NaN
    const int64_t *class; // boxes of different classes do not meet; NULL: all are of one
} gd__boxes;

// Greedy non-maximum suppression: by falling score, a box is kept unless its IoU with one that is kept lies above
// `threshold`. `kept` has room for as many as there are boxes; *kept_count of it are filled, in the order of choice.
gd_status gd__box_suppress(const gd__boxes *boxes, double threshold, int64_t *kept, int64_t *kept_count);

// How soft suppression lowers a score by the IoU u with a chosen box (Bodla et al. 2017).
typedef enum gd__softening {
    GD__SOFT_LINEAR,   // times 1 - u where u is above the width
    GD__SOFT_GAUSSIAN, // times exp(-u² / width)
} gd__softening;

// Soft non-maximum suppression: none is dropped. Order of choice and the scores at that moment, as many as there are
// boxes.
gd_status gd__box_soften(const gd__boxes *boxes, gd__softening softening, double width, int64_t *order,
                         double *rescored);

#endif
