// Bytes as printable characters, in which vocabularies of bytes are written: GPT-2's bytes_to_unicode.
#ifndef GD_TEXT_BYTE_LETTERS_H
#define GD_TEXT_BYTE_LETTERS_H

#include "base/text.h"

// Printable characters of Latin-1 stand for themselves, the other 68 bytes for U+0100 and on, in their order.
void gd__bytes_to_letters(const char *bytes, size_t count, gd__text *to);
// The bytes that letters stand for. False where a letter stands for none.
bool gd__bytes_of_letters(const char *letters, size_t length, gd__text *to);

#endif
