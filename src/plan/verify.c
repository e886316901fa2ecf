#include "plan/verify.h"

#include <math.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "op/reference.h"
#include "plan/values.h"

struct gd__verification {
    int count;       // buffers of the plan
    gd__ref *wanted; // by wanted value
    gd_array *value; // NULL when only statistics are wanted
    int *place;      // by buffer: its value in the list, or -1
};

static bool is_seen(const gd__buffer *buffer)
{
    return buffer->value.node >= 0 && !buffer->opaque && buffer->place != GD__PLACE_CONSTANT;
}

gd_status gd__verification_start(gd__execution *e, const gd_array *feed, gd__verification **result)
{
    *result = NULL;
    const gd__plan *plan = e->plan;
    bool compares = gd__debug_verify() && plan->precision != GD_PRECISION_BF16;
    if (!compares && gd__debug_level() < 4)
        return GD_OK;
    gd__verification *v = gd__alloc_zeroed(1, sizeof *v);
    size_t buffers = (size_t)plan->buffer_count + 1;
    if (v == NULL)
        return gd__fail_memory("a verification");
    v->wanted = gd__alloc_zeroed(buffers, sizeof *v->wanted);
    v->place = gd__alloc_zeroed(buffers, sizeof *v->place);
    if (v->wanted == NULL || v->place == NULL) {
        gd__verification_free(v);
        return gd__fail_memory("a verification");
    }
    for (int i = 0; i < plan->buffer_count; i++) {
        v->place[i] = -1;
        if (is_seen(&plan->buffer[i])) {
            v->place[i] = v->count;
            v->wanted[v->count++] = plan->buffer[i].value;
        }
    }
    gd_status status = GD_OK;
    if (compares) {
        v->value = gd__alloc_zeroed((size_t)v->count + 1, sizeof *v->value);
        status = v->value != NULL ? gd__reference_run(plan->graph, feed, v->count, v->wanted, v->value)
                                  : gd__fail_memory("a verification");
    }
    if (status == GD_OK)
        *result = v;
    else
        gd__verification_free(v);
    return status;
}

void gd__verification_free(gd__verification *v)
{
    if (v == NULL)
        return;
    for (int i = 0; v->value != NULL && i < v->count; i++)
        gd_array_free(&v->value[i]);
    gd__free(v->value);
    gd__free(v->wanted);
    gd__free(v->place);
    gd__free(v);
}

// The buffer's value in row-major order.
static gd_status plain_value(const gd__execution *e, int id, gd_array *array)
{
    const gd__buffer *buffer = &e->plan->buffer[id];
    const gd_info *info = gd__info_at(e->plan->graph, buffer->value);
    gd_status status = gd_array_create(array, info->type, info->shape);
    if (status != GD_OK)
        return status;
    gd__layout plain = gd__layout_plain(info->shape);
    if (buffer->layout.rank != plain.rank) // groups of a weight, a second spatial axis: seen as the backend does
        plain = gd__layout_plain_of(buffer->layout.rank, buffer->layout.dim);
    void *copy;
    const void *data = gd__execution_view(e, id, &copy);
    if (data == NULL)
        return GD_ERROR_MEMORY;
    gd__layout_copy(array->data, &plain, data, &buffer->layout, gd_type_size(info->type));
    gd__free(copy);
    return GD_OK;
}

static void print_statistics(const gd__step *step, const gd_array *array)
{
    double least = INFINITY, most = -INFINITY, sum = 0;
    int64_t count = gd_array_count(array);
    for (int64_t i = 0; i < count; i++) {
        double x = gd_array_get(array, i);
        least = fmin(least, x);
        most = fmax(most, x);
        sum += x;
    }
    char shape[GD_SHAPE_TEXT];
    gd__debug_print("gradus: %s %s: least %g, mean %g, most %g\n", step->name, gd_shape_text(array->shape, shape),
                    least, sum / (double)count, most);
}

// By the norm of the difference: a ReLU that turns on at another side of zero may change single elements much.
static gd_status compare(const gd__step *step, const gd_array *have, const gd_array *want)
{
    int64_t count = gd_array_count(have);
    const double tolerance = 1e-3;
    double norm = 1e-6 * (double)count, off = 0; // sums that cancel to nothing keep the error of their parts
    for (int64_t i = 0; i < count; i++) {
        double a = gd_array_get(have, i), b = gd_array_get(want, i);
        if (a == b || (isnan(a) && isnan(b)))
            continue;
        norm += b * b;
        off += (a - b) * (a - b);
    }
    if (off <= tolerance * tolerance * norm)
        return GD_OK;
    char shape[GD_SHAPE_TEXT];
    return gd__fail(GD_ERROR_INTERNAL, "%s %s is off by %g from its plain kernel, relative to its norm", step->name,
                    gd_shape_text(have->shape, shape), sqrt(off / norm));
}

gd_status gd__verification_step(gd__execution *e, gd__verification *v, int index)
{
    const gd__step *step = &e->plan->step[index];
    gd_status status = GD_OK;
    for (int i = 0; v != NULL && status == GD_OK && i < step->output_count; i++) {
        int place = v->place[step->output[i]];
        gd_array array;
        if (place < 0)
            continue;
        status = plain_value(e, step->output[i], &array);
        if (status == GD_OK && gd__debug_level() >= 4)
            print_statistics(step, &array);
        if (status == GD_OK && v->value != NULL)
            status = compare(step, &array, &v->value[place]);
        gd_array_free(&array);
    }
    return status;
}
