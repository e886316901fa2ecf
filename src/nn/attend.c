#include "nn/attend.h"

#include <gradus/layer.h>
#include <gradus/ops.h>
#include <math.h>

#include "base/dimension.h"
#include "nn/lengths.h"
#include "nn/options.h"
#include "nn/window.h"

// ---- In steps, where the weights themselves are wanted or changed

static const double excluded = -1e30; // a score beside which every other one is infinitely likelier

// 1, 2, 3 … for an axis of some length that may be open, as a shape of two axes.
static gd_tensor places(gd_tensor like, int64_t length, gd_shape shape)
{
    return gd_reshape(gd_cumsum(gd_broadcast_to(gd_scalar_like(like, 1), GD_SHAPE(length)), 0, (gd_cumsum_opts){0}),
                      shape);
}

// (T, S): where a key is not behind the query, the diagonal beginning at the top left.
static gd_tensor causal_mask(gd_tensor scores)
{
    const int64_t queries = gd_tensor_dim(scores, -2), keys = gd_tensor_dim(scores, -1);
    gd_array mask;
    if (queries < 0 || keys < 0)
        return gd_less_equal(places(scores, keys, GD_SHAPE(1, keys)), places(scores, queries, GD_SHAPE(queries, 1)));
    if (gd_array_create(&mask, GD_BOOL, GD_SHAPE(queries, keys)) != GD_OK)
        return gd_graph_fail(scores.graph, GD_ERROR_MEMORY, "out of memory for a causal mask");
    for (int64_t q = 0; q < queries; q++)
        for (int64_t k = 0; k < keys; k++)
            gd_array_put(&mask, q * keys + k, k <= q);
    const gd_tensor constant = gd_constant(scores.graph, &mask);
    gd_array_free(&mask);
    return constant;
}

gd_tensor gd__attend_in_steps(gd_tensor query, gd_tensor key, gd_tensor value, const gd__steps_opts *o)
{
    gd_tensor scores = gd_matmul(gd_scale(query, o->scale), key, (gd_matmul_opts){.transpose_b = true});
    const gd_tensor low = gd_scalar_like(scores, excluded), zero = gd_scalar_like(scores, 0);
    if (o->bias.graph != NULL)
        scores = gd_add(scores, o->bias);
    const gd_tensor seen = o->causal ? causal_mask(scores) : GD_NO_TENSOR;
    if (o->causal)
        scores = gd_where(seen, scores, low);
    if (o->visible.graph != NULL)
        scores = gd_where(o->visible, scores, low);
    gd_tensor weights = gd_softmax(scores, -1); // (…, T, S)
    if (o->visible.graph != NULL) {             // a query that sees no key has no weights
        weights = gd_where(o->visible, weights, zero);
        weights = o->causal ? gd_where(seen, weights, zero) : weights;
    }
    if (o->weights != NULL)
        *o->weights = weights;
    if (o->dropout > 0)
        weights = gd_dropout(weights, o->dropout);
    return gd_matmul(weights, value);
}

// (N, T, heads D) to (N, heads, T, D)
static gd_tensor in_heads(gd_tensor x, int64_t heads)
{
    const gd_shape s = gd_tensor_shape(x);
    return gd_transpose(gd_reshape(x, GD_SHAPE(s.dim[0], s.dim[1], heads, s.dim[2] / heads)), GD_AXES(0, 2, 1, 3));
}

static gd_tensor attend_in_steps(const gd_tensor part[3], const gd__attend_opts *o)
{
    gd_tensor head[3];
    for (int i = 0; i < 3; i++)
        head[i] = in_heads(part[i], o->heads);
    gd__steps_opts steps = {.scale = 1 / sqrt((double)gd_tensor_dim(head[0], -1)),
                            .causal = o->causal,
                            .bias = o->bias,
                            .dropout = o->dropout,
                            .weights = o->weights};
    if (o->key_mask.graph != NULL) {
        const gd_tensor counts = gd_expand_axis(gd_expand_axis(o->key_mask, 1), 1);
        steps.visible = gd_tensor_type(counts) == GD_BOOL ? counts : gd_not_equal(counts, gd_scalar_like(counts, 0));
    }
    const gd_tensor y = gd__attend_in_steps(head[0], head[1], head[2], &steps); // (N, heads, T, D)
    const gd_shape s = gd_tensor_shape(y);
    return gd_reshape(gd_transpose(y, GD_AXES(0, 2, 1, 3)), GD_SHAPE(s.dim[0], s.dim[2], s.dim[1] * s.dim[3]));
}

