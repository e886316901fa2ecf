#include "utf8_writer.h"

static void put_replacement(const utf8_writer *w)
{
    fputs("\xEF\xBF\xBD", w->file);
}

// The whole character: no longer form of a shorter one, no half of a pair, none behind the last.
static bool is_character(const unsigned char *c, int count)
{
    if (count == 3)
        return (c[0] != 0xE0 || c[1] >= 0xA0) && (c[0] != 0xED || c[1] < 0xA0);
    if (count == 4)
        return (c[0] != 0xF0 || c[1] >= 0x90) && (c[0] != 0xF4 || c[1] < 0x90);
    return true;
}

// U+0000 to U+001F, U+007F to U+009F, but ends of lines and tabs.
static bool is_control(const unsigned char *c, int count)
{
    if (count == 1)
        return (c[0] < 0x20 && c[0] != '\n' && c[0] != '\t') || c[0] == 0x7F;
    return count == 2 && c[0] == 0xC2 && c[1] < 0xA0;
}

static void put(const utf8_writer *w)
{
    if (!is_character(w->begun, w->count) || (w->terminal && is_control(w->begun, w->count)))
        put_replacement(w);
    else
        fwrite(w->begun, 1, (size_t)w->count, w->file);
}

static int length_after(unsigned char first)
{
    return first < 0x80                    ? 1
           : first >= 0xC2 && first < 0xE0 ? 2
           : first >= 0xE0 && first < 0xF0 ? 3
           : first >= 0xF0 && first < 0xF5 ? 4
                                           : 0;
}

void utf8_end(utf8_writer *w)
{
    if (w->count > 0)
        put_replacement(w);
    w->count = 0;
}

void utf8_write(utf8_writer *w, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        const unsigned char c = (unsigned char)text[i];
        if ((c & 0xC0) != 0x80) {
            utf8_end(w);
            w->wanted = length_after(c);
        }
        if (w->wanted == 0 || (w->count == 0 && (c & 0xC0) == 0x80)) {
            put_replacement(w);
            continue;
        }
        w->begun[w->count++] = c;
        if (w->count == w->wanted) {
            put(w);
            w->count = 0;
        }
    }
}
