// One of several classes at each place of a sequence: the next letter of a text, the part of speech of each word.
#include "task/task.h"

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    (void)target;
    (void)loss;
    *plan = (gd_target_plan){.form = GD_TARGET_AS_IT_IS};
    return GD_OK;
}

static int64_t outputs(const gd_task_match *match)
{
    return match->class_count;
}

static gd_status match(const gd_task_match *match, bool *layers)
{
    char shape[GD_SHAPE_TEXT], wanted[GD_SHAPE_TEXT];
    const int64_t rows = match->output.rank > 0 ? match->output.dim[0] : GD_BATCH;
    const gd_shape want =
        GD_SHAPE(rows, match->shape.dim[0] == GD_OPEN ? GD_TIME : match->shape.dim[0], match->class_count);
    *layers = true;
    if (match->output.rank == 3 && match->output.dim[1] == want.dim[1] && match->output.dim[2] == want.dim[2])
        return GD_OK;
    return gd__fail(GD_ERROR_SHAPE, "the last layer gives %s, %s with a class at each place wants %s%s",
                    gd_shape_text(match->output, shape), match->loss, gd_shape_text(want, wanted), match->class_names);
}

static int class_count(int64_t width)
{
    return width > INT32_MAX ? INT32_MAX : (int)width;
}

const gd_task_kind gd_task_tokens = {
    .record = {.name = "tokens", .doc = "one of several classes at each place of a sequence"},
    .scored_as = GD_TASK_CLASSES,
    .words = "tokens",
    .metric = "perplexity",
    .figures = "perplexity|bits_per_token|accuracy",
    .by_place = true,
    .plan = plan,
    .outputs = outputs,
    .match = match,
    .class_count = class_count,
    .columns = "probabilities",
};
