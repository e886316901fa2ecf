// Connectionist temporal classification and its gradient, f32. The formulas stand in op/ctc.c. All places of a frame
// are computed side by side, and what a frame holds is kept relative to the largest before it: logarithms stay small
// however many frames there are, so that nothing is lost when their differences are taken.
#include "op/ctc.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/labels.h"
#include "cpu/softmax_row.h"
#include "cpu/vector_math.h"

// The logarithm of 0, with which sums and differences stay finite.
#define NOTHING (-1e30F)
enum { EDGE = 16 }; // floats around a frame's places, that hold NOTHING: two are read, and 16 keep rows aligned

// What the rows of a batch have in common.
typedef struct ctc_batch {
    const gd__ctc_attributes *a;
    const float *logits; // (N, T, C)
    gd__indices target;  // (N, L)
    gd__indices input_length, target_length;
    const float *dloss; // (N); NULL: the losses are wanted
    float *result;      // (N), or (N, T, C)
    gd_shape shape;     // of the logits
    int64_t room;       // L
    int64_t apart;      // floats from one frame's places to the next one's
    char *memory;       // of all workers
    size_t each;        // bytes for one of them
} ctc_batch;

// One row of it, in the memory of a worker.
typedef struct ctc_paths {
    int64_t frames, classes, places, apart;
    int64_t *label; // (L)
    int32_t *class; // of each place
    float *skip;    // 0 where a path may come from two places before, else NOTHING
    float *skip_on; // 0 where it may go on to two places after
    float *y;       // (T, C): log-probabilities
    float *of;      // of each place, in one frame
    float *share;   // of each place in the paths, in one frame
    float *beta;    // two frames
    float *alpha;   // (T, apart), or two frames where the losses are wanted
} ctc_paths;

static int64_t apart_of(int64_t room)
{
    return (2 * room + 1 + 2 * EDGE + 15) / 16 * 16;
}

// Hands out `count` elements of `width` bytes; with base NULL it only counts.
static void *take(char *base, size_t *at, int64_t count, size_t width)
{
    char *here = base == NULL ? NULL : base + *at;
    *at += ((size_t)count * width + 63) / 64 * 64;
    return here;
}

// Lays out the memory of a worker and returns its bytes.
static size_t lay_out(char *base, gd_shape logits, int64_t room, bool both_ways, ctc_paths *p)
{
    const int64_t apart = apart_of(room), frames = logits.dim[1];
    size_t at = 0;
    p->classes = logits.dim[2];
    p->apart = apart;
    p->label = take(base, &at, room + 1, sizeof *p->label);
    p->class = take(base, &at, apart, sizeof *p->class);
    p->skip = take(base, &at, apart, sizeof(float));
    p->skip_on = take(base, &at, apart, sizeof(float));
    p->y = take(base, &at, frames * p->classes, sizeof(float));
    p->of = take(base, &at, apart, sizeof(float));
    p->share = take(base, &at, apart, sizeof(float));
    p->beta = take(base, &at, 2 * apart, sizeof(float));
    p->alpha = take(base, &at, (both_ways ? frames : 2) * apart, sizeof(float));
    return at;
}

// ---- One frame

// log(exp a + exp b + exp c)
GD__INLINE float log_sum(float a, float b, float c)
{
    float high = a > b ? a : b;
    high = high > c ? high : c;
    a = a - high < -80 ? -80 : a - high;
    b = b - high < -80 ? -80 : b - high;
    c = c - high < -80 ? -80 : c - high;
    int32_t n;
    const float part = gd__log_parts(gd__exp_normal(a) + gd__exp_normal(b) + gd__exp_normal(c), &n);
    return high + gd__log_of_parts((float)n, part - 1);
}

// The log-probability of each place's class, NOTHING where that is minus infinity.
GD__INLINE void gather_places(const ctc_paths *p, const float *restrict y, float *restrict of)
{
    for (int64_t s = 0; s < p->places; s++)
        of[s] = y[p->class[s]] < NOTHING ? NOTHING : y[p->class[s]];
}

// The next frame of alpha (way 1) or of beta (way -1): to[s] = of[s] - shift + log sum of from[s], from[s - way] and,
// where `skip` is 0, from[s - 2 way].
GD__INLINE void advance(int64_t places, int way, float shift, const float *restrict from, const float *restrict of,
                        const float *restrict skip, float *restrict to)
{
    const float *restrict one = from - way, *restrict two = from - 2 * way;
    GD__INDEPENDENT
    for (int64_t s = 0; s < places; s++)
        to[s] = of[s] - shift + log_sum(from[s], one[s], two[s] + skip[s]);
}

