// Of many boxes around one thing, which stand for it.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "box/box.h"

typedef struct ranked {
    double score;
    int64_t index;
} ranked;

static int by_falling_score(const void *one, const void *other)
{
    const ranked *a = one, *b = other;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static bool meet(const gd__boxes *boxes, int64_t a, int64_t b)
{
    return boxes->class == NULL || boxes->class[a] == boxes->class[b];
}

// All boxes with their scores, to be released with gd__free; NULL when memory is short.
static ranked *list(const gd__boxes *boxes)
{
    ranked *all = gd__alloc_zeroed((size_t)boxes->count, sizeof *all);
    for (int64_t i = 0; all != NULL && i < boxes->count; i++)
        all[i] = (ranked){boxes->score[i], i};
    return all;
}

gd_status gd__box_suppress(const gd__boxes *boxes, double threshold, int64_t *kept, int64_t *kept_count)
{
    ranked *order = list(boxes);
    *kept_count = 0;
    if (order == NULL)
        return gd__fail_memory("boxes");
    qsort(order, (size_t)boxes->count, sizeof *order, by_falling_score);
    for (int64_t i = 0; i < boxes->count; i++) {
        const int64_t one = order[i].index;
        bool alone = true;
        for (int64_t k = 0; k < *kept_count && alone; k++)
            alone = !meet(boxes, one, kept[k]) || gd__box_iou(boxes->box[one], boxes->box[kept[k]]) <= threshold;
        if (alone)
            kept[(*kept_count)++] = one;
    }
    gd__free(order);
    return GD_OK;
}

static double kept_share(gd__softening softening, double width, double iou)
{
    if (softening == GD__SOFT_GAUSSIAN)
        return exp(-iou * iou / width);
    return iou > width ? 1 - iou : 1;
}

gd_status gd__box_soften(const gd__boxes *boxes, gd__softening softening, double width, int64_t *order,
                         double *rescored)
{
    ranked *left = list(boxes);
    if (left == NULL)
        return gd__fail_memory("boxes");
    for (int64_t i = 0; i < boxes->count; i++) {
        int64_t best = i;
        for (int64_t k = i + 1; k < boxes->count; k++)
            if (by_falling_score(&left[k], &left[best]) < 0)
                best = k;
        const ranked chosen = left[best];
        left[best] = left[i];
        order[i] = chosen.index;
        rescored[i] = chosen.score;
        for (int64_t k = i + 1; k < boxes->count; k++)
            if (meet(boxes, chosen.index, left[k].index))
                left[k].score *=
                    kept_share(softening, width, gd__box_iou(boxes->box[chosen.index], boxes->box[left[k].index]));
    }
    gd__free(left);
    return GD_OK;
}
