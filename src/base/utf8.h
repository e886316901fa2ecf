// UTF-8: code points of bytes, and the other way.
#ifndef GD_BASE_UTF8_H
#define GD_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GD__REPLACEMENT = 0xfffd, GD__UTF8_BYTES = 4 };

// Whether bytes are valid UTF-8.
bool gd__is_utf8(const char *text, size_t length);
// The code point at the beginning of `length` > 0 bytes, and how many bytes it takes; -1 for what is no character:
// *bytes is then the longest beginning of one (Unicode 3.9, "maximal subpart"), 1 where there is none.
int32_t gd__utf8_get(const char *text, size_t length, size_t *bytes);
// Writes a code point, and returns how many bytes it takes.
size_t gd__utf8_put(int32_t point, char to[GD__UTF8_BYTES]);

#endif
