#include "cpu/own_convolution.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "cpu/direct.h"

// ---- Steps

typedef struct convolution_state {
    gd__direct direct;
    gd__direct_weights gradient; // of weights
    bool has_bias, has_addend, relu;
} convolution_state;

static void free_state(void *pointer)
{
    convolution_state *state = pointer;
    if (state == NULL)
        return;
    gd__direct_weights_free(&state->gradient);
    gd__direct_free(&state->direct);
    gd__free(state);
}

static gd_status run_weights(const gd__step *step, void *const *buffer)
{
    const convolution_state *state = step->state;
    gd__direct_pack(&state->direct, buffer[step->input[0]], state->has_bias ? buffer[step->input[1]] : NULL,
                    buffer[step->output[0]]);
    return GD_OK;
}

static gd_status run_convolution(const gd__step *step, void *const *buffer)
{
    const convolution_state *state = step->state;
    const gd__direct_call call = {.source = buffer[step->input[0]],
                                  .packed = buffer[step->input[1]],
                                  .addend = state->has_addend ? buffer[step->input[2]] : NULL,
                                  .result = buffer[step->output[0]],
                                  .memory = buffer[step->output[1]],
                                  .relu = state->relu};
    gd__direct_run(&state->direct, &call);
    return GD_OK;
}

static gd_status run_gradient(const gd__step *step, void *const *buffer)
{
    const convolution_state *state = step->state;
    gd__direct_weights_run(&state->gradient, buffer[step->input[0]], buffer[step->input[1]], buffer[step->output[0]],
                           state->has_bias ? buffer[step->output[2]] : NULL, buffer[step->output[1]]);
    return GD_OK;
}

// ---- Planning

// What the three have in common: the form in which x and y of the forward op lie.
typedef struct job {
    gd__planner *planner;
    int32_t index;
    const gd__node *node;
    gd_shape x_shape, y_shape;
    gd__layout x, y;
    double flops;
} job;

static bool takes(gd_type type)
{
    return type == GD_F32 || type == GD_BF16;
}

static job make_job(gd__planner *planner, int32_t index, gd_shape x, gd_shape y)
{
    job j = {
        .planner = planner, .index = index, .node = &planner->plan->graph->node[index], .x_shape = x, .y_shape = y};
    const gd__convolution_attributes *a = j.node->attributes;
    j.x = gd__pictures_layout(x, gd__pictures_block(x));
    j.y = gd__pictures_layout(y, gd__pictures_block(y));
    const int64_t products = x.dim[1] / a->groups * a->window.kernel[0] * a->window.kernel[1]; // for one number of y
    j.flops = 2.0 * (double)gd_shape_count(y) * (double)products;
    return j;
}

static convolution_state *make_state(const job *j, bool backward)
{
    convolution_state *state = gd__alloc_zeroed(1, sizeof *state);
    const gd__direct_kernel *kernel[GD__DIRECT_KERNELS];
    gd__direct_kernels(kernel);
    gd__pictures x, y;
    const bool known = gd__pictures_of(&j->x, &x) && gd__pictures_of(&j->y, &y);
    if (state != NULL && known && gd__direct_make(&state->direct, kernel[0], j->node->attributes, x, y, backward))
        return state;
    gd__free(state);
    gd__fail_memory("a convolution");
    return NULL;
}

static size_t bytes_of(int64_t numbers)
{
    return (size_t)(numbers > 0 ? numbers : 1) * sizeof(float);
}

// The buffer of packed weights, which a step of its own makes: in an inference plan it runs when they have changed.
static int pack_weights(const job *j, bool backward, gd__ref weights, gd__ref bias)
{
    convolution_state *state = make_state(j, backward);
    if (state == NULL)
        return -1;
    state->has_bias = bias.node >= 0;
    const gd__layout plain = gd__layout_plain(gd__info_at(j->planner->plan->graph, weights)->shape);
    int input[2] = {gd__want_single(j->planner, weights, &plain)};
    if (state->has_bias) {
        const gd__layout row = gd__layout_plain(gd__info_at(j->planner->plan->graph, bias)->shape);
        input[1] = gd__want_single(j->planner, bias, &row);
    }
    const int packed = gd__planner_scratch(j->planner, bytes_of(state->direct.weight_count));
    const gd__step step = {
        .name = "convolution_weights", .node = j->index, .run = run_weights, .state = state, .free_state = free_state};
    return gd__planner_add(j->planner, step, state->has_bias ? 2 : 1, input, 1, &packed) == GD_OK ? packed : -1;
}

