// The temperature and the threshold that suit some samples best.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

// ---- Temperature (Guo et al. 2017)

// The log loss as a function of b = 1 / temperature, which is convex: sum w (log sum exp(b z) - b z_true), for yes or
// no sum w (log(1 + exp(b z)) - t b z). Its value, slope and curvature are all sums over the samples.
typedef struct {
    double value, slope, curvature, weight;
} loss_sums;

// softmax(b z) has the mean m and the variance v of z: slope m - z_true, curvature v.
static void add_classes(const gd__logits *logits, int64_t sample, double b, loss_sums *sums)
{
    const double *z = logits->logit + sample * logits->width, w = logits->weight[sample];
    double largest = z[0], total = 0, first = 0, second = 0, right = 0;
    for (int64_t k = 1; k < logits->width; k++)
        largest = fmax(largest, z[k]);
    for (int64_t k = 0; k < logits->width; k++) {
        const double share = exp(b * (z[k] - largest)), from_largest = z[k] - largest;
        total += share;
        first += share * from_largest;
        second += share * from_largest * from_largest;
    }
    if (logits->labels)
        right = z[(int64_t)logits->target[sample]] - largest;
    else
        for (int64_t k = 0; k < logits->width; k++)
            right += logits->target[sample * logits->width + k] * (z[k] - largest);
    const double mean = first / total;
    sums->value += w * (log(total) - b * right);
    sums->slope += w * (mean - right);
    sums->curvature += w * fmax(second / total - mean * mean, 0);
    sums->weight += w;
}

// Several questions count as their mean.
static void add_binary(const gd__logits *logits, int64_t sample, double b, loss_sums *sums)
{
    const double w = logits->weight[sample] / (double)logits->width;
    for (int64_t q = 0; q < logits->width; q++) {
        const double z = logits->logit[sample * logits->width + q], t = logits->target[sample * logits->width + q];
        const double yes = 1 / (1 + exp(-b * z)), no = 1 / (1 + exp(b * z));
        // log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)), and max(x, 0) - t x without cancelling.
        const double x = b * z, beyond = x > 0 ? (1 - t) * x : -t * x;
        sums->value += w * (beyond + log1p(exp(-fabs(x))));
        sums->slope += w * z * ((1 - t) * yes - t * no);
        sums->curvature += w * z * z * yes * no;
    }
    sums->weight += logits->weight[sample];
}

static loss_sums sum_up(const gd__logits *logits, double b)
{
    loss_sums sums = {0};
    for (int64_t i = 0; i < logits->count; i++)
        if (logits->weight[i] > 0)
            (logits->classes ? add_classes : add_binary)(logits, i, b, &sums);
    return sums;
}

double gd__tempered_loss(const gd__logits *logits, double temperature)
{
    const loss_sums sums = sum_up(logits, 1 / temperature);
    return sums.value / sums.weight;
}

// Newton's method for the slope's zero, kept within an interval that holds it.
double gd__best_temperature(const gd__logits *logits)
{
    enum { MOST_STEPS = 200 };
    double low = 0.01, high = 100, b = 1;
    loss_sums sums = sum_up(logits, b);
    if (sums.slope == 0)
        return 1;
    if (sum_up(logits, low).slope >= 0)
        return 1 / low;
    if (sum_up(logits, high).slope <= 0)
        return 1 / high;
    for (int step = 0; step < MOST_STEPS && sums.slope != 0; step++) {
        if (sums.slope > 0)
            high = b;
        else
            low = b;
        double next = sums.curvature > 0 ? b - sums.slope / sums.curvature : 0;
        if (!(next > low && next < high))
            next = sqrt(low * high);
        const double moved = fabs(next - b);
        b = next;
        if (moved <= 1e-15 * b)
            break;
        sums = sum_up(logits, b);
    }
    return 1 / b;
}

// ---- Threshold

typedef struct {
    double score, weight;
    bool yes;
    double from_here[2]; // the weight of no and yes from this one upwards
} judged;

static int by_score(const void *a, const void *b)
{
    const double first = ((const judged *)a)->score, second = ((const judged *)b)->score;
    return (first > second) - (first < second);
}

// Weights by what was said and what was right.
typedef struct {
    double of[2][2]; // [said][right]
} answers;

// A metric that sees scores only by way of the threshold knows no more of the samples than these four weights.
static gd_status value_of(gd_meter *meter, const answers *answers, double *value)
{
    const double said[] = {0, 0, 1, 1}, right[] = {0, 1, 0, 1};
    const double weight[] = {answers->of[0][0], answers->of[0][1], answers->of[1][0], answers->of[1][1]};
    const gd_scored scored = {.task = GD_TASK_BINARY,
                              .count = 4,
                              .width = 1,
                              .prediction = said,
                              .target = right,
                              .weight = weight,
                              .probability = true,
                              .threshold = 0.5};
    gd_status status = gd_meter_reset(meter);
    if (status == GD_OK)
        status = gd_meter_add(meter, &scored);
    return status == GD_OK ? gd_meter_value(meter, value) : status;
}

