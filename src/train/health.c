// Measuring what the layers of a network put out, and what comes back to them.
#include "train/health.h"

#include <gradus/ops.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "op/table.h"
#include "train/bind.h"
#include "train/evaluate.h"
#include "train/snapshot.h"

enum { DEFAULT_BATCH = 256 };
// Where the slope of tanh, 1 - tanh^2, is 6% of the largest; and of sigmoid(z) = (1 + tanh(z / 2)) / 2.
#define TANH_END 0.97

// What is computed for each watched tensor, as single numbers of f64.
enum { MEAN, SQUARES, ZEROS, SATURATED, DEAD, GRADIENT, NUMBERS };

typedef struct checking {
    gd_graph *graph;
    gd_tensor loss;
    int count;
    const gd_watched *watched;
    int parameter_count;
    gd_tensor *parameter;
    int *owner; // by parameter: the watched tensor, or -1
    int output_count;
    gd_tensor *output; // the loss, NUMBERS for each watched tensor, the gradient of each parameter
    gd_array *result;
} checking;

static void checking_free(checking *c)
{
    for (int i = 0; c->result != NULL && i < c->output_count; i++)
        gd_array_free(&c->result[i]);
    gd__free(c->parameter);
    gd__free(c->owner);
    gd__free(c->output);
    gd__free(c->result);
}

// ---- Which weights belong to a layer

// Walks from the watched tensor to what it is made of, without passing another watched one, and takes what is on its
// way and belongs to nobody yet.
static void claim(checking *c, int watched, bool *stop, bool *seen)
{
    const gd_graph *graph = c->graph;
    int last = c->watched[watched].value.node;
    memset(seen, 0, (size_t)graph->node_count);
    seen[last] = true;
    for (int i = last; i >= 0; i--) {
        const gd__node *node = gd__node_at(graph, i);
        if (!seen[i] || (stop[i] && i != last))
            continue;
        for (int j = 0; j < node->input_count; j++)
            seen[node->input[j].node] = true;
    }
    for (int i = 0; i < c->parameter_count; i++)
        if (c->owner[i] < 0 && seen[c->parameter[i].node])
            c->owner[i] = watched;
}

static gd_status find_owners(checking *c)
{
    bool *stop = gd__alloc_zeroed((size_t)c->graph->node_count, sizeof *stop);
    bool *seen = gd__alloc_zeroed((size_t)c->graph->node_count, sizeof *seen);
    gd_status status = stop != NULL && seen != NULL ? GD_OK : gd__fail_memory("a check of health");
    for (int i = 0; i < c->count && status == GD_OK; i++)
        stop[c->watched[i].value.node] = true;
    for (int i = 0; i < c->count && status == GD_OK; i++)
        claim(c, i, stop, seen);
    gd__free(stop);
    gd__free(seen);
    return status;
}

// ---- What is computed

static const gd_op *op_of(gd_tensor value)
{
    return gd__node_at(value.graph, value.node)->op;
}

// The axis of units: channels of maps stand in axis 1. What has three axes is (N, C, L) after a convolution, and
// (N, T, units) after a dense or recurrent layer.
static int unit_axis(gd_tensor value)
{
    int rank = gd_tensor_rank(value);
    const gd__node *node = gd__node_at(value.graph, value.node);
    while (rank == 3 && node->input_count > 0 && node->op != &gd__op_convolution)
        node = gd__node_at(value.graph, node->input[0].node);
    return rank == 3 && node->input_count == 0 ? 2 : 1;
}

static gd_tensor share(gd_tensor condition)
{
    return gd_mean(gd_cast(condition, GD_F64), (gd_reduce_opts){0});
}

// How many units are 0 in all places.
static gd_tensor count_dead(gd_tensor value)
{
    gd_reduce_opts all_but = {0};
    for (int i = 0, axis = unit_axis(value); i < gd_tensor_rank(value); i++)
        if (i != axis)
            all_but.axes.axis[all_but.axes.count++] = i;
    gd_tensor largest = gd_max(value, all_but);
    return gd_sum(gd_cast(gd_less_equal(largest, gd_scalar_like(largest, 0)), GD_F64), (gd_reduce_opts){0});
}

