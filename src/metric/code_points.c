#include "metric/code_points.h"

#include "base/memory.h"

enum { REPLACEMENT = 0xfffd };

bool gd__codes_add(gd__codes *codes, int32_t code)
{
    if (!gd__grow_long((void **)&codes->code, &codes->capacity, codes->count, sizeof *codes->code))
        return false;
    codes->code[codes->count++] = code;
    return true;
}

// The code point at text[*at], which moves on.
static int32_t next_code(const unsigned char *text, size_t *at)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; // of as many bytes
    const unsigned char first = text[*at];
    const int bytes = first < 0x80                    ? 1
                      : first >= 0xc2 && first < 0xe0 ? 2
                      : first >= 0xe0 && first < 0xf0 ? 3
                      : first >= 0xf0 && first < 0xf5 ? 4
                                                      : 0;
    if (bytes == 1) {
        (*at)++;
        return first;
    }
    int32_t code = bytes == 0 ? 0 : first & (0x7f >> bytes);
    for (int i = 1; i < bytes; i++) {
        if ((text[*at + (size_t)i] & 0xc0) != 0x80) { // the end of the text among them
            (*at)++;
            return REPLACEMENT;
        }
        code = code << 6 | (text[*at + (size_t)i] & 0x3f);
    }
    if (bytes == 0 || code < least[bytes] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) {
        (*at)++;
        return REPLACEMENT;
    }
    *at += (size_t)bytes;
    return code;
}

bool gd__codes_add_text(gd__codes *codes, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t at = 0; bytes[at] != 0;)
        if (!gd__codes_add(codes, next_code(bytes, &at)))
            return false;
    return true;
}

void gd__codes_free(gd__codes *codes)
{
    gd__free(codes->code);
    *codes = (gd__codes){0};
}

bool gd__code_is_space(int32_t code)
{
    return code == ' ' || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f) || code == 0x85 ||
           code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
           code == 0x202f || code == 0x205f || code == 0x3000;
}

bool gd__next_word(const gd__codes *codes, int64_t *at, int64_t *begin, int64_t *end)
{
    while (*at < codes->count && gd__code_is_space(codes->code[*at]))
        (*at)++;
    *begin = *at;
    while (*at < codes->count && !gd__code_is_space(codes->code[*at]))
        (*at)++;
    *end = *at;
    return *begin < *end;
}
