#ifdef GD_HAVE_DNNL

#include <stdio.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cpu/choose.h"
#include "cpu/dnnl.h"
#include "cpu/own_matmul.h"
#include "op/matmul.h"
#include "op/table.h"

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
enum { LEFT, RIGHT, BIAS, RESULT, OPERANDS };

// All that a primitive depends on.
typedef struct job {
    gd_type type[OPERANDS];
    gd__layout layout[OPERANDS];
    bool has_bias;
    unsigned after; // GD__DNN_…
    double flops;
} job;

// ---- Shares

// What is divided: an axis of the result. Parts begin at multiples of `unit`.
typedef struct cut {
    int axis;
    gd__dnn_split split;
} cut;

static double bytes_of(const job *j, int which)
{
    return (double)gd__layout_elements(&j->layout[which]) * (double)gd_type_size(j->type[which]);
}

// Many matrices are divided among the shares; else the longer side of the result is. `of_rows`: never its columns.
static cut cut_of(const job *j, bool of_rows)
{
    enum { UNIT = 16 };
    const gd__layout *y = &j->layout[RESULT];
    const int rows = y->rank - 2, columns = y->rank - 1;
    if (rows > 0 && y->dim[0] >= gd_threads())
        return (cut){0, gd__dnn_split_of(y->dim[0], j->flops, 0, 1)};
    const bool by_rows = of_rows || y->dim[rows] >= y->dim[columns];
    const int axis = by_rows ? rows : columns, whole = by_rows ? RIGHT : LEFT, part = by_rows ? LEFT : RIGHT;
    const int64_t units = (y->dim[axis] + UNIT - 1) / UNIT;
    gd__dnn_split split =
        gd__dnn_split_of(units, j->flops, bytes_of(j, whole), bytes_of(j, part) + bytes_of(j, RESULT));
    split.each = split.shares == 1 ? y->dim[axis] : split.each * UNIT;
    split.last = y->dim[axis] - (split.shares - 1) * split.each;
    return (cut){axis, split};
}

// Does the operand have a part for each share, or do all use it as a whole?
static bool is_divided(const job *j, int which, int axis)
{
    const int rank = j->layout[RESULT].rank;
    if ((which == LEFT && axis == rank - 1) || (which == RIGHT && axis == rank - 2))
        return false;
    return j->layout[which].dim[axis] == j->layout[RESULT].dim[axis] && j->layout[which].dim[axis] > 1;
}

static gd__dnn_desc describe_operand(const job *j, int which, cut cut, int64_t part, bool any)
{
    gd__layout layout = j->layout[which];
    dnnl_data_type_t type = dnnl_f32;
    gd__dnn_type(j->type[which], &type);
    if (is_divided(j, which, cut.axis))
        layout.dim[cut.axis] = part;
    return gd__dnn_desc_create(type, layout.rank, layout.dim, any ? NULL : layout.stride);
}

static dnnl_status_t describe_part(const job *j, cut cut, int64_t part, bool packed, dnnl_primitive_desc_t *descriptor)
{
    gd__dnn_desc desc[OPERANDS];
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = gd__dnn_attributes(j->after, &attributes);
    for (int i = 0; i < OPERANDS; i++) {
        desc[i] = describe_operand(j, i, cut, part, packed && i == RIGHT);
        if (desc[i] == NULL && status == dnnl_success)
            status = dnnl_out_of_memory;
    }
    if (status == dnnl_success)
        status = gd__dnn_describe_matmul(gd__dnn_engine(), desc[LEFT], desc[RIGHT], j->has_bias ? desc[BIAS] : NULL,
                                         desc[RESULT], attributes, descriptor);
    for (int i = 0; i < OPERANDS; i++)
        gd__dnn_desc_free(desc[i]);
    if (attributes != NULL)
        dnnl_primitive_attr_destroy(attributes);
    return status;
}

