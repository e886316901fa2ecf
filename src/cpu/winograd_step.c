// Winograd's way of convolving (cpu/winograd.h), as steps.
#include "cpu/winograd.h"

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "cpu/choose.h"
#include "cpu/convolution_job.h"
#include "cpu/pictures.h"
#include "cpu/processor.h"

// ---- A step

typedef struct winograd_state {
    gd__winograd shape;
    bool has_bias, relu;
    gd__winograd_weights form;
    int64_t *offsets; // of `form`
} winograd_state;

static void free_state(void *pointer)
{
    winograd_state *state = pointer;
    if (state == NULL)
        return;
    gd__free(state->offsets);
    gd__free(state);
}

// The offsets of weights (out, in, kernel, kernel) in this layout; `backward` reads them from output to input.
static bool find_offsets(winograd_state *state, const gd__layout *layout, bool backward)
{
    const gd__winograd *w = &state->shape;
    const int64_t places = (int64_t)w->kernel * w->kernel;
    const int in_axis = backward ? 0 : 1, out_axis = backward ? 1 : 0;
    state->offsets = gd__alloc((size_t)(w->in + w->out + places) * sizeof *state->offsets);
    if (state->offsets == NULL)
        return false;
    int64_t *in = state->offsets, *out = in + w->in, *place = out + w->out;
    for (int64_t i = 0; i < w->in; i++)
        in[i] = gd__layout_offset(layout, in_axis, i);
    for (int64_t i = 0; i < w->out; i++)
        out[i] = gd__layout_offset(layout, out_axis, i);
    for (int64_t i = 0; i < places; i++)
        place[i] = gd__layout_offset(layout, 2, i / w->kernel) + gd__layout_offset(layout, 3, i % w->kernel);
    state->form = (gd__winograd_weights){in, out, place, backward};
    return true;
}

// A state for these weights; NULL, with an error, when it cannot be made.
static winograd_state *make_state(const gd__winograd *shape, const gd__layout *weights, bool backward, bool of_weights)
{
    winograd_state *state = gd__alloc_zeroed(1, sizeof *state);
    if (state != NULL) {
        state->shape = *shape;
        state->shape.of_weights = of_weights;
    }
    if (state != NULL && gd__winograd_plan(&state->shape) && find_offsets(state, weights, backward))
        return state;
    gd__fail_memory("a convolution");
    free_state(state);
    return NULL;
}

// How many numbers the transformed weights are, of one share of the channels.
static size_t u_size(const gd__winograd *w)
{
    return (size_t)w->points * (size_t)w->points * (size_t)w->u_pitch;
}

// Working memory, in numbers: the tiles of x, those of y, the transformed weights or their gradient, and what the
// products want.
typedef struct working {
    size_t in, out, u, products, all;
} working;

static working working_of(const gd__winograd *w)
{
    const size_t places = (size_t)w->points * (size_t)w->points;
    const size_t forward = gd__gemm_memory(&w->product), of_weights = gd__gemm_memory(&w->weights_product);
    working size = {.in = places * (size_t)w->in_pitch,
                    .out = places * (size_t)w->out_pitch,
                    .u = w->whole ? 0 : u_size(w),
                    .products = (forward > of_weights ? forward : of_weights) / sizeof(float)};
    size.all = size.in + size.out + size.u + size.products;
    return size;
}

// With weights that were transformed before (`ready`), or that are transformed here.
static void convolve(const winograd_state *state, const void *x, const void *weights, float *ready, const float *bias,
                     void *y, float *memory)
{
    const gd__winograd *w = &state->shape;
    const working size = working_of(w);
    float *v = memory, *m = v + size.in, *products = m + size.out,
          *u = ready != NULL ? ready : products + size.products;
    for (gd__winograd_share at = {0}; at.channel < w->out; at.channel += w->part) {
        if (ready == NULL)
            gd__winograd_filter(w, at, &state->form, weights, u);
        for (at.row = 0; at.row < w->pictures * w->down; at.row += w->rows) {
            gd__winograd_input(w, at, x, v);
            gd__gemm_run(&w->product, &(gd__gemm_data){.a = v, .b = u, .c = m}, products);
            gd__winograd_output(w, at, m, (gd__winograd_after){bias, state->relu}, y);
        }
    }
}

