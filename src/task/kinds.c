// The tasks there are, and what is asked of them.
#include <string.h>

#include "base/error.h"
#include "base/record.h"
#include "task/task.h"

#include "tasks.def"

static const gd_record *const records[] = {GD_TASKS(GD__RECORD_OF)};
static const gd_records kinds = {.noun = "task", .count = (int)(sizeof records / sizeof *records), .record = records};

const gd_records *gd_task_kinds(void)
{
    return &kinds;
}

const gd_task_kind *gd_task_of_width(const gd_task_kind *kind, int64_t width)
{
    GD__NEEDS(kind, NULL);
    return width > 1 && kind->of_several != NULL ? kind->of_several : kind;
}

const gd_task_kind *gd_task_of_field(const gd_task_kind *kind, const gd_field *field)
{
    GD__NEEDS(kind, NULL);
    GD__NEEDS(field, NULL);
    const bool by_place = field->type == GD_I32 && field->shape.rank == 1 && field->class_count > 0;
    return by_place && kind->of_places != NULL ? kind->of_places : gd_task_of_width(kind, gd_shape_count(field->shape));
}

bool gd_task_takes(const gd_task_kind *kind, const gd_metric_kind *metric)
{
    GD__NEEDS(kind, false);
    return (metric->tasks >> kind->scored_as & 1) != 0;
}

const gd_metric_kind *gd_task_figure(const gd_task_kind *kind, int index)
{
    GD__NEEDS(kind, NULL);
    char name[64];
    const char *at = kind->figures;
    for (int i = 0; i < index && *at != '\0'; i++) {
        at += strcspn(at, "|");
        at += *at == '|';
    }
    const size_t length = strcspn(at, "|");
    if (length == 0 || length >= sizeof name)
        return NULL;
    memcpy(name, at, length);
    name[length] = '\0';
    return gd_metric_kind_named(name);
}

gd_status gd__task_match_numbers(const gd_task_match *match, bool *layers)
{
    gd_shape want = {.rank = match->shape.rank + 1, .dim = {GD_BATCH}};
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    for (int i = 1; i < want.rank; i++)
        want.dim[i] = match->shape.dim[i - 1];
    if (want.rank == 1)
        want = GD_SHAPE(GD_BATCH, 1);
    want.dim[want.rank - 1] *= match->spread;
    *layers = true;
    if (gd_shape_equal(match->output, want))
        return GD_OK;
    return gd__fail(GD_ERROR_SHAPE, "the last layer gives %s, but %s with the target '%.60s' wants %s",
                    gd_shape_text(match->output, have_text), match->loss, match->target,
                    gd_shape_text(want, want_text));
}

int64_t gd__task_outputs_for_numbers(const gd_task_match *match)
{
    return gd_shape_count(match->shape) * match->spread;
}
