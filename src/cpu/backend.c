// The CPU backend: which of its ways computes a node. In this order: a fused chain, oneDNN, an own step in a layout
// of its choice, an own kernel on plain buffers, the program's own kernel, the plain kernel in double precision.
#include "plan/backend.h"

#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/shape.h"
#include "cpu/chain.h"
#include "cpu/combine.h"
#include "cpu/convolution.h"
#include "cpu/dnnl.h"
#include "cpu/kernel.h"
#include "cpu/own_matmul.h"
#include "cpu/own_norm.h"
#include "cpu/own_op.h"
#include "cpu/own_pool.h"
#include "cpu/pictures.h"
#include "cpu/reorder.h"
#include "cpu/row_matmul.h"
#include "cpu/rows.h"
#include "op/batch_norm.h"
#include "op/convolution.h"
#include "op/matmul.h"
#include "op/pool.h"
#include "op/reference.h"
#include "op/table.h"

static int machine_of(const gd_graph *graph, const gd__node *node)
{
    return (int)gd__chain_machine(graph, node);
}

// ---- Own kernels

typedef struct kernel_state {
    const gd__kernel *kernel;
    const gd__node *node;
    gd_info *input_info;
    int input_count; // of the node; the step lists the same inputs
    bool scratch;    // the last output is working memory
} kernel_state;

static void free_kernel_state(void *pointer)
{
    kernel_state *state = pointer;
    gd__free(state->input_info);
    gd__free(state);
}

enum { FEW = 16 };

static gd_status run_kernel(const gd__plan_step *step, void *const *buffer)
{
    const kernel_state *state = step->state;
    const void *few[FEW];
    void *output[GD_MAX_OUTPUTS + 1];
    const void **input = few;
    GD__ASSERT(step->input_count == state->input_count && step->output_count <= GD_MAX_OUTPUTS + 1);
    if (state->input_count > FEW) {
        input = gd__alloc((size_t)state->input_count * sizeof *input);
        if (input == NULL)
            return gd__fail_memory(step->name);
    }
    for (int i = 0; i < step->input_count; i++)
        input[i] = buffer[step->input[i]];
    for (int i = 0; i < step->output_count; i++)
        output[i] = buffer[step->output[i]];
    gd__kernel_call call = {.attributes = state->node->attributes,
                            .node = state->node,
                            .input_info = state->input_info,
                            .input = input,
                            .output = output,
                            .scratch = state->scratch ? output[step->output_count - 1] : NULL};
    gd_status status = state->kernel->run(&call);
    if (input != few)
        gd__free(input);
    return status;
}

// ---- The plain kernel

static gd_status run_reference(const gd__plan_step *step, void *const *buffer)
{
    const kernel_state *state = step->state;
    const gd__node *node = state->node;
    size_t count = (size_t)node->input_count + (size_t)node->output_count;
    double **value = gd__alloc_zeroed(count, sizeof *value);
    gd_status status = value != NULL ? GD_OK : gd__fail_memory(step->name);
    gd_ref_value *in = gd__alloc_zeroed((size_t)node->input_count + 1, sizeof *in);
    gd_ref_value out[GD_MAX_OUTPUTS];
    if (in == NULL)
        status = gd__fail_memory(step->name);
    for (size_t i = 0; status == GD_OK && i < count; i++) {
        bool is_input = i < (size_t)node->input_count;
        size_t j = is_input ? i : i - (size_t)node->input_count;
        gd_info info = is_input ? state->input_info[j] : node->output[j];
        int64_t bytes;
        char text[GD_SHAPE_TEXT];
        value[i] = gd__shape_bytes(info.shape, sizeof(double), &bytes) ? gd__alloc((size_t)bytes) : NULL;
        if (value[i] == NULL)
            status = gd__fail(GD_ERROR_MEMORY, "out of memory for %s of %s in double precision", step->name,
                              gd_shape_text(info.shape, text));
        else if (is_input)
            gd__to_doubles(value[i], buffer[step->input[j]], info.type, gd_shape_count(info.shape));
        if (is_input)
            in[j] = (gd_ref_value){info.type, info.shape, value[i]};
        else
            out[j] = (gd_ref_value){info.type, info.shape, value[i]};
    }
    if (status == GD_OK) {
        gd_ref_call call = {node->attributes, node->input_count, in, node->output_count, out};
        status = node->op->ref(&call);
    }
    for (int i = 0; status == GD_OK && i < node->output_count; i++)
        gd__from_doubles(buffer[step->output[i]], node->output[i].type, out[i].data, gd_shape_count(out[i].shape));
    for (size_t i = 0; value != NULL && i < count; i++)
        gd__free(value[i]);
    gd__free(value);
    gd__free(in);
    return status;
}

// The floating-point operations of the node, as its op counts them.
static double cost_of(const gd__node *node, const gd_info *input)
{
    gd_shape_call call = {.op = node->op,
                          .attributes = node->attributes,
                          .input_count = node->input_count,
                          .input = input,
                          .output_count = node->output_count};
    for (int i = 0; i < node->output_count; i++)
        call.output[i] = node->output[i];
    return node->op->cost != NULL ? node->op->cost(&call) : 0;
}

