// softmax and log_softmax along any axis, f32.
#include "base/parallel.h"
#include "base/shape.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"
#include "cpu/softmax_row.h"
#include "op/softmax.h"

typedef struct softmax_context {
    const float *x;
    float *y;
    int64_t count, inner;
    bool logarithm;
} softmax_context;

// y = exp(x - largest) / sum, or x - largest - log(sum), over rows of `count` elements next to each other.
static void softmax_rows(void *context, int64_t begin, int64_t end)
{
    const softmax_context *c = context;
    for (int64_t row = begin; row < end; row++) {
        const float *x = c->x + row * c->count;
        float *y = c->y + row * c->count;
        if (c->logarithm)
            gd__log_softmax_row(x, y, c->count);
        else
            gd__softmax_row(x, y, c->count);
    }
}

enum { COLUMNS = 64 };

// The same for `width` <= COLUMNS neighbouring lines of `count` elements, `step` apart.
GD__CLONES static void softmax_lines(const float *x, float *y, int64_t count, int64_t step, int64_t width,
                                     bool logarithm)
{
    float largest[COLUMNS], sum[COLUMNS];
    for (int64_t j = 0; j < width; j++) {
        largest[j] = x[j];
        sum[j] = 0;
    }
    for (int64_t i = 1; i < count; i++) {
        for (int64_t j = 0; j < width; j++)
            largest[j] = x[i * step + j] > largest[j] ? x[i * step + j] : largest[j];
    }
    for (int64_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < width; j++) {
            float shifted = x[i * step + j] - largest[j], power = expf(shifted);
            sum[j] += power;
            y[i * step + j] = logarithm ? shifted : power;
        }
    }
    for (int64_t j = 0; j < width; j++)
        sum[j] = logarithm ? logf(sum[j]) : 1 / sum[j];
    for (int64_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < width; j++)
            y[i * step + j] = logarithm ? y[i * step + j] - sum[j] : y[i * step + j] * sum[j];
    }
}

// x is (outer, count, inner); item: one block of COLUMNS inner positions of one outer one.
static void softmax_blocks(void *context, int64_t begin, int64_t end)
{
    const softmax_context *c = context;
    int64_t blocks = (c->inner + COLUMNS - 1) / COLUMNS;
    for (int64_t item = begin; item < end; item++) {
        int64_t first = item % blocks * COLUMNS, at = item / blocks * c->count * c->inner + first;
        int64_t width = c->inner - first < COLUMNS ? c->inner - first : COLUMNS;
        softmax_lines(c->x + at, c->y + at, c->count, c->inner, width, c->logarithm);
    }
}

static gd_status run(const gd__kernel_call *call, bool logarithm)
{
    const gd__softmax_attributes *a = call->attributes;
    gd_shape shape = call->input_info[0].shape;
    softmax_context context = {call->input[0], call->output[0], shape.dim[a->axis], 1, logarithm};
    int64_t outer;
    gd__shape_around(shape, (int)a->axis, &outer, &context.inner);
    // An exponential is worth about eight plain operations.
    if (context.inner == 1)
        gd__parallel(outer, gd__grain(8 * context.count), softmax_rows, &context);
    else
        gd__parallel(outer * ((context.inner + COLUMNS - 1) / COLUMNS), gd__grain(8 * COLUMNS * context.count),
                     softmax_blocks, &context);
    return GD_OK;
}

static gd_status softmax(const gd__kernel_call *call)
{
    return run(call, false);
}

static gd_status log_softmax(const gd__kernel_call *call)
{
    return run(call, true);
}

static const gd__kernel row[] = {
    {"softmax", gd__kernel_f32, softmax, NULL},
    {"log_softmax", gd__kernel_f32, log_softmax, NULL},
};
const gd__kernel_family gd__kernels_softmax = {GD_COUNT_OF(row), row};
