#include "cpu/own_norm.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/norm_kernel.h"
#include "cpu/pictures.h"
#include "op/batch_norm.h"
#include "op/table.h"

// ---- Strips

// A strip has at most so many channels, and so many numbers where its sums are f32: they are added up in double.
enum { MOST_CHANNELS = 64, STRETCH = 2048 };

typedef struct norm_state {
    gd__pictures x;
    const gd__norm_kernel *kernel;
    double epsilon;
    bool relu;
    int64_t blocks, parts; // of the channels, and of a block that is wider than a strip
    int64_t shares;        // of the pictures, whose sums are added in their order
} norm_state;

// One execution. Arrays have one entry a channel.
typedef struct norm_run {
    const norm_state *state;
    const float *x, *dy;
    float *y;
    const float *scale, *shift, *mean, *factor, *slope, *start;
    double *sums; // (shares, 2, channels)
} norm_run;

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t plane_of(const norm_state *s)
{
    return s->x.height * s->x.width;
}

// The strip of part `part` of block `block` of a picture.
static gd__norm_strip strip_of(const norm_run *r, int64_t picture, int64_t block, int64_t part)
{
    const norm_state *s = r->state;
    const int64_t width = s->x.block, first = part * MOST_CHANNELS, channel = block * width + first;
    const int64_t at = (picture * s->blocks + block) * plane_of(s) * width + first;
    gd__norm_strip strip = {.places = plane_of(s),
                            .channels = smaller(MOST_CHANNELS, width - first),
                            .pitch = width,
                            .x = r->x + at,
                            .relu = s->relu};
    strip.dy = r->dy != NULL ? r->dy + at : NULL;
    strip.y = r->y != NULL ? r->y + at : NULL;
    const float *const from[] = {r->scale, r->shift, r->mean, r->factor, r->slope, r->start};
    const float **const to[] = {&strip.scale, &strip.shift, &strip.mean, &strip.factor, &strip.slope, &strip.start};
    for (int i = 0; i < GD_COUNT_OF(from); i++)
        *to[i] = from[i] != NULL ? from[i] + channel : NULL;
    return strip;
}

// ---- Sums

// Takes `count` numbers with this sum and these squares around their mean into a mean and squares so far (Chan, Golub
// and LeVeque 1983).
static void merge(double *mean, double *squares, double before, double count, double sum, double more)
{
    const double off = sum / count - *mean, all = before + count;
    *mean += off * count / all;
    *squares += more + off * off * before * count / all;
}

// The stretches of a strip, one after the other: in each as many places as its sums may take in f32.
typedef void take_stretch(const norm_run *run, const gd__norm_strip *strip, double before, double *first,
                          double *second);

static void take_moments(const norm_run *run, const gd__norm_strip *strip, double before, double *mean, double *squares)
{
    float sum[MOST_CHANNELS], more[MOST_CHANNELS];
    run->state->kernel->find_moments(strip, sum, more);
    for (int64_t c = 0; c < strip->channels; c++)
        merge(mean + c, squares + c, before, (double)strip->places, (double)sum[c], (double)more[c]);
}

static void take_gradients(const norm_run *run, const gd__norm_strip *strip, double before, double *sum,
                           double *products)
{
    (void)before;
    float here[MOST_CHANNELS], more[MOST_CHANNELS];
    run->state->kernel->sum_gradients(strip, here, more);
    for (int64_t c = 0; c < strip->channels; c++) {
        sum[c] += (double)here[c];
        products[c] += (double)more[c];
    }
}

static void sum_items(norm_run *r, int64_t begin, int64_t end, take_stretch *take)
{
    const norm_state *s = r->state;
    for (int64_t item = begin; item < end; item++) {
        const int64_t share = item % s->shares, part = item / s->shares % s->parts;
        const int64_t block = item / s->shares / s->parts;
        const int64_t first = s->x.count * share / s->shares, last = s->x.count * (share + 1) / s->shares;
        double *const sum = r->sums + share * 2 * s->x.channels + block * s->x.block + part * MOST_CHANNELS;
        double *const second = sum + s->x.channels, before = 0;
        for (int64_t n = first; n < last; n++) {
            gd__norm_strip strip = strip_of(r, n, block, part);
            const int64_t places = strip.places, each = STRETCH / strip.channels;
            if (n == first) {
                memset(sum, 0, (size_t)strip.channels * sizeof *sum);
                memset(second, 0, (size_t)strip.channels * sizeof *second);
            }
            for (int64_t at = 0; at < places; at += each) {
                strip.places = smaller(each, places - at);
                take(r, &strip, before, sum, second);
                before += (double)strip.places;
                strip.x += strip.places * strip.pitch;
                strip.dy = strip.dy != NULL ? strip.dy + strip.places * strip.pitch : NULL;
            }
        }
    }
}

