#include "cpu/convolution.h"

#include <stdio.h>

#include "base/error.h"
#include "cpu/choose.h"
#include "cpu/convolution_job.h"
#ifdef GD_HAVE_DNNL
#include <oneapi/dnnl/dnnl_version.h>
#endif

// The first that takes a job is used where a choice is not worth its time.
static const gd__convolution_way *const way[] = {
#ifdef GD_HAVE_DNNL
    &gd__convolution_dnnl,     &gd__convolution_dnnl_winograd, &gd__convolution_dnnl_winograd_once,
#endif
    &gd__convolution_direct,
#ifndef GD__MINIMAL // Winograd's way is faster here and there, and large
    &gd__convolution_winograd,
#endif
};

typedef struct candidates {
    const gd__convolution_job *job;
    int count;
    const gd__convolution_way *way[GD_COUNT_OF(way)];
} candidates;

static double try_way(void *context, int index)
{
    const candidates *list = context;
    return list->way[index]->time(list->job);
}

// All that a choice depends on: the job, who may compute it, and on how many threads.
static void write_key(const candidates *list, char *key, size_t room)
{
    static const char *const name[] = {"forward", "backward data", "backward weights"};
    const gd__convolution_job *j = list->job;
    const gd__window *w = &j->attributes->window;
    char x[GD_SHAPE_TEXT], y[GD_SHAPE_TEXT];
    int length = snprintf(
        key, room,
        "convolution %s%s %s x %s y %s k %lld,%lld s %lld,%lld d %lld,%lld p %lld,%lld g %lld b%d%d%d threads %d",
        name[j->direction], j->inference ? " inference" : "", gd_type_name(j->type), gd_shape_text(j->x_shape, x),
        gd_shape_text(j->y_shape, y), (long long)w->kernel[0], (long long)w->kernel[1], (long long)w->stride[0],
        (long long)w->stride[1], (long long)w->dilation[0], (long long)w->dilation[1], (long long)w->pad_begin[0],
        (long long)w->pad_begin[1], (long long)j->attributes->groups, j->b.node >= 0, j->addend.node >= 0, j->relu,
        gd_threads());
    for (int i = 0; i < list->count && length > 0 && length < (int)room; i++)
        length += snprintf(key + length, room - (size_t)length, ", %s", list->way[i]->name);
#ifdef GD_HAVE_DNNL
    if (length > 0 && length < (int)room)
        snprintf(key + length, room - (size_t)length, ", oneDNN %d.%d", DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR);
#endif
}

gd_status gd__convolution(gd__planner *planner, int32_t index)
{
    gd__convolution_job job;
    if (!gd__convolution_job_of(planner, index, &job))
        return GD_ERROR_UNSUPPORTED;
    candidates list = {.job = &job};
    for (int i = 0; i < GD_COUNT_OF(way); i++) {
        if (way[i]->takes(&job))
            list.way[list.count++] = way[i];
    }
    int chosen = 0;
    if (list.count > 1 && gd__worth_choosing(job.flops)) {
        char key[480];
        write_key(&list, key, sizeof key);
        chosen = gd__choose(key, list.count, planner->opts.in_passing ? NULL : try_way, &list);
    }
    gd_status status = list.way[chosen]->emit(planner, &job);
    // A library's way may turn out not to know the job; it has added nothing then.
    for (int i = 0; i < list.count && status == GD_ERROR_UNSUPPORTED; i++) {
        if (i != chosen)
            status = list.way[i]->emit(planner, &job);
    }
    return status;
}
