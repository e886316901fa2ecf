// Running a plan: a loop over its steps.
#include <math.h>

#include "base/assert.h"
#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/stack.h"
#include "plan/values.h"
#include "plan/verify.h"

gd_status gd__execution_create(gd__plan *plan, gd__execution **result)
{
    *result = NULL;
    gd__execution *e = gd__alloc_zeroed(1, sizeof *e);
    if (e != NULL) {
        e->plan = plan;
        e->arena = gd__memory_allocate(plan->memory, plan->arena_bytes);
        e->pointer = gd__alloc_zeroed((size_t)plan->buffer_count + 1, sizeof *e->pointer);
        e->staging = gd__alloc_zeroed((size_t)plan->graph->input_count + 1, sizeof *e->staging);
    }
    if (e == NULL || e->arena == NULL || e->pointer == NULL || e->staging == NULL) {
        gd__execution_free(e);
        return gd__fail(GD_ERROR_MEMORY, "out of memory for an arena of %zu bytes", plan->arena_bytes);
    }
    if (gd__debug_level() >= 1)
        e->seconds = gd__alloc_zeroed((size_t)plan->step_count + 1, sizeof *e->seconds);
    for (int i = 0; i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        union {
            const void *in;
            void *out;
        } constant = {.in = buffer->data};
        GD__ASSERT(buffer->place != GD__PLACE_ARENA || buffer->first < 0 ||
                   buffer->offset + buffer->bytes <= plan->arena_bytes);
        GD__ASSERT(buffer->offset % 64 == 0);
        GD__ASSERT(buffer->place != GD__PLACE_PREPARED || buffer->offset + buffer->bytes <= plan->prepared_bytes);
        if (buffer->place == GD__PLACE_ARENA)
            e->pointer[i] = (char *)e->arena + buffer->offset;
        else if (buffer->place == GD__PLACE_PREPARED)
            e->pointer[i] = (char *)plan->prepared + buffer->offset;
        else if (buffer->place == GD__PLACE_CONSTANT)
            e->pointer[i] = constant.out; // steps never write to their inputs
    }
    *result = e;
    return GD_OK;
}

static const char *step_label(const gd__plan *plan, const gd__plan_step *step)
{
    const char *name = step->node >= 0 ? plan->graph->node[step->node].name : NULL;
    return name != NULL ? name : "";
}

// GD_DEBUG=1: the least time of each step, and what it computed a second.
static void print_times(const gd__execution *e)
{
    double total = 0;
    for (int i = 0; i < e->plan->step_count; i++)
        total += e->seconds[i];
    gd__debug_print("gradus: %lld runs of %d steps, %.3f ms at the best of each step\n", (long long)e->runs,
                    e->plan->step_count, 1e3 * total);
    for (int i = 0; i < e->plan->step_count; i++) {
        const gd__plan_step *step = &e->plan->step[i];
        double least = e->seconds[i];
        char shape[GD_SHAPE_TEXT] = "";
        gd__ref value = e->plan->buffer[step->output[0]].value;
        if (value.node >= 0)
            gd_shape_text(gd__info_at(e->plan->graph, value)->shape, shape);
        gd__debug_print("%4d %9.4f ms %5.1f%% %7.1f GFLOP/s  %s %s %s\n", i, 1e3 * least, 100 * e->seconds[i] / total,
                        least > 0 ? 1e-9 * step->flops / least : 0, step->name, step_label(e->plan, step), shape);
    }
}

void gd__execution_free(gd__execution *e)
{
    if (e == NULL)
        return;
    if (e->seconds != NULL && e->runs > 0)
        print_times(e);
    gd__free(e->seconds);
    for (int i = 0; e->staging != NULL && i < e->plan->graph->input_count; i++)
        gd__memory_release(e->plan->memory, e->staging[i]);
    gd__free(e->staging);
    gd__free(e->pointer);
    gd__memory_release(e->plan->memory, e->arena);
    gd__free(e);
}

static bool all_finite(const void *data, gd_type type, int64_t count)
{
    double block[256];
    const char *at = data;
    for (int64_t i = 0; i < count; i += 256) {
        int64_t length = count - i < 256 ? count - i : 256;
        gd__to_doubles(block, at + (size_t)i * gd_type_size(type), type, length);
        for (int64_t j = 0; j < length; j++) {
            if (!isfinite(block[j]))
                return false;
        }
    }
    return true;
}

// Are all numbers in the buffer finite? In a blocked layout the elements lie among padding, which is zero.
static gd_status look_at(const gd__execution *e, int buffer, gd_type type, bool *finite)
{
    void *copy;
    const void *data = gd__execution_view(e, buffer, &copy);
    if (data == NULL)
        return GD_ERROR_MEMORY;
    *finite = all_finite(data, type, (int64_t)(e->plan->buffer[buffer].bytes / gd_type_size(type)));
    gd__free(copy);
    return GD_OK;
}

