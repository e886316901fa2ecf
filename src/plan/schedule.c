#include "plan/schedule.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"

typedef struct scheduling {
    gd__plan *plan;
    int variables;
    int *write, *read;                   // by buffer: the last step so far that writes it, that reads it; -1: none
    int *variable_write, *variable_read; // by variable
    int *last_use;                       // by buffer
    int *after;                          // by step: the step that it follows; -1: it stays where it is
    int *first_follower, *next_follower; // by step: the moved steps that follow it
} scheduling;

static int larger(int a, int b)
{
    return a > b ? a : b;
}

// The tables of what last touched a buffer; a variable may be behind several buffers.
static int *last_write(const scheduling *s, int buffer)
{
    const gd__buffer *b = &s->plan->buffer[buffer];
    return b->place == GD__PLACE_VARIABLE ? &s->variable_write[b->index] : &s->write[buffer];
}

static int *last_read(const scheduling *s, int buffer)
{
    const gd__buffer *b = &s->plan->buffer[buffer];
    return b->place == GD__PLACE_VARIABLE ? &s->variable_read[b->index] : &s->read[buffer];
}

// The last step before `index` that must have run: it writes what this step reads or writes, or reads what it writes.
static int last_dependency(const scheduling *s, int index)
{
    const gd__plan_step *step = &s->plan->step[index];
    int last = -1;
    for (int i = 0; i < step->input_count; i++)
        last = larger(last, *last_write(s, step->input[i]));
    for (int i = 0; i < step->output_count; i++) {
        last = larger(last, *last_write(s, step->output[i]));
        last = larger(last, *last_read(s, step->output[i]));
    }
    return last;
}

static void note_use(const scheduling *s, int index)
{
    const gd__plan_step *step = &s->plan->step[index];
    for (int i = 0; i < step->input_count; i++)
        *last_read(s, step->input[i]) = index;
    for (int i = 0; i < step->output_count; i++)
        *last_write(s, step->output[i]) = index;
}

// Does the step end the lives of more bytes than it brings to life, and write a variable? One with an effect keeps its
// place.
static bool releases(const scheduling *s, int index)
{
    const gd__plan_step *step = &s->plan->step[index];
    if (step->node >= 0 && (s->plan->graph->node[step->node].op->flags & GD_OP_EFFECT))
        return false;
    size_t released = 0, made = 0;
    bool writes = false;
    for (int i = 0; i < step->input_count; i++) {
        const gd__buffer *buffer = &s->plan->buffer[step->input[i]];
        if (buffer->place == GD__PLACE_ARENA && s->last_use[step->input[i]] == index)
            released += buffer->bytes;
    }
    for (int i = 0; i < step->output_count; i++) {
        const gd__buffer *buffer = &s->plan->buffer[step->output[i]];
        writes = writes || buffer->place == GD__PLACE_VARIABLE;
        made += buffer->place == GD__PLACE_ARENA ? buffer->bytes : 0;
    }
    return writes && released > made;
}

static void find_last_uses(const scheduling *s)
{
    const gd__plan *plan = s->plan;
    for (int i = 0; i < plan->step_count; i++) {
        for (int j = 0; j < plan->step[i].input_count; j++)
            s->last_use[plan->step[i].input[j]] = i;
    }
    for (int i = 0; i < plan->output_count; i++)
        s->last_use[plan->output[i]] = plan->step_count;
    for (int i = 0; i < plan->copy_count; i++)
        s->last_use[plan->copy[i].buffer] = plan->step_count;
}

static void find_moves(const scheduling *s)
{
    int last_refusal = -1;
    for (int i = 0; i < s->plan->step_count; i++) {
        int after = larger(last_dependency(s, i), last_refusal);
        s->after[i] = after >= 0 && releases(s, i) ? after : -1;
        note_use(s, i);
        if (s->plan->step[i].may_refuse)
            last_refusal = i;
    }
    // From the last to the first, so that followers of one step keep their order.
    for (int i = s->plan->step_count - 1; i >= 0; i--) {
        if (s->after[i] >= 0) {
            s->next_follower[i] = s->first_follower[s->after[i]];
            s->first_follower[s->after[i]] = i;
        }
    }
}

// Writes the steps in their new order: each is followed by those that were moved behind it, which may have followers
// of their own.
static void put_in_order(const scheduling *s, gd__plan_step *ordered)
{
    int count = 0;
    for (int i = 0; i < s->plan->step_count; i++) {
        if (s->after[i] >= 0)
            continue;
        int at = i;
        while (at >= 0) {
            ordered[count++] = s->plan->step[at];
            if (s->first_follower[at] >= 0) {
                at = s->first_follower[at];
                continue;
            }
            while (at != i && s->next_follower[at] < 0)
                at = s->after[at];
            at = at == i ? -1 : s->next_follower[at];
        }
    }
    GD__ASSERT(count == s->plan->step_count);
}

// Is every value made before it is read?
static bool makers_come_first(const scheduling *s)
{
    const gd__plan *plan = s->plan;
    for (int i = 0; i < plan->buffer_count; i++)
        s->write[i] = -1;
    for (int i = 0; i < plan->step_count; i++) {
        for (int j = 0; j < plan->step[i].input_count; j++) {
            const int buffer = plan->step[i].input[j];
            if (plan->buffer[buffer].place == GD__PLACE_ARENA && s->write[buffer] < 0)
                return false;
        }
        for (int j = 0; j < plan->step[i].output_count; j++)
            s->write[plan->step[i].output[j]] = i;
    }
    return true;
}

static int *filled(size_t count)
{
    int *list = gd__alloc((count + 1) * sizeof *list);
    for (size_t i = 0; list != NULL && i <= count; i++)
        list[i] = -1;
    return list;
}

gd_status gd__plan_schedule(gd__plan *plan)
{
    size_t steps = (size_t)plan->step_count, buffers = (size_t)plan->buffer_count;
    size_t variables = (size_t)plan->graph->owner->variable_count;
    scheduling s = {.plan = plan,
                    .write = filled(buffers),
                    .read = filled(buffers),
                    .variable_write = filled(variables),
                    .variable_read = filled(variables),
                    .last_use = filled(buffers),
                    .after = filled(steps),
                    .first_follower = filled(steps),
                    .next_follower = filled(steps)};
    gd__plan_step *ordered = gd__alloc_zeroed(steps + 1, sizeof *ordered);
    bool good = s.write != NULL && s.read != NULL && s.variable_write != NULL && s.variable_read != NULL &&
                s.last_use != NULL && s.after != NULL && s.first_follower != NULL && s.next_follower != NULL &&
                ordered != NULL;
    if (good) {
        find_last_uses(&s);
        find_moves(&s);
        put_in_order(&s, ordered);
        gd__free(plan->step);
        plan->step = ordered;
        plan->step_capacity = plan->step_count;
        GD__ASSERT(makers_come_first(&s));
    } else {
        gd__free(ordered);
    }
    int *const list[] = {s.write,    s.read,  s.variable_write, s.variable_read,
                         s.last_use, s.after, s.first_follower, s.next_follower};
    for (int i = 0; i < GD_COUNT_OF(list); i++)
        gd__free(list[i]);
    return good ? GD_OK : gd__fail_memory("a plan");
}
