// Convolution and its adjoints by oneDNN, which chooses the layouts.
#ifdef GD_HAVE_DNNL

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cpu/choose.h"
#include "cpu/dnnl.h"
#include "cpu/winograd_step.h"
#include "op/convolution.h"

// The sizes of x (N, C, H, W), w ([G,] O / G, C / G, kh, kw) and y (N, O, places) as oneDNN wants them. One spatial
// axis counts as a picture of width 1.
typedef struct sizes {
    int64_t x[4], y[4], w[5], bias[1];
    int w_rank;
    dnnl_dims_t stride, dilation, pad_begin, pad_end;
    double flops;
} sizes;

static sizes sizes_of(const gd__convolution_attributes *a, gd_shape x, gd_shape y)
{
    sizes s = {.w_rank = a->groups > 1 ? 5 : 4};
    gd__dnn_four(s.x, x);
    gd__dnn_four(s.y, y);
    s.bias[0] = s.y[1];
    int64_t w[5] = {a->groups, s.y[1] / a->groups, s.x[1] / a->groups, a->window.kernel[0], a->window.kernel[1]};
    memcpy(s.w, a->groups > 1 ? w : w + 1, (size_t)s.w_rank * sizeof w[0]);
    for (int i = 0; i < GD_SPATIAL; i++) {
        s.stride[i] = a->window.stride[i];
        s.dilation[i] = a->window.dilation[i] - 1; // oneDNN counts the gap
        s.pad_begin[i] = a->window.pad_begin[i];
        // Rows that no window reaches are cut off by a smaller padding at the end.
        s.pad_end[i] = (s.y[2 + i] - 1) * s.stride[i] + (s.dilation[i] + 1) * (a->window.kernel[i] - 1) + 1 -
                       s.x[2 + i] - s.pad_begin[i];
    }
    const int64_t products = s.x[1] / a->groups * a->window.kernel[0] * a->window.kernel[1]; // for one number of y
    s.flops = 2.0 * (double)gd_shape_count(y) * (double)products;
    return s;
}

typedef enum direction { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } direction;

// All that a primitive depends on.
typedef struct job {
    direction direction;
    gd_type type;
    sizes size;
    bool bias;
    unsigned after; // GD__DNN_…
    bool inference; // weights may be in a form of oneDNN's own, since they are packed once
    bool exact;     // Winograd's way is not allowed
} job;

// One way to compute it. For inference oneDNN has kernels that take pictures in the order (N, H, W, C); those made for
// training want channels in blocks, as Winograd's do, so that nothing need be reordered between them.
typedef struct way {
    dnnl_alg_kind_t algorithm;
    dnnl_prop_kind_t kind;
    bool own;           // our own Winograd algorithm, which knows larger windows
    gd__winograd shape; // the job as that sees it
} way;

