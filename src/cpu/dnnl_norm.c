// Batch norm by oneDNN, in the layout in which x lies.
#ifdef GD_HAVE_DNNL

#include "base/error.h"
#include "cpu/dnnl.h"
#include "op/batch_norm.h"

static unsigned flags(bool relu)
{
    return dnnl_use_scale | dnnl_use_shift | (relu ? dnnl_fuse_norm_relu : 0u);
}

static dnnl_status_t forward_descriptor(const dnnl_memory_desc_t *x, float epsilon, bool relu,
                                        dnnl_primitive_desc_t *descriptor)
{
    dnnl_batch_normalization_desc_t operation;
    dnnl_status_t status =
        dnnl_batch_normalization_forward_desc_init(&operation, dnnl_forward_training, x, epsilon, flags(relu));
    if (status == dnnl_success)
        status = gd__dnn_create(&operation, 0, NULL, descriptor);
    return status;
}

// What the three primitives share: x (N, C, …) in the layout in which it lies, and what is known of a channel.
typedef struct norm {
    const gd_graph *graph;
    const gd__node *node;
    const gd_info *x;
    gd__layout layout;
    dnnl_memory_desc_t x_desc, c_desc;
    float epsilon;
} norm;

static gd_status prepare(norm *n, gd__planner *planner, int32_t index)
{
    n->graph = planner->plan->graph;
    n->node = &n->graph->node[index];
    n->x = gd__info_at(n->graph, n->node->input[0]);
    gd_status status = gd__dnn_takes(n->x, 4, "batch norm");
    if (status != GD_OK)
        return status;
    int64_t dim[4];
    gd__dnn_four(dim, n->x->shape);
    n->layout = gd__dnn_layout_of(planner, n->node->input[0], dim);
    gd__layout channel = gd__layout_plain_of(1, &n->x->shape.dim[1]);
    n->x_desc = gd__dnn_describe(n->x->type, &n->layout);
    n->c_desc = gd__dnn_describe(GD_F32, &channel);
    n->epsilon = (float)((const gd__batch_norm_attributes *)n->node->attributes)->epsilon;
    return GD_OK;
}

// A vector with a number a channel, by input.
static gd__dnn_argument channels(const norm *n, gd__planner *planner, int argument, int input)
{
    return GD__DNN_IN(argument, n->c_desc, gd__planner_want(planner, n->node->input[input], NULL));
}

gd_status gd__dnn_batch_norm(gd__planner *planner, int32_t index)
{
    norm n;
    gd_status good = prepare(&n, planner, index);
    if (good != GD_OK)
        return good;
    dnnl_primitive_desc_t descriptor = NULL;
    int32_t relu = gd__planner_combined(planner, index, "relu");
    dnnl_status_t status = forward_descriptor(&n.x_desc, n.epsilon, relu >= 0, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "batch norm");
    gd__ref result = {relu >= 0 ? relu : index, 0};
    gd__dnn_argument argument[7] = {
        GD__DNN_IN(DNNL_ARG_SRC, n.x_desc, gd__dnn_want_in(planner, n.node->input[0], &n.layout)),
        channels(&n, planner, DNNL_ARG_SCALE, 1),
        channels(&n, planner, DNNL_ARG_SHIFT, 2),
        GD__DNN_OUT(DNNL_ARG_DST, n.x_desc, gd__dnn_give_in(planner, result, &n.layout)),
        GD__DNN_OUT(DNNL_ARG_MEAN, n.c_desc, gd__planner_give(planner, (gd__ref){index, 1}, NULL)),
        GD__DNN_OUT(DNNL_ARG_VARIANCE, n.c_desc, gd__planner_give(planner, (gd__ref){index, 2}, NULL)),
    };
    int count = 6;
    if (relu >= 0) {
        // Which elements ReLU let through, in a form of oneDNN's own, for the backward pass.
        dnnl_memory_desc_t mask = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_workspace_md, 0);
        planner->workspace[index] = gd__planner_scratch(planner, dnnl_memory_desc_get_size(&mask));
        argument[count++] = GD__DNN_OUT(DNNL_ARG_WORKSPACE, mask, planner->workspace[index]);
    }
    return gd__dnn_emit(planner, "batch_norm", index, descriptor, count, argument,
                        8.0 * (double)gd_shape_count(n.x->shape));
}

