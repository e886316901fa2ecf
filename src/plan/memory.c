#include "plan/memory.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "plan/occupancy.h"

enum { ARENA_ALIGNMENT = 64 };

static void touch(gd__buffer *buffer, int step)
{
    if (buffer->first < 0)
        buffer->first = step;
    buffer->last = step;
}

static void find_lifetimes(gd__plan *plan)
{
    for (int i = 0; i < plan->step_count; i++) {
        for (int j = 0; j < plan->step[i].input_count; j++)
            touch(&plan->buffer[plan->step[i].input[j]], i);
        for (int j = 0; j < plan->step[i].output_count; j++)
            touch(&plan->buffer[plan->step[i].output[j]], i);
    }
    for (int i = 0; i < plan->output_count; i++)
        touch(&plan->buffer[plan->output[i]], plan->step_count);
    for (int i = 0; i < plan->copy_count; i++)
        touch(&plan->buffer[plan->copy[i].buffer], plan->step_count);
}

static int root_of(const gd__plan *plan, int buffer)
{
    while (plan->buffer[buffer].shares >= 0)
        buffer = plan->buffer[buffer].shares;
    return buffer;
}

static bool same_elements(const gd__plan *plan, const gd__buffer *a, const gd__buffer *b)
{
    return a->bytes == b->bytes && a->value.node >= 0 && b->value.node >= 0 &&
           gd_shape_equal(gd__info_at(plan->graph, a->value)->shape, gd__info_at(plan->graph, b->value)->shape);
}

// May output `j` of the step take the room of input `k`? If so, that of all inputs that lie there.
static bool may_share(const gd__plan *plan, const gd__plan_step *step, int j, int k)
{
    bool may = true;
    for (int i = 0; i < step->input_count && may; i++) {
        if (root_of(plan, step->input[i]) == root_of(plan, step->input[k]))
            may = (step->in_place != NULL && step->in_place(step, j, i)) || (j == 0 && i == step->takes_over - 1);
    }
    return may;
}

// An output takes the room of an input that is read for the last time in the same step, where the step can do that.
static void share_in_place(gd__plan *plan)
{
    for (int i = 0; i < plan->step_count; i++) {
        const gd__plan_step *step = &plan->step[i];
        for (int j = 0; j < step->output_count; j++) {
            gd__buffer *output = &plan->buffer[step->output[j]];
            // One that nobody reads would leave the room free for the next output of the same step.
            if (output->place != GD__PLACE_ARENA || output->first != i || output->last == i)
                continue;
            for (int k = 0; k < step->input_count; k++) {
                int root = root_of(plan, step->input[k]);
                gd__buffer *input = &plan->buffer[root];
                if (input->place != GD__PLACE_ARENA || input->last != i || input->first == i ||
                    !same_elements(plan, &plan->buffer[step->input[k]], output) || root == step->output[j] ||
                    !may_share(plan, step, j, k))
                    continue;
                output->shares = root;
                input->last = output->last;
                break;
            }
        }
    }
}

// qsort has no context, so the order is sorted by (weight, id) pairs.
typedef struct weighted {
    double weight;
    int buffer;
} weighted;

static int by_falling_weight(const void *a, const void *b)
{
    const weighted *p = a, *q = b;
    if (p->weight != q->weight)
        return p->weight < q->weight ? 1 : -1;
    return p->buffer - q->buffer;
}