void gd__attend_by_lengths(const gd_layer_call *call, int count, gd_tensor *input, gd_tensor *key_mask)
{
    for (int i = 0; i < count; i++) {
        const gd_tensor lengths = call->lengths == NULL ? GD_NO_TENSOR : call->lengths[i];
        input[i] = lengths.graph == NULL ? call->input[i] : gd__clear_padding(call->input[i], lengths, 1);
    }
    const int keys = count > 1 ? 1 : 0;
    if (call->lengths == NULL || call->lengths[keys].graph == NULL || key_mask->graph != NULL)
        return;
    const gd_tensor x = input[keys], length = gd_cast(call->lengths[keys], gd_tensor_type(x));
    const gd_tensor real = gd__within(gd_maximum(length, gd_scalar_like(x, 1)), x, 1); // (N, S, 1)
    *key_mask = gd_cast(gd_squeeze(real, 2), gd_tensor_type(x));
}

// ---- Generating: one place at a time

gd_tensor gd__count_places(const gd__layer *layer)
{
    const gd_tensor position = gd__layer_carried(layer, "position", GD_SHAPE(1));
    gd__graph_carry(position, gd_shift(position, 1));
    return position;
}

// Writes x (N, 1, E) at the place of the cache <name>.<slot> (N, places, E) where `here` (1, places, 1) is true, and
// returns the whole cache.
static gd_tensor remember(const gd__layer *layer, const char *slot, gd_tensor x, gd_tensor here)
{
    const gd_shape s = gd_tensor_shape(x);
    const gd_tensor cache = gd__layer_carried(layer, slot, GD_SHAPE(s.dim[0], gd_tensor_dim(here, 1), s.dim[2]));
    const gd_tensor all = gd_where(here, x, cache);
    gd__graph_carry(cache, all);
    return all;
}

// Queries and keys turned by their places, from `first` on where there is one.
static void turn(gd_tensor part[3], const gd__attend_opts *o, gd_tensor first)
{
    const bool packed = part[1].graph == NULL;
    const int64_t features = gd_tensor_dim(part[0], 2) / (packed ? 3 : 1);
    gd_rotary_opts opts = {.base = o->rotary, .features = packed ? 2 * features : 0, .first = first};
    for (int i = 0; i < (packed ? 1 : 2); i++)
        part[i] = gd_rotary(part[i], features / o->heads, opts);
}

// The keys and values become those of all places so far, or of the last ones where there are more than the cache has.
static bool use_cache(const gd__layer *layer, gd_tensor part[3], gd__attend_opts *o)
{
    const gd_shape s = gd_tensor_shape(part[0]);
    char text[GD_SHAPE_TEXT];
    if (s.dim[0] < 1 || s.dim[1] != 1 || gd_tensor_dim(part[1], 1) != 1 || !o->causal || o->key_mask.graph != NULL ||
        o->bias.graph != NULL) {
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                      "x is %s: with a cache, expected causal attention of (N, 1, features) to itself with a known "
                      "number of sequences N, and neither mask nor bias",
                      gd_shape_text(s, text));
        return false;
    }
    const gd_tensor position = gd__count_places(layer),
                    ones = gd_broadcast_to(gd_scalar_like(position, 1), GD_SHAPE(o->cache));
    if (o->rotary > 0)
        turn(part, o, position);
    const gd_tensor place = gd_shift(gd_cumsum(ones, 0, (gd_cumsum_opts){0}), -1); // 0, 1, 2 …
    const gd_tensor rounds =
        gd_scale(gd_floor(gd_scale(gd_shift(position, 0.5), 1 / (double)o->cache)), (double)o->cache);
    const gd_tensor here = gd_reshape(gd_equal(place, gd_sub(position, rounds)), GD_SHAPE(1, o->cache, 1));
    part[1] = remember(layer, "keys", part[1], here);
    part[2] = remember(layer, "values", part[2], here);
    const gd_tensor filled = gd_less_equal(place, position); // those behind are empty yet
    o->key_mask = gd_broadcast_to(gd_cast(filled, layer->type), GD_SHAPE(s.dim[0], o->cache));
    o->causal = false;
    return true;
}

// ---- Both

// Lengths (N) as a mask (N, S): of the keys as many count, from the first one on.
static gd_tensor mask_of_lengths(gd_tensor lengths, gd_tensor keys)
{
    const int64_t count = gd_tensor_dim(keys, 1);
    const gd_tensor given = gd_expand_axis(gd_cast(lengths, gd_tensor_type(keys)), 1);
    return gd_less_equal(places(keys, count, GD_SHAPE(1, count)), given);
}

