// The families of kernels, one file each, and what they share.
#ifndef GD_CPU_KERNEL_FAMILIES_H
#define GD_CPU_KERNEL_FAMILIES_H

#include "cpu/kernel.h"
#include "op/table.h"

typedef struct gd__kernel_family {
    int count;
    const gd__kernel *kernel;
} gd__kernel_family;

extern const gd__kernel_family gd__kernels_attention;
extern const gd__kernel_family gd__kernels_ctc;
extern const gd__kernel_family gd__kernels_index;
extern const gd__kernel_family gd__kernels_layer_norm;
extern const gd__kernel_family gd__kernels_loss;
extern const gd__kernel_family gd__kernels_matmul;
extern const gd__kernel_family gd__kernels_move;
extern const gd__kernel_family gd__kernels_order;
extern const gd__kernel_family gd__kernels_pool;
extern const gd__kernel_family gd__kernels_random;
extern const gd__kernel_family gd__kernels_recurrent;
extern const gd__kernel_family gd__kernels_reduce;
extern const gd__kernel_family gd__kernels_rotary;
extern const gd__kernel_family gd__kernels_softmax;

// Work of fewer elements than this is not worth waking a second thread.
enum { GD__GRAIN = 16384 };
// The grain for items of `each` elements.
static inline int64_t gd__grain(int64_t each)
{
    return each >= GD__GRAIN ? 1 : GD__GRAIN / (each > 0 ? each : 1);
}

// True when every floating value of the node is `type`; indices, labels and positions are not looked at.
bool gd__kernel_all(const gd__node *node, const gd_info *input, gd_type type);
// Rows for kernel tables: f32 only, f64 only, any type.
bool gd__kernel_f32(const gd__node *node, const gd_info *input);
bool gd__kernel_f64(const gd__node *node, const gd_info *input);
bool gd__kernel_any(const gd__node *node, const gd_info *input);

#endif
