// Several questions a sample, each answered by yes or no whatever the others are: an output for each.
#include "task/task.h"

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    (void)target;
    (void)loss;
    *plan = (gd_target_plan){.form = GD_TARGET_SHARES};
    return GD_OK;
}

static int no_classes(int64_t width)
{
    (void)width;
    return 0;
}

const gd_task_kind gd_task_multi_label = {
    .record = {.name = "multi_label", .doc = "several questions for each sample, each answered by yes or no"},
    .scored_as = GD_TASK_BINARY,
    .words = "several yes or no",
    .metric = "accuracy",
    .figures = "accuracy|precision|recall|f1|roc_auc",
    .sections = GD_SECTION_OUTPUTS,
    .yes_or_no = true,
    .plan = plan,
    .outputs = gd__task_outputs_for_numbers,
    .match = gd__task_match_numbers,
    .class_count = no_classes,
    .column = "yes",
    .columns = "probabilities",
};
