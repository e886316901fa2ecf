#include "plan/random_graph.h"

#include <gradus/ops.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "base/shape.h"
#include "cpu/compare.h"

enum { MOST_TENSORS = 64 };
typedef struct growing {
    random_graph *result;
    gd_type type;
    growth kind;
    gd__random random;
    int count;
    gd_tensor tensor[MOST_TENSORS];
    bool used[MOST_TENSORS];
} growing;

static int below(growing *g, int bound)
{
    return (int)gd__random_below(&g->random, (uint64_t)bound);
}

static double between(growing *g, double low, double high)
{
    return low + (high - low) * gd__next_uniform(&g->random);
}

static gd_tensor leaf(growing *g, gd_shape shape)
{
    char name[16];
    random_graph *r = g->result;
    assert_true(r->leaf_count < MOST_LEAVES);
    snprintf(name, sizeof name, "v%d", r->leaf_count);
    uint64_t seed = gd__random_word(&g->random);
    return r->leaf[r->leaf_count++] = random_variable_of(r->graph, name, g->type, shape, -1.5, 1.5, seed);
}

static bool leaves_left(const growing *g)
{
    return g->result->leaf_count < MOST_LEAVES;
}

static int pick_index(growing *g)
{
    // Recent ones more often, so that graphs grow deep as well as wide.
    int window = below(g, 2) == 0 && g->count > 4 ? 4 : g->count;
    int index = g->count - 1 - below(g, window);
    g->used[index] = true;
    return index;
}

static gd_tensor pick(growing *g)
{
    return g->tensor[pick_index(g)];
}

// A tensor that has this rank at least, or none.
static gd_tensor pick_of_rank(growing *g, int least)
{
    for (int attempt = 0; attempt < 8; attempt++) {
        int index = g->count - 1 - below(g, g->count);
        if (gd_tensor_rank(g->tensor[index]) >= least) {
            g->used[index] = true;
            return g->tensor[index];
        }
    }
    return GD_NO_TENSOR;
}

// A partner that broadcasts against x: one that is there, or a new leaf with some axes dropped or of size 1.
static gd_tensor partner(growing *g, gd_tensor x)
{
    gd_shape shape = gd_tensor_shape(x), both;
    for (int attempt = 0; attempt < 6; attempt++) {
        int index = below(g, g->count);
        gd_tensor other = g->tensor[index];
        if (gd__shape_broadcast(shape, gd_tensor_shape(other), &both) && both.rank <= 4 &&
            gd_shape_count(both) <= 400) {
            g->used[index] = true;
            return other;
        }
    }
    if (!leaves_left(g))
        return x;
    int drop = shape.rank > 0 ? below(g, shape.rank + 1) : 0;
    gd_shape part = {.rank = shape.rank - drop};
    for (int i = 0; i < part.rank; i++)
        part.dim[i] = below(g, 3) == 0 ? 1 : shape.dim[drop + i];
    return leaf(g, part);
}

// ---- The ops. Each keeps values of moderate size moderate.

static gd_tensor smooth_unary(growing *g, gd_tensor x)
{
    switch (below(g, 20)) {
    case 0: return gd_tanh(x);
    case 1: return gd_sigmoid(x);
    case 2: return gd_sin(x);
    case 3: return gd_cos(x);
    case 4: return gd_erf(x);
    case 5: return gd_softplus(x);
    case 6: return gd_gelu(x);
    case 7: return gd_silu(x);
    case 8: return gd_square(gd_tanh(x));
    case 9: return gd_exp(gd_scale(gd_tanh(x), 0.7));
    case 10: return gd_log(gd_shift(gd_softplus(x), 0.5));
    case 11: return gd_sqrt(gd_shift(gd_square(x), 0.5));
    case 12: return gd_rsqrt(gd_shift(gd_square(x), 0.7));
    case 13: return gd_log1p(gd_square(x));
    case 14: return gd_expm1(gd_scale(gd_sin(x), 0.5));
    case 15: return gd_reciprocal(gd_shift(gd_square(x), 1));
    case 16: return gd_pow(gd_shift(gd_softplus(x), 0.5), gd_scalar_like(x, between(g, -1, 1.5)));
    case 17: return gd_neg(x);
    case 18: return gd_scale(x, between(g, -1.2, 1.2));
    default: return gd_shift(x, between(g, -0.5, 0.5));
    }
}

