// Batch norm by oneDNN, in the layout in which x lies.
#ifdef GD_HAVE_DNNL

#include "base/error.h"
#include "cpu/dnnl.h"
#include "op/batch_norm.h"

static unsigned flags(bool relu)
{
    return dnnl_use_scale | dnnl_use_shift | (relu ? dnnl_fuse_norm_relu : 0u);
}

static dnnl_status_t forward_descriptor(const dnnl_memory_desc_t *x, double epsilon, bool relu,
                                        dnnl_primitive_desc_t *descriptor)
{
    dnnl_batch_normalization_desc_t norm;
    dnnl_status_t status =
        dnnl_batch_normalization_forward_desc_init(&norm, dnnl_forward_training, x, (float)epsilon, flags(relu));
    if (status == dnnl_success)
        status = gd__dnn_create(&norm, 0, NULL, descriptor);
    return status;
}

static gd_status usable(const gd_info *x)
{
    if ((x->type == GD_F32 || x->type == GD_BF16) && x->shape.rank <= 4 && gd__dnn_engine() != NULL)
        return GD_OK;
    return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no batch norm of %s", gd_type_name(x->type));
}

gd_status gd__dnn_batch_norm(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    gd_status good = usable(x);
    if (good != GD_OK)
        return good;
    int64_t dim[4];
    gd__dnn_four(dim, x->shape);
    gd__layout layout = gd__dnn_layout_of(planner, node->input[0], dim);
    gd__layout channel = gd__layout_plain_of(1, &x->shape.dim[1]);
    dnnl_memory_desc_t x_desc = gd__dnn_describe(x->type, &layout), c_desc = gd__dnn_describe(GD_F32, &channel);
    dnnl_primitive_desc_t descriptor = NULL;
    double epsilon = ((const gd__batch_norm_attributes *)node->attributes)->epsilon;
    int32_t relu = gd__planner_combined(planner, index, "relu");
    dnnl_status_t status = forward_descriptor(&x_desc, epsilon, relu >= 0, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "batch norm");
    gd__ref result = {relu >= 0 ? relu : index, 0};
    gd__dnn_argument argument[7] = {
        GD__DNN_IN(DNNL_ARG_SRC, x_desc, gd__dnn_want_in(planner, node->input[0], &layout)),
        GD__DNN_IN(DNNL_ARG_SCALE, c_desc, gd__planner_want(planner, node->input[1], NULL)),
        GD__DNN_IN(DNNL_ARG_SHIFT, c_desc, gd__planner_want(planner, node->input[2], NULL)),
        GD__DNN_OUT(DNNL_ARG_DST, x_desc, gd__dnn_give_in(planner, result, &layout)),
        GD__DNN_OUT(DNNL_ARG_MEAN, c_desc, gd__planner_give(planner, (gd__ref){index, 1}, NULL)),
        GD__DNN_OUT(DNNL_ARG_VARIANCE, c_desc, gd__planner_give(planner, (gd__ref){index, 2}, NULL)),
    };
    int count = 6;
    if (relu >= 0) {
        // Which elements ReLU let through, in a form of oneDNN's own, for the backward pass.
        dnnl_memory_desc_t mask = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_workspace_md, 0);
        planner->workspace[index] = gd__planner_scratch(planner, dnnl_memory_desc_get_size(&mask));
        argument[count++] = GD__DNN_OUT(DNNL_ARG_WORKSPACE, mask, planner->workspace[index]);
    }
    return gd__dnn_emit(planner, "batch_norm", index, descriptor, count, argument,
                        8.0 * (double)gd_shape_count(x->shape));
}