// Weights that are packed lie in one piece, which all shares use, so only rows are divided then.
static dnnl_status_t make_shares(const job *j, bool packed, cut *cut, gd__dnn_shares *shares)
{
    *cut = cut_of(j, packed);
    *shares = (gd__dnn_shares){.count = cut->split.shares};
    const int before = gd__dnn_begin_alone();
    dnnl_status_t status = describe_part(j, *cut, cut->split.each, packed, &shares->one);
    if (status == dnnl_success && cut->split.last != cut->split.each)
        status = describe_part(j, *cut, cut->split.last, packed, &shares->last);
    gd__dnn_end_alone(before);
    // Parts of different sizes may want the weights in different forms.
    if (status == dnnl_success && packed && shares->last != NULL)
        status = dnnl_unimplemented;
    if (status != dnnl_success)
        gd__dnn_shares_free(shares);
    return status;
}

static int list_arguments(const job *j, cut cut, const int buffer[OPERANDS], gd__dnn_argument *argument)
{
    static const int name[OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    int count = 0;
    for (int i = 0; i < OPERANDS; i++) {
        if (i == BIAS && !j->has_bias)
            continue;
        const int64_t apart = is_divided(j, i, cut.axis) ? cut.split.each * j->layout[i].stride[cut.axis] : 0;
        argument[count++] = (gd__dnn_argument){.argument = name[i],
                                               .buffer = buffer[i],
                                               .apart = (size_t)apart * gd_type_size(j->type[i]),
                                               .output = i == RESULT};
    }
    return count;
}

// ---- Choosing

typedef enum form { PLAIN, OWN, PACKED } form; // PACKED last: where it may not be, it is no candidate

// The product to be timed.
typedef struct trial {
    const job *job;
    const gd__matmul_attributes *attributes;
    gd_info a, b, y;
    bool packs; // weights of an inference plan: any packing is done once
} trial;

static double try_form(void *context, int index)
{
    const trial *t = context;
    const int none[OPERANDS] = {0};
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    gd__dnn_shares shares;
    cut cut;
    if (index == OWN)
        return gd__own_matmul_time(t->attributes, t->a, t->b, t->y, t->packs);
    if (make_shares(t->job, index == PACKED, &cut, &shares) != dnnl_success)
        return -1;
    const int count = list_arguments(t->job, cut, none, argument);
    return gd__dnn_time(&shares, count, argument);
}

// Which is the fastest: oneDNN's kernel; our own, which reads transposed operands faster than oneDNN of old; or
// oneDNN's with the right operand packed into a form of its own, where that is done once: in an inference plan, for
// weights. (A training step would pack them anew each time, in two orders: forward and backward read them differently.)
static form choose_form(const gd__planner *planner, const gd__node *node, const job *j)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *maker = &graph->node[node->input[1].node];
    const gd__layout *a = &j->layout[LEFT], *b = &j->layout[RIGHT], *y = &j->layout[RESULT];
    // Our own is ready at once, where oneDNN makes code for each size.
    const bool small = !gd__worth_choosing(j->flops);
    const bool ready = planner->opts.inference && (planner->opts.in_passing || small);
    if (ready && j->type[LEFT] == GD_F32)
        return OWN;
    if (small)
        return PLAIN;
    const trial trial = {.job = j,
                         .attributes = node->attributes,
                         .a = *gd__info_at(graph, node->input[0]),
                         .b = *gd__info_at(graph, node->input[1]),
                         .y = node->output[0],
                         .packs = planner->opts.inference && !planner->arranges && maker->op == &gd__op_variable &&
                                  a->rank == 2};
    gd__text key = {0};
    gd__text_add(&key, "matmul %s %s", trial.packs ? "weights" : "values", gd_type_name(j->type[LEFT]));
    for (int i = 0; i < y->rank; i++)
        gd__text_add(&key, "%s%lld", i == 0 ? " " : "x", (long long)y->dim[i]);
    gd__text_add(&key, " of %lld strides %lld,%lld %lld,%lld b%d r%d threads %d dnnl %d.%d",
                 (long long)a->dim[a->rank - 1], (long long)a->stride[a->rank - 2], (long long)a->stride[a->rank - 1],
                 (long long)b->stride[b->rank - 2], (long long)b->stride[b->rank - 1], j->has_bias, (int)j->after,
                 gd_threads(), DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR);
    const form chosen = key.failed ? PLAIN
                                   : (form)gd__choose(key.data, trial.packs ? PACKED + 1 : OWN + 1,
                                                      planner->opts.in_passing ? NULL : try_form, (void *)&trial);
    gd__text_free(&key);
    return chosen;
}

