#include "words/kernel.h"

#include <string.h>

#include "cpu/processor.h"
#include "cpu/vector_math.h"

GD__FUSE_PRODUCTS

#define PART static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL(times) _Pragma("clang loop unroll(full)")
#else
#define UNROLL_TEXT(words) _Pragma(#words)
#define UNROLL(times) UNROLL_TEXT(GCC unroll times)
#endif

enum {
    TILE = 6, // outputs whose rows are in the registers at a time
    ROOM = GD__WORDS_OUTPUTS + 8
};

// The scores of an input stand in whole vectors of eight.
static int score_row(int tiles)
{
    return (tiles + 7) / 8 * 8;
}

static int tiles_of(const gd__words_step *s)
{
    return (s->outputs + TILE - 1) / TILE * TILE;
}

void gd__words_step_pad(gd__words_step *s)
{
    for (int j = s->outputs; j < score_row(tiles_of(s)); j++) {
        s->output[j] = s->spare;
        s->target[j] = s->weight[j] = 0;
    }
}

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint32_t four_bits __attribute__((vector_size(16)));
#ifdef __clang__
#define SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (four_bits){__VA_ARGS__})
#endif

// The sum of each of four vectors.
PART four sums_of_four(const four *x)
{
    const four ab = SHUFFLE(x[0], x[1], 0, 4, 1, 5) + SHUFFLE(x[0], x[1], 2, 6, 3, 7);
    const four cd = SHUFFLE(x[2], x[3], 0, 4, 1, 5) + SHUFFLE(x[2], x[3], 2, 6, 3, 7);
    return SHUFFLE(ab, cd, 0, 1, 4, 5) + SHUFFLE(ab, cd, 2, 3, 6, 7);
}

#ifdef GD__X86
#define KERNEL_NAME "AVX-512"
#define NAME(x) x##_avx512
#define TARGET GD__AVX512
#define LANES 16
#include "words/kernel.inc"

#define KERNEL_NAME "AVX2"
#define NAME(x) x##_avx2
#define TARGET GD__AVX2
#define LANES 8
#include "words/kernel.inc"
#endif

#define KERNEL_NAME "any processor"
#define NAME(x) x##_any
#define TARGET
#define LANES GD__LANES
#include "words/kernel.inc"

int gd__words_kernels(const gd__words_kernel *list[GD__WORDS_KERNELS])
{
    int count = 0;
#ifdef GD__X86
    if (gd__has_avx512())
        list[count++] = &kernel_avx512;
    if (gd__has_avx2())
        list[count++] = &kernel_avx2;
#endif
    list[count++] = &kernel_any;
    return count;
}