typedef struct {
    bool higher_is_better;
    double usual, before;    // threshold, and the value there
    double threshold, value; // the best so far
} choice;

static bool is_better(const choice *best, double value, double threshold)
{
    if (isnan(value))
        return false;
    if (isnan(best->value) || value == best->value)
        // Of those that are as good, the usual one stays, or else the nearest to it is taken.
        return isnan(best->value) || fabs(threshold - best->usual) < fabs(best->threshold - best->usual);
    return best->higher_is_better ? value > best->value : value < best->value;
}

// The threshold below which `at` scores lie: between two of them, so that rounding moves no sample across.
static double threshold_at(const judged *sorted, int64_t count, int64_t at)
{
    if (at == 0)
        return sorted[0].score > 0 ? sorted[0].score / 2 : sorted[0].score - 1;
    if (at == count)
        return sorted[count - 1].score;
    return sorted[at - 1].score + (sorted[at].score - sorted[at - 1].score) / 2;
}

// Goes through the thresholds from the lowest, where every sample is a yes, upwards. The sums on both sides are added
// up, since taking one from the other would leave rounding behind.
static gd_status go_through(gd_meter *meter, judged *sorted, int64_t count, choice *best)
{
    answers usual = {0}, now = {0};
    for (int64_t i = count - 1; i >= 0; i--) {
        now.of[1][sorted[i].yes] += sorted[i].weight;
        sorted[i].from_here[0] = now.of[1][0];
        sorted[i].from_here[1] = now.of[1][1];
        usual.of[sorted[i].score > best->usual][sorted[i].yes] += sorted[i].weight;
    }
    gd_status status = value_of(meter, &usual, &best->value);
    best->before = best->value;
    for (int64_t at = 0; at <= count && status == GD_OK; at++) {
        now.of[1][0] = at < count ? sorted[at].from_here[0] : 0;
        now.of[1][1] = at < count ? sorted[at].from_here[1] : 0;
        if (at == 0 || at == count || sorted[at - 1].score < sorted[at].score) {
            const double threshold = threshold_at(sorted, count, at);
            double value = NAN;
            status = value_of(meter, &now, &value);
            if (status == GD_OK && is_better(best, value, threshold)) {
                best->value = value;
                best->threshold = threshold;
            }
        }
        if (at < count)
            now.of[0][sorted[at].yes] += sorted[at].weight;
    }
    return status;
}

gd_status gd__best_threshold(const gd_metric_kind *kind, int64_t count, const double *score, const double *target,
                             const double *weight, double *threshold, double *before, double *after)
{
    judged *sorted = gd__alloc_zeroed((size_t)count, sizeof *sorted);
    gd_meter *meter = NULL;
    gd_status status = sorted == NULL ? gd__fail_memory("the scores of samples") : GD_OK;
    if (status == GD_OK)
        status = gd_meter_create(kind, (gd_metric_opts){.task = GD_TASK_BINARY, .width = 1}, &meter);
    int64_t kept = 0; // a sample of weight 0 is as one that is not there
    for (int64_t i = 0; i < count && status == GD_OK; i++)
        if (weight[i] > 0)
            sorted[kept++] = (judged){.score = score[i], .weight = weight[i], .yes = target[i] > 0.5};
    choice best = {.higher_is_better = kind->higher_is_better,
                   .usual = *threshold,
                   .threshold = *threshold,
                   .before = NAN,
                   .value = NAN};
    if (status == GD_OK && kept > 0) {
        qsort(sorted, (size_t)kept, sizeof *sorted, by_score);
        status = go_through(meter, sorted, kept, &best);
    }
    if (status == GD_OK) {
        *threshold = best.threshold;
        *before = best.before;
        *after = best.value;
    }
    gd_meter_free(meter);
    gd__free(sorted);
    return status;
}

// Tried out on four samples: recall goes from 0 to 1, and whatever depends on what is said moves with it.
gd_status gd__depends_on_threshold(const gd_metric_kind *kind, bool *depends)
{
    static const double score[] = {0.2, 0.4, 0.6, 0.8}, target[] = {0, 1, 0, 1};
    static const double threshold[] = {0.1, 0.3, 0.5, 0.7, 0.9};
    gd_meter *meter;
    double first = NAN;
    *depends = false;
    gd_status status = gd_meter_create(kind, (gd_metric_opts){.task = GD_TASK_BINARY, .width = 1}, &meter);
    for (int i = 0; i < GD_COUNT_OF(threshold) && status == GD_OK; i++) {
        const gd_scored scored = {.task = GD_TASK_BINARY,
                                  .count = GD_COUNT_OF(score),
                                  .width = 1,
                                  .prediction = score,
                                  .target = target,
                                  .probability = true,
                                  .threshold = threshold[i]};
        double value = NAN;
        status = gd_meter_reset(meter);
        if (status == GD_OK)
            status = gd_meter_add(meter, &scored);
        if (status == GD_OK)
            status = gd_meter_value(meter, &value);
        if (i > 0 && value != first)
            *depends = true;
        first = i == 0 ? value : first;
    }
    gd_meter_free(meter);
    return status;
}
