// Attention (Vaswani and others: Attention is all you need. NeurIPS 2017) without its matrix of weights:
//     s[t, i] = scale q[t] . k[i],  l[t] = log(sum over the keys i that t sees of exp(s[t, i])),
//     p[t, i] = exp(s[t, i] - l[t]),  y[t] = sum p[t, i] v[i]
// Only y and l are kept. The gradient computes p again (Dao, Fu, Ermon, Rudra, Ré: FlashAttention. NeurIPS 2022): with
// dp[t, i] = dy[t] . v[i] and delta[t] = dy[t] . y[t] - dl[t],
//     dv[i] = sum p[t, i] dy[t],  ds[t, i] = p[t, i] (dp[t, i] - delta[t]) scale,
//     dq[t] = sum ds[t, i] k[i],  dk[i] = sum ds[t, i] q[t]
// A query that sees no key gives y = 0 and l = 0.
#include "op/attention.h"

#include <math.h>

#include "base/dimension.h"
#include "op/common.h"
#include "op/partial.h"

static const gd_attribute attention_attribute[] = {
    GD_ATTR(gd__attention_attributes, heads, GD_ATTRIBUTE_INT, "of the queries"),
    GD_ATTR(gd__attention_attributes, key_heads, GD_ATTRIBUTE_INT, "of keys and values; divides heads"),
    GD_ATTR(gd__attention_attributes, packed, GD_ATTRIBUTE_BOOL, "queries, keys and values are one tensor"),
    GD_ATTR(gd__attention_attributes, masked, GD_ATTRIBUTE_BOOL, "there is a mask of the keys"),
    GD_ATTR(gd__attention_attributes, causal, GD_ATTRIBUTE_BOOL, "query t sees the keys 0 ... t"),
    GD_ATTR(gd__attention_attributes, scale, GD_ATTRIBUTE_FLOAT, "of the scores"),
};

// ---- Shapes

gd__attention_sizes gd__attention_sizes_of(const gd__attention_attributes *a, const gd_shape *shape)
{
    const bool packed = a->packed;
    gd__attention_sizes s = {.batch = shape[0].dim[0],
                             .queries = shape[0].dim[1],
                             .keys = shape[packed ? 0 : 1].dim[1],
                             .heads = a->heads,
                             .key_heads = a->key_heads,
                             .group = a->heads / a->key_heads,
                             .query_row = shape[0].dim[2],
                             .key_row = shape[packed ? 0 : 1].dim[2],
                             .value_row = shape[packed ? 0 : 2].dim[2]};
    s.width = packed ? s.query_row / (a->heads + 2 * a->key_heads) : s.query_row / a->heads;
    s.value_width = packed ? s.width : s.value_row / a->key_heads;
    s.key_at = packed ? a->heads * s.width : 0;
    s.value_at = packed ? s.key_at + a->key_heads * s.width : 0;
    return s;
}

static bool is_length(int64_t dimension)
{
    return dimension >= 1 || gd__dimension_has_time(dimension);
}

static bool heads_fit(gd_shape_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    enum { MOST = 1 << 20 };
    if (a->heads < 1 || a->heads > MOST || a->key_heads < 1 || a->heads % a->key_heads != 0)
        return gd_op_error(call, "%lld heads of queries and %lld of keys: expected a number and one that divides it",
                           (long long)a->heads, (long long)a->key_heads);
    if (!isfinite(a->scale))
        return gd_op_error(call, "the scale is %g, a finite number was expected", a->scale);
    return true;
}