static gd_tensor kinked_unary(growing *g, gd_tensor x)
{
    switch (below(g, 7)) {
    case 0: return gd_relu(x);
    case 1: return gd_abs(x);
    case 2: return gd_leaky_relu(x, 0.1);
    case 3: return gd_elu(x, 1);
    case 4: return gd_clip(x, -0.6, 0.8);
    case 5: return gd_hard_sigmoid(x);
    default: return gd_stop_gradient(x);
    }
}

static gd_tensor smooth_binary(growing *g, gd_tensor a, gd_tensor b)
{
    switch (below(g, 5)) {
    case 0: return gd_add(a, b);
    case 1: return gd_sub(a, b);
    case 2: return gd_mul(a, gd_tanh(b));
    case 3: return gd_div(a, gd_shift(gd_square(b), 1));
    default: return gd_mul(gd_sigmoid(a), b);
    }
}

static gd_tensor jumping(growing *g, gd_tensor a, gd_tensor b)
{
    switch (below(g, 9)) {
    case 0: return gd_where(gd_less(a, b), a, b);
    case 1: return gd_where(gd_greater_equal(a, b), gd_neg(a), b);
    case 2: return gd_cast(gd_less_equal(a, b), g->type);
    case 3: return gd_where(gd_greater(a, b), b, gd_scalar_like(a, 0.25));
    case 4: return gd_mul(gd_sign(a), b);
    case 5: return gd_mul(gd_step(a), b);
    case 6: return gd_sub(a, gd_floor(a));
    case 7: return gd_cast(gd_cast(gd_scale(a, 3), GD_I32), g->type);
    default: return gd_cast(gd_not_equal(gd_floor(a), gd_floor(b)), g->type);
    }
}

static gd_axes some_axes(growing *g, int rank)
{
    gd_axes axes = {0};
    for (int i = 0; i < rank; i++) {
        if (below(g, 2) == 0)
            axes.axis[axes.count++] = i;
    }
    return axes;
}

static gd_tensor reduction(growing *g, gd_tensor x)
{
    gd_reduce_opts opts = {.axes = some_axes(g, gd_tensor_rank(x)), .keep = below(g, 2) == 0};
    int which = below(g, g->kind == SMOOTH ? 4 : 7);
    if (which == 0)
        return gd_tanh(gd_scale(gd_sum(x, opts), 0.3));
    if (which == 1)
        return gd_mean(x, opts);
    if (which == 2)
        return gd_prod(gd_shift(gd_scale(gd_tanh(x), 0.1), 1), opts);
    if (which == 3 && gd_tensor_rank(x) > 0)
        return gd_scale(gd_cumsum(x, below(g, gd_tensor_rank(x)),
                                  (gd_cumsum_opts){.reverse = below(g, 2) == 0, .exclusive = below(g, 2) == 0}),
                        0.4);
    if (which == 4)
        return gd_max(x, opts);
    if (which == 5)
        return gd_min(x, opts);
    return gd_mean(gd_square(x), opts);
}

static gd_tensor softmaxes(growing *g)
{
    gd_tensor x = pick_of_rank(g, 1);
    if (x.graph == NULL)
        return pick(g);
    int axis = below(g, gd_tensor_rank(x));
    return below(g, 2) == 0 ? gd_softmax(x, axis) : gd_log_softmax(x, axis);
}

static gd_tensor product(growing *g)
{
    gd_tensor x = pick_of_rank(g, 2);
    if (x.graph == NULL || !leaves_left(g))
        return pick(g);
    int rank = gd_tensor_rank(x);
    bool a = below(g, 3) == 0, b = below(g, 2) == 0;
    int64_t k = gd_tensor_dim(x, a ? rank - 2 : rank - 1), n = 1 + below(g, 5);
    gd_shape w = b ? GD_SHAPE(n, k) : GD_SHAPE(k, n);
    if (rank == 3 && below(g, 2) == 0) {
        w = b ? GD_SHAPE(1, n, k) : GD_SHAPE(1, k, n);
        w.dim[0] = gd_tensor_dim(x, 0);
    }
    gd_tensor y = gd_matmul(x, leaf(g, w), (gd_matmul_opts){.transpose_a = a, .transpose_b = b});
    return gd_scale(y, 1 / sqrt((double)k));
}

