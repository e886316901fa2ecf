#include "cpu/pool_kernel.h"

#include "cpu/processor.h"

GD__FUSE_PRODUCTS

#define PART static inline __attribute__((always_inline))

// What the window meets at one place: rows top, top + dilation, … before bottom, and columns likewise.
typedef struct reach {
    int64_t top, bottom, left, right;
    float share; // 1 / the elements that an average counts
} reach;

// Most windows lie within x.
PART void reach_along(const gd__window *w, int axis, int64_t span, int64_t place, int64_t *first, int64_t *end)
{
    *first = place * w->stride[axis] - w->pad_begin[axis];
    *end = *first + span;
    if (*first < 0 || *end > w->size[axis])
        gd__window_reach(w, axis, place, first, end);
}

static float share_of(const gd__window *w, const reach *r)
{
    const int64_t rows = (r->bottom - r->top - 1) / w->dilation[0] + 1;
    const int64_t columns = (r->right - r->left - 1) / w->dilation[1] + 1;
    return 1.0F / (float)(rows * columns);
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
#define LANES GD__LANES
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
