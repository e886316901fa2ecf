#include "op/recurrent.h"

#include "base/dimension.h"
#include "base/memory.h"
#include "op/shape_ops.h"

static int time_axis(const gd__recurrent_attributes *a)
{
    return a->time_first ? 0 : 1;
}

// ---- Shapes

typedef struct open_sizes {
    int64_t steps, batch, units; // steps and batch may be open
} open_sizes;

static gd_shape shape_of(const gd__recurrent_attributes *a, const gd__recurrent_role *role, open_sizes s)
{
    int64_t width = role->multiple * s.units;
    switch (role->kind) {
    case GD__SEQUENCE: return a->time_first ? GD_SHAPE(s.steps, s.batch, width) : GD_SHAPE(s.batch, s.steps, width);
    case GD__STATE: return GD_SHAPE(s.batch, width);
    case GD__MATRIX: return GD_SHAPE(width, s.units);
    case GD__VECTOR: break;
    }
    return GD_SHAPE(width);
}

// Finds H from the matrix, N and T from the first sequence.
static bool find_sizes(gd_shape_call *call, const gd__recurrent_role *role, open_sizes *s)
{
    const gd__recurrent_attributes *a = call->attributes;
    char text[GD_SHAPE_TEXT];
    *s = (open_sizes){0};
    for (int i = 0; i < call->input_count; i++) {
        const gd_shape *shape = &call->input[i].shape;
        if (role[i].kind == GD__MATRIX && s->units == 0) {
            if (shape->rank != 2 || shape->dim[1] < 1 || shape->dim[0] / role[i].multiple != shape->dim[1] ||
                shape->dim[0] % role[i].multiple != 0)
                return gd_op_error(call, "%s is %s, (%lld H, H) was expected", role[i].name,
                                   gd_shape_text(*shape, text), (long long)role[i].multiple);
            s->units = shape->dim[1];
        }
        if (role[i].kind == GD__SEQUENCE && s->steps == 0) {
            if (shape->rank != 3 || (shape->dim[time_axis(a)] < 1 && !gd__dimension_has_time(shape->dim[time_axis(a)])))
                return gd_op_error(call, "%s is %s, %s with a fixed number of steps T was expected", role[i].name,
                                   gd_shape_text(*shape, text), a->time_first ? "(T, N, F)" : "(N, T, F)");
            s->steps = shape->dim[time_axis(a)];
            s->batch = shape->dim[1 - time_axis(a)];
        }
    }
    return true;
}

bool gd__recurrent_shape(gd_shape_call *call, const gd__recurrent_role *input, const gd__recurrent_role *output)
{
    const gd__recurrent_attributes *a = call->attributes;
    gd_type type = call->input[0].type;
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    open_sizes s;
    for (int i = 0; i < call->input_count; i++) {
        if (!gd_type_is_float(call->input[i].type) || call->input[i].type != type)
            return gd_op_error(call, "%s is %s and %s is %s; all must have one floating type (gd_cast changes it)",
                               input[0].name, gd_type_name(type), input[i].name, gd_type_name(call->input[i].type));
    }
    if (!find_sizes(call, input, &s))
        return false;
    for (int i = 0; i < call->input_count; i++) {
        gd_shape expected = shape_of(a, &input[i], s);
        if (!gd_shape_equal(call->input[i].shape, expected))
            return gd_op_error(call, "%s is %s, %s was expected", input[i].name,
                               gd_shape_text(call->input[i].shape, have), gd_shape_text(expected, want));
    }
    for (int i = 0; i < call->output_count; i++) {
        call->output[i] = (gd_info){type, shape_of(a, &output[i], s)};
        if (!gd__shape_allowed(call, call->output[i].shape))
            return false;
    }
    return true;
}

gd__recurrent_sizes gd__recurrent_sizes_of(const gd__recurrent_attributes *a, gd_shape states)
{
    int time = time_axis(a);
    return (gd__recurrent_sizes){.steps = states.dim[time], .batch = states.dim[1 - time], .units = states.dim[2]};
}

// ---- Plain kernels

const double *gd__recurrent_state_before(const gd__recurrent_attributes *a, gd__recurrent_sizes s, const double *states,
                                         const double *first, int64_t step, int64_t n)
{
    return step == 0 ? first + n * s.units : states + gd__recurrent_row(a, s, step - 1, n) * s.units;
}

