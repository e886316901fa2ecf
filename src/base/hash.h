// A number for bytes.
#ifndef GD_BASE_HASH_H
#define GD_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

// A number for a text that is the same everywhere and always: FNV-1a.
uint64_t gd__hash_bytes(const char *text, size_t length);

#endif
