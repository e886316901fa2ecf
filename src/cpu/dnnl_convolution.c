// Convolution and its adjoints by oneDNN, which chooses the layouts.
#ifdef GD_HAVE_DNNL

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/convolution_job.h"
#include "cpu/dnnl.h"
#include "cpu/kernel_families.h"

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

static sizes sizes_of(const gd__convolution_attributes *a, gd_shape x, gd_shape y, double flops)
{
    sizes s = {.w_rank = a->groups > 1 ? 5 : 4, .flops = flops};
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
    return s;
}

// The job as oneDNN sees it. For inference oneDNN has kernels that take pictures in the order (N, H, W, C); those made
// for training want channels in blocks, as Winograd's do, so that nothing need be reordered between them.
typedef struct job {
    gd__dnn_direction direction;
    gd_type type;
    sizes size;
    bool bias;
    unsigned after; // GD__DNN_…
    bool inference; // weights may be in a form of oneDNN's own, since they are packed once
    dnnl_alg_kind_t algorithm;
    dnnl_prop_kind_t kind;
} job;

static job job_of(const gd__convolution_job *c, dnnl_alg_kind_t algorithm, dnnl_prop_kind_t kind)
{
    static const gd__dnn_direction direction[] = {
        [GD__FORWARD] = GD__DNN_FORWARD,
        [GD__BACKWARD_DATA] = GD__DNN_BACKWARD_DATA,
        [GD__BACKWARD_WEIGHTS] = GD__DNN_BACKWARD_WEIGHTS,
    };
    return (job){.direction = direction[c->direction],
                 .type = c->type,
                 .size = sizes_of(c->attributes, c->x_shape, c->y_shape, c->flops),
                 .bias = c->b.node >= 0,
                 .after = (c->relu ? GD__DNN_RELU : 0u) | (c->addend.node >= 0 ? GD__DNN_SUM : 0u),
                 .inference = c->inference,
                 .algorithm = algorithm,
                 .kind = kind};
}

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
static dnnl_status_t describe_part(const job *j, cut cut, int64_t part, dnnl_primitive_desc_t *descriptor)
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
    gd__dnn_convolution_call call = {.kind = j->kind,
                                     .algorithm = j->algorithm,
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

// Do the parts of x, w and y that the last, smaller share works on lie as those of the others do?
static bool last_lies_alike(const job *j, const gd__dnn_shares *shares)
{
    gd__layout one, last;
    for (int i = 0; i < 3; i++) {
        if (!gd__dnn_layout(form_of(j, shares->one, i), &one) || !gd__dnn_layout(form_of(j, shares->last, i), &last) ||
            one.inner_count != last.inner_count ||
            memcmp(one.inner_size, last.inner_size, sizeof one.inner_size) != 0 ||
            memcmp(one.inner_axis, last.inner_axis, sizeof one.inner_axis) != 0)
            return false;
    }
    return true;
}

// Fails without words when oneDNN has no such primitives.
static dnnl_status_t make_form_cut(const job *j, cut cut, form *f)
{
    *f = (form){.cut = cut, .shares = {.count = cut.split.shares}};
    const int before = gd__dnn_begin_alone();
    dnnl_status_t status = describe_part(j, cut, cut.split.each, &f->shares.one);
    if (status == dnnl_success && cut.split.last != cut.split.each)
        status = describe_part(j, cut, cut.split.last, &f->shares.last);
    gd__dnn_end_alone(before);
    if (status == dnnl_success && (!find_layouts(j, f) || (f->shares.last != NULL && !last_lies_alike(j, &f->shares))))
        status = dnnl_unimplemented;
    if (status != dnnl_success)
        gd__dnn_shares_free(&f->shares);
    return status;
}

// In shares, or as a whole where oneDNN's layouts cannot be divided.
static dnnl_status_t make_form(const job *j, form *f)
{
    const cut cut = cut_of(j);
    dnnl_status_t status = make_form_cut(j, cut, f);
    if (status == dnnl_success || cut.split.shares == 1)
        return status;
    const int64_t all = cut.axis == PICTURES ? j->size.x[0] : j->size.y[1];
    return make_form_cut(j, (struct cut){cut.axis, {1, all, all}}, f);
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
    if (desc == NULL)
        gd__fail_memory("a convolution");
    const bool good =
        desc != NULL && from >= 0 && to >= 0 && gd__dnn_pack(planner, ref.node, from, desc, to, packed) == GD_OK;
    gd__dnn_desc_free(desc);
    return good ? to : -1;
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

static gd_status run_sum(const gd__plan_step *step, void *const *buffer)
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
    const gd__plan_step step = {
        .name = "sum of shares", .node = index, .run = run_sum, .state = state, .free_state = gd__free};
    return gd__planner_add(planner, step, 1, &from, 1, &to);
}

// The buffer that takes the gradient of all shares, or of each share for itself.
static int give_parts(gd__planner *planner, int whole, int shares, size_t bytes)
{
    return shares > 1 && whole >= 0 ? gd__planner_scratch(planner, bytes * (size_t)shares) : whole;
}

static gd_status emit_gradient(gd__planner *planner, const gd__convolution_job *c, const job *j, form *f)
{
    const int shares = f->shares.count;
    const size_t w_bytes = f->apart[W], b_bytes = f->bias_apart;
    buffers at = {.x = want_in(planner, c->x, &f->layout[X]), .y = want_in(planner, c->y, &f->layout[Y])};
    const int w = give_in(planner, c->w, &f->layout[W]), b = j->bias ? gd__planner_give(planner, c->b, NULL) : -1;
    at.w = give_parts(planner, w, shares, w_bytes);
    at.b = give_parts(planner, b, shares, b_bytes);
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(j, f, at, argument);
    gd_status status = gd__dnn_emit(planner, c->name, c->index, &f->shares, count, argument, c->flops);
    if (status == GD_OK && shares > 1)
        status = emit_sum(planner, c->index, shares, (int64_t)(w_bytes / sizeof(float)), at.w, w);
    if (status == GD_OK && shares > 1 && j->bias)
        status = emit_sum(planner, c->index, shares, (int64_t)(b_bytes / sizeof(float)), at.b, b);
    return status;
}

static gd_status emit(gd__planner *planner, const gd__convolution_job *c, const job *j)
{
    form f;
    const dnnl_status_t made = make_form(j, &f);
    if (made != dnnl_success)
        return gd__dnn_fail(made, "convolution");
    if (j->direction == GD__DNN_BACKWARD_WEIGHTS)
        return emit_gradient(planner, c, j, &f);
    const bool forward = j->direction == GD__DNN_FORWARD;
    buffers at = {.w = want_weights(planner, c->w, j, &f)};
    if (j->bias)
        at.b = gd__planner_want(planner, c->b, NULL);
    if (c->addend.node >= 0)
        at.addend = want_in(planner, c->addend, &f.layout[Y]);
    at.x = forward ? want_in(planner, c->x, &f.layout[X]) : -1;
    at.y = (forward ? give_in : want_in)(planner, c->y, &f.layout[Y]);
    if (!forward)
        at.x = give_in(planner, c->x, &f.layout[X]);
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(j, &f, at, argument);
    return gd__dnn_emit(planner, c->name, c->index, &f.shares, count, argument, c->flops);
}

// oneDNN's Winograd keeps the transformed gradients of all weights, for each thread: 131 MB for 512 x 512 windows of
// 3x3 on two threads. Ours keeps a part of them.
enum { LARGE_SCRATCH = 40 << 20 };

static bool wants_much_memory(const_dnnl_primitive_desc_t descriptor)
{
    gd__dnn_view scratch = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
    return scratch != NULL && dnnl_memory_desc_get_size(scratch) > LARGE_SCRATCH;
}

static double seconds_of(const job *j)
{
    form f;
    if (make_form(j, &f) != dnnl_success)
        return -1;
    if (wants_much_memory(f.shares.one)) {
        gd__dnn_shares_free(&f.shares);
        return -1;
    }
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(j, &f, (buffers){0}, argument);
    return gd__dnn_time(&f.shares, count, argument);
}

// ---- The ways

static bool takes(const gd__convolution_job *c)
{
    return gd__dnn_takes(&(gd_info){.type = c->type}, 0, "convolution") == GD_OK;
}

static job direct(const gd__convolution_job *c)
{
    const bool once = c->inference && (c->exact || c->type != GD_F32);
    return job_of(c, dnnl_convolution_direct, once ? dnnl_forward_inference : dnnl_forward_training);
}

static double time_direct(const gd__convolution_job *c)
{
    const job j = direct(c);
    return seconds_of(&j);
}

static gd_status emit_direct(gd__planner *planner, const gd__convolution_job *c)
{
    const job j = direct(c);
    return emit(planner, c, &j);
}

const gd__convolution_way gd__convolution_dnnl = {"oneDNN direct", takes, time_direct, emit_direct};

// oneDNN has it up to 3.2; later ones say no when they are asked.
static bool takes_winograd(const gd__convolution_job *c)
{
    return !c->exact && c->type == GD_F32 && gd__convolution_has_window(c, 3) && c->x_shape.dim[1] >= 16 &&
           c->y_shape.dim[1] >= 16 && takes(c);
}

static double time_winograd(const gd__convolution_job *c)
{
    const job j = job_of(c, dnnl_convolution_winograd, dnnl_forward_training);
    return seconds_of(&j);
}

static gd_status emit_winograd(gd__planner *planner, const gd__convolution_job *c)
{
    const job j = job_of(c, dnnl_convolution_winograd, dnnl_forward_training);
    return emit(planner, c, &j);
}

const gd__convolution_way gd__convolution_dnnl_winograd = {"oneDNN Winograd", takes_winograd, time_winograd,
                                                           emit_winograd};

static bool takes_winograd_once(const gd__convolution_job *c)
{
    return c->inference && takes_winograd(c);
}

static double time_winograd_once(const gd__convolution_job *c)
{
    const job j = job_of(c, dnnl_convolution_winograd, dnnl_forward_inference);
    return seconds_of(&j);
}

static gd_status emit_winograd_once(gd__planner *planner, const gd__convolution_job *c)
{
    const job j = job_of(c, dnnl_convolution_winograd, dnnl_forward_inference);
    return emit(planner, c, &j);
}

const gd__convolution_way gd__convolution_dnnl_winograd_once = {"oneDNN Winograd for inference", takes_winograd_once,
                                                                time_winograd_once, emit_winograd_once};

#else
typedef int gd__no_dnnl_convolution;
#endif