// Queries, keys, values and mask, which begin at input `first`.
static bool inputs_fit(gd_shape_call *call, int first)
{
    const gd__attention_attributes *a = call->attributes;
    const int parts = gd__attention_parts(a);
    const gd_info *part = &call->input[first];
    char text[3][GD_SHAPE_TEXT], mask[GD_SHAPE_TEXT];
    if (!heads_fit(call) || call->input_count < first + parts + (a->masked ? 1 : 0))
        return a->heads >= 1 && gd_op_error(call, "queries, keys, values or the mask are missing");
    bool fit = gd_type_is_float(part[0].type);
    for (int i = 0; i < parts; i++) {
        const gd_shape s = part[i].shape;
        gd_shape_text(s, text[i]);
        fit = fit && s.rank == 3 && is_length(s.dim[1]) && s.dim[2] >= 1 && s.dim[0] == part[0].shape.dim[0] &&
              part[i].type == part[0].type;
    }
    if (fit && a->packed)
        fit = part[0].shape.dim[2] % (a->heads + 2 * a->key_heads) == 0;
    else if (fit)
        fit = part[1].shape.dim[1] == part[2].shape.dim[1] && part[0].shape.dim[2] % a->heads == 0 &&
              part[1].shape.dim[2] == part[0].shape.dim[2] / a->heads * a->key_heads &&
              part[2].shape.dim[2] % a->key_heads == 0;
    if (!fit && a->packed)
        return gd_op_error(call, "x is %s %s, expected (N, T, a multiple of %lld) of a floating type",
                           gd_type_name(part[0].type), text[0], (long long)(a->heads + 2 * a->key_heads));
    if (!fit)
        return gd_op_error(call,
                           "queries %s, keys %s and values %s with %lld and %lld heads: expected (N, T, H D), "
                           "(N, S, K D) and (N, S, K V) of one floating type",
                           text[0], text[1], text[2], (long long)a->heads, (long long)a->key_heads);
    const gd_shape keys = part[a->packed ? 0 : 1].shape;
    if (a->masked &&
        (part[parts].type != GD_BOOL || !gd_shape_equal(part[parts].shape, GD_SHAPE(keys.dim[0], keys.dim[1]))))
        return gd_op_error(call, "the mask is %s %s, bool (N, S) was expected for keys %s",
                           gd_type_name(part[parts].type), gd_shape_text(part[parts].shape, mask),
                           text[a->packed ? 0 : 1]);
    return true;
}

static void result_shapes(const gd__attention_attributes *a, const gd_info *part, gd_info *y, gd_info *sums)
{
    gd_shape shape[3];
    for (int i = 0; i < gd__attention_parts(a); i++)
        shape[i] = part[i].shape;
    const gd__attention_sizes s = gd__attention_sizes_of(a, shape);
    *y = (gd_info){part[0].type, GD_SHAPE(s.batch, s.queries, s.heads * s.value_width)};
    *sums = (gd_info){part[0].type, GD_SHAPE(s.batch, s.heads, s.queries)};
}

static bool attention_shape(gd_shape_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    if (!inputs_fit(call, 0))
        return false;
    if (call->input_count != gd__attention_parts(a) + (a->masked ? 1 : 0))
        return gd_op_error(call, "%d inputs: expected the tensors that are attended to, and a mask if there is one",
                           call->input_count);
    result_shapes(a, call->input, &call->output[0], &call->output[1]);
    return true;
}

enum { KEPT = 3 }; // inputs of the gradient before the queries: y, the log-sum-exp, dy

static bool backward_shape(gd_shape_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    static const char *const name[] = {"y", "the log-sum-exp", "dy", "its gradient"};
    if (!inputs_fit(call, KEPT))
        return false;
    const int parts = gd__attention_parts(a), known = KEPT + parts + (a->masked ? 1 : 0);
    gd_info want[4];
    result_shapes(a, &call->input[KEPT], &want[0], &want[1]);
    want[2] = want[0];
    want[3] = want[1];
    for (int i = 0; i < (call->input_count > known ? 4 : 3); i++) {
        const gd_info *have = &call->input[i < 3 ? i : known];
        char given[GD_SHAPE_TEXT], expected[GD_SHAPE_TEXT];
        if (have->type != want[i].type || !gd_shape_equal(have->shape, want[i].shape))
            return gd_op_error(call, "%s is %s %s, %s %s was expected", name[i], gd_type_name(have->type),
                               gd_shape_text(have->shape, given), gd_type_name(want[i].type),
                               gd_shape_text(want[i].shape, expected));
    }
    call->output_count = parts;
    for (int i = 0; i < parts; i++)
        call->output[i] = call->input[KEPT + i];
    return true;
}

// ---- In elementary ops

