#include "cpu/softmax_row.h"

#include <stddef.h>

#include "cpu/simd.h"

// Subtracts the largest element; returns the sum of the exponentials, which are left in `power` unless it is NULL.
GD__CLONES static float shifted_sum(const float *x, float *shifted, float *power, int64_t count)
{
    float largest = x[0], sum = 0;
    GD__SIMD_EXTREME(reduction(max : largest)) // passes over a NaN, which then makes the sum one
    for (int64_t i = 1; i < count; i++)
        largest = x[i] > largest ? x[i] : largest;
    if (power != NULL) {
        GD__SIMD_SUM(sum)
        for (int64_t i = 0; i < count; i++) {
            power[i] = expf(x[i] - largest);
            sum += power[i];
        }
    } else {
        GD__SIMD_SUM(sum)
        for (int64_t i = 0; i < count; i++) {
            shifted[i] = x[i] - largest;
            sum += expf(shifted[i]);
        }
    }
    return sum;
}

void gd__softmax_row(const float *x, float *y, int64_t count)
{
    float scale = 1 / shifted_sum(x, NULL, y, count);
    for (int64_t i = 0; i < count; i++)
        y[i] *= scale;
}

void gd__log_softmax_row(const float *x, float *y, int64_t count)
{
    float log_sum = logf(shifted_sum(x, y, NULL, count));
    for (int64_t i = 0; i < count; i++)
        y[i] -= log_sum;
}

GD__CLONES void gd__scaled_exp(const float *x, float *y, int64_t count, float factor)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = factor * expf(x[i]);
}
