#include "box/box.h"

#include <math.h>

static double span(double low, double high)
{
    return high > low ? high - low : 0;
}

double gd__box_area(gd__box box)
{
    return span(box.left, box.right) * span(box.top, box.bottom);
}

double gd__box_intersection(gd__box a, gd__box b)
{
    return span(fmax(a.left, b.left), fmin(a.right, b.right)) * span(fmax(a.top, b.top), fmin(a.bottom, b.bottom));
}

static double joined_area(gd__box a, gd__box b)
{
    return gd__box_area(a) + gd__box_area(b) - gd__box_intersection(a, b);
}

double gd__box_iou(gd__box a, gd__box b)
{
    const double joined = joined_area(a, b);
    return joined > 0 ? gd__box_intersection(a, b) / joined : 0;
}

static gd__box enclosing(gd__box a, gd__box b)
{
    return (gd__box){fmin(a.left, b.left), fmin(a.top, b.top), fmax(a.right, b.right), fmax(a.bottom, b.bottom)};
}

double gd__box_generalised_iou(gd__box a, gd__box b)
{
    const double hull = gd__box_area(enclosing(a, b));
    return gd__box_iou(a, b) - (hull > 0 ? (hull - joined_area(a, b)) / hull : 0);
}

double gd__box_distance_iou(gd__box a, gd__box b)
{
    const gd__box hull = enclosing(a, b);
    const double width = hull.right - hull.left, height = hull.bottom - hull.top;
    const double diagonal = width * width + height * height;
    const double dx = (a.left + a.right - b.left - b.right) / 2, dy = (a.top + a.bottom - b.top - b.bottom) / 2;
    return gd__box_iou(a, b) - (diagonal > 0 ? (dx * dx + dy * dy) / diagonal : 0);
}

double gd__box_complete_iou(gd__box a, gd__box b)
{
    const double pi = 3.14159265358979323846;
    const double turn = atan2(a.right - a.left, a.bottom - a.top) - atan2(b.right - b.left, b.bottom - b.top);
    const double unlike = 4 / (pi * pi) * turn * turn, rest = 1 - gd__box_iou(a, b) + unlike;
    return gd__box_distance_iou(a, b) - (rest > 0 ? unlike * unlike / rest : 0);
}
