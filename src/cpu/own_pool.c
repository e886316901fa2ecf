#include "cpu/own_pool.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/pictures.h"
#include "cpu/pool_kernel.h"

typedef struct pool_state {
    void (*visit)(const gd__pool_task *task);
    const gd__pool_attributes *attributes;
    int64_t planes, block;
    int64_t read, written; // places of a plane of what is read, and of what is written
    bool spreads;          // backward: what is written is zero before
} pool_state;

typedef struct pool_run {
    const pool_state *state;
    const float *x;
    float *y;
    int32_t *place; // NULL for averages
} pool_run;

static void visit_planes(void *context, int64_t begin, int64_t end)
{
    const pool_run *r = context;
    const pool_state *s = r->state;
    const int64_t places = s->spreads ? s->read : s->written; // of y
    for (int64_t i = begin; i < end; i++) {
        const gd__pool_task task = {.attributes = s->attributes,
                                    .block = s->block,
                                    .x = r->x + i * s->read * s->block,
                                    .y = r->y + i * s->written * s->block,
                                    .place = r->place != NULL ? r->place + i * places * s->block : NULL};
        if (s->spreads)
            memset(task.y, 0, (size_t)(s->written * s->block) * sizeof *task.y);
        s->visit(&task);
    }
}

// Outputs y, place of the maxima; backward inputs dy, place.
static gd_status run_pool(const gd__plan_step *step, void *const *buffer)
{
    const pool_state *s = step->state;
    pool_run r = {.state = s, .x = buffer[step->input[0]], .y = buffer[step->output[0]]};
    if (step->output_count > 1)
        r.place = buffer[step->output[1]];
    else if (step->input_count > 1)
        r.place = buffer[step->input[1]];
    const gd__window *w = &s->attributes->window;
    const int64_t places = s->spreads ? s->read : s->written;
    gd__parallel(s->planes, gd__grain(places * w->kernel[0] * w->kernel[1] * s->block), visit_planes, &r);
    return GD_OK;
}

// ---- Planning

static bool takes(gd_type type)
{
    return type == GD_F32 || type == GD_BF16;
}

static const gd__pool_kernel *kernel_for(int64_t block)
{
    const gd__pool_kernel *kernel[GD__POOL_KERNELS];
    const int count = gd__pool_kernels(kernel);
    for (int i = 0; i < count; i++) {
        if (block % kernel[i]->lanes == 0)
            return kernel[i];
    }
    return kernel[count - 1];
}

// Planes in plain order, which pictures of bf16 have where nothing made them in blocks.
static void find_plain_maxima(const gd__pool_task *task)
{
    gd__find_maxima(&task->attributes->window, task->x, task->y, task->place);
}

static void spread_plain_maxima(const gd__pool_task *task)
{
    const int64_t places = gd__pool_places(&task->attributes->window);
    for (int64_t i = 0; i < places; i++)
        task->y[task->place[i]] += task->x[i];
}

static pool_state *make_state(const gd__node *node, gd_shape x, int64_t block, bool spreads)
{
    const gd__pool_attributes *a = node->attributes;
    const int64_t plane = gd__pool_plane(&a->window), places = gd__pool_places(&a->window);
    const pool_state given = {.attributes = a,
                              .planes = x.dim[0] * x.dim[1] / block,
                              .block = block,
                              .read = spreads ? places : plane,
                              .written = spreads ? plane : places,
                              .spreads = spreads};
    return gd__copy_block(&given, sizeof given);
}

// One operation for each element of the window at each place.
static double flops_of(const gd__node *node, gd_shape y)
{
    const gd__window *w = &((const gd__pool_attributes *)node->attributes)->window;
    return (double)gd_shape_count(y) * (double)(w->kernel[0] * w->kernel[1]);
}

static gd_status add(gd__planner *planner, int32_t index, pool_state *state, double flops, int inputs, const int *input,
                     int outputs, const int *output)
{
    const gd__plan_step step = {.name = planner->plan->graph->node[index].op->name,
                                .node = index,
                                .run = run_pool,
                                .state = state,
                                .free_state = gd__free,
                                .flops = flops};
    return gd__planner_add(planner, step, inputs, input, outputs, output);
}

