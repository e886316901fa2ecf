#include "io/tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/gzip.h"

enum { BLOCK = 512, NAME_SIZE = 4096 };
#define MOST_BYTES ((int64_t)1 << 50)

struct gd__tar {
    char *path;
    gd__byte_stream *stream;
    int64_t at;   // bytes read so far
    int64_t size; // of the file told last
    int64_t left; // of its bytes and what fills the last block, not read yet
    char name[NAME_SIZE];
    char long_name[NAME_SIZE]; // of the next file, told before it; "": none
};

gd_status gd__tar_open(const char *path, gd__tar **out)
{
    *out = NULL;
    gd__tar *tar = gd__alloc_zeroed(1, sizeof *tar);
    if (tar == NULL || (tar->path = gd__copy_text(path)) == NULL) {
        gd__free(tar);
        return gd__fail_memory("an archive");
    }
    const gd_status status = gd__byte_stream_open(path, &tar->stream);
    if (status == GD_OK)
        *out = tar;
    else
        gd__tar_close(tar);
    return status;
}

void gd__tar_close(gd__tar *tar)
{
    if (tar == NULL)
        return;
    gd__byte_stream_close(tar->stream);
    gd__free(tar->path);
    gd__free(tar);
}

bool gd__tar_is_gzip(const gd__tar *tar)
{
    return gd__byte_stream_is_gzip(tar->stream);
}

static gd_status read_exactly(gd__tar *tar, void *to, size_t size)
{
    size_t got;
    const gd_status status = gd__byte_stream_read(tar->stream, to, size, &got);
    tar->at += (int64_t)got;
    if (status == GD_OK && got < size)
        return gd__fail(GD_ERROR_FORMAT, "%s: this archive ends too early, after %lld bytes", tar->path,
                        (long long)tar->at);
    return status;
}

static gd_status skip(gd__tar *tar, int64_t size)
{
    char block[1 << 11];
    gd_status status = GD_OK;
    while (size > 0 && status == GD_OK) {
        const int64_t some = size < (int64_t)sizeof block ? size : (int64_t)sizeof block;
        status = read_exactly(tar, block, (size_t)some);
        size -= some;
    }
    return status;
}

// ---- Headers

// An octal number in a field of text; -1: it is none.
static int64_t octal(const unsigned char *field, int length)
{
    int64_t number = 0;
    int i = 0;
    while (i < length && field[i] == ' ')
        i++;
    if (i == length || field[i] < '0' || field[i] > '7')
        return -1;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) {
        if (number > MOST_BYTES)
            return -1;
        number = number * 8 + (field[i] - '0');
    }
    return number;
}

// The sum of all bytes, with those of the sum itself as spaces.
static bool sum_is_right(const unsigned char *header)
{
    int64_t sum = 0;
    for (int i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : header[i];
    return octal(header + 148, 8) == sum;
}

static bool is_empty(const unsigned char *header)
{
    for (int i = 0; i < BLOCK; i++)
        if (header[i] != 0)
            return false;
    return true;
}

static int64_t padded(int64_t size)
{
    return (size + BLOCK - 1) / BLOCK * BLOCK;
}

// A member that holds the name of the next one: the text is read into `name` if it fits, and the rest skipped.
static gd_status read_text(gd__tar *tar, int64_t size, char *text, int64_t room)
{
    const int64_t taken = size < room - 1 ? size : room - 1;
    gd_status status = read_exactly(tar, text, (size_t)taken);
    text[taken] = '\0';
    return status == GD_OK ? skip(tar, padded(size) - taken) : status;
}

// The value of "path" among pax' lines "LENGTH key=value".
static void take_pax_path(const char *text, char name[NAME_SIZE])
{
    while (*text != '\0') {
        char *after;
        const long length = strtol(text, &after, 10);
        const char *end = memchr(text, '\n', strlen(text));
        if (length <= 0 || *after != ' ' || end == NULL)
            return;
        if (strncmp(after + 1, "path=", 5) == 0 && end - (after + 6) < NAME_SIZE && end > after + 6) {
            memcpy(name, after + 6, (size_t)(end - (after + 6)));
            name[end - (after + 6)] = '\0';
        }
        text = end + 1;
    }
}

// The name in the header itself: prefix, a slash, name.
static void take_name(const unsigned char *header, char name[NAME_SIZE])
{
    const bool has_prefix = memcmp(header + 257, "ustar\0", 6) == 0 && header[345] != 0;
    size_t length = 0;
    if (has_prefix) {
        length = strnlen((const char *)header + 345, 155);
        memcpy(name, header + 345, length);
        name[length++] = '/';
    }
    const size_t own = strnlen((const char *)header, 100);
    memcpy(name + length, header, own);
    name[length + own] = '\0';
}

// One header, and where it only names the next member that name too. *told: a regular file was met.
static gd_status read_header(gd__tar *tar, bool *end, bool *told)
{
    unsigned char header[BLOCK];
    gd_status status = read_exactly(tar, header, BLOCK);
    if (status != GD_OK)
        return status;
    if (is_empty(header)) {
        *end = true;
        return GD_OK;
    }
    const int64_t size = octal(header + 124, 12);
    if (!sum_is_right(header) || size < 0 || size > MOST_BYTES)
        return gd__fail(GD_ERROR_FORMAT, "%s: %s at byte %lld", tar->path,
                        tar->at == BLOCK ? "is no tar archive: its first header is wrong" : "a header is wrong",
                        (long long)(tar->at - BLOCK));
    char text[NAME_SIZE + 64];
    switch (header[156]) {
    case 'L':
        if (size > NAME_SIZE)
            return gd__fail(GD_ERROR_FORMAT, "%s: a name of %lld bytes; at most %d are read", tar->path,
                            (long long)size, NAME_SIZE - 1);
        return read_text(tar, size, tar->long_name, NAME_SIZE);
    case 'x':
        status = read_text(tar, size, text, sizeof text);
        if (status == GD_OK)
            take_pax_path(text, tar->long_name);
        return status;
    case '0':
    case '\0':
    case '7':
        if (tar->long_name[0] != '\0')
            memcpy(tar->name, tar->long_name, NAME_SIZE);
        else
            take_name(header, tar->name);
        tar->long_name[0] = '\0';
        tar->size = size;
        tar->left = padded(size);
        *told = true;
        return GD_OK;
    default: tar->long_name[0] = '\0'; return skip(tar, padded(size));
    }
}

gd_status gd__tar_next(gd__tar *tar, gd__tar_file *file)
{
    tar->long_name[0] = '\0';
    bool end = false, told = false;
    *file = (gd__tar_file){0};
    gd_status status = skip(tar, tar->left);
    tar->left = 0;
    while (status == GD_OK && !end && !told)
        status = read_header(tar, &end, &told);
    if (status == GD_OK && told)
        *file = (gd__tar_file){.name = tar->name, .size = tar->size, .offset = tar->at};
    return status;
}

gd_status gd__tar_read(gd__tar *tar, void *to)
{
    tar->left -= tar->size;
    return read_exactly(tar, to, (size_t)tar->size);
}

bool gd__is_tar(const char *path)
{
    gd__byte_stream *stream;
    unsigned char header[BLOCK];
    size_t got = 0;
    if (gd__byte_stream_open(path, &stream) != GD_OK)
        return false;
    const gd_status status = gd__byte_stream_read(stream, header, BLOCK, &got);
    gd__byte_stream_close(stream);
    return status == GD_OK && got == BLOCK && sum_is_right(header);
}