// Tensors of heads are (N, K, H / K, T, D), where those of keys and values have one head in a group.
typedef struct written {
    gd__attention_sizes size;
    gd_tensor q, k, v, visible; // (N or 1, 1, 1, T or 1, S), or GD_NO_TENSOR where all is
} written;

static gd_tensor in_heads(gd_tensor x, int64_t key_heads, int64_t group)
{
    const gd_shape s = gd_tensor_shape(x);
    const gd_tensor cut = gd_reshape(x, GD_SHAPE(s.dim[0], s.dim[1], key_heads, group, s.dim[2] / (key_heads * group)));
    return gd_transpose(cut, GD_AXES(0, 2, 3, 1, 4));
}

static gd_tensor out_of_heads(gd_tensor x)
{
    const gd_shape s = gd_tensor_shape(x);
    return gd_reshape(gd_transpose(x, GD_AXES(0, 3, 1, 2, 4)),
                      GD_SHAPE(s.dim[0], s.dim[3], s.dim[1] * s.dim[2] * s.dim[4]));
}

// 1, 2, 3 … along the axis of a length that may be open.
static gd_tensor places(gd_tensor like, int64_t length, gd_shape shape)
{
    const gd_tensor ones = gd_broadcast_to(gd_scalar_like(like, 1), GD_SHAPE(length));
    return gd_reshape(gd_cumsum(ones, 0, (gd_cumsum_opts){0}), shape);
}

static written write_heads(const gd__attention_attributes *a, const gd_tensor *input)
{
    gd_shape shape[3];
    gd_tensor part[3] = {input[0]};
    written w = {.visible = GD_NO_TENSOR};
    for (int i = 0; i < gd__attention_parts(a); i++) {
        part[i] = input[i];
        shape[i] = gd_tensor_shape(input[i]);
    }
    w.size = gd__attention_sizes_of(a, shape);
    const int64_t keys = a->key_heads * w.size.width;
    if (a->packed)
        gd_split(input[0], 2, 3, (const int64_t[]){a->heads * w.size.width, keys, keys}, part);
    w.q = in_heads(part[0], a->key_heads, w.size.group);
    w.k = in_heads(part[1], a->key_heads, 1);
    w.v = in_heads(part[2], a->key_heads, 1);
    if (a->causal)
        w.visible = gd_less_equal(places(part[0], w.size.keys, GD_SHAPE(1, 1, 1, 1, w.size.keys)),
                                  places(part[0], w.size.queries, GD_SHAPE(1, 1, 1, w.size.queries, 1)));
    if (a->masked) {
        const gd_tensor mask = gd_reshape(input[gd__attention_parts(a)], GD_SHAPE(w.size.batch, 1, 1, 1, w.size.keys));
        w.visible =
            a->causal
                ? gd_equal(gd_mul(gd_cast(w.visible, gd_tensor_type(part[0])), gd_cast(mask, gd_tensor_type(part[0]))),
                           gd_scalar_like(part[0], 1))
                : mask;
    }
    return w;
}

// (N, H, T) to (N, K, H / K, T, 1).
static gd_tensor for_each_query(const written *w, gd_tensor x)
{
    return gd_reshape(x, GD_SHAPE(w->size.batch, w->size.key_heads, w->size.group, w->size.queries, 1));
}

// p: (N, K, H / K, T, S).
static gd_tensor write_weights(const gd__attention_attributes *a, const written *w, gd_tensor sums)
{
    const gd_tensor scores = gd_scale(gd_matmul(w->q, w->k, (gd_matmul_opts){.transpose_b = true}), a->scale);
    const gd_tensor above = gd_sub(scores, for_each_query(w, sums)), zero = gd_scalar_like(scores, 0);
    if (w->visible.graph == NULL)
        return gd_exp(above);
    // What is not seen may be large: its exponential would be infinite, and its gradient no number.
    return gd_where(w->visible, gd_exp(gd_where(w->visible, above, zero)), zero);
}

static gd_tensor sum_of_group(gd_tensor x)
{
    return gd_sum(x, (gd_reduce_opts){.axes = GD_AXES(2), .keep = true});
}

