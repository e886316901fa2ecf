#include "plan/memory.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

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
static bool may_share(const gd__plan *plan, const gd__step *step, int j, int k)
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
        const gd__step *step = &plan->step[i];
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

// The lowest offset at which `buffer` meets none of the placed ones; `placed` is sorted by offset.
static size_t find_place(const gd__plan *plan, const gd__buffer *buffer, const int *placed, int count, int *at)
{
    size_t offset = 0;
    *at = count;
    for (int i = 0; i < count; i++) {
        const gd__buffer *other = &plan->buffer[placed[i]];
        if (other->last < buffer->first || other->first > buffer->last)
            continue;
        if (other->offset >= offset && other->offset - offset >= rounded(buffer->bytes))
            break;
        size_t end = other->offset + rounded(other->bytes);
        offset = end > offset ? end : offset;
    }
    for (int i = 0; i < count; i++) {
        if (plan->buffer[placed[i]].offset >= offset) {
            *at = i;
            break;
        }
    }
    return offset;
}

// The most bytes that are alive during one step.
static gd_status measure_life(gd__plan *plan)
{
    size_t steps = (size_t)plan->step_count;
    size_t *begin = gd__alloc_zeroed(steps + 2, sizeof *begin), *end = gd__alloc_zeroed(steps + 2, sizeof *end);
    for (int i = 0; begin != NULL && end != NULL && i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        if (buffer->place == GD__PLACE_ARENA && buffer->shares < 0 && buffer->first >= 0) {
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

// Gives every buffer a place, one after the other; returns the bytes that are needed in all.
static size_t place_all(gd__plan *plan, preference preference, weighted *order, int *placed)
{
    int count = 0, placed_count = 0;
    size_t total = 0;
    for (int i = 0; i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        if (buffer->place == GD__PLACE_ARENA && buffer->shares < 0 && buffer->first >= 0)
            order[count++] = (weighted){weight_of(buffer, preference), i};
    }
    qsort(order, (size_t)count, sizeof *order, by_falling_weight);
    for (int i = 0; i < count; i++) {
        gd__buffer *buffer = &plan->buffer[order[i].buffer];
        int at;
        buffer->offset = find_place(plan, buffer, placed, placed_count, &at);
        for (int j = placed_count++; j > at; j--)
            placed[j] = placed[j - 1];
        placed[at] = order[i].buffer;
        size_t end = buffer->offset + rounded(buffer->bytes);
        total = end > total ? end : total;
    }
    return total;
}

gd_status gd__plan_pack(gd__plan *plan)
{
    find_lifetimes(plan);
    share_in_place(plan);
    gd_status status = measure_life(plan);
    if (status != GD_OK)
        return status;
    size_t buffers = (size_t)plan->buffer_count + 1;
    weighted *order = gd__alloc(buffers * sizeof *order);
    int *placed = gd__alloc(buffers * sizeof *placed);
    if (order != NULL && placed != NULL) {
        preference best = LARGEST_FIRST, last = best;
        plan->arena_bytes = place_all(plan, best, order, placed);
        // No packing needs less than what is alive at once; the greedy one often needs no more.
        for (preference p = best + 1; p < PREFERENCES && plan->arena_bytes > plan->live_bytes; p++) {
            size_t bytes = place_all(plan, last = p, order, placed);
            if (bytes < plan->arena_bytes) {
                plan->arena_bytes = bytes;
                best = p;
            }
        }
        if (last != best)
            place_all(plan, best, order, placed);
    } else {
        status = gd__fail_memory("packing the arena");
    }
    for (int i = 0; i < plan->buffer_count; i++) {
        if (plan->buffer[i].shares >= 0)
            plan->buffer[i].offset = plan->buffer[root_of(plan, i)].offset;
    }
    gd__free(order);
    gd__free(placed);
    return status;
}