void gd__recurrent_send_back(const double *dgates, int64_t width, const double *w, int64_t units, double *dh)
{
    for (int64_t j = 0; j < width; j++) {
        for (int64_t i = 0; i < units; i++)
            dh[i] += dgates[j] * w[j * units + i];
    }
}

double gd__recurrent_flops(gd_shape from_x, gd_shape w)
{
    double rows = (double)from_x.dim[0] * (double)from_x.dim[1];
    // Besides the product, some 10 operations make a number of a new state of a gate.
    return rows * (2 * (double)gd_shape_count(w) + 10 * (double)from_x.dim[2]);
}

// ---- Gradients

gd_tensor gd__recurrent_states_before(const gd__recurrent_attributes *a, gd_tensor states, gd_tensor first)
{
    int axis = time_axis(a);
    int64_t steps = gd_tensor_dim(states, axis);
    gd_tensor begin = gd_expand_axis(first, axis);
    if (steps == 1)
        return begin;
    // A number of steps that is open may turn out to be 1, and then nothing is left of the states.
    if (steps < 0 && a->reverse)
        return gd_slice(gd_concat(2, (gd_tensor[]){states, begin}, axis), axis, 1, GD_INFER, 1);
    if (steps < 0)
        return gd_slice(gd_concat(2, (gd_tensor[]){begin, states}, axis), axis, 0, steps, 1);
    if (a->reverse)
        return gd_concat(2, (gd_tensor[]){gd_slice(states, axis, 1, steps, 1), begin}, axis);
    return gd_concat(2, (gd_tensor[]){begin, gd_slice(states, axis, 0, steps - 1, 1)}, axis);
}

static gd_tensor as_rows(gd_tensor sequence)
{
    return gd_reshape(sequence, GD_SHAPE(GD_INFER, gd_tensor_dim(sequence, 2)));
}

gd_tensor gd__recurrent_weight_gradient(const gd__recurrent_attributes *a, gd_tensor dgates, gd_tensor states,
                                        gd_tensor first)
{
    gd_tensor before = gd__recurrent_states_before(a, states, first);
    return gd_matmul(as_rows(dgates), as_rows(before), (gd_matmul_opts){.transpose_a = true});
}

gd_tensor gd__recurrent_zeros(gd_tensor like_if_absent, gd_tensor x)
{
    return x.graph != NULL ? x : gd_zeros_like(like_if_absent);
}

int64_t gd__recurrent_steps(const gd__recurrent_attributes *a, gd_tensor sequence)
{
    return gd_tensor_dim(sequence, time_axis(a));
}

gd_tensor gd__recurrent_step(const gd__recurrent_attributes *a, gd_tensor sequence, int64_t step)
{
    int64_t place = gd__recurrent_place(a, gd__recurrent_steps(a, sequence), step);
    return gd_squeeze(gd_slice(sequence, time_axis(a), place, place + 1, 1), time_axis(a));
}

bool gd__recurrent_parts_begin(gd__recurrent_parts *parts, const gd__recurrent_attributes *a, gd_tensor like, int lists)
{
    *parts = (gd__recurrent_parts){.graph = like.graph, .steps = gd__recurrent_steps(a, like)};
    if (parts->steps < 0) {
        gd_graph_fail(like.graph, GD_ERROR_UNSUPPORTED,
                      "the gradient of a recurrent layer's gradient needs a fixed number of steps, and it is open");
        return false;
    }
    parts->part = gd__alloc_zeroed((size_t)parts->steps, (size_t)lists * sizeof *parts->part);
    if (parts->part == NULL)
        gd_graph_fail(like.graph, GD_ERROR_MEMORY, "out of memory for a gradient");
    return parts->part != NULL;
}

void gd__recurrent_put(gd__recurrent_parts *parts, const gd__recurrent_attributes *a, int list, int64_t step,
                       gd_tensor value)
{
    int64_t place = gd__recurrent_place(a, parts->steps, step);
    parts->part[list * parts->steps + place] = gd_expand_axis(value, time_axis(a));
}

void gd__recurrent_join(gd__recurrent_parts *parts, const gd__recurrent_attributes *a, int lists, gd_tensor *sequence)
{
    for (int i = 0; i < lists; i++)
        sequence[i] = parts->part != NULL ? gd_concat((int)parts->steps, parts->part + i * parts->steps, time_axis(a))
                                          : gd__poison(parts->graph);
    gd__free(parts->part);
    parts->part = NULL;
}
