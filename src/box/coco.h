// How good found boxes are, by the rules of COCO.
#ifndef GD_BOX_COCO_H
#define GD_BOX_COCO_H

#include "box/box.h"

typedef struct gd__true_box {
    int64_t picture, class; // classes count from 0
    gd__box box;
    double area; // of what is in the box, by which it is small, medium or large
    bool crowd;  // many at once: found boxes in it count neither for nor against
} gd__true_box;

typedef struct gd__found_box {
    int64_t picture, class;
    gd__box box;
    double score; // no NaN
} gd__found_box;

typedef struct gd__box_evaluation {
    int64_t classes;
    int64_t true_count, found_count;
    const gd__true_box *truth;
    const gd__found_box *found;
} gd__box_evaluation;

enum { GD__COCO_SIZES = 4, GD__COCO_LIMITS = 3, GD__COCO_RECALLS = 101 };

// NaN where no class has a true box of that size. Precision is averaged over 101 recalls, over IoU from .5 to .95 by
// .05, and over classes, with at most 100 boxes a picture and class.
typedef struct gd__coco_figures {
    double precision[GD__COCO_SIZES];  // of all sizes; small, below 32²; medium, to 96²; large
    double precision_50, precision_75; // at IoU .5 and .75
    double recall[GD__COCO_LIMITS];    // with at most 1, 10 and 100 boxes a picture and class
    double recall_of_size[GD__COCO_SIZES];
} gd__coco_figures;

// Equal to pycocotools. `curve` is NULL or gets (classes, 101): each class's precision at IoU .5 by recall 0, .01 … 1,
// NaN for a class without true boxes; its mean is the class's average precision.
gd_status gd__coco_evaluate(const gd__box_evaluation *evaluation, gd__coco_figures *figures, double *curve);

#endif
