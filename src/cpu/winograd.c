#include "cpu/winograd.h"

#include <string.h>

#include "base/number.h"
#include "base/parallel.h"
#include "cpu/simd.h"

// The polynomials behind the algorithm are evaluated at 0, at pairs of points a and -a, and at infinity. Toom's and
// Cook's multiplication of polynomials, transposed, then gives
//     G and A: powers of the points      B: the coefficients of the product of all (x - point) but one
// What is even in x and what is odd is the same for a and -a but for the sign, so each pair shares its sums.
enum { MOST_POINTS = 8, MOST_PAIRS = 3, MOST_KERNEL = 5, LANES = 16 };

typedef struct point_set {
    int pairs;
    float point[MOST_PAIRS];            // a
    float rest[MOST_PAIRS][MOST_PAIRS]; // of the product of (x² - b²) over the other pairs: x^0, x^2 …
    float norm[MOST_PAIRS];             // 1 / (2 a² times that product at a)
    float zero[MOST_PAIRS + 1];         // of the product over all pairs, divided by its value at 0
    float at_zero;                      // that value
} point_set;

static const point_set six = {.pairs = 2,
                              .point = {1, 2},
                              .rest = {{-4, 1}, {-1, 1}},
                              .norm = {-1.0F / 6, 1.0F / 24},
                              .zero = {1, -1.25F, 0.25F},
                              .at_zero = 4};
static const point_set eight = {.pairs = 3,
                                .point = {1, 2, 0.5F},
                                .rest = {{1, -4.25F, 1}, {0.25F, -1.25F, 1}, {4, -5, 1}},
                                .norm = {-2.0F / 9, 1.0F / 90, 32.0F / 45},
                                .zero = {1, -5.25F, 5.25F, -1},
                                .at_zero = -1};

// Sixteen channels at once. Memory is that of others, so it may begin anywhere; arrays of this file are aligned, which
// compilers take for granted.
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint32_t bits __attribute__((vector_size(4 * LANES)));
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

// The functions below are parts of loops: always inlined, with numbers of points and terms that are known there.
#define PART static inline __attribute__((always_inline))

// y = B^T x: 2 pairs + 2 numbers.
PART void see(const point_set *p, lanes *y, int y_step, const lanes *x, int x_step)
{
    const int pairs = p->pairs, last = 2 * pairs + 1;
    lanes first = x[0] * p->zero[0], infinite = x[x_step] * (p->at_zero * p->zero[0]);
    for (int i = 1; i <= pairs; i++) {
        first += x[2 * i * x_step] * p->zero[i];
        infinite += x[(2 * i + 1) * x_step] * (p->at_zero * p->zero[i]);
    }
    y[0] = first;
    y[last * y_step] = infinite;
    for (int k = 0; k < pairs; k++) {
        lanes even = x[2 * x_step] * p->rest[k][0], odd = x[x_step] * p->rest[k][0];
        for (int i = 1; i < pairs; i++) {
            even += x[(2 * i + 2) * x_step] * p->rest[k][i];
            odd += x[(2 * i + 1) * x_step] * p->rest[k][i];
        }
        odd *= p->point[k];
        y[(2 * k + 1) * y_step] = even + odd;
        y[(2 * k + 2) * y_step] = even - odd;
    }
}

// y = G x, for `count` numbers.
PART void expand(const point_set *p, int count, lanes *y, int y_step, const lanes *x, int x_step)
{
    y[0] = x[0];
    y[(2 * p->pairs + 1) * y_step] = x[(count - 1) * x_step];
    for (int k = 0; k < p->pairs; k++) {
        float power = p->norm[k];
        lanes even = x[0] * power, odd = {0};
        for (int i = 1; i < count; i++) {
            power *= p->point[k];
            if (i % 2 == 0)
                even += x[i * x_step] * power;
            else
                odd += x[i * x_step] * power;
        }
        y[(2 * k + 1) * y_step] = even + odd;
        y[(2 * k + 2) * y_step] = even - odd;
    }
}

// y = A^T x, `count` numbers.
PART void collect(const point_set *p, int count, lanes *y, int y_step, const lanes *x, int x_step)
{
    _Alignas(64) lanes even[MOST_PAIRS], odd[MOST_PAIRS];
    for (int k = 0; k < p->pairs; k++) {
        const lanes plus = x[(2 * k + 1) * x_step], minus = x[(2 * k + 2) * x_step];
        even[k] = plus + minus;
        odd[k] = plus - minus;
    }
    for (int i = 0; i < count; i++) {
        lanes sum = {0};
        for (int k = 0; k < p->pairs; k++) {
            float power = 1;
            for (int j = 0; j < i; j++)
                power *= p->point[k];
            sum += (i % 2 == 0 ? even[k] : odd[k]) * power;
        }
        if (i == 0)
            sum += x[0];
        if (i == count - 1)
            sum += x[(2 * p->pairs + 1) * x_step];
        y[i * y_step] = sum;
    }
}

