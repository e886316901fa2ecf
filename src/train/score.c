#include "train/score.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "metric/metric.h"

int gd__metric_subjects(int count, const gd_metric *metric, const gd_scoring *scoring,
                        const gd_scoring *subject[GD_MAX_METRICS], int *subject_of)
{
    int subjects = 0;
    for (int i = 0; i < count; i++) {
        const gd_scoring *own = metric[i].scoring != NULL ? metric[i].scoring : scoring;
        int found = 0;
        while (found < subjects && subject[found] != own)
            found++;
        if (metric[i].kind != NULL && found == subjects)
            subject[subjects++] = own;
        if (subject_of != NULL)
            subject_of[i] = metric[i].kind != NULL ? found : -1;
    }
    return subjects;
}

static const gd_task_kind *task_of(const gd__subject *subject)
{
    return subject->scoring.task != NULL ? subject->scoring.task : &gd_task_regression;
}

// ---- Making one

static gd_status find_fields(gd__subject *subject, const gd_dataset *set)
{
    const gd_scoring *scoring = &subject->scoring;
    subject->target = scoring->target == NULL ? -1 : gd_dataset_find(set, scoring->target);
    if (subject->target < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set has no '%s' to compare predictions with",
                        scoring->target == NULL ? "target" : scoring->target);
    subject->weight = scoring->weight == NULL ? -1 : gd_dataset_find(set, scoring->weight);
    subject->length = -1;
    if (!task_of(subject)->by_place || gd_dataset_field(set, subject->target).shape.dim[0] != GD_OPEN)
        return GD_OK;
    gd__text name = {0};
    gd__text_add(&name, "%s_length", scoring->target);
    if (name.data != NULL)
        subject->length = gd_dataset_find(set, name.data);
    gd__text_free(&name);
    return subject->length >= 0
               ? GD_OK
               : gd__fail(GD_ERROR_ARGUMENT, "the data set does not say how long each '%s' is", scoring->target);
}

// (batch, places, classes): each place by itself, however many there are.
static gd_status find_width_by_place(gd__subject *subject, gd_shape shape)
{
    char text[GD_SHAPE_TEXT];
    if (shape.rank != 3 || shape.dim[2] < 1)
        return gd__fail(GD_ERROR_SHAPE, "predictions are %s; metrics want (batch, places, classes)",
                        gd_shape_text(shape, text));
    subject->width = subject->opts.width = shape.dim[2];
    subject->target_width = 1;
    return GD_OK;
}

static gd_status find_width(gd__subject *subject)
{
    char text[GD_SHAPE_TEXT];
    if (!gd_tensor_ok(subject->scoring.prediction))
        return gd__fail(GD_ERROR_ARGUMENT, "the metrics compare predictions, and no sound tensor of them was given");
    const gd_shape shape = gd_tensor_shape(subject->scoring.prediction);
    subject->width = 1;
    subject->opts = (gd_metric_opts){.task = task_of(subject)->scored_as};
    if (task_of(subject)->by_place)
        return find_width_by_place(subject, shape);
    bool open = shape.rank < 1 || shape.dim[0] != GD_BATCH;
    for (int i = 1; i < shape.rank; i++) {
        open = open || shape.dim[i] < 0;
        subject->width *= shape.dim[i];
    }
    subject->opts.width = subject->width;
    if (shape.rank >= 3) { // (batch, …, rows, columns)
        subject->opts.rows = shape.dim[shape.rank - 2];
        subject->opts.columns = shape.dim[shape.rank - 1];
    }
    subject->target_width = gd__target_width(&subject->opts, subject->width);
    return open ? gd__fail(GD_ERROR_SHAPE, "predictions are %s; metrics want the batch as the first dimension alone",
                           gd_shape_text(shape, text))
                : GD_OK;
}

// The metric before this one whose meter serves it too, or the metric itself.
static int meter_for(const gd__scorer *scorer, int metric)
{
    for (int i = 0; i < metric; i++)
        if (scorer->meter[i] != NULL && scorer->subject_of[i] == scorer->subject_of[metric] &&
            gd__metrics_share(scorer->kind[i], scorer->kind[metric]))
            return i;
    return metric;
}

gd_status gd__scorer_create(gd__scorer *scorer, const gd_scoring *scoring, int count, const gd_metric *metric,
                            const gd_dataset *set)
{
    const gd_scoring *subject[GD_MAX_METRICS];
    scorer->metric_count = count;
    scorer->subject_count = gd__metric_subjects(count, metric, scoring, subject, scorer->subject_of);
    gd_status status = GD_OK;
    for (int s = 0; s < scorer->subject_count && status == GD_OK; s++) {
        scorer->subject[s].scoring = *subject[s];
        status = find_width(&scorer->subject[s]);
        if (status == GD_OK)
            status = find_fields(&scorer->subject[s], set);
    }
    for (int i = 0; i < count && status == GD_OK; i++) {
        if (metric[i].kind == NULL)
            continue;
        const gd__subject *of = &scorer->subject[scorer->subject_of[i]];
        scorer->kind[i] = metric[i].kind;
        scorer->meter_of[i] = meter_for(scorer, i);
        if (scorer->meter_of[i] == i)
            status = gd_meter_create(metric[i].kind, of->opts, &scorer->meter[i]);
    }
    return status;
}

