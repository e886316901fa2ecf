#include "box/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

// ---- Targets: elliptic bells around the middle of each box, and its distances where they are high (Liu, Zheng, Xu,
// Yang, Liu, Cai 2019, "Training-time-friendly network for real-time object detection")

typedef struct lesson {
    gd__box_map map;
    gd__map_opts opts;
    const gd__true_box **order; // of the boxes, the largest first, so that smaller ones lie over them
    double *share;              // (count): the sum of the bell over the cells that are the box's own
    int32_t *owner;             // (rows, columns): whose distances stand in a cell; -1: nobody's
    float *target;
} lesson;

static int by_falling_area(const void *one, const void *other)
{
    const gd__true_box *a = *(const gd__true_box *const *)one, *b = *(const gd__true_box *const *)other;
    const double x = gd__box_area(a->box), y = gd__box_area(b->box);
    return x != y ? (x > y ? -1 : 1) : (a > b) - (a < b);
}

static int64_t cell_of(double place, int64_t cells)
{
    const double cell = floor(place);
    return cell < 0 ? 0 : cell > (double)(cells - 1) ? cells - 1 : (int64_t)cell;
}

// Cells along one axis, from the middle of a box to where it is taught last.
static int64_t reach_of(double length, double spread)
{
    return (int64_t)floor(length / 2 * spread);
}

static double bell(int64_t distance, int64_t reach)
{
    const double deviation = (double)(2 * reach + 1) / 6;
    return exp(-(double)(distance * distance) / (2 * deviation * deviation));
}

static void teach_cell(const lesson *l, int32_t number, int64_t row, int64_t column, double height)
{
    const gd__true_box *box = l->order[number];
    const int64_t plane = l->map.rows * l->map.columns, at = row * l->map.columns + column;
    float *heat = l->target + box->class * plane + at, *edge = l->target + l->map.classes * plane + at;
    const double x = (double)column + 0.5, y = (double)row + 0.5;
    const double distance[] = {x - box->box.left, y - box->box.top, box->box.right - x, box->box.bottom - y};
    if (height > (double)*heat)
        *heat = (float)height;
    for (int k = 0; k < GD__MAP_EDGES; k++)
        edge[k * plane] = (float)distance[k];
    edge[GD__MAP_EDGES * plane] = (float)height; // made a share afterwards
    l->owner[at] = number;
}

static void teach_box(const lesson *l, int32_t number)
{
    const gd__box box = l->order[number]->box;
    const int64_t row = cell_of((box.top + box.bottom) / 2, l->map.rows);
    const int64_t column = cell_of((box.left + box.right) / 2, l->map.columns);
    const int64_t up = reach_of(box.bottom - box.top, l->opts.spread);
    const int64_t across = reach_of(box.right - box.left, l->opts.spread);
    for (int64_t y = row < up ? 0 : row - up; y <= row + up && y < l->map.rows; y++)
        for (int64_t x = column < across ? 0 : column - across; x <= column + across && x < l->map.columns; x++)
            teach_cell(l, number, y, x, bell(y - row, up) * bell(x - column, across));
}

// Within a crowd nothing is wrong: just below 1 a cell counts neither as the middle of an object nor against it.
static void spare_crowd(const lesson *l, const gd__true_box *crowd)
{
    const float almost = 0x1.fffffep-1f;
    float *heat = l->target + crowd->class * l->map.rows * l->map.columns;
    for (int64_t y = 0; y < l->map.rows; y++)
        for (int64_t x = 0; x < l->map.columns; x++)
            if ((double)x + 1 > crowd->box.left && (double)x < crowd->box.right && (double)y + 1 > crowd->box.top &&
                (double)y < crowd->box.bottom && heat[y * l->map.columns + x] < almost)
                heat[y * l->map.columns + x] = almost;
}

// The weights of the cells of a box sum to 1.
static void share_weights(const lesson *l)
{
    const int64_t plane = l->map.rows * l->map.columns;
    float *weight = l->target + (l->map.classes + GD__MAP_EDGES) * plane;
    for (int64_t i = 0; i < plane; i++)
        if (l->owner[i] >= 0)
            l->share[l->owner[i]] += (double)weight[i];
    for (int64_t i = 0; i < plane; i++)
        if (l->owner[i] >= 0)
            weight[i] = (float)((double)weight[i] / l->share[l->owner[i]]);
}