// The primitive's descriptor, in layouts that oneDNN chooses. The backward ones need the forward one as a hint.
static dnnl_status_t describe(const job *j, way way, dnnl_primitive_desc_t *descriptor)
{
    const sizes *s = &j->size;
    dnnl_memory_desc_t x = gd__dnn_any(j->type, 4, s->x), w = gd__dnn_any(j->type, s->w_rank, s->w);
    // Bias, and the gradients of weights and bias, are f32 whatever x is.
    dnnl_memory_desc_t y = gd__dnn_any(j->type, 4, s->y), b = gd__dnn_any(GD_F32, 1, s->bias);
    dnnl_memory_desc_t dw = gd__dnn_any(GD_F32, s->w_rank, s->w);
    dnnl_convolution_desc_t convolution;
    dnnl_status_t status =
        dnnl_dilated_convolution_forward_desc_init(&convolution, way.kind, way.algorithm, &x, &w, j->bias ? &b : NULL,
                                                   &y, s->stride, s->dilation, s->pad_begin, s->pad_end);
    if (status != dnnl_success)
        return status;
    if (j->direction == FORWARD)
        return gd__dnn_create(&convolution, j->after, NULL, descriptor);
    dnnl_primitive_desc_t hint = NULL;
    status = gd__dnn_create(&convolution, 0, NULL, &hint);
    if (status != dnnl_success)
        return status;
    if (j->direction == BACKWARD_DATA)
        status = dnnl_dilated_convolution_backward_data_desc_init(&convolution, way.algorithm, &x, &w, &y, s->stride,
                                                                  s->dilation, s->pad_begin, s->pad_end);
    else
        status = dnnl_dilated_convolution_backward_weights_desc_init(&convolution, way.algorithm, &x, &dw,
                                                                     j->bias ? &b : NULL, &y, s->stride, s->dilation,
                                                                     s->pad_begin, s->pad_end);
    if (status == dnnl_success)
        status = gd__dnn_create(&convolution, 0, hint, descriptor);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

// ---- Choosing between the direct way and Winograd's

static const way direct = {.algorithm = dnnl_convolution_direct, .kind = dnnl_forward_training};
static const way winograd = {.algorithm = dnnl_convolution_winograd, .kind = dnnl_forward_training};
static const way winograd_inference = {.algorithm = dnnl_convolution_winograd, .kind = dnnl_forward_inference};

// The way without a choice.
static way direct_way(const job *j)
{
    way way = direct;
    if (j->inference && (j->exact || j->type != GD_F32))
        way.kind = dnnl_forward_inference;
    return way;
}

static bool has_window(const job *j, int64_t kernel)
{
    const sizes *s = &j->size;
    return s->w_rank == 4 && s->w[2] == kernel && s->w[3] == kernel && s->stride[0] == 1 && s->stride[1] == 1 &&
           s->dilation[0] == 0 && s->dilation[1] == 0;
}

// The job as our own algorithm sees it; false when it is none for it.
static bool own_shape(const job *j, gd__winograd *w)
{
    const sizes *s = &j->size;
    const int kernel = (int)s->w[2];
    if ((j->after & GD__DNN_SUM) || !has_window(j, kernel))
        return false;
    bool back = j->direction == BACKWARD_DATA;
    const int64_t *x = back ? s->y : s->x, *y = back ? s->x : s->y;
    *w = (gd__winograd){.kernel = kernel,
                        .pictures = x[0],
                        .in = x[1],
                        .out = y[1],
                        .height = x[2],
                        .width = x[3],
                        .out_height = y[2],
                        .out_width = y[3],
                        .half = j->type == GD_BF16,
                        .whole = j->inference,
                        .pad_top = back ? kernel - 1 - s->pad_begin[0] : s->pad_begin[0],
                        .pad_left = back ? kernel - 1 - s->pad_begin[1] : s->pad_begin[1]};
    return gd__winograd_plan(w);
}

static bool layouts_are_known(dnnl_primitive_desc_t descriptor, const job *j)
{
    static const dnnl_query_t queries[3][3] = {
        {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
        {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
        {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
    };
    gd__layout layout;
    for (int i = 0; i < 3; i++) {
        if (j->inference && queries[j->direction][i] == dnnl_query_weights_md)
            continue;
        if (!gd__dnn_layout(dnnl_primitive_desc_query_md(descriptor, queries[j->direction][i], 0), &layout))
            return false;
    }
    return true;
}

// oneDNN's Winograd keeps the transformed gradients of all weights, for each thread: 131 MB for 512 x 512 windows of
// 3x3 on two threads. Ours is as fast there and keeps a part of them.
enum { LARGE_SCRATCH = 40 << 20 };

static bool wants_much_memory(const_dnnl_primitive_desc_t descriptor)
{
    const dnnl_memory_desc_t *scratch = gd__dnn_scratch(descriptor);
    return scratch != NULL && dnnl_memory_desc_get_size(scratch) > LARGE_SCRATCH;
}

// The ways to compute it, the direct one first.
typedef struct ways {
    const job *job;
    int count;
    way way[GD__CANDIDATES];
} ways;

static ways find_ways(const job *j)
{
    ways list = {.job = j, .count = 1, .way = {direct_way(j)}};
    way own = {.own = true};
    if (j->exact || !gd__worth_choosing(j->size.flops))
        return list;
    if (j->type == GD_F32 && has_window(j, 3) && j->size.x[1] >= 16 && j->size.y[1] >= 16) {
        list.way[list.count++] = winograd;
        if (j->inference)
            list.way[list.count++] = winograd_inference;
    }
    // A small inference gains less by our own than it loses by reordering pictures between it and oneDNN's.
    const bool small = j->inference && list.count > 1 && j->size.flops < 1e9;
    if (!small && own_shape(j, &own.shape))
        list.way[list.count++] = own;
    return list;
}

static double try_way(void *context, int index)
{
    const ways *list = context;
    const job *j = list->job;
    const way *way = &list->way[index];
    if (way->own)
        return gd__winograd_time(&way->shape, j->direction == BACKWARD_WEIGHTS);
    dnnl_primitive_desc_t descriptor = NULL;
    if (describe(j, *way, &descriptor) != dnnl_success)
        return -1;
    const bool has_own = list->way[list->count - 1].own;
    bool good = layouts_are_known(descriptor, j) && !(wants_much_memory(descriptor) && has_own);
    double seconds = good ? gd__dnn_time(descriptor) : -1;
    dnnl_primitive_desc_destroy(descriptor);
    return seconds;
}

static way choose(const job *j)
{
    static const char *const name[] = {"forward", "backward data", "backward weights"};
    const sizes *s = &j->size;
    ways list = find_ways(j);
    if (list.count == 1)
        return list.way[0];
    char key[320];
    snprintf(key, sizeof key,
             "convolution %s%s %s x %lld,%lld,%lld,%lld o %lld k %lld p %lld,%lld,%lld,%lld b%d r%d ways %d threads %d "
             "dnnl %d.%d",
             name[j->direction], j->inference ? " inference" : "", gd_type_name(j->type), (long long)s->x[0],
             (long long)s->x[1], (long long)s->x[2], (long long)s->x[3], (long long)s->y[1], (long long)s->w[2],
             (long long)s->pad_begin[0], (long long)s->pad_end[0], (long long)s->pad_begin[1], (long long)s->pad_end[1],
             j->bias, (int)j->after, list.count, gd_threads(), DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR);
    return list.way[gd__choose(key, list.count, try_way, &list)];
}

// Chooses a way, and makes its descriptor unless it is our own.
static gd_status prepare(const job *j, way *way, dnnl_primitive_desc_t *descriptor)
{
    gd_status good = gd__dnn_takes(&(gd_info){.type = j->type}, 0, "convolution");
    if (good != GD_OK)
        return good;
    *way = choose(j);
    dnnl_status_t status = way->own ? dnnl_success : describe(j, *way, descriptor);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, "convolution");
}

// ---- Steps

static dnnl_memory_desc_t queried(dnnl_primitive_desc_t descriptor, dnnl_query_t what)
{
    return *dnnl_primitive_desc_query_md(descriptor, what, 0);
}

// Weights in whatever form the primitive likes: in an inference plan they are packed once.
static int want_weights(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc)
{
    gd__layout layout;
    if (gd__dnn_layout(desc, &layout))
        return gd__dnn_want(planner, ref, desc);
    gd__layout plain = gd__layout_plain(gd__info_at(planner->plan->graph, ref)->shape);
    dnnl_memory_desc_t from = gd__dnn_describe(gd__info_at(planner->plan->graph, ref)->type, &plain);
    return gd__dnn_want_packed(planner, ref, &from, desc);
}

static const gd__ref none = {-1, 0};

gd_status gd__dnn_convolution(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    int32_t relu = gd__planner_combined(planner, index, "relu"), add = gd__planner_combined(planner, index, "add");
    job j = {.direction = FORWARD,
             .type = x->type,
             .bias = node->input_count > 2,
             .after = (relu >= 0 ? GD__DNN_RELU : 0u) | (add >= 0 ? GD__DNN_SUM : 0u),
             .inference = planner->opts.inference && !planner->arranges,
             .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.size = sizes_of(node->attributes, x->shape, node->output[0].shape);
    dnnl_primitive_desc_t descriptor = NULL;
    way chosen;
    gd_status status = prepare(&j, &chosen, &descriptor);
    if (status != GD_OK)
        return status;
    gd__ref result = {relu >= 0 ? relu : (add >= 0 ? add : index), 0};
    if (chosen.own)
        return gd__winograd_convolution(planner, index, &chosen.shape,
                                        &(gd__winograd_call){.name = "convolution",
                                                             .x = node->input[0],
                                                             .weights = node->input[1],
                                                             .bias = j.bias ? node->input[2] : none,
                                                             .y = result,
                                                             .relu = relu >= 0,
                                                             .flops = j.size.flops});
    dnnl_memory_desc_t x_desc = queried(descriptor, dnnl_query_src_md),
                       w_desc = queried(descriptor, dnnl_query_weights_md);
    dnnl_memory_desc_t y_desc = queried(descriptor, dnnl_query_dst_md);
    gd__dnn_argument argument[5] = {
        GD__DNN_IN(DNNL_ARG_SRC, x_desc, gd__dnn_want(planner, node->input[0], &x_desc)),
        GD__DNN_IN(DNNL_ARG_WEIGHTS, w_desc, want_weights(planner, node->input[1], &w_desc)),
        GD__DNN_OUT(DNNL_ARG_DST, y_desc, gd__dnn_give(planner, result, &y_desc)),
    };
    int count = 3;
    if (j.bias)
        argument[count++] =
            GD__DNN_IN(DNNL_ARG_BIAS, *dnnl_primitive_desc_query_md(descriptor, dnnl_query_weights_md, 1),
                       gd__planner_want(planner, node->input[2], NULL));
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        gd__ref addend = sum->input[sum->input[0].node == index ? 1 : 0];
        argument[count++] = GD__DNN_IN(GD__DNN_ADDEND, y_desc, gd__dnn_want(planner, addend, &y_desc));
    }
    return gd__dnn_emit(planner, "convolution", index, descriptor, count, argument, j.size.flops);
}

gd_status gd__dnn_convolution_backward_data(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *dy = gd__info_at(graph, node->input[0]);
    job j = {.direction = BACKWARD_DATA, .type = dy->type, .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.size = sizes_of(node->attributes, node->output[0].shape, dy->shape);
    dnnl_primitive_desc_t descriptor = NULL;
    way chosen;
    gd_status status = prepare(&j, &chosen, &descriptor);
    if (status != GD_OK)
        return status;
    if (chosen.own)
        return gd__winograd_convolution(planner, index, &chosen.shape,
                                        &(gd__winograd_call){.name = "convolution_backward_data",
                                                             .x = node->input[0],
                                                             .weights = node->input[1],
                                                             .bias = none,
                                                             .y = {index, 0},
                                                             .backward = true,
                                                             .flops = j.size.flops});
    dnnl_memory_desc_t dx_desc = queried(descriptor, dnnl_query_diff_src_md);
    dnnl_memory_desc_t w_desc = queried(descriptor, dnnl_query_weights_md),
                       dy_desc = queried(descriptor, dnnl_query_diff_dst_md);
    gd__dnn_argument argument[] = {
        GD__DNN_IN(DNNL_ARG_DIFF_DST, dy_desc, gd__dnn_want(planner, node->input[0], &dy_desc)),
        GD__DNN_IN(DNNL_ARG_WEIGHTS, w_desc, gd__dnn_want(planner, node->input[1], &w_desc)),
        GD__DNN_OUT(DNNL_ARG_DIFF_SRC, dx_desc, gd__dnn_give(planner, (gd__ref){index, 0}, &dx_desc)),
    };
    return gd__dnn_emit(planner, "convolution_backward_data", index, descriptor, 3, argument, j.size.flops);
}

gd_status gd__dnn_convolution_backward_weights(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]), *dy = gd__info_at(graph, node->input[1]);
    job j = {.direction = BACKWARD_WEIGHTS,
             .type = x->type,
             .bias = gd__planner_is_read(planner, (gd__ref){index, 1}),
             .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.size = sizes_of(node->attributes, x->shape, dy->shape);
    dnnl_primitive_desc_t descriptor = NULL;
    way chosen;
    gd_status status = prepare(&j, &chosen, &descriptor);
    if (status != GD_OK)
        return status;
    if (chosen.own)
        return gd__winograd_backward_weights(planner, index, &chosen.shape, j.size.flops);
    dnnl_memory_desc_t x_desc = queried(descriptor, dnnl_query_src_md);
    dnnl_memory_desc_t dw_desc = queried(descriptor, dnnl_query_diff_weights_md);
    dnnl_memory_desc_t dy_desc = queried(descriptor, dnnl_query_diff_dst_md);
    gd__dnn_argument argument[4] = {
        GD__DNN_IN(DNNL_ARG_SRC, x_desc, gd__dnn_want(planner, node->input[0], &x_desc)),
        GD__DNN_IN(DNNL_ARG_DIFF_DST, dy_desc, gd__dnn_want(planner, node->input[1], &dy_desc)),
        GD__DNN_OUT(DNNL_ARG_DIFF_WEIGHTS, dw_desc, gd__dnn_give(planner, (gd__ref){index, 0}, &dw_desc)),
    };
    int count = 3;
    if (j.bias)
        argument[count++] =
            GD__DNN_OUT(DNNL_ARG_DIFF_BIAS, *dnnl_primitive_desc_query_md(descriptor, dnnl_query_diff_weights_md, 1),
                        gd__planner_give(planner, (gd__ref){index, 1}, NULL));
    return gd__dnn_emit(planner, "convolution_backward_weights", index, descriptor, count, argument, j.size.flops);
}

#else
typedef int gd__no_dnnl_convolution;
#endif
