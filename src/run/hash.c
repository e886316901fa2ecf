#include "run/hash.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static const uint64_t prime1 = 0x9E3779B185EBCA87u, prime2 = 0xC2B2AE3D27D4EB4Fu, prime3 = 0x165667B19E3779F9u,
                      prime4 = 0x85EBCA77C2B2AE63u, prime5 = 0x27D4EB2F165667C5u;

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

// Numbers are read as little-endian ones, whatever the machine's are.
static uint64_t read_number(const unsigned char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * prime2, 31) * prime1;
}

void gd__hash_start(gd__hash *hash)
{
    *hash = (gd__hash){.lane = {prime1 + prime2, prime2, 0, 0 - prime1}};
}

static void add_stripe(gd__hash *hash, const unsigned char *stripe)
{
    for (int i = 0; i < 4; i++)
        hash->lane[i] = mix(hash->lane[i], read_number(stripe + 8 * i, 8));
}

void gd__hash_add(gd__hash *hash, const void *data, size_t size)
{
    const unsigned char *at = data;
    hash->length += size;
    if (hash->rest_count > 0) {
        size_t fill = sizeof hash->rest - hash->rest_count;
        fill = fill < size ? fill : size;
        memcpy(hash->rest + hash->rest_count, at, fill);
        hash->rest_count += fill;
        at += fill;
        size -= fill;
        if (hash->rest_count < sizeof hash->rest)
            return;
        add_stripe(hash, hash->rest);
        hash->rest_count = 0;
    }
    for (; size >= sizeof hash->rest; size -= sizeof hash->rest, at += sizeof hash->rest)
        add_stripe(hash, at);
    if (size > 0)
        memcpy(hash->rest, at, size);
    hash->rest_count = size;
}

static uint64_t join_lanes(const gd__hash *hash)
{
    static const int bits[4] = {1, 7, 12, 18};
    if (hash->length < sizeof hash->rest)
        return prime5;
    uint64_t sum = 0;
    for (int i = 0; i < 4; i++)
        sum += rotate(hash->lane[i], bits[i]);
    for (int i = 0; i < 4; i++)
        sum = (sum ^ mix(0, hash->lane[i])) * prime1 + prime4;
    return sum;
}

uint64_t gd__hash_finish(const gd__hash *hash)
{
    uint64_t sum = join_lanes(hash) + hash->length;
    const unsigned char *at = hash->rest;
    size_t left = hash->rest_count;
    for (; left >= 8; left -= 8, at += 8)
        sum = rotate(sum ^ mix(0, read_number(at, 8)), 27) * prime1 + prime4;
    for (; left >= 4; left -= 4, at += 4)
        sum = rotate(sum ^ read_number(at, 4) * prime1, 23) * prime2 + prime3;
    for (; left > 0; left--, at++)
        sum = rotate(sum ^ *at * prime5, 11) * prime1;
    sum = (sum ^ sum >> 33) * prime2;
    sum = (sum ^ sum >> 29) * prime3;
    return sum ^ sum >> 32;
}

// ---- Files

// Adds the bytes from `from` up to `end`; false when they are not there.
static bool add_part(gd__hash *hash, int file, int64_t from, int64_t end, unsigned char *block, size_t size)
{
    while (from < end) {
        size_t wanted = end - from < (int64_t)size ? (size_t)(end - from) : size;
        ssize_t got = pread(file, block, wanted, from);
        if (got <= 0)
            return false;
        gd__hash_add(hash, block, (size_t)got);
        from += got;
    }
    return true;
}

static bool hash_open_file(int file, gd__file_hash *result)
{
    enum { BLOCK = 1 << 20 };
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    *result =
        (gd__file_hash){.bytes = about.st_size, .modified = about.st_mtime, .whole = about.st_size <= GD__HASH_WHOLE};
    unsigned char *block = gd__alloc(BLOCK);
    if (block == NULL)
        return false;
    gd__hash hash;
    gd__hash_start(&hash);
    bool good;
    if (result->whole) {
        good = add_part(&hash, file, 0, result->bytes, block, BLOCK);
    } else {
        good = add_part(&hash, file, 0, GD__HASH_END, block, BLOCK) &&
               add_part(&hash, file, result->bytes - GD__HASH_END, result->bytes, block, BLOCK);
        unsigned char size[8];
        for (int i = 0; i < 8; i++)
            size[i] = (unsigned char)((uint64_t)result->bytes >> 8 * i);
        gd__hash_add(&hash, size, sizeof size);
    }
    result->hash = gd__hash_finish(&hash);
    gd__free(block);
    return good;
}

bool gd__hash_file(const char *path, gd__file_hash *result)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    bool good = hash_open_file(file, result);
    close(file);
    return good;
}