// The transforms of square tiles: of all columns, then of all rows. A tile of y, or of a window, is count x count.
enum { MOST = MOST_POINTS * MOST_POINTS };

PART void see_tile(const point_set *p, lanes *v, const lanes *x)
{
    const int points = 2 * p->pairs + 2;
    _Alignas(64) lanes partly[MOST];
    for (int j = 0; j < points; j++)
        see(p, partly + j, points, x + j, points);
    for (int i = 0; i < points; i++)
        see(p, v + i * points, 1, partly + i * points, 1);
}

PART void expand_tile(const point_set *p, int count, lanes *u, const lanes *g)
{
    const int points = 2 * p->pairs + 2;
    _Alignas(64) lanes partly[MOST];
    for (int j = 0; j < count; j++)
        expand(p, count, partly + j, count, g + j, count);
    for (int i = 0; i < points; i++)
        expand(p, count, u + i * points, 1, partly + i * count, 1);
}

PART void collect_tile(const point_set *p, int count, lanes *y, const lanes *m)
{
    const int points = 2 * p->pairs + 2;
    _Alignas(64) lanes partly[MOST];
    for (int j = 0; j < points; j++)
        collect(p, count, partly + j, points, m + j, points);
    for (int i = 0; i < count; i++)
        collect(p, count, y + i * count, 1, partly + i * points, 1);
}

// Sixteen numbers of memory, as what is read or assigned to.
#define AT(from) (*(const lanes *)(const void *)(from))
#define TO(to) (*(lanes *)(void *)(to))

// Sixteen numbers of a picture, `at` numbers on from its beginning.
PART void read_lanes(lanes *to, const void *from, int64_t at, bool half)
{
    if (half) {
        halves upper;
        memcpy(&upper, (const uint16_t *)from + at, sizeof upper);
        *to = (lanes)(__builtin_convertvector(upper, bits) << 16);
    } else {
        *to = AT((const float *)from + at);
    }
}

// bf16 is rounded as base/number.h says.
PART void write_lanes(void *to, int64_t at, const lanes *value, bool half)
{
    if (half) {
        const bits all = (bits)*value, is_nan = (bits)((all & 0x7fffffff) > 0x7f800000);
        const bits rounded = (all + 0x7fff + (all >> 16 & 1)) >> 16;
        const halves upper = __builtin_convertvector((is_nan & (all >> 16 | 0x40)) | (~is_nan & rounded), halves);
        memcpy((uint16_t *)to + at, &upper, sizeof upper);
    } else {
        TO((float *)to + at) = *value;
    }
}

// The numbers of one tile in the matrices of all points, which are `pitch` numbers apart.
PART void read_points(lanes *tile, const point_set *p, const float *from, int64_t pitch)
{
    const int points = 2 * p->pairs + 2;
    for (int i = 0; i < points * points; i++)
        tile[i] = AT(from + i * pitch);
}

PART void write_points(float *to, int64_t pitch, const point_set *p, const lanes *tile)
{
    const int points = 2 * p->pairs + 2;
    for (int i = 0; i < points * points; i++)
        TO(to + i * pitch) = tile[i];
}

// ---- Tiles

typedef struct tiles {
    const gd__winograd *w;
    const gd__winograd_weights *form;
    const void *from;
    void *to;
    gd__winograd_share share;
    gd__winograd_after after;
} tiles;

// Item `item` of a loop over rows of tiles and blocks of channels.
typedef struct place {
    int64_t picture, top, block; // `top`: the row of tiles in its picture
    int64_t tile;                // the number of its first tile in the matrices
} place;

PART place place_of(const tiles *t, int64_t item, int64_t blocks)
{
    const int64_t row = item / blocks, at = t->share.row + row;
    return (place){at / t->w->down, at % t->w->down, item % blocks, row * t->w->across};
}

// Where a block of channels of a picture (height, width, 16) begins, or NOWHERE for a picture that is not there.
enum { NOWHERE = -1 };
PART int64_t plane(const gd__winograd *w, const place *at, int64_t channels, int64_t first, int64_t size)
{
    return at->picture < w->pictures ? (at->picture * channels + first + at->block * LANES) * size : NOWHERE;
}

