// What found boxes were worth, by picture and by class.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/score.h"

#define FOUND 0.5 // the IoU from which a true box counts as found

// The true box of the class, not taken yet, that a found one covers best; -1: none well enough. Crowds take any number.
static int64_t best_truth(const gd__box_tally *tally, const gd__found_box *found, const bool *taken, int64_t picture)
{
    int64_t best = -1;
    double most = FOUND;
    for (int64_t i = 0; i < tally->truth.count; i++) {
        const gd__true_box *truth = &tally->truth.box[i];
        if (truth->picture != picture || truth->class != found->class || (taken[i] && !truth->crowd))
            continue;
        const double iou = gd__box_iou(truth->box, found->box);
        if (iou >= most) {
            most = iou;
            best = i;
        }
    }
    return best;
}

// Boxes of a picture that were found without being there, or not found though they are.
static int64_t count_faults(const gd__box_tally *tally, bool *taken, int64_t picture)
{
    int64_t faults = 0;
    for (int64_t i = 0; i < tally->found.count; i++) { // by falling score within a picture
        const gd__found_box *found = &tally->found.box[i];
        if (found->picture != picture || found->score < GD__SHOWN_SCORE)
            continue;
        const int64_t truth = best_truth(tally, found, taken, picture);
        faults += truth < 0;
        if (truth >= 0)
            taken[truth] = true;
    }
    for (int64_t i = 0; i < tally->truth.count; i++)
        faults += tally->truth.box[i].picture == picture && !tally->truth.box[i].crowd && !taken[i];
    return faults;
}

static gd_status list_pictures(gd__score *score)
{
    bool *taken = gd__alloc_zeroed((size_t)score->boxes.truth.count + 1, sizeof *taken);
    if (taken == NULL)
        return gd__fail_memory("found boxes");
    for (int64_t i = 0; i < score->answers.scored.count; i++)
        score->mistake[score->mistake_count++] =
            (gd__mistake){.sample = score->sample[i], .loss = (double)count_faults(&score->boxes, taken, i)};
    gd__free(taken);
    return GD_OK;
}

gd_status gd__score_boxes(gd__score *score)
{
    gd_scored scored = score->answers.scored;
    const gd_metric_opts opts = {
        .task = scored.task, .width = scored.width, .rows = scored.rows, .columns = scored.columns};
    scored.weight = NULL; // so that pictures and samples have the same numbers
    if (gd__box_classes(&opts) < 1)
        return gd__fail(GD_ERROR_SHAPE, "report: the predictions are no maps of boxes");
    gd_status status = gd__box_tally_begin(&opts, &score->boxes);
    if (status == GD_OK)
        status = gd__box_tally_add(&score->boxes, &scored);
    score->precision = gd__alloc_zeroed((size_t)score->boxes.map.classes, GD__COCO_RECALLS * sizeof *score->precision);
    if (status == GD_OK && score->precision == NULL)
        status = gd__fail_memory("curves of precision");
    if (status == GD_OK)
        status = gd__box_tally_figures(&score->boxes, &score->coco, score->precision);
    if (status == GD_OK)
        status = list_pictures(score);
    score->figure[0] = gd_metric_kind_named("mean_average_precision");
    score->figure[1] = gd_metric_kind_named("mean_average_precision_50");
    score->mean.value[0] = score->coco.precision[0];
    score->mean.value[1] = score->coco.precision_50;
    score->figure_count = 2;
    return status;
}
