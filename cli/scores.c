#include "scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *class_text(const gd_model *model, int label, char text[32])
{
    const char *name = gd_model_class_name(model, label);
    if (name != NULL)
        return name;
    snprintf(text, 32, "%d", label);
    return text;
}

// ---- Classes

static int largest(const gd_array *values, int64_t row, int64_t width)
{
    int best = 0;
    for (int i = 1; i < width; i++)
        if (gd_array_get(values, row * width + i) > gd_array_get(values, row * width + best))
            best = i;
    return best;
}

static int64_t row_width(const gd_array *array)
{
    return array->shape.dim[0] > 0 ? gd_array_count(array) / array->shape.dim[0] : 0;
}

int predicted_class(const gd_model *model, const gd_array *prediction, int64_t row, double threshold)
{
    if (model->task == GD_TASK_CLASSES)
        return largest(prediction, row, row_width(prediction));
    return gd_array_get(prediction, row) > threshold;
}

int true_class(const gd_model *model, const gd_array *target, int64_t row)
{
    int64_t width = row_width(target);
    if (width > 1)
        return largest(target, row, width);
    double value = gd_array_get(target, row);
    if (model->task == GD_TASK_BINARY)
        return value > 0.5;
    return value >= 0 && value < model->class_count ? (int)value : -1;
}

static void finish_class(class_score *score)
{
    double correct = (double)score->correct;
    score->precision = score->predicted > 0 ? correct / (double)score->predicted : 0;
    score->recall = score->count > 0 ? correct / (double)score->count : 0;
    double sum = score->precision + score->recall;
    score->f1 = sum > 0 ? 2 * score->precision * score->recall / sum : 0;
}

static gd_status score_classes(const gd_model *model, const gd_array *prediction, const gd_array *target,
                               scores *scores)
{
    size_t classes = (size_t)model->class_count;
    scores->of_class = calloc(classes, sizeof *scores->of_class);
    scores->confusion = calloc(classes * classes, sizeof *scores->confusion);
    if (scores->of_class == NULL || scores->confusion == NULL)
        return GD_ERROR_MEMORY;
    scores->class_count = model->class_count;
    for (int64_t i = 0; i < scores->samples; i++) {
        int truth = true_class(model, target, i),
            predicted = predicted_class(model, prediction, i, model->scoring.threshold);
        if (truth < 0)
            continue;
        scores->confusion[(size_t)truth * classes + (size_t)predicted]++;
        scores->of_class[truth].count++;
        scores->of_class[predicted].predicted++;
        scores->of_class[truth].correct += truth == predicted;
    }
    for (size_t c = 0; c < classes; c++)
        finish_class(&scores->of_class[c]);
    return GD_OK;
}

// ---- Numbers

// One of the library's metrics over all samples.
static gd_status measure(const char *name, const gd_scored *scored, double *value)
{
    gd_meter *meter = NULL;
    gd_status status = gd_meter_create(gd_metric_kind_named(name),
                                       (gd_metric_opts){.task = scored->task, .width = scored->width}, &meter);
    if (status == GD_OK)
        status = gd_meter_add(meter, scored);
    if (status == GD_OK)
        status = gd_meter_value(meter, value);
    gd_meter_free(meter);
    return status;
}

static double *doubles_of(const gd_array *array)
{
    const int64_t count = gd_array_count(array);
    double *number = malloc((size_t)count * sizeof *number);
    for (int64_t i = 0; number != NULL && i < count; i++)
        number[i] = gd_array_get(array, i);
    return number;
}

static gd_status score_numbers(const gd_array *prediction, const gd_array *target, scores *scores)
{
    double *said = doubles_of(prediction), *right = doubles_of(target);
    const gd_scored scored = {.task = GD_TASK_NUMBERS,
                              .count = scores->samples,
                              .width = row_width(prediction),
                              .prediction = said,
                              .target = right};
    gd_status status = said == NULL || right == NULL ? GD_ERROR_MEMORY : GD_OK;
    if (status == GD_OK)
        status = measure("root_mean_squared_error", &scored, &scores->root_mean_square_error);
    if (status == GD_OK)
        status = measure("mean_absolute_error", &scored, &scores->mean_absolute_error);
    if (status == GD_OK)
        status = measure("r2", &scored, &scores->r_squared);
    free(said);
    free(right);
    return status;
}

// ---- Both

static gd_status all_targets(const gd_model *model, const gd_dataset *set, gd_array *target)
{
    int field = gd_dataset_find(set, model->target_name);
    int64_t count = gd_dataset_count(set);
    int64_t *sample = field < 0 ? NULL : malloc((size_t)count * sizeof *sample);
    if (sample == NULL)
        return GD_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        sample[i] = i;
    gd_status status = gd_dataset_get(set, field, count, sample, target);
    free(sample);
    if (status == GD_OK && model->task == GD_TASK_NUMBERS)
        status = gd_preprocess_invert(model->preprocess, model->target_name, target);
    return status;
}

gd_status scores_make(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts, scores *scores)
{
    gd_array prediction = {0}, target = {0};
    *scores = (struct scores){.samples = gd_dataset_count(set)};
    gd_status status = gd_model_predict(model, set, opts, &prediction);
    if (status == GD_OK)
        status = all_targets(model, set, &target);
    // Several independent yes-or-no answers a sample are judged by the metrics alone.
    bool one_answer = status == GD_OK && (model->task != GD_TASK_BINARY || row_width(&prediction) == 1);
    if (one_answer && model->class_count > 0)
        status = score_classes(model, &prediction, &target, scores);
    else if (one_answer && gd_array_count(&prediction) == gd_array_count(&target))
        status = score_numbers(&prediction, &target, scores);
    gd_array_free(&prediction);
    gd_array_free(&target);
    return status;
}

void scores_free(scores *scores)
{
    free(scores->of_class);
    free(scores->confusion);
}
