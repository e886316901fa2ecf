// A number that tells whether a file's content is another: XXH64 (Collet), which is as fast as the memory.
#ifndef GD_RUN_HASH_H
#define GD_RUN_HASH_H

#include <gradus/base.h>

enum { GD__HASH_WHOLE = 256 << 20, GD__HASH_END = 64 << 20 };

typedef struct gd__hash {
    uint64_t lane[4];
    uint64_t length;
    unsigned char rest[32]; // bytes that do not fill a stripe yet
    size_t rest_count;
} gd__hash;

void gd__hash_start(gd__hash *hash);
void gd__hash_add(gd__hash *hash, const void *data, size_t size);
uint64_t gd__hash_finish(const gd__hash *hash);

typedef struct gd__file_hash {
    uint64_t hash;
    int64_t bytes;
    int64_t modified; // seconds since 1970
    bool whole;       // of all bytes; else of the first and the last GD__HASH_END, and of the size
} gd__file_hash;
// False when it cannot be read, or is no plain file.
bool gd__hash_file(const char *path, gd__file_hash *result);

#endif