// With given statistics; ReLU behind it needs no mask, as no backward pass belongs to this node.
gd_status gd__dnn_batch_norm_apply(gd__planner *planner, int32_t index)
{
    norm n;
    gd_status good = prepare(&n, planner, index);
    if (good != GD_OK)
        return good;
    int32_t relu = gd__planner_combined(planner, index, "relu");
    dnnl_batch_normalization_desc_t operation;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
        &operation, dnnl_forward_inference, &n.x_desc, n.epsilon, flags(relu >= 0) | dnnl_use_global_stats);
    if (status == dnnl_success)
        status = gd__dnn_create(&operation, 0, NULL, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "batch norm");
    gd__ref result = {relu >= 0 ? relu : index, 0};
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_SRC, n.x_desc, gd__dnn_want_in(planner, n.node->input[0], &n.layout)),
        channels(&n, planner, DNNL_ARG_SCALE, 1),
        channels(&n, planner, DNNL_ARG_SHIFT, 2),
        channels(&n, planner, DNNL_ARG_MEAN, 3),
        channels(&n, planner, DNNL_ARG_VARIANCE, 4),
        GD__DNN_OUT(DNNL_ARG_DST, n.x_desc, gd__dnn_give_in(planner, result, &n.layout)),
    };
    return gd__dnn_emit(planner, "batch_norm_apply", index, descriptor, GD_COUNT_OF(argument), argument,
                        2.0 * (double)gd_shape_count(n.x->shape));
}

// The backward primitive, and the form of ReLU's mask.
static dnnl_status_t backward_descriptor(const norm *n, bool relu, dnnl_memory_desc_t *mask,
                                         dnnl_primitive_desc_t *descriptor)
{
    dnnl_primitive_desc_t hint = NULL;
    dnnl_batch_normalization_desc_t operation;
    dnnl_status_t status = forward_descriptor(&n->x_desc, n->epsilon, relu, &hint);
    if (status == dnnl_success)
        status = dnnl_batch_normalization_backward_desc_init(&operation, dnnl_backward, &n->x_desc, &n->x_desc,
                                                             n->epsilon, flags(relu));
    if (status == dnnl_success)
        status = gd__dnn_create(&operation, 0, hint, descriptor);
    if (status == dnnl_success && relu)
        *mask = *dnnl_primitive_desc_query_md(hint, dnnl_query_workspace_md, 0);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

gd_status gd__dnn_batch_norm_backward(gd__planner *planner, int32_t index)
{
    norm n;
    gd_status good = prepare(&n, planner, index);
    if (good != GD_OK)
        return good;
    // With ReLU behind the norm, what comes in is the gradient of ReLU's output.
    int32_t relu = gd__planner_combined(planner, index, "relu_backward");
    gd__ref dy = relu >= 0 ? n.graph->node[relu].input[1] : n.node->input[1];
    dnnl_memory_desc_t mask = {0};
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = backward_descriptor(&n, relu >= 0, &mask, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "batch norm backward");
    // oneDNN wants the shift too, though it has no influence on the gradients: any channel vector serves.
    gd__dnn_argument argument[10] = {
        GD__DNN_IN(DNNL_ARG_SRC, n.x_desc, gd__dnn_want_in(planner, n.node->input[0], &n.layout)),
        GD__DNN_IN(DNNL_ARG_DIFF_DST, n.x_desc, gd__dnn_want_in(planner, dy, &n.layout)),
        channels(&n, planner, DNNL_ARG_SCALE, 2),
        channels(&n, planner, DNNL_ARG_SHIFT, 2),
        channels(&n, planner, DNNL_ARG_MEAN, 3),
        channels(&n, planner, DNNL_ARG_VARIANCE, 4),
        GD__DNN_OUT(DNNL_ARG_DIFF_SRC, n.x_desc, gd__dnn_give_in(planner, (gd__ref){index, 0}, &n.layout)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SCALE, n.c_desc, gd__planner_give(planner, (gd__ref){index, 1}, NULL)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SHIFT, n.c_desc, gd__planner_give(planner, (gd__ref){index, 2}, NULL)),
    };
    int count = 9;
    if (relu >= 0)
        argument[count++] = GD__DNN_IN(DNNL_ARG_WORKSPACE, mask, planner->workspace[n.node->input[3].node]);
    return gd__dnn_emit(planner, "batch_norm_backward", index, descriptor, count, argument,
                        12.0 * (double)gd_shape_count(n.x->shape));
}

#else
typedef int gd__no_dnnl_norm;
#endif
