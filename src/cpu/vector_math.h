// The functions of mathematics for f32, so written that a loop around them becomes vector code on every processor and
// with every compiler: no branches, no tables, no calls. All are within 2 units in the last place, also for denormal
// numbers, infinities, NaN and both zeros (tests/cpu/test_vector_math.c). sin and cos only give NaN for large
// arguments.
//
// Each reduces its argument to a short interval, on which a polynomial stands for the function. The polynomials are
// minimax ones, fitted with linear programming to the relative error of the result; each coefficient is rounded to f32
// before the next ones are fitted. (Muller: Elementary Functions, 3rd ed., Birkhäuser 2016, chapters 3 and 11.)
#ifndef GD_CPU_VECTOR_MATH_H
#define GD_CPU_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

#include "cpu/simd.h"

GD__INLINE uint32_t gd__bits_of_f32(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

GD__INLINE float gd__f32_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// 2^n, -126 <= n <= 127
GD__INLINE float gd__power_of_two(int32_t n)
{
    return gd__f32_of_bits((uint32_t)(n + 127) << 23);
}

GD__INLINE float gd__fabs_f32(float x)
{
    return gd__f32_of_bits(gd__bits_of_f32(x) & 0x7fffffffU);
}

// |x| with the sign of `sign`
GD__INLINE float gd__copysign_f32(float x, float sign)
{
    return gd__f32_of_bits((gd__bits_of_f32(x) & 0x7fffffffU) | (gd__bits_of_f32(sign) & 0x80000000U));
}

// ---- Order

// Integers in the order of the numbers: a loop can find their extreme in several lanes. (A NaN is beyond the infinity
// of its sign.)
GD__INLINE int32_t gd__order_of_f32(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ (bits >> 31 & INT32_MAX);
}
GD__INLINE float gd__number_of_f32(int32_t order)
{
    int32_t bits = order ^ (order >> 31 & INT32_MAX);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
GD__INLINE int64_t gd__order_of_f64(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ (bits >> 63 & INT64_MAX);
}
GD__INLINE double gd__number_of_f64(int64_t order)
{
    int64_t bits = order ^ (order >> 63 & INT64_MAX);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// ---- Exponentials

// ln 2 = HIGH + LOW; HIGH has 15 bits, so that a product with an exponent is exact.
#define GD__LN2_HIGH 0x1.62e4p-1F
#define GD__LN2_LOW 0x1.7f7d1cp-20F

// exp(r) - 1 and n, where x = n ln 2 + r and |r| <= ln(2) / 2 (Cody and Waite: Software Manual for the Elementary
// Functions, Prentice-Hall 1980). |x| must be below 2^20.
GD__INLINE float gd__exp_parts(float x, int32_t *n)
{
    const float round = 0x1.8p23F; // its last bit is worth 1: what is added to it is rounded to an integer
    float shifted = x * 0x1.715476p+0F + round, whole = shifted - round;
    *n = (int32_t)(gd__bits_of_f32(shifted) - gd__bits_of_f32(round));
    float r = (x - whole * GD__LN2_HIGH) - whole * GD__LN2_LOW;
    float q = 0x1.6ba480p-10F;
    q = q * r + 0x1.122a70p-7F;
    q = q * r + 0x1.5556f0p-5F;
    q = q * r + 0x1.5554aep-3F;
    q = q * r + 0x1.fffffep-2F;
    return r * r * q + r;
}

// exp for -87 <= x <= 88, where results are normal numbers.
GD__INLINE float gd__exp_normal(float x)
{
    int32_t n;
    float part = gd__exp_parts(x, &n);
    return (1 + part) * gd__power_of_two(n);
}

GD__INLINE float gd__exp_f32(float x)
{
    // Beyond these the result is 0 or infinite. Comparisons pass over NaN.
    float within = x < -104 ? -104 : x;
    within = within > 89 ? 89 : within;
    int32_t n;
    float part = gd__exp_parts(within, &n);
    int32_t half = n >> 1; // two steps, because 2^n itself may be no normal number
    return (1 + part) * gd__power_of_two(half) * gd__power_of_two(n - half);
}

GD__INLINE float gd__expm1_f32(float x)
{
    float within = x < -18 ? -18 : x;
    within = within > 89 ? 89 : within;
    int32_t n;
    float part = gd__exp_parts(within, &n);
    float half = gd__power_of_two(n - 1); // of 2^n, which may be infinite
    float y = 2 * (half * part + (half - 0.5F));
    return gd__fabs_f32(x) < 0x1p-25F ? x : y;
}

// ---- Logarithms

// log(2^n (1 + f)) for sqrt(1/2) <= 1 + f <= sqrt(2)
GD__INLINE float gd__log_of_parts(float n, float f)
{
    float q = -0x1.38c08cp-4F;
    q = q * f + 0x1.05c422p-3F;
    q = q * f + -0x1.0db342p-3F;
    q = q * f + 0x1.22cf08p-3F;
    q = q * f + -0x1.546ccap-3F;
    q = q * f + 0x1.99a054p-3F;
    q = q * f + -0x1.00023ap-2F;
    q = q * f + 0x1.555554p-2F;
    float square = f * f, rest = n * GD__LN2_LOW + (square * f * q - 0.5F * square);
    return n * GD__LN2_HIGH + (rest + f);
}

// x = 2^n m with sqrt(1/2) <= m < sqrt(2), for a normal number x > 0.
GD__INLINE float gd__log_parts(float x, int32_t *n)
{
    const uint32_t root_half = 0x3f3504f3U;
    uint32_t bits = gd__bits_of_f32(x) + (0x3f800000U - root_half);
    *n = (int32_t)(bits >> 23) - 127;
    return gd__f32_of_bits((bits & 0x7fffffU) + root_half);
}

// What log and log1p give where `x`, the argument of the logarithm, is not a positive number.
GD__INLINE float gd__log_edges(float x, float y)
{
    float edge = x == 0 ? -HUGE_VALF : NAN;
    y = x > 0 ? y : edge;
    return x == HUGE_VALF ? x : y;
}

GD__INLINE float gd__log_f32(float x)
{
    float normal = x < 0x1p-126F ? x * 0x1p23F : x, extra = x < 0x1p-126F ? -23 : 0;
    int32_t n;
    float m = gd__log_parts(normal, &n);
    return gd__log_edges(x, gd__log_of_parts((float)n + extra, m - 1));
}

GD__INLINE float gd__log1p_f32(float x)
{
    float sum = 1 + x, lost = x < 1 ? x - (sum - 1) : 1 - (sum - x);
    int32_t n;
    float m = gd__log_parts(sum, &n);
    int32_t most = n < 100 ? n : 100; // nothing worth adding is lost from larger sums
    float y = gd__log_of_parts((float)n, (m - 1) + lost * gd__power_of_two(-most));
    return gd__fabs_f32(x) < 0x1p-25F ? x : gd__log_edges(sum, y);
}

// ---- Sigmoid functions: odd ones are computed for |x|

GD__INLINE float gd__sigmoid_f32(float x)
{
    return 1 / (1 + gd__exp_f32(-x));
}

GD__INLINE float gd__tanh_f32(float x)
{
    float a = gd__fabs_f32(x), square = a * a;
    float q = -0x1.9921a2p-8F;
    q = q * square + 0x1.58e518p-6F;
    q = q * square + -0x1.b91e7ep-5F;
    q = q * square + 0x1.110ceep-3F;
    q = q * square + -0x1.55554ap-2F;
    float near = a * square * q + a;
    float far = 1 - 2 / (gd__exp_normal(2 * (a > 10 ? 10 : a)) + 1); // 1 from 9.02 on
    return gd__copysign_f32(a < 0.55F ? near : far, x);
}

// Near 0 an odd polynomial, and 1 - exp(a polynomial) farther away, as log(1 - erf) is nearly a parabola.
GD__INLINE float gd__erf_f32(float x)
{
    float a = gd__fabs_f32(x), square = a * a;
    float q = -0x1.386c0ap-11F;
    q = q * square + 0x1.46d838p-8F;
    q = q * square + -0x1.b67bcep-6F;
    q = q * square + 0x1.ce1984p-4F;
    q = q * square + -0x1.8126e2p-2F;
    q = q * square + 0x1.06eba6p-3F;
    float near = a * q + a;
    float within = a > 4 ? 4 : a; // 1 from 3.92 on
    float p = -0x1.c06528p-13F;
    p = p * within + 0x1.a5345ap-9F;
    p = p * within + -0x1.76f476p-6F;
    p = p * within + 0x1.af1fa8p-4F;
    p = p * within + 0x1.457d92p-1F;
    p = p * within + 0x1.0731b6p-3F;
    float far = 1 - gd__exp_normal(-(p * within + within));
    return gd__copysign_f32(a < 0.925F ? near : far, x);
}

// ---- Sine and cosine

// As far as the reduction below is exact: the multiple of pi/2 must be below 2^20.
#define GD__CIRCULAR_MOST 1e6F

// sin(x + quarters pi/2). In f64, pi/2 in two parts is exact enough: the first one has 33 bits, so that a product with
// the multiple is exact.
GD__INLINE float gd__sin_of(float x, int32_t quarters)
{
    const double round = 0x1.8p52;
    float magnitude = gd__fabs_f32(x), within = magnitude <= GD__CIRCULAR_MOST ? x : 0;
    double whole = ((double)within * 0x1.45f306dc9c883p-1 + round) - round;
    float r = (float)(((double)within - whole * 0x1.921fb544p+0) - whole * 0x1.0b4611a626331p-34);
    uint32_t quarter = (uint32_t)((int32_t)whole + quarters);
    float square = r * r;
    float p = -0x1.9951eap-13F;
    p = p * square + 0x1.110774p-7F;
    p = p * square + -0x1.555546p-3F;
    float sine = r * square * p + r;
    float q = 0x1.99e80cp-16F;
    q = q * square + -0x1.6c0c28p-10F;
    q = q * square + 0x1.55554ap-5F;
    float cosine = square * square * q + (1 - 0.5F * square);
    float y = (quarter & 1) != 0 ? cosine : sine;
    y = gd__f32_of_bits(gd__bits_of_f32(y) ^ (quarter & 2) << 30);
    return magnitude <= GD__CIRCULAR_MOST ? y : NAN;
}

GD__INLINE float gd__sin_f32(float x)
{
    float y = gd__sin_of(x, 0);
    return gd__fabs_f32(x) < 0x1p-12F ? x : y;
}

GD__INLINE float gd__cos_f32(float x)
{
    return gd__sin_of(x, 1);
}

// ---- What processors, or only the C library, have: so that real_f32.h finds every function under the same kind of
// name

GD__INLINE float gd__sqrt_f32(float x)
{
    return sqrtf(x);
}
GD__INLINE float gd__floor_f32(float x)
{
    return floorf(x);
}
GD__INLINE float gd__pow_f32(float x, float y)
{
    return powf(x, y);
}

#endif
