// Yes or no, with one output a sample: the larger, the more it says yes.
#include "task/task.h"

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    (void)loss;
    bool shares = target->width != 1;
    gd_status status = GD_OK;
    if (target->width == 1 && !target->category && !target->whole)
        status = target->are_shares(target, &shares);
    *plan = shares ? (gd_target_plan){.form = GD_TARGET_SHARES}
                   : (gd_target_plan){.form = GD_TARGET_LABELS, .class_count = 2};
    return status;
}

static gd_status match(const gd_task_match *match, bool *layers)
{
    *layers = false;
    if (match->labels && match->class_count > 2)
        return gd__fail(GD_ERROR_SHAPE,
                        "%s tells two classes apart, the data has %d; softmax_cross_entropy tells any number",
                        match->loss, match->class_count);
    return gd__task_match_numbers(match, layers);
}

static int class_count(int64_t width)
{
    (void)width;
    return 2;
}

static int said(const gd_scored *scored, int64_t sample)
{
    return scored->prediction[sample] > scored->threshold;
}

static int truth(const gd_scored *scored, int64_t sample)
{
    return scored->target[sample] > 0.5;
}

// Both classes share one score: it is that of yes, as far as it says so.
static double certainty(const gd_scored *scored, int64_t sample, int class)
{
    const double yes = scored->prediction[sample];
    return class == 1 ? yes : scored->probability ? 1 - yes : -yes;
}

const gd_task_kind gd_task_binary = {
    .record = {.name = "binary", .doc = "yes or no for each sample"},
    .scored_as = GD_TASK_BINARY,
    .of_several = &gd_task_multi_label,
    .words = "yes or no",
    .metric = "accuracy",
    .figures = "accuracy|precision|recall|f1|roc_auc",
    .sections = GD_SECTION_CLASSES | GD_SECTION_RANKING | GD_SECTION_THRESHOLD,
    .yes_or_no = true,
    .plan = plan,
    .outputs = gd__task_outputs_for_numbers,
    .match = match,
    .class_count = class_count,
    .said = said,
    .truth = truth,
    .certainty = certainty,
    .column = "yes",
    .columns = "probabilities",
};
