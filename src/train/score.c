#include "train/score.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "metric/metric.h"

bool gd__metrics_need_scorer(int count, const gd_metric *metric)
{
    for (int i = 0; i < count; i++)
        if (metric[i].kind != NULL)
            return true;
    return false;
}

static const gd_task_kind *task_of(const gd__scorer *scorer)
{
    return scorer->scoring.task != NULL ? scorer->scoring.task : &gd_task_regression;
}

// ---- Making one

static gd_status find_fields(gd__scorer *scorer, const gd_dataset *set)
{
    const gd_scoring *scoring = &scorer->scoring;
    scorer->target = scoring->target == NULL ? -1 : gd_dataset_find(set, scoring->target);
    if (scorer->target < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set has no '%s' to compare predictions with",
                        scoring->target == NULL ? "target" : scoring->target);
    scorer->weight = scoring->weight == NULL ? -1 : gd_dataset_find(set, scoring->weight);
    return GD_OK;
}

static gd_status find_width(gd__scorer *scorer)
{
    char text[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(scorer->scoring.prediction))
        return gd__fail(GD_ERROR_ARGUMENT, "the metrics compare predictions, and no sound tensor of them was given");
    const gd_shape shape = gd_tensor_shape(scorer->scoring.prediction);
    scorer->width = 1;
    bool open = shape.rank < 1 || shape.dim[0] != GD_BATCH;
    for (int i = 1; i < shape.rank; i++) {
        open = open || shape.dim[i] < 0;
        scorer->width *= shape.dim[i];
    }
    return open ? gd__fail(GD_ERROR_SHAPE, "predictions are %s; metrics want the batch as the first dimension alone",
                           gd_shape_text(shape, text))
                : GD_OK;
}

gd_status gd__scorer_create(gd__scorer *scorer, const gd_scoring *scoring, int count, const gd_metric *metric,
                            const gd_dataset *set)
{
    scorer->scoring = *scoring;
    scorer->metric_count = count;
    gd_status status = find_width(scorer);
    if (status == GD_OK)
        status = find_fields(scorer, set);
    const gd_metric_opts opts = {.task = task_of(scorer)->scored_as, .width = scorer->width};
    for (int i = 0; i < count && status == GD_OK; i++)
        if (metric[i].kind != NULL)
            status = gd_meter_create(metric[i].kind, opts, &scorer->meter[i]);
    return status;
}

void gd__scorer_free(gd__scorer *scorer)
{
    for (int i = 0; i < scorer->metric_count; i++)
        gd_meter_free(scorer->meter[i]);
    gd__free(scorer->prediction);
    gd__free(scorer->correct);
    gd__free(scorer->each);
    *scorer = (gd__scorer){0};
}

gd_status gd__scorer_reset(gd__scorer *scorer)
{
    gd_status status = GD_OK;
    for (int i = 0; i < scorer->metric_count && status == GD_OK; i++)
        if (scorer->meter[i] != NULL)
            status = gd_meter_reset(scorer->meter[i]);
    return status;
}

gd_status gd__scorer_value(const gd__scorer *scorer, int metric, double *value)
{
    return gd_meter_value(scorer->meter[metric], value);
}

// ---- A batch

static bool make_room(gd__scorer *scorer, int64_t samples)
{
    if (samples <= scorer->capacity)
        return true;
    const size_t count = (size_t)samples, width = (size_t)scorer->width;
    double *prediction = gd__realloc(scorer->prediction, count * width, sizeof *prediction);
    scorer->prediction = prediction != NULL ? prediction : scorer->prediction;
    double *correct = gd__realloc(scorer->correct, count * width, sizeof *correct);
    scorer->correct = correct != NULL ? correct : scorer->correct;
    double *each = gd__realloc(scorer->each, count, sizeof *each);
    scorer->each = each != NULL ? each : scorer->each;
    if (prediction == NULL || correct == NULL || each == NULL)
        return false;
    scorer->capacity = samples;
    return true;
}

// Numbers of an array as doubles, in the units of the target where they are scaled as it is.
static gd_status take(const gd__scorer *scorer, const gd_array *from, double *to)
{
    const int64_t count = gd_array_count(from);
    if (scorer->scoring.preprocess == NULL || !task_of(scorer)->in_units) {
        gd__to_doubles(to, from->data, from->type, count);
        return GD_OK;
    }
    gd_array plain = {0};
    gd_status status = gd_array_create(&plain, GD_F32, from->shape);
    if (status == GD_OK)
        status = gd_array_convert(&plain, from);
    if (status == GD_OK)
        status = gd_preprocess_invert(scorer->scoring.preprocess, scorer->scoring.target, &plain);
    if (status == GD_OK)
        gd__to_doubles(to, plain.data, plain.type, count);
    gd_array_free(&plain);
    return status;
}

static gd_status take_target(gd__scorer *scorer, const gd_array *target, int64_t samples)
{
    const int64_t width = samples > 0 ? gd_array_count(target) / samples : 0;
    const bool classes = task_of(scorer)->labels;
    char text[GD_SHAPE_TEXT];
    if (width != scorer->width && !(classes && width == 1))
        return gd__fail(GD_ERROR_SHAPE, "a target of %s cannot be compared with %lld predictions a sample",
                        gd_shape_text(target->shape, text), (long long)scorer->width);
    gd_status status = take(scorer, target, scorer->correct);
    if (status == GD_OK && classes && width > 1)
        gd__keep_most_probable(scorer->correct, samples, width);
    return status;
}

gd_status gd__scorer_add(gd__scorer *scorer, const gd_array *prediction, const gd_batch *batch)
{
    if (!make_room(scorer, batch->count))
        return gd__fail_memory("the metrics of a batch");
    gd_status status = take(scorer, prediction, scorer->prediction);
    if (status == GD_OK)
        status = take_target(scorer, &batch->field[scorer->target], batch->count);
    if (status == GD_OK && scorer->weight >= 0)
        gd__to_doubles(scorer->each, batch->field[scorer->weight].data, batch->field[scorer->weight].type,
                       batch->count);
    const gd_scored scored = {.task = task_of(scorer)->scored_as,
                              .count = batch->count,
                              .width = scorer->width,
                              .prediction = scorer->prediction,
                              .target = scorer->correct,
                              .weight = scorer->weight >= 0 ? scorer->each : NULL,
                              .probability = scorer->scoring.probability,
                              .threshold = scorer->scoring.threshold};
    for (int i = 0; i < scorer->metric_count && status == GD_OK; i++)
        if (scorer->meter[i] != NULL)
            status = gd_meter_add(scorer->meter[i], &scored);
    return status;
}

double gd__scorer_weight(const gd__scorer *scorer, const gd_batch *batch)
{
    if (scorer->metric_count == 0 || scorer->weight < 0)
        return (double)batch->count;
    double sum = 0;
    for (int64_t i = 0; i < batch->count; i++)
        sum += gd_array_get(&batch->field[scorer->weight], i);
    return sum;
}
