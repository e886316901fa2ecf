// Attention: each query takes a mean of the values, weighted by how well the keys fit it.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <math.h>

#include "base/dimension.h"
#include "base/memory.h"
#include "nn/attend.h"
#include "nn/layer.h"
#include "nn/options.h"
#include "nn/window.h"

// ---- The product

static bool is_length(int64_t dimension)
{
    return dimension >= 1 || gd__dimension_has_time(dimension);
}

// Whether all have the same leading axes, and how many matrices these hold.
static bool is_one_batch(gd_tensor query, gd_tensor key, gd_tensor value, int64_t *count)
{
    const gd_shape q = gd_tensor_shape(query), k = gd_tensor_shape(key), v = gd_tensor_shape(value);
    bool same = q.rank == k.rank && q.rank == v.rank;
    *count = 1;
    for (int i = 0; same && i < q.rank - 2; i++)
        same = q.dim[i] == k.dim[i] && q.dim[i] == v.dim[i] && gd__dimension_multiply(*count, q.dim[i], count);
    return same;
}

// (…, T, E) to (count, T, E)
static gd_tensor in_one_batch(gd_tensor x, int64_t count)
{
    return gd_reshape(x, GD_SHAPE(count, gd_tensor_dim(x, -2), gd_tensor_dim(x, -1)));
}

static gd_tensor attend_at_once(gd_tensor query, gd_tensor key, gd_tensor value, int64_t count, bool causal,
                                double scale)
{
    gd_shape shape = gd_tensor_shape(query);
    shape.dim[shape.rank - 1] = gd_tensor_dim(value, -1);
    const gd_tensor y = gd_attend(in_one_batch(query, count), in_one_batch(key, count), in_one_batch(value, count),
                                  (gd_attend_opts){.causal = causal, .scale = scale});
    return gd_reshape(y, shape);
}

gd_tensor gd_dot_product_attention(gd_tensor query, gd_tensor key, gd_tensor value, gd_dot_product_opts opts)
{
    if (!gd_tensor_ok(query) || !gd_tensor_ok(key) || !gd_tensor_ok(value))
        return gd__no_result(query.graph != NULL ? query : key);
    char q[GD_SHAPE_TEXT], k[GD_SHAPE_TEXT], v[GD_SHAPE_TEXT];
    const int64_t width = gd_tensor_rank(query) < 2 ? 0 : gd_tensor_dim(query, -1);
    if (width < 1 || gd_tensor_rank(key) < 2 || gd_tensor_rank(value) < 2 || gd_tensor_dim(key, -1) != width ||
        gd_tensor_dim(key, -2) != gd_tensor_dim(value, -2) || !is_length(gd_tensor_dim(query, -2)) ||
        !is_length(gd_tensor_dim(key, -2)))
        return gd_graph_fail(query.graph, GD_ERROR_SHAPE,
                             "attention of queries %s to keys %s with values %s: expected (…, T, E), (…, S, E) and "
                             "(…, S, V)",
                             gd_shape_text(gd_tensor_shape(query), q), gd_shape_text(gd_tensor_shape(key), k),
                             gd_shape_text(gd_tensor_shape(value), v));
    const double scale = opts.scale == 0 ? 1 / sqrt((double)width) : opts.scale;
    int64_t count;
    if (opts.bias.graph == NULL && opts.weights == NULL && opts.dropout == 0 && is_one_batch(query, key, value, &count))
        return attend_at_once(query, key, value, count, opts.causal, scale);
    const gd__steps_opts steps = {
        .scale = scale, .causal = opts.causal, .bias = opts.bias, .dropout = opts.dropout, .weights = opts.weights};
    return gd__attend_in_steps(query, key, value, &steps);
}

// ---- The layer

typedef struct heads {
    const gd__layer *layer;
    int64_t width; // of the queries
    const gd_attention_opts *opts;
} heads;

// Rows w^T + b for x (N, T, features).
static gd_tensor project(gd_tensor x, gd_tensor w, gd_tensor b)
{
    gd_shape s = gd_tensor_shape(x);
    gd_tensor y = gd_matmul(gd_reshape(x, GD_SHAPE(GD_INFER, s.dim[2])), w, (gd_matmul_opts){.transpose_b = true});
    if (b.graph != NULL)
        y = gd_add(y, b);
    s.dim[2] = gd_tensor_dim(w, 0);
    return gd_reshape(y, s);
}

