#include "base/dimension.h"

#include <stdio.h>

// ---- Packing: -(2^62 + p + 2 (by - 1) + 2^11 shift + 2^21 (times - 1) + 2^41 plus), plus in 20 bits of two's
// complement

enum { BY_BITS = 10, TIMES_BITS = 20, PLUS_BITS = 20 };
enum { BY_AT = 1, SHIFT_AT = BY_AT + BY_BITS, TIMES_AT = SHIFT_AT + BY_BITS, PLUS_AT = TIMES_AT + TIMES_BITS };

static int64_t field(uint64_t packed, int at, int bits)
{
    return (int64_t)(packed >> at & ((UINT64_C(1) << bits) - 1));
}

bool gd__dimension_has_time(int64_t dimension)
{
    return dimension <= GD_TIME && dimension != GD_INFER;
}

bool gd__dimension_is_sound(int64_t dimension)
{
    if (!gd__dimension_has_time(dimension))
        return dimension != GD_INFER;
    const uint64_t packed = (uint64_t)(GD_TIME - dimension);
    return packed >> (PLUS_AT + PLUS_BITS) == 0 && field(packed, SHIFT_AT, BY_BITS) <= field(packed, BY_AT, BY_BITS);
}

gd__time_form gd__dimension_form(int64_t dimension)
{
    const uint64_t packed = (uint64_t)(GD_TIME - dimension);
    const int64_t plus = field(packed, PLUS_AT, PLUS_BITS), half = INT64_C(1) << (PLUS_BITS - 1);
    return (gd__time_form){.batch = packed & 1,
                           .by = field(packed, BY_AT, BY_BITS) + 1,
                           .shift = field(packed, SHIFT_AT, BY_BITS),
                           .times = field(packed, TIMES_AT, TIMES_BITS) + 1,
                           .plus = plus < half ? plus : plus - 2 * half};
}

static int64_t floor_of(int64_t a, int64_t by)
{
    return a / by - (a % by < 0 ? 1 : 0);
}

// Without the time, a gd__time_form is a plain number or a multiple of the batch size. Numbers beyond the fields cannot
// be written; what comes in is far below the range of int64_t.
static bool pack(gd__time_form f, int64_t *dimension)
{
    const int64_t half = INT64_C(1) << (PLUS_BITS - 1);
    const int64_t whole = floor_of(f.shift, f.by);
    f.shift -= whole * f.by;
    f.plus += whole * f.times;
    if (f.times == 0) {
        *dimension = f.batch ? -f.plus : f.plus;
        return f.plus >= 0;
    }
    if (f.times < 1 || f.times > INT64_C(1) << TIMES_BITS || f.by > INT64_C(1) << BY_BITS || f.plus < -half ||
        f.plus >= half)
        return false;
    const uint64_t packed = (f.batch ? 1u : 0u) | (uint64_t)(f.by - 1) << BY_AT | (uint64_t)f.shift << SHIFT_AT |
                            (uint64_t)(f.times - 1) << TIMES_AT |
                            ((uint64_t)f.plus & ((UINT64_C(1) << PLUS_BITS) - 1)) << PLUS_AT;
    *dimension = GD_TIME - (int64_t)packed;
    return true;
}

// ---- Arithmetic

// Both as forms with the same batch power and the same floor, where there is such.
static bool align(int64_t a, int64_t b, gd__time_form *p, gd__time_form *q)
{
    const bool in_time[2] = {gd__dimension_has_time(a), gd__dimension_has_time(b)};
    const int64_t most = INT64_C(1) << (PLUS_BITS - 1);
    if ((a < 0) != (b < 0) && !in_time[0] && !in_time[1])
        return false;
    if ((!in_time[0] && (a > most || a < -most)) || (!in_time[1] && (b > most || b < -most)))
        return false;
    *p = in_time[0] ? gd__dimension_form(a) : (gd__time_form){.batch = a < 0, .by = 1, .plus = a < 0 ? -a : a};
    *q = in_time[1] ? gd__dimension_form(b) : (gd__time_form){.batch = b < 0, .by = 1, .plus = b < 0 ? -b : b};
    if (!in_time[0]) {
        p->by = q->by;
        p->shift = q->shift;
    } else if (!in_time[1]) {
        q->by = p->by;
        q->shift = p->shift;
    }
    return p->batch == q->batch && p->by == q->by && p->shift == q->shift;
}

static bool timeless(int64_t a, int64_t b)
{
    return !gd__dimension_has_time(a) && !gd__dimension_has_time(b);
}

bool gd__dimension_add(int64_t a, int64_t b, int64_t *sum)
{
    gd__time_form p, q;
    if (a == 0 || b == 0) {
        *sum = a == 0 ? b : a;
        return true;
    }
    if (timeless(a, b))
        return (a < 0) == (b < 0) && !__builtin_add_overflow(a, b, sum) && !gd__dimension_has_time(*sum);
    if (!align(a, b, &p, &q))
        return false;
    p.times += q.times;
    p.plus += q.plus;
    return pack(p, sum);
}

bool gd__dimension_subtract(int64_t a, int64_t b, int64_t *difference)
{
    gd__time_form p, q;
    *difference = a;
    if (b == 0)
        return true;
    if (timeless(a, b)) {
        const bool fits = (a < 0) == (b < 0) && (a < 0 ? a <= b : a >= b);
        *difference = fits ? a - b : 0;
        return fits;
    }
    if (!align(a, b, &p, &q))
        return false;
    p.times -= q.times;
    p.plus -= q.plus;
    return pack(p, difference);
}

