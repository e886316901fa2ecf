#include "cpu/kernel.h"

#include "cpu/kernel_families.h"

// A minimal build is for small programs: attention, its rotations and connectionist temporal classification run on
// their plain kernels there.
static const gd__kernel_family *const family[] = {
#ifndef GD__MINIMAL
    &gd__kernels_attention, &gd__kernels_ctc,        &gd__kernels_rotary,
#endif
    &gd__kernels_index,     &gd__kernels_layer_norm, &gd__kernels_loss,    &gd__kernels_matmul,
    &gd__kernels_move,      &gd__kernels_order,      &gd__kernels_pool,    &gd__kernels_random,
    &gd__kernels_recurrent, &gd__kernels_reduce,     &gd__kernels_softmax,
};

bool gd__kernel_all(const gd__node *node, const gd_info *input, gd_type type)
{
    for (int i = 0; i < node->input_count; i++) {
        if (gd_type_is_float(input[i].type) && input[i].type != type)
            return false;
    }
    for (int i = 0; i < node->output_count; i++) {
        if (gd_type_is_float(node->output[i].type) && node->output[i].type != type)
            return false;
    }
    return true;
}

bool gd__kernel_f32(const gd__node *node, const gd_info *input)
{
    return gd__kernel_all(node, input, GD_F32);
}

bool gd__kernel_f64(const gd__node *node, const gd_info *input)
{
    return gd__kernel_all(node, input, GD_F64);
}

bool gd__kernel_any(const gd__node *node, const gd_info *input)
{
    (void)node;
    (void)input;
    return true;
}

const gd__kernel *gd__kernel_find(const gd__node *node, const gd_info *input)
{
    for (size_t f = 0; f < sizeof family / sizeof family[0]; f++) {
        for (int i = 0; i < family[f]->count; i++) {
            const gd__kernel *kernel = &family[f]->kernel[i];
            if (kernel->op != node->op)
                continue;
            if (kernel->accepts != NULL ? kernel->accepts(node, input) : gd__kernel_f32(node, input))
                return kernel;
        }
    }
    return NULL;
}
