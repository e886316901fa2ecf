#include "cpu/direct_kernel.h"

#include <stddef.h>

#include "cpu/processor.h"

GD__FUSE_PRODUCTS

#define PART static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL(times) _Pragma("clang loop unroll(full)")
#else
#define UNROLL_TEXT(words) _Pragma(#words)
#define UNROLL(times) UNROLL_TEXT(GCC unroll times)
#endif

// Sums of so many places (or terms), times the vectors of a job, lie in the registers.
enum { PLACES = 6 };
#define EACH_PLACES(x, vectors) x(1, vectors) x(2, vectors) x(3, vectors) x(4, vectors) x(5, vectors) x(6, vectors)
#define UP_TO_2(x) EACH_PLACES(x, 1) EACH_PLACES(x, 2)
#define UP_TO_4(x) UP_TO_2(x) EACH_PLACES(x, 3) EACH_PLACES(x, 4)

// `count` items go in the fewest parts of at most PLACES, as even as they can be: each part of this size or one more.
typedef struct parts {
    int64_t size, larger; // the first `larger` parts have one more
} parts;

static parts parts_of(int64_t count)
{
    const int64_t number = (count + PLACES - 1) / PLACES;
    return number > 0 ? (parts){count / number, count % number} : (parts){0, 0};
}

#ifdef GD__X86
#define KERNEL_NAME "AVX-512"
#define NAME(x) x##_avx512
#define TARGET GD__AVX512
#define LANES 16
#define VECTORS 4
#define EACH_TILE UP_TO_4
#include "cpu/direct_kernel.inc"

#define KERNEL_NAME "AVX2"
#define NAME(x) x##_avx2
#define TARGET GD__AVX2
#define LANES 8
#define VECTORS 2
#define EACH_TILE UP_TO_2
#include "cpu/direct_kernel.inc"
#endif

#define KERNEL_NAME "any processor"
#define NAME(x) x##_any
#define TARGET
#define LANES GD__LANES
#define VECTORS 2
#define EACH_TILE UP_TO_2
#include "cpu/direct_kernel.inc"

int gd__direct_kernels(const gd__direct_kernel *list[GD__DIRECT_KERNELS])
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