static void sum_moments(void *context, int64_t begin, int64_t end)
{
    sum_items(context, begin, end, take_moments);
}

static void sum_gradients(void *context, int64_t begin, int64_t end)
{
    sum_items(context, begin, end, take_gradients);
}

static void find_sums(norm_run *r, gd__range_function *function)
{
    const norm_state *s = r->state;
    const int64_t items = s->blocks * s->parts * s->shares;
    const int64_t each = s->x.count * s->x.channels * plane_of(s) / items;
    gd__parallel(items, gd__grain(each), function, r);
}

// ---- Results

static void normalise_strips(void *context, int64_t begin, int64_t end)
{
    const norm_run *r = context;
    const norm_state *s = r->state;
    for (int64_t i = begin; i < end; i++) {
        const gd__norm_strip strip = strip_of(r, i / s->parts / s->blocks, i / s->parts % s->blocks, i % s->parts);
        s->kernel->normalise(&strip);
    }
}

static void gradient_strips(void *context, int64_t begin, int64_t end)
{
    const norm_run *r = context;
    const norm_state *s = r->state;
    for (int64_t i = begin; i < end; i++) {
        const gd__norm_strip strip = strip_of(r, i / s->parts / s->blocks, i / s->parts % s->blocks, i % s->parts);
        s->kernel->find_gradient(&strip);
    }
}

static void visit_strips(norm_run *r, gd__range_function *function)
{
    const norm_state *s = r->state;
    gd__parallel(s->x.count * s->blocks * s->parts, gd__grain(plane_of(s) * s->x.block / s->parts), function, r);
}

// scale and shift of every channel: y = scale x + shift.
static void find_scales(const norm_state *s, const float *weight, const float *bias, const float *mean,
                        const float *variance, float *scale, float *shift)
{
    for (int64_t c = 0; c < s->x.channels; c++) {
        const double factor = (double)weight[c] / sqrt((double)variance[c] + s->epsilon);
        scale[c] = (float)factor;
        shift[c] = (float)((double)bias[c] - (double)mean[c] * factor);
    }
}

// ---- Steps

// Inputs x, weight, bias; outputs y, mean, variance, (scale, shift), sums.
static gd_status run_norm(const gd__plan_step *step, void *const *buffer)
{
    const norm_state *s = step->state;
    const int64_t channels = s->x.channels, plane = plane_of(s);
    float *const mean = buffer[step->output[1]], *const variance = buffer[step->output[2]];
    float *const scale = buffer[step->output[3]], *const shift = scale + channels;
    norm_run r = {.state = s,
                  .x = buffer[step->input[0]],
                  .y = buffer[step->output[0]],
                  .scale = scale,
                  .shift = shift,
                  .sums = buffer[step->output[4]]};
    find_sums(&r, sum_moments);
    for (int64_t c = 0; c < channels; c++) {
        double all = 0, middle = 0, squares = 0;
        for (int64_t i = 0; i < s->shares; i++) {
            const double pictures = (double)(s->x.count * (i + 1) / s->shares - s->x.count * i / s->shares),
                         count = pictures * (double)plane;
            const double *const sums = r.sums + i * 2 * channels + c;
            merge(&middle, &squares, all, count, sums[0] * count, sums[channels]);
            all += count;
        }
        mean[c] = (float)middle;
        variance[c] = (float)(squares / all);
    }
    find_scales(s, buffer[step->input[1]], buffer[step->input[2]], mean, variance, scale, shift);
    visit_strips(&r, normalise_strips);
    return GD_OK;
}

// Inputs x, weight, bias, mean, variance; outputs y, (scale, shift).
static gd_status run_apply(const gd__plan_step *step, void *const *buffer)
{
    const norm_state *s = step->state;
    float *const scale = buffer[step->output[1]], *const shift = scale + s->x.channels;
    norm_run r = {
        .state = s, .x = buffer[step->input[0]], .y = buffer[step->output[0]], .scale = scale, .shift = shift};
    find_scales(s, buffer[step->input[1]], buffer[step->input[2]], buffer[step->input[3]], buffer[step->input[4]],
                scale, shift);
    visit_strips(&r, normalise_strips);
    return GD_OK;
}

