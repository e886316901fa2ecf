#include "cpu/pictures.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/processor.h"

int64_t gd__pictures_block(gd_shape shape)
{
    const int block = gd__channel_block();
    return shape.rank >= 3 && shape.rank <= 4 && shape.dim[1] % block == 0 ? block : 1;
}

gd__layout gd__pictures_layout(gd_shape shape, int64_t block)
{
    gd__layout layout = gd__layout_plain(shape);
    if (block == 1)
        return layout;
    layout.inner_count = 1;
    layout.inner_axis[0] = 1;
    layout.inner_size[0] = block;
    for (int i = 1; i < shape.rank; i++)
        layout.stride[i] *= block;
    return layout;
}

static gd__pictures pictures_in(int rank, const int64_t *dim)
{
    return (gd__pictures){.count = dim[0],
                          .channels = dim[1],
                          .height = rank > 2 ? dim[2] : 1,
                          .width = rank > 3 ? dim[3] : 1,
                          .block = 1};
}

bool gd__pictures_of(const gd__layout *layout, gd__pictures *pictures)
{
    if (layout->rank < 2 || layout->rank > 4)
        return false;
    gd_shape shape = {.rank = layout->rank};
    memcpy(shape.dim, layout->dim, (size_t)layout->rank * sizeof layout->dim[0]);
    *pictures = pictures_in(layout->rank, layout->dim);
    if (layout->inner_count == 1 && layout->inner_axis[0] == 1 && shape.dim[1] % layout->inner_size[0] == 0)
        pictures->block = layout->inner_size[0];
    const gd__layout expected = gd__pictures_layout(shape, pictures->block);
    return gd__layout_equal(layout, &expected);
}

gd__pictures gd__pictures_made(const gd__planner *planner, gd__ref ref)
{
    const gd_graph *graph = planner->plan->graph;
    const gd_shape *shape = &gd__info_at(graph, ref)->shape;
    gd__pictures pictures;
    if (!(graph->node[ref.node].op->flags & GD_OP_SOURCE) &&
        gd__pictures_of(gd__planner_layout(planner, ref), &pictures))
        return pictures;
    return pictures_in(shape->rank, shape->dim);
}

// ---- bf16

typedef struct converting {
    int64_t count;
    bool narrows; // from f32 to bf16, else from bf16 to f32
} converting;

typedef struct conversion {
    const converting *state;
    const void *from;
    void *to;
} conversion;

static void convert_range(void *context, int64_t begin, int64_t end)
{
    const conversion *c = context;
    if (c->state->narrows) {
        for (int64_t i = begin; i < end; i++)
            ((uint16_t *)c->to)[i] = gd__bf16_from_float(((const float *)c->from)[i]);
    } else {
        for (int64_t i = begin; i < end; i++)
            ((float *)c->to)[i] = gd__bf16_to_float(((const uint16_t *)c->from)[i]);
    }
}

static gd_status run_conversion(const gd__plan_step *step, void *const *buffer)
{
    conversion c = {.state = step->state, .from = buffer[step->input[0]], .to = buffer[step->output[0]]};
    gd__parallel(c.state->count, GD__GRAIN, convert_range, &c);
    return GD_OK;
}

static gd_status add_conversion(gd__planner *planner, gd__ref ref, int from, int to, int64_t count, bool narrows)
{
    const converting given = {.count = count, .narrows = narrows};
    converting *state = gd__copy_block(&given, sizeof given);
    if (state == NULL)
        return gd__fail_memory("a conversion");
    const gd__plan_step step = {
        .name = "convert", .node = ref.node, .run = run_conversion, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}

int gd__want_single(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    const int buffer = gd__planner_want(planner, ref, layout);
    if (buffer < 0 || gd__info_at(planner->plan->graph, ref)->type != GD_BF16)
        return buffer;
    const int64_t count = gd__layout_elements(layout);
    const int single = gd__planner_scratch(planner, (size_t)count * sizeof(float));
    if (single < 0 || add_conversion(planner, ref, buffer, single, count, false) != GD_OK)
        return -1;
    return single;
}

gd__single gd__give_single(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    const int target = gd__planner_give(planner, ref, layout);
    gd__single single = {ref, target, target};
    if (gd__info_at(planner->plan->graph, ref)->type == GD_BF16)
        single.buffer = gd__planner_scratch(planner, (size_t)gd__layout_elements(layout) * sizeof(float));
    return single;
}

gd_status gd__finish_single(gd__planner *planner, const gd__single *single)
{
    if (single->buffer == single->target)
        return GD_OK;
    const int64_t count = gd_shape_count(gd__info_at(planner->plan->graph, single->ref)->shape);
    return add_conversion(planner, single->ref, single->buffer, single->target, count, true);
}