static size_t rounded(size_t bytes)
{
    return (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
}

static bool is_placed(const gd__buffer *buffer)
{
    return buffer->place == GD__PLACE_ARENA && buffer->shares < 0 && buffer->first >= 0;
}

// The most bytes that are alive during one step.
static gd_status measure_life(gd__plan *plan)
{
    size_t steps = (size_t)plan->step_count;
    size_t *begin = gd__alloc_zeroed(steps + 2, sizeof *begin), *end = gd__alloc_zeroed(steps + 2, sizeof *end);
    for (int i = 0; begin != NULL && end != NULL && i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        if (is_placed(buffer)) {
            begin[buffer->first] += rounded(buffer->bytes);
            end[buffer->last + 1] += rounded(buffer->bytes);
        }
    }
    size_t alive = 0;
    for (size_t i = 0; begin != NULL && end != NULL && i <= steps; i++) {
        alive = alive + begin[i] - end[i];
        plan->live_bytes = alive > plan->live_bytes ? alive : plan->live_bytes;
    }
    bool good = begin != NULL && end != NULL;
    gd__free(begin);
    gd__free(end);
    return good ? GD_OK : gd__fail_memory("packing the arena");
}

// Which buffers are placed first.
typedef enum preference { LARGEST_FIRST, LARGEST_AND_LONGEST_FIRST, LONGEST_FIRST, PREFERENCES } preference;

static double weight_of(const gd__buffer *buffer, preference preference)
{
    double bytes = (double)buffer->bytes, steps = (double)(buffer->last - buffer->first + 1);
    switch (preference) {
    case LARGEST_AND_LONGEST_FIRST: return bytes * steps;
    case LONGEST_FIRST: return steps;
    default: return bytes;
    }
}

// Gives every buffer a place, one after the other, and says how many bytes that takes in all. False when memory is
// short.
static bool place_all(gd__plan *plan, preference preference, weighted *order, gd__occupancy *occupancy, size_t *total)
{
    int count = 0;
    *total = 0;
    for (int i = 0; i < plan->buffer_count; i++) {
        if (is_placed(&plan->buffer[i]))
            order[count++] = (weighted){weight_of(&plan->buffer[i], preference), i};
    }
    qsort(order, (size_t)count, sizeof *order, by_falling_weight);
    gd__occupancy_clear(occupancy);
    for (int i = 0; i < count; i++) {
        gd__buffer *buffer = &plan->buffer[order[i].buffer];
        const size_t bytes = rounded(buffer->bytes);
        buffer->offset = gd__occupancy_find(occupancy, buffer->first, buffer->last, bytes);
        if (!gd__occupancy_take(occupancy, buffer->first, buffer->last, buffer->offset, bytes))
            return false;
        *total = buffer->offset + bytes > *total ? buffer->offset + bytes : *total;
    }
    return true;
}

// Tries one preference after the other and stays with the best.
static bool place_best(gd__plan *plan, weighted *order, gd__occupancy *occupancy)
{
    preference best = LARGEST_FIRST, last = best;
    size_t bytes;
    bool good = place_all(plan, best, order, occupancy, &plan->arena_bytes);
    // No packing needs less than what is alive at once; the greedy one often needs no more.
    for (preference p = best + 1; good && p < PREFERENCES && plan->arena_bytes > plan->live_bytes; p++) {
        good = place_all(plan, last = p, order, occupancy, &bytes);
        if (good && bytes < plan->arena_bytes) {
            plan->arena_bytes = bytes;
            best = p;
        }
    }
    return good && (last == best || place_all(plan, best, order, occupancy, &bytes));
}

// Is none of the buffers that are alive together in the place of another one, and none beyond the arena's end? Plans
// with very many buffers are believed, as each is compared with each.
static bool all_have_room(const gd__plan *plan)
{
    enum { COMPARED = 4096 };
    if (plan->buffer_count > COMPARED)
        return true;
    for (int i = 0; i < plan->buffer_count; i++) {
        const gd__buffer *a = &plan->buffer[i];
        if (is_placed(a) && a->offset + a->bytes > plan->arena_bytes)
            return false;
        for (int j = 0; j < i && is_placed(a); j++) {
            const gd__buffer *b = &plan->buffer[j];
            const bool together = a->first <= b->last && b->first <= a->last;
            const bool overlap = a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
            if (is_placed(b) && together && overlap)
                return false;
        }
    }
    return true;
}

gd_status gd__plan_pack(gd__plan *plan)
{
    find_lifetimes(plan);
    share_in_place(plan);
    gd_status status = measure_life(plan);
    if (status != GD_OK)
        return status;
    weighted *order = gd__alloc(((size_t)plan->buffer_count + 1) * sizeof *order);
    gd__occupancy occupancy;
    bool good = gd__occupancy_start(&occupancy, (size_t)plan->step_count + 1) && order != NULL &&
                place_best(plan, order, &occupancy);
    for (int i = 0; i < plan->buffer_count; i++) {
        if (plan->buffer[i].shares >= 0)
            plan->buffer[i].offset = plan->buffer[root_of(plan, i)].offset;
        GD__ASSERT(plan->buffer[i].shares < 0 || plan->buffer[i].bytes <= plan->buffer[root_of(plan, i)].bytes);
    }
    GD__ASSERT(!good || all_have_room(plan));
    gd__occupancy_end(&occupancy);
    gd__free(order);
    return good ? GD_OK : gd__fail_memory("packing the arena");
}
