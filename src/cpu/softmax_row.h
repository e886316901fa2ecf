// Softmax of one row of neighbouring elements.
#ifndef GD_CPU_SOFTMAX_ROW_H
#define GD_CPU_SOFTMAX_ROW_H

#include <stdint.h>

// y = exp(x - largest) / sum(exp(x - largest))
void gd__softmax_row_f32(const float *x, float *y, int64_t count);
void gd__softmax_row_f64(const double *x, double *y, int64_t count);
// y = x - largest - log(sum(exp(x - largest)))
void gd__log_softmax_row_f32(const float *x, float *y, int64_t count);
void gd__log_softmax_row_f64(const double *x, double *y, int64_t count);
// y[i] = exp(x[i])
void gd__exponentials_f32(const float *x, float *y, int64_t count);
void gd__exponentials_f64(const double *x, double *y, int64_t count);

#endif
