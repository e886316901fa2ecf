// Packing weights, and the result from the source.
#include <string.h>

#include "base/parallel.h"
#include "cpu/direct.h"

// ---- Packing

typedef struct packing {
    const gd__direct *d;
    const float *weights, *bias;
    float *packed;
    int64_t in_stride, out_stride; // of the plain weights, by channel of the source and of the result
} packing;

// The weights of one phase for `width` channels of the result from `channel` of a group on: (blocks, taps, block,
// width).
static void pack_columns(const packing *p, const gd__direct_phase *phase, const float *from, int64_t real,
                         int64_t width, float *to)
{
    const gd__direct *d = p->d;
    const int64_t blocks = d->depthwise ? 1 : d->blocks, block = d->depthwise ? 1 : d->block;
    for (int64_t b = 0; b < blocks; b++) {
        for (int64_t t = 0; t < phase->taps; t++) {
            for (int64_t c = 0; c < block; c++, to += width) {
                const float *const at = from + (b * block + c) * p->in_stride + phase->tap[t];
                for (int64_t j = 0; j < real; j++)
                    to[j] = at[j * p->out_stride];
                for (int64_t j = real; j < width; j++)
                    to[j] = 0;
            }
        }
    }
}

// Items are the vectors of channels that kernels take at a time, of all groups.
static void pack_items(void *context, int64_t begin, int64_t end)
{
    const packing *p = context;
    const gd__direct *d = p->d;
    const int64_t each = (int64_t)d->kernel->vectors * d->kernel->lanes, items = (d->width + each - 1) / each;
    const int64_t channels = d->depthwise ? d->result.channels : d->out;
    for (int64_t item = begin; item < end; item++) {
        const int64_t group = item / items, channel = item % items * each;
        const int64_t width = gd__direct_vectors(d, channel) * d->kernel->lanes;
        const int64_t whole = group * d->out + channel; // of all channels of the result
        int64_t real = (d->depthwise ? channels - whole : channels - channel);
        real = real < 0 ? 0 : (real < width ? real : width);
        // The first axis of the weights counts the outputs of all groups, the second one the inputs of one group.
        const int64_t first = d->backward && !d->depthwise ? group * d->in * p->in_stride + channel * p->out_stride
                                                           : whole * p->out_stride;
        for (int i = 0; i < d->phase_count; i++) {
            const gd__direct_phase *phase = &d->phase[i];
            pack_columns(p, phase, p->weights + first, real, width,
                         p->packed + phase->weights + (group * d->width + channel) * phase->terms);
        }
        float *const bias = p->packed + d->bias + group * d->width + channel;
        for (int64_t j = 0; j < width; j++)
            bias[j] = p->bias != NULL && j < real ? p->bias[whole + j] : 0;
    }
}

void gd__direct_pack(const gd__direct *d, const float *weights, const float *bias, float *packed)
{
    const int64_t inner = d->depthwise ? 1 : (d->backward ? d->out : d->in); // the second axis of the weights
    packing p = {.d = d, .weights = weights, .bias = bias, .packed = packed};
    const bool turned = d->backward && !d->depthwise;
    p.out_stride = turned ? d->window : inner * d->window;
    p.in_stride = turned ? inner * d->window : d->window;
    const int64_t each = (int64_t)d->kernel->vectors * d->kernel->lanes;
    gd__parallel(d->groups * ((d->width + each - 1) / each), 1, pack_items, &p);
}

// ---- One piece of work

int64_t gd__direct_memory(const gd__direct *d)
{
    return d->slots * (d->source_room + d->result_room);
}

// The pictures, the band of rows of places, and the channels of one group that a piece is about.
typedef struct piece {
    const gd__direct *d;
    const gd__direct_call *call;
    int64_t group, picture, pictures, row, rows, channel, channels;
    const float *source; // the band of the first picture as the kernels read it
    float *result;       // where the kernels write: the result itself or working memory
    const float *addend; // NULL where the kernels write into working memory
} piece;

// Where a channel of a group begins in the memory that the kernels write.
static int64_t channel_offset(const piece *p, int64_t channel)
{
    const gd__direct *d = p->d;
    const int64_t block = d->writes_result ? d->result.block : d->kernel->lanes;
    const int64_t rows = d->writes_result ? d->result.height : d->band * d->apart[0];
    const int64_t at = d->writes_result ? p->group * d->out + channel : channel;
    return at / block * rows * d->result.width * block + at % block;
}

// Runs `first` … first + runs - 1 of a phase for all pictures of the piece and the channels of one job.
static void run_job(const piece *p, const gd__direct_phase *phase, int64_t channel, int64_t first, int64_t runs)
{
    const gd__direct *d = p->d;
    const int lanes = d->kernel->lanes, vectors = gd__direct_vectors(d, channel);
    const int64_t all = phase->runs * (d->depthwise ? 1 : d->blocks);
    const int64_t block = d->writes_result ? d->result.block : lanes;
    const int64_t rows = phase->rows - p->row < p->rows ? phase->rows - p->row : p->rows;
    const int64_t width = vectors * lanes, at = p->group * d->width + channel;
    const bool last = first + runs >= all;
    gd__direct_job job = {
        .places = rows > 0 ? p->pictures * rows * phase->columns : 0,
        .x_place = phase->from,
        .y_place = phase->to,
        .runs = runs,
        .length = phase->length,
        .run = phase->run + first,
        .weights =
            p->call->packed + phase->weights + at * phase->terms + first * (d->depthwise ? 1 : phase->length) * width,
        .bias = first == 0 ? p->call->packed + d->bias + at : NULL,
        .vectors = vectors,
        .relu = last && p->call->relu && d->writes_result,
    };
    const int64_t origin =
        phase->first * block + (d->writes_result ? p->row * d->apart[0] * d->result.width * block : 0);
    job.x = p->source + (d->depthwise ? channel : 0);
    for (int v = 0; v < vectors; v++) {
        const int64_t offset = channel_offset(p, channel + v * lanes) + origin;
        job.y[v] = p->result + offset;
        // The addend may be the result's own memory, so it is read before the first sums are written there.
        job.addend[v] = first == 0 && p->addend != NULL ? p->addend + offset : NULL;
    }
    (d->depthwise ? d->kernel->convolve_depthwise : d->kernel->convolve)(&job);
}

