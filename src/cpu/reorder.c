// A blocked layout is a strided one with more axes: channels in blocks of 16 are two axes, the blocks and the places in
// them. Where the blocks of two layouts fit into each other, a reordering is therefore one strided copy.
#include "cpu/reorder.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "cpu/strided.h"

typedef struct reorder_state {
    bool is_strided;
    gd__strided strided;
    gd__layout from, to; // where it is none
    size_t width;
} reorder_state;

static gd_status run_reorder(const gd__step *step, void *const *buffer)
{
    const reorder_state *state = step->state;
    void *to = buffer[step->output[0]];
    const void *from = buffer[step->input[0]];
    if (state->is_strided)
        gd__strided_copy(to, from, &state->strided);
    else
        gd__layout_copy(to, &state->to, from, &state->from, state->width);
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

// False when the blocks do not fit, when there is padding, or when there are too many axes.
static bool find_strided(const gd__layout *from, const gd__layout *to, size_t width, gd__strided *copy)
{
    *copy = (gd__strided){.element = width};
    for (int axis = 0; axis < from->rank; axis++) {
        int64_t bound[2 * GD__INNER_BLOCKS + 1] = {1};
        int count = add_bounds(to, axis, bound, add_bounds(from, axis, bound, 1));
        const int64_t size = from->dim[axis];
        if (from->padded[axis] != size || to->padded[axis] != size || size % bound[count - 1] != 0)
            return false;
        for (int i = count - 1; i >= 0; i--) {
            const int64_t next = i == count - 1 ? size : bound[i + 1];
            if (next % bound[i] != 0)
                return false;
            if (next == bound[i])
                continue;
            if (copy->shape.rank == GD_MAX_RANK)
                return false;
            insert_axis(copy, next / bound[i], gd__layout_offset(to, axis, bound[i]),
                        gd__layout_offset(from, axis, bound[i]));
        }
    }
    return true;
}

gd_status gd__reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                      const gd__layout *to_layout)
{
    reorder_state given = {
        .from = *from_layout, .to = *to_layout, .width = gd_type_size(gd__info_at(planner->plan->graph, ref)->type)};
    gd__layout_match_axes(&given.from, &given.to);
    given.is_strided = find_strided(&given.from, &given.to, given.width, &given.strided);
    reorder_state *state = gd__copy_block(&given, sizeof given);
    if (state == NULL)
        return gd__fail_memory("a reordering");
    const gd__step step = {
        .name = "reorder", .node = ref.node, .run = run_reorder, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}