// input: those of attention_backward. dsums may be absent.
static void write_backward(const gd__attention_attributes *a, const gd_tensor *input, gd_tensor dsums,
                           gd_tensor *output)
{
    const written w = write_heads(a, input + KEPT);
    const gd_tensor p = write_weights(a, &w, input[1]);
    const gd_tensor y = in_heads(input[0], a->key_heads, w.size.group);
    const gd_tensor dy = in_heads(input[2], a->key_heads, w.size.group);
    gd_tensor delta = gd_sum(gd_mul(dy, y), (gd_reduce_opts){.axes = GD_AXES(-1), .keep = true});
    if (dsums.graph != NULL)
        delta = gd_sub(delta, for_each_query(&w, dsums));
    const gd_tensor dp = gd_matmul(dy, w.v, (gd_matmul_opts){.transpose_b = true});
    const gd_tensor ds = gd_scale(gd_mul(p, gd_sub(dp, delta)), a->scale);
    const gd_matmul_opts turned = {.transpose_a = true};
    output[0] = out_of_heads(gd_matmul(ds, w.k, (gd_matmul_opts){0}));
    output[1] = out_of_heads(sum_of_group(gd_matmul(ds, w.q, turned)));
    output[2] = out_of_heads(sum_of_group(gd_matmul(p, dy, turned)));
    if (a->packed)
        output[0] = gd_concat(3, output, 2);
}

// ---- Gradients

static void attention_grad(gd_grad_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    const int parts = gd__attention_parts(a);
    gd_tensor input[KEPT + 5] = {call->output[0], call->output[1], call->output_grad[0]};
    if (input[2].graph == NULL)
        input[2] = gd_zeros_like(call->output[0]);
    int count = KEPT;
    for (int i = 0; i < call->input_count; i++)
        input[count++] = call->input[i];
    if (call->output_grad[1].graph != NULL)
        input[count++] = call->output_grad[1];
    const gd_tensor d = gd_apply(&gd__op_attention_backward, count, input, a);
    for (int i = 0; i < parts; i++)
        call->input_grad[i] = gd_output(d, i);
}

static void backward_grad(gd_grad_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    const int parts = gd__attention_parts(a), known = KEPT + parts + (a->masked ? 1 : 0);
    gd_tensor input[KEPT + 5] = {{0}}, output[3], total = GD_NO_TENSOR;
    for (int i = 0; i < call->input_count; i++)
        input[i] = gd__separate(call->input[i]);
    write_backward(a, input, call->input_count > known ? input[known] : GD_NO_TENSOR, output);
    for (int i = 0; i < parts; i++)
        total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
    gd__partial_gradients(call, total, input);
}

// ---- Plain kernels

typedef struct plain {
    const gd__attention_attributes *a;
    gd__attention_sizes size;
    const double *q, *k, *v, *mask;
} plain;

static plain plain_of(const gd__attention_attributes *a, const gd_ref_value *input)
{
    gd_shape shape[3];
    const int parts = gd__attention_parts(a);
    for (int i = 0; i < parts; i++)
        shape[i] = input[i].shape;
    plain p = {.a = a, .size = gd__attention_sizes_of(a, shape), .q = input[0].data};
    p.k = input[a->packed ? 0 : 1].data + p.size.key_at;
    p.v = input[a->packed ? 0 : 2].data + p.size.value_at;
    p.mask = a->masked ? input[parts].data : NULL;
    return p;
}

// Where the numbers of a head of queries, keys or values begin.
static int64_t query_at(const plain *p, int64_t n, int64_t h, int64_t t)
{
    return (n * p->size.queries + t) * p->size.query_row + h * p->size.width;
}

static int64_t key_at(const plain *p, int64_t n, int64_t h, int64_t i)
{
    return (n * p->size.keys + i) * p->size.key_row + h / p->size.group * p->size.width;
}

static int64_t value_at(const plain *p, int64_t n, int64_t h, int64_t i)
{
    return (n * p->size.keys + i) * p->size.value_row + h / p->size.group * p->size.value_width;
}

static int64_t result_at(const plain *p, int64_t n, int64_t h, int64_t t)
{
    return ((n * p->size.queries + t) * p->size.heads + h) * p->size.value_width;
}

