#include "report/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { CLASS_LIMIT = 1 << 20 };

void gd__score_free(gd__score *score)
{
    gd__free(score->mistake);
    gd__free(score->class_score);
    gd__free(score->confusion);
    *score = (gd__score){0};
}

// Worst first; among equals the earlier sample.
static int compare_mistakes(const void *left, const void *right)
{
    const gd__mistake *a = left, *b = right;
    if (a->loss != b->loss)
        return a->loss > b->loss ? -1 : 1;
    return (a->sample > b->sample) - (a->sample < b->sample);
}

static int compare_pairs(const void *left, const void *right)
{
    const gd__confusion *a = left, *b = right;
    if (a->truth != b->truth)
        return a->truth < b->truth ? -1 : 1;
    return (a->predicted > b->predicted) - (a->predicted < b->predicted);
}

// ---- Classes

typedef struct answer {
    int truth, predicted; // -1: no answer
    double probability, truth_probability;
} answer;

static int largest(const gd_array *array, int64_t first, int count)
{
    int best = -1;
    double most = -INFINITY;
    for (int i = 0; i < count; i++) {
        double value = gd_array_get(array, first + i);
        if (isfinite(value) && value > most) {
            most = value;
            best = i;
        }
    }
    return best;
}

static answer read_answer(const gd_report *report, int64_t sample, int classes)
{
    const gd_array *prediction = report->prediction, *target = report->target;
    bool one_hot = gd_array_count(target) != prediction->shape.dim[0];
    double label = one_hot ? largest(target, sample * classes, classes) : gd_array_get(target, sample);
    answer result = {.truth = label >= 0 && label < classes && label == floor(label) ? (int)label : -1};
    if (report->task == GD_TASK_CLASSES) {
        result.predicted = largest(prediction, sample * classes, classes);
        if (result.predicted >= 0)
            result.probability = gd_array_get(prediction, sample * classes + result.predicted);
        if (result.truth >= 0)
            result.truth_probability = gd_array_get(prediction, sample * classes + result.truth);
        return result;
    }
    double yes = gd_array_get(prediction, sample);
    result.predicted = !isfinite(yes) ? -1 : yes > 0.5;
    result.probability = result.predicted == 1 ? yes : 1 - yes;
    result.truth_probability = result.truth == 1 ? yes : 1 - yes;
    return result;
}

static void measure_classes(gd__score *score)
{
    for (int i = 0; i < score->class_count; i++) {
        gd__class_score *c = &score->class_score[i];
        c->precision = c->predicted > 0 ? (double)c->correct / (double)c->predicted : NAN;
        c->recall = c->count > 0 ? (double)c->correct / (double)c->count : NAN;
        // 2TP / (2TP + FP + FN), which is 0 for a class that is there and never found.
        int64_t both = c->count + c->predicted;
        c->f1 = both > 0 ? 2 * (double)c->correct / (double)both : NAN;
    }
}

// Sorts the pairs and counts equal ones together.
static void merge_pairs(gd__score *score)
{
    if (score->confusion_count == 0)
        return;
    qsort(score->confusion, (size_t)score->confusion_count, sizeof *score->confusion, compare_pairs);
    int64_t last = 0;
    for (int64_t i = 1; i < score->confusion_count; i++) {
        if (compare_pairs(&score->confusion[last], &score->confusion[i]) == 0)
            score->confusion[last].count++;
        else
            score->confusion[++last] = score->confusion[i];
    }
    score->confusion_count = last + 1;
}

static void count_answer(gd__score *score, int64_t sample, const answer *answer)
{
    gd__class_score *classes = score->class_score;
    classes[answer->truth].count++;
    if (answer->predicted < 0) {
        score->unanswered++;
    } else {
        classes[answer->predicted].predicted++;
        score->confusion[score->confusion_count++] =
            (gd__confusion){.truth = answer->truth, .predicted = answer->predicted, .count = 1};
    }
    if (answer->predicted == answer->truth) {
        classes[answer->truth].correct++;
        score->correct++;
        return;
    }
    double p = answer->truth_probability;
    score->mistake[score->mistake_count++] = (gd__mistake){
        .sample = sample,
        .loss = p > 0 ? -log(p) : INFINITY,
        .truth = answer->truth,
        .predicted = answer->predicted,
        .probability = answer->probability,
        .truth_probability = p,
    };
}

static gd_status score_classes(const gd_report *report, gd__score *score)
{
    score->class_score = gd__alloc_zeroed((size_t)score->class_count, sizeof *score->class_score);
    score->confusion = gd__alloc_zeroed((size_t)score->samples, sizeof *score->confusion);
    if (score->class_score == NULL || score->confusion == NULL)
        return gd__fail_memory("the scores of the classes");
    for (int64_t i = 0; i < score->samples; i++) {
        const answer answer = read_answer(report, i, score->class_count);
        if (answer.truth < 0)
            return gd__fail(GD_ERROR_ARGUMENT, "report: the target of sample %" PRId64 " is not a class from 0 to %d",
                            i, score->class_count - 1);
        count_answer(score, i, &answer);
    }
    merge_pairs(score);
    measure_classes(score);
    return GD_OK;
}

// ---- Numbers

