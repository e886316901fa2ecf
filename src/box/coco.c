// The evaluation of pycocotools: Lin et al. 2014, Microsoft COCO: common objects in context.
#include "box/coco.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { THRESHOLDS = 10, MOST = 100, AT_75 = 5 };
static const int64_t limit[GD__COCO_LIMITS] = {1, 10, MOST};
static const double low_area[GD__COCO_SIZES] = {0, 0, 32 * 32, 96 * 96};
static const double high_area[GD__COCO_SIZES] = {1e10, 32 * 32, 96 * 96, 1e10};

// A found box and, one bit for each IoU threshold, whether it met a true box and whether it counts.
typedef struct candidate {
    const gd__found_box *found;
    int64_t index, rank; // in what was given; within its picture and class, by falling score
    unsigned matched, ignored;
} candidate;

typedef struct target {
    const gd__true_box *truth;
    int64_t index;
    unsigned matched;
    bool ignored;
} target;

// Sums for one figure.
typedef struct average {
    double sum;
    int64_t count;
} average;

typedef struct evaluator {
    const gd__box_evaluation *evaluation;
    candidate *found; // by class, picture and falling score
    target *truth;    // by class and picture
    candidate *ranked;
    double *precision; // for each of the ranked
    average all[GD__COCO_SIZES], at_50, at_75, recall[GD__COCO_LIMITS], recall_of_size[GD__COCO_SIZES];
} evaluator;