// Inputs x, dy, weight, mean, variance, and with ReLU (scale, shift) of the forward step; outputs dx, dweight, dbias,
// (factor, slope, start), sums. With m numbers a channel and r = 1 / sqrt(variance + epsilon),
//     dbias = sum dy,  dweight = r sum dy (x - mean),  dx = weight r (dy - dbias / m - r (x - mean) dweight / m)
static gd_status run_backward(const gd__plan_step *step, void *const *buffer)
{
    const norm_state *s = step->state;
    const int64_t channels = s->x.channels;
    const float *const weight = buffer[step->input[2]], *const mean = buffer[step->input[3]];
    const float *const variance = buffer[step->input[4]], *const scale = s->relu ? buffer[step->input[5]] : NULL;
    float *const dweight = buffer[step->output[1]], *const dbias = buffer[step->output[2]];
    float *const factor = buffer[step->output[3]], *const slope = factor + channels, *const start = slope + channels;
    norm_run r = {.state = s,
                  .x = buffer[step->input[0]],
                  .dy = buffer[step->input[1]],
                  .y = buffer[step->output[0]],
                  .scale = scale,
                  .shift = scale != NULL ? scale + channels : NULL,
                  .mean = mean,
                  .factor = factor,
                  .slope = slope,
                  .start = start,
                  .sums = buffer[step->output[4]]};
    find_sums(&r, sum_gradients);
    const double count = (double)(s->x.count * plane_of(s));
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0, products = 0;
        for (int64_t i = 0; i < s->shares; i++) {
            sum += r.sums[i * 2 * channels + c];
            products += r.sums[(i * 2 + 1) * channels + c];
        }
        const double inverse = 1 / sqrt((double)variance[c] + s->epsilon), whole = (double)weight[c] * inverse;
        dbias[c] = (float)sum;
        dweight[c] = (float)(products * inverse);
        factor[c] = (float)whole;
        slope[c] = (float)(-whole * inverse * inverse * products / count);
        start[c] = (float)(-whole * sum / count);
    }
    visit_strips(&r, gradient_strips);
    return GD_OK;
}

// ---- Planning

typedef struct norm {
    gd__planner *planner;
    int32_t index;
    const gd__node *node;
    gd__layout layout;
    norm_state *state;
    double elements;
} norm;

// (N, C) is one picture of N places, whose channels all lie side by side.
static gd__pictures as_places(gd__pictures x)
{
    return (gd__pictures){.count = 1, .channels = x.channels, .height = x.count, .width = 1, .block = x.channels};
}

static gd_status prepare(norm *n, gd__planner *planner, int32_t index)
{
    const gd_graph *graph = planner->plan->graph;
    *n = (norm){.planner = planner, .index = index, .node = &graph->node[index]};
    const gd_info *x = gd__info_at(graph, n->node->input[0]);
    if ((x->type != GD_F32 && x->type != GD_BF16) || x->shape.rank > 4)
        return GD_ERROR_UNSUPPORTED;
    const gd__norm_kernel *kernel[GD__NORM_KERNELS];
    gd__norm_kernels(kernel);
    const gd__pictures made = gd__pictures_made(planner, n->node->input[0]);
    n->layout = gd__pictures_layout(x->shape, made.block);
    n->elements = (double)gd_shape_count(x->shape);
    n->state = gd__alloc_zeroed(1, sizeof *n->state);
    if (n->state == NULL)
        return gd__fail_memory(n->node->op->name);
    norm_state *s = n->state;
    *s = (norm_state){.x = x->shape.rank == 2 ? as_places(made) : made,
                      .kernel = kernel[0],
                      .epsilon = ((const gd__batch_norm_attributes *)n->node->attributes)->epsilon};
    s->blocks = s->x.channels / s->x.block;
    s->parts = (s->x.block + MOST_CHANNELS - 1) / MOST_CHANNELS;
    // As many pieces as every machine has use for. How they are cut must not depend on the number of threads.
    const int64_t items = s->blocks * s->parts, enough = 16;
    s->shares = items < enough ? smaller(s->x.count, (enough + items - 1) / items) : 1;
    return GD_OK;
}