static gd_tensor measure_saturated(gd_tensor x, bool is_sigmoid)
{
    gd_tensor size = gd_abs(is_sigmoid ? gd_shift(gd_scale(x, 2), -1) : x);
    return share(gd_greater(size, gd_scalar_like(size, TANH_END)));
}

static bool has_ends(gd_tensor value)
{
    return op_of(value) == &gd__op_sigmoid || op_of(value) == &gd__op_tanh;
}

static bool has_units(gd_tensor value)
{
    return op_of(value) == &gd__op_relu && gd_tensor_rank(value) >= 2;
}

// Sums are made in double precision: the square of a gradient that vanished is no f32.
static void write_numbers(gd_tensor value, gd_tensor gradient, gd_tensor *number)
{
    gd_tensor x = gd_cast(value, GD_F64), none = gd_scalar_like(x, 0);
    number[MEAN] = gd_mean(x, (gd_reduce_opts){0});
    number[SQUARES] = gd_mean(gd_square(gd_sub(x, number[MEAN])), (gd_reduce_opts){0});
    number[ZEROS] = share(gd_equal(x, none));
    number[SATURATED] = has_ends(value) ? measure_saturated(x, op_of(value) == &gd__op_sigmoid) : none;
    number[DEAD] = has_units(value) ? count_dead(value) : none;
    number[GRADIENT] = gd_sum(gd_square(gd_cast(gradient, GD_F64)), (gd_reduce_opts){0});
}

static gd_status collect_parameters(checking *c)
{
    int most = gd_variable_count(c->graph);
    c->parameter = gd__alloc_zeroed((size_t)most + 1, sizeof *c->parameter);
    c->owner = gd__alloc_zeroed((size_t)most + 1, sizeof *c->owner);
    if (c->parameter == NULL || c->owner == NULL)
        return gd__fail_memory("a check of health");
    for (int i = 0; i < most; i++) {
        gd_tensor variable = gd_variable_at(c->graph, i);
        if (!gd_variable_trainable(variable))
            continue;
        c->owner[c->parameter_count] = -1;
        c->parameter[c->parameter_count++] = variable;
    }
    return find_owners(c);
}

static gd_status write_graph(checking *c)
{
    gd_status status = collect_parameters(c);
    if (status != GD_OK)
        return status;
    int wanted = c->count + c->parameter_count;
    c->output_count = 1 + NUMBERS * c->count + c->parameter_count;
    c->output = gd__alloc_zeroed((size_t)c->output_count, sizeof *c->output);
    c->result = gd__alloc_zeroed((size_t)c->output_count, sizeof *c->result);
    gd_tensor *x = gd__alloc_zeroed(2 * (size_t)wanted, sizeof *x);
    if (c->output == NULL || c->result == NULL || x == NULL) {
        gd__free(x);
        return gd__fail_memory("a check of health");
    }
    for (int i = 0; i < wanted; i++)
        x[i] = i < c->count ? c->watched[i].value : c->parameter[i - c->count];
    gd_gradients(c->loss, wanted, x, x + wanted);
    c->output[0] = c->loss;
    for (int i = 0; i < c->count && gd_graph_status(c->graph) == GD_OK; i++)
        write_numbers(x[i], x[wanted + i], &c->output[1 + NUMBERS * i]);
    for (int i = 0; i < c->parameter_count; i++)
        c->output[1 + NUMBERS * c->count + i] = x[wanted + c->count + i];
    gd__free(x);
    status = gd_graph_status(c->graph);
    return status == GD_OK ? GD_OK : gd__fail(status, "%s", gd_graph_error(c->graph));
}

// ---- Computing

static gd_status run_batch(checking *c, gd_loader *loader, gd__binding *binding, gd_precision precision,
                           int64_t *samples)
{
    gd_batch batch = {0};
    gd_status status = gd_loader_next(loader, &batch);
    if (status != GD_OK)
        return status;
    gd__binding_feed(binding, &batch);
    *samples = batch.count;
    gd_function_opts opts = {.precision = precision, .training = true};
    gd_function *function = gd_function_create(c->graph, c->output_count, c->output, opts);
    if (function == NULL)
        return GD_ERROR_MEMORY; // the outputs are sound
    status = gd_function_run(function, binding->count, binding->feed, c->result);
    gd_function_free(function);
    return status;
}