static bool sees(const plain *p, int64_t n, int64_t t, int64_t i)
{
    return (!p->a->causal || i <= t) && (p->mask == NULL || p->mask[n * p->size.keys + i] != 0);
}

static double product(const double *a, const double *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static double score(const plain *p, int64_t n, int64_t h, int64_t t, int64_t i)
{
    return p->a->scale * product(p->q + query_at(p, n, h, t), p->k + key_at(p, n, h, i), p->size.width);
}

static void attend(const plain *p, int64_t n, int64_t h, int64_t t, double *y, double *log_sum)
{
    double largest = -INFINITY, sum = 0;
    bool any = false;
    for (int64_t d = 0; d < p->size.value_width; d++)
        y[d] = 0;
    for (int64_t i = 0; i < p->size.keys; i++) {
        if (sees(p, n, t, i)) {
            largest = fmax(largest, score(p, n, h, t, i));
            any = true;
        }
    }
    *log_sum = 0;
    if (!any)
        return;
    for (int64_t i = 0; i < p->size.keys; i++) {
        if (!sees(p, n, t, i))
            continue;
        const double power = exp(score(p, n, h, t, i) - largest), *v = p->v + value_at(p, n, h, i);
        sum += power;
        for (int64_t d = 0; d < p->size.value_width; d++)
            y[d] += power * v[d];
    }
    for (int64_t d = 0; d < p->size.value_width; d++)
        y[d] /= sum;
    *log_sum = largest + log(sum);
}

static gd_status attention_ref(const gd_ref_call *call)
{
    const plain p = plain_of(call->attributes, call->input);
    for (int64_t n = 0; n < p.size.batch; n++)
        for (int64_t h = 0; h < p.size.heads; h++)
            for (int64_t t = 0; t < p.size.queries; t++)
                attend(&p, n, h, t, call->output[0].data + result_at(&p, n, h, t),
                       call->output[1].data + (n * p.size.heads + h) * p.size.queries + t);
    return GD_OK;
}

// What one query sends back, dq, dk and dv being laid out as q, k and v.
static void send_back(const plain *p, const gd_ref_call *call, const double *dsums, double *const d[3], int64_t n,
                      int64_t h, int64_t t)
{
    const int64_t at = result_at(p, n, h, t), row = (n * p->size.heads + h) * p->size.queries + t;
    const double *y = call->input[0].data + at, *dy = call->input[2].data + at, log_sum = call->input[1].data[row];
    double *dq = d[0] + query_at(p, n, h, t), delta = product(y, dy, p->size.value_width);
    const double *q = p->q + query_at(p, n, h, t);
    delta -= dsums != NULL ? dsums[row] : 0;
    for (int64_t i = 0; i < p->size.keys; i++) {
        if (!sees(p, n, t, i))
            continue;
        const double *k = p->k + key_at(p, n, h, i), *v = p->v + value_at(p, n, h, i);
        double *dk = d[1] + key_at(p, n, h, i), *dv = d[2] + value_at(p, n, h, i);
        const double weight = exp(score(p, n, h, t, i) - log_sum);
        const double ds = weight * (product(dy, v, p->size.value_width) - delta) * p->a->scale;
        for (int64_t j = 0; j < p->size.width; j++) {
            dq[j] += ds * k[j];
            dk[j] += ds * q[j];
        }
        for (int64_t j = 0; j < p->size.value_width; j++)
            dv[j] += weight * dy[j];
    }
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    const plain p = plain_of(a, call->input + KEPT);
    const int known = KEPT + gd__attention_parts(a) + (a->masked ? 1 : 0);
    double *const d[3] = {call->output[0].data, call->output[a->packed ? 0 : 1].data + p.size.key_at,
                          call->output[a->packed ? 0 : 2].data + p.size.value_at};
    for (int i = 0; i < call->output_count; i++)
        for (int64_t j = 0; j < gd_shape_count(call->output[i].shape); j++)
            call->output[i].data[j] = 0;
    for (int64_t n = 0; n < p.size.batch; n++)
        for (int64_t h = 0; h < p.size.heads; h++)
            for (int64_t t = 0; t < p.size.queries; t++)
                send_back(&p, call, call->input_count > known ? call->input[known].data : NULL, d, n, h, t);
    return GD_OK;
}

// Multiplications and additions of `products` products of a query's numbers with a key's.
static double cost_of(const gd__attention_attributes *a, const gd_info *part, double for_width, double for_value)
{
    gd_shape shape[3];
    for (int i = 0; i < gd__attention_parts(a); i++)
        shape[i] = part[i].shape;
    const gd__attention_sizes s = gd__attention_sizes_of(a, shape);
    const double pairs = (double)(s.batch * s.heads) * (double)s.queries * (double)s.keys * (a->causal ? 0.5 : 1);
    return pairs * 2 * (for_width * (double)s.width + for_value * (double)s.value_width);
}

static double attention_cost(const gd_shape_call *call)
{
    return cost_of(call->attributes, call->input, 1, 1);
}

static double backward_cost(const gd_shape_call *call)
{
    return cost_of(call->attributes, call->input + KEPT, 3, 2);
}

// ---- Samples

// A line for each: note, attributes, mask or none, and the shapes of queries, keys, values, results and sums.
#define MASK(n, s)                                                                                                     \
    {                                                                                                                  \
        .shape = GD_SHAPE(n, s), .integer = true, .type = GD_BOOL, .draw = GD_DRAW_INTEGER, .high = 1                  \
    }
#define ATTRIBUTES(...)                                                                                                \
    &(const gd__attention_attributes)                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define SEPARATE ATTRIBUTES(2, 2, false, false, false, 0.6)
#define CAUSAL ATTRIBUTES(2, 1, false, false, true, 0.5)
#define MASKED ATTRIBUTES(2, 2, false, true, true, 0.7)
#define PACKED ATTRIBUTES(2, 2, true, false, true, 0.7)
#define GROUPED ATTRIBUTES(4, 2, true, true, false, 0.7)

static const gd_sample attention_sample[] = {
    {.note = "two heads, values of another width",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(2, 3, 4)}, {.shape = GD_SHAPE(2, 5, 4)}, {.shape = GD_SHAPE(2, 5, 6)}},
     .attributes = SEPARATE},
    {.note = "causal, two heads of queries to one of keys",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(2, 5, 6)}, {.shape = GD_SHAPE(2, 4, 3)}, {.shape = GD_SHAPE(2, 4, 2)}},
     .attributes = CAUSAL},
    {.note = "causal, with a mask",
     .input_count = 4,
     .input = {{.shape = GD_SHAPE(3, 4, 4)}, {.shape = GD_SHAPE(3, 4, 4)}, {.shape = GD_SHAPE(3, 4, 4)}, MASK(3, 4)},
     .attributes = MASKED},
    {.note = "packed, causal", .input_count = 1, .input = {{.shape = GD_SHAPE(2, 4, 18)}}, .attributes = PACKED},
    {.note = "packed, grouped, with a mask",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 3, 16)}, MASK(2, 3)},
     .attributes = GROUPED},
};

