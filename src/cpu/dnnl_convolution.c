// Convolution and its adjoints by oneDNN, which chooses the layouts.
#ifdef GD_HAVE_DNNL

#include <string.h>

#include "base/error.h"
#include "cpu/dnnl.h"
#include "op/convolution.h"

// The sizes of x (N, C, H, W), w ([G,] O / G, C / G, kh, kw) and y (N, O, places) as oneDNN wants them. One spatial
// axis counts as a picture of width 1.
typedef struct sizes {
    int64_t x[4], y[4], w[5], bias[1];
    int w_rank;
    dnnl_dims_t stride, dilation, pad_begin, pad_end;
    double flops;
} sizes;

static void four(int64_t to[4], gd_shape shape)
{
    for (int i = 0; i < 4; i++)
        to[i] = i < shape.rank ? shape.dim[i] : 1;
}

static sizes sizes_of(const gd__convolution_attributes *a, gd_shape x, gd_shape y)
{
    sizes s = {.w_rank = a->groups > 1 ? 5 : 4};
    four(s.x, x);
    four(s.y, y);
    s.bias[0] = s.y[1];
    int64_t w[5] = {a->groups, s.y[1] / a->groups, s.x[1] / a->groups, a->window.kernel[0], a->window.kernel[1]};
    memcpy(s.w, a->groups > 1 ? w : w + 1, (size_t)s.w_rank * sizeof w[0]);
    for (int i = 0; i < GD_SPATIAL; i++) {
        s.stride[i] = a->window.stride[i];
        s.dilation[i] = a->window.dilation[i] - 1; // oneDNN counts the gap
        s.pad_begin[i] = a->window.pad_begin[i];
        // Rows that no window reaches are cut off by a smaller padding at the end.
        s.pad_end[i] = (s.y[2 + i] - 1) * s.stride[i] + (s.dilation[i] + 1) * (a->window.kernel[i] - 1) + 1 - s.x[2 + i] -
                       s.pad_begin[i];
    }
    s.flops = 2.0 * (double)gd_shape_count(y) * (double)(s.x[1] / a->groups * a->window.kernel[0] * a->window.kernel[1]);
    return s;
}

// The forward primitive: the step itself, or the hint that the backward ones need.
static dnnl_status_t forward_descriptor(const sizes *s, gd_type type, bool with_bias, dnnl_primitive_desc_t *descriptor)
{
    dnnl_memory_desc_t x = gd__dnn_any(type, 4, s->x), w = gd__dnn_any(type, s->w_rank, s->w);
    dnnl_memory_desc_t y = gd__dnn_any(type, 4, s->y), b = gd__dnn_any(type, 1, s->bias);
    dnnl_convolution_desc_t convolution;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &convolution, dnnl_forward_training, dnnl_convolution_direct, &x, &w, with_bias ? &b : NULL, &y, s->stride,
        s->dilation, s->pad_begin, s->pad_end);
    dnnl_primitive_attr_t settings = NULL;
    if (status == dnnl_success && gd__dnn_attributes(&settings) == GD_OK)
        status = dnnl_primitive_desc_create(descriptor, &convolution, settings, gd__dnn_engine(), NULL);
    dnnl_primitive_attr_destroy(settings);
    return status;
}

static gd_status usable(gd_type type)
{
    if ((type == GD_F32 || type == GD_BF16) && gd__dnn_engine() != NULL)
        return GD_OK;
    return gd__fail(GD_ERROR_UNSUPPORTED, "oneDNN has no convolution of %s", gd_type_name(type));
}

// The layout that the primitive wants for one of its arguments; plain order when it is one of oneDNN's own.
static dnnl_memory_desc_t queried(dnnl_primitive_desc_t descriptor, dnnl_query_t what)
{
    return *dnnl_primitive_desc_query_md(descriptor, what, 0);
}

static int want(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc)
{
    gd__layout layout;
    if (!gd__dnn_layout(desc, &layout)) {
        gd__fail(GD_ERROR_UNSUPPORTED, "a convolution's layout is in a form of oneDNN's own");
        return -1;
    }
    return gd__planner_want(planner, ref, gd__layout_is_plain(&layout) ? NULL : &layout);
}

static int give(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc)
{
    gd__layout layout;
    if (!gd__dnn_layout(desc, &layout)) {
        gd__fail(GD_ERROR_UNSUPPORTED, "a convolution's layout is in a form of oneDNN's own");
        return -1;
    }
    return gd__planner_give(planner, ref, gd__layout_is_plain(&layout) ? NULL : &layout);
}

