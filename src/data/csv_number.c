// A number of up to 19 digits is a whole number m, below 2^64, times a power of ten. Where m is below 2^53 and the
// power at most 10^22, both are doubles without error, and so one multiplication or division rounds once (Clinger: How
// to read floating point numbers accurately. PLDI 1990). Other powers up to 10^27 = 2^27 5^27 are reckoned in 128 bits.
// The few numbers that are left go to strtod.
#include "data/csv_number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 19, MOST_POWER = 27, CLINGER_POWER = 22, LONGEST_NUMBER = 1000 };

__extension__ typedef unsigned __int128 wide;

static const double ten_to[CLINGER_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const uint64_t five_to[MOST_POWER + 1] = {1u,
                                                 5u,
                                                 25u,
                                                 125u,
                                                 625u,
                                                 3125u,
                                                 15625u,
                                                 78125u,
                                                 390625u,
                                                 1953125u,
                                                 9765625u,
                                                 48828125u,
                                                 244140625u,
                                                 1220703125u,
                                                 6103515625u,
                                                 30517578125u,
                                                 152587890625u,
                                                 762939453125u,
                                                 3814697265625u,
                                                 19073486328125u,
                                                 95367431640625u,
                                                 476837158203125u,
                                                 2384185791015625u,
                                                 11920928955078125u,
                                                 59604644775390625u,
                                                 298023223876953125u,
                                                 1490116119384765625u,
                                                 7450580596923828125u};

// 2^exponent, for exponents of normal numbers.
static double two_to(int exponent)
{
    const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

// m * 10^power, rounded once, for m > 0.
static double scale_exactly(uint64_t m, int power)
{
    if (power >= 0)
        return (double)((wide)m * five_to[power]) * two_to(power);
    // Numerator and denominator are shifted until their first bit is set, so that the quotient has 62 bits at least;
    // its last bit is set where something is left over, which is all that rounding must know of the rest.
    const int up = __builtin_clzll(m), below = __builtin_clzll(five_to[-power]);
    const wide numerator = (wide)(m << up) << 63;
    const uint64_t denominator = five_to[-power] << below;
    const uint64_t quotient = (uint64_t)(numerator / denominator);
    const bool rest = (wide)quotient * denominator != numerator;
    return (double)(quotient | rest) * two_to(below - up + power - 63);
}

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

// An exponent behind its 'e'; NULL when there are no digits.
static const char *scan_exponent(const char *at, int *exponent)
{
    enum { BEYOND = 100000 };
    const bool negative = *at == '-';
    if (negative || *at == '+')
        at++;
    if (!is_digit(*at))
        return NULL;
    int value = 0;
    for (; is_digit(*at); at++)
        value = value < BEYOND ? value * 10 + (*at - '0') : value;
    *exponent += negative ? -value : value;
    return at;
}

// Digits without the zeros in front, which say nothing.
static ptrdiff_t significant_digits(const char *from, ptrdiff_t digits)
{
    for (; *from == '0' || *from == '.' || *from == ','; from++)
        digits -= *from == '0';
    return digits;
}

// The general way, for what is a decimal number up to `end`.
static const char *scan_slowly(const gd__csv_notation *notation, const char *from, const char *end, double *number)
{
    if (notation->decimal != '.')
        return NULL;
    char *stopped;
    *number = strtod_l(from, &stopped, notation->c_locale);
    return stopped == end && isfinite(*number) ? end : NULL;
}

const char *gd__csv_scan_number(const gd__csv_notation *notation, const char *from, double *number)
{
    const char *at = from;
    const bool negative = *at == '-';
    if (negative || *at == '+')
        at++;
    const char *first = at;
    uint64_t m = 0;
    for (; is_digit(*at); at++)
        m = m * 10 + (uint64_t)(*at - '0');
    ptrdiff_t digits = at - first;
    int power = 0;
    if (*at == notation->decimal) {
        const char *fraction = ++at;
        for (; is_digit(*at); at++)
            m = m * 10 + (uint64_t)(*at - '0');
        digits += at - fraction;
        if (at - fraction > INT32_MAX / 2)
            return NULL;
        power = -(int)(at - fraction);
    }
    if (digits == 0)
        return NULL;
    if ((*at == 'e' || *at == 'E') && (at = scan_exponent(at + 1, &power)) == NULL)
        return NULL;
    if (digits > MOST_DIGITS && significant_digits(first, digits) > MOST_DIGITS)
        return scan_slowly(notation, from, at, number);
    double value;
    if (m < UINT64_C(1) << 53 && power <= 0 && power >= -CLINGER_POWER)
        value = (double)m / ten_to[-power];
    else if (m == 0)
        value = 0;
    else if (power >= -MOST_POWER && power <= MOST_POWER)
        value = scale_exactly(m, power);
    else
        return scan_slowly(notation, from, at, number);
    *number = negative ? -value : value;
    return at;
}

// ---- Whole texts

// The bytes of a blank, a tab or a no-break space (in UTF-8) at `text`; 0 when there is none.
static size_t blank_at(const char *text, size_t length)
{
    if (length >= 1 && (text[0] == ' ' || text[0] == '\t'))
        return 1;
    if (length >= 2 && memcmp(text, "\xc2\xa0", 2) == 0)
        return 2;
    if (length >= 3 && memcmp(text, "\xe2\x80\xaf", 3) == 0) // the narrow one
        return 3;
    return 0;
}

void gd__csv_trim(const char **text, size_t *length)
{
    for (size_t blank; (blank = blank_at(*text, *length)) > 0;) {
        *text += blank;
        *length -= blank;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t width = 1; width <= 3 && width <= *length && !more; width++)
            if (blank_at(*text + *length - width, width) == width) {
                *length -= width;
                more = true;
            }
    }
}

// Takes `word` off the front or the back of a text.
static void take_off(const char *word, const char **text, size_t *length)
{
    const size_t size = word == NULL ? 0 : strlen(word);
    if (size == 0 || size > *length)
        return;
    if (memcmp(*text, word, size) == 0) {
        *text += size;
        *length -= size;
    } else if (memcmp(*text + *length - size, word, size) == 0) {
        *length -= size;
    } else {
        return;
    }
    gd__csv_trim(text, length);
}

// Copies digits without what stands between groups of three: the first group may be shorter. False when a group is
// not of three.
static bool join_thousands(char thousands, const char **from, const char *end, char **to)
{
    const char *at = *from;
    int group = 0;
    bool grouped = false;
    for (; at < end && (is_digit(*at) || *at == thousands); at++) {
        if (is_digit(*at)) {
            *(*to)++ = *at;
            group++;
            continue;
        }
        if (grouped ? group != 3 : group < 1 || group > 3)
            return false;
        grouped = true;
        group = 0;
    }
    *from = at;
    return !grouped || group == 3;
}

bool gd__csv_read_number(const gd__csv_notation *notation, const char *text, size_t length, double *number)
{
    char plain[LONGEST_NUMBER + 8];
    char *to = plain;
    gd__csv_trim(&text, &length);
    if (length == 0 || length > LONGEST_NUMBER)
        return false;
    const bool signed_first = *text == '-' || *text == '+';
    if (signed_first) {
        *to++ = *text++;
        length--;
    }
    take_off(notation->currency, &text, &length);
    const bool percent = notation->percent && length > 0 && text[length - 1] == '%';
    if (percent) {
        length--;
        gd__csv_trim(&text, &length);
    }
    if (!signed_first && length > 0 && (*text == '-' || *text == '+')) { // "$ -12"
        *to++ = *text++;
        length--;
    }
    const char *end = text + length;
    if (length == 0 || *text == '-' || *text == '+')
        return false;
    if (notation->thousands != '\0' && !join_thousands(notation->thousands, &text, end, &to))
        return false;
    for (; text < end; text++) {
        if (*text == '\0' || (percent && (*text == 'e' || *text == 'E')))
            return false;
        if (*text == '.' && notation->decimal != '.')
            return false;
        *to++ = *text == notation->decimal ? '.' : *text;
    }
    memcpy(to, percent ? "e-2" : "", percent ? 4 : 1);
    const gd__csv_notation points = {.decimal = '.', .c_locale = notation->c_locale};
    const char *stopped = gd__csv_scan_number(&points, plain, number);
    return stopped != NULL && *stopped == '\0';
}
