// Text as tokenizers take it: valid UTF-8, in lower case on request.
#ifndef GD_TEXT_CLEAN_H
#define GD_TEXT_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

// Makes *text valid, with U+FFFD for what is no character. *copy is NULL where it can stay as it is, else it is what
// *text became (gd__free). False when memory is short.
bool gd__clean_text(const char **text, size_t *bytes, bool lower, char **copy);

#endif