// A step on plain buffers: an own kernel, or (kernel NULL) the plain one.
static gd_status emit_plain(gd__planner *planner, int32_t index, const gd__kernel *kernel)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    kernel_state *state = gd__alloc_zeroed(1, sizeof *state);
    int *input = gd__alloc_zeroed((size_t)node->input_count + 1, sizeof *input);
    gd_info *info = gd__alloc_zeroed((size_t)node->input_count + 1, sizeof *info);
    if (state == NULL || input == NULL || info == NULL) {
        gd__free(state);
        gd__free(input);
        gd__free(info);
        return gd__fail_memory(node->op->name);
    }
    int output[GD_MAX_OUTPUTS + 1], outputs = node->output_count;
    for (int i = 0; i < node->input_count; i++) {
        input[i] = gd__planner_want(planner, node->input[i], NULL);
        info[i] = *gd__info_at(graph, node->input[i]);
    }
    for (int i = 0; i < outputs; i++)
        output[i] = gd__planner_give(planner, (gd__ref){index, i}, NULL);
    *state = (kernel_state){kernel, node, info, node->input_count, false};
    size_t scratch = kernel != NULL && kernel->scratch != NULL ? kernel->scratch(node, info) : 0;
    if (scratch > 0) {
        output[outputs++] = gd__planner_scratch(planner, scratch);
        state->scratch = true;
    }
    bool reads_indices = false;
    for (int i = 0; i < node->input_count; i++)
        reads_indices |= info[i].type == GD_I32 || info[i].type == GD_I64 || info[i].type == GD_U8;
    gd__plan_step step = {.name = node->op->name,
                          .node = index,
                          .may_refuse = kernel == NULL || reads_indices,
                          .run = kernel != NULL ? run_kernel : run_reference,
                          .state = state,
                          .free_state = free_kernel_state,
                          .flops = cost_of(node, info)};
    gd_status status = gd__planner_add(planner, step, node->input_count, input, outputs, output);
    gd__free(input);
    return status;
}

// ---- Ops for which there are several ways

static gd_status multiply(gd__planner *planner, int32_t index)
{
    gd_status status = gd__row_matmul(planner, index);
#ifdef GD_HAVE_DNNL
    if (status == GD_ERROR_UNSUPPORTED)
        status = gd__dnn_matmul(planner, index);
#endif
    return status == GD_ERROR_UNSUPPORTED ? gd__own_matmul(planner, index) : status;
}

static const struct {
    const gd_op *op;
    gd_status (*emit)(gd__planner *planner, int32_t node);
} own_ops[] = {
    {&gd__op_matmul, multiply},
    {&gd__op_convolution, gd__convolution},
    {&gd__op_convolution_backward_data, gd__convolution},
    {&gd__op_convolution_backward_weights, gd__convolution},
    {&gd__op_max_pool, gd__own_max_pool},
    {&gd__op_max_pool_backward, gd__own_max_pool_backward},
    {&gd__op_average_pool, gd__own_average_pool},
    {&gd__op_average_pool_backward, gd__own_average_pool_backward},
    {&gd__op_batch_norm, gd__own_batch_norm},
    {&gd__op_batch_norm_apply, gd__own_batch_norm_apply},
    {&gd__op_batch_norm_backward, gd__own_batch_norm_backward},
#ifndef GD__MINIMAL // where nothing makes them
    {&gd__op_row_sums, gd__rows_step},
    {&gd__op_take_rows, gd__rows_step},
    {&gd__op_put_rows, gd__rows_step},
#endif
};

// Adds steps in layouts of their own choice; GD_ERROR_UNSUPPORTED where there are none.
static gd_status emit_own(gd__planner *planner, int32_t index, const gd_op *op)
{
    for (int i = 0; i < GD_COUNT_OF(own_ops); i++) {
        if (own_ops[i].op == op)
            return own_ops[i].emit(planner, index);
    }
    return GD_ERROR_UNSUPPORTED;
}

static gd_status emit_node(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    if (gd__chain_machine(graph, node) != GD__MACHINE_NONE)
        return gd__chain_emit(planner, 1, &index);
    gd_status status = emit_own(planner, index, node->op);
    if (status != GD_ERROR_UNSUPPORTED)
        return status;
    gd_info few[FEW];
    const gd__kernel *kernel = NULL;
    double flops = 0;
    if (node->input_count <= FEW) {
        for (int i = 0; i < node->input_count; i++)
            few[i] = *gd__info_at(graph, node->input[i]);
        kernel = gd__kernel_find(node, few);
        flops = cost_of(node, few);
    }
    status = gd__own_op(planner, index, flops);
    if (status != GD_ERROR_UNSUPPORTED)
        return status;
    return emit_plain(planner, index, kernel);
}

// ---- Reordering

static gd_status run_copy(const gd__plan_step *step, void *const *buffer)
{
    memcpy(buffer[step->output[0]], buffer[step->input[0]], *(const size_t *)step->state);
    return GD_OK;
}

static gd_status emit_reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                              const gd__layout *to_layout)
{
    if (!gd__layout_equal(from_layout, to_layout))
        return gd__reorder(planner, ref, from, from_layout, to, to_layout);
    GD__ASSERT(planner->plan->buffer[from].bytes == planner->plan->buffer[to].bytes);
    size_t *bytes = gd__copy_block(&planner->plan->buffer[to].bytes, sizeof(size_t));
    if (bytes == NULL)
        return gd__fail_memory("a copy");
    gd__plan_step step = {.name = "copy", .node = ref.node, .run = run_copy, .state = bytes, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}

extern const gd__backend gd__backend_cpu;
const gd__backend gd__backend_cpu = {
    .name = "cpu",
    .fuses = machine_of,
    .chain_nodes = GD__CHAIN_NODES,
    .chain_values = GD__CHAIN_VALUES,
    .chain = gd__chain_emit,
    .combine = gd__combine,
    .node = emit_node,
    .reorder = emit_reorder,
};