static gd_tensor start(const heads *h, const char *slot, gd_shape shape, const gd_initializer_kind *kind)
{
    gd_initializer initializer = h->opts->initializer;
    if (shape.rank == 1 || gd__initializer_is_default(initializer))
        initializer = (gd_initializer){.kind = kind};
    return gd__layer_parameter(h->layer, slot, shape, initializer);
}

static bool is_same(gd_tensor a, gd_tensor b)
{
    return a.node == b.node && a.output == b.output;
}

// The three projections: with one matrix where all inputs are as wide as the queries, else with one each. Of a single
// input they come out side by side, as the first part.
static void make_projections(const heads *h, const gd_tensor input[3], gd_tensor part[3])
{
    static const char *const slot[] = {"q_proj_weight", "k_proj_weight", "v_proj_weight"};
    const int64_t e = h->width;
    gd_tensor weight[3], bias[3] = {GD_NO_TENSOR, GD_NO_TENSOR, GD_NO_TENSOR}, whole = GD_NO_TENSOR;
    const bool one_matrix = gd_tensor_dim(input[1], 2) == e && gd_tensor_dim(input[2], 2) == e;
    const bool one_input = is_same(input[0], input[1]) && is_same(input[0], input[2]);
    if (one_matrix)
        whole = start(h, "in_proj_weight", GD_SHAPE(3 * e, e), GD_INIT_XAVIER_UNIFORM);
    for (int i = 0; i < 3 && !one_matrix; i++)
        weight[i] = start(h, slot[i], GD_SHAPE(e, gd_tensor_dim(input[i], 2)), GD_INIT_XAVIER_UNIFORM);
    const gd_tensor whole_bias =
        h->opts->no_bias ? GD_NO_TENSOR : start(h, "in_proj_bias", GD_SHAPE(3 * e), GD_INIT_ZEROS);
    if (one_matrix && one_input) {
        part[0] = project(input[0], whole, whole_bias);
        part[1] = part[2] = GD_NO_TENSOR;
        return;
    }
    if (one_matrix)
        gd_split(whole, 0, 3, NULL, weight);
    if (whole_bias.graph != NULL)
        gd_split(whole_bias, 0, 3, NULL, bias);
    for (int i = 0; i < 3; i++)
        part[i] = project(input[i], weight[i], bias[i]);
}

static bool inputs_fit(const gd__layer *layer, const gd_tensor input[3], int64_t count, gd_tensor mask)
{
    char text[3][GD_SHAPE_TEXT], mask_text[GD_SHAPE_TEXT] = "no mask";
    gd_shape s[3];
    bool fit = true;
    for (int i = 0; i < 3; i++) {
        s[i] = gd_tensor_shape(input[i]);
        gd_shape_text(s[i], text[i]);
        fit = fit && s[i].rank == 3 && is_length(s[i].dim[1]) && s[i].dim[2] >= 1 && s[i].dim[0] == s[0].dim[0] &&
              gd_tensor_type(input[i]) == gd_tensor_type(input[0]);
    }
    fit = fit && s[1].dim[1] == s[2].dim[1];
    if (mask.graph != NULL)
        gd_shape_text(gd_tensor_shape(mask), mask_text);
    if (fit && mask.graph != NULL)
        fit = gd_shape_equal(gd_tensor_shape(mask), GD_SHAPE(s[1].dim[0], s[1].dim[1])) ||
              gd_shape_equal(gd_tensor_shape(mask), GD_SHAPE(s[1].dim[0]));
    if (!fit)
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                      "queries %s, keys %s, values %s, %s: expected (N, T, E), (N, S, K), (N, S, V), and a key mask "
                      "(N, S) or none",
                      text[0], text[1], text[2], mask_text);
    else if (count < 1 || s[0].dim[2] % count != 0)
        gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT,
                      "%lld heads for %lld features: expected a number that divides them", (long long)count,
                      (long long)s[0].dim[2]);
    return layer->graph->status == GD_OK;
}

