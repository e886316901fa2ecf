// Sums of twice the precision of a double, so that neither the order of the samples nor the portions in which they came
// shows in a result. A number is the pair high + low, low at most half a unit in the last place of high (Dekker 1971, A
// floating-point technique for extending the available precision; Knuth, The Art of Computer Programming 2, 4.2.2).
#ifndef GD_METRIC_SUM_H
#define GD_METRIC_SUM_H

#include <math.h>

typedef struct gd__sum {
    double high, low;
} gd__sum;

static inline double gd__sum_value(gd__sum sum)
{
    return sum.high + sum.low;
}

// high + low, where |high| >= |low|; what overflowed stays infinite.
static inline gd__sum gd__sum_of(double high, double low)
{
    const double sum = high + low;
    return isfinite(sum) ? (gd__sum){sum, low - (sum - high)} : (gd__sum){isfinite(high) ? sum : high, 0};
}

static inline gd__sum gd__sum_plus(gd__sum a, gd__sum b)
{
    const double sum = a.high + b.high, part = sum - a.high;
    const double lost = (a.high - (sum - part)) + (b.high - part);
    return gd__sum_of(sum, lost + (a.low + b.low));
}

static inline gd__sum gd__sum_minus(gd__sum a, gd__sum b)
{
    return gd__sum_plus(a, (gd__sum){-b.high, -b.low});
}

static inline gd__sum gd__sum_times(gd__sum a, gd__sum b)
{
    const double product = a.high * b.high;
    return gd__sum_of(product, fma(a.high, b.high, -product) + (a.high * b.low + a.low * b.high));
}

static inline gd__sum gd__sum_exactly(double value)
{
    return (gd__sum){value, 0};
}

static inline void gd__sum_add(gd__sum *sum, double value)
{
    *sum = gd__sum_plus(*sum, gd__sum_exactly(value));
}

static inline void gd__sum_merge(gd__sum *sum, gd__sum other)
{
    *sum = gd__sum_plus(*sum, other);
}

#endif
