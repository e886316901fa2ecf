// Class by class: what was taken for what, and precision, recall and F1 of each.
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "metric/per_class.h"

void gd_class_scores_free(gd_class_scores *scores)
{
    GD__NEEDS(scores);
    gd__free(scores->of_class);
    gd__free(scores->confusion);
    *scores = (gd_class_scores){0};
}

static gd_confusion pair_of(const gd_scored *scored, int64_t sample)
{
    const bool binary = scored->task == GD_TASK_BINARY;
    return (gd_confusion){
        .actual = binary ? gd__is_yes(scored, sample, 0) : (int)scored->target[sample],
        .predicted = binary ? gd__says_yes(scored, sample, 0) : (int)gd__class_said(scored, sample),
        .samples = 1,
        .weight = gd__weight_of(scored, sample),
    };
}

// By the classes, then by weight: sums do not depend on the order of the samples.
static int compare_pairs(const void *left, const void *right)
{
    const gd_confusion *a = left, *b = right;
    if (a->actual != b->actual)
        return a->actual < b->actual ? -1 : 1;
    if (a->predicted != b->predicted)
        return a->predicted < b->predicted ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

// Counts equal pairs together; returns how many are left.
static int64_t merge_pairs(gd_confusion *pair, int64_t count)
{
    int64_t merged = 0;
    for (int64_t begin = 0; begin < count;) {
        gd_confusion sum = pair[begin];
        gd__wide weight = {0};
        int64_t end = begin;
        for (; end < count && pair[end].actual == sum.actual && pair[end].predicted == sum.predicted; end++)
            gd__wide_add(&weight, pair[end].weight);
        sum.samples = end - begin;
        sum.weight = gd__wide_value(weight);
        pair[merged++] = sum;
        begin = end;
    }
    return merged;
}

static void list_pairs(const gd_scored *scored, gd_class_scores *out)
{
    for (int64_t i = 0; i < scored->count; i++)
        if (gd__weight_of(scored, i) > 0)
            out->confusion[out->confusion_count++] = pair_of(scored, i);
    qsort(out->confusion, (size_t)out->confusion_count, sizeof *out->confusion, compare_pairs);
    out->confusion_count = merge_pairs(out->confusion, out->confusion_count);
    for (int64_t i = 0; i < out->confusion_count; i++)
        out->of_class[out->confusion[i].actual].samples += out->confusion[i].samples;
}

static void measure(const gd__tally *tally, gd_class_scores *out)
{
    for (int i = 0; i < out->class_count; i++) {
        gd_class_score *score = &out->of_class[i];
        score->actual = gd__wide_value(tally->of_class[i].actual);
        score->predicted = gd__wide_value(tally->of_class[i].predicted);
        score->hit = gd__wide_value(tally->of_class[i].hit);
        score->precision = gd__class_precision(score->hit, score->actual, score->predicted);
        score->recall = gd__class_recall(score->hit, score->actual, score->predicted);
        score->f1 = gd__class_f1(score->hit, score->actual, score->predicted);
    }
}

static gd_status score(const gd_scored *scored, const gd_metric_opts *opts, gd_class_scores *out)
{
    gd__tally *tally = gd__alloc_zeroed(1, gd__tally_size(opts));
    out->class_count = scored->task == GD_TASK_BINARY ? 2 : (int)scored->width;
    out->of_class = gd__alloc_zeroed((size_t)out->class_count, sizeof *out->of_class);
    out->confusion = gd__alloc_zeroed((size_t)scored->count, sizeof *out->confusion);
    gd_status status = tally == NULL || out->of_class == NULL || out->confusion == NULL
                           ? gd__fail_memory("the scores of the classes")
                           : gd__tally_begin(opts, tally);
    if (status == GD_OK)
        status = gd__tally_add(tally, scored);
    if (status == GD_OK) {
        list_pairs(scored, out);
        measure(tally, out);
    }
    gd__free(tally);
    return status;
}

gd_status gd_class_scores_make(const gd_scored *scored, gd_class_scores *out)
{
    GD__NEEDS(scored, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = (gd_class_scores){0};
    const bool binary = scored->task == GD_TASK_BINARY;
    if (scored->task == GD_TASK_NUMBERS || (binary && scored->width != 1) || scored->width < 1 ||
        scored->width > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "scores of classes are for classes and for one binary answer a sample");
    const gd_metric_opts opts = {.task = scored->task, .width = scored->width};
    gd_status status = gd__scored_check(gd_metric_kind_named("accuracy"), &opts, scored);
    if (status == GD_OK)
        status = score(scored, &opts, out);
    if (status != GD_OK)
        gd_class_scores_free(out);
    return status;
}
