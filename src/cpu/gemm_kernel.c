#include "cpu/gemm_kernel.h"

#include <string.h>

#include "cpu/processor.h"

GD__FUSE_PRODUCTS
#ifndef __clang__
#pragma GCC optimize("O2") // -O3 makes copies of the loops for strides of 1, and keeps sums in memory
#endif

#define PART static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL(times) _Pragma("clang loop unroll(full)")
#define UNROLL_WHERE_KNOWN(times) // clang warns where the count is not
#else
#define UNROLL_TEXT(words) _Pragma(#words)
#define UNROLL(times) UNROLL_TEXT(GCC unroll times)
#define UNROLL_WHERE_KNOWN(times) UNROLL(times)
#endif

// Four numbers are what packing handles at a time: registers of every machine hold them.
typedef float four __attribute__((vector_size(16)));
typedef uint32_t four_bits __attribute__((vector_size(16)));
typedef uint16_t four_halves __attribute__((vector_size(8)));
#ifdef __clang__
#define SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (four_bits){__VA_ARGS__})
#endif

PART float read_one(const void *from, int64_t at, bool bf16)
{
    if (!bf16)
        return ((const float *)from)[at];
    const uint32_t bits = (uint32_t)((const uint16_t *)from)[at] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

PART four read_four(const void *from, int64_t at, bool bf16)
{
    four value;
    if (bf16) {
        four_halves upper;
        memcpy(&upper, (const uint16_t *)from + at, sizeof upper);
        value = (four)(__builtin_convertvector(upper, four_bits) << 16);
    } else {
        memcpy(&value, (const float *)from + at, sizeof value);
    }
    return value;
}

// Four numbers from each of four rows, `row` apart, to four columns `width` apart.
PART void transpose_four(float *to, int64_t width, const void *from, int64_t at, int64_t row, bool bf16)
{
    const four a = read_four(from, at, bf16), b = read_four(from, at + row, bf16);
    const four c = read_four(from, at + 2 * row, bf16), d = read_four(from, at + 3 * row, bf16);
    const four ab = SHUFFLE(a, b, 0, 4, 1, 5), cd = SHUFFLE(c, d, 0, 4, 1, 5);
    const four ab_high = SHUFFLE(a, b, 2, 6, 3, 7), cd_high = SHUFFLE(c, d, 2, 6, 3, 7);
    const four column[4] = {SHUFFLE(ab, cd, 0, 1, 4, 5), SHUFFLE(ab, cd, 2, 3, 6, 7),
                            SHUFFLE(ab_high, cd_high, 0, 1, 4, 5), SHUFFLE(ab_high, cd_high, 2, 3, 6, 7)};
    for (int l = 0; l < 4; l++)
        memcpy(to + l * width, &column[l], sizeof column[l]);
}

#define UP_TO_4(x) x(1) x(2) x(3) x(4)
#define UP_TO_6(x) UP_TO_4(x) x(5) x(6)
#define UP_TO_8(x) UP_TO_6(x) x(7) x(8)
#define UP_TO_14(x) UP_TO_8(x) x(9) x(10) x(11) x(12) x(13) x(14)

#ifdef GD__X86
#define KERNEL_NAME "AVX-512"
#define NAME(x) x##_avx512
#define TARGET GD__AVX512
#define ROWS 14
#define VECTORS 2
#define LANES 16
#define EACH_ROWS UP_TO_14
#include "cpu/gemm_kernel.inc"

#define KERNEL_NAME "AVX2"
#define NAME(x) x##_avx2
#define TARGET GD__AVX2
#define ROWS 6
#define VECTORS 2
#define LANES 8
#define EACH_ROWS UP_TO_6
#include "cpu/gemm_kernel.inc"
#endif

#define KERNEL_NAME "any processor"
#define NAME(x) x##_any
#define TARGET
#define LANES GD__LANES
#ifdef __aarch64__ // 32 registers; elsewhere there may be 16
#define ROWS 8
#define VECTORS 3
#define EACH_ROWS UP_TO_8
#elif GD__LANES == 8
#define ROWS 6
#define VECTORS 2
#define EACH_ROWS UP_TO_6
#else
#define ROWS 4
#define VECTORS 2
#define EACH_ROWS UP_TO_4
#endif
#include "cpu/gemm_kernel.inc"

int gd__gemm_kernels(const gd__gemm_kernel *list[GD__GEMM_KERNELS])
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
