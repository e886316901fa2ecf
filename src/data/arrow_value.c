#include "data/arrow_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/number.h"
#include "data/csv_date.h"
#include "data/csv_number.h"

// ---- Numbers

// Where a value begins.
static const unsigned char *bytes_of(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place)
{
    return (const unsigned char *)array->buffers[1] + place * type->bytes;
}

uint64_t gd__arrow_unsigned(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place)
{
    const unsigned char *byte = bytes_of(type, array, place);
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (type->bytes) {
    case 1: return byte[0];
    case 2: memcpy(&two, byte, sizeof two); return two;
    case 4: memcpy(&four, byte, sizeof four); return four;
    default: memcpy(&eight, byte, sizeof eight); return eight;
    }
}

int64_t gd__arrow_signed(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place)
{
    const uint64_t bits = gd__arrow_unsigned(type, array, place);
    switch (type->bytes) {
    case 1: return (int8_t)bits;
    case 2: return (int16_t)bits;
    case 4: return (int32_t)bits;
    default: return (int64_t)bits;
    }
}

double gd__arrow_float(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place)
{
    const unsigned char *byte = bytes_of(type, array, place);
    float single;
    double number;
    if (type->bytes == 2)
        return (double)gd__f16_to_float((uint16_t)gd__arrow_unsigned(type, array, place));
    if (type->bytes == 4) {
        memcpy(&single, byte, sizeof single);
        return (double)single;
    }
    memcpy(&number, byte, sizeof number);
    return number;
}

bool gd__arrow_whole(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, double *number)
{
    if (type->kind == GD__ARROW_UNSIGNED) {
        const uint64_t whole = gd__arrow_unsigned(type, array, place);
        *number = (double)whole;
        return *number < 0x1p64 && (uint64_t)*number == whole;
    }
    const int64_t whole = gd__arrow_signed(type, array, place);
    *number = (double)whole;
    return *number < 0x1p63 && (int64_t)*number == whole;
}

// ---- Times

// Whole seconds and the ticks behind them.
static int64_t split_ticks(const gd__arrow_type *type, int64_t value, int64_t *ticks)
{
    int64_t seconds = value / type->ticks;
    *ticks = value % type->ticks;
    if (*ticks < 0) {
        *ticks += type->ticks;
        seconds--;
    }
    return seconds;
}

// Whole seconds since 1970; false outside of the years 1 to 9999.
static bool date_of(const gd__arrow_type *type, int64_t value, int64_t *seconds, int64_t *ticks)
{
    static const int64_t first = -62135596800, last = 253402300799;
    *seconds = split_ticks(type, value, ticks);
    if (*seconds < first / type->step || *seconds > last / type->step)
        return false;
    *seconds *= type->step;
    return true;
}

bool gd__arrow_date(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, double *seconds)
{
    int64_t whole, ticks;
    const int64_t value = gd__arrow_signed(type, array, place);
    *seconds = (double)value / (double)type->ticks * (double)type->step;
    return date_of(type, value, &whole, &ticks);
}

static int date_text(const gd__arrow_type *type, int64_t value, char room[GD__ARROW_ROOM])
{
    double part[GD__DATE_PARTS];
    int64_t seconds, ticks;
    if (!date_of(type, value, &seconds, &ticks))
        return snprintf(room, GD__ARROW_ROOM, "a date beyond the years 1 to 9999");
    gd__csv_date_parts((double)seconds, part);
    int length = snprintf(room, GD__ARROW_ROOM, "%04d-%02d-%02d", (int)part[0], (int)part[1], (int)part[2]);
    if (type->step > 1)
        return length;
    const int second = (int)((seconds % 60 + 60) % 60);
    length += snprintf(room + length, (size_t)(GD__ARROW_ROOM - length), " %02d:%02d:%02d", (int)part[4], (int)part[5],
                       second);
    if (ticks == 0)
        return length;
    const int digits = type->ticks == 1000 ? 3 : type->ticks == 1000000 ? 6 : 9;
    return length + snprintf(room + length, (size_t)(GD__ARROW_ROOM - length), ".%0*lld", digits, (long long)ticks);
}

// ---- Decimals: whole numbers of some 32-bit words, little-endian, in two's complement

enum { MOST_WORDS = 8, BILLION = 1000000000, BILLION_DIGITS = 9 };

// The words of the number's amount; true: it is negative.
static bool words_of(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place,
                     uint32_t word[MOST_WORDS])
{
    const int count = type->bytes / 4;
    memcpy(word, bytes_of(type, array, place), (size_t)type->bytes);
    const bool negative = word[count - 1] >> 31;
    for (int i = count; i < MOST_WORDS; i++)
        word[i] = negative ? UINT32_MAX : 0;
    uint64_t carry = 1;
    for (int i = 0; i < MOST_WORDS && negative; i++) {
        carry += (uint32_t)~word[i];
        word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return negative;
}

// The number, where it can be reckoned with one rounding.
static bool small_decimal(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, double *number)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint32_t word[MOST_WORDS];
    const bool negative = words_of(type, array, place, word);
    for (int i = 2; i < MOST_WORDS; i++)
        if (word[i] != 0)
            return false;
    const uint64_t amount = (uint64_t)word[1] << 32 | word[0];
    if (amount > UINT64_C(1) << 53 || type->scale < 0 || type->scale >= (int)(sizeof powers / sizeof powers[0]))
        return false;
    // Two doubles that are exact: their quotient is rounded once.
    *number = (double)amount / powers[type->scale] * (negative ? -1 : 1);
    return true;
}

