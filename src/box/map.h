// Boxes as maps, which networks read and write: what a detector is taught, and what it answers.
//
// A map lies over the picture, with a cell for so many pixels each way, and measures boxes in cells. Of K classes
//     answer (K + 4, rows, columns)   for each class, how sure it is that the middle of such an object lies in the
//                                     cell; and how far the object's left, top, right and bottom edge are from the
//                                     middle of the cell
//     target (K + 6, rows, columns)   for each class 1 in the cell with an object's middle, falling off around it; the
//                                     distances of the edges; how much these count; and a list of the true boxes,
//                                     which is no map: their number, then 5 numbers for each
// The list is what answers are judged by, since two objects may share a cell, of which the maps show one.
#ifndef GD_BOX_MAP_H
#define GD_BOX_MAP_H

#include "box/coco.h"

enum { GD__MAP_EDGES = 4, GD__MAP_BESIDE = 6, GD__MAP_TRUE_NUMBERS = 5 };

typedef struct gd__box_map {
    int64_t classes, rows, columns;
} gd__box_map;

// Numbers of an answer and of a target.
static inline int64_t gd__map_answer_width(gd__box_map map)
{
    return (map.classes + GD__MAP_EDGES) * map.rows * map.columns;
}
static inline int64_t gd__map_target_width(gd__box_map map)
{
    return (map.classes + GD__MAP_BESIDE) * map.rows * map.columns;
}
// True boxes that the list has room for.
static inline int64_t gd__map_room(gd__box_map map)
{
    return (map.rows * map.columns - 1) / GD__MAP_TRUE_NUMBERS;
}

// ---- Targets

typedef struct gd__map_opts {
    double spread; // what part of a box, around its middle, is taught
    double least;  // boxes that are less wide or high, in cells, are not taught
} gd__map_opts;
// Fills a target with boxes, in cells; `picture` and `area` of them play no part. A crowd is neither taught nor taught
// against. GD_ERROR_UNSUPPORTED: there is no room for so many.
gd_status gd__map_teach(gd__box_map map, gd__map_opts opts, int64_t count, const gd__true_box *box, float *target);

// A list of boxes that grows. Starts as {0}.
typedef struct gd__true_boxes {
    int64_t count, capacity;
    gd__true_box *box; // gd__free
} gd__true_boxes;
typedef struct gd__found_boxes {
    int64_t count, capacity;
    gd__found_box *box; // gd__free
} gd__found_boxes;

// Adds the true boxes of a target, as boxes of this picture. GD_ERROR_FORMAT: its list is none.
gd_status gd__map_truth(gd__box_map map, const double *target, int64_t picture, gd__true_boxes *boxes);

// ---- Answers

enum { GD__MAP_MOST_FOUND = 100 };
#define GD__MAP_LEAST_SCORE 0.01
#define GD__MAP_OVERLAP 0.55
// Adds what an answer finds in a picture, by falling score: where a class is surer than in the 8 cells around it, and
// at least by GD__MAP_LEAST_SCORE; without those that overlap a surer one of their class by more than GD__MAP_OVERLAP
// (IoU), and at most GD__MAP_MOST_FOUND. In cells, cut at the picture's edges.
gd_status gd__map_find(gd__box_map map, const double *answer, int64_t picture, gd__found_boxes *boxes);

#endif
