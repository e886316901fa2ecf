#include "io/gzip.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

enum { INPUT_SIZE = 1 << 16 };

// Deflate codes at most 258 bytes in two bits: 1032 to 1.
enum { DEFLATE_RATIO = 1032 };

struct gd__byte_stream {
    char *path;
    FILE *stream;
    size_t file_size; // SIZE_MAX: not known
    size_t consumed;  // bytes of the file read so far
    bool is_gzip;
    bool inflating; // `inflate` is set up
    bool member_ended;
    bool ended;
    z_stream inflate;
    size_t begin, end; // what is left of `input`
    unsigned char input[INPUT_SIZE];
};

static gd_status refill(gd__byte_stream *source)
{
    if (source->begin < source->end)
        return GD_OK;
    source->begin = 0;
    source->end = fread(source->input, 1, INPUT_SIZE, source->stream);
    source->consumed += source->end;
    if (source->end == 0 && ferror(source->stream))
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", source->path, strerror(errno));
    return GD_OK;
}

static bool has_magic(const gd__byte_stream *source)
{
    return source->end - source->begin >= 2 && source->input[source->begin] == 0x1f &&
           source->input[source->begin + 1] == 0x8b;
}

static FILE *duplicate_input(void)
{
    const int descriptor = dup(STDIN_FILENO);
    FILE *stream = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
    if (stream == NULL && descriptor >= 0)
        close(descriptor);
    return stream;
}