static gd_tensor rearrangement(growing *g)
{
    gd_tensor x = pick_of_rank(g, 1);
    if (x.graph == NULL)
        return pick(g);
    gd_shape shape = gd_tensor_shape(x);
    int axis = below(g, shape.rank);
    int64_t size = shape.dim[axis], zeros[GD_MAX_RANK] = {0}, some[GD_MAX_RANK] = {0};
    gd_axes order = {.count = shape.rank};
    switch (below(g, 8)) {
    case 0: return gd_reshape(x, GD_SHAPE(GD_INFER));
    case 1: return gd_reshape(x, GD_SHAPE(size, GD_INFER));
    case 2:
        for (int i = 0; i < shape.rank; i++)
            order.axis[i] = (i + 1 + axis) % shape.rank;
        return gd_transpose(x, order);
    case 3: return size > 1 ? gd_slice(x, axis, below(g, 2), GD_INFER, 1 + below(g, 2)) : gd_expand_axis(x, axis);
    case 4: return gd_flip(x, some_axes(g, shape.rank));
    case 5: some[axis] = 1; return shape.rank <= 3 ? gd_pad(x, some, zeros, 0.5) : x;
    case 6: {
        gd_tensor parts[] = {x, gd_tanh(x), x};
        return gd_shape_count(shape) <= 120 ? gd_concat(2 + below(g, 2), parts, axis) : x;
    }
    default: {
        gd_tensor part[2];
        if (size < 2)
            return x;
        gd_split(x, axis, 2, (int64_t[]){1, size - 1}, part);
        return gd_sub(part[1], gd_sum(part[0], (gd_reduce_opts){.axes = GD_AXES(axis), .keep = true}));
    }
    }
}

static gd_tensor indexing(growing *g)
{
    gd_tensor x = pick_of_rank(g, 1);
    if (x.graph == NULL)
        return pick(g);
    int axis = below(g, gd_tensor_rank(x));
    int64_t size = gd_tensor_dim(x, axis), count = 1 + below(g, 4);
    gd_array index;
    assert_int_equal(gd_array_create(&index, below(g, 2) == 0 ? GD_I32 : GD_I64, GD_SHAPE(count)), GD_OK);
    for (int64_t i = 0; i < count; i++)
        gd_array_put(&index, i, below(g, (int)size));
    gd_tensor places = gd_constant(x.graph, &index);
    gd_array_free(&index);
    gd_tensor y = gd_gather(x, places, axis);
    if (below(g, 3) == 0)
        return gd_scatter_add(y, places, axis, gd_tensor_shape(x));
    return y;
}

// Pictures of 1 to 3 channels in, 4 or 8 out.
static gd_tensor convolution(growing *g)
{
    if (g->result->leaf_count + 3 > MOST_LEAVES)
        return pick(g);
    int64_t channels = 1 + below(g, 3), out = below(g, 2) == 0 ? 4 : 8, size = 4 + below(g, 2);
    gd_tensor x = leaf(g, GD_SHAPE(2, channels, size, size)), w = leaf(g, GD_SHAPE(out, channels, 3, 3));
    gd_tensor y =
        gd_convolve(x, gd_scale(w, 0.3), GD_NO_TENSOR, (gd_window){.pad_begin = {1, 1}, .pad_end = {1, below(g, 2)}});
    y = gd_add(y, leaf(g, GD_SHAPE(out, 1, 1)));
    gd_window window = {.kernel = {2, 2}, .stride = {1 + below(g, 2), 2}};
    switch (below(g, 4)) {
    case 0: return gd_average_pool(gd_tanh(y), window, (gd_average_pool_opts){0});
    case 1: return g->kind == SMOOTH ? gd_silu(y) : gd_max_pool(y, window);
    case 2: return gd_global_average_pool(gd_square(gd_tanh(y)));
    default: return gd_mean(y, (gd_reduce_opts){.axes = GD_AXES(0, 2)});
    }
}