static const gd__ref none = {-1, 0};

// The source (x, or backward dy), weights, bias and addend (node -1 where there is none), and the result.
typedef struct operands {
    gd__ref source, weights, bias, addend, result;
    bool relu;
} operands;

static gd_status emit(const job *j, bool backward, const operands *o)
{
    const int packed = pack_weights(j, backward, o->weights, o->bias);
    convolution_state *state = packed >= 0 ? make_state(j, backward) : NULL;
    if (state == NULL)
        return GD_ERROR_MEMORY;
    state->relu = o->relu;
    state->has_addend = o->addend.node >= 0;
    int input[3] = {gd__want_single(j->planner, o->source, backward ? &j->y : &j->x), packed};
    if (state->has_addend)
        input[2] = gd__want_single(j->planner, o->addend, &j->y);
    const gd__single result = gd__give_single(j->planner, o->result, backward ? &j->x : &j->y);
    const int output[2] = {result.buffer, gd__planner_scratch(j->planner, bytes_of(gd__direct_memory(&state->direct)))};
    const bool is_single = result.buffer == result.target;
    const gd__step step = {.name = j->node->op->name,
                           .node = j->index,
                           .run = run_convolution,
                           .state = state,
                           .free_state = free_state,
                           .takes_over = state->has_addend && is_single ? 3 : 0,
                           .flops = j->flops};
    const gd_status status = gd__planner_add(j->planner, step, state->has_addend ? 3 : 2, input, 2, output);
    return status == GD_OK ? gd__finish_single(j->planner, &result) : status;
}

gd_status gd__own_convolution(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]);
    if (!takes(x->type))
        return GD_ERROR_UNSUPPORTED;
    const job j = make_job(planner, index, x->shape, node->output[0].shape);
    const int32_t relu = gd__planner_combined(planner, index, "relu"),
                  add = gd__planner_combined(planner, index, "add");
    operands o = {.source = node->input[0],
                  .weights = node->input[1],
                  .bias = node->input_count > 2 ? node->input[2] : none,
                  .addend = none,
                  .result = {relu >= 0 ? relu : (add >= 0 ? add : index), 0},
                  .relu = relu >= 0};
    if (add >= 0) {
        const gd__node *sum = &graph->node[add];
        o.addend = sum->input[sum->input[0].node == index ? 1 : 0];
    }
    return emit(&j, false, &o);
}

gd_status gd__own_convolution_backward_data(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *dy = gd__info_at(graph, node->input[0]);
    if (!takes(dy->type))
        return GD_ERROR_UNSUPPORTED;
    const job j = make_job(planner, index, node->output[0].shape, dy->shape);
    const operands o = {
        .source = node->input[0], .weights = node->input[1], .bias = none, .addend = none, .result = {index, 0}};
    return emit(&j, true, &o);
}

gd_status gd__own_convolution_backward_weights(gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    const gd_info *x = gd__info_at(graph, node->input[0]), *dy = gd__info_at(graph, node->input[1]);
    if (!takes(x->type))
        return GD_ERROR_UNSUPPORTED;
    const job j = make_job(planner, index, x->shape, dy->shape);
    convolution_state *state = make_state(&j, false);
    if (state == NULL || !gd__direct_weights_make(&state->gradient, &state->direct)) {
        free_state(state);
        return gd__fail_memory("a convolution");
    }
    state->has_bias = gd__planner_is_read(planner, (gd__ref){index, 1});
    const int input[2] = {gd__want_single(planner, node->input[0], &j.x),
                          gd__want_single(planner, node->input[1], &j.y)};
    const gd__layout w = gd__layout_plain(node->output[0].shape), b = gd__layout_plain(node->output[1].shape);
    const gd__single dw = gd__give_single(planner, (gd__ref){index, 0}, &w);
    gd__single db = {{index, 1}, -1, -1};
    int output[3] = {dw.buffer, gd__planner_scratch(planner, bytes_of(gd__direct_weights_memory(&state->gradient)))};
    if (state->has_bias) {
        db = gd__give_single(planner, db.ref, &b);
        output[2] = db.buffer;
    }
    const gd__step step = {.name = node->op->name,
                           .node = index,
                           .run = run_gradient,
                           .state = state,
                           .free_state = free_state,
                           .flops = j.flops};
    gd_status status = gd__planner_add(planner, step, 2, input, state->has_bias ? 3 : 2, output);
    if (status == GD_OK)
        status = gd__finish_single(planner, &dw);
    return status == GD_OK ? gd__finish_single(planner, &db) : status;
}
