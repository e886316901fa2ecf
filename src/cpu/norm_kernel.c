#include "cpu/norm_kernel.h"

#include <stddef.h>

#include "cpu/processor.h"

GD__FUSE_PRODUCTS

#define PART static inline __attribute__((always_inline))

// Sums of so many vectors are independent of each other, as additions take several cycles.
enum { STREAMS = 4 };

#ifdef GD__X86
#define KERNEL_NAME "AVX-512"
#define NAME(x) x##_avx512
#define TARGET GD__AVX512
#define LANES 16
#include "cpu/norm_kernel.inc"

#define KERNEL_NAME "AVX2"
#define NAME(x) x##_avx2
#define TARGET GD__AVX2
#define LANES 8
#include "cpu/norm_kernel.inc"
#endif

#define KERNEL_NAME "any processor"
#define NAME(x) x##_any
#define TARGET
#define LANES GD__LANES
#include "cpu/norm_kernel.inc"

int gd__norm_kernels(const gd__norm_kernel *list[GD__NORM_KERNELS])
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
