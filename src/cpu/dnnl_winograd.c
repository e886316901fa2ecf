#ifdef GD_HAVE_DNNL

#include "cpu/dnnl_winograd.h"

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "cpu/dnnl.h"

// ---- The products of all places at once

// y (count, m, n) = a (count, m, k) b (count, k, n), or for the gradient of weights
// y (count, m, n) = a^T b with a (count, k, m); `more` adds to y.
typedef struct products {
    dnnl_primitive_t first, more;
    dnnl_memory_desc_t a, b, y, scratch;
    size_t scratch_bytes;
} products;

static dnnl_status_t describe(const gd__winograd *w, bool of_weights, products *p)
{
    const int64_t count = (int64_t)w->points * w->points, tiles = w->rows * w->across;
    dnnl_dims_t a = {count, of_weights ? w->in : tiles, of_weights ? tiles : w->in};
    dnnl_dims_t b = {count, a[2], w->part}, y = {count, a[1], w->part};
    dnnl_dims_t a_stride = {w->in_pitch, of_weights ? 1 : w->in, of_weights ? w->in : 1};
    dnnl_dims_t b_stride = {of_weights ? w->out_pitch : w->u_pitch, w->part, 1};
    dnnl_dims_t y_stride = {of_weights ? w->u_pitch : w->out_pitch, w->part, 1};
    dnnl_status_t status = dnnl_memory_desc_init_by_strides(&p->a, 3, a, dnnl_f32, a_stride);
    if (status == dnnl_success)
        status = dnnl_memory_desc_init_by_strides(&p->b, 3, b, dnnl_f32, b_stride);
    return status == dnnl_success ? dnnl_memory_desc_init_by_strides(&p->y, 3, y, dnnl_f32, y_stride) : status;
}

static dnnl_status_t make_primitive(products *p, unsigned after, dnnl_primitive_t *primitive)
{
    dnnl_matmul_desc_t matmul;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = dnnl_matmul_desc_init(&matmul, &p->a, &p->b, NULL, &p->y);
    if (status == dnnl_success)
        status = gd__dnn_create(&matmul, after, NULL, &descriptor);
    if (status != dnnl_success)
        return status;
    const dnnl_memory_desc_t *scratch = gd__dnn_scratch(descriptor);
    const size_t bytes = scratch != NULL ? dnnl_memory_desc_get_size(scratch) : 0;
    if (bytes > p->scratch_bytes) {
        p->scratch = *scratch;
        p->scratch_bytes = bytes;
    }
    status = dnnl_primitive_create(primitive, descriptor);
    dnnl_primitive_desc_destroy(descriptor);
    return status;
}

static dnnl_status_t make_products(const gd__winograd *w, bool of_weights, products *p)
{
    dnnl_status_t status = describe(w, of_weights, p);
    if (status == dnnl_success)
        status = make_primitive(p, 0, &p->first);
    if (status == dnnl_success && of_weights)
        status = make_primitive(p, GD__DNN_SUM, &p->more);
    return status;
}

// Memory objects of one execution, which is several products.
typedef struct product_run {
    const products *products;
    dnnl_exec_arg_t argument[4];
    int count;
} product_run;

static dnnl_status_t begin_products(product_run *run, const products *p, float *a, float *b, float *y, float *scratch)
{
    const struct {
        int argument;
        const dnnl_memory_desc_t *desc;
        float *data;
    } list[] = {{DNNL_ARG_SRC, &p->a, a},
                {DNNL_ARG_WEIGHTS, &p->b, b},
                {DNNL_ARG_DST, &p->y, y},
                {DNNL_ARG_SCRATCHPAD, &p->scratch, scratch}};
    *run = (product_run){.products = p};
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < (p->scratch_bytes > 0 ? 4 : 3) && status == dnnl_success; i++) {
        run->argument[i].arg = list[i].argument;
        status = dnnl_memory_create(&run->argument[i].memory, list[i].desc, gd__dnn_engine(), list[i].data);
        run->count += status == dnnl_success;
    }
    return status;
}

static dnnl_status_t multiply(const product_run *run, bool adds)
{
    return dnnl_primitive_execute(adds ? run->products->more : run->products->first, gd__dnn_stream(), run->count,
                                  run->argument);
}

static void end_products(product_run *run)
{
    for (int i = 0; i < run->count; i++)
        dnnl_memory_destroy(run->argument[i].memory);
}

// ---- A step

typedef struct winograd_state {
    gd__winograd shape;
    products products;
    bool has_bias, relu;
    gd__winograd_weights form;
    int64_t *offsets; // of `form`
} winograd_state;