static void find_gradient(const winograd_state *state, const void *x, const void *dy, float *dw, float *db,
                          float *memory)
{
    const gd__winograd *w = &state->shape;
    const working size = working_of(w);
    float *v = memory, *d = v + size.in, *products = d + size.out, *du = products + size.products;
    gd__gemm product = w->weights_product;
    for (gd__winograd_share at = {0}; at.channel < w->out; at.channel += w->part) {
        for (at.row = 0; at.row < w->pictures * w->down; at.row += w->rows) {
            gd__winograd_input(w, at, x, v);
            gd__winograd_gradient(w, at, dy, d);
            product.adds = at.row > 0;
            gd__gemm_run(&product, &(gd__gemm_data){.a = v, .b = d, .c = du}, products);
        }
        gd__winograd_filter_gradient(w, at, &state->form, du, dw);
    }
    if (db != NULL)
        gd__winograd_bias_gradient(w, dy, db);
}

static gd_status run_weights(const gd__plan_step *step, void *const *buffer)
{
    const winograd_state *state = step->state;
    gd__winograd_filter(&state->shape, (gd__winograd_share){0}, &state->form, buffer[step->input[0]],
                        buffer[step->output[0]]);
    return GD_OK;
}

static gd_status run_convolution(const gd__plan_step *step, void *const *buffer)
{
    const winograd_state *state = step->state;
    void *weights = buffer[step->input[1]];
    convolve(state, buffer[step->input[0]], weights, state->shape.whole ? weights : NULL,
             state->has_bias ? buffer[step->input[2]] : NULL, buffer[step->output[0]], buffer[step->output[1]]);
    return GD_OK;
}

static gd_status run_backward_weights(const gd__plan_step *step, void *const *buffer)
{
    const winograd_state *state = step->state;
    find_gradient(state, buffer[step->input[0]], buffer[step->input[1]], buffer[step->output[0]],
                  state->has_bias ? buffer[step->output[2]] : NULL, buffer[step->output[1]]);
    return GD_OK;
}

// ---- Planning

// Pictures (N, C, H, W) with their channels in blocks.
static gd__layout pictures(const gd__planner *planner, gd__ref ref)
{
    return gd__pictures_layout(gd__info_at(planner->plan->graph, ref)->shape, gd__channel_block());
}

static int want_pictures(gd__planner *planner, gd__ref ref)
{
    const gd__layout layout = pictures(planner, ref);
    return gd__planner_want(planner, ref, &layout);
}

static int give_pictures(gd__planner *planner, gd__ref ref)
{
    const gd__layout layout = pictures(planner, ref);
    return gd__planner_give(planner, ref, &layout);
}

static gd__layout weights_layout(const gd__planner *planner, gd__ref weights)
{
    gd__layout plain = gd__layout_plain(gd__info_at(planner->plan->graph, weights)->shape);
    const gd__layout *known = gd__planner_layout(planner, weights); // not yet that of an input or a constant
    return known->rank == plain.rank ? *known : plain;
}

// The step that transforms the weights of an inference plan, which runs when they have changed. Returns the buffer
// that it makes, or -1.
static int prepare_weights(gd__planner *planner, int32_t node, const gd__winograd *shape, const gd__layout *layout,
                           int weights)
{
    winograd_state *state = make_state(shape, layout, false, false);
    if (state == NULL)
        return -1;
    int u = gd__planner_scratch(planner, u_size(&state->shape) * sizeof(float));
    gd__plan_step step = {
        .name = "winograd_weights", .node = node, .run = run_weights, .state = state, .free_state = free_state};
    return gd__planner_add(planner, step, 1, &weights, 1, &u) == GD_OK ? u : -1;
}

static gd_status emit_convolution(gd__planner *planner, const gd__convolution_job *j, const gd__winograd *shape)
{
    const bool backward = j->direction == GD__BACKWARD_DATA;
    const gd__layout layout = weights_layout(planner, j->w);
    winograd_state *state = make_state(shape, &layout, backward, false);
    if (state == NULL)
        return GD_ERROR_MEMORY;
    state->has_bias = j->b.node >= 0;
    state->relu = j->relu;
    int input[3] = {want_pictures(planner, backward ? j->y : j->x), gd__planner_want(planner, j->w, &layout)};
    if (shape->whole)
        input[1] = prepare_weights(planner, j->index, shape, &layout, input[1]);
    if (state->has_bias)
        input[2] = gd__planner_want(planner, j->b, NULL);
    const int output[2] = {give_pictures(planner, backward ? j->x : j->y),
                           gd__planner_scratch(planner, working_of(&state->shape).all * sizeof(float))};
    const gd__plan_step step = {.name = j->name,
                                .node = j->index,
                                .run = run_convolution,
                                .state = state,
                                .free_state = free_state,
                                .flops = j->flops};
    return gd__planner_add(planner, step, state->has_bias ? 3 : 2, input, 2, output);
}

