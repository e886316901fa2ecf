#include "report/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { CLASS_LIMIT = 1 << 20 };

void gd__score_free(gd__score *score)
{
    gd_answers_free(&score->answers);
    gd_class_scores_free(&score->classes);
    gd__free(score->sample);
    gd__free(score->mistake);
    gd__free(score->each);
    gd__box_tally_free(&score->boxes);
    gd__free(score->precision);
    *score = (gd__score){0};
}

gd_status gd__score_measure(const char *metric, const gd_scored *scored, double *value)
{
    return gd_metric_measure(gd_metric_kind_named(metric), scored, value);
}

gd_status gd__score_column(const gd_scored *scored, int64_t column, gd_answers *out)
{
    const bool classes = scored->task == gd_task_classes.scored_as;
    *out = (gd_answers){.prediction = gd__alloc_zeroed((size_t)scored->count, sizeof *out->prediction),
                        .target = gd__alloc_zeroed((size_t)scored->count, sizeof *out->target)};
    if (out->prediction == NULL || out->target == NULL) {
        gd_answers_free(out);
        return gd__fail_memory("a column of the answers");
    }
    for (int64_t i = 0; i < scored->count; i++) {
        const int64_t at = i * scored->width + column;
        out->prediction[i] = scored->prediction[at];
        out->target[i] = classes ? (int64_t)scored->target[i] == column : scored->target[at];
    }
    out->scored = *scored;
    out->scored.task = classes ? gd_task_binary.scored_as : scored->task;
    out->scored.width = 1;
    out->scored.prediction = out->prediction;
    out->scored.target = out->target;
    return GD_OK;
}

// ---- Samples without an answer

static gd_status check_target(const gd__score *score, const gd_scored *scored, int64_t sample)
{
    const double label = scored->target[sample];
    const bool whole = !score->task->labels || label == floor(label);
    if (score->class_count > 0 && !(label >= 0 && label <= score->class_count - 1 && whole))
        return gd__fail(GD_ERROR_ARGUMENT, "report: the target of sample %" PRId64 " is not a class from 0 to %d",
                        sample, score->class_count - 1);
    return GD_OK;
}

// Numbers of a sample's target.
static int64_t target_width(const gd__score *score, const gd_scored *scored)
{
    const gd_metric_opts opts = {
        .task = scored->task, .width = scored->width, .rows = scored->rows, .columns = scored->columns};
    return score->task->labels ? 1 : gd__target_width(&opts, scored->width);
}

static bool is_answered(const gd__score *score, const gd_scored *scored, int64_t sample)
{
    const int64_t width = scored->width, targets = target_width(score, scored);
    bool good = true;
    for (int64_t i = sample * width; i < (sample + 1) * width && good; i++)
        good = isfinite(scored->prediction[i]);
    for (int64_t i = sample * targets; i < (sample + 1) * targets && good && !score->task->labels; i++)
        good = isfinite(scored->target[i]);
    return good;
}

// The worst mistakes there are. Of its numbers, the first that is none is shown.
static gd__mistake no_answer(const gd__score *score, const gd_scored *scored, int64_t sample)
{
    gd__mistake mistake = {.sample = sample, .loss = INFINITY, .predicted = -1, .truth_certainty = NAN};
    if (score->class_count > 0) {
        mistake.truth = score->task->truth(scored, sample);
        return mistake;
    }
    if (target_width(score, scored) != scored->width)
        return mistake;
    int64_t at = sample * scored->width;
    while (isfinite(scored->prediction[at]) && isfinite(scored->target[at]))
        at++;
    mistake.true_value = scored->target[at];
    mistake.predicted_value = scored->prediction[at];
    return mistake;
}

static void move_sample(gd__score *score, int64_t from, int64_t to)
{
    gd_answers *answers = &score->answers;
    const int64_t width = answers->scored.width, targets = target_width(score, &answers->scored);
    for (int64_t i = 0; i < width; i++)
        answers->prediction[to * width + i] = answers->prediction[from * width + i];
    for (int64_t i = 0; i < targets; i++)
        answers->target[to * targets + i] = answers->target[from * targets + i];
    if (answers->weight != NULL)
        answers->weight[to] = answers->weight[from];
}