// A run in training moves batch norm's statistics and draws random numbers; all of it is put back.
static gd_status run(checking *c, const gd_dataset *set, gd_health_opts opts, int64_t *samples)
{
    gd_loader *loader = NULL;
    gd__binding binding = {0};
    gd__snapshot before = {0};
    gd_loader_opts loading = {.batch = opts.batch > 0 ? opts.batch : DEFAULT_BATCH,
                              .shuffle = true,
                              .seed = opts.seed,
                              .allow_short = true,
                              .no_prefetch = true};
    gd_status status = gd__bind(set, 1, &c->loss, 0, NULL, &binding);
    if (status == GD_OK)
        status = gd_loader_create(set, loading, &loader);
    if (status == GD_OK)
        status = gd__snapshot_take(&before, c->graph);
    if (status == GD_OK) {
        status = run_batch(c, loader, &binding, opts.precision, samples);
        gd_status restored = gd__snapshot_restore(&before);
        status = status == GD_OK ? restored : status;
    }
    gd__snapshot_free(&before);
    gd_loader_free(loader);
    gd__binding_free(&binding);
    return status;
}

// ---- Weights

// True when all slices along an axis of rank-2 rows (outer, middle, inner) are the same.
static bool same_slices(const gd_array *array, int axis)
{
    int64_t outer = 1, inner = 1, middle = array->shape.dim[axis];
    for (int i = 0; i < axis; i++)
        outer *= array->shape.dim[i];
    for (int i = axis + 1; i < array->shape.rank; i++)
        inner *= array->shape.dim[i];
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 1; j < middle; j++)
            for (int64_t k = 0; k < inner; k++) {
                double first = gd_array_get(array, i * middle * inner + k);
                double other = gd_array_get(array, (i * middle + j) * inner + k);
                if (fabs(first - other) > 1e-6 * (fabs(first) + fabs(other)))
                    return false;
            }
    return middle > 1;
}

// Weights are [out, in, ...], and [in, out] where somebody wrote x W.
static bool is_symmetric(const gd_array *weight, const gd_array *gradient)
{
    for (int axis = 0; axis < 2 && axis < weight->shape.rank && weight->shape.rank >= 2; axis++)
        if (same_slices(weight, axis) && same_slices(gradient, axis))
            return true;
    return false;
}

// 0: not known.
static double first_step(const gd_rule *rule, const gd_array *gradient)
{
    double sum = 0;
    const gd_rule_kind *kind = gd_rule_stepper(rule);
    if (kind == NULL || kind->step_size == GD_STEP_UNKNOWN)
        return 0;
    for (int64_t i = 0; i < gd_array_count(gradient); i++) {
        double g = gd_array_get(gradient, i);
        sum += kind->step_size == GD_STEP_LIKE_RATE ? (double)(g != 0) : g * g;
    }
    return rule->learning_rate * sqrt(sum);
}

static double square_of_norm(const gd_array *array)
{
    double sum = 0;
    for (int64_t i = 0; i < gd_array_count(array); i++)
        sum += gd_array_get(array, i) * gd_array_get(array, i);
    return sum;
}

// Sums squares into the layer's fields for now.
static gd_status add_weight(const checking *c, int index, const gd_rule *rule, gd_layer_health *layer)
{
    const gd_array *gradient = &c->result[1 + NUMBERS * c->count + index];
    gd_array weight = {0};
    gd_status status = gd_variable_get(c->parameter[index], &weight);
    if (status != GD_OK)
        return status;
    double step = first_step(rule, gradient);
    layer->weight += square_of_norm(&weight);
    layer->weight_gradient += square_of_norm(gradient);
    layer->step += step * step;
    layer->symmetric = layer->symmetric || is_symmetric(&weight, gradient);
    gd_array_free(&weight);
    return GD_OK;
}

static gd_status add_weights(const checking *c, int watched, const gd_rule *rule, gd_layer_health *layer)
{
    bool has_matrix = false;
    for (int i = 0; i < c->parameter_count; i++)
        has_matrix = has_matrix || (c->owner[i] == watched && gd_tensor_rank(c->parameter[i]) >= 2);
    gd_status status = GD_OK;
    for (int i = 0; i < c->parameter_count && status == GD_OK; i++)
        if (c->owner[i] == watched && (!has_matrix || gd_tensor_rank(c->parameter[i]) >= 2))
            status = add_weight(c, i, rule, layer);
    layer->weight = sqrt(layer->weight);
    layer->weight_gradient = sqrt(layer->weight_gradient);
    layer->step = layer->weight > 0 ? sqrt(layer->step) / layer->weight : 0;
    return status;
}