static int want_channels(const norm *n, int input)
{
    const gd__ref ref = n->node->input[input];
    const gd__layout row = gd__layout_plain(gd__info_at(n->planner->plan->graph, ref)->shape);
    return gd__want_single(n->planner, ref, &row);
}

static gd__single give_channels(const norm *n, int output)
{
    const gd__layout row = gd__layout_plain(n->node->output[output].shape);
    return gd__give_single(n->planner, (gd__ref){n->index, output}, &row);
}

static int floats(const norm *n, int64_t a_channel)
{
    return gd__planner_scratch(n->planner, (size_t)(a_channel * n->state->x.channels) * sizeof(float));
}

static int sums(const norm *n)
{
    return gd__planner_scratch(n->planner, (size_t)(n->state->shares * 2 * n->state->x.channels) * sizeof(double));
}

static gd_status add(const norm *n, gd_status (*run)(const gd__plan_step *, void *const *), double flops, int inputs,
                     const int *input, int outputs, const int *output, int singles, const gd__single *single)
{
    const gd__plan_step step = {.name = n->node->op->name,
                                .node = n->index,
                                .run = run,
                                .state = n->state,
                                .free_state = gd__free,
                                .flops = flops * n->elements};
    gd_status status = gd__planner_add(n->planner, step, inputs, input, outputs, output);
    for (int i = 0; i < singles && status == GD_OK; i++)
        status = gd__finish_single(n->planner, &single[i]);
    return status;
}

gd_status gd__own_batch_norm(gd__planner *planner, int32_t index)
{
    norm n;
    const gd_status good = prepare(&n, planner, index);
    if (good != GD_OK)
        return good;
    const int32_t relu = gd__planner_combined(planner, index, &gd__op_relu);
    n.state->relu = relu >= 0;
    const int input[] = {gd__want_single(planner, n.node->input[0], &n.layout), want_channels(&n, 1),
                         want_channels(&n, 2)};
    const gd__single single[] = {gd__give_single(planner, (gd__ref){relu >= 0 ? relu : index, 0}, &n.layout),
                                 give_channels(&n, 1), give_channels(&n, 2)};
    const int output[] = {single[0].buffer, single[1].buffer, single[2].buffer, floats(&n, 2), sums(&n)};
    planner->workspace[index] = output[3]; // says backward what ReLU let through
    return add(&n, run_norm, 8, 3, input, 5, output, 3, single);
}

gd_status gd__own_batch_norm_apply(gd__planner *planner, int32_t index)
{
    norm n;
    const gd_status good = prepare(&n, planner, index);
    if (good != GD_OK)
        return good;
    const int32_t relu = gd__planner_combined(planner, index, &gd__op_relu);
    n.state->relu = relu >= 0;
    int input[5] = {gd__want_single(planner, n.node->input[0], &n.layout)};
    for (int i = 1; i < 5; i++)
        input[i] = want_channels(&n, i);
    const gd__single y = gd__give_single(planner, (gd__ref){relu >= 0 ? relu : index, 0}, &n.layout);
    const int output[] = {y.buffer, floats(&n, 2)};
    return add(&n, run_apply, 2, 5, input, 2, output, 1, &y);
}

gd_status gd__own_batch_norm_backward(gd__planner *planner, int32_t index)
{
    norm n;
    const gd_status good = prepare(&n, planner, index);
    if (good != GD_OK)
        return good;
    // With ReLU behind the norm, what comes in is the gradient of ReLU's output.
    const int32_t relu = gd__planner_combined(planner, index, &gd__op_relu_backward);
    n.state->relu = relu >= 0;
    const gd__ref dy = relu >= 0 ? planner->plan->graph->node[relu].input[1] : n.node->input[1];
    int input[6] = {gd__want_single(planner, n.node->input[0], &n.layout), gd__want_single(planner, dy, &n.layout)};
    for (int i = 2; i < 5; i++)
        input[i] = want_channels(&n, i);
    input[5] = relu >= 0 ? planner->workspace[n.node->input[3].node] : -1;
    const gd__single single[] = {gd__give_single(planner, (gd__ref){index, 0}, &n.layout), give_channels(&n, 1),
                                 give_channels(&n, 2)};
    const int output[] = {single[0].buffer, single[1].buffer, single[2].buffer, floats(&n, 3), sums(&n)};
    return add(&n, run_backward, 12, relu >= 0 ? 6 : 5, input, 5, output, 3, single);
}
