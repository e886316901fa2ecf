// Folding a tensor along some of its axes: the engine behind sum, mean, max, min and prod.
#ifndef GD_CPU_REDUCTION_H
#define GD_CPU_REDUCTION_H

#include "cpu/kernel.h"

// What is folded and how. Results are gathered in double precision.
typedef struct gd__fold {
    double initial;
    double (*join)(double a, double b);
    // acc[i] = join(acc[i], all of x[i * stride … i * stride + length - 1]) for i < count
    void (*rows)(const void *x, int64_t count, int64_t stride, int64_t length, double *acc);
    // acc[j] = join(acc[j], x[j], x[stride + j], … for `count` rows) for j < width
    void (*columns)(const void *x, int64_t count, int64_t stride, int64_t width, double *acc);
} gd__fold;
extern const gd__fold gd__fold_sum_f32, gd__fold_max_f32, gd__fold_min_f32, gd__fold_prod_f32;
extern const gd__fold gd__fold_sum_f64, gd__fold_max_f64, gd__fold_min_f64, gd__fold_prod_f64;

// Folds x over the axes in `mask` into y (the other axes, in their order) and divides by `divisor`. `scratch` has
// gd__fold_scratch bytes. The result depends on the shape alone, not on the number of threads.
typedef struct gd__axis_reduction {
    const gd__fold *fold;
    gd_type type; // GD_F32 or GD_F64
    gd_shape shape;
    uint32_t mask;
    double divisor;
} gd__axis_reduction;
void gd__fold_axes(const gd__axis_reduction *reduction, const void *x, void *y, void *scratch);
size_t gd__fold_scratch(gd_shape shape, uint32_t mask);

#endif
