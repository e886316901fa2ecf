// Sums of twice the precision of a double, so that neither the order of the samples nor the portions in which they came
// shows in a result. A number is the pair high + low, low at most half a unit in the last place of high (Dekker 1971, A
// floating-point technique for extending the available precision; Knuth, The Art of Computer Programming 2, 4.2.2).
#ifndef GD_METRIC_WIDE_H
#define GD_METRIC_WIDE_H

#include <math.h>

typedef struct gd__wide {
    double high, low;
} gd__wide;

static inline double gd__wide_value(gd__wide sum)
{
    return sum.high + sum.low;
}

// high + low, where |high| >= |low|; what overflowed stays infinite.
static inline gd__wide gd__wide_of(double high, double low)
{
    const double sum = high + low;
    return isfinite(sum) ? (gd__wide){sum, low - (sum - high)} : (gd__wide){isfinite(high) ? sum : high, 0};
}

static inline gd__wide gd__wide_plus(gd__wide a, gd__wide b)
{
    const double sum = a.high + b.high, part = sum - a.high;
    const double lost = (a.high - (sum - part)) + (b.high - part);
    return gd__wide_of(sum, lost + (a.low + b.low));
}

static inline gd__wide gd__wide_minus(gd__wide a, gd__wide b)
{
    return gd__wide_plus(a, (gd__wide){-b.high, -b.low});
}

static inline gd__wide gd__wide_times(gd__wide a, gd__wide b)
{
    const double product = a.high * b.high;
    return gd__wide_of(product, fma(a.high, b.high, -product) + (a.high * b.low + a.low * b.high));
}

static inline gd__wide gd__wide_exactly(double value)
{
    return (gd__wide){value, 0};
}

static inline void gd__wide_add(gd__wide *sum, double value)
{
    *sum = gd__wide_plus(*sum, gd__wide_exactly(value));
}

static inline void gd__wide_merge(gd__wide *sum, gd__wide other)
{
    *sum = gd__wide_plus(*sum, other);
}

#endif
