// The direct way of convolving by our own kernels (cpu/direct.h), as steps.
#include "cpu/direct.h"

#include "base/debug.h"

#include "base/error.h"
#include "base/memory.h"
#include "cpu/convolution_job.h"

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

static gd_status run_weights(const gd__plan_step *step, void *const *buffer)
{
    const convolution_state *state = step->state;
    gd__direct_pack(&state->direct, buffer[step->input[0]], state->has_bias ? buffer[step->input[1]] : NULL,
                    buffer[step->output[0]]);
    return GD_OK;
}

static gd_status run_convolution(const gd__plan_step *step, void *const *buffer)
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

static gd_status run_gradient(const gd__plan_step *step, void *const *buffer)
{
    const convolution_state *state = step->state;
    gd__direct_weights_run(&state->gradient, buffer[step->input[0]], buffer[step->input[1]], buffer[step->output[0]],
                           state->has_bias ? buffer[step->output[2]] : NULL, buffer[step->output[1]]);
    return GD_OK;
}

// ---- Planning

// In which form x and y of the forward op lie.
typedef struct form {
    gd__layout x, y;
} form;

static form form_of(const gd__convolution_job *j)
{
    return (form){gd__pictures_layout(j->x_shape, gd__pictures_block(j->x_shape)),
                  gd__pictures_layout(j->y_shape, gd__pictures_block(j->y_shape))};
}

static convolution_state *make_state(const gd__convolution_job *j)
{
    convolution_state *state = gd__alloc_zeroed(1, sizeof *state);
    const gd__direct_kernel *kernel[GD__DIRECT_KERNELS];
    gd__direct_kernels(kernel);
    const form f = form_of(j);
    gd__pictures x, y;
    const bool known = gd__pictures_of(&f.x, &x) && gd__pictures_of(&f.y, &y);
    if (state != NULL && known &&
        gd__direct_make(&state->direct, kernel[0], j->attributes, x, y, j->direction == GD__BACKWARD_DATA)) {
        state->has_bias = j->b.node >= 0;
        state->has_addend = j->addend.node >= 0;
        state->relu = j->relu;
        if (j->direction != GD__BACKWARD_WEIGHTS || gd__direct_weights_make(&state->gradient, &state->direct))
            return state;
        gd__direct_free(&state->direct);
    }
    gd__free(state);
    gd__fail_memory("a convolution");
    return NULL;
}

static size_t bytes_of(int64_t numbers)
{
    return (size_t)(numbers > 0 ? numbers : 1) * sizeof(float);
}

static gd__layout plain_of(const gd__planner *planner, gd__ref ref)
{
    return gd__layout_plain(gd__info_at(planner->plan->graph, ref)->shape);
}

// The buffer of packed weights, which a step of its own makes: in an inference plan it runs when they have changed.
static int pack_weights(gd__planner *planner, const gd__convolution_job *j)
{
    convolution_state *state = make_state(j);
    if (state == NULL)
        return -1;
    const gd__layout plain = plain_of(planner, j->w);
    int input[2] = {gd__want_single(planner, j->w, &plain)};
    if (state->has_bias) {
        const gd__layout row = plain_of(planner, j->b);
        input[1] = gd__want_single(planner, j->b, &row);
    }
    const int packed = gd__planner_scratch(planner, bytes_of(state->direct.weight_count));
    const gd__plan_step step = {
        .name = "convolution_weights", .node = j->index, .run = run_weights, .state = state, .free_state = free_state};
    return gd__planner_add(planner, step, state->has_bias ? 2 : 1, input, 1, &packed) == GD_OK ? packed : -1;
}

static gd_status emit_convolution(gd__planner *planner, const gd__convolution_job *j)
{
    const bool backward = j->direction == GD__BACKWARD_DATA;
    const form f = form_of(j);
    const int packed = pack_weights(planner, j);
    convolution_state *state = packed >= 0 ? make_state(j) : NULL;
    if (state == NULL)
        return GD_ERROR_MEMORY;
    int input[3] = {gd__want_single(planner, backward ? j->y : j->x, backward ? &f.y : &f.x), packed};
    if (state->has_addend)
        input[2] = gd__want_single(planner, j->addend, &f.y);
    const gd__single result = gd__give_single(planner, backward ? j->x : j->y, backward ? &f.x : &f.y);
    const int output[2] = {result.buffer, gd__planner_scratch(planner, bytes_of(gd__direct_memory(&state->direct)))};
    const bool is_single = result.buffer == result.target;
    const gd__plan_step step = {.name = j->name,
                                .node = j->index,
                                .run = run_convolution,
                                .state = state,
                                .free_state = free_state,
                                .takes_over = state->has_addend && is_single ? 3 : 0,
                                .flops = j->flops};
    const gd_status status = gd__planner_add(planner, step, state->has_addend ? 3 : 2, input, 2, output);
    return status == GD_OK ? gd__finish_single(planner, &result) : status;
}

