// Pooling by oneDNN, in the layout in which x lies.
//
// oneDNN's max pooling keeps where the maxima stood in a workspace of its own form. As long as nobody but the backward
// op reads the index, the workspace stands in its place.
#ifdef GD_HAVE_DNNL

#include "base/error.h"
#include "cpu/dnnl.h"
#include "op/pool.h"

typedef struct sizes {
    int64_t x[4], y[4];
    dnnl_dims_t kernel, stride, dilation, pad_begin, pad_end;
} sizes;

static sizes sizes_of(const gd__pool_attributes *a, gd_shape x, gd_shape y)
{
    sizes s;
    gd__dnn_four(s.x, x);
    gd__dnn_four(s.y, y);
    for (int i = 0; i < GD_SPATIAL; i++) {
        s.kernel[i] = a->window.kernel[i];
        s.stride[i] = a->window.stride[i];
        s.dilation[i] = a->window.dilation[i] - 1;
        s.pad_begin[i] = a->window.pad_begin[i];
        // Rows that no window reaches are cut off by a smaller padding at the end.
        s.pad_end[i] =
            (s.y[2 + i] - 1) * s.stride[i] + (s.dilation[i] + 1) * (s.kernel[i] - 1) + 1 - s.x[2 + i] - s.pad_begin[i];
    }
    return s;
}

static dnnl_status_t forward_descriptor(const sizes *s, dnnl_alg_kind_t kind, const dnnl_memory_desc_t *x,
                                        const dnnl_memory_desc_t *y, dnnl_primitive_desc_t *descriptor)
{
    dnnl_pooling_v2_desc_t pooling;
    dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(&pooling, dnnl_forward_training, kind, x, y, s->stride,
                                                             s->kernel, s->dilation, s->pad_begin, s->pad_end);
    if (status == dnnl_success)
        status = gd__dnn_create(&pooling, 0, NULL, descriptor);
    return status;
}

static dnnl_status_t backward_descriptor(const sizes *s, dnnl_alg_kind_t kind, const dnnl_memory_desc_t *dx,
                                         const dnnl_memory_desc_t *dy, dnnl_primitive_desc_t hint,
                                         dnnl_primitive_desc_t *descriptor)
{
    dnnl_pooling_v2_desc_t pooling;
    dnnl_status_t status = dnnl_pooling_v2_backward_desc_init(&pooling, kind, dx, dy, s->stride, s->kernel, s->dilation,
                                                              s->pad_begin, s->pad_end);
    if (status == dnnl_success)
        status = gd__dnn_create(&pooling, 0, hint, descriptor);
    return status;
}

// Is the index read by nobody but max_pool_backward? And may oneDNN make it: it walks along all of a window, so one
// that is much larger than x is not for it.
static bool index_stays_inside(const gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__window *window = &((const gd__pool_attributes *)graph->node[index].attributes)->window;
    const double area = (double)window->kernel[0] * (double)window->kernel[1];
    if (planner->wanted_output[index] || area > 4 * (double)(window->size[0] * window->size[1]))
        return false;
    const int32_t *reader;
    int count = gd__readers_of(&planner->readers, (gd__ref){index, 1}, &reader);
    for (int i = 0; i < count; i++) {
        const gd__node *node = &graph->node[reader[i]];
        for (int j = 0; j < node->input_count; j++) {
            bool reads = node->input[j].node == index && node->input[j].output == 1;
            if (reads && (node->op != &gd__op_max_pool_backward || j != 1))
                return false;
        }
    }
    return true;
}

