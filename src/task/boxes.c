// Objects in pictures: what they are, and the boxes around them.
#include "task/task.h"

// A target has two planes more than an answer (box/map.h).
enum { EDGES = 4, BESIDE = 6 };

static gd_status plan(const gd_target *target, const char *loss, gd_target_plan *plan)
{
    (void)target;
    (void)loss;
    *plan = (gd_target_plan){.form = GD_TARGET_AS_IT_IS};
    return GD_OK;
}

static bool is_map(const gd_task_match *match)
{
    return match->shape.rank == 3 && match->class_count > 0 && match->shape.dim[0] == match->class_count + BESIDE;
}

static int64_t outputs(const gd_task_match *match)
{
    return is_map(match) ? (match->class_count + EDGES) * match->shape.dim[1] * match->shape.dim[2] : 0;
}

static gd_status match(const gd_task_match *match, bool *layers)
{
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    *layers = is_map(match);
    if (!*layers)
        return gd__fail(GD_ERROR_SHAPE,
                        "%s needs maps of boxes, but '%.60s' is %s; `data.transforms` makes them: box_map: {fields: "
                        "[boxes, box_classes, image]}",
                        match->loss, match->target, gd_shape_text(match->shape, have_text));
    const gd_shape want = GD_SHAPE(GD_BATCH, match->class_count + EDGES, match->shape.dim[1], match->shape.dim[2]);
    if (gd_shape_equal(match->output, want))
        return GD_OK;
    return gd__fail(GD_ERROR_SHAPE,
                    "the last layer gives %s, but %s with the target '%.60s' wants %s: a channel for each class%s, and "
                    "4 for the edges of boxes",
                    gd_shape_text(match->output, have_text), match->loss, match->target, gd_shape_text(want, want_text),
                    match->class_names);
}

static int no_classes(int64_t width)
{
    (void)width;
    return 0;
}

const gd_task_kind gd_task_boxes = {
    .record = {.name = "boxes", .doc = "objects of several classes in each picture, with boxes around them"},
    .scored_as = GD_TASK_BOXES,
    .words = "boxes",
    .metric = "mean_average_precision_50",
    .figures = "mean_average_precision|mean_average_precision_50",
    .sections = GD_SECTION_BOXES,
    .plan = plan,
    .outputs = outputs,
    .match = match,
    .class_count = no_classes,
};