// The weights of so many terms stay in the first cache while the places go by.
enum { CHUNK = 4096 }; // numbers

static void run_phase(const piece *p, const gd__direct_phase *phase)
{
    const gd__direct *d = p->d;
    const int64_t lanes = d->kernel->lanes, all = phase->runs * (d->depthwise ? 1 : d->blocks);
    const int64_t width = d->kernel->vectors * lanes;
    int64_t chunk = d->depthwise ? all : CHUNK / (phase->length * width);
    chunk = chunk < 1 ? 1 : chunk;
    for (int64_t first = 0; first == 0 || first < all; first += chunk) {
        const int64_t runs = all - first < chunk ? all - first : chunk;
        for (int64_t c = p->channel; c < p->channel + p->channels; c += width)
            run_job(p, phase, c, first, runs);
    }
}

static void copy_source(piece *p, float *memory)
{
    const gd__direct *d = p->d;
    const int64_t plane = d->source.height * d->source.width;
    const float *const source = p->call->source + p->picture * d->source.channels * plane;
    if (d->reads_source) {
        p->source = source + p->group * d->in * plane + p->row * d->step[0] * d->source.width * d->block;
        return;
    }
    const gd__direct_part part = {.channel = p->group * d->in,
                                  .channels = d->in,
                                  .row = d->low[0] + p->row * d->step[0],
                                  .column = d->low[1],
                                  .height = d->height,
                                  .width = d->columns,
                                  .block = d->block};
    p->source = memory;
    for (int64_t i = 0; i < p->pictures; i++)
        gd__direct_copy(&part, &d->source, source + i * d->source.channels * plane, memory + i * d->source_pitch);
}

// From working memory to the result: adds what is to be added, then ReLU.
static void copy_result(const piece *p)
{
    const gd__direct *d = p->d;
    const gd__pictures *y = &d->result;
    const int64_t plane = y->height * y->width, lanes = d->kernel->lanes;
    const int64_t begin = p->row * d->apart[0], room = d->band * d->apart[0];
    const int64_t rows = begin + room < y->height ? room : y->height - begin;
    const int64_t limit = d->depthwise ? y->channels - p->group * d->out : d->out;
    for (int64_t i = 0; i < p->pictures; i++) {
        for (int64_t c = p->channel; c < p->channel + p->channels && c < limit; c++) {
            const int64_t at = p->group * d->out + c;
            const int64_t to = (p->picture + i) * y->channels * plane +
                               (at / y->block * plane + begin * y->width) * y->block + at % y->block;
            const float *const from = p->result + i * d->result_pitch + c / lanes * room * y->width * lanes + c % lanes;
            const float *const addend = p->call->addend != NULL ? p->call->addend + to : NULL;
            float *const result = p->call->result + to;
            for (int64_t k = 0; k < rows * y->width; k++) {
                const float value = from[k * lanes] + (addend != NULL ? addend[k * y->block] : 0);
                result[k * y->block] = p->call->relu && value <= 0 ? 0 : value;
            }
        }
    }
}

typedef struct running {
    const gd__direct *d;
    const gd__direct_call *call;
} running;

static void run_piece(const void *context, int64_t index, float *memory)
{
    const running *r = context;
    const gd__direct *d = r->d;
    const int64_t part = index % d->parts, band = index / d->parts % d->bands;
    const int64_t set = index / d->parts / d->bands % d->sets;
    const int64_t each = (int64_t)d->kernel->vectors * d->kernel->lanes, jobs = (d->width + each - 1) / each;
    const int64_t begin = jobs * part / d->parts * each, end = jobs * (part + 1) / d->parts * each;
    piece p = {.d = d, .call = r->call, .group = index / d->parts / d->bands / d->sets};
    p.channel = begin;
    p.channels = (end < d->width ? end : d->width) - begin;
    p.picture = set * d->set;
    p.pictures = d->pictures - p.picture < d->set ? d->pictures - p.picture : d->set;
    p.row = band * d->band;
    p.rows = d->band;
    copy_source(&p, memory);
    const int64_t plane = d->result.height * d->result.width;
    if (d->writes_result) {
        const int64_t at = p.picture * d->result.channels * plane;
        p.result = r->call->result + at;
        p.addend = r->call->addend != NULL ? r->call->addend + at : NULL;
    } else {
        p.result = memory + d->source_room;
    }
    for (int i = 0; i < d->phase_count; i++)
        run_phase(&p, &d->phase[i]);
    if (!d->writes_result)
        copy_result(&p);
}

void gd__direct_run(const gd__direct *d, const gd__direct_call *call)
{
    const running r = {d, call};
    gd__direct_share(d->groups * d->sets * d->bands * d->parts, run_piece, &r, call->memory,
                     d->source_room + d->result_room);
}