GD__INLINE float largest_of(const float *x, int64_t count)
{
    float largest = x[0];
    GD__SIMD(reduction(max : largest))
    for (int64_t i = 0; i < count; i++)
        largest = x[i] > largest ? x[i] : largest;
    return largest;
}

// Frame `frame` of alpha; in a ring of two where `ring`.
GD__INLINE float *frame_of(const ctc_paths *p, int64_t frame, bool ring)
{
    return p->alpha + (ring ? frame % 2 : frame) * p->apart + EDGE;
}

// ---- All frames

GD__LOOP_OF(double, walk_forward, (ctc_paths * p, bool ring), (p, ring))
{
    double total = 0;
    for (int64_t frame = 0; frame < p->frames; frame++) {
        float *alpha = frame_of(p, frame, ring);
        gather_places(p, p->y + frame * p->classes, p->of);
        if (frame == 0) {
            alpha[0] = p->of[0];
            if (p->places > 1)
                alpha[1] = p->of[1];
            continue;
        }
        const float *before = frame_of(p, frame - 1, ring);
        const float shift = largest_of(before, p->places);
        advance(p->places, 1, shift, before, p->of, p->skip, alpha);
        total += (double)shift;
    }
    const float *last = frame_of(p, p->frames - 1, ring) + p->places - 1;
    return total + (double)log_sum(last[0], p->places > 1 ? last[-1] : NOTHING, NOTHING);
}

// The share of the paths that are at each place, in one frame, as parts of `sum`.
GD__INLINE float shares_of(const ctc_paths *p, const float *restrict alpha, const float *restrict beta)
{
    const int64_t places = p->places;
    float *restrict share = p->share;
    const float *restrict of = p->of;
    for (int64_t s = 0; s < places; s++)
        share[s] = alpha[s] + (beta[s] - of[s]);
    const float largest = largest_of(share, places);
    float sum = 0;
    GD__SIMD(reduction(+ : sum))
    for (int64_t s = 0; s < places; s++) {
        const float away = share[s] - largest;
        const float part = away < -80 ? 0 : gd__exp_normal(away < -80 ? -80 : away);
        share[s] = part;
        sum += part;
    }
    return sum;
}

// dlogits = (exp(y) - the share of the paths in each class) dloss
GD__INLINE void put_frame(const ctc_paths *p, const float *restrict y, float sum, float dloss, float *restrict dlogits)
{
    for (int64_t c = 0; c < p->classes; c++)
        dlogits[c] = gd__exp_f32(y[c]) * dloss;
    const float factor = dloss / sum;
    float blank = 0;
    for (int64_t s = 0; s < p->places; s += 2)
        blank += p->share[s];
    dlogits[p->class[0]] -= blank * factor;
    for (int64_t s = 1; s < p->places; s += 2)
        dlogits[p->class[s]] -= p->share[s] * factor;
}

GD__LOOP(walk_backward, (ctc_paths * p, float dloss, float *dlogits), (p, dloss, dlogits))
{
    for (int64_t frame = p->frames - 1; frame >= 0; frame--) {
        float *beta = p->beta + frame % 2 * p->apart + EDGE;
        const float *after = p->beta + (frame + 1) % 2 * p->apart + EDGE, *y = p->y + frame * p->classes;
        gather_places(p, y, p->of);
        if (frame == p->frames - 1) {
            for (int64_t s = p->places > 1 ? p->places - 2 : 0; s < p->places; s++)
                beta[s] = p->of[s];
        } else {
            advance(p->places, -1, largest_of(after, p->places), after, p->of, p->skip_on, beta);
        }
        const float sum = shares_of(p, frame_of(p, frame, false), beta);
        put_frame(p, y, sum, dloss, dlogits + frame * p->classes);
    }
}

// ---- Rows

static int64_t length_at(gd__indices lengths, int64_t row, int64_t otherwise)
{
    return lengths.data == NULL ? otherwise : gd__index_at(lengths, row);
}

static gd_status measure(const ctc_batch *b, int64_t row, int64_t *label, gd__ctc_row *out)
{
    for (int64_t i = 0; i < b->room; i++)
        label[i] = gd__index_at(b->target, row * b->room + i);
    return gd__ctc_measure(b->a, b->shape, row, length_at(b->input_length, row, b->shape.dim[1]),
                           length_at(b->target_length, row, -1), label, b->room, out);
}

static void set_all(float *x, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = value;
}

