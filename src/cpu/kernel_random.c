// Random numbers, f32 and f64: the same as those of the plain kernels, whatever the number of threads.
#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/vector_math.h"
#include "op/random.h"

// Numbers are made in whole chunks, so that none depends on where a thread's part of the work begins.
enum { BLOCKS = 256, CHUNK = 4 * BLOCKS };

typedef struct random_context {
    uint64_t seed, run, stream;
    double parameter[2];
    void *y;
    gd_type type;
    int64_t count;
    void (*make)(const struct random_context *c, const uint32_t *word, void *y);
} random_context;

// The words of the blocks first … first + BLOCKS - 1, as gd__random_block makes them.
GD__EXACT_LOOP(draw_words, (uint64_t seed, uint64_t run, uint64_t stream, uint64_t first, uint32_t *word),
               (seed, run, stream, first, word))
{
    for (int64_t i = 0; i < BLOCKS; i++) {
        uint32_t four[4];
        gd__random_block(seed, run, stream, first + (uint64_t)i, four);
        for (int j = 0; j < 4; j++)
            word[4 * i + j] = four[j];
    }
}

#define UNIFORM(type)                                                                                                  \
    GD__EXACT_LOOP(uniform_##type, (const random_context *c, const uint32_t *word, void *data), (c, word, data))       \
    {                                                                                                                  \
        typedef type number;                                                                                           \
        number *y = data;                                                                                              \
        double low = c->parameter[0], span = c->parameter[1] - low;                                                    \
        for (int64_t i = 0; i < CHUNK; i++) {                                                                          \
            double above = span * gd__random_fraction(word[i]);                                                        \
            double value = low + above;                                                                                \
            y[i] = (type)value;                                                                                        \
        }                                                                                                              \
    }
UNIFORM(float)
UNIFORM(double)

#define BERNOULLI(type)                                                                                                \
    GD__EXACT_LOOP(bernoulli_##type, (const random_context *c, const uint32_t *word, void *data), (c, word, data))     \
    {                                                                                                                  \
        typedef type number;                                                                                           \
        number *y = data;                                                                                              \
        uint32_t threshold = gd__random_threshold(c->parameter[0]);                                                    \
        for (int64_t i = 0; i < CHUNK; i++)                                                                            \
            y[i] = word[i] >> 8 < threshold ? 1 : 0;                                                                   \
    }
BERNOULLI(float)
BERNOULLI(double)

// As gd__random_normal_pair, in the precision of the result.
#define NORMAL(type, log_function, sqrt_function, cos_function, sin_function)                                          \
    GD__LOOP(normal_##type, (const random_context *c, const uint32_t *word, void *data), (c, word, data))              \
    {                                                                                                                  \
        typedef type number;                                                                                           \
        number *y = data;                                                                                              \
        const type mean = (type)c->parameter[0], deviation = (type)c->parameter[1];                                    \
        type first[CHUNK / 2], second[CHUNK / 2];                                                                      \
        for (int64_t i = 0; i < CHUNK / 2; i++) {                                                                      \
            first[i] = 1 - (type)(word[2 * i] >> 8) * (type)0x1p-24;                                                   \
            second[i] = (type)6.283185307179586 * ((type)(word[2 * i + 1] >> 8) * (type)0x1p-24);                      \
        }                                                                                                              \
        for (int64_t i = 0; i < CHUNK / 2; i++)                                                                        \
            first[i] = deviation * sqrt_function(-2 * log_function(first[i]));                                         \
        /* One loop for both would become calls of sincos, which has no vector form. */                                \
        for (int64_t i = 0; i < CHUNK / 2; i++)                                                                        \
            y[2 * i] = mean + first[i] * cos_function(second[i]);                                                      \
        for (int64_t i = 0; i < CHUNK / 2; i++)                                                                        \
            y[2 * i + 1] = mean + first[i] * sin_function(second[i]);                                                  \
    }
NORMAL(float, gd__log_f32, gd__sqrt_f32, gd__cos_f32, gd__sin_f32)
NORMAL(double, log, sqrt, cos, sin)

static void make_chunks(void *context, int64_t begin, int64_t end)
{
    const random_context *c = context;
    uint32_t word[CHUNK];
    double number[CHUNK]; // room for either type
    size_t size = gd_type_size(c->type);
    for (int64_t chunk = begin; chunk < end; chunk++) {
        int64_t left = c->count - chunk * CHUNK;
        draw_words(c->seed, c->run, c->stream, (uint64_t)(chunk * BLOCKS), word);
        c->make(c, word, number);
        memcpy((char *)c->y + (size_t)(chunk * CHUNK) * size, number, (size_t)(left < CHUNK ? left : CHUNK) * size);
    }
}

typedef void make_function(const random_context *c, const uint32_t *word, void *y);

static gd_status run(const gd__kernel_call *call, make_function *f32, make_function *f64)
{
    const gd__random_attributes *a = call->attributes;
    const int64_t *state = call->input[0];
    random_context context = {.seed = (uint64_t)state[0],
                              .run = (uint64_t)state[1],
                              .stream = (uint64_t)a->stream,
                              .parameter = {a->parameter[0], a->parameter[1]},
                              .y = call->output[0],
                              .type = a->type,
                              .count = gd_shape_count(call->node->output[0].shape),
                              .make = a->type == GD_F32 ? f32 : f64};
    gd__parallel((context.count + CHUNK - 1) / CHUNK, gd__grain(CHUNK * 4), make_chunks, &context);
    return GD_OK;
}

static gd_status uniform(const gd__kernel_call *call)
{
    return run(call, uniform_float, uniform_double);
}

static gd_status normal(const gd__kernel_call *call)
{
    return run(call, normal_float, normal_double);
}

static gd_status bernoulli(const gd__kernel_call *call)
{
    return run(call, bernoulli_float, bernoulli_double);
}

static bool accepts(const gd__node *node, const gd_info *input)
{
    gd_type type = node->output[0].type;
    return input[0].type == GD_I64 && (type == GD_F32 || type == GD_F64);
}

static const gd__kernel row[] = {
    {&gd__op_random_uniform, accepts, uniform, NULL},
    {&gd__op_random_normal, accepts, normal, NULL},
    {&gd__op_random_bernoulli, accepts, bernoulli, NULL},
};
const gd__kernel_family gd__kernels_random = {GD_COUNT_OF(row), row};