bool gd__dimension_multiply(int64_t a, int64_t b, int64_t *product)
{
    if (timeless(a, b)) {
        return (a >= 0 || b >= 0) && !__builtin_mul_overflow(a, b, product) && !gd__dimension_has_time(*product);
    }
    if (gd__dimension_has_time(a) && gd__dimension_has_time(b))
        return false;
    gd__time_form f = gd__dimension_form(gd__dimension_has_time(a) ? a : b);
    const int64_t by = gd__dimension_has_time(a) ? b : a, factor = by < 0 ? -by : by;
    if ((by < 0 && f.batch) || factor > INT64_C(1) << TIMES_BITS)
        return false;
    f.batch |= by < 0;
    f.times *= factor;
    f.plus *= factor;
    return pack(f, product);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

bool gd__dimension_divide(int64_t a, int64_t by, int64_t *quotient)
{
    if (!gd__dimension_has_time(a)) {
        *quotient = a / by;
        return a >= 0 || a % by == 0;
    }
    gd__time_form f = gd__dimension_form(a);
    if (f.batch && (f.times % by != 0 || f.plus % by != 0))
        return false;
    // floor((t l + p) / b) = floor((t/g l + floor(p / g)) / (b/g)) for a divisor g of t and b, l a whole number.
    const int64_t divisor = common_divisor(f.times, by);
    f.times /= divisor;
    f.plus = floor_of(f.plus, divisor);
    by /= divisor;
    if (by == 1)
        return pack(f, quotient);
    if (f.times != 1)
        return false;
    // And floor((floor((time + s) / d) + p) / b) = floor((time + s + d p) / (d b)).
    f.shift += f.by * f.plus;
    f.by *= by;
    f.plus = 0;
    return pack(f, quotient);
}

gd__dimension_parts gd__dimension_parts_of(int64_t dimension)
{
    if (!gd__dimension_has_time(dimension))
        return (gd__dimension_parts){dimension < 0 ? -dimension : dimension, dimension < 0, 1};
    gd__time_form f = gd__dimension_form(dimension);
    gd__dimension_parts parts = {common_divisor(f.times, f.plus), f.batch, 1};
    f.batch = false;
    f.times /= parts.factor;
    f.plus /= parts.factor;
    pack(f, &parts.length);
    return parts;
}

// ---- Sizes

int64_t gd__dimension_close(int64_t dimension, gd__sizes sizes)
{
    int64_t value;
    if (dimension >= 0 || dimension == GD_INFER)
        return dimension;
    if (!gd__dimension_has_time(dimension))
        return __builtin_mul_overflow(dimension, -sizes.batch, &value) ? INT64_MAX : value;
    const gd__time_form f = gd__dimension_form(dimension);
    if (sizes.time > INT64_MAX - f.shift || __builtin_mul_overflow((sizes.time + f.shift) / f.by, f.times, &value) ||
        __builtin_add_overflow(value, f.plus, &value) ||
        (f.batch && __builtin_mul_overflow(value, sizes.batch, &value)))
        return INT64_MAX;
    return value < 0 ? INT64_MAX : value;
}

bool gd__dimension_solve(int64_t dimension, int64_t given, gd__sizes *sizes)
{
    if (dimension >= 0)
        return given == dimension;
    if (given < 1)
        return false;
    const bool in_time = gd__dimension_has_time(dimension);
    const gd__time_form f = in_time ? gd__dimension_form(dimension)
                                    : (gd__time_form){.batch = true, .times = 0, .by = 1, .plus = -dimension};
    if (!in_time && sizes->batch == 0) {
        sizes->batch = given / f.plus;
        return given % f.plus == 0;
    }
    if (in_time && !f.batch && f.by == 1 && sizes->time == 0) {
        sizes->time = (given - f.plus) / f.times;
        return sizes->time > 0 && (given - f.plus) % f.times == 0;
    }
    if ((in_time && sizes->time == 0) || (f.batch && sizes->batch == 0))
        return true;
    return gd__dimension_close(dimension, *sizes) == given;
}

// ---- Text

static void length_text(gd__time_form f, char *text, size_t size)
{
    const int times = (int)f.times, by = (int)f.by, shift = (int)f.shift, plus = (int)f.plus;
    char sum[24] = "time", part[40];
    if (shift > 0)
        snprintf(sum, sizeof sum, "(time+%d)", shift);
    if (by > 1)
        snprintf(part, sizeof part, times > 1 || plus != 0 ? "(%s/%d)" : "%s/%d", sum, by);
    else
        snprintf(part, sizeof part, "%s", sum);
    int at = times > 1 ? snprintf(text, size, "%d*", times) : 0;
    at += snprintf(text + at, size - (size_t)at, "%s", part);
    if (plus != 0)
        snprintf(text + at, size - (size_t)at, "%+d", plus);
}

void gd__dimension_text(int64_t dimension, char text[GD__DIMENSION_TEXT])
{
    char length[GD__DIMENSION_TEXT - 10];
    if (dimension == GD_INFER)
        snprintf(text, GD__DIMENSION_TEXT, "infer");
    else if (dimension >= 0)
        snprintf(text, GD__DIMENSION_TEXT, "%lld", (long long)dimension);
    else if (dimension == GD_BATCH)
        snprintf(text, GD__DIMENSION_TEXT, "batch");
    else if (!gd__dimension_has_time(dimension))
        snprintf(text, GD__DIMENSION_TEXT, "%lld*batch", -(long long)dimension);
    else {
        const gd__time_form f = gd__dimension_form(dimension);
        length_text(f, length, sizeof length);
        snprintf(text, GD__DIMENSION_TEXT, !f.batch ? "%s" : f.plus != 0 ? "batch*(%s)" : "batch*%s", length);
    }
}