// A plane of pictures, and the size of the square tiles that are read from it.
typedef struct source {
    const void *data;
    int64_t plane, height, width;
    int count;
    bool half;
} source;

// The tile from (y, x) on, with zeros outside.
PART void read_tile(lanes *to, const source *s, int64_t y, int64_t x)
{
    for (int i = 0; i < s->count; i++) {
        const bool inside = s->plane != NOWHERE && y + i >= 0 && y + i < s->height;
        for (int j = 0; j < s->count; j++) {
            to[i * s->count + j] = (lanes){0};
            if (inside && x + j >= 0 && x + j < s->width)
                read_lanes(&to[i * s->count + j], s->data, s->plane + ((y + i) * s->width + x + j) * LANES, s->half);
        }
    }
}

PART void input_range(const tiles *t, const point_set *p, bool half, int64_t begin, int64_t end)
{
    const gd__winograd *w = t->w;
    _Alignas(64) lanes x[MOST], v[MOST];
    for (int64_t item = begin; item < end; item++) {
        const place at = place_of(t, item, w->in / LANES);
        const int64_t from = plane(w, &at, w->in, 0, w->height * w->width);
        const source x_plane = {t->from, from, w->height, w->width, 2 * p->pairs + 2, half};
        for (int64_t across = 0; across < w->across; across++) {
            read_tile(x, &x_plane, at.top * w->step - w->pad_top, across * w->step - w->pad_left);
            see_tile(p, v, x);
            float *to = (float *)t->to + (at.tile + across) * w->in + at.block * LANES;
            write_points(to, w->in_pitch, p, v);
        }
    }
}

PART void gradient_range(const tiles *t, const point_set *p, int step, bool half, int64_t begin, int64_t end)
{
    const gd__winograd *w = t->w;
    _Alignas(64) lanes dy[MOST], d[MOST];
    for (int64_t item = begin; item < end; item++) {
        const place at = place_of(t, item, w->part / LANES);
        const int64_t from = plane(w, &at, w->out, t->share.channel, w->out_height * w->out_width);
        const source dy_plane = {t->from, from, w->out_height, w->out_width, step, half};
        for (int64_t across = 0; across < w->across; across++) {
            read_tile(dy, &dy_plane, at.top * step, across * step);
            expand_tile(p, step, d, dy);
            float *to = (float *)t->to + (at.tile + across) * w->part + at.block * LANES;
            write_points(to, w->out_pitch, p, d);
        }
    }
}

PART void output_range(const tiles *t, const point_set *p, int step, bool half, int64_t begin, int64_t end)
{
    const gd__winograd *w = t->w;
    const lanes none = {0};
    _Alignas(64) lanes m[MOST], y[MOST];
    for (int64_t item = begin; item < end; item++) {
        const place at = place_of(t, item, w->part / LANES);
        if (at.picture >= w->pictures)
            continue;
        const float *biases = t->after.bias;
        const lanes bias = biases != NULL ? AT(biases + t->share.channel + at.block * LANES) : none;
        const int64_t to = plane(w, &at, w->out, t->share.channel, w->out_height * w->out_width);
        for (int64_t across = 0; across < w->across; across++) {
            const float *from = (const float *)t->from + (at.tile + across) * w->part + at.block * LANES;
            read_points(m, p, from, w->out_pitch);
            collect_tile(p, step, y, m);
            for (int i = 0; i < step && at.top * step + i < w->out_height; i++) {
                const int64_t row = to + ((at.top * step + i) * w->out_width + across * step) * LANES;
                for (int j = 0; j < step && across * step + j < w->out_width; j++) {
                    const lanes sum = y[i * step + j] + bias;
                    const lanes result = t->after.relu ? (lanes)(~(bits)(sum <= 0) & (bits)sum) : sum; // keeps NaN
                    write_lanes(t->to, row + j * LANES, &result, half);
                }
            }
        }
    }
}

// ---- Weights: items are pairs of an input channel and a block of output channels

// The window from channel `in` to the 16 output channels of the block, (kernel², 16).
PART void read_window(lanes *to, const tiles *t, int64_t in, int64_t block, int count, bool half)
{
    const gd__winograd_weights *f = t->form;
    _Alignas(64) float number[MOST_KERNEL * MOST_KERNEL * LANES];
    for (int lane = 0; lane < LANES; lane++) {
        const int64_t from = f->in[in] + f->out[t->share.channel + block * LANES + lane];
        for (int k = 0; k < count; k++) {
            const int64_t at = from + f->place[f->turned ? count - 1 - k : k];
            number[k * LANES + lane] =
                half ? gd__bf16_to_float(((const uint16_t *)t->from)[at]) : ((const float *)t->from)[at];
        }
    }
    for (int k = 0; k < count; k++)
        to[k] = AT(number + k * LANES);
}

