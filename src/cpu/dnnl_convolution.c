// Convolution and its adjoints by oneDNN, which chooses the layouts.
#ifdef GD_HAVE_DNNL

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/choose.h"
#include "cpu/dnnl.h"
#include "cpu/dnnl_winograd.h"
#include "cpu/kernel_families.h"
#include "op/convolution.h"

// The sizes of x (N, C, H, W), w ([G,] O / G, C / G, kh, kw) and y (N, O, places) as oneDNN wants them. One spatial
// axis counts as a picture of width 1.
typedef struct sizes {
    int64_t x[4], y[4], w[5], bias[1];
    int w_rank;
    dnnl_dims_t stride, dilation, pad_begin, pad_end;
    double flops;
} sizes;

static void four(int64_t dim[4], gd_shape shape)
{
    for (int i = 0; i < 4; i++)
        dim[i] = i < shape.rank ? shape.dim[i] : 1;
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
        s.pad_end[i] = (s.y[2 + i] - 1) * s.stride[i] + (s.dilation[i] + 1) * (a->window.kernel[i] - 1) + 1 -
                       s.x[2 + i] - s.pad_begin[i];
    }
    const int64_t products = s.x[1] / a->groups * a->window.kernel[0] * a->window.kernel[1]; // for one number of y
    s.flops = 2.0 * (double)gd_shape_count(y) * (double)products;
    return s;
}