// Fails when the step made a number that is none.
static gd_status check_step(const gd__execution *e, int index)
{
    const gd__plan *plan = e->plan;
    const gd__plan_step *step = &plan->step[index];
    for (int i = 0; i < step->output_count; i++) {
        const gd__buffer *buffer = &plan->buffer[step->output[i]];
        if (buffer->value.node < 0)
            continue;
        const gd_info *info = gd__info_at(plan->graph, buffer->value);
        const gd__node *node = &plan->graph->node[buffer->value.node];
        const char *label = step_label(plan, step);
        char shape[GD_SHAPE_TEXT];
        bool finite = true;
        gd_status status = GD_OK;
        if (gd_type_is_float(info->type))
            status = look_at(e, step->output[i], info->type, &finite);
        if (status != GD_OK)
            return status;
        if (finite)
            continue;
        if (node->op->flags & GD_OP_SOURCE)
            return gd__fail(GD_ERROR_NUMBER, "%s '%s' holds a NaN or an infinity", node->op->name, label);
        return gd__fail(GD_ERROR_NUMBER, "%s%s%s made a NaN or an infinity in a value of shape %s", node->op->name,
                        label[0] != '\0' ? " " : "", label, gd_shape_text(info->shape, shape));
    }
    return GD_OK;
}

// Fails when a number that was fed is none.
static gd_status check_feeds(const gd__execution *e)
{
    const gd__plan *plan = e->plan;
    for (int i = 0; i < plan->buffer_count; i++) {
        const gd__buffer *buffer = &plan->buffer[i];
        if (buffer->place != GD__PLACE_FEED)
            continue;
        const gd__input *input = &plan->graph->input[buffer->index];
        bool finite = true;
        gd_status status = GD_OK;
        if (gd_type_is_float(input->info.type))
            status = look_at(e, i, input->info.type, &finite);
        if (status != GD_OK)
            return status;
        if (!finite)
            return gd__fail(GD_ERROR_NUMBER, "input '%s' holds a NaN or an infinity", input->name);
    }
    return GD_OK;
}

static gd_status run_preparations(void *execution)
{
    gd__execution *e = execution;
    gd__plan *plan = e->plan;
    for (int i = 0; i < plan->step_count; i++) {
        gd_status status = plan->step[i].prepares ? plan->step[i].run(&plan->step[i], e->pointer) : GD_OK;
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

gd_status gd__execution_prepare(gd__execution *e)
{
    gd__plan *plan = e->plan;
    const gd_graph *owner = plan->graph->owner;
    gd__execution_place_variables(e);
    if (plan->prepared_at == owner->writes)
        return GD_OK;
    const gd_status status = gd__with_stack(run_preparations, e);
    if (status == GD_OK)
        plan->prepared_at = owner->writes;
    return status;
}

// The least of all runs: what the step takes when nothing else disturbs it.
static void note_time(gd__execution *e, int step, double seconds)
{
    if (e->runs == 1 || seconds < e->seconds[step])
        e->seconds[step] = seconds;
}

static gd_status run_steps(gd__execution *e, bool check_numbers, gd__verification *verification)
{
    const gd__plan *plan = e->plan;
    e->runs++;
    for (int i = 0; i < plan->step_count; i++) {
        if (plan->step[i].prepares)
            continue;
        for (int j = 0; j < plan->step[i].output_count; j++)
            GD__ASSERT(e->pointer[plan->step[i].output[j]] != NULL);
        double start = e->seconds != NULL ? gd_clock() : 0;
        gd_status status = plan->step[i].run(&plan->step[i], e->pointer);
        if (e->seconds != NULL)
            note_time(e, i, gd_clock() - start);
        if (status == GD_OK)
            status = gd__verification_step(e, verification, i);
        if (status == GD_OK && check_numbers)
            status = check_step(e, i);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

typedef struct steps_call {
    gd__execution *execution;
    bool check_numbers;
    gd__verification *verification;
} steps_call;

static gd_status run_steps_of(void *call)
{
    const steps_call *steps = call;
    return run_steps(steps->execution, steps->check_numbers, steps->verification);
}

gd_status gd__execution_run(gd__execution *e, const gd_array *feed, bool check_numbers)
{
    gd_status status = gd__execution_place_feeds(e, feed);
    if (status == GD_OK && check_numbers)
        status = check_feeds(e);
    if (status != GD_OK)
        return status;
    gd__verification *verification;
    status = gd__verification_start(e, feed, &verification);
    if (status == GD_OK)
        status = gd__with_stack(run_steps_of, &(steps_call){e, check_numbers, verification});
    gd__verification_free(verification);
    if (status == GD_OK)
        status = gd__execution_write_variables(e);
    if (status == GD_OK && e->plan->assignment_count > 0) // else other threads may be running the plan
        e->plan->graph->owner->writes++;
    return status;
}