static void free_state(void *pointer)
{
    winograd_state *state = pointer;
    if (state == NULL)
        return;
    if (state->products.first != NULL)
        dnnl_primitive_destroy(state->products.first);
    if (state->products.more != NULL)
        dnnl_primitive_destroy(state->products.more);
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
    if (state != NULL)
        state->shape = *shape;
    if (state == NULL || !find_offsets(state, weights, backward)) {
        gd__fail_memory("a convolution");
        free_state(state);
        return NULL;
    }
    dnnl_status_t status = make_products(shape, of_weights, &state->products);
    if (status == dnnl_success)
        return state;
    gd__dnn_fail(status, "a convolution");
    free_state(state);
    return NULL;
}

// How many numbers the transformed weights are, of one share of the channels.
static size_t u_size(const gd__winograd *w)
{
    return (size_t)w->points * (size_t)w->points * (size_t)w->u_pitch;
}

// Working memory, in numbers: the tiles of x, those of y, the transformed weights or their gradient, oneDNN's own.
typedef struct working {
    size_t in, out, u, products, all;
} working;

static working working_of(const winograd_state *state)
{
    const gd__winograd *w = &state->shape;
    const size_t places = (size_t)w->points * (size_t)w->points;
    working size = {.in = places * (size_t)w->in_pitch,
                    .out = places * (size_t)w->out_pitch,
                    .u = w->whole ? 0 : u_size(w),
                    .products = (state->products.scratch_bytes + 63) / 64 * 16};
    size.all = size.in + size.out + size.u + size.products;
    return size;
}

// With weights that were transformed before (`ready`), or that are transformed here.
static dnnl_status_t convolve(const winograd_state *state, const void *x, const void *weights, float *ready,
                              const float *bias, void *y, float *memory)
{
    const gd__winograd *w = &state->shape;
    const working size = working_of(state);
    float *v = memory, *m = v + size.in, *u = ready != NULL ? ready : m + size.out;
    product_run run;
    dnnl_status_t status = begin_products(&run, &state->products, v, u, m, m + size.out + size.u);
    for (gd__winograd_share at = {0}; at.channel < w->out; at.channel += w->part) {
        if (ready == NULL)
            gd__winograd_filter(w, at, &state->form, weights, u);
        for (at.row = 0; at.row < w->pictures * w->down && status == dnnl_success; at.row += w->rows) {
            gd__winograd_input(w, at, x, v);
            status = multiply(&run, false);
            gd__winograd_output(w, at, m, (gd__winograd_after){bias, state->relu}, y);
        }
    }
    end_products(&run);
    return status;
}

static dnnl_status_t find_gradient(const winograd_state *state, const void *x, const void *dy, float *dw, float *db,
                                   float *memory)
{
    const gd__winograd *w = &state->shape;
    const working size = working_of(state);
    float *v = memory, *d = v + size.in, *du = d + size.out;
    product_run run;
    dnnl_status_t status = begin_products(&run, &state->products, v, d, du, du + size.u);
    for (gd__winograd_share at = {0}; at.channel < w->out; at.channel += w->part) {
        for (at.row = 0; at.row < w->pictures * w->down && status == dnnl_success; at.row += w->rows) {
            gd__winograd_input(w, at, x, v);
            gd__winograd_gradient(w, at, dy, d);
            status = multiply(&run, at.row > 0);
        }
        gd__winograd_filter_gradient(w, at, &state->form, du, dw);
    }
    end_products(&run);
    if (db != NULL)
        gd__winograd_bias_gradient(w, dy, db);
    return status;
}

static gd_status run_weights(const gd__step *step, void *const *buffer)
{
    const winograd_state *state = step->state;
    gd__winograd_filter(&state->shape, (gd__winograd_share){0}, &state->form, buffer[step->input[0]],
                        buffer[step->output[0]]);
    return GD_OK;
}

static gd_status run_convolution(const gd__step *step, void *const *buffer)
{
    const winograd_state *state = step->state;
    void *weights = buffer[step->input[1]];
    dnnl_status_t status =
        convolve(state, buffer[step->input[0]], weights, state->shape.whole ? weights : NULL,
                 state->has_bias ? buffer[step->input[2]] : NULL, buffer[step->output[0]], buffer[step->output[1]]);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, step->name);
}

static gd_status run_backward_weights(const gd__step *step, void *const *buffer)
{
    const winograd_state *state = step->state;
    dnnl_status_t status = find_gradient(state, buffer[step->input[0]], buffer[step->input[1]], buffer[step->output[0]],
                                         state->has_bias ? buffer[step->output[2]] : NULL, buffer[step->output[1]]);
    return status == dnnl_success ? GD_OK : gd__dnn_fail(status, step->name);
}

// ---- Planning