static gd_tensor normalisation(growing *g)
{
    gd_tensor x = pick_of_rank(g, 2);
    if (x.graph == NULL || g->result->leaf_count + 2 > MOST_LEAVES)
        return pick(g);
    gd_shape last = GD_SHAPE(gd_tensor_dim(x, -1));
    gd_tensor weight = leaf(g, last), bias = leaf(g, last);
    return gd_layer_normalize(x, weight, bias, 1, 0.1);
}

static gd_tensor whole_numbers(growing *g)
{
    gd_tensor x = pick_of_rank(g, 1);
    if (x.graph == NULL)
        return pick(g);
    int rank = gd_tensor_rank(x);
    switch (below(g, 4)) {
    case 0: return gd_cast(gd_argmax(x, below(g, rank)), g->type);
    case 1: return gd_cast(gd_argmin(x, below(g, rank)), g->type);
    case 2: return rank <= 3 ? gd_one_hot(gd_argmax(x, rank - 1), gd_tensor_dim(x, -1), g->type) : x;
    default: return gd_top_k(x, 1 + below(g, (int)gd_tensor_dim(x, -1)));
    }
}

static gd_tensor next(growing *g)
{
    int which = below(g, 40);
    if (which < 12)
        return smooth_unary(g, pick(g));
    if (which < 22) {
        gd_tensor a = pick(g);
        return smooth_binary(g, a, partner(g, a));
    }
    if (which < 25)
        return reduction(g, pick(g));
    if (which < 28)
        return product(g);
    if (which < 32)
        return rearrangement(g);
    if (which < 34)
        return indexing(g);
    if (which == 34)
        return convolution(g);
    if (which == 35)
        return softmaxes(g);
    if (which == 36)
        return normalisation(g);
    gd_tensor a = pick(g);
    if (g->kind == SMOOTH)
        return smooth_unary(g, a);
    if (g->kind == CONTINUOUS || which == 37)
        return below(g, 2) == 0 ? kinked_unary(g, a) : gd_maximum(a, partner(g, a));
    return below(g, 3) == 0 ? whole_numbers(g) : jumping(g, a, partner(g, a));
}

static void add(growing *g, gd_tensor tensor)
{
    if (gd_graph_error(g->result->graph) != NULL || g->count == MOST_TENSORS)
        return;
    gd_shape shape = gd_tensor_shape(tensor);
    if (shape.rank > 4 || gd_shape_count(shape) > 600)
        tensor = gd_mean(tensor, (gd_reduce_opts){.axes = GD_AXES(0)});
    g->tensor[g->count++] = tensor;
}

static gd_shape random_shape(growing *g)
{
    gd_shape shape = {.rank = below(g, 4)};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = 1 + below(g, 5);
    return shape;
}

random_graph random_graph_grow(uint64_t seed, gd_type type, growth kind)
{
    random_graph result = {.graph = gd_graph_create()};
    growing g = {.result = &result, .type = type, .kind = kind, .random = gd__random_make(seed, 77)};
    int leaves = 2 + below(&g, 3), nodes = 5 + below(&g, 21);
    for (int i = 0; i < leaves; i++)
        add(&g, leaf(&g, random_shape(&g)));
    for (int i = 0; i < nodes; i++)
        add(&g, next(&g));
    for (int i = 0; i < g.count && result.result_count < MOST_RESULTS; i++) {
        if (g.used[i] && below(&g, 8) != 0)
            continue;
        result.result[result.result_count++] = g.tensor[i];
        gd_array weight = random_array(type, gd_tensor_shape(g.tensor[i]), -1, 1, seed + (uint64_t)i);
        gd_tensor part = gd_sum(gd_mul(g.tensor[i], gd_constant(result.graph, &weight)), (gd_reduce_opts){0});
        gd_array_free(&weight);
        result.sum = result.sum.graph == NULL ? part : gd_add(result.sum, part);
    }
    return result;
}