static gd__mistake number_mistake(const gd_report *report, int64_t sample, int64_t outputs)
{
    gd__mistake mistake = {.sample = sample, .loss = -1};
    for (int64_t i = sample * outputs; i < (sample + 1) * outputs; i++) {
        double truth = gd_array_get(report->target, i), predicted = gd_array_get(report->prediction, i);
        double error = fabs(predicted - truth);
        if (isnan(error))
            error = INFINITY;
        if (error > mistake.loss) {
            mistake.loss = error;
            mistake.true_value = truth;
            mistake.predicted_value = predicted;
        }
    }
    return mistake;
}

static void score_numbers(const gd_report *report, gd__score *score)
{
    double sum = 0, squares = 0, absolute = 0, truths = 0;
    int64_t total = score->samples * score->outputs;
    for (int64_t i = 0; i < total; i++) {
        double truth = gd_array_get(report->target, i), error = gd_array_get(report->prediction, i) - truth;
        if (!isfinite(error))
            continue;
        score->values++;
        sum += error;
        absolute += fabs(error);
        squares += error * error;
        truths += truth;
    }
    double count = (double)score->values, mean = truths / count, spread = 0;
    for (int64_t i = 0; i < total; i++) {
        double truth = gd_array_get(report->target, i);
        if (isfinite(gd_array_get(report->prediction, i) - truth))
            spread += (truth - mean) * (truth - mean);
    }
    score->mean_error = sum / count;
    score->mean_absolute_error = absolute / count;
    score->root_mean_square_error = sqrt(squares / count);
    score->r_squared = spread > 0 ? 1 - squares / spread : NAN;
    for (int64_t i = 0; i < score->samples && score->outputs > 0; i++)
        score->mistake[score->mistake_count++] = number_mistake(report, i, score->outputs);
}

// ---- Checks

static gd_status fail_shapes(const gd_report *report, const char *expected)
{
    char prediction[GD_SHAPE_TEXT], target[GD_SHAPE_TEXT];
    return gd__fail(GD_ERROR_SHAPE, "report: predictions are %s and targets %s, expected %s",
                    gd_shape_text(report->prediction->shape, prediction), gd_shape_text(report->target->shape, target),
                    expected);
}

static gd_status check_array(const gd_array *array, const char *what)
{
    if (array->data == NULL || array->shape.rank < 1 || array->shape.rank > GD_MAX_RANK)
        return gd__fail(GD_ERROR_SHAPE, "report: the %s have no samples", what);
    for (int i = 0; i < array->shape.rank; i++)
        if (array->shape.dim[i] < 1)
            return gd__fail(GD_ERROR_SHAPE, "report: the %s have no samples, or no values", what);
    return GD_OK;
}

static gd_status check_class_shapes(const gd_report *report, gd__score *score)
{
    const gd_shape shape = report->prediction->shape;
    int64_t per_sample = gd_array_count(report->prediction) / score->samples;
    int64_t targets = gd_array_count(report->target);
    bool binary = report->task == GD_TASK_BINARY;
    if (binary ? per_sample != 1 : shape.rank != 2 || per_sample > CLASS_LIMIT)
        return fail_shapes(report, binary ? "predictions (N, 1)" : "predictions (N, classes)");
    score->class_count = binary ? 2 : (int)per_sample;
    if (report->class_count > 0 && report->class_count != score->class_count)
        return gd__fail(GD_ERROR_SHAPE, "report: there are predictions for %d classes, and class_count is %d",
                        score->class_count, report->class_count);
    bool one_hot = !binary && targets == score->samples * per_sample;
    if (targets != score->samples && !one_hot)
        return fail_shapes(report, "one label a sample");
    return GD_OK;
}

gd_status gd__score_make(const gd_report *report, gd__score *score)
{
    *score = (gd__score){0};
    if (report->prediction == NULL && report->target == NULL)
        return GD_OK;
    if (report->prediction == NULL || report->target == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: predictions and targets are given together, or neither");
    gd_status status = check_array(report->prediction, "predictions");
    if (status == GD_OK)
        status = check_array(report->target, "targets");
    if (status != GD_OK)
        return status;
    score->samples = report->prediction->shape.dim[0];
    if (report->target->shape.dim[0] != score->samples)
        return fail_shapes(report, "as many targets as predictions");
    int64_t values = gd_array_count(report->prediction);
    // Several independent yes-or-no outputs are scored as the numbers they are.
    bool classes = report->task == GD_TASK_CLASSES || (report->task == GD_TASK_BINARY && values == score->samples);
    if (classes)
        status = check_class_shapes(report, score);
    else if (gd_array_count(report->target) != values)
        status = fail_shapes(report, "the same shape");
    else
        score->outputs = values / score->samples;
    if (status == GD_OK) {
        score->known = true;
        score->mistake = gd__alloc_zeroed((size_t)score->samples, sizeof *score->mistake);
        if (score->mistake == NULL)
            status = gd__fail_memory("the list of mistakes");
    }
    if (status == GD_OK && classes)
        status = score_classes(report, score);
    else if (status == GD_OK)
        score_numbers(report, score);
    if (status != GD_OK)
        gd__score_free(score);
    else if (score->mistake_count > 1)
        qsort(score->mistake, (size_t)score->mistake_count, sizeof *score->mistake, compare_mistakes);
    return status;
}

gd_status gd_report_worst(const gd_report *report, int limit, int64_t *sample, int *count)
{
    gd__score score;
    *count = 0;
    gd_status status = gd__score_make(report, &score);
    if (status != GD_OK)
        return status;
    for (int64_t i = 0; i < score.mistake_count && *count < limit; i++)
        sample[(*count)++] = score.mistake[i].sample;
    gd__score_free(&score);
    return GD_OK;
}