#define KEPT_OF(y, sums)                                                                                               \
    {.shape = y}, {.shape = sums, .low = 0.5, .high = 1.5},                                                            \
    {                                                                                                                  \
        .shape = y                                                                                                     \
    }
static const gd_sample backward_sample[] = {
    {.note = "two heads, values of another width",
     .input_count = 6,
     .input = {KEPT_OF(GD_SHAPE(2, 3, 6), GD_SHAPE(2, 2, 3)),
               {.shape = GD_SHAPE(2, 3, 4)},
               {.shape = GD_SHAPE(2, 5, 4)},
               {.shape = GD_SHAPE(2, 5, 6)}},
     .attributes = SEPARATE},
    {.note = "causal, two heads of queries to one of keys; the sums have a gradient of their own",
     .input_count = 7,
     .input = {KEPT_OF(GD_SHAPE(2, 3, 4), GD_SHAPE(2, 2, 3)),
               {.shape = GD_SHAPE(2, 3, 6)},
               {.shape = GD_SHAPE(2, 4, 3)},
               {.shape = GD_SHAPE(2, 4, 2)},
               {.shape = GD_SHAPE(2, 2, 3)}},
     .attributes = CAUSAL},
    {.note = "causal, with a mask",
     .input_count = 7,
     .input = {KEPT_OF(GD_SHAPE(2, 4, 4), GD_SHAPE(2, 2, 4)),
               {.shape = GD_SHAPE(2, 4, 4)},
               {.shape = GD_SHAPE(2, 4, 4)},
               {.shape = GD_SHAPE(2, 4, 4)},
               MASK(2, 4)},
     .attributes = MASKED},
    {.note = "packed, causal",
     .input_count = 4,
     .input = {KEPT_OF(GD_SHAPE(2, 4, 6), GD_SHAPE(2, 2, 4)), {.shape = GD_SHAPE(2, 4, 18)}},
     .attributes = PACKED},
    {.note = "packed, grouped, with a mask",
     .input_count = 5,
     .input = {KEPT_OF(GD_SHAPE(2, 3, 8), GD_SHAPE(2, 4, 3)), {.shape = GD_SHAPE(2, 3, 16)}, MASK(2, 3)},
     .attributes = GROUPED},
};