gd_tensor gd__attend(const gd__layer *layer, const gd_tensor given[3], const gd__attend_opts *opts)
{
    gd__attend_opts o = *opts;
    gd_tensor part[3] = {given[0], given[1], given[2]};
    const bool in_steps = o.bias.graph != NULL || o.dropout > 0, packed = given[1].graph == NULL;
    if (o.key_mask.graph != NULL && gd_tensor_rank(o.key_mask) == 1)
        o.key_mask = mask_of_lengths(o.key_mask, packed ? part[0] : part[1]);
    if (o.rotary > 0 && o.cache == 0)
        turn(part, &o, GD_NO_TENSOR);
    const gd_tensor whole = part[0];
    if (packed && (in_steps || o.cache > 0 || o.weights != NULL))
        gd_split(whole, 2, 3, NULL, part);
    if (o.cache > 0 && !use_cache(layer, part, &o))
        return gd__poison(layer->graph);
    if (in_steps)
        return attend_in_steps(part, &o);
    if (o.weights != NULL) // on their own: what nobody reads is not computed
        attend_in_steps(part, &o);
    const gd_attend_opts product = {.heads = o.heads, .causal = o.causal, .key_mask = o.key_mask};
    if (packed && o.cache == 0)
        return gd_attend(whole, GD_NO_TENSOR, GD_NO_TENSOR, product);
    return gd_attend(part[0], part[1], part[2], product);
}

// ---- The layer without projections

typedef struct attend_options {
    int64_t heads, cache;
    bool causal;
    double dropout, rotary;
} attend_options;

static gd_tensor write_attend(const gd__layer *layer, const gd_layer_call *call, const attend_options *o)
{
    gd_tensor x = call->input[0];
    const gd_shape s = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    if (s.rank != 3 || (s.dim[1] < 1 && !gd__dimension_has_time(s.dim[1])) || s.dim[2] < 1 ||
        s.dim[2] % (3 * o->heads) != 0)
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                             "x is %s, expected (N, T, features), as many as 3 times the %lld heads divide",
                             gd_shape_text(s, text), (long long)o->heads);
    gd_tensor weights = GD_NO_TENSOR, key_mask = call->input_count > 1 ? call->input[1] : GD_NO_TENSOR;
    gd__attend_by_lengths(call, 1, &x, &key_mask);
    const gd__attend_opts opts = {.heads = o->heads,
                                  .causal = o->causal,
                                  .key_mask = key_mask,
                                  .dropout = o->dropout,
                                  .cache = o->cache,
                                  .rotary = o->rotary,
                                  .weights = &weights};
    const gd_tensor y = gd__attend(layer, (const gd_tensor[3]){x}, &opts);
    if (call->put_out != NULL && weights.graph != NULL)
        call->put_out(call, "weights", weights); // (N, heads, T, T)
    return y;
}

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, call->input[0], "attend", "attend", call->name))
        return gd__no_result(call->input[0]);
    return gd__layer_end(&layer, write_attend(&layer, call, call->options));
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(attend_options, "heads", heads, 1, 1e6, "1", "parts of the features that attend on their own",
                       .aliases = "num_heads|n_heads|nhead|n_head|head_count"),
    GD__FLAG_OPTION(attend_options, "causal", causal, "false", "a place sees none behind it"),
    GD__RATE_OPTION(attend_options, "dropout", dropout, "0", "the part of the weights that is zeroed in training"),
    GD__NUMBER_OPTION(attend_options, "rotary", rotary, 0, 1e9, "0",
                      "not 0: the base of rotary positions, 10000 as a rule", .aliases = "rope|rope_theta"),
    GD__INTEGER_OPTION(attend_options, "cache", cache, 0, 1e8, "0",
                       "not 0: for one place at a time, the most places whose keys and values are kept"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_attend = {
    .record = {.name = "attend",
               .doc = "attention without projections: (time, 3 features) are queries, keys and values side by side; a "
                      "second input (batch, time) is 1 for keys that count, else 0, or (batch) says how many do",
               .options = options,
               .short_option = "heads",
               .list_option = "from",
               .source = "Vaswani et al. 2017",
               .options_size = sizeof(attend_options)},
    .flags = GD_LAYER_LENGTHS,
    .min_inputs = 1,
    .max_inputs = 2,
    .write = write_record,
    .view = gd__view_nothing,
};