// As numpy.linspace has them, to the bit.
static double iou_threshold(int t)
{
    return t == THRESHOLDS - 1 ? 0.95 : 0.5 + t * ((0.95 - 0.5) / (THRESHOLDS - 1));
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_score(const candidate *a, const candidate *b)
{
    return (a->found->score < b->found->score) - (a->found->score > b->found->score);
}

static int by_class_picture_score(const void *one, const void *other)
{
    const candidate *a = one, *b = other;
    int order = compare(a->found->class, b->found->class);
    order = order != 0 ? order : compare(a->found->picture, b->found->picture);
    order = order != 0 ? order : by_score(a, b);
    return order != 0 ? order : compare(a->index, b->index);
}

static int by_score_picture_rank(const void *one, const void *other)
{
    const candidate *a = one, *b = other;
    int order = by_score(a, b);
    order = order != 0 ? order : compare(a->found->picture, b->found->picture);
    return order != 0 ? order : compare(a->rank, b->rank);
}

static int by_class_picture(const void *one, const void *other)
{
    const target *a = one, *b = other;
    int order = compare(a->truth->class, b->truth->class);
    order = order != 0 ? order : compare(a->truth->picture, b->truth->picture);
    return order != 0 ? order : compare(a->index, b->index);
}

// Of a crowd, the share of the found box that lies in it.
static double overlap(const gd__found_box *found, const gd__true_box *truth)
{
    if (!truth->crowd)
        return gd__box_iou(found->box, truth->box);
    const double area = gd__box_area(found->box);
    return area > 0 ? gd__box_intersection(found->box, truth->box) / area : 0;
}

// The best of the true boxes that are still free, those that count before those that are ignored; NULL: none.
static target *partner(const candidate *one, target *truth, int64_t count, int t)
{
    double best = fmin(iou_threshold(t), 1 - 1e-10);
    target *chosen = NULL;
    for (int ignored = 0; ignored < 2 && chosen == NULL; ignored++)
        for (int64_t g = 0; g < count; g++) {
            if (truth[g].ignored != (ignored == 1) || ((truth[g].matched >> t & 1u) != 0 && !truth[g].truth->crowd))
                continue;
            const double shared = overlap(one->found, truth[g].truth);
            if (shared >= best) {
                best = shared;
                chosen = &truth[g];
            }
        }
    return chosen;
}

static bool outside(double area, int size)
{
    return area < low_area[size] || area > high_area[size];
}

// Found and true boxes of one class in one picture.
static void match(candidate *found, int64_t found_count, target *truth, int64_t true_count, int size)
{
    for (int64_t g = 0; g < true_count; g++) {
        truth[g].matched = 0;
        truth[g].ignored = truth[g].truth->crowd || outside(truth[g].truth->area, size);
    }
    for (int64_t d = 0; d < found_count; d++) {
        candidate *one = &found[d];
        one->rank = d;
        one->matched = one->ignored = 0;
        for (int t = 0; t < THRESHOLDS && d < MOST; t++) {
            target *with = partner(one, truth, true_count, t);
            const unsigned bit = 1u << t;
            if (with != NULL) {
                with->matched |= bit;
                one->matched |= bit;
            }
            if (with != NULL ? with->ignored : outside(gd__box_area(one->found->box), size))
                one->ignored |= bit;
        }
    }
}

// Puts a class's precision by recall into `curve` and gives the largest recall.
static double trace(evaluator *e, int64_t ranked, int64_t positives, int t, double *curve)
{
    int64_t right = 0, wrong = 0, seen = 0;
    double *const recall = e->precision + e->evaluation->found_count;
    for (int64_t i = 0; i < ranked; i++) {
        const candidate *one = &e->ranked[i];
        if ((one->ignored >> t & 1u) == 0) {
            right += (one->matched >> t & 1u) != 0;
            wrong += (one->matched >> t & 1u) == 0;
        }
        recall[seen] = (double)right / (double)positives;
        e->precision[seen++] = (double)right / ((double)(right + wrong) + DBL_EPSILON);
    }
    for (int64_t i = seen - 1; i > 0; i--)
        e->precision[i - 1] = fmax(e->precision[i - 1], e->precision[i]);
    int64_t at = 0;
    for (int r = 0; r < GD__COCO_RECALLS; r++) {
        const double wanted = r == GD__COCO_RECALLS - 1 ? 1 : r * 0.01;
        while (at < seen && recall[at] < wanted)
            at++;
        curve[r] = at < seen ? e->precision[at] : 0;
    }
    return seen > 0 ? recall[seen - 1] : 0;
}

static void add(average *figure, const double *value, int count)
{
    for (int i = 0; i < count; i++)
        figure->sum += value[i];
    figure->count += count;
}

// The figures of one class and size, of boxes that are matched; `positives` of the true ones count.
static void score(evaluator *e, const candidate *found, int64_t count, int64_t positives, int size, double *curve_50)
{
    for (int m = size == 0 ? 0 : GD__COCO_LIMITS - 1; m < GD__COCO_LIMITS; m++) {
        int64_t ranked = 0;
        for (int64_t i = 0; i < count; i++)
            if (found[i].rank < limit[m])
                e->ranked[ranked++] = found[i];
        qsort(e->ranked, (size_t)ranked, sizeof *e->ranked, by_score_picture_rank);
        for (int t = 0; t < THRESHOLDS; t++) {
            double curve[GD__COCO_RECALLS];
            const double recall = trace(e, ranked, positives, t, curve);
            if (size == 0)
                add(&e->recall[m], &recall, 1);
            if (limit[m] != MOST)
                continue;
            add(&e->recall_of_size[size], &recall, 1);
            add(&e->all[size], curve, GD__COCO_RECALLS);
            if (size == 0 && t == AT_75)
                add(&e->at_75, curve, GD__COCO_RECALLS);
            if (size != 0 || t != 0)
                continue;
            add(&e->at_50, curve, GD__COCO_RECALLS);
            for (int r = 0; curve_50 != NULL && r < GD__COCO_RECALLS; r++)
                curve_50[r] = curve[r];
        }
    }
}

// How many of the next boxes are of this class and, where `picture` is not NULL, in this picture.
static int64_t run_of_found(const evaluator *e, int64_t from, int64_t class, const int64_t *picture)
{
    int64_t end = from;
    while (end < e->evaluation->found_count && e->found[end].found->class == class &&
           (picture == NULL || e->found[end].found->picture == *picture))
        end++;
    return end - from;
}

static int64_t run_of_true(const evaluator *e, int64_t from, int64_t class, const int64_t *picture)
{
    int64_t end = from;
    while (end < e->evaluation->true_count && e->truth[end].truth->class == class &&
           (picture == NULL || e->truth[end].truth->picture == *picture))
        end++;
    return end - from;
}

static void match_pictures(evaluator *e, int64_t found, int64_t found_end, int64_t truth, int64_t true_end, int size)
{
    while (found < found_end || truth < true_end) {
        const int64_t of_found = found < found_end ? e->found[found].found->picture : INT64_MAX;
        const int64_t of_true = truth < true_end ? e->truth[truth].truth->picture : INT64_MAX;
        const int64_t picture = of_found < of_true ? of_found : of_true;
        const int64_t class = found < found_end ? e->found[found].found->class : e->truth[truth].truth->class;
        const int64_t founds = run_of_found(e, found, class, &picture), truths = run_of_true(e, truth, class, &picture);
        match(e->found + found, founds, e->truth + truth, truths, size);
        found += founds;
        truth += truths;
    }
}

static void walk(evaluator *e, double *curve)
{
    int64_t found = 0, truth = 0;
    for (int64_t class = 0; class < e->evaluation->classes; class += 1) {
        const int64_t founds = run_of_found(e, found, class, NULL), truths = run_of_true(e, truth, class, NULL);
        double *const own = curve == NULL ? NULL : curve + class * GD__COCO_RECALLS;
        for (int r = 0; own != NULL && r < GD__COCO_RECALLS; r++)
            own[r] = NAN;
        for (int size = 0; size < GD__COCO_SIZES; size++) {
            match_pictures(e, found, found + founds, truth, truth + truths, size);
            int64_t positives = 0;
            for (int64_t i = 0; i < truths; i++)
                positives += !e->truth[truth + i].ignored;
            if (positives > 0)
                score(e, e->found + found, founds, positives, size, own);
        }
        found += founds;
        truth += truths;
    }
}

static double mean(average figure)
{
    return figure.count > 0 ? figure.sum / (double)figure.count : NAN;
}

static gd_status check(const gd__box_evaluation *evaluation)
{
    for (int64_t i = 0; i < evaluation->true_count; i++)
        if (evaluation->truth[i].class < 0 || evaluation->truth[i].class >= evaluation->classes)
            return gd__fail(GD_ERROR_ARGUMENT, "true box %lld is of class %lld, expected 0 to %lld", (long long)i,
                            (long long)evaluation->truth[i].class, (long long)evaluation->classes - 1);
    for (int64_t i = 0; i < evaluation->found_count; i++) {
        if (evaluation->found[i].class < 0 || evaluation->found[i].class >= evaluation->classes)
            return gd__fail(GD_ERROR_ARGUMENT, "found box %lld is of class %lld, expected 0 to %lld", (long long)i,
                            (long long)evaluation->found[i].class, (long long)evaluation->classes - 1);
        if (isnan(evaluation->found[i].score))
            return gd__fail(GD_ERROR_NUMBER, "found box %lld has the score NaN", (long long)i);
    }
    return GD_OK;
}

gd_status gd__coco_evaluate(const gd__box_evaluation *evaluation, gd__coco_figures *figures, double *curve)
{
    const gd_status sound = check(evaluation);
    if (sound != GD_OK)
        return sound;
    const size_t found = (size_t)evaluation->found_count, truth = (size_t)evaluation->true_count;
    evaluator e = {.evaluation = evaluation,
                   .found = gd__alloc_zeroed(found, sizeof *e.found),
                   .truth = gd__alloc_zeroed(truth, sizeof *e.truth),
                   .ranked = gd__alloc_zeroed(found, sizeof *e.ranked),
                   .precision = gd__alloc_zeroed(found, 2 * sizeof *e.precision)};
    const bool enough = e.found != NULL && e.truth != NULL && e.ranked != NULL && e.precision != NULL;
    if (enough) {
        for (size_t i = 0; i < found; i++)
            e.found[i] = (candidate){.found = &evaluation->found[i], .index = (int64_t)i};
        for (size_t i = 0; i < truth; i++)
            e.truth[i] = (target){.truth = &evaluation->truth[i], .index = (int64_t)i};
        qsort(e.found, found, sizeof *e.found, by_class_picture_score);
        qsort(e.truth, truth, sizeof *e.truth, by_class_picture);
        walk(&e, curve);
        for (int size = 0; size < GD__COCO_SIZES; size++) {
            figures->precision[size] = mean(e.all[size]);
            figures->recall_of_size[size] = mean(e.recall_of_size[size]);
        }
        for (int m = 0; m < GD__COCO_LIMITS; m++)
            figures->recall[m] = mean(e.recall[m]);
        figures->precision_50 = mean(e.at_50);
        figures->precision_75 = mean(e.at_75);
    }
    gd__free(e.found);
    gd__free(e.truth);
    gd__free(e.ranked);
    gd__free(e.precision);
    return enough ? GD_OK : gd__fail_memory("the evaluation of boxes");
}
