// The innermost loops of reductions, for f32 and f64.
#include "cpu/reduction.h"
#include "cpu/vector_math.h"

static double add(double a, double b)
{
    return a + b;
}
static double multiply(double a, double b)
{
    return a * b;
}
// A NaN is the result of every comparison that it takes part in.
static double larger(double a, double b)
{
    return a != a || a >= b ? a : b;
}
static double smaller(double a, double b)
{
    return a != a || a <= b ? a : b;
}

// Sums in f32 stay exact enough because only few elements are added before the result moves into a double:
// RUN elements of a row (in several lanes), or eight elements of a column in pairs.
enum { RUN = 512 };

#define SUM_LOOPS(type, name)                                                                                          \
    GD__LOOP(sum_rows_##name, (const void *data, int64_t count, int64_t stride, int64_t length, double *acc),          \
             (data, count, stride, length, acc))                                                                       \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const type *x = (const type *)data + i * stride;                                                           \
            double total = 0;                                                                                          \
            for (int64_t begin = 0; begin < length; begin += RUN) {                                                    \
                int64_t end = length - begin < RUN ? length : begin + RUN;                                             \
                type part = 0;                                                                                         \
                GD__SIMD(reduction(+ : part))                                                                          \
                for (int64_t j = begin; j < end; j++)                                                                  \
                    part += x[j];                                                                                      \
                total += (double)part;                                                                                 \
            }                                                                                                          \
            acc[i] += total;                                                                                           \
        }                                                                                                              \
    }                                                                                                                  \
    GD__LOOP(sum_columns_##name, (const void *data, int64_t count, int64_t stride, int64_t width, double *acc),        \
             (data, count, stride, width, acc))                                                                        \
    {                                                                                                                  \
        const type *x = data;                                                                                          \
        int64_t i = 0;                                                                                                 \
        for (; i + 8 <= count; i += 8, x += 8 * stride) {                                                              \
            for (int64_t j = 0; j < width; j++) {                                                                      \
                type first = (x[j] + x[stride + j]) + (x[2 * stride + j] + x[3 * stride + j]);                         \
                type second = (x[4 * stride + j] + x[5 * stride + j]) + (x[6 * stride + j] + x[7 * stride + j]);       \
                acc[j] += (double)(first + second);                                                                    \
            }                                                                                                          \
        }                                                                                                              \
        for (; i < count; i++, x += stride) {                                                                          \
            for (int64_t j = 0; j < width; j++)                                                                        \
                acc[j] += (double)x[j];                                                                                \
        }                                                                                                              \
    }
SUM_LOOPS(float, f32)
SUM_LOOPS(double, f64)

// `better` is > for the maximum and < for the minimum. Comparisons pass over a NaN, so rows look for one besides.
#define EXTREME_LOOPS(type, real, order_type, name, better)                                                            \
    GD__LOOP(name##_##real##_rows, (const void *data, int64_t count, int64_t stride, int64_t length, double *acc),     \
             (data, count, stride, length, acc))                                                                       \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const type *x = (const type *)data + i * stride;                                                           \
            order_type best = gd__order_of_##real((type)acc[i]);                                                       \
            int nan = acc[i] != acc[i];                                                                                \
            for (int64_t j = 0; j < length; j++) {                                                                     \
                order_type next = gd__order_of_##real(x[j]);                                                           \
                best = next better best ? next : best;                                                                 \
                nan |= x[j] != x[j];                                                                                   \
            }                                                                                                          \
            acc[i] = nan ? (double)NAN : (double)gd__number_of_##real(best);                                           \
        }                                                                                                              \
    }                                                                                                                  \
    GD__LOOP(name##_##real##_columns, (const void *data, int64_t count, int64_t stride, int64_t width, double *acc),   \
             (data, count, stride, width, acc))                                                                        \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const type *x = (const type *)data + i * stride;                                                           \
            for (int64_t j = 0; j < width; j++) {                                                                      \
                double value = (double)x[j];                                                                           \
                acc[j] = ((value better acc[j]) | (value != value)) ? value : acc[j];                                  \
            }                                                                                                          \
        }                                                                                                              \
    }
EXTREME_LOOPS(float, f32, int32_t, max, >)
EXTREME_LOOPS(double, f64, int64_t, max, >)
EXTREME_LOOPS(float, f32, int32_t, min, <)
EXTREME_LOOPS(double, f64, int64_t, min, <)

#define PRODUCT_LOOPS(type, name)                                                                                      \
    static void prod_rows_##name(const void *data, int64_t count, int64_t stride, int64_t length, double *acc)         \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            for (int64_t j = 0; j < length; j++)                                                                       \
                acc[i] *= (double)((const type *)data)[i * stride + j];                                                \
        }                                                                                                              \
    }                                                                                                                  \
    static void prod_columns_##name(const void *data, int64_t count, int64_t stride, int64_t width, double *acc)       \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            for (int64_t j = 0; j < width; j++)                                                                        \
                acc[j] *= (double)((const type *)data)[i * stride + j];                                                \
        }                                                                                                              \
    }
PRODUCT_LOOPS(float, f32)
PRODUCT_LOOPS(double, f64)

const gd__fold gd__fold_sum_f32 = {0, add, sum_rows_f32, sum_columns_f32};
const gd__fold gd__fold_sum_f64 = {0, add, sum_rows_f64, sum_columns_f64};
const gd__fold gd__fold_max_f32 = {-HUGE_VAL, larger, max_f32_rows, max_f32_columns};
const gd__fold gd__fold_max_f64 = {-HUGE_VAL, larger, max_f64_rows, max_f64_columns};
const gd__fold gd__fold_min_f32 = {HUGE_VAL, smaller, min_f32_rows, min_f32_columns};
const gd__fold gd__fold_min_f64 = {HUGE_VAL, smaller, min_f64_rows, min_f64_columns};
const gd__fold gd__fold_prod_f32 = {1, multiply, prod_rows_f32, prod_columns_f32};
const gd__fold gd__fold_prod_f64 = {1, multiply, prod_rows_f64, prod_columns_f64};
