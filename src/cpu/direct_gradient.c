// The gradient of the weights of a direct convolution: dw[o, c, k] = sum over pictures and places of
// x[c, place * step + offset of k] dy[o, place].
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/direct.h"

enum { ROOM = 64 << 10, PLACES = 256 }; // numbers that a core works on; places that go by while sums lie in registers

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

// Numbers of a block of channels of one picture of x as the kernels read it: all of its rows.
static int64_t x_height(const gd__direct *d)
{
    const gd__direct_phase *p = &d->phase[0];
    return d->reads_source ? d->source.height : d->height + (p->rows - d->band) * d->step[0];
}

static int64_t x_pitch(const gd__direct *d)
{
    return d->reads_source ? d->source.channels * d->source.height * d->source.width
                           : x_height(d) * d->columns * d->block;
}

static int64_t dy_pitch(const gd__direct *d)
{
    const int64_t plane = d->result.height * d->result.width;
    return d->writes_result ? d->result.channels * plane : d->width * plane;
}

static int64_t blocks_of(const gd__direct *d)
{
    return d->depthwise ? 1 : d->blocks;
}

static int64_t jobs_of(const gd__direct *d)
{
    const int64_t each = (int64_t)d->kernel->vectors * d->kernel->lanes;
    return (d->width + each - 1) / each;
}

static int64_t sums_of(const gd__direct *d)
{
    return d->groups * d->width * d->phase[0].terms;
}

bool gd__direct_weights_make(gd__direct_weights *w, const gd__direct *d)
{
    const gd__direct_phase *p = &d->phase[0];
    const int64_t places = p->rows * p->columns, enough = 16; // pieces
    *w = (gd__direct_weights){.d = d, .set = 1};
    const int64_t room = larger(d->reads_source ? 0 : x_pitch(d), d->writes_result ? 0 : dy_pitch(d));
    while (w->set < d->pictures && (w->set + 1) * places <= 1024 && (w->set + 1) * room <= ROOM)
        w->set++;
    // As many pieces as every machine has use for. How they are cut must not depend on the number of threads.
    int64_t items = d->groups * blocks_of(d);
    w->parts = items < enough ? smaller(jobs_of(d), (enough + items - 1) / items) : 1;
    items *= w->parts;
    const int64_t sets = (d->pictures + w->set - 1) / w->set;
    w->shares = items < enough ? smaller(sets, (enough + items - 1) / items) : 1;
    w->slots = gd__workers();
    w->x_room = d->reads_source ? 0 : w->set * x_pitch(d);
    w->dy_room = d->writes_result ? 0 : w->set * dy_pitch(d);
    w->from = gd__alloc((size_t)(w->set * places + 1) * sizeof *w->from);
    w->to = gd__alloc((size_t)(w->set * places + 1) * sizeof *w->to);
    if (w->from == NULL || w->to == NULL) {
        gd__direct_weights_free(w);
        return false;
    }
    const int64_t block = d->writes_result ? d->result.block : d->kernel->lanes;
    for (int64_t i = 0; i < w->set * places; i++) {
        const int64_t row = i % places / p->columns, column = i % places % p->columns;
        w->from[i] = i / places * x_pitch(d) + (row * d->step[0] * d->columns + column * d->step[1]) * d->block;
        w->to[i] = i / places * dy_pitch(d) + i % places * block;
    }
    return true;
}

void gd__direct_weights_free(gd__direct_weights *w)
{
    gd__free(w->from);
    gd__free(w->to);
}

int64_t gd__direct_weights_memory(const gd__direct_weights *w)
{
    return w->shares * sums_of(w->d) + w->slots * (w->x_room + w->dy_room);
}

typedef struct summing {
    const gd__direct_weights *w;
    const float *x, *dy;
    float *dw, *db;
    float *sums; // (shares, groups, jobs, terms, width of a job)
} summing;

