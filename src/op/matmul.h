#ifndef GD_OP_MATMUL_H
#define GD_OP_MATMUL_H

#include <gradus/op.h>

// a is (…, m, k), or (…, k, m) when transposed; b is (…, k, n), or (…, n, k). The leading axes broadcast.
typedef struct gd__matmul_attributes {
    bool transpose_a, transpose_b;
} gd__matmul_attributes;

extern const gd_op gd__op_matmul;

// The sizes of one product of matrices. Shapes may be open.
typedef struct gd__matmul_sizes {
    int64_t m, n, k;
} gd__matmul_sizes;
gd__matmul_sizes gd__matmul_sizes_of(const gd__matmul_attributes *attributes, gd_shape a, gd_shape b);

#endif
