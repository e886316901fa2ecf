#include "metric/boxes.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct gd__box_judged {
    int64_t pictures; // so many there were; -1: nothing was judged yet
    gd__coco_figures figures;
} gd__box_judged;

size_t gd__box_tally_size(const gd_metric_opts *opts)
{
    (void)opts;
    return sizeof(gd__box_tally);
}

gd_status gd__box_tally_begin(const gd_metric_opts *opts, void *state)
{
    gd__box_tally *tally = state;
    tally->map = (gd__box_map){gd__box_classes(opts), opts->rows, opts->columns};
    tally->judged = gd__copy_block(&(gd__box_judged){.pictures = -1}, sizeof *tally->judged);
    return tally->judged != NULL ? GD_OK : gd__fail_memory("a metric of boxes");
}

gd_status gd__box_tally_add(void *state, const gd_scored *scored)
{
    gd__box_tally *tally = state;
    gd_status status = GD_OK;
    for (int64_t i = 0; i < scored->count && status == GD_OK; i++) {
        if (gd__weight_of(scored, i) == 0)
            continue;
        const double *target = scored->target + i * gd__map_target_width(tally->map);
        const double *answer = scored->prediction + i * gd__map_answer_width(tally->map);
        status = gd__map_truth(tally->map, target, tally->pictures, &tally->truth);
        if (status == GD_OK)
            status = gd__map_find(tally->map, answer, tally->pictures, &tally->found);
        tally->pictures++;
    }
    return status;
}

// Appends a list of boxes, which may be the list itself; false when memory is short.
static bool append(void **list, int64_t *count, int64_t *capacity, const void *more, int64_t more_count, size_t size)
{
    const bool itself = more == *list;
    if (more_count == 0)
        return true;
    void *larger = gd__realloc(*list, (size_t)(*count + more_count), size);
    if (larger == NULL)
        return false;
    memcpy((char *)larger + (size_t)*count * size, itself ? larger : more, (size_t)more_count * size);
    *list = larger;
    *capacity = *count += more_count;
    return true;
}

gd_status gd__box_tally_merge(void *state, const void *other)
{
    gd__box_tally *to = state;
    const gd__box_tally *from = other;
    const int64_t truths = to->truth.count, founds = to->found.count;
    if (!append((void **)&to->truth.box, &to->truth.count, &to->truth.capacity, from->truth.box, from->truth.count,
                sizeof *to->truth.box) ||
        !append((void **)&to->found.box, &to->found.count, &to->found.capacity, from->found.box, from->found.count,
                sizeof *to->found.box)) {
        to->truth.count = truths;
        return gd__fail_memory("the boxes of all pictures");
    }
    for (int64_t i = truths; i < to->truth.count; i++)
        to->truth.box[i].picture += to->pictures;
    for (int64_t i = founds; i < to->found.count; i++)
        to->found.box[i].picture += to->pictures;
    to->pictures += from->pictures;
    return GD_OK;
}

void gd__box_tally_free(void *state)
{
    gd__box_tally *tally = state;
    gd__free(tally->truth.box);
    gd__free(tally->found.box);
    gd__free(tally->judged);
}

gd_status gd__box_tally_end(const gd__box_tally *tally, gd__coco_figures *figures)
{
    gd__box_judged *judged = tally->judged;
    if (judged->pictures != tally->pictures) {
        judged->pictures = -1;
        const gd_status status = gd__box_tally_figures(tally, &judged->figures, NULL);
        if (status != GD_OK)
            return status;
        judged->pictures = tally->pictures;
    }
    *figures = judged->figures;
    return GD_OK;
}

gd_status gd__box_tally_figures(const gd__box_tally *tally, gd__coco_figures *figures, double *curve)
{
    const gd__box_evaluation evaluation = {.classes = tally->map.classes,
                                           .true_count = tally->truth.count,
                                           .found_count = tally->found.count,
                                           .truth = tally->truth.box,
                                           .found = tally->found.box};
    return gd__coco_evaluate(&evaluation, figures, curve);
}
