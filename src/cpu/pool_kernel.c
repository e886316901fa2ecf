#include "cpu/pool_kernel.h"

#include "cpu/processor.h"

GD__FUSE_PRODUCTS

#define PART static inline __attribute__((always_inline))

// What the window meets at one place: rows top, top + dilation, … before bottom, and columns likewise.
typedef struct reach {
    int64_t top, bottom, left, right;
    float share; // 1 / the elements that an average counts
} reach;

static reach reach_at(const gd__pool_attributes *a, int64_t row, int64_t column)
{
    const gd__window *w = &a->window;
    reach r;
    gd__window_reach(w, 0, row, &r.top, &r.bottom);
    gd__window_reach(w, 1, column, &r.left, &r.right);
    int64_t rows = w->kernel[0], columns = w->kernel[1];
    if (a->exclude_padding) {
        rows = (r.bottom - r.top - 1) / w->dilation[0] + 1;
        columns = (r.right - r.left - 1) / w->dilation[1] + 1;
    }
    r.share = 1.0F / (float)(rows * columns);
    return r;
}

#ifdef GD__X86
#define KERNEL_NAME "AVX-512"
#define NAME(x) x##_avx512
#define TARGET GD__AVX512
#define LANES 16
#include "cpu/pool_kernel.inc"

#define KERNEL_NAME "AVX2"
#define NAME(x) x##_avx2
#define TARGET GD__AVX2
#define LANES 8
#include "cpu/pool_kernel.inc"
#endif

#define KERNEL_NAME "any processor"
#define NAME(x) x##_any
#define TARGET
#define LANES 4
#include "cpu/pool_kernel.inc"

#define KERNEL_NAME "any block"
#define NAME(x) x##_one
#define TARGET
#define LANES 1
#include "cpu/pool_kernel.inc"

int gd__pool_kernels(const gd__pool_kernel *list[GD__POOL_KERNELS])
{
    int count = 0;
#ifdef GD__X86
    if (gd__has_avx512())
        list[count++] = &kernel_avx512;
    if (gd__has_avx2())
        list[count++] = &kernel_avx2;
#endif
    list[count++] = &kernel_any;
    list[count++] = &kernel_one;
    return count;
}
