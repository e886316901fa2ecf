#include "cpu/direct.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/processor.h"

// What a piece of work copies stays in the cache of a core together with weights and results.
enum { ROOM = 64 << 10 }; // numbers

// ---- The taps of a window along one axis

// Place i meets the source at i * step + offset[k], k < count; index[k] is the element of the window there.
typedef struct axis {
    int64_t count, places;
    int64_t *offset, *index;
} axis;

static bool make_axis(axis *a, int64_t kernel)
{
    a->offset = gd__alloc((size_t)kernel * 2 * sizeof *a->offset);
    a->index = a->offset != NULL ? a->offset + kernel : NULL;
    return a->offset != NULL;
}

static void forward_axis(axis *a, const gd__window *w, int n)
{
    a->places = gd__window_places(w, n);
    a->count = w->kernel[n];
    for (int64_t k = 0; k < a->count; k++) {
        a->offset[k] = k * w->dilation[n] - w->pad_begin[n];
        a->index[k] = k;
    }
}

// dx[i] is the sum of w[k] dy[p] over k and p with i = stride p + dilation k - pad. Of the places i = stride q + phase
// each meets the same k, at p = q + (phase + pad - dilation k) / stride.
static void backward_axis(axis *a, const gd__window *w, int n, int64_t phase)
{
    a->places = (w->size[n] - phase + w->stride[n] - 1) / w->stride[n];
    a->count = 0;
    for (int64_t k = w->kernel[n] - 1; k >= 0; k--) {
        const int64_t off = phase + w->pad_begin[n] - k * w->dilation[n];
        if (off % w->stride[n] != 0)
            continue;
        a->offset[a->count] = off / w->stride[n];
        a->index[a->count++] = k;
    }
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

// ---- Phases

typedef struct making {
    gd__direct *d;
    const gd__window *window;
    axis *axis[2]; // by phase along the axis
    int64_t phases[2];
    int64_t far[2];  // the largest offset of a tap
    int64_t high[2]; // the last row and column of the source that are met
} making;

static bool make_axes(making *m)
{
    for (int n = 0; n < 2; n++) {
        const gd__window *w = m->window;
        m->phases[n] = m->d->backward ? smaller(w->stride[n], w->size[n]) : 1;
        m->axis[n] = gd__alloc_zeroed((size_t)m->phases[n], sizeof *m->axis[n]);
        if (m->axis[n] == NULL)
            return false;
        m->d->step[n] = m->d->backward ? 1 : w->stride[n];
        m->d->apart[n] = m->d->backward ? w->stride[n] : 1;
        bool any = false;
        for (int64_t i = 0; i < m->phases[n]; i++) {
            axis *a = &m->axis[n][i];
            if (!make_axis(a, w->kernel[n]))
                return false;
            if (m->d->backward)
                backward_axis(a, w, n, i);
            else
                forward_axis(a, w, n);
            if (a->count == 0)
                continue;
            const int64_t far = a->offset[a->count - 1], last = (a->places - 1) * m->d->step[n] + far;
            m->far[n] = any ? larger(m->far[n], far) : far;
            m->d->low[n] = any ? smaller(m->d->low[n], a->offset[0]) : a->offset[0];
            m->high[n] = any ? larger(m->high[n], last) : last;
            any = true;
        }
    }
    return true;
}

static void free_axes(making *m)
{
    for (int n = 0; n < 2; n++) {
        for (int64_t i = 0; m->axis[n] != NULL && i < m->phases[n]; i++)
            gd__free(m->axis[n][i].offset);
        gd__free(m->axis[n]);
    }
}

// The length of the runs in which taps at these offsets (ascending) stand side by side: the largest that divides them
// all evenly.
static int64_t run_of_taps(const int64_t *offset, int64_t count, int64_t columns)
{
    const int64_t candidate[] = {count, columns};
    for (int i = 0; i < 2; i++) {
        bool good = candidate[i] > 0;
        for (int64_t t = 1; good && t < count; t++)
            good = t % candidate[i] == 0 || offset[t] == offset[t - 1] + 1;
        if (good)
            return candidate[i];
    }
    return 1;
}

// The tables of a phase for the taps of its two axes.
static bool fill_phase(const making *m, gd__direct_phase *p, const axis *down, const axis *across)
{
    const gd__direct *d = m->d;
    const int64_t each = smaller(d->band, p->rows) * p->columns, places = d->set * each;
    int64_t *offset = gd__alloc((size_t)(p->taps + 1) * sizeof *offset);
    p->tap = gd__alloc((size_t)(p->taps + 1) * sizeof *p->tap);
    p->from = gd__alloc((size_t)(places + 1) * sizeof *p->from);
    p->to = gd__alloc((size_t)(places + 1) * sizeof *p->to);
    p->run = gd__alloc((size_t)(d->blocks * p->taps + 1) * sizeof *p->run);
    if (offset == NULL || p->tap == NULL || p->from == NULL || p->to == NULL || p->run == NULL) {
        gd__free(offset);
        return false;
    }
    // A source that is read as it is begins at its own first row and column.
    const int64_t top = d->reads_source ? 0 : d->low[0], left = d->reads_source ? 0 : d->low[1];
    for (int64_t i = 0, t = 0; i < down->count; i++) {
        for (int64_t j = 0; j < across->count; j++, t++) {
            offset[t] = (down->offset[i] - top) * d->columns + across->offset[j] - left;
            p->tap[t] = down->index[i] * m->window->kernel[1] + across->index[j];
        }
    }
    const int64_t together = d->depthwise ? 1 : run_of_taps(offset, p->taps, across->count);
    p->runs = p->taps / together;
    p->length = together * d->block;
    for (int64_t b = 0; b < d->blocks; b++) {
        for (int64_t r = 0; r < p->runs; r++)
            p->run[b * p->runs + r] = (b * d->height * d->columns + offset[r * together]) * d->block;
    }
    const int64_t block = d->writes_result ? d->result.block : d->kernel->lanes;
    for (int64_t i = 0; i < places; i++) {
        const int64_t picture = i / each, row = i % each / p->columns, column = i % p->columns;
        p->from[i] = picture * d->source_pitch + (row * d->step[0] * d->columns + column * d->step[1]) * d->block;
        p->to[i] = picture * d->result_pitch + (row * d->apart[0] * d->result.width + column * d->apart[1]) * block;
    }
    gd__free(offset);
    return true;
}

static bool make_phases(making *m)
{
    gd__direct *d = m->d;
    d->phase_count = (int)(m->phases[0] * m->phases[1]);
    d->phase = gd__alloc_zeroed((size_t)d->phase_count, sizeof *d->phase);
    if (d->phase == NULL)
        return false;
    int64_t weights = 0;
    for (int i = 0; i < d->phase_count; i++) {
        const int64_t h = i / m->phases[1], w = i % m->phases[1];
        const axis *down = &m->axis[0][h], *across = &m->axis[1][w];
        gd__direct_phase *p = &d->phase[i];
        p->rows = down->places;
        p->columns = across->places;
        p->first = h * d->result.width + w;
        p->taps = down->count * across->count;
        p->terms = p->taps * (d->depthwise ? 1 : d->in);
        p->weights = weights;
        weights += d->groups * p->terms * d->width;
        if (!fill_phase(m, p, down, across))
            return false;
    }
    d->bias = weights;
    d->weight_count = weights + d->groups * d->width;
    return true;
}

// ---- Pieces of work

static void choose_pieces(making *m)
{
    gd__direct *d = m->d;
    const int64_t columns = m->high[1] - d->low[1] + 1;
    const int64_t rows = m->axis[0][0].places, places = rows * m->axis[1][0].places;
    const int64_t channels = d->blocks * d->block;
    const int64_t span = m->far[0] - d->low[0] + 1; // rows that one row of places meets
    d->columns = d->reads_source ? d->source.width : columns;
    d->band = rows;
    if (!d->reads_source) {
        const int64_t most = (ROOM / (columns * channels) - span) / d->step[0] + 1;
        d->band = larger(1, smaller(rows, most));
    }
    if (!d->writes_result) {
        const int64_t most = ROOM / (d->width * d->result.width * d->apart[0]);
        d->band = larger(1, smaller(d->band, most));
    }
    d->bands = (rows + d->band - 1) / d->band;
    d->band = (rows + d->bands - 1) / d->bands;
    d->height = d->reads_source ? d->source.height : (d->band - 1) * d->step[0] + span;
    const int64_t source = d->height * d->columns * channels,
                  result = d->band * d->apart[0] * d->result.width * d->width;
    // Small pictures go several at a time, so that the weights are read less often.
    const int64_t threads = gd_threads(), enough = 128, room = larger(source, result);
    d->set = 1;
    while (d->bands == 1 && d->set * places < enough && d->set < d->pictures && (d->set + 1) * room <= 4 * ROOM &&
           d->pictures / (d->set + 1) >= threads)
        d->set++;
    d->sets = (d->pictures + d->set - 1) / d->set;
    const int64_t items = d->groups * d->sets * d->bands;
    const int64_t most = (d->width / d->kernel->lanes + d->kernel->vectors - 1) / d->kernel->vectors;
    d->parts = items < 3 * threads ? smaller(most, (3 * threads + items - 1) / larger(items, 1)) : 1;
    if (threads == 1)
        d->parts = 1;
    d->slots = gd__workers();
    d->source_pitch = d->reads_source ? d->source.channels * d->source.height * d->source.width : source;
    d->result_pitch = d->writes_result ? d->result.channels * d->result.height * d->result.width : result;
    d->source_room = d->reads_source ? 0 : d->set * source;
    d->result_room = d->writes_result ? 0 : d->set * result;
}

bool gd__direct_make(gd__direct *d, const gd__direct_kernel *kernel, const gd__convolution_attributes *attributes,
                     gd__pictures x, gd__pictures y, bool backward)
{
    const gd__window *window = &attributes->window;
    *d = (gd__direct){.kernel = kernel,
                      .backward = backward,
                      .pictures = x.count,
                      .groups = attributes->groups,
                      .source = backward ? y : x,
                      .result = backward ? x : y,
                      .window = window->kernel[0] * window->kernel[1]};
    const int64_t wide = gd__channel_block();
    d->in = d->source.channels / d->groups;
    d->out = d->result.channels / d->groups;
    d->depthwise = d->groups > 1 && d->in == 1 && d->out == 1;
    if (d->depthwise) {
        d->in = d->out = wide;
        d->groups = (d->source.channels + wide - 1) / wide;
    }
    d->width = (d->out + kernel->lanes - 1) / kernel->lanes * kernel->lanes;
    d->block = d->source.block == wide && d->in % wide == 0 ? wide : d->in;
    d->blocks = d->in / d->block;
    making m = {.d = d, .window = window};
    bool good = make_axes(&m);
    if (good) {
        const bool inside =
            d->low[0] >= 0 && d->low[1] >= 0 && m.high[0] < d->source.height && m.high[1] < d->source.width;
        d->reads_source = inside && d->source.block == d->block;
        d->writes_result = d->result.block == wide && d->out % kernel->lanes == 0;
        choose_pieces(&m);
        good = make_phases(&m);
    }
    free_axes(&m);
    if (!good)
        gd__direct_free(d);
    return good;
}

void gd__direct_free(gd__direct *d)
{
    for (int i = 0; d->phase != NULL && i < d->phase_count; i++) {
        gd__free(d->phase[i].tap);
        gd__free(d->phase[i].run);
        gd__free(d->phase[i].from);
        gd__free(d->phase[i].to);
    }
    gd__free(d->phase);
    d->phase = NULL;
}

// ---- Copying and sharing

int gd__direct_vectors(const gd__direct *d, int64_t channel)
{
    const int64_t left = (d->width - channel) / d->kernel->lanes;
    return (int)smaller(left, d->kernel->vectors);
}

// One row of one block of channels: `count` places that lie within the picture.
static void copy_row(const gd__pictures *p, const float *picture, int64_t channel, int64_t channels, int64_t place,
                     int64_t count, int64_t block, float *to)
{
    const int64_t plane = p->height * p->width;
    if (p->block == block && channel % block == 0 && channels == block) {
        memcpy(to, picture + (channel / block * plane + place) * block, (size_t)(count * block) * sizeof *to);
        return;
    }
    for (int64_t c = 0; c < block; c++) {
        const int64_t at = channel + c;
        const float *const from = picture + (at / p->block * plane + place) * p->block + at % p->block;
        for (int64_t i = 0; i < count; i++)
            to[i * block + c] = c < channels ? from[i * p->block] : 0;
    }
}

void gd__direct_copy(const gd__direct_part *part, const gd__pictures *pictures, const float *picture, float *to)
{
    const int64_t block = part->block;
    const int64_t first = smaller(larger(0, -part->column), part->width);
    const int64_t end = larger(first, smaller(part->width, pictures->width - part->column));
    for (int64_t c = 0; c < part->channels; c += block) {
        const int64_t channel = part->channel + c;
        const int64_t real = larger(0, smaller(block, pictures->channels - channel));
        for (int64_t i = 0; i < part->height; i++, to += part->width * block) {
            const int64_t row = part->row + i;
            const bool inside = row >= 0 && row < pictures->height && real > 0 && first < end;
            const int64_t left = inside ? first : part->width;
            memset(to, 0, (size_t)(left * block) * sizeof *to);
            if (!inside)
                continue;
            copy_row(pictures, picture, channel, real, row * pictures->width + part->column + first, end - first, block,
                     to + first * block);
            memset(to + end * block, 0, (size_t)((part->width - end) * block) * sizeof *to);
        }
    }
}

typedef struct sharing {
    gd__direct_work *work;
    const void *context;
    float *memory;
    int64_t room;
} sharing;

static void work_on(void *context, int64_t begin, int64_t end)
{
    const sharing *s = context;
    for (int64_t piece = begin; piece < end; piece++)
        s->work(s->context, piece, s->memory + gd__worker() * s->room);
}

void gd__direct_share(int64_t pieces, gd__direct_work *work, const void *context, float *memory, int64_t room)
{
    sharing s = {work, context, memory, room};
    gd__parallel(pieces, 1, work_on, &s);
}