// ---- The whole

static gd_status fill_layer(const checking *c, int watched, const gd_rule *rule, gd_layer_health *layer)
{
    const gd_array *number = &c->result[1 + NUMBERS * watched];
    gd_tensor value = c->watched[watched].value;
    *layer = (gd_layer_health){.name = gd__copy_text(c->watched[watched].name),
                               .mean = gd_array_get(&number[MEAN], 0),
                               .deviation = sqrt(gd_array_get(&number[SQUARES], 0)),
                               .zeros = gd_array_get(&number[ZEROS], 0),
                               .has_ends = has_ends(value),
                               .saturated = gd_array_get(&number[SATURATED], 0),
                               .units = has_units(value) ? gd_tensor_dim(value, unit_axis(value)) : 0,
                               .dead = (int64_t)gd_array_get(&number[DEAD], 0),
                               .gradient = sqrt(gd_array_get(&number[GRADIENT], 0))};
    if (layer->name == NULL)
        return gd__fail_memory("a check of health");
    return add_weights(c, watched, rule, layer);
}

static gd_status check_watched(gd_tensor loss, int count, const gd_watched *watched)
{
    if (!gd_tensor_ok(loss))
        return gd__fail(GD_ERROR_ARGUMENT, "%s",
                        loss.graph != NULL && gd_graph_error(loss.graph) != NULL ? gd_graph_error(loss.graph)
                                                                                 : "the loss is no tensor");
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "no layer was given to look at");
    for (int i = 0; i < count; i++) {
        if (watched[i].name == NULL || !gd_tensor_ok(watched[i].value) || watched[i].value.graph != loss.graph)
            return gd__fail(GD_ERROR_ARGUMENT, "layer %d to look at is no tensor with a name of the loss' graph", i);
        if (!gd_type_is_float(gd_tensor_type(watched[i].value)))
            return gd__fail(GD_ERROR_ARGUMENT, "'%s' is %s, which has no gradient", watched[i].name,
                            gd_type_name(gd_tensor_type(watched[i].value)));
    }
    return GD_OK;
}

gd_status gd_check_health(gd_tensor loss, const gd_dataset *set, int count, const gd_watched *watched,
                          gd_health_opts opts, gd_health *health)
{
    if (count > 0)
        GD__NEEDS(watched, GD_ERROR_ARGUMENT);
    GD__NEEDS(health, GD_ERROR_ARGUMENT);
    *health = (gd_health){0};
    gd_status status = check_watched(loss, count, watched);
    if (status == GD_OK && set == NULL)
        status = gd__fail(GD_ERROR_ARGUMENT, "there is no data set to look at a network with");
    if (status == GD_OK && opts.batch < 0)
        status = gd__fail(GD_ERROR_ARGUMENT, "the batch is %lld samples; expected at least 1", (long long)opts.batch);
    if (status == GD_OK)
        status = gd__check_precision(opts.precision);
    if (status != GD_OK)
        return status;
    checking c = {.graph = loss.graph, .loss = loss, .count = count, .watched = watched};
    health->layer = gd__alloc_zeroed((size_t)count, sizeof *health->layer);
    status = health->layer != NULL ? write_graph(&c) : gd__fail_memory("a check of health");
    if (status == GD_OK)
        status = run(&c, set, opts, &health->samples);
    if (status == GD_OK)
        health->loss = gd_array_get(&c.result[0], 0);
    for (int i = 0; i < count && status == GD_OK; i++) {
        health->layer_count = i + 1;
        status = fill_layer(&c, i, &opts.rule, &health->layer[i]);
    }
    checking_free(&c);
    return status == GD_OK ? gd__health_judge(health) : status;
}

void gd_health_free(gd_health *health)
{
    GD__NEEDS(health);
    for (int i = 0; i < health->layer_count; i++)
        gd__free((void *)(uintptr_t)health->layer[i].name);
    for (int i = 0; i < health->finding_count; i++)
        gd__free(health->finding[i].text);
    gd__free(health->layer);
    gd__free(health->finding);
    *health = (gd_health){0};
}