// Fills in the places of the row's target, and NOTHING wherever alpha and beta have not been.
static void set_places(const ctc_batch *b, const gd__ctc_row *row, ctc_paths *p)
{
    p->frames = row->frames;
    p->places = 2 * row->symbols + 1;
    set_all(p->skip, p->apart, NOTHING);
    set_all(p->skip_on, p->apart, NOTHING);
    for (int64_t s = 0; s < p->places; s++)
        p->class[s] = (int32_t)(s % 2 == 0 ? b->a->blank : p->label[s / 2]);
    for (int64_t s = 3; s < p->places; s += 2)
        if (p->class[s] != p->class[s - 2])
            p->skip[s] = p->skip_on[s - 2] = 0;
    set_all(p->beta, 2 * p->apart, NOTHING);
    set_all(p->alpha, (b->dloss == NULL ? 2 : row->frames) * p->apart, NOTHING);
}

static void work_rows(void *context, int64_t begin, int64_t end)
{
    const ctc_batch *b = context;
    const int64_t frame = b->shape.dim[2], whole = b->shape.dim[1] * frame;
    ctc_paths p = {0};
    lay_out(b->memory + (size_t)gd__worker() * b->each, b->shape, b->room, b->dloss != NULL, &p);
    for (int64_t n = begin; n < end; n++) {
        gd__ctc_row row;
        if (measure(b, n, p.label, &row) != GD_OK)
            return; // all were measured before
        float *dlogits = b->dloss == NULL ? NULL : b->result + n * whole;
        const int64_t counting = row.possible ? row.frames : 0;
        if (dlogits != NULL)
            memset(dlogits + counting * frame, 0, (size_t)(whole - counting * frame) * sizeof *dlogits);
        else if (counting == 0)
            b->result[n] = 0;
        if (counting == 0)
            continue;
        set_places(b, &row, &p);
        for (int64_t t = 0; t < row.frames; t++)
            gd__log_softmax_row_f32(b->logits + n * whole + t * frame, p.y + t * frame, frame);
        const double likelihood = walk_forward(&p, dlogits == NULL);
        if (dlogits == NULL)
            b->result[n] = likelihood < (double)NOTHING / 2 ? INFINITY : (float)-likelihood;
        else
            walk_backward(&p, b->dloss[n], dlogits);
    }
}

static gd__indices indices_of(const gd__kernel_call *call, int input)
{
    return input < 0 ? (gd__indices){0} : (gd__indices){call->input[input], call->input_info[input].type};
}

static size_t scratch_each(const gd_info *input, bool both_ways)
{
    ctc_paths p;
    return lay_out(NULL, input[0].shape, input[1].shape.dim[1], both_ways, &p);
}

static gd_status run(const gd__kernel_call *call, const float *dloss)
{
    const gd__ctc_attributes *a = call->attributes;
    ctc_batch b = {.a = a,
                   .logits = call->input[0],
                   .target = indices_of(call, 1),
                   .input_length = indices_of(call, gd__ctc_input_length(a)),
                   .target_length = indices_of(call, gd__ctc_target_length(a)),
                   .dloss = dloss,
                   .result = call->output[0],
                   .shape = call->input_info[0].shape,
                   .room = call->input_info[1].shape.dim[1],
                   .memory = call->scratch,
                   .each = scratch_each(call->input_info, dloss != NULL)};
    ctc_paths p;
    lay_out(b.memory, b.shape, b.room, dloss != NULL, &p);
    for (int64_t row = 0; row < b.shape.dim[0]; row++) {
        gd__ctc_row measured;
        gd_status status = measure(&b, row, p.label, &measured);
        if (status != GD_OK)
            return status;
    }
    gd__parallel(b.shape.dim[0], gd__grain(b.shape.dim[1] * (b.shape.dim[2] + 8 * apart_of(b.room))), work_rows, &b);
    return GD_OK;
}

static gd_status ctc(const gd__kernel_call *call)
{
    return run(call, NULL);
}

static gd_status ctc_backward(const gd__kernel_call *call)
{
    return run(call, call->input[call->node->input_count - 1]);
}

static size_t ctc_scratch(const gd__node *node, const gd_info *input)
{
    return (size_t)gd__workers() * scratch_each(input, node->op == &gd__op_ctc_backward);
}

static const gd__kernel row[] = {
    {&gd__op_ctc, gd__kernel_f32, ctc, ctc_scratch},
    {&gd__op_ctc_backward, gd__kernel_f32, ctc_backward, ctc_scratch},
};
const gd__kernel_family gd__kernels_ctc = {GD_COUNT_OF(row), row};
