#ifdef GD_HAVE_DNNL

#include "cpu/dnnl.h"

#include "base/error.h"
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

gd_status gd__dnn_matmul(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd__matmul_attributes *attributes = node->attributes;
    const gd_info *a = gd__info_at(graph, node->input[0]), *b = gd__info_at(graph, node->input[1]);
    const gd_info *y = &node->output[0];
    dnnl_data_type_t type;
    if (!gd__dnn_type(a->type, &type) || !gd_type_is_float(a->type) || gd__dnn_engine() == NULL || y->shape.rank > 6)
        return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no matmul of %s", gd_type_name(a->type));
    gd__layout left = operand(a->shape, y->shape.rank, attributes->transpose_a);
    gd__layout right = operand(b->shape, y->shape.rank, attributes->transpose_b);
    gd__layout result = gd__layout_plain(y->shape);
    dnnl_memory_desc_t left_desc = gd__dnn_describe(a->type, &left), right_desc = gd__dnn_describe(b->type, &right);
    dnnl_memory_desc_t result_desc = gd__dnn_describe(y->type, &result);
    int32_t add = gd__planner_combined(planner, index, "add"), relu = gd__planner_combined(planner, index, "relu");
    gd__layout bias = bias_layout(y->shape);
    dnnl_memory_desc_t bias_desc = gd__dnn_describe(GD_F32, &bias); // also beside bf16
    dnnl_matmul_desc_t matmul;
    dnnl_status_t status =
        dnnl_matmul_desc_init(&matmul, &left_desc, &right_desc, add >= 0 ? &bias_desc : NULL, &result_desc);
    dnnl_primitive_desc_t descriptor = NULL;
    if (status == dnnl_success)
        status = gd__dnn_create(&matmul, relu >= 0 ? GD__DNN_RELU : 0, NULL, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "matmul");
    gd__matmul_sizes size = gd__matmul_sizes_of(attributes, a->shape, b->shape);
    int32_t last = relu >= 0 ? relu : (add >= 0 ? add : index);
    gd__dnn_argument argument[4] = {
        GD__DNN_IN(DNNL_ARG_SRC, left_desc, gd__planner_want(planner, node->input[0], NULL)),
        GD__DNN_IN(DNNL_ARG_WEIGHTS, right_desc, gd__planner_want(planner, node->input[1], NULL)),
        GD__DNN_OUT(DNNL_ARG_DST, result_desc, gd__planner_give(planner, (gd__ref){last, 0}, NULL)),
    };
    int count = 3;
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        gd__ref b = sum->input[sum->input[0].node == index ? 1 : 0];
        argument[count++] = GD__DNN_IN(DNNL_ARG_BIAS, bias_desc, gd__planner_want(planner, b, NULL));
    }
    double flops = 2.0 * (double)gd_shape_count(y->shape) * (double)size.k;
    return gd__dnn_emit(planner, "matmul", index, descriptor, count, argument, flops);
}

#else
typedef int gd__no_dnnl_matmul;
#endif
