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
        GD__SIMD(reduction(+ : sum))
        for (int64_t i = 0; i < count; i++) {
            power[i] = expf(x[i] - largest);
            sum += power[i];
        }
    } else {
        GD__SIMD(reduction(+ : sum))
        for (int64_t i = 0; i < count; i++) {
            shifted[i] = x[i] - largest;
            sum += expf(shifted[i]);
        }
    }
    return sum;
}

enum { SHORT = 16 };

// The same for at most SHORT elements: filled up with copies of the first one, a row is a single vector.
GD__CLONES static float short_sum(const float *x, float *shifted, float *power, int64_t count)
{
    float line[SHORT], whole[SHORT], largest = x[0], sum = 0;
    for (int64_t i = 0; i < SHORT; i++)
        line[i] = x[i < count ? i : 0];
    GD__SIMD_EXTREME(reduction(max : largest))
    for (int64_t i = 0; i < SHORT; i++)
        largest = line[i] > largest ? line[i] : largest;
    for (int64_t i = 0; i < SHORT; i++)
        line[i] -= largest;
    for (int64_t i = 0; i < SHORT; i++)
        whole[i] = expf(line[i]);
    GD__SIMD(reduction(+ : sum))
    for (int64_t i = 0; i < SHORT; i++)
        sum += i < count ? whole[i] : 0;
    for (int64_t i = 0; i < count; i++) {
        if (power != NULL)
            power[i] = whole[i];
        else
            shifted[i] = line[i];
    }
    return sum;
}

static float sum_of(const float *x, float *shifted, float *power, int64_t count)
{
    return count <= SHORT ? short_sum(x, shifted, power, count) : shifted_sum(x, shifted, power, count);
}

void gd__softmax_row(const float *x, float *y, int64_t count)
{
    float scale = 1 / sum_of(x, NULL, y, count);
    for (int64_t i = 0; i < count; i++)
        y[i] *= scale;
}

void gd__log_softmax_row(const float *x, float *y, int64_t count)
{
    float log_sum = logf(sum_of(x, y, NULL, count));
    for (int64_t i = 0; i < count; i++)
        y[i] -= log_sum;
}

GD__CLONES static void exponentials(const float *x, float *y, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = expf(x[i]);
}

void gd__exponentials(const float *x, float *y, int64_t count)
{
    exponentials(x, y, count);
}
