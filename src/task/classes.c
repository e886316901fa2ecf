// One of several classes, with an output for each.
#include <math.h>

#include "task/task.h"

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    (void)loss;
    *plan = (gd_target_plan){.form = GD_TARGET_LABELS, .class_count = target->named};
    return GD_OK;
}

static int64_t outputs(const gd_task_match *match)
{
    return match->labels ? match->class_count : gd_shape_count(match->shape);
}

static gd_status match(const gd_task_match *match, bool *layers)
{
    char shape[GD_SHAPE_TEXT];
    const bool is_row = !match->labels && match->shape.rank == 1 && match->shape.dim[0] > 1;
    *layers = match->labels || is_row;
    if (!*layers)
        return gd__fail(GD_ERROR_SHAPE,
                        "%s needs class labels, but '%.60s' holds numbers: one whole number a sample, a text or "
                        "a one-hot row was expected",
                        match->loss, match->target);
    if (match->output.rank != 2)
        return gd__fail(GD_ERROR_SHAPE, "the last layer gives %s, %s wants [batch,classes]%s",
                        gd_shape_text(match->output, shape), match->loss,
                        match->output.rank > 2 ? "; is a `flatten` or a global pool missing?" : "");
    const int64_t classes = match->labels ? match->class_count : match->shape.dim[0];
    if (match->output.dim[1] != classes)
        return gd__fail(GD_ERROR_SHAPE, "the last layer gives %lld outputs, the data has %lld classes%s",
                        (long long)match->output.dim[1], (long long)classes, match->class_names);
    return GD_OK;
}

static int class_count(int64_t width)
{
    return width > INT32_MAX ? INT32_MAX : (int)width;
}

// The first of the largest.
static int said(const gd_scored *scored, int64_t sample)
{
    const double *row = scored->prediction + sample * scored->width;
    int best = 0;
    for (int c = 1; c < scored->width; c++)
        if (row[c] > row[best])
            best = c;
    return best;
}

static int truth(const gd_scored *scored, int64_t sample)
{
    const double label = scored->target[sample];
    return label >= 0 && label < (double)scored->width && label == floor(label) ? (int)label : -1;
}

static double certainty(const gd_scored *scored, int64_t sample, int class)
{
    return scored->prediction[sample * scored->width + class];
}

const gd_task_kind gd_task_classes = {
    .record = {.name = "classes", .doc = "one of several classes for each sample", .aliases = "multiclass"},
    .scored_as = GD_TASK_CLASSES,
    .of_places = &gd_task_tokens,
    .words = "classes",
    .metric = "accuracy",
    .figures = "accuracy|precision|recall|f1|roc_auc",
    .sections = GD_SECTION_CLASSES | GD_SECTION_RANKING,
    .labels = true,
    .plan = plan,
    .outputs = outputs,
    .match = match,
    .class_count = class_count,
    .said = said,
    .truth = truth,
    .certainty = certainty,
    .columns = "probabilities",
};
