#include "cpu/winograd.h"

#include "base/parallel.h"
#include "cpu/processor.h"
#include "cpu/winograd_kernel.h"

static const gd__winograd_kernel *kernel(void)
{
#ifdef GD__X86
    if (gd__has_avx512())
        return &gd__winograd_avx512;
    if (gd__has_avx2())
        return &gd__winograd_avx2;
#endif
    return &gd__winograd_any;
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
    enum { LINE = 16 };
    return (numbers + LINE - 1) / LINE * LINE + LINE;
}

// The products of all places: of tiles with weights, and of tiles of x with those of dy.
static void plan_products(gd__winograd *w)
{
    const int64_t tiles = w->rows * w->across;
    const gd__gemm all = {.axes = 1, .size = {(int64_t)w->points * w->points}, .n = w->part, .c_row = w->part};
    w->product = w->weights_product = all;
    gd__gemm *const product = &w->product, *const of_weights = &w->weights_product;
    product->m = of_weights->k = tiles;
    product->k = of_weights->m = w->in;
    product->a = (gd__gemm_operand){.row = w->in, .column = 1};
    product->b_is_packed = true;
    of_weights->a = (gd__gemm_operand){.row = 1, .column = w->in};
    of_weights->b_is_packed = true;
    w->in_pitch = pitch_of(tiles * w->in);
    w->out_pitch = pitch_of((int64_t)gd__gemm_packed_size(of_weights)); // not less than (tiles, part)
    w->u_pitch = pitch_of((int64_t)gd__gemm_packed_size(product));
    product->a_step[0] = of_weights->a_step[0] = w->in_pitch;
    product->c_step = of_weights->b_step[0] = w->out_pitch;
    product->b_step[0] = of_weights->c_step = w->u_pitch;
    gd__gemm_prepare(product, gd_threads());
    gd__gemm_prepare(of_weights, gd_threads());
}

// Fewer items are not worth another thread.
enum { ITEMS_GRAIN = 4 };

bool gd__winograd_plan(gd__winograd *w)
{
    w->block = gd__channel_block();
    if ((w->kernel != 3 && w->kernel != 5) || w->in % w->block != 0 || w->out % w->block != 0)
        return false;
    w->points = w->kernel == 3 ? 6 : 8;
    w->step = w->points - w->kernel + 1;
    w->down = (w->out_height + w->step - 1) / w->step;
    w->across = (w->out_width + w->step - 1) / w->step;
    int64_t shares = 1;
    const int64_t blocks = w->out / w->block;
    while (!w->whole && (matrix_bytes(w, w->in, w->out / shares) > WEIGHT_BYTES || blocks % shares != 0) &&
           shares < blocks)
        shares++;
    w->part = w->out / shares;
    const int64_t all = w->pictures * w->down, bytes = matrix_bytes(w, all * w->across, w->in + w->part);
    // Weights that come from memory each time want more tiles to meet.
    const int64_t room = matrix_bytes(w, w->in, w->part) > WEIGHT_BYTES ? 4 * TILE_BYTES : TILE_BYTES;
    shares = (bytes + room - 1) / room;
    shares = shares < all ? shares : all;
    w->rows = (all + shares - 1) / shares;
    plan_products(w);
    return true;
}

static int64_t lines_of(int64_t channels)
{
    return (channels + GD__WINOGRAD_LINE - 1) / GD__WINOGRAD_LINE;
}

void gd__winograd_filter(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                         const void *weights, float *u)
{
    gd__winograd_tiles t = {.w = w, .share = share, .form = form, .from = weights, .to = u};
    gd__parallel(lines_of(w->part) * w->in, ITEMS_GRAIN, kernel()->weights, &t);
}

void gd__winograd_input(const gd__winograd *w, gd__winograd_share share, const void *x, float *v)
{
    gd__winograd_tiles t = {.w = w, .share = share, .from = x, .to = v};
    gd__parallel(w->rows * lines_of(w->in), ITEMS_GRAIN, kernel()->input, &t);
}

void gd__winograd_output(const gd__winograd *w, gd__winograd_share share, const float *m, gd__winograd_after after,
                         void *y)
{
    gd__winograd_tiles t = {.w = w, .share = share, .from = m, .to = y, .after = after};
    gd__parallel(w->rows * lines_of(w->part), ITEMS_GRAIN, kernel()->output, &t);
}

void gd__winograd_gradient(const gd__winograd *w, gd__winograd_share share, const void *dy, float *d)
{
    gd__winograd_tiles t = {.w = w, .share = share, .from = dy, .to = d};
    gd__parallel(w->rows * lines_of(w->part), ITEMS_GRAIN, kernel()->gradient, &t);
}

void gd__winograd_filter_gradient(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                                  const float *du, float *dw)
{
    gd__winograd_tiles t = {.w = w, .share = share, .form = form, .from = du, .to = dw};
    gd__parallel(lines_of(w->part) * w->in, ITEMS_GRAIN, kernel()->weights_gradient, &t);
}

void gd__winograd_bias_gradient(const gd__winograd *w, const void *dy, float *db)
{
    gd__winograd_tiles t = {.w = w, .from = dy, .to = db};
    gd__parallel(w->out / kernel()->lanes, 1, kernel()->bias_gradient, &t);
}
