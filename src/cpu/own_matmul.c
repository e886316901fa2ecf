#include "cpu/own_matmul.h"

#include <string.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/shape.h"
#include "cpu/gemm.h"
#include "op/matmul.h"
#include "op/table.h"

typedef struct matmul_state {
    gd__gemm gemm;
    bool has_bias;
    bool on_stack; // the working memory is so small that it lies on the stack
} matmul_state;

enum { SMALL_MEMORY = 8192 };

static gd__gemm_operand operand(gd_info info, bool transposed)
{
    const int64_t row = info.shape.dim[info.shape.rank - 1];
    return (gd__gemm_operand){transposed ? 1 : row, transposed ? row : 1, info.type == GD_BF16};
}

// How far apart the matrices of an operand lie along an axis of the result; 0 where one meets them all.
static int64_t step_along(gd_shape operand, int axes, int axis)
{
    const int own = axis - (axes - (operand.rank - 2));
    if (own < 0 || operand.dim[own] == 1)
        return 0;
    int64_t step = 1;
    for (int i = own + 1; i < operand.rank; i++)
        step *= operand.dim[i];
    return step;
}

// y = a b, without what is combined into it.
static gd__gemm product_of(const gd__matmul_attributes *t, gd_info a, gd_info b, gd_info y)
{
    const gd__matmul_sizes size = gd__matmul_sizes_of(t, a.shape, b.shape);
    gd__gemm g = {.m = size.m,
                  .n = size.n,
                  .k = size.k,
                  .a = operand(a, t->transpose_a),
                  .b = operand(b, t->transpose_b),
                  .c_row = size.n,
                  .c_bf16 = y.type == GD_BF16,
                  .axes = y.shape.rank - 2,
                  .c_step = size.m * size.n};
    for (int i = 0; i < g.axes; i++) {
        g.size[i] = y.shape.dim[i];
        g.a_step[i] = step_along(a.shape, g.axes, i);
        g.b_step[i] = step_along(b.shape, g.axes, i);
    }
    // Many rows times one matrix are one product.
    if (!t->transpose_a && b.shape.rank == 2) {
        g.m = gd_shape_count(y.shape) / size.n;
        g.axes = 0;
    }
    return g;
}

static gd_status run_matmul(const gd__plan_step *step, void *const *buffer)
{
    const matmul_state *state = step->state;
    _Alignas(64) char small[SMALL_MEMORY];
    const gd__gemm_data data = {.a = buffer[step->input[0]],
                                .b = buffer[step->input[1]],
                                .c = buffer[step->output[0]],
                                .bias = state->has_bias ? buffer[step->input[2]] : NULL};
    gd__gemm_run(&state->gemm, &data, state->on_stack ? small : buffer[step->output[1]]);
    return GD_OK;
}

static gd_status run_pack(const gd__plan_step *step, void *const *buffer)
{
    const matmul_state *state = step->state;
    gd__gemm_pack(&state->gemm, buffer[step->input[0]], buffer[step->output[0]]);
    return GD_OK;
}

// Is the right operand packed before? In an inference plan, where that is done once, for weights.
static bool is_packed_once(const gd__planner *planner, gd__ref right, const gd__gemm *g)
{
    const gd__node *maker = &planner->plan->graph->node[right.node];
    return planner->opts.inference && !planner->arranges && maker->op == &gd__op_variable && g->axes == 0;
}

// The step that packs the right operand, whose buffer is `weights`. Returns the buffer that it makes, or -1.
static int pack_before(gd__planner *planner, int32_t node, gd__gemm *g, int weights)
{
    matmul_state *state = gd__copy_block(&(matmul_state){.gemm = *g}, sizeof *state);
    int packed = gd__planner_scratch(planner, gd__gemm_packed_size(g) * sizeof(float));
    g->b_is_packed = true;
    if (state == NULL) {
        gd__fail_memory("a matmul");
        return -1;
    }
    gd__plan_step step = {
        .name = "matmul_weights", .node = node, .run = run_pack, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &weights, 1, &packed) == GD_OK ? packed : -1;
}