// Pictures with their channels in blocks of 16.
static dnnl_memory_desc_t pictures(const gd__planner *planner, gd__ref ref)
{
    const gd_info *info = gd__info_at(planner->plan->graph, ref);
    const dnnl_memory_desc_t any = gd__dnn_any(info->type, 4, info->shape.dim);
    dnnl_memory_desc_t desc;
    dnnl_memory_desc_init_by_tag(&desc, any.ndims, any.dims, any.data_type, dnnl_nChw16c);
    return desc;
}

static int want_pictures(gd__planner *planner, gd__ref ref)
{
    const dnnl_memory_desc_t desc = pictures(planner, ref);
    return gd__dnn_want(planner, ref, &desc);
}

static int give_pictures(gd__planner *planner, gd__ref ref)
{
    const dnnl_memory_desc_t desc = pictures(planner, ref);
    return gd__dnn_give(planner, ref, &desc);
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
    int u = gd__planner_scratch(planner, u_size(shape) * sizeof(float));
    if (state == NULL)
        return -1;
    gd__step step = {
        .name = "winograd_weights", .node = node, .run = run_weights, .state = state, .free_state = free_state};
    return gd__planner_add(planner, step, 1, &weights, 1, &u) == GD_OK ? u : -1;
}

gd_status gd__winograd_convolution(gd__planner *planner, int32_t node, const gd__winograd *shape,
                                   const gd__winograd_call *call)
{
    const gd__layout layout = weights_layout(planner, call->weights);
    winograd_state *state = make_state(shape, &layout, call->backward, false);
    if (state == NULL)
        return GD_ERROR_MEMORY;
    state->has_bias = call->bias.node >= 0;
    state->relu = call->relu;
    int input[3] = {want_pictures(planner, call->x), gd__planner_want(planner, call->weights, &layout)};
    if (shape->whole)
        input[1] = prepare_weights(planner, node, shape, &layout, input[1]);
    if (state->has_bias)
        input[2] = gd__planner_want(planner, call->bias, NULL);
    int output[2] = {give_pictures(planner, call->y),
                     gd__planner_scratch(planner, working_of(state).all * sizeof(float))};
    gd__step step = {.name = call->name,
                     .node = node,
                     .run = run_convolution,
                     .state = state,
                     .free_state = free_state,
                     .flops = call->flops};
    return gd__planner_add(planner, step, state->has_bias ? 3 : 2, input, 2, output);
}

gd_status gd__winograd_backward_weights(gd__planner *planner, int32_t index, const gd__winograd *shape, double flops)
{
    const gd__node *node = &planner->plan->graph->node[index];
    const gd__layout layout = gd__layout_plain(node->output[0].shape);
    winograd_state *state = make_state(shape, &layout, false, true);
    if (state == NULL)
        return GD_ERROR_MEMORY;
    state->has_bias = gd__planner_is_read(planner, (gd__ref){index, 1});
    int input[2] = {want_pictures(planner, node->input[0]), want_pictures(planner, node->input[1])};
    int output[3] = {gd__planner_give(planner, (gd__ref){index, 0}, NULL),
                     gd__planner_scratch(planner, working_of(state).all * sizeof(float))};
    if (state->has_bias)
        output[2] = gd__planner_give(planner, (gd__ref){index, 1}, NULL);
    gd__step step = {.name = node->op->name,
                     .node = index,
                     .run = run_backward_weights,
                     .state = state,
                     .free_state = free_state,
                     .flops = flops};
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
    const size_t all = working_of(state).all;
    float *memory = gd__alloc_zeroed(x + y + weights + u + all, sizeof *memory);
    if (memory == NULL)
        return -1;
    float *to_y = memory + x, *to_weights = to_y + y, *to_u = to_weights + weights, *rest = to_u + u;
    double start = 0;
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < 2 && status == dnnl_success; i++) {
        start = gd__clock_seconds();
        if (of_weights)
            status = find_gradient(state, memory, to_y, to_weights, NULL, rest);
        else
            status = convolve(state, memory, to_weights, w->whole ? to_u : NULL, NULL, to_y, rest);
    }
    double seconds = gd__clock_seconds() - start;
    gd__free(memory);
    return status == dnnl_success ? seconds : -1;
}

double gd__winograd_time(const gd__winograd *shape, bool of_weights)
{
    const gd__layout layout = gd__layout_plain_of(4, (int64_t[]){shape->out, shape->in, shape->kernel, shape->kernel});
    winograd_state *state = make_state(shape, &layout, false, of_weights);
    double seconds = state != NULL ? time_state(state, of_weights) : -1;
    free_state(state);
    return seconds;
}

#else
typedef int gd__no_dnnl_winograd;
#endif