gd_status gd__dnn_convolution(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    gd_status good = usable(x->type);
    if (good != GD_OK)
        return good;
    sizes s = sizes_of(node->attributes, x->shape, node->output[0].shape);
    bool with_bias = node->input_count > 2;
    dnnl_primitive_desc_t descriptor;
    dnnl_status_t status = forward_descriptor(&s, x->type, with_bias, &descriptor);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "convolution");
    dnnl_memory_desc_t x_desc = queried(descriptor, dnnl_query_src_md), w_desc = queried(descriptor, dnnl_query_weights_md);
    dnnl_memory_desc_t y_desc = queried(descriptor, dnnl_query_dst_md);
    gd__dnn_argument argument[4] = {
        {DNNL_ARG_SRC, x_desc, want(planner, node->input[0], &x_desc), false},
        {DNNL_ARG_WEIGHTS, w_desc, want(planner, node->input[1], &w_desc), false},
        {DNNL_ARG_DST, y_desc, give(planner, (gd__ref){index, 0}, &y_desc), true},
    };
    int count = 3;
    if (with_bias)
        argument[count++] = (gd__dnn_argument){DNNL_ARG_BIAS, *dnnl_primitive_desc_query_md(descriptor, dnnl_query_weights_md, 1),
                                               gd__planner_want(planner, node->input[2], NULL), false};
    return gd__dnn_emit(planner, "convolution", index, descriptor, count, argument, s.flops);
}

gd_status gd__dnn_convolution_backward_data(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *dy = gd__info_at(graph, node->input[0]);
    gd_status good = usable(dy->type);
    if (good != GD_OK)
        return good;
    sizes s = sizes_of(node->attributes, node->output[0].shape, dy->shape);
    dnnl_primitive_desc_t hint, descriptor = NULL;
    dnnl_status_t status = forward_descriptor(&s, dy->type, false, &hint);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "convolution");
    dnnl_memory_desc_t dx_any = gd__dnn_any(dy->type, 4, s.x), w_any = gd__dnn_any(dy->type, s.w_rank, s.w);
    dnnl_memory_desc_t dy_any = gd__dnn_any(dy->type, 4, s.y);
    dnnl_convolution_desc_t convolution;
    status = dnnl_dilated_convolution_backward_data_desc_init(&convolution, dnnl_convolution_direct, &dx_any, &w_any, &dy_any,
                                                              s.stride, s.dilation, s.pad_begin, s.pad_end);
    dnnl_primitive_attr_t settings = NULL;
    if (status == dnnl_success && gd__dnn_attributes(&settings) == GD_OK)
        status = dnnl_primitive_desc_create(&descriptor, &convolution, settings, gd__dnn_engine(), hint);
    dnnl_primitive_attr_destroy(settings);
    dnnl_primitive_desc_destroy(hint);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "convolution backward to data");
    dnnl_memory_desc_t dx_desc = queried(descriptor, dnnl_query_diff_src_md);
    dnnl_memory_desc_t w_desc = queried(descriptor, dnnl_query_weights_md), dy_desc = queried(descriptor, dnnl_query_diff_dst_md);
    gd__dnn_argument argument[] = {
        {DNNL_ARG_DIFF_DST, dy_desc, want(planner, node->input[0], &dy_desc), false},
        {DNNL_ARG_WEIGHTS, w_desc, want(planner, node->input[1], &w_desc), false},
        {DNNL_ARG_DIFF_SRC, dx_desc, give(planner, (gd__ref){index, 0}, &dx_desc), true},
    };
    return gd__dnn_emit(planner, "convolution_backward_data", index, descriptor, 3, argument, s.flops);
}

gd_status gd__dnn_convolution_backward_weights(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]), *dy = gd__info_at(graph, node->input[1]);
    gd_status good = usable(x->type);
    if (good != GD_OK)
        return good;
    sizes s = sizes_of(node->attributes, x->shape, dy->shape);
    dnnl_primitive_desc_t hint, descriptor = NULL;
    dnnl_status_t status = forward_descriptor(&s, x->type, false, &hint);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "convolution");
    dnnl_memory_desc_t x_any = gd__dnn_any(x->type, 4, s.x), dw_any = gd__dnn_any(x->type, s.w_rank, s.w);
    dnnl_memory_desc_t dy_any = gd__dnn_any(x->type, 4, s.y);
    dnnl_convolution_desc_t convolution;
    status = dnnl_dilated_convolution_backward_weights_desc_init(&convolution, dnnl_convolution_direct, &x_any, &dw_any, NULL,
                                                                 &dy_any, s.stride, s.dilation, s.pad_begin, s.pad_end);
    dnnl_primitive_attr_t settings = NULL;
    if (status == dnnl_success && gd__dnn_attributes(&settings) == GD_OK)
        status = dnnl_primitive_desc_create(&descriptor, &convolution, settings, gd__dnn_engine(), hint);
    dnnl_primitive_attr_destroy(settings);
    dnnl_primitive_desc_destroy(hint);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "convolution backward to weights");
    dnnl_memory_desc_t x_desc = queried(descriptor, dnnl_query_src_md);
    dnnl_memory_desc_t dw_desc = queried(descriptor, dnnl_query_diff_weights_md);
    dnnl_memory_desc_t dy_desc = queried(descriptor, dnnl_query_diff_dst_md);
    gd__dnn_argument argument[] = {
        {DNNL_ARG_SRC, x_desc, want(planner, node->input[0], &x_desc), false},
        {DNNL_ARG_DIFF_DST, dy_desc, want(planner, node->input[1], &dy_desc), false},
        {DNNL_ARG_DIFF_WEIGHTS, dw_desc, give(planner, (gd__ref){index, 0}, &dw_desc), true},
    };
    return gd__dnn_emit(planner, "convolution_backward_weights", index, descriptor, 3, argument, s.flops);
}

#else
typedef int gd__no_dnnl_convolution;
#endif
