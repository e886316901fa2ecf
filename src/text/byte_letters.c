#include "text/byte_letters.h"

#include "base/utf8.h"

static bool is_printable(int32_t byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

// The letter of a byte that is not printable: U+0100 and as many more as there are such bytes before it.
static int32_t letter_of(unsigned char byte)
{
    if (is_printable(byte))
        return byte;
    if (byte <= ' ')
        return 0x100 + byte;
    return byte == 0xad ? 0x100 + 67 : 0x100 + 33 + byte - 0x7f;
}

static int byte_of(int32_t letter)
{
    if (letter < 0x100)
        return letter >= 0 && is_printable(letter) ? letter : -1;
    const int32_t place = letter - 0x100;
    if (place <= ' ')
        return place;
    return place == 67 ? 0xad : place < 67 ? place - 33 + 0x7f : -1;
}

void gd__bytes_to_letters(const char *bytes, size_t count, gd__text *to)
{
    for (size_t i = 0; i < count; i++) {
        char put[GD__UTF8_BYTES];
        gd__text_add_bytes(to, put, gd__utf8_put(letter_of((unsigned char)bytes[i]), put));
    }
}

bool gd__bytes_of_letters(const char *letters, size_t length, gd__text *to)
{
    size_t step;
    for (size_t at = 0; at < length; at += step) {
        const int byte = byte_of(gd__utf8_get(letters + at, length - at, &step));
        if (byte < 0)
            return false;
        const char one = (char)byte;
        gd__text_add_bytes(to, &one, 1);
    }
    return true;
}