// ---- Records

const gd_op gd__op_attention = {
    .name = "attention",
    .doc = "y[t] = sum p[t, i] v[i], p = softmax over the keys i of scale q[t] . k[i], for each head: queries "
           "(N, T, H D), keys (N, S, K D), values (N, S, K V), or all three packed (N, T, (H + 2 K) D), and a mask "
           "(N, S) if there is one, to y (N, T, H V) and the logarithm of the sum of exponentials (N, H, T)",
    .min_inputs = 1,
    .max_inputs = 4,
    .output_count = 2,
    .flags = GD_OP_HEAVY,
    .bf16_inputs = 7,
    .bf16_outputs = 1,
    .attribute_size = sizeof(gd__attention_attributes),
    .attribute_count = GD_COUNT_OF(attention_attribute),
    .attribute = attention_attribute,
    .shape = attention_shape,
    .grad = attention_grad,
    .ref = attention_ref,
    .cost = attention_cost,
    GD_SAMPLES(attention_sample),
};

const gd_op gd__op_attention_backward = {
    .name = "attention_backward",
    .doc = "the gradients of attention's queries, keys and values, from y, the logarithm of the sum of exponentials, "
           "dy, the inputs of attention and, if wanted, the gradient of that logarithm",
    .min_inputs = 4,
    .max_inputs = 8,
    .output_count = 3,
    .flags = GD_OP_HEAVY | GD_OP_BACKWARD,
    .bf16_inputs = 1 | 4 | 8 | 16 | 32,
    .bf16_outputs = 7,
    .attribute_size = sizeof(gd__attention_attributes),
    .attribute_count = GD_COUNT_OF(attention_attribute),
    .attribute = attention_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_attend(gd_tensor query, gd_tensor key, gd_tensor value, gd_attend_opts opts)
{
    const bool packed = key.graph == NULL && value.graph == NULL, masked = opts.key_mask.graph != NULL;
    gd_tensor input[4] = {query, key, value};
    int count = packed ? 1 : 3;
    gd__attention_attributes a = {.heads = opts.heads == 0 ? 1 : opts.heads,
                                  .packed = packed,
                                  .masked = masked,
                                  .causal = opts.causal,
                                  .scale = opts.scale};
    a.key_heads = opts.key_heads == 0 ? a.heads : opts.key_heads;
    if (masked) {
        const gd_tensor mask = opts.key_mask;
        input[count++] =
            !gd_tensor_ok(mask) || gd_tensor_type(mask) == GD_BOOL ? mask : gd_not_equal(mask, gd_scalar_like(mask, 0));
    }
    if (a.scale == 0 && gd_tensor_ok(query) && gd_tensor_rank(query) == 3 && a.heads > 0 && a.key_heads > 0) {
        const double width = (double)(gd_tensor_dim(query, 2) / (a.heads + (packed ? 2 * a.key_heads : 0)));
        a.scale = width >= 1 ? 1 / sqrt(width) : 1;
    }
    return gd_apply(&gd__op_attention, count, input, &a);
}
