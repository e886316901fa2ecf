// Convolution and its adjoints by oneDNN, which chooses the layouts.
#ifdef GD_HAVE_DNNL

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cpu/choose.h"
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

static const way training_ways[] = {{dnnl_convolution_direct, dnnl_forward_training},
                                    {dnnl_convolution_winograd, dnnl_forward_training}};
static const way inference_ways[] = {{dnnl_convolution_direct, dnnl_forward_training},
                                     {dnnl_convolution_winograd, dnnl_forward_training},
                                     {dnnl_convolution_winograd, dnnl_forward_inference}};

static const way *ways_of(const job *j)
{
    return j->inference ? inference_ways : training_ways;
}

// The way without a choice.
static way direct_way(const job *j)
{
    bool own_order = j->inference && (j->exact || j->type != GD_F32);
    return (way){dnnl_convolution_direct, own_order ? dnnl_forward_inference : dnnl_forward_training};
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

static double try_way(void *context, int index)
{
    const job *j = context;
    dnnl_primitive_desc_t descriptor = NULL;
    if (describe(j, ways_of(j)[index], &descriptor) != dnnl_success)
        return -1;
    double seconds = layouts_are_known(descriptor, j) ? gd__dnn_time(descriptor) : -1;
    dnnl_primitive_desc_destroy(descriptor);
    return seconds;
}

// Winograd's 4x4 tiles of 3x3 windows; anything else has only the direct way.
static bool winograd_is_possible(const job *j)
{
    const sizes *s = &j->size;
    return !j->exact && s->w_rank == 4 && s->w[2] == 3 && s->w[3] == 3 && s->stride[0] == 1 && s->stride[1] == 1 &&
           s->dilation[0] == 0 && s->dilation[1] == 0 && s->x[1] >= 16 && s->y[1] >= 16;
}

static way choose(job *j)
{
    static const char *const name[] = {"forward", "backward data", "backward weights"};
    const sizes *s = &j->size;
    if (!winograd_is_possible(j) || s->flops < GD__WORTH_CHOOSING)
        return direct_way(j);
    char key[256];
    snprintf(key, sizeof key,
             "convolution %s%s %s x %lld,%lld,%lld,%lld o %lld p %lld,%lld,%lld,%lld b%d r%d threads %d dnnl %d.%d",
             name[j->direction], j->inference ? " inference (3 ways)" : "", gd_type_name(j->type), (long long)s->x[0],
             (long long)s->x[1], (long long)s->x[2], (long long)s->x[3], (long long)s->y[1], (long long)s->pad_begin[0],
             (long long)s->pad_end[0], (long long)s->pad_begin[1], (long long)s->pad_end[1], j->bias, (int)j->after,
             gd_threads(), DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR);
    int count = j->inference ? GD_COUNT_OF(inference_ways) : GD_COUNT_OF(training_ways);
    return ways_of(j)[gd__choose(key, count, try_way, j)];
}

static gd_status prepare(job *j, dnnl_primitive_desc_t *descriptor)
{
    gd_status good = gd__dnn_takes(&(gd_info){.type = j->type}, 0, "convolution");
    if (good != GD_OK)
        return good;
    dnnl_status_t status = describe(j, choose(j), descriptor);
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
    gd_status status = prepare(&j, &descriptor);
    if (status != GD_OK)
        return status;
    gd__ref result = {relu >= 0 ? relu : (add >= 0 ? add : index), 0};
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
    gd_status status = prepare(&j, &descriptor);
    if (status != GD_OK)
        return status;
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

// ---- Backward weights in parts
//
// Winograd's way keeps the transformed gradients of all weights, for each thread: 131 MB for 512 x 512 windows of 3x3
// on two threads. Computed for some of the output channels at a time it wants a part of that, for a copy of that part
// of dy.
enum { LARGE_SCRATCH = 40 << 20, MOST_PARTS = 8 };

// The job for one part of the output channels.
static job part_of(const job *j, int parts)
{
    job part = *j;
    part.size.y[1] /= parts;
    part.size.w[0] /= parts;
    part.size.bias[0] /= parts;
    part.size.flops /= parts;
    return part;
}

// Do the channels of a part of dy lie in blocks, and the weights of a part behind each other?
static bool can_be_cut(const dnnl_memory_desc_t *dy, const dnnl_memory_desc_t *dw, const dnnl_memory_desc_t *part)
{
    gd__layout whole_dy, whole, cut;
    if (!gd__dnn_layout(dy, &whole_dy) || !gd__dnn_layout(dw, &whole) || !gd__dnn_layout(part, &cut))
        return false;
    bool same = whole.inner_count == cut.inner_count && whole_dy.inner_count == 1 && whole_dy.inner_axis[0] == 1;
    for (int i = 0; same && i < whole.inner_count; i++)
        same = whole.inner_axis[i] == cut.inner_axis[i] && whole.inner_size[i] == cut.inner_size[i];
    for (int i = 0; same && i < whole.rank; i++)
        same = whole.stride[i] == cut.stride[i] && whole.stride[i] <= whole.stride[0];
    return same && cut.padded[0] == cut.dim[0];
}

// Into how many parts the work is cut; 1: it stays whole. `descriptor` becomes that of a part.
static int cut_into_parts(const job *j, dnnl_primitive_desc_t *descriptor)
{
    const dnnl_memory_desc_t *scratch = dnnl_primitive_desc_query_md(*descriptor, dnnl_query_scratchpad_md, 0);
    size_t bytes = scratch != NULL ? dnnl_memory_desc_get_size(scratch) : 0;
    int parts = 1;
    while (bytes / (size_t)parts > LARGE_SCRATCH && parts < MOST_PARTS && j->size.w[0] % (32 * parts) == 0)
        parts *= 2;
    if (parts == 1 || j->size.w_rank != 4)
        return 1;
    job part = part_of(j, parts);
    dnnl_primitive_desc_t smaller = NULL;
    if (describe(&part, training_ways[1], &smaller) != dnnl_success)
        return 1;
    if (!can_be_cut(dnnl_primitive_desc_query_md(*descriptor, dnnl_query_diff_dst_md, 0),
                    dnnl_primitive_desc_query_md(*descriptor, dnnl_query_diff_weights_md, 0),
                    dnnl_primitive_desc_query_md(smaller, dnnl_query_diff_weights_md, 0))) {
        dnnl_primitive_desc_destroy(smaller);
        return 1;
    }
    dnnl_primitive_desc_destroy(*descriptor);
    *descriptor = smaller;
    return parts;
}

// Copies part `index` of dy's channels into working memory. Returns its buffer, or -1.
static int copy_part(gd__planner *planner, gd__ref dy, int buffer, const dnnl_memory_desc_t *whole,
                     const dnnl_memory_desc_t *part, int index)
{
    dnnl_memory_desc_t from;
    dnnl_dims_t offset = {0, index * part->dims[1]};
    int copy = gd__planner_scratch(planner, dnnl_memory_desc_get_size(part));
    if (copy < 0 || dnnl_memory_desc_init_submemory(&from, whole, part->dims, offset) != dnnl_success ||
        gd__dnn_reorder_desc(planner, dy, buffer, &from, copy, part) != GD_OK)
        return -1;
    return copy;
}

// Adds the steps of all parts. Takes the descriptor over.
static gd_status emit_parts(gd__planner *planner, int32_t index, const job *j, int parts,
                            dnnl_primitive_desc_t descriptor, const gd__dnn_argument *whole, int count)
{
    gd_status status = GD_OK;
    gd__ref dy = planner->plan->graph->node[index].input[1];
    for (int i = 0; i < parts && status == GD_OK; i++) {
        gd__dnn_argument argument[4];
        memcpy(argument, whole, (size_t)count * sizeof *whole);
        argument[1].desc = queried(descriptor, dnnl_query_diff_dst_md);
        argument[1].buffer = copy_part(planner, dy, whole[1].buffer, &whole[1].desc, &argument[1].desc, i);
        argument[2].desc = queried(descriptor, dnnl_query_diff_weights_md);
        argument[2].offset = (size_t)i * dnnl_memory_desc_get_size(&argument[2].desc);
        if (count > 3) {
            argument[3].desc = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_diff_weights_md, 1);
            argument[3].offset = (size_t)i * dnnl_memory_desc_get_size(&argument[3].desc);
        }
        dnnl_primitive_desc_t copy = NULL;
        if (dnnl_primitive_desc_clone(&copy, descriptor) != dnnl_success)
            status = gd__fail_memory("convolution_backward_weights");
        else
            status = gd__dnn_emit(planner, "convolution_backward_weights", index, copy, count, argument,
                                  j->size.flops / parts);
        if (status == GD_OK && i + 1 < parts)
            planner->plan->step[planner->plan->step_count - 1].incomplete = true;
    }
    dnnl_primitive_desc_destroy(descriptor);
    return status;
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
    gd_status status = prepare(&j, &descriptor);
    if (status != GD_OK)
        return status;
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
    int parts = cut_into_parts(&j, &descriptor);
    if (parts > 1)
        return emit_parts(planner, index, &j, parts, descriptor, argument, count);
    return gd__dnn_emit(planner, "convolution_backward_weights", index, descriptor, count, argument, j.size.flops);
}

#else
typedef int gd__no_dnnl_convolution;
#endif