// One block of channels of x of a set of pictures, or where it lies already.
static const float *find_x(const summing *s, int64_t group, int64_t block, int64_t picture, int64_t pictures,
                           float *memory)
{
    const gd__direct *d = s->w->d;
    const int64_t plane = d->source.height * d->source.width, channel = group * d->in + block * d->block;
    const float *const x = s->x + picture * d->source.channels * plane;
    if (d->reads_source)
        return x + channel * plane;
    const gd__direct_part part = {.channel = channel,
                                  .channels = d->block,
                                  .row = d->low[0],
                                  .column = d->low[1],
                                  .height = x_height(d),
                                  .width = d->columns,
                                  .block = d->block};
    for (int64_t i = 0; i < pictures; i++)
        gd__direct_copy(&part, &d->source, x + i * d->source.channels * plane, memory + i * x_pitch(d));
    return memory;
}

static const float *find_dy(const summing *s, int64_t group, int64_t picture, int64_t pictures, float *memory)
{
    const gd__direct *d = s->w->d;
    const int64_t plane = d->result.height * d->result.width;
    const float *const dy = s->dy + picture * d->result.channels * plane;
    if (d->writes_result)
        return dy;
    // The last vector may reach beyond the group: what is summed there is thrown away.
    const gd__direct_part part = {.channel = group * d->out,
                                  .channels = d->width,
                                  .height = d->result.height,
                                  .width = d->result.width,
                                  .block = d->kernel->lanes};
    for (int64_t i = 0; i < pictures; i++)
        gd__direct_copy(&part, &d->result, dy + i * d->result.channels * plane, memory + i * dy_pitch(d));
    return memory;
}

// The sums of one job of channels over places `first` … first + places - 1 of a set.
static void sum_places(const summing *s, const float *x, const float *dy, int64_t first, int64_t places, int64_t group,
                       int64_t channel, float *gradient, bool adds)
{
    const gd__direct_weights *w = s->w;
    const gd__direct *d = w->d;
    const gd__direct_phase *p = &d->phase[0];
    const int64_t lanes = d->kernel->lanes, plane = d->result.height * d->result.width;
    const int64_t block = d->writes_result ? d->result.block : lanes;
    gd__direct_gradient job = {.x = x + (d->depthwise ? channel : 0),
                               .places = places,
                               .x_place = w->from + first,
                               .dy_place = w->to + first,
                               .runs = p->runs,
                               .length = p->length,
                               .run = p->run,
                               .gradient = gradient,
                               .vectors = gd__direct_vectors(d, channel),
                               .adds = adds};
    for (int v = 0; v < job.vectors; v++) {
        const int64_t at = channel + v * lanes + (d->writes_result ? group * d->out : 0);
        job.dy[v] = dy + at / block * plane * block + at % block;
    }
    (d->depthwise ? d->kernel->find_depthwise_gradient : d->kernel->find_gradient)(&job);
}

static void sum_piece(const void *context, int64_t index, float *memory)
{
    const summing *s = context;
    const gd__direct_weights *w = s->w;
    const gd__direct *d = w->d;
    const gd__direct_phase *p = &d->phase[0];
    const int64_t share = index % w->shares, part = index / w->shares % w->parts;
    const int64_t block = index / w->shares / w->parts % blocks_of(d);
    const int64_t group = index / w->shares / w->parts / blocks_of(d);
    const int64_t each = (int64_t)d->kernel->vectors * d->kernel->lanes, jobs = jobs_of(d);
    const int64_t begin = jobs * part / w->parts * each, end = smaller(d->width, jobs * (part + 1) / w->parts * each);
    const int64_t sets = (d->pictures + w->set - 1) / w->set;
    const int64_t first = sets * share / w->shares * w->set;
    const int64_t last = smaller(d->pictures, sets * (share + 1) / w->shares * w->set);
    float *const sums = s->sums + share * sums_of(d) + group * d->width * p->terms;
    for (int64_t n = first; n < last; n += w->set) {
        const int64_t pictures = smaller(w->set, last - n), places = pictures * p->rows * p->columns;
        const float *const x = find_x(s, group, d->depthwise ? 0 : block, n, pictures, memory);
        const float *const dy = find_dy(s, group, n, pictures, memory + w->x_room);
        for (int64_t at = 0; at < places; at += PLACES) {
            for (int64_t c = begin; c < end; c += each) {
                const int64_t width = (int64_t)gd__direct_vectors(d, c) * d->kernel->lanes;
                sum_places(s, x, dy, at, smaller(PLACES, places - at), group, c,
                           sums + c * p->terms + block * (p->terms / blocks_of(d)) * width, n > first || at > 0);
            }
        }
    }
}

