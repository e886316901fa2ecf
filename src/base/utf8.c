#include "base/utf8.h"

#include <string.h>

// The bytes that follow the first one of a character; -1 for what begins none.
static int following(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

// Whether a byte may follow the first one. Overlong forms, surrogates, and what lies beyond U+10FFFF show there.
static bool may_be_second(unsigned char first, unsigned char second)
{
    return (second & 0xc0) == 0x80 && !(first == 0xe0 && second < 0xa0) && !(first == 0xed && second > 0x9f) &&
           !(first == 0xf0 && second < 0x90) && !(first == 0xf4 && second > 0x8f);
}

int32_t gd__utf8_get(const char *text, size_t length, size_t *bytes)
{
    const unsigned char *at = (const unsigned char *)text, first = at[0];
    const int more = following(first);
    *bytes = 1;
    if (more <= 0)
        return more < 0 ? -1 : first;
    int32_t point = first & (0x3f >> more);
    for (size_t i = 1; i <= (size_t)more; i++) {
        if (i >= length || (i == 1 ? !may_be_second(first, at[1]) : (at[i] & 0xc0) != 0x80))
            return -1;
        point = point << 6 | (at[i] & 0x3f);
        *bytes = i + 1;
    }
    return point;
}

size_t gd__utf8_put(int32_t point, char to[GD__UTF8_BYTES])
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    const size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char mark[] = {0, 0xc0, 0xe0, 0xf0};
    for (size_t i = more; i > 0; i--, point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3f));
    to[0] = (char)(mark[more] | point);
    return more + 1;
}

bool gd__is_utf8(const char *text, size_t length)
{
    size_t bytes;
    for (size_t at = 0; at < length; at += bytes) {
        // Eight bytes of ASCII at a time, which most text is.
        for (; length - at >= 8; at += 8) {
            uint64_t word;
            memcpy(&word, text + at, sizeof word);
            if ((word & 0x8080808080808080u) != 0)
                break;
        }
        if (at == length)
            return true;
        if (gd__utf8_get(text + at, length - at, &bytes) < 0)
            return false;
    }
    return true;
}