// ---- The step

// The buffer of the packed weights, which a step of its own makes when they have changed; -1 on failure.
static int want_packed(gd__planner *planner, gd__ref right, const job *j, cut cut, const gd__dnn_shares *shares)
{
    gd__dnn_view form = dnnl_primitive_desc_query_md(shares->one, dnnl_query_weights_md, 0);
    gd__dnn_desc plain = describe_operand(j, RIGHT, cut, 0, false);
    const int from = gd__planner_want(planner, right, NULL);
    const int to = gd__planner_scratch(planner, dnnl_memory_desc_get_size(form));
    if (plain == NULL)
        gd__fail_memory("a matmul");
    const bool good =
        plain != NULL && from >= 0 && to >= 0 && gd__dnn_pack(planner, right.node, from, plain, to, form) == GD_OK;
    gd__dnn_desc_free(plain);
    return good ? to : -1;
}

static gd_status describe_job(gd__planner *planner, int32_t index, job *j)
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
    const bool bias = gd__planner_combined(planner, index, &gd__op_add) >= 0;
    const bool relu = gd__planner_combined(planner, index, &gd__op_relu) >= 0;
    const bool is_vector = y->shape.rank == 2 && (y->shape.dim[0] == 1 || y->shape.dim[1] == 1);
    if (is_vector && a->type == GD_F32 && !bias && !relu)
        return gd__fail(GD_ERROR_UNSUPPORTED, "a matrix times a vector is faster by our own kernel");
    const gd__matmul_sizes size = gd__matmul_sizes_of(attributes, a->shape, b->shape);
    *j = (job){.type = {a->type, a->type, GD_F32, y->type}, // the bias is f32 also beside bf16
               .layout = {operand(a->shape, y->shape.rank, attributes->transpose_a),
                          operand(b->shape, y->shape.rank, attributes->transpose_b), bias_layout(y->shape),
                          gd__layout_plain(y->shape)},
               .has_bias = bias,
               .after = relu ? GD__DNN_RELU : 0,
               .flops = 2.0 * (double)gd_shape_count(y->shape) * (double)size.k};
    return GD_OK;
}

gd_status gd__dnn_matmul(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    job j;
    gd_status good = describe_job(planner, index, &j);
    if (good != GD_OK)
        return good;
    const form form = choose_form(planner, node, &j);
    if (form == OWN)
        return gd__fail(GD_ERROR_UNSUPPORTED, "our own kernel is faster here");
    const bool packed = form == PACKED;
    gd__dnn_shares shares;
    cut cut;
    const dnnl_status_t status = make_shares(&j, packed, &cut, &shares);
    if (status != dnnl_success)
        return gd__dnn_fail(status, "matmul");
    const int32_t add = gd__planner_combined(planner, index, &gd__op_add),
                  relu = gd__planner_combined(planner, index, &gd__op_relu);
    const int32_t last = relu >= 0 ? relu : (add >= 0 ? add : index);
    int buffer[OPERANDS] = {gd__planner_want(planner, node->input[0], NULL)};
    buffer[RIGHT] = packed ? want_packed(planner, node->input[1], &j, cut, &shares)
                           : gd__planner_want(planner, node->input[1], NULL);
    if (j.has_bias) {
        const gd__node *sum = &graph->node[add];
        buffer[BIAS] = gd__planner_want(planner, sum->input[sum->input[0].node == index ? 1 : 0], NULL);
    }
    buffer[RESULT] = gd__planner_give(planner, (gd__ref){last, 0}, NULL);
    gd__dnn_argument argument[GD__DNN_ARGUMENTS];
    const int count = list_arguments(&j, cut, buffer, argument);
    return gd__dnn_emit(planner, "matmul", index, &shares, count, argument, j.flops);
}

#else
typedef int gd__no_dnnl_matmul;
#endif