static void write_list(int64_t count, const gd__true_box *box, float *list)
{
    list[0] = (float)count;
    for (int64_t i = 0; i < count; i++) {
        const gd__box b = box[i].box;
        const double number[GD__MAP_TRUE_NUMBERS] = {(double)(box[i].crowd ? -1 - box[i].class : box[i].class), b.left,
                                                     b.top, b.right, b.bottom};
        for (int k = 0; k < GD__MAP_TRUE_NUMBERS; k++)
            list[1 + i * GD__MAP_TRUE_NUMBERS + k] = (float)number[k];
    }
}

static gd_status teach(lesson *l, int64_t count, const gd__true_box *box)
{
    const int64_t plane = l->map.rows * l->map.columns;
    int64_t taught = 0;
    l->order = gd__alloc_zeroed((size_t)count + 1, sizeof *l->order);
    l->share = gd__alloc_zeroed((size_t)count + 1, sizeof *l->share);
    l->owner = gd__alloc((size_t)plane * sizeof *l->owner);
    if (l->order == NULL || l->share == NULL || l->owner == NULL)
        return gd__fail_memory("a map of boxes");
    for (int64_t i = 0; i < plane; i++)
        l->owner[i] = -1;
    for (int64_t i = 0; i < count; i++)
        if (!box[i].crowd && box[i].box.right - box[i].box.left >= l->opts.least &&
            box[i].box.bottom - box[i].box.top >= l->opts.least)
            l->order[taught++] = &box[i];
    qsort(l->order, (size_t)taught, sizeof *l->order, by_falling_area);
    for (int64_t i = 0; i < taught; i++)
        teach_box(l, (int32_t)i);
    for (int64_t i = 0; i < count; i++)
        if (box[i].crowd)
            spare_crowd(l, &box[i]);
    share_weights(l);
    return GD_OK;
}

gd_status gd__map_teach(gd__box_map map, gd__map_opts opts, int64_t count, const gd__true_box *box, float *target)
{
    const int64_t plane = map.rows * map.columns;
    if (count > gd__map_room(map))
        return gd__fail(GD_ERROR_UNSUPPORTED, "%lld boxes in a picture; a map of %lld x %lld has room for %lld",
                        (long long)count, (long long)map.rows, (long long)map.columns, (long long)gd__map_room(map));
    memset(target, 0, (size_t)gd__map_target_width(map) * sizeof *target);
    lesson l = {.map = map, .opts = opts, .target = target};
    const gd_status status = teach(&l, count, box);
    gd__free(l.order);
    gd__free(l.share);
    gd__free(l.owner);
    if (status == GD_OK)
        write_list(count, box, target + (map.classes + GD__MAP_BESIDE - 1) * plane);
    return status;
}

gd_status gd__map_truth(gd__box_map map, const double *target, int64_t picture, gd__true_boxes *boxes)
{
    const double *list = target + (map.classes + GD__MAP_BESIDE - 1) * map.rows * map.columns;
    if (!(list[0] >= 0 && list[0] <= (double)gd__map_room(map)) || list[0] != floor(list[0]))
        return gd__fail(GD_ERROR_FORMAT, "picture %lld has a list of %g true boxes, expected 0 to %lld",
                        (long long)picture, list[0], (long long)gd__map_room(map));
    const int64_t count = (int64_t)list[0];
    for (int64_t i = 0; i < count; i++) {
        const double *number = list + 1 + i * GD__MAP_TRUE_NUMBERS;
        const bool crowd = number[0] < 0;
        const double class = crowd ? -1 - number[0] : number[0];
        if (!(class >= 0 && class < (double)map.classes) || class != floor(class))
            return gd__fail(GD_ERROR_FORMAT, "picture %lld has a box of class %g, expected 0 to %lld",
                            (long long)picture, class, (long long)map.classes - 1);
        if (!gd__grow_long((void **)&boxes->box, &boxes->capacity, boxes->count, sizeof *boxes->box))
            return gd__fail_memory("true boxes");
        const gd__box box = {number[1], number[2], number[3], number[4]};
        boxes->box[boxes->count++] = (gd__true_box){
            .picture = picture, .class = (int64_t) class, .box = box, .area = gd__box_area(box), .crowd = crowd};
    }
    return GD_OK;
}

