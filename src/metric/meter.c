// A running figure: a metric's record with its options and its state.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "metric/calibration.h"

struct gd_meter {
    const gd_metric_kind *kind;
    gd_metric_opts opts; // complete
    void *state;
};

enum { DEFAULT_TOP = 5, MOST_BINS = 1 << 20 };

static gd_status complete_options(const gd_metric_kind *kind, gd_metric_opts *opts)
{
    static const char *const words[] = {"numbers", "binary answers", "classes", "boxes"};
    if ((int)opts->task < 0 || opts->task > GD_TASK_BOXES)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: there is no task %d", kind->name, (int)opts->task);
    if ((kind->tasks >> opts->task & 1) == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: it is not for predictions that are %s", kind->name, words[opts->task]);
    if (opts->width < 1 || opts->width > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %lld numbers a sample, expected 1 to %ld", kind->name,
                        (long long)opts->width, (long)INT32_MAX);
    if (opts->top < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: top is %d, expected at least 1", kind->name, opts->top);
    if (opts->bins < 0 || opts->bins > MOST_BINS)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %d bins, expected 1 to %d", kind->name, opts->bins, (int)MOST_BINS);
    if (opts->top == 0)
        opts->top = DEFAULT_TOP;
    if (opts->bins == 0)
        opts->bins = GD__CALIBRATION_BINS;
    return GD_OK;
}

static void release_state(gd_meter *meter)
{
    if (meter->state != NULL && meter->kind->free != NULL)
        meter->kind->free(meter->state);
}

gd_status gd_meter_create(const gd_metric_kind *kind, gd_metric_opts opts, gd_meter **out)
{
    if (kind == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a meter needs a metric");
    gd_status status = complete_options(kind, &opts);
    if (status != GD_OK)
        return status;
    gd_meter *meter = gd__alloc_zeroed(1, sizeof *meter);
    void *state = gd__alloc_zeroed(1, kind->size(&opts));
    if (meter == NULL || state == NULL) {
        gd__free(meter);
        gd__free(state);
        return gd__fail_memory("a metric");
    }
    *meter = (gd_meter){.kind = kind, .opts = opts, .state = state};
    if (kind->begin != NULL)
        status = kind->begin(&opts, state);
    if (status != GD_OK) {
        gd_meter_free(meter);
        return status;
    }
    *out = meter;
    return GD_OK;
}

void gd_meter_free(gd_meter *meter)
{
    if (meter == NULL)
        return;
    release_state(meter);
    gd__free(meter->state);
    gd__free(meter);
}

gd_status gd_meter_reset(gd_meter *meter)
{
    GD__NEEDS(meter, GD_ERROR_ARGUMENT);
    release_state(meter);
    memset(meter->state, 0, meter->kind->size(&meter->opts));
    return meter->kind->begin == NULL ? GD_OK : meter->kind->begin(&meter->opts, meter->state);
}

gd_status gd_meter_add(gd_meter *meter, const gd_scored *scored)
{
    GD__NEEDS(meter, GD_ERROR_ARGUMENT);
    GD__NEEDS(scored, GD_ERROR_ARGUMENT);
    gd_status status = gd__scored_check(meter->kind, &meter->opts, scored);
    return status == GD_OK ? meter->kind->add(meter->state, scored) : status;
}

gd_status gd_meter_merge(gd_meter *meter, const gd_meter *other)
{
    GD__NEEDS(meter, GD_ERROR_ARGUMENT);
    GD__NEEDS(other, GD_ERROR_ARGUMENT);
    const gd_metric_opts *a = &meter->opts, *b = &other->opts;
    if (meter->kind != other->kind)
        return gd__fail(GD_ERROR_ARGUMENT, "%s cannot be merged with %s", meter->kind->name, other->kind->name);
    if (a->task != b->task || a->width != b->width || a->top != b->top || a->bins != b->bins)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: meters of different options cannot be merged", meter->kind->name);
    return meter->kind->merge(meter->state, other->state);
}

gd_status gd_meter_value(const gd_meter *meter, double *value)
{
    GD__NEEDS(meter, GD_ERROR_ARGUMENT);
    return meter->kind->end(meter->state, value);
}

bool gd__metrics_share(const gd_metric_kind *a, const gd_metric_kind *b)
{
    return a->size == b->size && a->begin == b->begin && a->add == b->add && a->free == b->free &&
           a->tasks == b->tasks && a->needs_probability == b->needs_probability;
}

gd_status gd__meter_value_of(const gd_meter *meter, const gd_metric_kind *kind, double *value)
{
    return kind->end(meter->state, value);
}