static gd_status open_stream(gd__byte_stream *source, bool is_input)
{
    source->stream = is_input ? duplicate_input() : fopen(source->path, "rb");
    if (source->stream == NULL)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", source->path, strerror(errno));
    struct stat information;
    if (fstat(fileno(source->stream), &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be looked at: %s", source->path, strerror(errno));
    if (S_ISDIR(information.st_mode))
        return gd__fail(GD_ERROR_IO, "%s: is a directory where a file was expected", source->path);
    source->file_size = S_ISREG(information.st_mode) ? (size_t)information.st_size : SIZE_MAX;
    gd_status status = refill(source);
    if (status != GD_OK)
        return status;
    source->is_gzip = has_magic(source);
    if (!source->is_gzip)
        return GD_OK;
    if (inflateInit2(&source->inflate, MAX_WBITS + 16) != Z_OK)
        return gd__fail_memory("inflating a file");
    source->inflating = true;
    return GD_OK;
}

static gd_status open_source(const char *path, bool is_input, gd__byte_stream **out)
{
    *out = NULL;
    gd__byte_stream *source = gd__alloc_zeroed(1, sizeof *source);
    if (source == NULL)
        return gd__fail_memory("a file buffer");
    source->path = gd__copy_text(path);
    gd_status status = source->path == NULL ? gd__fail_memory("a file name") : open_stream(source, is_input);
    if (status == GD_OK)
        *out = source;
    else
        gd__byte_stream_close(source);
    return status;
}

gd_status gd__byte_stream_open(const char *path, gd__byte_stream **out)
{
    return open_source(path, false, out);
}

gd_status gd__byte_stream_open_input(const char *name, gd__byte_stream **out)
{
    return open_source(name, true, out);
}

void gd__byte_stream_close(gd__byte_stream *source)
{
    if (source == NULL)
        return;
    if (source->inflating)
        inflateEnd(&source->inflate);
    if (source->stream != NULL)
        fclose(source->stream);
    gd__free(source->path);
    gd__free(source);
}

bool gd__byte_stream_is_gzip(const gd__byte_stream *source)
{
    return source->is_gzip;
}

size_t gd__byte_stream_bound(const gd__byte_stream *source)
{
    if (source->file_size == SIZE_MAX)
        return SIZE_MAX;
    // A file that grows while it is read is bounded by what it was.
    size_t later = source->file_size > source->consumed ? source->file_size - source->consumed : 0;
    size_t left = later + (source->end - source->begin);
    size_t bound = left;
    if (source->is_gzip && (!gd__multiply(source->file_size, DEFLATE_RATIO, &bound)))
        bound = SIZE_MAX;
    return bound;
}

static gd_status read_plain(gd__byte_stream *source, unsigned char *to, size_t size, size_t *got)
{
    while (*got < size) {
        gd_status status = refill(source);
        if (status != GD_OK)
            return status;
        size_t ready = source->end - source->begin;
        if (ready == 0)
            return GD_OK;
        size_t length = size - *got < ready ? size - *got : ready;
        memcpy(to + *got, source->input + source->begin, length);
        source->begin += length;
        *got += length;
    }
    return GD_OK;
}

static gd_status fail_damaged(const gd__byte_stream *source)
{
    const char *reason = source->inflate.msg;
    if (reason != NULL && strstr(reason, "incorrect") != NULL && strstr(reason, "check") != NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: the gzip file is damaged: its checksum does not match its content",
                        source->path);
    return gd__fail(GD_ERROR_FORMAT, "%s: the gzip file is damaged: %s", source->path,
                    reason == NULL ? "unknown reason" : reason);
}

// A gzip file may consist of several members one after the other, and may be padded with zeros.
static gd_status next_member(gd__byte_stream *source)
{
    for (;;) {
        gd_status status = refill(source);
        if (status != GD_OK)
            return status;
        if (source->begin == source->end) {
            source->ended = true;
            return GD_OK;
        }
        if (source->input[source->begin] != 0)
            break;
        source->begin++;
    }
    if (source->input[source->begin] != 0x1f)
        return gd__fail(GD_ERROR_FORMAT, "%s: bytes that are not gzip's follow the compressed data", source->path);
    source->member_ended = false;
    if (inflateReset(&source->inflate) != Z_OK)
        return gd__fail(GD_ERROR_INTERNAL, "%s: zlib cannot begin again", source->path);
    return GD_OK;
}

static gd_status inflate_some(gd__byte_stream *source, unsigned char *to, size_t size, size_t *got)
{
    gd_status status = refill(source);
    if (status != GD_OK)
        return status;
    size_t ready = source->end - source->begin;
    if (ready == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: the gzip file is truncated: it ends in the middle of its data",
                        source->path);
    size_t room = size - *got < UINT_MAX ? size - *got : UINT_MAX;
    source->inflate.next_in = source->input + source->begin;
    source->inflate.avail_in = (unsigned)ready;
    source->inflate.next_out = to + *got;
    source->inflate.avail_out = (unsigned)room;
    int result = inflate(&source->inflate, Z_NO_FLUSH);
    source->begin = source->end - source->inflate.avail_in;
    *got += room - source->inflate.avail_out;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: return GD_OK;
    case Z_STREAM_END: source->member_ended = true; return GD_OK;
    case Z_MEM_ERROR: return gd__fail_memory("inflating a file");
    default: return fail_damaged(source);
    }
}

gd_status gd__byte_stream_read(gd__byte_stream *source, void *to, size_t size, size_t *got)
{
    *got = 0;
    if (!source->is_gzip)
        return read_plain(source, to, size, got);
    while (*got < size && !source->ended) {
        gd_status status = source->member_ended ? next_member(source) : inflate_some(source, to, size, got);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

gd_status gd__gzip_read(const char *path, size_t limit, char **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    gd__byte_stream *source;
    gd_status status = gd__byte_stream_open(path, &source);
    if (status != GD_OK)
        return status;
    gd__text content = {0};
    char block[1 << 12];
    size_t got = sizeof block;
    while (status == GD_OK && got == sizeof block && !content.failed) {
        status = gd__byte_stream_read(source, block, sizeof block, &got);
        if (status == GD_OK)
            gd__text_add_bytes(&content, block, got);
        if (status == GD_OK && limit > 0 && content.length > limit)
            status = gd__fail(GD_ERROR_FORMAT, "%s: holds more than %zu bytes", path, limit);
    }
    gd__byte_stream_close(source);
    if (status != GD_OK) {
        gd__text_free(&content);
        return status;
    }
    *size = content.length;
    *data = gd__text_take(&content);
    return *data == NULL ? gd__fail_memory(path) : GD_OK;
}

gd_status gd__inflate_raw(const char *what, const void *from, size_t from_size, void *to, size_t to_size)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return gd__fail_memory("inflating an archive");
    // zlib does not write through next_in.
    stream.next_in = (z_const Bytef *)(uintptr_t)from;
    stream.next_out = to;
    size_t in_left = from_size, out_left = to_size;
    int result = Z_OK;
    while (result == Z_OK) {
        unsigned in_now = in_left < UINT_MAX ? (unsigned)in_left : UINT_MAX;
        unsigned out_now = out_left < UINT_MAX ? (unsigned)out_left : UINT_MAX;
        stream.avail_in = in_now;
        stream.avail_out = out_now;
        result = inflate(&stream, Z_NO_FLUSH);
        in_left -= in_now - stream.avail_in;
        out_left -= out_now - stream.avail_out;
    }
    inflateEnd(&stream);
    if (result == Z_MEM_ERROR)
        return gd__fail_memory("inflating an archive");
    if (result != Z_STREAM_END || out_left != 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: the compressed data is damaged or does not have the size stated", what);
    return GD_OK;
}
