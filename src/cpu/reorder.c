// A blocked layout is a strided one with more axes: channels in blocks of 16 are two axes, the blocks and the places in
// them. Where the blocks of two layouts fit into each other, a reordering is therefore one strided copy; and where an
// axis ends in the middle of a block, it is two: the full blocks, and the rest.
#include "cpu/reorder.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "cpu/strided.h"

enum { MOST_PARTS = 2 };

typedef struct reorder_state {
    int part_count; // 0: no strided copies
    gd__strided part[MOST_PARTS];
    size_t to_begin[MOST_PARTS], from_begin[MOST_PARTS]; // bytes
    gd__layout from, to;
    size_t width;
    bool pads; // zeros stand behind the ends of axes
} reorder_state;

static gd_status run_reorder(const gd__plan_step *step, void *const *buffer)
{
    const reorder_state *state = step->state;
    void *to = buffer[step->output[0]];
    const void *from = buffer[step->input[0]];
    if (state->part_count == 0) {
        gd__layout_copy(to, &state->to, from, &state->from, state->width);
        return GD_OK;
    }
    if (state->pads)
        memset(to, 0, (size_t)gd__layout_elements(&state->to) * state->width);
    for (int i = 0; i < state->part_count; i++)
        gd__strided_copy((char *)to + state->to_begin[i], (const char *)from + state->from_begin[i], &state->part[i]);
    return GD_OK;
}

// Where a layout's place along an axis stops going by one stride: at 1, and at each multiple of its inner blocks.
static int add_bounds(const gd__layout *layout, int axis, int64_t *bound, int count)
{
    int64_t size = 1;
    for (int i = layout->inner_count - 1; i >= 0; i--) {
        if (layout->inner_axis[i] != axis)
            continue;
        size *= layout->inner_size[i];
        int at = count;
        for (; at > 0 && bound[at - 1] > size; at--)
            bound[at] = bound[at - 1];
        if (at > 0 && bound[at - 1] == size) { // known already: move back what was shifted
            memmove(bound + at, bound + at + 1, (size_t)(count - at) * sizeof *bound);
            continue;
        }
        bound[at] = size;
        count++;
    }
    return count;
}

// The axes stand in the order in which the copy lies in memory.
static void insert_axis(gd__strided *copy, int64_t size, int64_t to, int64_t from)
{
    int at = copy->shape.rank++;
    for (; at > 0 && copy->to[at - 1] < to; at--) {
        copy->shape.dim[at] = copy->shape.dim[at - 1];
        copy->to[at] = copy->to[at - 1];
        copy->from[at] = copy->from[at - 1];
    }
    copy->shape.dim[at] = size;
    copy->to[at] = to;
    copy->from[at] = from;
}

// Adds what is copied along an axis, `size` places from one at the beginning of a block on. False when the blocks do
// not fit into each other, or there are too many axes.
static bool add_axis(const reorder_state *state, int axis, int64_t size, gd__strided *copy)
{
    int64_t bound[2 * GD__INNER_BLOCKS + 1] = {1};
    int count = add_bounds(&state->to, axis, bound, add_bounds(&state->from, axis, bound, 1));
    while (count > 1 && bound[count - 1] >= size) // within one block
        count--;
    if (size % bound[count - 1] != 0)
        return false;
    for (int i = count - 1; i >= 0; i--) {
        const int64_t next = i == count - 1 ? size : bound[i + 1];
        if (next % bound[i] != 0)
            return false;
        if (next == bound[i])
            continue;
        if (copy->shape.rank == GD_MAX_RANK)
            return false;
        insert_axis(copy, next / bound[i], gd__layout_offset(&state->to, axis, bound[i]),
                    gd__layout_offset(&state->from, axis, bound[i]));
    }
    return true;
}

// The largest block along an axis, of either layout.
static int64_t largest_block(const reorder_state *state, int axis)
{
    int64_t bound[2 * GD__INNER_BLOCKS + 1] = {1};
    return bound[add_bounds(&state->to, axis, bound, add_bounds(&state->from, axis, bound, 1)) - 1];
}

// The copy of the places `begin` … `begin + size - 1` of `axis`, and of all places of the others.
static bool add_part(reorder_state *state, int axis, int64_t begin, int64_t size)
{
    const int at = state->part_count;
    gd__strided *copy = &state->part[at];
    *copy = (gd__strided){.element = state->width};
    if (size == 0)
        return true;
    for (int i = 0; i < state->from.rank; i++)
        if (!add_axis(state, i, i == axis ? size : state->from.dim[i], copy))
            return false;
    state->to_begin[at] = axis < 0 ? 0 : (size_t)gd__layout_offset(&state->to, axis, begin) * state->width;
    state->from_begin[at] = axis < 0 ? 0 : (size_t)gd__layout_offset(&state->from, axis, begin) * state->width;
    state->part_count++;
    return true;
}

// Fills in the strided copies; none where the blocks do not fit, or several axes end within a block.
static void find_parts(reorder_state *state)
{
    int ragged = -1;
    for (int axis = 0; axis < state->from.rank; axis++) {
        state->pads = state->pads || state->to.padded[axis] != state->to.dim[axis];
        if (state->from.dim[axis] % largest_block(state, axis) == 0)
            continue;
        if (ragged >= 0)
            return;
        ragged = axis;
    }
    const int64_t size = ragged < 0 ? 0 : state->from.dim[ragged];
    const int64_t whole = ragged < 0 ? 0 : size - size % largest_block(state, ragged);
    const bool good = ragged < 0 ? add_part(state, -1, 0, 1)
                                 : add_part(state, ragged, 0, whole) && add_part(state, ragged, whole, size - whole);
    if (!good)
        state->part_count = 0;
}

gd_status gd__reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                      const gd__layout *to_layout)
{
    reorder_state given = {
        .from = *from_layout, .to = *to_layout, .width = gd_type_size(gd__info_at(planner->plan->graph, ref)->type)};
    gd__layout_match_axes(&given.from, &given.to);
    find_parts(&given);
    reorder_state *state = gd__copy_block(&given, sizeof given);
    if (state == NULL)
        return gd__fail_memory("a reordering");
    const gd__plan_step step = {
        .name = "reorder", .node = ref.node, .run = run_reorder, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}