// With given statistics; ReLU behind it needs no mask, as no backward pass belongs to this node.
gd_status gd__dnn_batch_norm_apply(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    gd_status good = usable(x);
    if (good != GD_OK)
        return good;
    int64_t dim[4];
    gd__dnn_four(dim, x->shape);
    gd__layout layout = gd__dnn_layout_of(planner, node->input[0], dim);
    gd__layout channel = gd__layout_plain_of(1, &x->shape.dim[1]);
    dnnl_memory_desc_t x_desc = gd__dnn_describe(x->type, &layout), c_desc = gd__dnn_describe(GD_F32, &channel);
    int32_t relu = gd__planner_combined(planner, index, "relu");
    float epsilon = (float)((const gd__batch_norm_attributes *)node->attributes)->epsilon;
    dnnl_batch_normalization_desc_t norm;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(&norm, dnnl_forward_inference, &x_desc, epsilon,
                                                                      flags(relu >= 0) | dnnl_use_global_stats);
    if (status == dnnl_success)
        status = gd__dnn_create(&norm, 0, NULL, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "batch norm");
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_SRC, x_desc, gd__dnn_want_in(planner, node->input[0], &layout)),
        GD__DNN_IN(DNNL_ARG_SCALE, c_desc, gd__planner_want(planner, node->input[1], NULL)),
        GD__DNN_IN(DNNL_ARG_SHIFT, c_desc, gd__planner_want(planner, node->input[2], NULL)),
        GD__DNN_IN(DNNL_ARG_MEAN, c_desc, gd__planner_want(planner, node->input[3], NULL)),
        GD__DNN_IN(DNNL_ARG_VARIANCE, c_desc, gd__planner_want(planner, node->input[4], NULL)),
        GD__DNN_OUT(DNNL_ARG_DST, x_desc, gd__dnn_give_in(planner, (gd__ref){relu >= 0 ? relu : index, 0}, &layout)),
    };
    return gd__dnn_emit(planner, "batch_norm_apply", index, descriptor, GD_COUNT_OF(argument), argument,
                        2.0 * (double)gd_shape_count(x->shape));
}

gd_status gd__dnn_batch_norm_backward(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    gd_status good = usable(x);
    if (good != GD_OK)
        return good;
    int64_t dim[4];
    gd__dnn_four(dim, x->shape);
    gd__layout layout = gd__dnn_layout_of(planner, node->input[0], dim);
    gd__layout channel = gd__layout_plain_of(1, &x->shape.dim[1]);
    dnnl_memory_desc_t x_desc = gd__dnn_describe(x->type, &layout), c_desc = gd__dnn_describe(GD_F32, &channel);
    float epsilon = (float)((const gd__batch_norm_attributes *)node->attributes)->epsilon;
    dnnl_primitive_desc_t hint = NULL, descriptor = NULL;
    dnnl_batch_normalization_desc_t norm;
    // With ReLU behind the norm, what comes in is the gradient of ReLU's output.
    int32_t relu = gd__planner_combined(planner, index, "relu_backward");
    gd__ref dy = relu >= 0 ? graph->node[relu].input[1] : node->input[1];
    dnnl_status_t status = forward_descriptor(&x_desc, (double)epsilon, relu >= 0, &hint);
    if (status == dnnl_success)
        status = dnnl_batch_normalization_backward_desc_init(&norm, dnnl_backward, &x_desc, &x_desc, epsilon,
                                                             flags(relu >= 0));
    if (status == dnnl_success)
        status = gd__dnn_create(&norm, 0, hint, &descriptor);
    if (status != dnnl_success) {
        dnnl_primitive_desc_destroy(hint);
        return gd__dnn_fail(status, "batch norm backward");
    }
    dnnl_memory_desc_t mask = {0};
    if (relu >= 0)
        mask = *dnnl_primitive_desc_query_md(hint, dnnl_query_workspace_md, 0);
    dnnl_primitive_desc_destroy(hint);
    // oneDNN wants the shift too, though it has no influence on the gradients: any channel vector serves.
    gd__dnn_argument argument[10] = {
        GD__DNN_IN(DNNL_ARG_SRC, x_desc, gd__dnn_want_in(planner, node->input[0], &layout)),
        GD__DNN_IN(DNNL_ARG_DIFF_DST, x_desc, gd__dnn_want_in(planner, dy, &layout)),
        GD__DNN_IN(DNNL_ARG_SCALE, c_desc, gd__planner_want(planner, node->input[2], NULL)),
        GD__DNN_IN(DNNL_ARG_SHIFT, c_desc, gd__planner_want(planner, node->input[2], NULL)),
        GD__DNN_IN(DNNL_ARG_MEAN, c_desc, gd__planner_want(planner, node->input[3], NULL)),
        GD__DNN_IN(DNNL_ARG_VARIANCE, c_desc, gd__planner_want(planner, node->input[4], NULL)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SRC, x_desc, gd__dnn_give_in(planner, (gd__ref){index, 0}, &layout)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SCALE, c_desc, gd__planner_give(planner, (gd__ref){index, 1}, NULL)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SHIFT, c_desc, gd__planner_give(planner, (gd__ref){index, 2}, NULL)),
    };
    int count = 9;
    if (relu >= 0)
        argument[count++] = GD__DNN_IN(DNNL_ARG_WORKSPACE, mask, planner->workspace[node->input[3].node]);
    return gd__dnn_emit(planner, "batch_norm_backward", index, descriptor, count, argument,
                        12.0 * (double)gd_shape_count(x->shape));
}

#else
typedef int gd__no_dnnl_norm;
#endif