// ---- The gradients in plain order

// Adds up the shares of one job of channels, into the first of them, and writes its weights.
static void write_jobs(void *context, int64_t begin, int64_t end)
{
    const summing *s = context;
    const gd__direct *d = s->w->d;
    const gd__direct_phase *p = &d->phase[0];
    const int64_t each = (int64_t)d->kernel->vectors * d->kernel->lanes, jobs = jobs_of(d);
    const int64_t block = d->depthwise ? 1 : d->block, in = d->depthwise ? 1 : d->in;
    for (int64_t job = begin; job < end; job++) {
        const int64_t group = job / jobs, channel = job % jobs * each;
        const int64_t width = (int64_t)gd__direct_vectors(d, channel) * d->kernel->lanes;
        float *const sum = s->sums + (group * d->width + channel) * p->terms;
        for (int64_t share = 1; share < s->w->shares; share++) {
            const float *const more = sum + share * sums_of(d);
            for (int64_t i = 0; i < p->terms * width; i++)
                sum[i] += more[i];
        }
        const int64_t out = group * d->out + channel;
        const int64_t limit = d->depthwise ? d->result.channels - out : d->out - channel;
        for (int64_t j = 0; j < smaller(width, limit); j++) {
            float *const dw = s->dw + (out + j) * in * d->window;
            const float *from = sum + j;
            for (int64_t b = 0; b < in; b += block) {
                for (int64_t t = 0; t < p->taps; t++) {
                    for (int64_t c = 0; c < block; c++, from += width)
                        dw[(b + c) * d->window + p->tap[t]] = *from;
                }
            }
        }
    }
}

// Sums of up to `lanes` channels, which lie side by side, over pictures and places: in f32 over a stretch of places,
// in double over the stretches.
enum { LANES = 16, STRETCH = 64 };

static void sum_channels(const float *dy, int64_t pictures, int64_t pitch, int64_t plane, int64_t block, double *sum)
{
    for (int64_t c = 0; c < block; c++)
        sum[c] = 0;
    for (int64_t n = 0; n < pictures; n++) {
        for (int64_t first = 0; first < plane; first += STRETCH) {
            const float *from = dy + n * pitch + first * block;
            float part[LANES] = {0};
            for (int64_t i = 0; i < smaller(STRETCH, plane - first); i++, from += block) {
                for (int64_t c = 0; c < block; c++)
                    part[c] += from[c];
            }
            for (int64_t c = 0; c < block; c++)
                sum[c] += (double)part[c];
        }
    }
}

static void sum_bias(void *context, int64_t begin, int64_t end)
{
    const summing *s = context;
    const gd__direct *d = s->w->d;
    const gd__pictures *y = &d->result;
    const int64_t plane = y->height * y->width, pitch = y->channels * plane;
    for (int64_t b = begin; b < end; b++) {
        const float *const dy = s->dy + b * plane * y->block;
        double sum[LANES];
        if (y->block == 16)
            sum_channels(dy, d->pictures, pitch, plane, 16, sum);
        else if (y->block == 8)
            sum_channels(dy, d->pictures, pitch, plane, 8, sum);
        else
            sum_channels(dy, d->pictures, pitch, plane, 1, sum);
        for (int64_t c = 0; c < y->block; c++)
            s->db[b * y->block + c] = (float)sum[c];
    }
}

void gd__direct_weights_run(const gd__direct_weights *w, const float *x, const float *dy, float *dw, float *db,
                            float *memory)
{
    const gd__direct *d = w->d;
    float *const rest = memory + w->shares * sums_of(d);
    summing s = {.w = w, .x = x, .dy = dy, .dw = dw, .db = db, .sums = memory};
    gd__direct_share(d->groups * blocks_of(d) * w->parts * w->shares, sum_piece, &s, rest, w->x_room + w->dy_room);
    gd__parallel(d->groups * jobs_of(d), 1, write_jobs, &s);
    if (db != NULL)
        gd__parallel(d->result.channels / d->result.block, 1, sum_bias, &s);
}