// The descriptors of x and y: y in the layout that oneDNN pairs with x's.
static gd_status describe(const gd__planner *planner, gd__ref x_ref, gd_type type, const sizes *s, dnnl_alg_kind_t kind,
                          gd__layout *x, gd__layout *y, dnnl_primitive_desc_t *descriptor)
{
    *x = gd__dnn_layout_of(planner, x_ref, s->x);
    dnnl_memory_desc_t x_desc = gd__dnn_describe(type, x), y_any = gd__dnn_any(type, 4, s->y);
    dnnl_status_t status = forward_descriptor(s, kind, &x_desc, &y_any, descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "pooling");
    if (!gd__dnn_layout(dnnl_primitive_desc_query_md(*descriptor, dnnl_query_dst_md, 0), y)) {
        dnnl_primitive_desc_destroy(*descriptor);
        return gd__fail(GD_ERROR_UNSUPPORTED, "a pooling's layout is in a form of oneDNN's own");
    }
    return GD_OK;
}

gd_status gd__dnn_max_pool(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    gd_status good = gd__dnn_takes(x, 4, "pooling");
    if (good != GD_OK)
        return good;
    if (!index_stays_inside(planner, index))
        return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN's pooling does not give the index");
    sizes s = sizes_of(node->attributes, x->shape, node->output[0].shape);
    gd__layout x_layout, y_layout;
    dnnl_primitive_desc_t descriptor = NULL;
    good = describe(planner, node->input[0], x->type, &s, dnnl_pooling_max, &x_layout, &y_layout, &descriptor);
    if (good != GD_OK)
        return good;
    dnnl_memory_desc_t workspace = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_workspace_md, 0);
    gd__ref y = {index, 0}, place = {index, 1};
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_SRC, gd__dnn_describe(x->type, &x_layout),
                   gd__dnn_want_in(planner, node->input[0], &x_layout)),
        GD__DNN_OUT(DNNL_ARG_DST, gd__dnn_describe(x->type, &y_layout), gd__dnn_give_in(planner, y, &y_layout)),
        GD__DNN_OUT(DNNL_ARG_WORKSPACE, workspace,
                    gd__planner_give_bytes(planner, place, &y_layout, dnnl_memory_desc_get_size(&workspace))),
    };
    double flops = (double)gd_shape_count(node->output[0].shape) * (double)(s.kernel[0] * s.kernel[1]);
    return gd__dnn_emit(planner, "max_pool", index, descriptor, 3, argument, flops);
}

gd_status gd__dnn_max_pool_backward(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    gd__ref place = node->input[1];
    const gd__node *forward = &graph->node[place.node];
    const gd_info *dx = &node->output[0];
    gd_status good = gd__dnn_takes(dx, 4, "pooling");
    if (good != GD_OK)
        return good;
    if (forward->op != &gd__op_max_pool || place.output != 1 || !index_stays_inside(planner, place.node) ||
        !gd__attributes_equal(node->op, node->attributes, forward->attributes))
        return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN's pooling does not take an index");
    sizes s = sizes_of(node->attributes, dx->shape, forward->output[0].shape);
    gd__layout x_layout, y_layout;
    dnnl_primitive_desc_t hint = NULL, descriptor = NULL;
    good = describe(planner, forward->input[0], dx->type, &s, dnnl_pooling_max, &x_layout, &y_layout, &hint);
    if (good != GD_OK)
        return good;
    dnnl_memory_desc_t dx_desc = gd__dnn_describe(dx->type, &x_layout), dy_desc = gd__dnn_describe(dx->type, &y_layout);
    dnnl_memory_desc_t workspace = *dnnl_primitive_desc_query_md(hint, dnnl_query_workspace_md, 0);
    dnnl_status_t status = backward_descriptor(&s, dnnl_pooling_max, &dx_desc, &dy_desc, hint, &descriptor);
    dnnl_primitive_desc_destroy(hint);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "pooling backward");
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_DIFF_DST, dy_desc, gd__dnn_want_in(planner, node->input[0], &y_layout)),
        GD__DNN_IN(DNNL_ARG_WORKSPACE, workspace, gd__planner_want(planner, place, gd__planner_layout(planner, place))),
        GD__DNN_OUT(DNNL_ARG_DIFF_SRC, dx_desc, gd__dnn_give_in(planner, (gd__ref){index, 0}, &x_layout)),
    };
    return gd__dnn_emit(planner, "max_pool_backward", index, descriptor, 3, argument, 0);
}

