#include "words/shortest.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// x * 10^n. Exact to the last bits of a double, which is more than nine digits need.
static double scaled(double x, int n)
{
    for (; n > 22; n -= 22)
        x *= 1e22;
    for (; n < -22; n += 22)
        x /= 1e22;
    return n >= 0 ? x * power[n] : x / power[-n];
}

// The digits of x > 0, rounded to so many, as a whole number; *exponent: that of the first digit.
static int64_t digits_of(double x, int count, int *exponent)
{
    int e = (int)floor(log10(x));
    double whole = nearbyint(scaled(x, count - 1 - e));
    if (whole < power[count - 1]) // log10 was rounded up
        whole = nearbyint(scaled(x, count - 1 - --e));
    if (whole >= power[count]) {
        whole /= 10;
        e++;
    }
    *exponent = e;
    return (int64_t)whole;
}

static int64_t shortest(float value, int *count, int *exponent)
{
    int64_t best = digits_of((double)value, 9, exponent);
    for (*count = 9; *count > 1; --*count) {
        int e;
        const int64_t fewer = digits_of((double)value, *count - 1, &e);
        if ((float)scaled((double)fewer, e - (*count - 2)) != value)
            break;
        best = fewer;
        *exponent = e;
    }
    return best;
}

static char *put_exponent(char *to, int exponent)
{
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    const int e = exponent < 0 ? -exponent : exponent;
    *to++ = (char)('0' + e / 10);
    *to++ = (char)('0' + e % 10);
    return to;
}

// Digits before the point, or a zero; and at least one behind it.
static char *put_fixed(char *to, const char *digit, int count, int exponent)
{
    int at = exponent < 0 ? exponent : 0; // digits before the first one and behind the last one are zeros
    do
        *to++ = at >= 0 && at < count ? digit[at] : '0';
    while (at++ < exponent);
    *to++ = '.';
    do
        *to++ = at >= 0 && at < count ? digit[at] : '0';
    while (++at < count);
    return to;
}

int gd__shortest_text(float value, char text[GD__SHORTEST_TEXT])
{
    char *to = text;
    if (isnan(value) || isinf(value) || value == 0) {
        strcpy(text, isnan(value) ? "nan"
                     : value == 0 ? (signbit(value) ? "-0.0" : "0.0")
                     : value > 0  ? "inf"
                                  : "-inf");
        return (int)strlen(text);
    }
    if (value < 0) {
        *to++ = '-';
        value = -value;
    }
    int count, exponent;
    int64_t whole = shortest(value, &count, &exponent);
    for (; count > 1 && whole % 10 == 0; count--)
        whole /= 10;
    char digit[10];
    for (int i = count - 1; i >= 0; i--, whole /= 10)
        digit[i] = (char)('0' + whole % 10);
    if ((double)value < 1e-4 || value >= 1e6F) {
        *to++ = digit[0];
        if (count > 1)
            *to++ = '.';
        memcpy(to, digit + 1, (size_t)(count - 1));
        to = put_exponent(to + count - 1, exponent);
    } else {
        to = put_fixed(to, digit, count, exponent);
    }
    *to = '\0';
    return (int)(to - text);
}
