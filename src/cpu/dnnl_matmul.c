#ifdef GD_HAVE_DNNL

#include "cpu/dnnl.h"

#include <stdio.h>

#include "base/error.h"
#include "cpu/choose.h"
#include "op/matmul.h"

// The operand (…, rows, columns) as it is read: with its last two axes exchanged when it is transposed, and with as
// many leading axes of size 1 as the result has axes.
static gd__layout operand(gd_shape shape, int rank, bool transpose)
{
    gd_shape full = {.rank = rank};
    int missing = rank - shape.rank;
    for (int i = 0; i < rank; i++)
        full.dim[i] = i < missing ? 1 : shape.dim[i - missing];
    gd__layout layout = gd__layout_plain(full);
    if (transpose) {
        int r = rank - 2, c = rank - 1;
        int64_t dim = layout.dim[r], stride = layout.stride[r];
        layout.dim[r] = layout.padded[r] = layout.dim[c];
        layout.stride[r] = layout.stride[c];
        layout.dim[c] = layout.padded[c] = dim;
        layout.stride[c] = stride;
    }
    return layout;
}

// (n) as (1, …, 1, n).
static gd__layout bias_layout(gd_shape y)
{
    for (int i = 0; i < y.rank - 1; i++)
        y.dim[i] = 1;
    return gd__layout_plain(y);
}

enum { MOST_AXES = 6 };

// All that a primitive depends on.
typedef struct job {
    gd_type type;
    dnnl_memory_desc_t left, right, bias, result;
    bool has_bias;
    unsigned after; // GD__DNN_…
    double flops;
} job;

static dnnl_status_t describe(const job *j, bool packed, dnnl_primitive_desc_t *descriptor)
{
    dnnl_memory_desc_t right = packed ? gd__dnn_any(j->type, j->right.ndims, j->right.dims) : j->right;
    dnnl_matmul_desc_t matmul;
    dnnl_status_t status = dnnl_matmul_desc_init(&matmul, &j->left, &right, j->has_bias ? &j->bias : NULL, &j->result);
    return status == dnnl_success ? gd__dnn_create(&matmul, j->after, NULL, descriptor) : status;
}

static double try_form(void *context, int index)
{
    dnnl_primitive_desc_t descriptor = NULL;
    if (describe(context, index == 1, &descriptor) != dnnl_success)
        return -1;
    double seconds = gd__dnn_time(descriptor);
    dnnl_primitive_desc_destroy(descriptor);
    return seconds;
}

// Is the right operand packed into a form of oneDNN's own? Only where that is done once: in an inference plan, for
// weights. (A training step would pack them anew each time, in two orders: forward and backward read them differently.
// There the plain kernels reach 95% of the peak, and more packing was never faster as a whole.)
static bool choose_packed(const gd__planner *planner, gd__ref right, job *j)
{
    const gd__node *maker = &planner->plan->graph->node[right.node];
    if (!planner->opts.inference || planner->arranges || maker->op != &gd__op_variable || j->left.ndims != 2 ||
        !gd__worth_choosing(j->flops))
        return false;
    const dnnl_dim_t *stride = j->right.format_desc.blocking.strides;
    char key[256];
    snprintf(key, sizeof key, "matmul inference %s %lld,%lld,%lld strides %lld,%lld b%d r%d threads %d dnnl %d.%d",
             gd_type_name(j->type), (long long)j->left.dims[0], (long long)j->left.dims[1], (long long)j->right.dims[1],
             (long long)stride[0], (long long)stride[1], j->has_bias, (int)j->after, gd_threads(), DNNL_VERSION_MAJOR,
             DNNL_VERSION_MINOR);
    return gd__choose(key, 2, try_form, j) == 1;
}

gd_status gd__dnn_matmul(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd__matmul_attributes *attributes = node->attributes;
    const gd_info *a = gd__info_at(graph, node->input[0]), *b = gd__info_at(graph, node->input[1]);
    const gd_info *y = &node->output[0];
    gd_status good = gd__dnn_takes(a, MOST_AXES, "matmul");
    if (good == GD_OK)
        good = gd__dnn_takes(y, MOST_AXES, "matmul");
    if (good != GD_OK)
        return good;
    int32_t add = gd__planner_combined(planner, index, "add"), relu = gd__planner_combined(planner, index, "relu");
    bool is_vector = y->shape.rank == 2 && (y->shape.dim[0] == 1 || y->shape.dim[1] == 1);
    if (is_vector && a->type == GD_F32 && add < 0 && relu < 0)
        return gd__fail(GD_ERROR_UNSUPPORTED, "a matrix times a vector is faster by our own kernel");
    gd__layout left = operand(a->shape, y->shape.rank, attributes->transpose_a);
    gd__layout right = operand(b->shape, y->shape.rank, attributes->transpose_b);
    gd__layout result = gd__layout_plain(y->shape);
    gd__layout bias = bias_layout(y->shape);
    gd__matmul_sizes size = gd__matmul_sizes_of(attributes, a->shape, b->shape);
    job j = {.type = a->type,
             .left = gd__dnn_describe(a->type, &left),
             .right = gd__dnn_describe(b->type, &right),
             .bias = gd__dnn_describe(GD_F32, &bias), // also beside bf16
             .result = gd__dnn_describe(y->type, &result),
             .has_bias = add >= 0,
             .after = relu >= 0 ? GD__DNN_RELU : 0,
             .flops = 2.0 * (double)gd_shape_count(y->shape) * (double)size.k};
    bool packed = choose_packed(planner, node->input[1], &j);
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = describe(&j, packed, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "matmul");
    dnnl_memory_desc_t weights = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_weights_md, 0);
    int right_buffer = packed ? gd__dnn_want_packed(planner, node->input[1], &j.right, &weights)
                              : gd__planner_want(planner, node->input[1], NULL);
    int32_t last = relu >= 0 ? relu : (add >= 0 ? add : index);
    gd__dnn_argument argument[4] = {
        GD__DNN_IN(DNNL_ARG_SRC, j.left, gd__planner_want(planner, node->input[0], NULL)),
        GD__DNN_IN(DNNL_ARG_WEIGHTS, weights, right_buffer),
        GD__DNN_OUT(DNNL_ARG_DST, j.result, gd__planner_give(planner, (gd__ref){last, 0}, NULL)),
    };
    int count = 3;
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        gd__ref b = sum->input[sum->input[0].node == index ? 1 : 0];
        argument[count++] = GD__DNN_IN(DNNL_ARG_BIAS, j.bias, gd__planner_want(planner, b, NULL));
    }
    return gd__dnn_emit(planner, "matmul", index, descriptor, count, argument, j.flops);
}

#else
typedef int gd__no_dnnl_matmul;
#endif