PART void filter_range(const tiles *t, const point_set *p, int kernel, bool half, int64_t begin, int64_t end)
{
    const gd__winograd *w = t->w;
    _Alignas(64) lanes g[MOST_KERNEL * MOST_KERNEL], u[MOST];
    for (int64_t item = begin; item < end; item++) {
        const int64_t blocks = w->part / LANES, in = item / blocks, block = item % blocks;
        read_window(g, t, in, block, kernel * kernel, half);
        expand_tile(p, kernel, u, g);
        float *to = (float *)t->to + in * w->part + block * LANES;
        write_points(to, w->u_pitch, p, u);
    }
}

PART void filter_gradient_range(const tiles *t, const point_set *p, int kernel, int64_t begin, int64_t end)
{
    const gd__winograd *w = t->w;
    const gd__winograd_weights *f = t->form;
    _Alignas(64) lanes du[MOST], dw[MOST_KERNEL * MOST_KERNEL];
    for (int64_t item = begin; item < end; item++) {
        const int64_t blocks = w->part / LANES, in = item / blocks, block = item % blocks;
        const float *from = (const float *)t->from + in * w->part + block * LANES;
        read_points(du, p, from, w->u_pitch);
        collect_tile(p, kernel, dw, du);
        _Alignas(64) float number[MOST_KERNEL * MOST_KERNEL * LANES];
        for (int k = 0; k < kernel * kernel; k++)
            TO(number + k * LANES) = dw[k];
        for (int lane = 0; lane < LANES; lane++) {
            float *to = (float *)t->to + f->in[in] + f->out[t->share.channel + block * LANES + lane];
            for (int k = 0; k < kernel * kernel; k++)
                to[f->place[k]] = number[k * LANES + lane];
        }
    }
}

PART void bias_range(const tiles *t, bool half, int64_t begin, int64_t end)
{
    const gd__winograd *w = t->w;
    const int64_t size = w->out_height * w->out_width, blocks = w->out / LANES;
    for (int64_t block = begin; block < end; block++) {
        lanes sum = {0};
        for (int64_t picture = 0; picture < w->pictures; picture++) {
            lanes part = {0}, dy; // sums of sums round less
            for (int64_t i = 0; i < size; i++) {
                read_lanes(&dy, t->from, ((picture * blocks + block) * size + i) * LANES, half);
                part += dy;
            }
            sum += part;
        }
        TO((float *)t->to + block * LANES) = sum;
    }
}

// ---- One function for each algorithm and type, and each processor

enum { ITEMS_GRAIN = 4 };

#define FUNCTION(name, call)                                                                                           \
    GD__LOOP(name, (const tiles *t, int64_t begin, int64_t end), (t, begin, end))                                      \
    {                                                                                                                  \
        call;                                                                                                          \
    }

