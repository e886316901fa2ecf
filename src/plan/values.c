#include "plan/values.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

enum { ALIGNMENT = 64 };

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

gd_status gd__plan_place_constants(gd__plan *plan)
{
    size_t bytes = 0;
    for (int i = 0; i < plan->buffer_count; i++)
        bytes += plan->buffer[i].place == GD__PLACE_CONSTANT ? rounded(plan->buffer[i].bytes) : 0;
    if (plan->memory == NULL || bytes == 0)
        return GD_OK;
    plan->constants = gd__memory_allocate(plan->memory, bytes);
    if (plan->constants == NULL)
        return gd__fail_memory("the constants of a plan");
    char *at = plan->constants;
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < plan->buffer_count; i++) {
        gd__buffer *buffer = &plan->buffer[i];
        if (buffer->place != GD__PLACE_CONSTANT)
            continue;
        status = gd__memory_copy_in(plan->memory, at, buffer->data, buffer->bytes);
        buffer->data = at;
        at += rounded(buffer->bytes);
    }
    return status;
}

// ---- Feeds

// A whole number stays what it is in a type of whole numbers, or is refused: a label of 0.9 is a mistake.
static gd_status check_whole(const gd__input *input, const gd_array *feed)
{
    static const struct {
        double low, high;
    } range[GD_TYPE_COUNT] = {
        [GD_I32] = {INT32_MIN, INT32_MAX}, [GD_I64] = {-0x1p63, 0x1p63}, [GD_U8] = {0, UINT8_MAX}};
    const gd_type type = input->info.type;
    const double low = range[type].low, high = range[type].high;
    double block[256];
    for (int64_t i = 0, count = gd_array_count(feed); low < high && i < count; i += GD_COUNT_OF(block)) {
        const int64_t length = count - i < GD_COUNT_OF(block) ? count - i : GD_COUNT_OF(block);
        gd__to_doubles(block, (const char *)feed->data + (size_t)i * gd_type_size(feed->type), feed->type, length);
        for (int64_t j = 0; j < length; j++)
            if (!(block[j] >= low && block[j] <= high) || block[j] != floor(block[j]))
                return gd__fail(GD_ERROR_ARGUMENT, "input '%s' takes whole numbers (%s), element %lld is %.17g",
                                input->name, gd_type_name(type), (long long)(i + j), block[j]);
    }
    return GD_OK;
}

// The feed in the type of the input, in the host's memory: the caller's own where the type fits, else in `*converted`.
static gd_status convert_feed(const gd__input *input, const gd_array *feed, void **converted, const void **data)
{
    const gd_info *info = &input->info;
    *data = feed->data;
    if (feed->type == info->type)
        return GD_OK;
    gd_status status = check_whole(input, feed);
    if (status != GD_OK)
        return status;
    const int64_t count = gd_shape_count(info->shape);
    if (*converted == NULL)
        *converted = gd__alloc((size_t)count * gd_type_size(info->type));
    if (*converted == NULL)
        return gd__fail_memory("an input");
    gd__convert(*converted, info->type, feed->data, feed->type, count);
    *data = *converted;
    return GD_OK;
}

static gd_status copy_feed(gd__execution *e, int input, const gd_array *feed)
{
    const gd__memory *memory = e->plan->memory;
    const gd__input *of = &e->plan->graph->input[input];
    const gd_info *info = &of->info;
    const size_t bytes = (size_t)gd_shape_count(info->shape) * gd_type_size(info->type);
    if (e->staging[input] == NULL)
        e->staging[input] = gd__memory_allocate(memory, bytes);
    if (e->staging[input] == NULL)
        return gd__fail_memory("an input");
    void *converted = NULL;
    const void *data;
    gd_status status = convert_feed(of, feed, &converted, &data);
    if (status == GD_OK)
        status = gd__memory_copy_in(memory, e->staging[input], data, bytes);
    gd__free(converted);
    return status;
}

gd_status gd__execution_place_feeds(gd__execution *e, const gd_array *feed)
{
    const gd__plan *plan = e->plan;
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < plan->buffer_count; i++) {
        const int input = plan->buffer[i].index;
        if (plan->buffer[i].place != GD__PLACE_FEED)
            continue;
        union {
            const void *in;
            void *out; // steps never write to their inputs
        } pointer = {.in = NULL};
        if (plan->memory == NULL) {
            status = convert_feed(&plan->graph->input[input], &feed[input], &e->staging[input], &pointer.in);
        } else {
            status = copy_feed(e, input, &feed[input]);
            pointer.out = e->staging[input];
        }
        e->pointer[i] = pointer.out;
    }
    return status;
}

// ---- Variables

void gd__execution_place_variables(gd__execution *e)
{
    const gd_graph *owner = e->plan->graph->owner;
    for (int i = 0; i < e->plan->buffer_count; i++) {
        const gd__buffer *buffer = &e->plan->buffer[i];
        if (buffer->place == GD__PLACE_VARIABLE)
            e->pointer[i] = owner->variable[buffer->index].data;
    }
}

gd_status gd__execution_write_variables(gd__execution *e)
{
    const gd__plan *plan = e->plan;
    const gd_graph *owner = plan->graph->owner;
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < plan->copy_count; i++) {
        const gd__copy *copy = &plan->copy[i];
        status = gd__memory_copy(plan->memory, owner->variable[copy->variable].data, e->pointer[copy->buffer],
                                 plan->buffer[copy->buffer].bytes);
    }
    return status;
}

gd_status gd__execution_advance_random(const gd__execution *e)
{
    const gd__plan *plan = e->plan;
    if (plan->random_state < 0)
        return GD_OK;
    int64_t *count = (int64_t *)plan->graph->owner->variable[plan->random_state].data + 1, runs;
    gd_status status = gd__memory_copy_out(plan->memory, &runs, count, sizeof runs);
    runs++;
    return status == GD_OK ? gd__memory_copy_in(plan->memory, count, &runs, sizeof runs) : status;
}

// ---- Looking at values

const void *gd__execution_view(const gd__execution *e, int buffer, void **copy)
{
    return gd__memory_view(e->plan->memory, e->pointer[buffer], e->plan->buffer[buffer].bytes, copy);
}

gd_status gd__execution_output(const gd__execution *e, int index, gd_array *result)
{
    const gd_info *info = &e->plan->output_info[index];
    const int buffer = e->plan->output[index];
    gd_status status = GD_OK;
    if (result->data == NULL)
        status = gd_array_create(result, info->type, info->shape);
    if (status != GD_OK)
        return status;
    void *copy;
    const void *data = gd__execution_view(e, buffer, &copy);
    if (data == NULL)
        return GD_ERROR_MEMORY;
    const gd_array from = gd_array_borrow(info->type, info->shape, data);
    status = gd_array_convert(result, &from);
    gd__free(copy);
    return status;
}