gd_status gd__own_max_pool(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    const int64_t block = gd__pictures_made(planner, node->input[0]).block;
    if (!takes(x->type) || (block == 1 && x->type == GD_F32))
        return GD_ERROR_UNSUPPORTED;
    const gd_shape y_shape = node->output[0].shape;
    const gd__layout x_layout = gd__pictures_layout(x->shape, block), y_layout = gd__pictures_layout(y_shape, block);
    pool_state *state = make_state(node, x->shape, block, false);
    if (state == NULL)
        return gd__fail_memory(node->op->name);
    state->visit = block == 1 ? find_plain_maxima : kernel_for(block)->find_maxima;
    const int input = gd__want_single(planner, node->input[0], &x_layout);
    const gd__single y = gd__give_single(planner, (gd__ref){index, 0}, &y_layout);
    const int output[] = {y.buffer, gd__planner_give(planner, (gd__ref){index, 1}, &y_layout)};
    const gd_status status = add(planner, index, state, flops_of(node, y_shape), 1, &input, 2, output);
    return status == GD_OK ? gd__finish_single(planner, &y) : status;
}

gd_status gd__own_max_pool_backward(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd__ref place = node->input[1];
    const gd__node *forward = &graph->node[place.node];
    const gd_info *dy = gd__info_at(graph, node->input[0]);
    // The maxima of a max pooling with this window lie within their windows.
    if (!takes(dy->type) || forward->op != &gd__op_max_pool || place.output != 1 ||
        !gd__attributes_equal(node->op, node->attributes, forward->attributes))
        return GD_ERROR_UNSUPPORTED;
    const int64_t block = gd__pictures_made(planner, place).block;
    if (block == 1 && dy->type == GD_F32)
        return GD_ERROR_UNSUPPORTED;
    const gd_shape dx_shape = node->output[0].shape;
    const gd__layout dx_layout = gd__pictures_layout(dx_shape, block),
                     dy_layout = gd__pictures_layout(dy->shape, block);
    pool_state *state = make_state(node, dx_shape, block, true);
    if (state == NULL)
        return gd__fail_memory(node->op->name);
    state->visit = block == 1 ? spread_plain_maxima : kernel_for(block)->spread_maxima;
    const int input[] = {gd__want_single(planner, node->input[0], &dy_layout),
                         gd__planner_want(planner, place, &dy_layout)};
    const gd__single dx = gd__give_single(planner, (gd__ref){index, 0}, &dx_layout);
    const gd_status status = add(planner, index, state, 0, 2, input, 1, &dx.buffer);
    return status == GD_OK ? gd__finish_single(planner, &dx) : status;
}

static gd_status average(gd__planner *planner, int32_t index, bool backward)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *from = gd__info_at(graph, node->input[0]);
    if (!takes(from->type))
        return GD_ERROR_UNSUPPORTED;
    const int64_t block = gd__pictures_made(planner, node->input[0]).block;
    const gd_shape to_shape = node->output[0].shape;
    const gd__layout from_layout = gd__pictures_layout(from->shape, block);
    const gd__layout to_layout = gd__pictures_layout(to_shape, block);
    pool_state *state = make_state(node, from->shape, block, backward);
    if (state == NULL)
        return gd__fail_memory(node->op->name);
    const gd__pool_kernel *kernel = kernel_for(block);
    state->visit = backward ? kernel->spread_average : kernel->average;
    const int input = gd__want_single(planner, node->input[0], &from_layout);
    const gd__single to = gd__give_single(planner, (gd__ref){index, 0}, &to_layout);
    const double flops = flops_of(node, backward ? from->shape : to_shape);
    const gd_status status = add(planner, index, state, flops, 1, &input, 1, &to.buffer);
    return status == GD_OK ? gd__finish_single(planner, &to) : status;
}

gd_status gd__own_average_pool(gd__planner *planner, int32_t index)
{
    return average(planner, index, false);
}

gd_status gd__own_average_pool_backward(gd__planner *planner, int32_t index)
{
    return average(planner, index, true);
}