static gd_status emit_gradient(gd__planner *planner, const gd__convolution_job *j, const gd__winograd *shape)
{
    const gd__layout layout = gd__layout_plain(gd__info_at(planner->plan->graph, j->w)->shape);
    winograd_state *state = make_state(shape, &layout, false, true);
    if (state == NULL)
        return GD_ERROR_MEMORY;
    state->has_bias = j->b.node >= 0;
    const int input[2] = {want_pictures(planner, j->x), want_pictures(planner, j->y)};
    int output[3] = {gd__planner_give(planner, j->w, NULL),
                     gd__planner_scratch(planner, working_of(&state->shape).all * sizeof(float))};
    if (state->has_bias)
        output[2] = gd__planner_give(planner, j->b, NULL);
    const gd__plan_step step = {.name = j->name,
                                .node = j->index,
                                .run = run_backward_weights,
                                .state = state,
                                .free_state = free_state,
                                .flops = j->flops};
    return gd__planner_add(planner, step, 2, input, state->has_bias ? 3 : 2, output);
}

// ---- Timing

// Runs once to warm up and once for the time, on memory of its own; what is in it does not matter.
static double time_state(const winograd_state *state, bool of_weights)
{
    const gd__winograd *w = &state->shape;
    const size_t x = (size_t)(w->pictures * w->in * w->height * w->width);
    const size_t y = (size_t)(w->pictures * w->out * w->out_height * w->out_width);
    const size_t weights = (size_t)(w->in * w->out) * (size_t)(w->kernel * w->kernel);
    const size_t u = w->whole ? u_size(w) : 0;
    const size_t all = working_of(w).all;
    float *memory = gd__alloc_zeroed(x + y + weights + u + all, sizeof *memory);
    if (memory == NULL)
        return -1;
    float *to_y = memory + x, *to_weights = to_y + y, *to_u = to_weights + weights, *rest = to_u + u;
    double start = 0;
    for (int i = 0; i < 2; i++) {
        start = gd_clock();
        if (of_weights)
            find_gradient(state, memory, to_y, to_weights, NULL, rest);
        else
            convolve(state, memory, to_weights, w->whole ? to_u : NULL, NULL, to_y, rest);
    }
    const double seconds = gd_clock() - start;
    gd__free(memory);
    return seconds;
}

// ---- The way

// The job as the algorithm sees it; false when it is none for it.
static bool shape_of(const gd__convolution_job *j, gd__winograd *w)
{
    const gd__window *window = &j->attributes->window;
    const int kernel = (int)window->kernel[0];
    if (j->exact || j->addend.node >= 0 || !gd__convolution_has_window(j, kernel))
        return false;
    const bool back = j->direction == GD__BACKWARD_DATA;
    const int64_t *x = back ? j->y_shape.dim : j->x_shape.dim, *y = back ? j->x_shape.dim : j->y_shape.dim;
    *w = (gd__winograd){.kernel = kernel,
                        .pictures = x[0],
                        .in = x[1],
                        .out = y[1],
                        .height = x[2],
                        .width = x[3],
                        .out_height = y[2],
                        .out_width = y[3],
                        .bf16 = j->type == GD_BF16,
                        .whole = j->inference,
                        .pad_top = back ? kernel - 1 - window->pad_begin[0] : window->pad_begin[0],
                        .pad_left = back ? kernel - 1 - window->pad_begin[1] : window->pad_begin[1]};
    return gd__winograd_plan(w);
}

static bool takes(const gd__convolution_job *j)
{
    gd__winograd shape;
    return gd__worth_choosing(j->flops) && shape_of(j, &shape);
}

static double time_job(const gd__convolution_job *j)
{
    gd__winograd shape;
    if (!shape_of(j, &shape))
        return -1;
    const gd__layout layout = gd__layout_plain_of(4, (int64_t[]){shape.out, shape.in, shape.kernel, shape.kernel});
    const bool of_weights = j->direction == GD__BACKWARD_WEIGHTS;
    winograd_state *state = make_state(&shape, &layout, false, of_weights);
    const double seconds = state != NULL ? time_state(state, of_weights) : -1;
    free_state(state);
    return seconds;
}

static gd_status emit(gd__planner *planner, const gd__convolution_job *j)
{
    gd__winograd shape;
    if (!shape_of(j, &shape))
        return gd__fail(GD_ERROR_INTERNAL, "%s: no job for Winograd's algorithm", j->name);
    return (j->direction == GD__BACKWARD_WEIGHTS ? emit_gradient : emit_convolution)(planner, j, &shape);
}

const gd__convolution_way gd__convolution_winograd = {"Winograd", takes, time_job, emit};