static bool is_vector(const gd__gemm *g)
{
    int64_t count = 1;
    for (int i = 0; i < g->axes; i++)
        count *= g->size[i];
    return count == 1 && (g->m == 1 || g->n == 1);
}

static bool is_single(gd_type type)
{
    return type == GD_F32 || type == GD_BF16;
}

double gd__own_matmul_time(const gd__matmul_attributes *attributes, gd_info a, gd_info b, gd_info y, bool packed)
{
    if (!is_single(a.type) || !is_single(b.type) || !is_single(y.type))
        return -1;
    gd__gemm g = product_of(attributes, a, b, y);
    g.b_is_packed = packed && g.axes == 0;
    const size_t b_bytes = g.b_is_packed ? gd__gemm_packed_size(&g) * sizeof(float)
                                         : (size_t)gd_shape_count(b.shape) * gd_type_size(b.type);
    gd__gemm_prepare(&g, gd_threads());
    void *left = gd__alloc_zeroed((size_t)gd_shape_count(a.shape), gd_type_size(a.type));
    void *right = gd__alloc_zeroed(b_bytes, 1);
    void *result = gd__alloc_zeroed((size_t)gd_shape_count(y.shape), gd_type_size(y.type));
    void *memory = gd__alloc_zeroed(gd__gemm_memory(&g) + 1, 1);
    double seconds = -1, begin = 0;
    if (left != NULL && right != NULL && result != NULL && memory != NULL) {
        const gd__gemm_data data = {.a = left, .b = right, .c = result};
        for (int i = 0; i < 2; i++) { // the first brings it all into the cache
            begin = gd_clock();
            gd__gemm_run(&g, &data, memory);
        }
        seconds = gd_clock() - begin;
    }
    gd__free(left);
    gd__free(right);
    gd__free(result);
    gd__free(memory);
    return seconds;
}

gd_status gd__own_matmul(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *a = gd__info_at(graph, node->input[0]), *b = gd__info_at(graph, node->input[1]);
    const int32_t add = gd__planner_combined(planner, index, &gd__op_add),
                  relu = gd__planner_combined(planner, index, &gd__op_relu);
    const int32_t last = relu >= 0 ? relu : (add >= 0 ? add : index);
    const gd_info *y = &graph->node[last].output[0];
    if (!is_single(a->type) || !is_single(b->type) || !is_single(y->type))
        return gd__fail(GD_ERROR_UNSUPPORTED, "no product of f32 or bf16");
    const gd__gemm product = product_of(node->attributes, *a, *b, *y);
    if (last == index && a->type == GD_F32 && y->type == GD_F32 && is_vector(&product))
        return gd__fail(GD_ERROR_UNSUPPORTED, "a matrix times a vector has a kernel of its own");
    matmul_state *state = gd__alloc_zeroed(1, sizeof *state);
    if (state == NULL)
        return gd__fail_memory("a matmul");
    gd__gemm *const g = &state->gemm;
    *g = product;
    g->relu = relu >= 0;
    state->has_bias = add >= 0;
    int input[3] = {gd__planner_want(planner, node->input[0], NULL), gd__planner_want(planner, node->input[1], NULL)};
    if (is_packed_once(planner, node->input[1], g))
        input[1] = pack_before(planner, index, g, input[1]);
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        input[2] = gd__planner_want(planner, sum->input[sum->input[0].node == index ? 1 : 0], NULL);
    }
    gd__gemm_prepare(g, gd_threads());
    state->on_stack = gd__gemm_memory(g) <= SMALL_MEMORY;
    int output[2] = {gd__planner_give(planner, (gd__ref){last, 0}, NULL)};
    if (!state->on_stack)
        output[1] = gd__planner_scratch(planner, gd__gemm_memory(g));
    gd__plan_step step = {.name = "matmul",
                          .node = index,
                          .run = run_matmul,
                          .state = state,
                          .free_state = gd__free,
                          .flops = 2.0 * (double)gd_shape_count(y->shape) * (double)g->k};
    return gd__planner_add(planner, step, add >= 0 ? 3 : 2, input, state->on_stack ? 1 : 2, output);
}
