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

// An output of an elementwise step takes the room of an input that is read for the last time there.
static void share_in_place(gd__plan *plan)
{
    for (int i = 0; i < plan->step_count; i++) {
        const gd__step *step = &plan->step[i];
        for (int j = 0; step->elementwise && j < step->output_count; j++) {
            gd__buffer *output = &plan->buffer[step->output[j]];
            if (output->place != GD__PLACE_ARENA || output->first != i)
                continue;
            for (int k = 0; k < step->input_count; k++) {
                int root = root_of(plan, step->input[k]);
                gd__buffer *input = &plan->buffer[root];
                if (input->place != GD__PLACE_ARENA || input->last != i || input->first == i ||
                    !same_elements(plan, &plan->buffer[step->input[k]], output) || root == step->output[j])
                    continue;
                output->shares = root;
                input->last = output->last;
                break;
            }
        }
    }
}

// qsort has no context, so the order is sorted by (size, id) pairs.
typedef struct sized {
    size_t bytes;
    int buffer;
} sized;

static int by_falling_size(const void *a, const void *b)
{
    const sized *p = a, *q = b;
    if (p->bytes != q->bytes)
        return p->bytes < q->bytes ? 1 : -1;
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

gd_status gd__plan_pack(gd__plan *plan)
{
    find_lifetimes(plan);
    share_in_place(plan);
    size_t buffers = (size_t)plan->buffer_count + 1;
    sized *order = gd__alloc(buffers * sizeof *order);
    int *placed = gd__alloc(buffers * sizeof *placed);
    if (order == NULL || placed == NULL) {
        gd__free(order);
        gd__free(placed);
        return gd__fail_memory("packing the arena");
    }
    int count = 0, placed_count = 0;
    for (int i = 0; i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        if (buffer->place == GD__PLACE_ARENA && buffer->shares < 0 && buffer->first >= 0)
            order[count++] = (sized){buffer->bytes, i};
    }
    qsort(order, (size_t)count, sizeof *order, by_falling_size);
    for (int i = 0; i < count; i++) {
        gd__buffer *buffer = &plan->buffer[order[i].buffer];
        int at;
        buffer->offset = find_place(plan, buffer, placed, placed_count, &at);
        for (int j = placed_count++; j > at; j--)
            placed[j] = placed[j - 1];
        placed[at] = order[i].buffer;
        size_t end = buffer->offset + rounded(buffer->bytes);
        plan->arena_bytes = end > plan->arena_bytes ? end : plan->arena_bytes;
    }
    for (int i = 0; i < plan->buffer_count; i++) {
        if (plan->buffer[i].shares >= 0)
            plan->buffer[i].offset = plan->buffer[root_of(plan, i)].offset;
    }
    gd__free(order);
    gd__free(placed);
    return GD_OK;
}