void gd__scorer_free(gd__scorer *scorer)
{
    for (int i = 0; i < scorer->metric_count; i++)
        gd_meter_free(scorer->meter[i]);
    for (int s = 0; s < scorer->subject_count; s++) {
        gd__free(scorer->subject[s].prediction);
        gd__free(scorer->subject[s].correct);
        gd__free(scorer->subject[s].each);
    }
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
    return gd__meter_value_of(scorer->meter[scorer->meter_of[metric]], scorer->kind[metric], value);
}

// ---- A batch

static bool make_room(gd__subject *subject, int64_t samples)
{
    if (samples <= subject->capacity)
        return true;
    const size_t count = (size_t)samples, width = (size_t)subject->width, wanted = (size_t)subject->target_width;
    double *prediction = gd__realloc(subject->prediction, count * width, sizeof *prediction);
    subject->prediction = prediction != NULL ? prediction : subject->prediction;
    double *correct = gd__realloc(subject->correct, count * wanted, sizeof *correct);
    subject->correct = correct != NULL ? correct : subject->correct;
    double *each = gd__realloc(subject->each, count, sizeof *each);
    subject->each = each != NULL ? each : subject->each;
    if (prediction == NULL || correct == NULL || each == NULL)
        return false;
    subject->capacity = samples;
    return true;
}

// Numbers of an array as doubles, in the units of the target where they are scaled as it is.
static gd_status take(const gd__subject *subject, const gd_array *from, double *to)
{
    const int64_t count = gd_array_count(from);
    if (subject->scoring.preprocess == NULL || !task_of(subject)->in_units) {
        gd__to_doubles(to, from->data, from->type, count);
        return GD_OK;
    }
    gd_array plain = {0};
    gd_status status = gd_array_create(&plain, GD_F32, from->shape);
    if (status == GD_OK)
        status = gd_array_convert(&plain, from);
    if (status == GD_OK)
        status = gd_preprocess_invert(subject->scoring.preprocess, subject->scoring.target, &plain);
    if (status == GD_OK)
        gd__to_doubles(to, plain.data, plain.type, count);
    gd_array_free(&plain);
    return status;
}

static gd_status take_target(gd__subject *subject, const gd_array *target, int64_t rows)
{
    const int64_t width = rows > 0 ? gd_array_count(target) / rows : 0;
    const bool classes = task_of(subject)->labels;
    char text[GD_SHAPE_TEXT];
    if (width != subject->target_width && !(classes && width == 1))
        return gd__fail(GD_ERROR_SHAPE, "a target of %s cannot be compared with %lld predictions a sample",
                        gd_shape_text(target->shape, text), (long long)subject->width);
    gd_status status = take(subject, target, subject->correct);
    if (status == GD_OK && classes && width > 1)
        gd__keep_most_probable(subject->correct, rows, width);
    return status;
}

// What each row counts: the weight of its sample, and nothing behind the end of its sequence. False: 1 each.
static bool take_weights(gd__subject *subject, const gd_batch *batch, int64_t places)
{
    const gd_array *weight = subject->weight >= 0 ? &batch->field[subject->weight] : NULL;
    const gd_array *length = subject->length >= 0 ? &batch->field[subject->length] : NULL;
    for (int64_t i = 0; i < batch->count && (weight != NULL || length != NULL); i++) {
        const double each = weight != NULL ? gd_array_get(weight, i) : 1;
        const double end = length != NULL ? gd_array_get(length, i) : (double)places;
        for (int64_t t = 0; t < places; t++)
            subject->each[i * places + t] = (double)t < end ? each : 0;
    }
    return weight != NULL || length != NULL;
}

gd_status gd__scorer_add(gd__scorer *scorer, int place, const gd_array *prediction, const gd_batch *batch)
{
    gd__subject *subject = &scorer->subject[place];
    const int64_t places = task_of(subject)->by_place ? prediction->shape.dim[1] : 1, rows = batch->count * places;
    if (!make_room(subject, rows))
        return gd__fail_memory("the metrics of a batch");
    gd_status status = take(subject, prediction, subject->prediction);
    if (status == GD_OK)
        status = take_target(subject, &batch->field[subject->target], rows);
    if (status != GD_OK)
        return status;
    const bool weighted = take_weights(subject, batch, places);
    const gd_scored scored = {.task = task_of(subject)->scored_as,
                              .count = rows,
                              .width = subject->width,
                              .prediction = subject->prediction,
                              .target = subject->correct,
                              .weight = weighted ? subject->each : NULL,
                              .probability = subject->scoring.probability,
                              .threshold = subject->scoring.threshold};
    for (int i = 0; i < scorer->metric_count && status == GD_OK; i++)
        if (scorer->meter[i] != NULL && scorer->subject_of[i] == place)
            status = gd_meter_add(scorer->meter[i], &scored);
    return status;
}

// Weights are of samples, whatever the subject; a sequence counts by its places.
double gd__scorer_weight(const gd__scorer *scorer, const gd_batch *batch)
{
    const gd__subject *subject = &scorer->subject[0];
    const int weight = scorer->subject_count == 0 ? -1 : subject->weight;
    const int length = scorer->subject_count == 0 ? -1 : subject->length;
    if (weight < 0 && length < 0)
        return (double)batch->count;
    double sum = 0;
    for (int64_t i = 0; i < batch->count; i++)
        sum += (weight < 0 ? 1 : gd_array_get(&batch->field[weight], i)) *
               (length < 0 ? 1 : gd_array_get(&batch->field[length], i));
    return sum;
}