// Closes the gaps that samples without an answer leave.
static gd_status keep_answered(gd__score *score)
{
    gd_answers *answers = &score->answers;
    int64_t kept = 0;
    for (int64_t i = 0; i < score->samples; i++) {
        gd_status status = check_target(score, &answers->scored, i);
        if (status != GD_OK)
            return status;
        if (!is_answered(score, &answers->scored, i)) {
            score->unanswered++;
            score->mistake[score->mistake_count++] = no_answer(score, &answers->scored, i);
            continue;
        }
        move_sample(score, i, kept);
        score->sample[kept++] = i;
    }
    answers->scored.count = kept;
    return GD_OK;
}

// ---- Classes

static void add_wrong_classes(gd__score *score)
{
    const gd_task_kind *task = score->task;
    const gd_scored *scored = &score->answers.scored;
    for (int64_t i = 0; i < scored->count; i++) {
        const int truth = task->truth(scored, i), said = task->said(scored, i);
        if (said == truth || (scored->weight != NULL && scored->weight[i] == 0))
            continue;
        const double certainty = task->certainty(scored, i, said), of_truth = task->certainty(scored, i, truth);
        score->mistake[score->mistake_count++] =
            (gd__mistake){.sample = score->sample[i],
                          .loss = scored->probability ? -log(of_truth) : certainty - of_truth,
                          .truth = truth,
                          .predicted = said,
                          .certainty = certainty,
                          .truth_certainty = of_truth};
    }
}

static gd_status score_classes(gd__score *score)
{
    add_wrong_classes(score);
    gd_status status = gd_class_scores_make(&score->answers.scored, &score->classes);
    return status == GD_OK ? gd__score_measure("accuracy", &score->answers.scored, &score->accuracy) : status;
}

// ---- Numbers

static gd_status score_output(const gd__score *score, const gd_scored *scored, gd__output_score *out)
{
    gd_status status = GD_OK;
    for (int i = 0; i < score->figure_count && status == GD_OK; i++)
        status = gd_metric_measure(score->figure[i], scored, &out->value[i]);
    return status;
}

static void choose_figures(gd__score *score)
{
    while (score->figure_count < GD__OUTPUT_FIGURES) {
        const gd_metric_kind *figure = gd_task_figure(score->task, score->figure_count);
        if (figure == NULL)
            break;
        score->figure[score->figure_count++] = figure;
    }
}

static void add_errors(gd__score *score)
{
    const gd_scored *scored = &score->answers.scored;
    for (int64_t i = 0; i < scored->count; i++) {
        if (scored->weight != NULL && scored->weight[i] == 0)
            continue;
        gd__mistake mistake = {.sample = score->sample[i], .loss = -1};
        for (int64_t at = i * scored->width; at < (i + 1) * scored->width; at++) {
            const double error = fabs(scored->prediction[at] - scored->target[at]);
            if (error > mistake.loss) {
                mistake.loss = error;
                mistake.true_value = scored->target[at];
                mistake.predicted_value = scored->prediction[at];
            }
        }
        score->mistake[score->mistake_count++] = mistake;
    }
}

static gd_status score_outputs(gd__score *score)
{
    const gd_scored *scored = &score->answers.scored;
    add_errors(score);
    choose_figures(score);
    gd_status status = score_output(score, scored, &score->mean);
    score->outputs_scored = score->outputs < GD__OUTPUTS_SCORED ? score->outputs : GD__OUTPUTS_SCORED;
    score->each = gd__alloc_zeroed((size_t)score->outputs_scored, sizeof *score->each);
    if (score->each == NULL)
        return gd__fail_memory("the scores of the outputs");
    for (int64_t i = 0; i < score->outputs_scored && status == GD_OK; i++) {
        gd_answers column;
        status = gd__score_column(scored, i, &column);
        if (status != GD_OK)
            break;
        status = score_output(score, &column.scored, &score->each[i]);
        gd_answers_free(&column);
    }
    return status;
}