static gd_status emit_gradient(gd__planner *planner, const gd__convolution_job *j)
{
    convolution_state *state = make_state(j);
    if (state == NULL)
        return GD_ERROR_MEMORY;
    const form f = form_of(j);
    const int input[2] = {gd__want_single(planner, j->x, &f.x), gd__want_single(planner, j->y, &f.y)};
    const gd__layout w = plain_of(planner, j->w);
    const gd__single dw = gd__give_single(planner, j->w, &w);
    gd__single db = {j->b, -1, -1};
    int output[3] = {dw.buffer, gd__planner_scratch(planner, bytes_of(gd__direct_weights_memory(&state->gradient)))};
    if (state->has_bias) {
        const gd__layout b = plain_of(planner, j->b);
        db = gd__give_single(planner, j->b, &b);
        output[2] = db.buffer;
    }
    const gd__plan_step step = {.name = j->name,
                                .node = j->index,
                                .run = run_gradient,
                                .state = state,
                                .free_state = free_state,
                                .flops = j->flops};
    gd_status status = gd__planner_add(planner, step, 2, input, state->has_bias ? 3 : 2, output);
    if (status == GD_OK)
        status = gd__finish_single(planner, &dw);
    return status == GD_OK ? gd__finish_single(planner, &db) : status;
}

static gd_status emit(gd__planner *planner, const gd__convolution_job *j)
{
    return (j->direction == GD__BACKWARD_WEIGHTS ? emit_gradient : emit_convolution)(planner, j);
}

// ---- Timing

// Memory of a trial: what is in it does not matter.
typedef struct trial {
    float *x, *y, *w, *b, *packed, *memory;
} trial;

static float *numbers(int64_t count)
{
    return gd__alloc_zeroed((size_t)count + 1, sizeof(float));
}

static void run_once(const convolution_state *state, const gd__convolution_job *j, const trial *t)
{
    if (j->direction == GD__BACKWARD_WEIGHTS) {
        gd__direct_weights_run(&state->gradient, t->x, t->y, t->w, state->has_bias ? t->b : NULL, t->memory);
        return;
    }
    const bool backward = j->direction == GD__BACKWARD_DATA;
    if (!j->inference)
        gd__direct_pack(&state->direct, t->w, state->has_bias ? t->b : NULL, t->packed);
    const gd__direct_call call = {.source = backward ? t->y : t->x,
                                  .packed = t->packed,
                                  .addend = state->has_addend ? t->y : NULL,
                                  .result = backward ? t->x : t->y,
                                  .memory = t->memory,
                                  .relu = state->relu};
    gd__direct_run(&state->direct, &call);
}

static double time_job(const gd__convolution_job *j)
{
    convolution_state *state = make_state(j);
    if (state == NULL)
        return -1;
    const gd__convolution_attributes *a = j->attributes;
    const int64_t window = a->window.kernel[0] * a->window.kernel[1];
    const bool of_weights = j->direction == GD__BACKWARD_WEIGHTS;
    const trial t = {
        .x = numbers(gd_shape_count(j->x_shape)),
        .y = numbers(gd_shape_count(j->y_shape)),
        .w = numbers(j->x_shape.dim[1] / a->groups * j->y_shape.dim[1] * window),
        .b = numbers(j->y_shape.dim[1]),
        .packed = numbers(state->direct.weight_count),
        .memory = numbers(of_weights ? gd__direct_weights_memory(&state->gradient) : gd__direct_memory(&state->direct)),
    };
    double seconds = -1;
    if (t.x != NULL && t.y != NULL && t.w != NULL && t.b != NULL && t.packed != NULL && t.memory != NULL) {
        run_once(state, j, &t); // not counted
        const double begin = gd_clock();
        run_once(state, j, &t);
        seconds = gd_clock() - begin;
    }
    float *const block[] = {t.x, t.y, t.w, t.b, t.packed, t.memory};
    for (int i = 0; i < GD_COUNT_OF(block); i++)
        gd__free(block[i]);
    free_state(state);
    return seconds;
}

static bool takes(const gd__convolution_job *j)
{
    (void)j;
    return true;
}

const gd__convolution_way gd__convolution_direct = {"direct", takes, time_job, emit};