// ---- Answers

// No neighbour is surer; of equal ones the first counts.
static bool is_peak(gd__box_map map, const double *plane, int64_t row, int64_t column)
{
    const double own = plane[row * map.columns + column];
    for (int64_t y = row - 1; y <= row + 1; y++)
        for (int64_t x = column - 1; x <= column + 1; x++) {
            if (y < 0 || x < 0 || y >= map.rows || x >= map.columns || (y == row && x == column))
                continue;
            const double other = plane[y * map.columns + x];
            const bool before = y < row || (y == row && x < column);
            if (other > own || (before && other == own))
                return false;
        }
    return true;
}

static double within(double place, int64_t length)
{
    return fmin(fmax(place, 0), (double)length);
}

static gd_status add_peak(gd__box_map map, const double *answer, int64_t class, int64_t cell, int64_t picture,
                          gd__found_boxes *boxes)
{
    const int64_t plane = map.rows * map.columns;
    const double *edge = answer + map.classes * plane + cell;
    const double x = (double)(cell % map.columns) + 0.5, y = (double)(cell / map.columns) + 0.5;
    const gd__box box = {within(x - edge[0], map.columns), within(y - edge[plane], map.rows),
                         within(x + edge[2 * plane], map.columns), within(y + edge[3 * plane], map.rows)};
    if (!(gd__box_area(box) > 0))
        return GD_OK;
    if (!gd__grow_long((void **)&boxes->box, &boxes->capacity, boxes->count, sizeof *boxes->box))
        return gd__fail_memory("found boxes");
    boxes->box[boxes->count++] =
        (gd__found_box){.picture = picture, .class = class, .box = box, .score = answer[class * plane + cell]};
    return GD_OK;
}

static gd_status add_peaks(gd__box_map map, const double *answer, int64_t picture, gd__found_boxes *boxes)
{
    const int64_t plane = map.rows * map.columns;
    gd_status status = GD_OK;
    for (int64_t c = 0; c < map.classes; c++)
        for (int64_t i = 0; i < plane && status == GD_OK; i++)
            if (answer[c * plane + i] >= GD__MAP_LEAST_SCORE &&
                is_peak(map, answer + c * plane, i / map.columns, i % map.columns))
                status = add_peak(map, answer, c, i, picture, boxes);
    return status;
}

// Of the boxes from `first` on those stay that are no other's double, the surest first.
static gd_status suppress(int64_t first, gd__found_boxes *boxes)
{
    const int64_t count = boxes->count - first;
    if (count == 0)
        return GD_OK;
    gd__found_box *found = gd__copy_block(boxes->box + first, (size_t)count * sizeof *found);
    gd__box *box = gd__alloc((size_t)count * sizeof *box);
    double *score = gd__alloc((size_t)count * sizeof *score);
    int64_t *class = gd__alloc((size_t)count * sizeof *class), *kept = gd__alloc((size_t)count * sizeof *kept);
    const bool room = found != NULL && box != NULL && score != NULL && class != NULL && kept != NULL;
    gd_status status = room ? GD_OK : gd__fail_memory("found boxes");
    for (int64_t i = 0; i < count && room; i++) {
        box[i] = found[i].box;
        score[i] = found[i].score;
        class[i] = found[i].class;
    }
    int64_t left = 0;
    const gd__boxes all = {.count = count, .box = box, .score = score, .class = class};
    if (room)
        status = gd__box_suppress(&all, GD__MAP_OVERLAP, kept, &left);
    boxes->count = first;
    for (int64_t i = 0; i < left && i < GD__MAP_MOST_FOUND; i++)
        boxes->box[boxes->count++] = found[kept[i]];
    gd__free(found);
    gd__free(box);
    gd__free(score);
    gd__free(class);
    gd__free(kept);
    return status;
}

gd_status gd__map_find(gd__box_map map, const double *answer, int64_t picture, gd__found_boxes *boxes)
{
    const int64_t first = boxes->count;
    const gd_status status = add_peaks(map, answer, picture, boxes);
    return status == GD_OK ? suppress(first, boxes) : status;
}