// ---- The whole

// Worst first; among equals the earlier sample.
static int compare_mistakes(const void *left, const void *right)
{
    const gd__mistake *a = left, *b = right;
    if (a->loss != b->loss)
        return a->loss > b->loss ? -1 : 1;
    return (a->sample > b->sample) - (a->sample < b->sample);
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

static gd_status check_arrays(const gd_report *report)
{
    if (report->prediction == NULL || report->target == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: predictions and targets are given together, or neither");
    gd_status status = check_array(report->prediction, "predictions");
    if (status == GD_OK)
        status = check_array(report->target, "targets");
    if (status == GD_OK && report->set != NULL && gd_dataset_count(report->set) != report->prediction->shape.dim[0])
        return gd__fail(GD_ERROR_ARGUMENT, "report: the set has %" PRId64 " samples, and %" PRId64 " are predicted",
                        gd_dataset_count(report->set), report->prediction->shape.dim[0]);
    return status;
}

static gd_status find_classes(const gd_report *report, gd__score *score)
{
    const gd_scored *scored = &score->answers.scored;
    score->class_count = score->task->class_count(scored->width);
    if (score->class_count == 0) {
        score->outputs = scored->width;
        return GD_OK;
    }
    if (score->class_count > CLASS_LIMIT)
        return gd__fail(GD_ERROR_SHAPE, "report: there are predictions for %" PRId64 " classes", scored->width);
    if (report->class_count > 0 && report->class_count != score->class_count)
        return gd__fail(GD_ERROR_SHAPE, "report: there are predictions for %d classes, and class_count is %d",
                        score->class_count, report->class_count);
    return GD_OK;
}

static gd_status make_room(gd__score *score)
{
    score->sample = gd__alloc_zeroed((size_t)score->samples, sizeof *score->sample);
    score->mistake = gd__alloc_zeroed((size_t)score->samples, sizeof *score->mistake);
    return score->sample == NULL || score->mistake == NULL ? gd__fail_memory("the list of mistakes") : GD_OK;
}

static gd_status make(const gd_report *report, gd__score *score)
{
    gd_status status = check_arrays(report);
    score->task = report->task != NULL ? report->task : &gd_task_regression;
    if (status == GD_OK)
        status = gd_answers_make(score->task->scored_as, report->prediction, report->target, report->weight,
                                 &score->answers);
    if (status != GD_OK)
        return status;
    gd_scored *scored = &score->answers.scored;
    score->task = gd_task_of_width(score->task, scored->width);
    scored->probability = !score->task->in_units && !report->no_probability;
    scored->threshold = report->threshold == 0 && scored->probability ? 0.5 : report->threshold;
    score->known = true;
    score->samples = scored->count;
    status = find_classes(report, score);
    if (status == GD_OK)
        status = make_room(score);
    if (status == GD_OK)
        status = keep_answered(score);
    if (status == GD_OK && (score->task->sections & GD_SECTION_BOXES) != 0)
        status = gd__score_boxes(score);
    else if (status == GD_OK)
        status = score->class_count > 0 ? score_classes(score) : score_outputs(score);
    if (status == GD_OK && score->mistake_count > 1)
        qsort(score->mistake, (size_t)score->mistake_count, sizeof *score->mistake, compare_mistakes);
    return status;
}

gd_status gd__score_make(const gd_report *report, gd__score *score)
{
    *score = (gd__score){0};
    if (report->prediction == NULL && report->target == NULL)
        return GD_OK;
    gd_status status = make(report, score);
    if (status != GD_OK)
        gd__score_free(score);
    return status;
}

gd_status gd_report_worst(const gd_report *report, int limit, int64_t *sample, int *count)
{
    GD__NEEDS(report, GD_ERROR_ARGUMENT);
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