// Window 3: tiles of 4 x 4 by 6 points. Window 5: tiles of 4 x 4 by 8 points. `range` is called with `numbers_3` or
// `numbers_5`, and whether pictures are bf16.
#define ALGORITHM(name, range, numbers_3, numbers_5)                                                                   \
    FUNCTION(name##_3, range(t, &six, numbers_3 false, begin, end))                                                    \
    FUNCTION(name##_5, range(t, &eight, numbers_5 false, begin, end))                                                  \
    FUNCTION(name##_3_half, range(t, &six, numbers_3 true, begin, end))                                                \
    FUNCTION(name##_5_half, range(t, &eight, numbers_5 true, begin, end))                                              \
    static void name(void *context, int64_t begin, int64_t end)                                                        \
    {                                                                                                                  \
        const tiles *t = context;                                                                                      \
        if (t->w->kernel == 3)                                                                                         \
            (t->w->half ? name##_3_half : name##_3)(t, begin, end);                                                    \
        else                                                                                                           \
            (t->w->half ? name##_5_half : name##_5)(t, begin, end);                                                    \
    }
#define NUMBER(n) n,
ALGORITHM(run_input, input_range, , )
ALGORITHM(run_gradient, gradient_range, NUMBER(4), NUMBER(4))
ALGORITHM(run_output, output_range, NUMBER(4), NUMBER(4))
ALGORITHM(run_filter, filter_range, NUMBER(3), NUMBER(5))

FUNCTION(filter_gradient_3, filter_gradient_range(t, &six, 3, begin, end))
FUNCTION(filter_gradient_5, filter_gradient_range(t, &eight, 5, begin, end))
static void run_filter_gradient(void *context, int64_t begin, int64_t end)
{
    const tiles *t = context;
    (t->w->kernel == 3 ? filter_gradient_3 : filter_gradient_5)(t, begin, end);
}

FUNCTION(bias_gradient, bias_range(t, false, begin, end))
FUNCTION(bias_gradient_half, bias_range(t, true, begin, end))
static void run_bias_gradient(void *context, int64_t begin, int64_t end)
{
    const tiles *t = context;
    (t->w->half ? bias_gradient_half : bias_gradient)(t, begin, end);
}

// The matrices of all places should stay in a cache that the cores share: those of the tiles, which are written and
// read at once, and those of the weights, which all tiles read.
enum { TILE_BYTES = 4 << 20, WEIGHT_BYTES = 16 << 20 };

static int64_t matrix_bytes(const gd__winograd *w, int64_t rows, int64_t columns)
{
    return (int64_t)sizeof(float) * w->points * w->points * rows * columns;
}

// Matrices a multiple of 4 KiB apart would meet in the same few lines of a cache.
static int64_t pitch_of(int64_t numbers)
{
    return numbers + LANES;
}

bool gd__winograd_plan(gd__winograd *w)
{
    if ((w->kernel != 3 && w->kernel != 5) || w->in % LANES != 0 || w->out % LANES != 0)
        return false;
    w->points = w->kernel == 3 ? 6 : 8;
    w->step = w->points - w->kernel + 1;
    w->down = (w->out_height + w->step - 1) / w->step;
    w->across = (w->out_width + w->step - 1) / w->step;
    int64_t shares = 1;
    while (!w->whole && (matrix_bytes(w, w->in, w->out / shares) > WEIGHT_BYTES || w->out / LANES % shares != 0) &&
           shares < w->out / LANES)
        shares++;
    w->part = w->out / shares;
    const int64_t all = w->pictures * w->down, bytes = matrix_bytes(w, all * w->across, w->in + w->part);
    // Weights that come from memory each time want more tiles to meet.
    const int64_t room = matrix_bytes(w, w->in, w->part) > WEIGHT_BYTES ? 4 * TILE_BYTES : TILE_BYTES;
    shares = (bytes + room - 1) / room;
    shares = shares < all ? shares : all;
    w->rows = (all + shares - 1) / shares;
    w->in_pitch = pitch_of(w->rows * w->across * w->in);
    w->out_pitch = pitch_of(w->rows * w->across * w->part);
    w->u_pitch = pitch_of(w->in * w->part);
    return true;
}

void gd__winograd_filter(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                         const void *weights, float *u)
{
    tiles t = {.w = w, .share = share, .form = form, .from = weights, .to = u};
    gd__parallel(w->in * w->part / LANES, ITEMS_GRAIN, run_filter, &t);
}

void gd__winograd_input(const gd__winograd *w, gd__winograd_share share, const void *x, float *v)
{
    tiles t = {.w = w, .share = share, .from = x, .to = v};
    gd__parallel(w->rows * w->in / LANES, ITEMS_GRAIN, run_input, &t);
}

void gd__winograd_output(const gd__winograd *w, gd__winograd_share share, const float *m, gd__winograd_after after,
                         void *y)
{
    tiles t = {.w = w, .share = share, .from = m, .to = y, .after = after};
    gd__parallel(w->rows * w->part / LANES, ITEMS_GRAIN, run_output, &t);
}

void gd__winograd_gradient(const gd__winograd *w, gd__winograd_share share, const void *dy, float *d)
{
    tiles t = {.w = w, .share = share, .from = dy, .to = d};
    gd__parallel(w->rows * w->part / LANES, ITEMS_GRAIN, run_gradient, &t);
}

void gd__winograd_filter_gradient(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                                  const float *du, float *dw)
{
    tiles t = {.w = w, .share = share, .form = form, .from = du, .to = dw};
    gd__parallel(w->in * w->part / LANES, ITEMS_GRAIN, run_filter_gradient, &t);
}

void gd__winograd_bias_gradient(const gd__winograd *w, const void *dy, float *db)
{
    tiles t = {.w = w, .from = dy, .to = db};
    gd__parallel(w->out / LANES, 1, run_bias_gradient, &t);
}