// Digits of the amount, the last one first; returns how many.
static int digits_of(uint32_t word[MOST_WORDS], char digit[GD__ARROW_ROOM])
{
    int count = 0;
    for (bool any = true; any;) {
        uint64_t rest = 0;
        any = false;
        for (int i = MOST_WORDS - 1; i >= 0; i--) {
            rest = rest << 32 | word[i];
            word[i] = (uint32_t)(rest / BILLION);
            rest %= BILLION;
            any = any || word[i] != 0;
        }
        for (int i = 0; i < BILLION_DIGITS && (any || rest > 0); i++, rest /= 10)
            digit[count++] = (char)('0' + rest % 10);
    }
    return count;
}

static int decimal_text(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place,
                        char room[GD__ARROW_ROOM])
{
    uint32_t word[MOST_WORDS];
    char digit[GD__ARROW_ROOM];
    int length = 0;
    const bool negative = words_of(type, array, place, word);
    int count = digits_of(word, digit);
    while (count <= type->scale || count == 0)
        digit[count++] = '0';
    if (negative)
        room[length++] = '-';
    for (int i = count - 1; i >= 0; i--) {
        room[length++] = digit[i];
        if (i > 0 && i == type->scale)
            room[length++] = '.';
    }
    for (int i = type->scale; i < 0; i++)
        room[length++] = '0';
    return length;
}

double gd__arrow_decimal(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, locale_t c_locale)
{
    const gd__csv_notation notation = {.decimal = '.', .c_locale = c_locale};
    char room[GD__ARROW_ROOM];
    double number;
    if (small_decimal(type, array, place, &number))
        return number;
    const int length = decimal_text(type, array, place, room);
    return gd__csv_read_number(&notation, room, (size_t)length, &number) ? number : NAN;
}

// ---- Texts

// The fewest digits that are read as the same number.
static int float_text(const gd__arrow_type *type, double number, locale_t c_locale, char room[GD__ARROW_ROOM])
{
    const int most = type->bytes == 8 ? 17 : 9;
    int length = 0;
    const locale_t before = uselocale(c_locale);
    for (int digits = type->bytes == 8 ? 15 : type->bytes == 4 ? 6 : 3; digits <= most; digits++) {
        length = gd__format(room, GD__ARROW_ROOM, "%.*g", digits, number);
        const double again = gd__parse_number(room, NULL);
        if (type->bytes == 8 ? again == number : (double)(float)again == number)
            break;
    }
    uselocale(before);
    return length;
}

static const char *string(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, size_t *length)
{
    const char *text = array->buffers[2];
    if (type->bytes == 4) {
        const int32_t *end = (const int32_t *)array->buffers[1] + place;
        *length = (size_t)(end[1] - end[0]);
        return *length == 0 ? "" : text + end[0];
    }
    const int64_t *end = (const int64_t *)array->buffers[1] + place;
    *length = (size_t)(end[1] - end[0]);
    return *length == 0 ? "" : text + end[0];
}

// A view: its length, and up to 12 bytes of text, or 4 of them and where all lie: the number of a buffer, and a place.
static const char *view(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, size_t *length)
{
    enum { SHORT = 12 };
    const unsigned char *bytes = bytes_of(type, array, place);
    int32_t field[4];
    memcpy(field, bytes, sizeof field);
    *length = (size_t)field[0];
    return field[0] <= SHORT ? (const char *)bytes + sizeof field[0]
                             : (const char *)array->buffers[2 + field[2]] + field[3];
}

const char *gd__arrow_text(const gd__arrow_type *type, const struct ArrowArray *array, int64_t place, locale_t c_locale,
                           char room[GD__ARROW_ROOM], size_t *length)
{
    int written = 0;
    switch (type->kind) {
    case GD__ARROW_TEXT: return string(type, array, place, length);
    case GD__ARROW_VIEW: return view(type, array, place, length);
    case GD__ARROW_FIXED_TEXT: *length = (size_t)type->bytes; return (const char *)bytes_of(type, array, place);
    case GD__ARROW_FLAG:
        written = snprintf(room, GD__ARROW_ROOM, "%s", gd__arrow_bit(array->buffers[1], place) ? "true" : "false");
        break;
    case GD__ARROW_SIGNED:
        written = snprintf(room, GD__ARROW_ROOM, "%lld", (long long)gd__arrow_signed(type, array, place));
        break;
    case GD__ARROW_UNSIGNED:
        written = snprintf(room, GD__ARROW_ROOM, "%llu", (unsigned long long)gd__arrow_unsigned(type, array, place));
        break;
    case GD__ARROW_FLOAT: written = float_text(type, gd__arrow_float(type, array, place), c_locale, room); break;
    case GD__ARROW_SPAN: {
        const gd__arrow_type seconds = {.bytes = 8};
        written =
            float_text(&seconds, (double)gd__arrow_signed(type, array, place) / (double)type->ticks, c_locale, room);
        break;
    }
    case GD__ARROW_DECIMAL: written = decimal_text(type, array, place, room); break;
    case GD__ARROW_DATE: written = date_text(type, gd__arrow_signed(type, array, place), room); break;
    case GD__ARROW_NOTHING:
    case GD__ARROW_UNKNOWN: break;
    }
    *length = (size_t)written;
    return room;
}
