// Whole sets of samples: made of arrays, and measured at once.
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "metric/metric.h"

void gd_answers_free(gd_answers *answers)
{
    GD__NEEDS(answers);
    gd__free(answers->prediction);
    gd__free(answers->target);
    gd__free(answers->weight);
    *answers = (gd_answers){0};
}

static gd_status check_shapes(gd_task task, const gd_array *prediction, const gd_array *target, const gd_array *weight)
{
    char said[GD_SHAPE_TEXT], right[GD_SHAPE_TEXT];
    const bool classes = task == GD_TASK_CLASSES;
    const int64_t samples = prediction->shape.rank > 0 ? prediction->shape.dim[0] : 0;
    const int64_t values = samples > 0 ? gd_array_count(prediction) : 0, targets = gd_array_count(target);
    if (values == 0 || (classes && prediction->shape.rank != 2) || target->shape.rank == 0 ||
        target->shape.dim[0] != samples ||
        (targets != values && task != GD_TASK_BOXES && !(classes && targets == samples)))
        return gd__fail(GD_ERROR_SHAPE, "predictions are %s and targets %s, expected %s",
                        gd_shape_text(prediction->shape, said), gd_shape_text(target->shape, right),
                        classes ? "(N, classes), and a label a sample or (N, classes)" : "(N, …), the same shape");
    if (weight != NULL && gd_array_count(weight) != samples)
        return gd__fail(GD_ERROR_SHAPE, "weights are %s, expected one for each of %lld samples",
                        gd_shape_text(weight->shape, said), (long long)samples);
    return GD_OK;
}

// NULL when memory is short.
static double *doubles_of(const gd_array *array)
{
    const int64_t count = gd_array_count(array);
    double *number = gd__alloc_zeroed((size_t)count, sizeof *number);
    if (number != NULL)
        gd__to_doubles(number, array->data, array->type, count);
    return number;
}

void gd__keep_most_probable(double *target, int64_t samples, int64_t width)
{
    for (int64_t i = 0; i < samples; i++) {
        int64_t best = 0;
        for (int64_t k = 1; k < width; k++)
            if (target[i * width + k] > target[i * width + best])
                best = k;
        target[i] = (double)best;
    }
}

gd_status gd_answers_make(gd_task task, const gd_array *prediction, const gd_array *target, const gd_array *weight,
                          gd_answers *out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = (gd_answers){0};
    gd_status status = check_shapes(task, prediction, target, weight);
    if (status != GD_OK)
        return status;
    const int64_t samples = prediction->shape.dim[0], width = gd_array_count(prediction) / samples;
    out->prediction = doubles_of(prediction);
    out->target = doubles_of(target);
    if (weight != NULL)
        out->weight = doubles_of(weight);
    if (out->prediction == NULL || out->target == NULL || (weight != NULL && out->weight == NULL)) {
        gd_answers_free(out);
        return gd__fail_memory("the answers of all samples");
    }
    if (task == GD_TASK_CLASSES && gd_array_count(target) != samples)
        gd__keep_most_probable(out->target, samples, width);
    const gd_shape shape = prediction->shape;
    const bool maps = shape.rank >= 3; // (N, …, rows, columns)
    out->scored = (gd_scored){.task = task,
                              .count = samples,
                              .width = width,
                              .prediction = out->prediction,
                              .target = out->target,
                              .weight = out->weight,
                              .rows = maps ? shape.dim[shape.rank - 2] : 0,
                              .columns = maps ? shape.dim[shape.rank - 1] : 0};
    return GD_OK;
}

gd_status gd_metric_measure(const gd_metric_kind *kind, const gd_scored *scored, double *value)
{
    GD__NEEDS(scored, GD_ERROR_ARGUMENT);
    gd_meter *meter = NULL;
    const gd_metric_opts opts = {
        .task = scored->task, .width = scored->width, .rows = scored->rows, .columns = scored->columns};
    gd_status status = gd_meter_create(kind, opts, &meter);
    if (status == GD_OK)
        status = gd_meter_add(meter, scored);
    if (status == GD_OK)
        status = gd_meter_value(meter, value);
    gd_meter_free(meter);
    return status;
}