// All that a primitive depends on.
typedef struct job {
    gd__dnn_direction direction;
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

// ---- Shares

// What is divided: pictures, or the output channels of a single picture.
typedef enum axis { PICTURES = 0, CHANNELS = 1 } axis;

typedef struct cut {
    axis axis;
    gd__dnn_split split;
} cut;

static double bytes_of(const int64_t *dim, int rank)
{
    double bytes = sizeof(float);
    for (int i = 0; i < rank; i++)
        bytes *= (double)dim[i];
    return bytes;
}

enum { CHANNEL_BLOCK = 16 };

static cut cut_of(const job *j)
{
    const sizes *s = &j->size;
    const double weights = bytes_of(s->w, s->w_rank), pictures = bytes_of(s->x, 4) + bytes_of(s->y, 4);
    if (s->x[0] == 1 && j->direction == GD__DNN_FORWARD && s->w_rank == 4 && s->y[1] % CHANNEL_BLOCK == 0) {
        gd__dnn_split split =
            gd__dnn_split_of(s->y[1] / CHANNEL_BLOCK, s->flops, bytes_of(s->x, 4), weights + bytes_of(s->y, 4));
        split.each *= CHANNEL_BLOCK;
        split.last *= CHANNEL_BLOCK;
        return (cut){CHANNELS, split};
    }
    // Each share of the gradient of weights has a sum of its own.
    const double whole = j->direction == GD__DNN_BACKWARD_WEIGHTS ? 4 * weights : weights;
    return (cut){PICTURES, gd__dnn_split_of(s->x[0], s->flops, whole, pictures)};
}

// The primitive's descriptor for `part` pictures or channels, in layouts that oneDNN chooses.
static dnnl_status_t describe_part(const job *j, const way *way, cut cut, int64_t part,
                                   dnnl_primitive_desc_t *descriptor)
{
    sizes s = j->size;
    if (cut.axis == PICTURES)
        s.x[0] = s.y[0] = part;
    else
        s.w[0] = s.y[1] = s.bias[0] = part;
    dnnl_data_type_t type = dnnl_f32;
    gd__dnn_type(j->type, &type);
    // Bias, and the gradients of weights and bias, are f32 whatever x is.
    const bool of_weights = j->direction == GD__DNN_BACKWARD_WEIGHTS;
    gd__dnn_desc x = gd__dnn_desc_create(type, 4, s.x, NULL), w = gd__dnn_desc_create(type, s.w_rank, s.w, NULL);
    gd__dnn_desc y = gd__dnn_desc_create(type, 4, s.y, NULL), b = gd__dnn_desc_create(dnnl_f32, 1, s.bias, NULL);
    gd__dnn_desc dw = gd__dnn_desc_create(dnnl_f32, s.w_rank, s.w, NULL);
    gd__dnn_convolution_call call = {.kind = way->kind,
                                     .algorithm = way->algorithm,
                                     .x = x,
                                     .w = w,
                                     .b = j->bias ? b : NULL,
                                     .y = y,
                                     .stride = s.stride,
                                     .dilation = s.dilation,
                                     .pad_begin = s.pad_begin,
                                     .pad_end = s.pad_end};
    dnnl_primitive_attr_t plain = NULL, settings = NULL;
    dnnl_status_t status =
        x != NULL && w != NULL && y != NULL && b != NULL && dw != NULL ? dnnl_success : dnnl_out_of_memory;
    if (status == dnnl_success)
        status = gd__dnn_attributes(0, &plain);
    if (status == dnnl_success)
        status = gd__dnn_attributes(j->after, &settings);
    if (status == dnnl_success && j->direction == GD__DNN_FORWARD)
        status = gd__dnn_describe_convolution(gd__dnn_engine(), &call, settings, descriptor);
    else if (status == dnnl_success) // the backward ones need the forward one as a hint
        status = gd__dnn_describe_convolution(gd__dnn_engine(), &call, plain, &call.hint);
    if (status == dnnl_success && j->direction != GD__DNN_FORWARD) {
        call.direction = j->direction;
        call.w = of_weights ? dw : w;
        status = gd__dnn_describe_convolution(gd__dnn_engine(), &call, plain, descriptor);
    }
    if (call.hint != NULL)
        dnnl_primitive_desc_destroy(call.hint);
    if (plain != NULL)
        dnnl_primitive_attr_destroy(plain);
    if (settings != NULL)
        dnnl_primitive_attr_destroy(settings);
    gd__dnn_desc made[] = {x, w, y, b, dw};
    for (int i = 0; i < GD_COUNT_OF(made); i++)
        gd__dnn_desc_free(made[i]);
    return status;
}

static const dnnl_query_t queries[3][3] = {
    {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
    {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
    {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
};
enum { X, W, Y };

static gd__dnn_view form_of(const job *j, dnnl_primitive_desc_t descriptor, int which)
{
    return dnnl_primitive_desc_query_md(descriptor, queries[j->direction][which], 0);
}

// The layout of a whole value of which one share's part, `each` wide along `axis`, lies so; and how many elements the
// part of the next share lies behind it. False when the parts do not follow each other in memory.
static bool widen(gd__layout *layout, int axis, int64_t each, int64_t all, int64_t *apart)
{
    int64_t block = 1, before = 1;
    for (int i = 0; i < layout->inner_count; i++)
        block *= layout->inner_axis[i] == axis ? layout->inner_size[i] : 1;
    for (int i = 0; i < axis; i++)
        before *= layout->dim[i];
    const int64_t elements = gd__layout_elements(layout);
    *apart = layout->stride[axis] * (each / block);
    if (each == all)
        return true;
    if (each % block != 0 || before != 1 || *apart != elements)
        return false;
    layout->dim[axis] = all;
    layout->padded[axis] = (all + block - 1) / block * block;
    for (int i = 0; i < axis; i++) // axes of size 1 before it: their strides reach over the whole
        layout->stride[i] = layout->stride[axis] * (layout->padded[axis] / block);
    return true;
}

// The primitives of one way, and where their operands lie.
typedef struct form {
    cut cut;
    gd__dnn_shares shares;
    gd__layout layout[3]; // of the whole x, w and y
    bool weights_known;   // else they are in a form of oneDNN's own
    size_t apart[3], bias_apart;
} form;

static bool find_layouts(const job *j, form *f)
{
    const sizes *s = &j->size;
    const int64_t each = f->cut.split.each, all = f->cut.axis == PICTURES ? s->x[0] : s->y[1];
    for (int i = 0; i < 3; i++) {
        const bool known = gd__dnn_layout(form_of(j, f->shares.one, i), &f->layout[i]);
        int64_t apart = 0;
        if (i == W)
            f->weights_known = known;
        if (!known && (i != W || !j->inference || (f->cut.axis == CHANNELS && f->shares.count > 1)))
            return false;
        if (f->cut.axis == PICTURES && i != W && !widen(&f->layout[i], 0, each, all, &apart))
            return false;
        if (f->cut.axis == CHANNELS && i == Y && !widen(&f->layout[i], 1, each, all, &apart))
            return false;
        if (f->cut.axis == CHANNELS && i == W && known && !widen(&f->layout[i], 0, each, all, &apart))
            return false;
        f->apart[i] = (size_t)apart * gd_type_size(j->type);
    }
    if (j->direction == GD__DNN_BACKWARD_WEIGHTS) { // partial sums one behind the other
        f->apart[W] = (size_t)gd__layout_elements(&f->layout[W]) * sizeof(float);
        f->bias_apart = (size_t)s->bias[0] * sizeof(float);
    } else if (f->cut.axis == CHANNELS) {
        f->bias_apart = (size_t)each * sizeof(float);
    }
    return true;
}

// Fails without words when oneDNN has no such primitives.
static dnnl_status_t make_form_cut(const job *j, const way *way, cut cut, form *f)
{
    *f = (form){.cut = cut, .shares = {.count = cut.split.shares}};
    const int before = gd__dnn_begin_alone();
    dnnl_status_t status = describe_part(j, way, cut, cut.split.each, &f->shares.one);
    if (status == dnnl_success && cut.split.last != cut.split.each)
        status = describe_part(j, way, cut, cut.split.last, &f->shares.last);
    gd__dnn_end_alone(before);
    if (status == dnnl_success && !find_layouts(j, f))
        status = dnnl_unimplemented;
    if (status == dnnl_success && f->shares.last != NULL) { // parts of one value lie alike
        form rest = {.cut = cut, .shares = {.count = 1, .one = f->shares.last}};
        rest.cut.split = (gd__dnn_split){1, cut.split.last, cut.split.last};
        gd__layout one, last;
        for (int i = 0; i < 3 && status == dnnl_success; i++) {
            const bool known = gd__dnn_layout(form_of(j, f->shares.one, i), &one);
            if (known != gd__dnn_layout(form_of(j, rest.shares.one, i), &last) || !known ||
                one.inner_count != last.inner_count ||
                memcmp(one.inner_size, last.inner_size, sizeof one.inner_size) != 0 ||
                memcmp(one.inner_axis, last.inner_axis, sizeof one.inner_axis) != 0)
                status = dnnl_unimplemented;
        }
    }
    if (status != dnnl_success)
        gd__dnn_shares_free(&f->shares);
    return status;
}

// In shares, or as a whole where oneDNN's layouts cannot be divided.
static dnnl_status_t make_form(const job *j, const way *way, form *f)
{
    const cut cut = cut_of(j);
    dnnl_status_t status = make_form_cut(j, way, cut, f);
    if (status == dnnl_success || cut.split.shares == 1)
        return status;
    const int64_t all = cut.axis == PICTURES ? j->size.x[0] : j->size.y[1];
    return make_form_cut(j, way, (struct cut){cut.axis, {1, all, all}}, f);
}

// The arguments of the primitives, by buffer; `w` and `b` may be partial sums.
typedef struct buffers {
    int x, w, b, y, addend;
} buffers;

static int list_arguments(const job *j, const form *f, buffers at, gd__dnn_argument *argument)
{
    int count = 0;
    switch (j->direction) {
    case GD__DNN_FORWARD:
        argument[count++] = GD__DNN_IN(DNNL_ARG_SRC, at.x, f->apart[X]);
        argument[count++] = GD__DNN_IN(DNNL_ARG_WEIGHTS, at.w, f->apart[W]);
        argument[count++] = GD__DNN_OUT(DNNL_ARG_DST, at.y, f->apart[Y]);
        if (j->bias)
            argument[count++] = GD__DNN_IN(DNNL_ARG_BIAS, at.b, f->bias_apart);
        if (j->after & GD__DNN_SUM)
            argument[count++] = GD__DNN_IN(GD__DNN_ADDEND, at.addend, f->apart[Y]);
        break;
    case GD__DNN_BACKWARD_DATA:
        argument[count++] = GD__DNN_IN(DNNL_ARG_DIFF_DST, at.y, f->apart[Y]);
        argument[count++] = GD__DNN_IN(DNNL_ARG_WEIGHTS, at.w, f->apart[W]);
        argument[count++] = GD__DNN_OUT(DNNL_ARG_DIFF_SRC, at.x, f->apart[X]);
        break;
    case GD__DNN_BACKWARD_WEIGHTS:
        argument[count++] = GD__DNN_IN(DNNL_ARG_SRC, at.x, f->apart[X]);
        argument[count++] = GD__DNN_IN(DNNL_ARG_DIFF_DST, at.y, f->apart[Y]);
        argument[count++] = GD__DNN_OUT(DNNL_ARG_DIFF_WEIGHTS, at.w, f->apart[W]);
        if (j->bias)
            argument[count++] = GD__DNN_OUT(DNNL_ARG_DIFF_BIAS, at.b, f->bias_apart);
        break;
    }
    return count;
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
    bool back = j->direction == GD__DNN_BACKWARD_DATA;
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

// oneDNN's Winograd keeps the transformed gradients of all weights, for each thread: 131 MB for 512 x 512 windows of
// 3x3 on two threads. Ours is as fast there and keeps a part of them.
enum { LARGE_SCRATCH = 40 << 20 };

static bool wants_much_memory(const_dnnl_primitive_desc_t descriptor)
{
    gd__dnn_view scratch = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
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
        return gd__winograd_time(&way->shape, j->direction == GD__DNN_BACKWARD_WEIGHTS);
    form f;
    if (make_form(j, way, &f) != dnnl_success)
        return -1;
    if (wants_much_memory(f.shares.one) && list->way[list->count - 1].own) {
        gd__dnn_shares_free(&f.shares);
        return -1;
    }
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(j, &f, (buffers){0}, argument);
    return gd__dnn_time(&f.shares, count, argument);
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
             "shares convolution %s%s %s x %lld,%lld,%lld,%lld o %lld k %lld p %lld,%lld,%lld,%lld b%d r%d ways %d threads %d "
             "dnnl %d.%d",
             name[j->direction], j->inference ? " inference" : "", gd_type_name(j->type), (long long)s->x[0],
             (long long)s->x[1], (long long)s->x[2], (long long)s->x[3], (long long)s->y[1], (long long)s->w[2],
             (long long)s->pad_begin[0], (long long)s->pad_end[0], (long long)s->pad_begin[1], (long long)s->pad_end[1],
             j->bias, (int)j->after, list.count, gd_threads(), DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR);
    return list.way[gd__choose(key, list.count, try_way, &list)];
}

// Chooses a way, and makes its primitives unless it is our own.
static gd_status prepare(const job *j, way *way, form *f)
{
    gd_status good = gd__dnn_takes(&(gd_info){.type = j->type}, 0, "convolution");
    if (good != GD_OK)
        return good;
    *way = choose(j);
    dnnl_status_t status = way->own ? dnnl_success : make_form(j, way, f);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, "convolution");
}

// ---- Steps

// gd__planner_want and gd__planner_give in a layout as oneDNN sees it. Plain order goes by the value's own axes, which
// may be fewer than oneDNN's.
static int want_in(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    return gd__planner_want(planner, ref, gd__layout_is_plain(layout) ? NULL : layout);
}

static int give_in(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    return gd__planner_give(planner, ref, gd__layout_is_plain(layout) ? NULL : layout);
}

// Weights in whatever form the primitive likes: in an inference plan they are packed once.
static int want_weights(gd__planner *planner, gd__ref ref, const job *j, const form *f)
{
    if (f->weights_known)
        return want_in(planner, ref, &f->layout[W]);
    gd__dnn_view packed = form_of(j, f->shares.one, W);
    const gd__layout plain = gd__layout_plain_of(j->size.w_rank, j->size.w);
    dnnl_data_type_t type = dnnl_f32;
    gd__dnn_type(j->type, &type);
    gd__dnn_desc desc = gd__dnn_desc_create(type, plain.rank, plain.dim, plain.stride);
    const int from = gd__planner_want(planner, ref, NULL);
    const int to = gd__planner_scratch(planner, dnnl_memory_desc_get_size(packed));
    const bool good =
        desc != NULL && from >= 0 && to >= 0 && gd__dnn_pack(planner, ref.node, from, desc, to, packed) == GD_OK;
    gd__dnn_desc_free(desc);
    return good ? to : -1;
}

static const gd__ref none = {-1, 0};

gd_status gd__dnn_convolution(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    int32_t relu = gd__planner_combined(planner, index, "relu"), add = gd__planner_combined(planner, index, "add");
    job j = {.direction = GD__DNN_FORWARD,
             .type = x->type,
             .bias = node->input_count > 2,
             .after = (relu >= 0 ? GD__DNN_RELU : 0u) | (add >= 0 ? GD__DNN_SUM : 0u),
             .inference = planner->opts.inference && !planner->arranges,
             .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.size = sizes_of(node->attributes, x->shape, node->output[0].shape);
    form f = {0};
    way chosen;
    gd_status status = prepare(&j, &chosen, &f);
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
    buffers at = {.x = want_in(planner, node->input[0], &f.layout[X]),
                  .w = want_weights(planner, node->input[1], &j, &f)};
    if (j.bias)
        at.b = gd__planner_want(planner, node->input[2], NULL);
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        at.addend = want_in(planner, sum->input[sum->input[0].node == index ? 1 : 0], &f.layout[Y]);
    }
    at.y = give_in(planner, result, &f.layout[Y]);
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(&j, &f, at, argument);
    return gd__dnn_emit(planner, "convolution", index, &f.shares, count, argument, j.size.flops);
}

gd_status gd__dnn_convolution_backward_data(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *dy = gd__info_at(graph, node->input[0]);
    job j = {
        .direction = GD__DNN_BACKWARD_DATA, .type = dy->type, .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.size = sizes_of(node->attributes, node->output[0].shape, dy->shape);
    form f = {0};
    way chosen;
    gd_status status = prepare(&j, &chosen, &f);
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
    const buffers at = {.y = want_in(planner, node->input[0], &f.layout[Y]),
                        .w = want_in(planner, node->input[1], &f.layout[W]),
                        .x = give_in(planner, (gd__ref){index, 0}, &f.layout[X])};
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(&j, &f, at, argument);
    return gd__dnn_emit(planner, node->op->name, index, &f.shares, count, argument, j.size.flops);
}

// ---- The sum of all shares' gradients

typedef struct sums {
    int shares;
    int64_t count; // numbers of one
} sums;

typedef struct sum_run {
    const sums *sums;
    const float *from;
    float *to;
} sum_run;

// In the order of the shares, so that the result does not depend on who computed which of them.
static void add_range(void *context, int64_t begin, int64_t end)
{
    const sum_run *r = context;
    memcpy(r->to + begin, r->from + begin, (size_t)(end - begin) * sizeof(float));
    for (int share = 1; share < r->sums->shares; share++) {
        const float *from = r->from + share * r->sums->count;
        for (int64_t i = begin; i < end; i++)
            r->to[i] += from[i];
    }
}

static gd_status run_sum(const gd__step *step, void *const *buffer)
{
    const sums *s = step->state;
    sum_run r = {s, buffer[step->input[0]], buffer[step->output[0]]};
    gd__parallel(s->count, gd__grain(s->shares), add_range, &r);
    return GD_OK;
}

// Adds the step that makes `to` of the parts in `from`.
static gd_status emit_sum(gd__planner *planner, int32_t index, int shares, int64_t count, int from, int to)
{
    const sums given = {shares, count};
    sums *state = gd__copy_block(&given, sizeof given);
    if (state == NULL)
        return gd__fail_memory("a sum");
    const gd__step step = {
        .name = "sum of shares", .node = index, .run = run_sum, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}

gd_status gd__dnn_convolution_backward_weights(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]), *dy = gd__info_at(graph, node->input[1]);
    const gd__ref dw = {index, 0}, db = {index, 1};
    job j = {.direction = GD__DNN_BACKWARD_WEIGHTS,
             .type = x->type,
             .bias = gd__planner_is_read(planner, db),
             .exact = planner->opts.precision == GD_PRECISION_EXACT};
    j.size = sizes_of(node->attributes, x->shape, dy->shape);
    form f = {0};
    way chosen;
    gd_status status = prepare(&j, &chosen, &f);
    if (status != GD_OK)
        return status;
    if (chosen.own)
        return gd__winograd_backward_weights(planner, index, &chosen.shape, j.size.flops);
    const int shares = f.shares.count;
    const size_t w_bytes = f.apart[W], b_bytes = f.bias_apart;
    buffers at = {.x = want_in(planner, node->input[0], &f.layout[X]),
                  .y = want_in(planner, node->input[1], &f.layout[Y])};
    const int w = give_in(planner, dw, &f.layout[W]), b = j.bias ? gd__planner_give(planner, db, NULL) : -1;
    at.w = shares > 1 ? gd__planner_scratch(planner, w_bytes * (size_t)shares) : w;
    at.b = shares > 1 && j.bias ? gd__planner_scratch(planner, b_bytes * (size_t)shares) : b;
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(&j, &f, at, argument);
    status = gd__dnn_emit(planner, node->op->name, index, &f.shares, count, argument, j.size.flops);
    if (status == GD_OK && shares > 1)
        status = emit_sum(planner, index, shares, (int64_t)(w_bytes / sizeof(float)), at.w, w);
    if (status == GD_OK && shares > 1 && j.bias)
        status = emit_sum(planner, index, shares, (int64_t)(b_bytes / sizeof(float)), at.b, b);
    return status;
}

#else
typedef int gd__no_dnnl_convolution;
#endif
