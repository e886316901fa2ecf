// Pictures: what the network says is a picture itself.
#include "task/task.h"

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    (void)target, (void)loss;
    *plan = (gd_target_plan){.form = GD_TARGET_AS_IT_IS};
    return GD_OK;
}

static int no_classes(int64_t width)
{
    (void)width;
    return 0;
}

const gd_task_kind gd_task_pictures = {
    .record = {.name = "pictures", .doc = "a picture for each picture, its values from 0 to 1"},
    .scored_as = GD_TASK_NUMBERS,
    .words = "pictures",
    .metric = "psnr",
    .figures = "psnr|ssim",
    .plan = plan,
    .outputs = gd__task_outputs_for_numbers,
    .match = gd__task_match_numbers,
    .class_count = no_classes,
    .column = "value",
    .columns = "values",
};
