#include "words/parts.h"

#include <string.h>

static size_t next_letter(const char *word, size_t at, size_t size)
{
    do
        at++;
    while (at < size && ((unsigned char)word[at] & 0xc0) == 0x80);
    return at;
}

int gd__parts_of(const gd__word_parts *parts, const char *word, int32_t bucket[GD__WORD_PARTS])
{
    char text[1024];
    const size_t length = strnlen(word, sizeof text - 2), size = length + 2;
    text[0] = '<';
    memcpy(text + 1, word, length);
    text[length + 1] = '>';
    int count = 0;
    for (size_t begin = 0; begin < size; begin = next_letter(text, begin, size)) {
        uint32_t hash = 2166136261u; // FNV-1a; bytes are signed in fastText
        size_t at = begin;
        for (int64_t letters = 1; at < size && letters <= parts->longest; letters++) {
            for (const size_t end = next_letter(text, at, size); at < end; at++) {
                const uint32_t byte = (unsigned char)text[at];
                hash = (hash ^ (byte < 128 ? byte : byte | 0xffffff00u)) * 16777619u;
            }
            // A mark alone is no part.
            if (letters < parts->shortest || (letters == 1 && (begin == 0 || at == size)))
                continue;
            if (count == GD__WORD_PARTS)
                return count;
            bucket[count++] = (int32_t)(hash % (uint64_t)parts->buckets);
        }
    }
    return count;
}
