// What must be true of samples before they are scored.
#include <math.h>

#include "base/error.h"
#include "box/map.h"
#include "metric/metric.h"

// Sentences count samples from 0, as they stand in what was given.
#define SAMPLE "%s: sample %lld"

static gd_status check_weights(const char *name, const gd_scored *scored)
{
    for (int64_t i = 0; scored->weight != NULL && i < scored->count; i++)
        if (!(scored->weight[i] >= 0) || isinf(scored->weight[i]))
            return gd__fail(GD_ERROR_ARGUMENT, SAMPLE " has the weight %g, expected a number that is not negative",
                            name, (long long)i, scored->weight[i]);
    return GD_OK;
}

static gd_status check_predictions(const char *name, const gd_scored *scored)
{
    for (int64_t i = 0; i < scored->count * scored->width; i++) {
        const double value = scored->prediction[i];
        const long long sample = (long long)(i / scored->width), at = (long long)(i % scored->width);
        if (!isfinite(value))
            return gd__fail(GD_ERROR_NUMBER, SAMPLE ", prediction %lld is %g, expected a finite number", name, sample,
                            at, value);
        const bool scores = scored->task == GD_TASK_BINARY || scored->task == GD_TASK_CLASSES;
        if (scored->probability && scores && (value < 0 || value > 1))
            return gd__fail(GD_ERROR_ARGUMENT, SAMPLE ", prediction %lld is %g, expected a probability from 0 to 1",
                            name, sample, at, value);
    }
    return GD_OK;
}

// The sum of a row is as exact as the type in which it was computed: bf16 has three digits.
static gd_status check_probability_rows(const char *name, const gd_scored *scored)
{
    enum { SLACK_PERCENT = 2 };
    for (int64_t i = 0; i < scored->count; i++) {
        double sum = 0;
        for (int64_t c = 0; c < scored->width; c++)
            sum += scored->prediction[i * scored->width + c];
        if (fabs(sum - 1) * 100 > SLACK_PERCENT)
            return gd__fail(GD_ERROR_ARGUMENT, SAMPLE " has probabilities that sum to %g, expected 1", name,
                            (long long)i, sum);
    }
    return GD_OK;
}

static gd_status check_classes(const char *name, const gd_scored *scored)
{
    for (int64_t i = 0; i < scored->count; i++) {
        const double target = scored->target[i];
        if (!(target >= 0 && target < (double)scored->width) || target != floor(target))
            return gd__fail(GD_ERROR_ARGUMENT, SAMPLE " has the class %g, expected a whole number from 0 to %lld", name,
                            (long long)i, target, (long long)scored->width - 1);
    }
    return GD_OK;
}

// `width`: numbers of a sample.
static gd_status check_targets(const char *name, const gd_scored *scored, int64_t width)
{
    const bool binary = scored->task == GD_TASK_BINARY;
    for (int64_t i = 0; i < scored->count * width; i++) {
        const double value = scored->target[i];
        if (!isfinite(value) || (binary && (value < 0 || value > 1)))
            return gd__fail(binary ? GD_ERROR_ARGUMENT : GD_ERROR_NUMBER, SAMPLE ", target %lld is %g, expected %s",
                            name, (long long)(i / width), (long long)(i % width), value,
                            binary ? "0, 1 or a probability between" : "a finite number");
    }
    return GD_OK;
}

int64_t gd__box_classes(const gd_metric_opts *opts)
{
    if (opts->rows < 1 || opts->columns < 1 || opts->rows > INT32_MAX || opts->columns > INT32_MAX ||
        opts->width % (opts->rows * opts->columns) != 0)
        return 0;
    const int64_t classes = opts->width / (opts->rows * opts->columns) - GD__MAP_EDGES;
    return classes > 0 ? classes : 0;
}

int64_t gd__target_width(const gd_metric_opts *opts, int64_t width)
{
    const gd__box_map map = {gd__box_classes(opts), opts->rows, opts->columns};
    return opts->task == GD_TASK_BOXES && map.classes > 0 ? gd__map_target_width(map) : width;
}

static gd_status check_form(const gd_metric_kind *kind, const gd_metric_opts *opts, const gd_scored *scored)
{
    if (scored->task != opts->task)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the samples are of another task than the meter was made for",
                        kind->name);
    if (scored->width != opts->width)
        return gd__fail(GD_ERROR_SHAPE, "%s: the samples have %lld numbers each, expected %lld", kind->name,
                        (long long)scored->width, (long long)opts->width);
    if (scored->count < 0 || scored->count > INT64_MAX / scored->width)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %lld samples cannot be", kind->name, (long long)scored->count);
    if (scored->count > 0 && (scored->prediction == NULL || scored->target == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: predictions and targets are needed", kind->name);
    if (kind->needs_probability && !scored->probability)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: it needs probabilities, these are scores", kind->name);
    if (scored->task == GD_TASK_BOXES && gd__box_classes(opts) < 1)
        return gd__fail(GD_ERROR_SHAPE, "%s: %lld numbers a sample are no maps of boxes, (classes + 4, %lld, %lld)",
                        kind->name, (long long)opts->width, (long long)opts->rows, (long long)opts->columns);
    if (scored->task == GD_TASK_BINARY && isnan(scored->threshold))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the threshold is no number", kind->name);
    return GD_OK;
}

gd_status gd__scored_check(const gd_metric_kind *kind, const gd_metric_opts *opts, const gd_scored *scored)
{
    gd_status status = check_form(kind, opts, scored);
    if (status == GD_OK)
        status = check_weights(kind->name, scored);
    if (status == GD_OK)
        status = check_predictions(kind->name, scored);
    if (status == GD_OK && scored->probability && scored->task == GD_TASK_CLASSES)
        status = check_probability_rows(kind->name, scored);
    if (status == GD_OK)
        status = scored->task == GD_TASK_CLASSES
                     ? check_classes(kind->name, scored)
                     : check_targets(kind->name, scored, gd__target_width(opts, scored->width));
    return status;
}
