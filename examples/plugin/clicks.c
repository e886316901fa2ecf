// A plugin that finds clicks in a signal by a small net. It is a shared object that is linked with libgradus; the host
// knows nothing of that. The net sees three samples on either side of each, and learns when the plugin is opened, from
// clicks that it makes up.
#include <gradus/gradus.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

enum { SIDE = 3, WINDOW = 2 * SIDE + 1, BATCH = 64, STEPS = 1500 };

typedef struct detector {
    gd_graph *graph;
    gd_function *function;
} detector;

static float uniform(unsigned *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) / 16777216.0F;
}

// A piece of a tone, mostly with a click in it: in the middle, which is what is looked for, or beside it.
static void make_up(unsigned *state, float window[WINDOW], float *click)
{
    const float pitch = 0.1F + 0.4F * uniform(state), phase = 6.28F * uniform(state), loud = uniform(state);
    for (int i = 0; i < WINDOW; i++)
        window[i] = loud * sinf(pitch * (float)i + phase) + 0.02F * (uniform(state) - 0.5F);
    const int place = uniform(state) < 0.4F ? SIDE : (int)(1.3F * WINDOW * uniform(state)); // beyond the end: nowhere
    if (place < WINDOW)
        window[place] += (uniform(state) < 0.5F ? -1.0F : 1.0F) * (0.5F + uniform(state));
    *click = place == SIDE ? 1 : 0;
}

static gd_status learn(gd_train_step *step)
{
    unsigned state = 1;
    float window[BATCH][WINDOW], click[BATCH];
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < STEPS; i++) {
        for (int k = 0; k < BATCH; k++)
            make_up(&state, window[k], &click[k]);
        status = gd_train_step_run_batch(step, BATCH, 2, (const void *const[]){window, click});
    }
    return status;
}

static void close_detector(void *state)
{
    detector *d = state;
    if (d == NULL)
        return;
    gd_function_free(d->function);
    gd_graph_free(d->graph);
    free(d);
}

static void *open_detector(void)
{
    detector *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->graph = gd_graph_create();
    gd_tensor seen = gd_input(d->graph, "window", GD_F32, GD_SHAPE(GD_BATCH, WINDOW));
    gd_tensor truth = gd_input(d->graph, "click", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor z = gd_dense(gd_relu(gd_dense(seen, 24)), 1), click = gd_sigmoid(z);
    gd_train_step *step = gd_train_step_create(gd_logistic_loss(z, truth), (gd_train_step_opts){.rule = gd_adam(0.01)});
    d->function = gd_function_create(d->graph, 1, &click, (gd_function_opts){0});
    const bool good = step != NULL && d->function != NULL && learn(step) == GD_OK;
    gd_train_step_free(step);
    if (good)
        return d;
    close_detector(d);
    return NULL;
}

// Windows in blocks of one size, so that there is one plan; what is beyond the signal's ends is silence.
static int score(void *state, int count, const float *sample, float *click)
{
    detector *d = state;
    float window[BATCH][WINDOW], result[BATCH];
    for (int begin = 0; begin < count; begin += BATCH) {
        for (int k = 0; k < BATCH * WINDOW; k++) {
            const int at = begin + k / WINDOW + k % WINDOW - SIDE;
            window[k / WINDOW][k % WINDOW] = at >= 0 && at < count ? sample[at] : 0;
        }
        if (gd_function_run_batch(d->function, BATCH, 1, (const void *const[]){window}, (void *const[]){result}) !=
            GD_OK)
            return 0;
        memcpy(click + begin, result, sizeof *click * (size_t)(count - begin < BATCH ? count - begin : BATCH));
    }
    return 1;
}

const plugin_calls *plugin(void);
const plugin_calls *plugin(void)
{
    static const plugin_calls calls = {"clicks", open_detector, score, gd_last_error, close_detector};
    return &calls;
}
