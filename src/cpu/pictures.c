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

static gd_status run_conversion(const gd__step *step, void *const *buffer)
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
    const gd__step step = {
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

// ---- From one order to another

typedef struct reordering {
    gd__pictures from, to;
} reordering;

typedef struct reorder_run {
    const reordering *form;
    const uint32_t *from;
    uint32_t *to;
} reorder_run;

// Turns `channels` rows of `places` words, `pitch` apart, to columns; or back.
static void turn(const uint32_t *from, int64_t from_channel, int64_t from_place, uint32_t *to, int64_t to_channel,
                 int64_t to_place, int64_t channels, int64_t places)
{
    enum { PART = 16 }; // places whose channels stay in the first cache
    for (int64_t first = 0; first < places; first += PART) {
        const int64_t end = first + PART < places ? first + PART : places;
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t i = first; i < end; i++)
                to[c * to_channel + i * to_place] = from[c * from_channel + i * from_place];
        }
    }
}

// Items are as many channels of one picture as lie side by side in the wider of the two forms.
static void reorder_range(void *context, int64_t begin, int64_t end)
{
    const reorder_run *r = context;
    const gd__pictures *from = &r->form->from, *to = &r->form->to;
    const int64_t wide = from->block > to->block ? from->block : to->block, plane = from->height * from->width;
    const int64_t narrow = from->block < to->block ? from->block : to->block;
    for (int64_t item = begin; item < end; item++) {
        for (int64_t c = 0; c < wide; c += narrow) {
            // Within each form a block of channels is `plane` places of `block` numbers.
            const uint32_t *const source = r->from + item * wide * plane + c / from->block * from->block * plane;
            uint32_t *const target = r->to + item * wide * plane + c / to->block * to->block * plane;
            turn(source + c % from->block, 1, from->block, target + c % to->block, 1, to->block, narrow, plane);
        }
    }
}

static gd_status run_reorder(const gd__step *step, void *const *buffer)
{
    reorder_run r = {.form = step->state, .from = buffer[step->input[0]], .to = buffer[step->output[0]]};
    const gd__pictures *from = &r.form->from;
    const int64_t wide = from->block > r.form->to.block ? from->block : r.form->to.block;
    gd__parallel(from->count * from->channels / wide, gd__grain(wide * from->height * from->width), reorder_range, &r);
    return GD_OK;
}

gd_status gd__pictures_reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                               const gd__layout *to_layout)
{
    reordering given;
    const gd_type type = gd__info_at(planner->plan->graph, ref)->type;
    if ((type != GD_F32 && type != GD_I32) || !gd__pictures_of(from_layout, &given.from) ||
        !gd__pictures_of(to_layout, &given.to))
        return GD_ERROR_UNSUPPORTED;
    const int64_t a = given.from.block, b = given.to.block;
    if (a % b != 0 && b % a != 0)
        return GD_ERROR_UNSUPPORTED;
    reordering *state = gd__copy_block(&given, sizeof given);
    if (state == NULL)
        return gd__fail_memory("a reordering");
    const gd__step step = {
        .name = "reorder", .node = ref.node, .run = run_reorder, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}
