// Numbers: what the network says is the answer.
#include "task/task.h"

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    if (target->category && target->text != NULL)
        return gd__fail(GD_ERROR_FORMAT,
                        "%.40s is of numbers, but '%.60s' holds texts ('%.40s'); softmax_cross_entropy or "
                        "logistic learn classes",
                        loss, target->name, target->text);
    *plan = (gd_target_plan){.form = target->whole ? GD_TARGET_NUMBERS : GD_TARGET_AS_IT_IS};
    return GD_OK;
}

static int no_classes(int64_t width)
{
    (void)width;
    return 0;
}

const gd_task_kind gd_task_regression = {
    .record = {.name = "regression", .doc = "one number or several for each sample", .aliases = "numbers"},
    .scored_as = GD_TASK_NUMBERS,
    .words = "numbers",
    .metric = "mean_absolute_error",
    .figures = "mean_absolute_error|root_mean_squared_error|r2",
    .sections = GD_SECTION_OUTPUTS,
    .in_units = true,
    .plan = plan,
    .outputs = gd__task_outputs_for_numbers,
    .match = gd__task_match_numbers,
    .class_count = no_classes,
    .column = "value",
    .columns = "values",
};