static dnnl_alg_kind_t average_kind(const gd__pool_attributes *a)
{
    return a->exclude_padding ? dnnl_pooling_avg_exclude_padding : dnnl_pooling_avg_include_padding;
}

// oneDNN counts the padding at the end that a window reaches; where that was cut off, the divisors differ from ours.
static bool padding_is_whole(const sizes *s, const gd__pool_attributes *a)
{
    return s->pad_end[0] >= 0 && s->pad_end[1] >= 0 && (a->window.dilation[0] == 1 && a->window.dilation[1] == 1);
}

gd_status gd__dnn_average_pool(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    gd_status good = gd__dnn_takes(x, 4, "pooling");
    if (good != GD_OK)
        return good;
    sizes s = sizes_of(node->attributes, x->shape, node->output[0].shape);
    if (!padding_is_whole(&s, node->attributes))
        return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no average pooling of this form");
    gd__layout x_layout, y_layout;
    dnnl_primitive_desc_t descriptor = NULL;
    good = describe(planner, node->input[0], x->type, &s, average_kind(node->attributes), &x_layout, &y_layout,
                    &descriptor);
    if (good != GD_OK)
        return good;
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_SRC, gd__dnn_describe(x->type, &x_layout),
                   gd__dnn_want_in(planner, node->input[0], &x_layout)),
        GD__DNN_OUT(DNNL_ARG_DST, gd__dnn_describe(x->type, &y_layout),
                    gd__dnn_give_in(planner, (gd__ref){index, 0}, &y_layout)),
    };
    double flops = (double)gd_shape_count(node->output[0].shape) * (double)(s.kernel[0] * s.kernel[1]);
    return gd__dnn_emit(planner, "average_pool", index, descriptor, 2, argument, flops);
}

gd_status gd__dnn_average_pool_backward(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *dy = gd__info_at(graph, node->input[0]), *dx = &node->output[0];
    gd_status good = gd__dnn_takes(dx, 4, "pooling");
    if (good != GD_OK)
        return good;
    sizes s = sizes_of(node->attributes, dx->shape, dy->shape);
    if (!padding_is_whole(&s, node->attributes))
        return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no average pooling of this form");
    gd__layout y_layout = gd__dnn_layout_of(planner, node->input[0], s.y);
    dnnl_memory_desc_t dy_desc = gd__dnn_describe(dx->type, &y_layout), dx_any = gd__dnn_any(dx->type, 4, s.x);
    dnnl_primitive_desc_t hint = NULL, descriptor = NULL;
    gd__layout x_layout;
    dnnl_alg_kind_t kind = average_kind(node->attributes);
    dnnl_status_t status = forward_descriptor(&s, kind, &dx_any, &dy_desc, &hint);
    if (status == dnnl_success)
        status = backward_descriptor(&s, kind, &dx_any, &dy_desc, hint, &descriptor);
    if (hint != NULL)
        dnnl_primitive_desc_destroy(hint);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "pooling backward");
    if (!gd__dnn_layout(dnnl_primitive_desc_query_md(descriptor, dnnl_query_diff_src_md, 0), &x_layout)) {
        dnnl_primitive_desc_destroy(descriptor);
        return gd__fail(GD_ERROR_UNSUPPORTED, "a pooling's layout is in a form of oneDNN's own");
    }
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_DIFF_DST, dy_desc, gd__dnn_want_in(planner, node->input[0], &y_layout)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SRC, gd__dnn_describe(dx->type, &x_layout),
                    gd__dnn_give_in(planner, (gd__ref){index, 0}, &x_layout)),
    };
    return gd__dnn_emit(planner, "average_pool_backward", index, descriptor, 2, argument, 0);
}

#else
typedef int gd__no_dnnl_pool;
#endif
