// Layer norm and its gradient.
#include "op/layer_norm.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"

// How many chunks the rows are cut into: this depends on the shape alone, and so do the sums.
static int64_t chunk_count(int64_t rows, int64_t size)
{
    enum { MOST = 32 };
    int64_t chunks = rows * size / GD__GRAIN;
    chunks = chunks > MOST ? MOST : chunks;
    chunks = chunks > rows ? rows : chunks;
    return chunks < 1 ? 1 : chunks;
}

static size_t backward_scratch(const gd__node *node, const gd_info *input)
{
    (void)node;
    int64_t size = gd_shape_count(input[2].shape), rows = gd_shape_count(input[3].shape);
    return (size_t)(chunk_count(rows, size) * 2 * size) * sizeof(double);
}

// clang-format off
#include "cpu/real_f32.h"
#include "cpu/kernel_layer_norm.inc"

#include "cpu/real_f64.h"
#include "cpu/kernel_layer_norm.inc"
// clang-format on

static const gd__kernel row[] = {
    {&gd__op_layer_norm, gd__kernel_f32, layer_norm_f32, NULL},
    {&gd__op_layer_norm, gd__kernel_f64, layer_norm_f64, NULL},
    {&gd__op_layer_norm_backward, gd__kernel_f32, layer_norm_backward_f32, backward_scratch},
    {&gd__op_layer_norm_backward, gd__kernel_f64, layer_norm_backward_f64, backward_scratch},
};
const gd__kernel_family gd__kernels_layer_norm = {GD_COUNT_OF(row), row};
