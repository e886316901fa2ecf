// Kernels that move elements of any type without computing.
#include "base/number.h"
#include "base/shape.h"
#include "cpu/kernel_families.h"
#include "cpu/strided.h"
#include "op/shape_ops.h"

// A copy that walks through `shape` with the destination in row-major order.
static gd__strided dense_copy(gd_type type, gd_shape shape)
{
    gd__strided copy = {.element = gd_type_size(type), .shape = shape};
    gd__shape_strides(shape, false, copy.to);
    return copy;
}

// Sets every element of output 0 to one value.
static void fill(const gd__kernel_call *call, double value)
{
    const gd_info *y = &call->node->output[0];
    uint64_t one = 0;
    gd__from_doubles(&one, y->type, &value, 1);
    gd__strided copy = dense_copy(y->type, y->shape);
    gd__strided_copy(call->output[0], &one, &copy);
}

static void *element_at(void *data, gd_type type, int64_t offset)
{
    return (char *)data + offset * (int64_t)gd_type_size(type);
}

static const void *read_at(const void *data, gd_type type, int64_t offset)
{
    return (const char *)data + offset * (int64_t)gd_type_size(type);
}

static gd_status transpose(const gd__kernel_call *call)
{
    const gd__transpose_attributes *a = call->attributes;
    gd__strided copy = dense_copy(call->node->output[0].type, call->node->output[0].shape);
    int64_t stride[GD_MAX_RANK];
    gd__shape_strides(call->input_info[0].shape, false, stride);
    for (int i = 0; i < copy.shape.rank; i++)
        copy.from[i] = stride[a->order[i]];
    gd__strided_copy(call->output[0], call->input[0], &copy);
    return GD_OK;
}

static gd_status flip(const gd__kernel_call *call)
{
    const gd__flip_attributes *a = call->attributes;
    gd_info info = call->node->output[0];
    gd__strided copy = dense_copy(info.type, info.shape);
    int64_t first = 0;
    for (int i = 0; i < copy.shape.rank; i++) {
        bool turned = (a->axes & 1u << i) != 0;
        copy.from[i] = turned ? -copy.to[i] : copy.to[i];
        first += turned ? (copy.shape.dim[i] - 1) * copy.to[i] : 0;
    }
    gd__strided_copy(call->output[0], read_at(call->input[0], info.type, first), &copy);
    return GD_OK;
}

// The strides of the whole tensor that visit the part which a slice takes, and where that part begins.
static int64_t slice_strides(const gd__slice_attributes *a, gd_shape whole, int64_t stride[GD_MAX_RANK])
{
    gd__shape_strides(whole, false, stride);
    int64_t first = a->range.dim[GD__SLICE_BEGIN] * stride[a->axis];
    stride[a->axis] *= a->step;
    return first;
}

static gd_status slice(const gd__kernel_call *call)
{
    gd_info info = call->node->output[0];
    gd__strided copy = dense_copy(info.type, info.shape);
    int64_t first = slice_strides(call->attributes, call->input_info[0].shape, copy.from);
    gd__strided_copy(call->output[0], read_at(call->input[0], info.type, first), &copy);
    return GD_OK;
}

static gd_status slice_backward(const gd__kernel_call *call)
{
    gd_info part = call->input_info[0];
    fill(call, 0);
    gd__strided copy = {.element = gd_type_size(part.type), .shape = part.shape};
    gd__shape_strides(part.shape, false, copy.from);
    int64_t first = slice_strides(call->attributes, call->node->output[0].shape, copy.to);
    gd__strided_copy(element_at(call->output[0], part.type, first), call->input[0], &copy);
    return GD_OK;
}

static gd_status pad(const gd__kernel_call *call)
{
    const gd__pad_attributes *a = call->attributes;
    gd_info x = call->input_info[0];
    fill(call, a->value);
    gd__strided copy = {.element = gd_type_size(x.type), .shape = x.shape};
    gd__shape_strides(x.shape, false, copy.from);
    gd__shape_strides(call->node->output[0].shape, false, copy.to);
    int64_t first = 0;
    for (int i = 0; i < x.shape.rank; i++)
        first += a->before[i] * copy.to[i];
    gd__strided_copy(element_at(call->output[0], x.type, first), call->input[0], &copy);
    return GD_OK;
}

static gd_status concat(const gd__kernel_call *call)
{
    const gd__concat_attributes *a = call->attributes;
    gd_info y = call->node->output[0];
    int64_t begin = 0, stride[GD_MAX_RANK];
    gd__shape_strides(y.shape, false, stride);
    for (int i = 0; i < call->node->input_count; i++) {
        gd__strided copy = {.element = gd_type_size(y.type), .shape = call->input_info[i].shape};
        gd__shape_strides(copy.shape, false, copy.from);
        gd__shape_strides(y.shape, false, copy.to);
        gd__strided_copy(element_at(call->output[0], y.type, begin * stride[a->axis]), call->input[i], &copy);
        begin += copy.shape.dim[a->axis];
    }
    return GD_OK;
}

static gd_status broadcast_to(const gd__kernel_call *call)
{
    gd_info y = call->node->output[0];
    gd_shape x = call->input_info[0].shape;
    gd__strided copy = dense_copy(y.type, y.shape);
    int64_t stride[GD_MAX_RANK];
    gd__shape_strides(x, true, stride);
    for (int i = 0; i < x.rank; i++)
        copy.from[y.shape.rank - x.rank + i] = stride[i];
    gd__strided_copy(call->output[0], call->input[0], &copy);
    return GD_OK;
}

static const gd__kernel row[] = {
    {&gd__op_transpose, gd__kernel_any, transpose, NULL},
    {&gd__op_flip, gd__kernel_any, flip, NULL},
    {&gd__op_slice, gd__kernel_any, slice, NULL},
    {&gd__op_slice_backward, gd__kernel_any, slice_backward, NULL},
    {&gd__op_pad, gd__kernel_any, pad, NULL},
    {&gd__op_concat, gd__kernel_any, concat, NULL},
    {&gd__op_broadcast_to, gd__kernel_any, broadcast_to, NULL},
};
const gd__kernel_family gd__kernels_move = {GD_COUNT_OF(row), row};