static gd_tensor write_attention(const gd__layer *layer, const gd_tensor input[3], int64_t count,
                                 const gd_attention_opts *opts)
{
    const gd_tensor x = input[0];
    if (!gd__layer_takes_floats(layer, x) || !inputs_fit(layer, input, count, opts->key_mask))
        return gd__poison(layer->graph);
    const gd_shape shape = gd_tensor_shape(x);
    const heads h = {layer, shape.dim[2], opts};
    gd_tensor part[3];
    make_projections(&h, input, part);
    const gd__attend_opts attend = {.heads = count,
                                    .causal = opts->causal,
                                    .key_mask = opts->key_mask,
                                    .bias = opts->bias,
                                    .dropout = opts->dropout,
                                    .cache = opts->cache,
                                    .rotary = opts->rotary,
                                    .weights = opts->weights};
    gd_tensor y = gd_reshape(gd__attend(layer, part, &attend), GD_SHAPE(GD_INFER, h.width));
    y = gd_matmul(y, start(&h, "out_proj.weight", GD_SHAPE(h.width, h.width), GD_INIT_DEFAULT),
                  (gd_matmul_opts){.transpose_b = true});
    if (!opts->no_bias)
        y = gd_add(y, start(&h, "out_proj.bias", GD_SHAPE(h.width), GD_INIT_ZEROS));
    return gd_reshape(y, shape);
}

gd_tensor gd_attention(gd_tensor query, gd_tensor key, gd_tensor value, int64_t heads, gd_attention_opts opts)
{
    gd__layer layer;
    const gd_tensor input[3] = {query, key, value};
    if (opts.weights != NULL && query.graph != NULL)
        *opts.weights = gd__poison(query.graph);
    if (!gd_tensor_ok(key) || !gd_tensor_ok(value))
        return gd__no_result(query.graph != NULL ? query : key);
    if (!gd__layer_begin(&layer, query, "attention", "attn", opts.name))
        return gd__no_result(query);
    return gd__layer_end(&layer, write_attention(&layer, input, heads, &opts));
}

// ---- As a record

typedef struct attention_options {
    int64_t heads;
    gd_attention_opts opts;
} attention_options;

// One input attends to itself; a second one holds keys and values, or a third one the values. A last input of rank 2
// is the mask of the keys, one of rank 1 says how many count.
static gd_tensor write_record(const gd_layer_call *call)
{
    attention_options options = *(const attention_options *)call->options;
    int count = call->input_count;
    options.opts.name = call->name;
    if (count > 1 && gd_tensor_rank(call->input[count - 1]) < 3)
        options.opts.key_mask = call->input[--count];
    if (count > 3)
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "attention: the fourth input is no key mask (N, S)");
    gd_tensor part[3];
    gd__attend_by_lengths(call, count, part, &options.opts.key_mask);
    for (int i = count; i < 3; i++)
        part[i] = part[i - 1];
    gd_tensor weights = GD_NO_TENSOR;
    options.opts.weights = &weights;
    const gd_tensor y = gd_attention(part[0], part[1], part[2], options.heads, options.opts);
    if (call->put_out != NULL)
        call->put_out(call, "weights", weights); // (N, heads, T, S)
    return y;
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(attention_options, "heads", heads, 1, 1e7, "1", "parts of the features that attend on their own",
                       .aliases = "num_heads|n_heads|nhead|head_count"),
    GD__FLAG_OPTION(attention_options, "causal", opts.causal, "false", "a place sees none behind it"),
    GD__RATE_OPTION(attention_options, "dropout", opts.dropout, "0",
                    "the part of the weights that is zeroed in training"),
    GD__UNLESS_OPTION(attention_options, "bias", opts.no_bias, "with biases"),
    GD__NUMBER_OPTION(attention_options, "rotary", opts.rotary, 0, 1e9, "0",
                      "not 0: the base of rotary positions, 10000 as a rule", .aliases = "rope|rope_theta"),
    GD__INTEGER_OPTION(attention_options, "cache", opts.cache, 0, 1e8, "0",
                       "not 0: for one place at a time, the most places whose keys and values are kept"),
    GD__INITIALIZER_OPTION(attention_options, "init", opts.initializer,
                           "how the weights start; else xavier_uniform, the last projection uniform in "
                           "±1/sqrt(fan_in)"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_attention = {
    .record = {.name = "attention",
               .doc = "multi-head attention over (time, features): to itself, or of the first input to a second one; a "
                      "last input (batch, time) is 1 for keys that count, else 0, or (batch) says how many do; with "
                      "`as: look` the weights are "
                      "`look.weights`, (batch, heads, queries, keys)",
               .options = options,
               .short_option = "heads",
               .list_option = "from",
               .aliases = "multihead_attention|multi_head_attention|multiheadattention|mha",
               .source = "Vaswani et al. 2017",
               .options_size = sizeof(attention_options)},
    .flags = GD_LAYER_LENGTHS,
    .min_inputs = 1,
    .max_inputs = 4,
    .write = write_record,
    .view = gd__view_nothing,
};
