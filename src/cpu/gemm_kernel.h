// The innermost parts of a product of matrices, which stand once for each instruction set (cpu/gemm_kernel.inc).
#ifndef GD_CPU_GEMM_KERNEL_H
#define GD_CPU_GEMM_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

// A matrix in memory: element (i, j) lies at i * row + j * column elements.
typedef struct gd__gemm_operand {
    int64_t row, column;
    bool bf16; // bf16; else f32
} gd__gemm_operand;

// c (rows, columns) = or += a (rows, depth) b (depth, columns), of f32, then + bias, then ReLU. Panels of b are as wide
// as the kernel's `columns`, `b_panel` numbers apart.
typedef struct gd__gemm_block {
    int64_t rows, columns, depth;
    const float *a, *b;
    int64_t a_row, a_column; // from one row of a group to the next, and from one term to the next
    int64_t a_group;         // from one group of rows to the next
    int64_t b_row, b_panel;
    float *c;
    int64_t c_row;
    bool adds, relu;
    const float *bias; // (columns), or NULL
} gd__gemm_block;

typedef struct gd__gemm_kernel {
    const char *name;
    int rows, columns; // sums of this many rows and columns lie in the registers
    void (*multiply)(const gd__gemm_block *block);
    // Writes groups of `rows` rows (depth, rows), one behind the other; the last one is filled up with zeros.
    void (*pack_a)(float *to, const void *from, gd__gemm_operand a, int64_t rows, int64_t depth);
    // Writes panels (depth, columns); the last one is filled up with zeros.
    void (*pack_b)(float *to, const void *from, gd__gemm_operand b, int64_t depth, int64_t columns);
} gd__gemm_kernel;

// The kernels that this processor can run, the fastest first. Returns how many there are.
enum { GD__GEMM_KERNELS = 3 };
int gd__gemm_kernels(const gd__gemm_kernel *list[GD__GEMM_KERNELS]);

#endif
