#include "picture/png_write.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { CHUNK = 1 << 15, FILTERS = 5 };

struct gd__png_writer {
    gd__png_sink sink;
    void *to;
    bool sunk; // the sink failed
    z_stream packer;
    bool packs; // it was begun
    int64_t height, done;
    size_t row;                       // bytes of a row
    int step;                         // bytes of a pixel
    unsigned char *above;             // (row), zeros before the first
    unsigned char *filtered[FILTERS]; // (1 + row) each
    unsigned char chunk[CHUNK];
};

// ---- Chunks

static void put_word(unsigned char to[4], uint32_t word)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(word >> (24 - 8 * i));
}

static void sink(gd__png_writer *w, const void *bytes, size_t count)
{
    w->sunk = w->sunk || (count > 0 && !w->sink(w->to, bytes, count));
}

// A chunk: length, four letters, data, and the checksum of letters and data.
static void add_chunk(gd__png_writer *w, const char letters[4], const unsigned char *data, size_t length)
{
    unsigned char word[4];
    uLong sum = crc32(crc32(0, NULL, 0), (const Bytef *)letters, 4);
    if (length > 0)
        sum = crc32(sum, data, (uInt)length);
    put_word(word, (uint32_t)length);
    sink(w, word, 4);
    sink(w, letters, 4);
    sink(w, data, length);
    put_word(word, (uint32_t)sum);
    sink(w, word, 4);
}

// Packs bytes, and writes what has become of them when a chunk is full, or all of it at the end.
static gd_status pack(gd__png_writer *w, unsigned char *bytes, size_t count, bool end)
{
    w->packer.next_in = bytes;
    w->packer.avail_in = (uInt)count;
    for (int state = Z_OK; w->packer.avail_in > 0 || (end && state != Z_STREAM_END);) {
        state = deflate(&w->packer, end ? Z_FINISH : Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END)
            return gd__fail(GD_ERROR_INTERNAL, "a picture cannot be packed: zlib says %d", state);
        if (w->packer.avail_out > 0 && state != Z_STREAM_END)
            continue;
        add_chunk(w, "IDAT", w->chunk, CHUNK - w->packer.avail_out);
        w->packer.next_out = w->chunk;
        w->packer.avail_out = CHUNK;
    }
    return w->sunk ? gd__fail(GD_ERROR_IO, "a picture cannot be written") : GD_OK;
}

// ---- Filters (PNG specification, section 9)

static int paeth(int left, int above, int corner)
{
    const int p = left + above - corner, a = abs(p - left), b = abs(p - above), c = abs(p - corner);
    return a <= b && a <= c ? left : b <= c ? above : corner;
}

static int predicted(int filter, int left, int above, int corner)
{
    switch (filter) {
    case 1: return left;
    case 2: return above;
    case 3: return (left + above) / 2;
    case 4: return paeth(left, above, corner);
    default: return 0;
    }
}

// The row after its filter's number; returns the sum of what is left, bytes taken as signed.
static int64_t filter_row(const gd__png_writer *w, int filter, const unsigned char *row)
{
    unsigned char *to = w->filtered[filter];
    const size_t step = (size_t)w->step;
    int64_t sum = 0;
    *to++ = (unsigned char)filter;
    for (size_t i = 0; i < w->row; i++) {
        const int left = i < step ? 0 : row[i - step], corner = i < step ? 0 : w->above[i - step];
        to[i] = (unsigned char)(row[i] - predicted(filter, left, w->above[i], corner));
        sum += abs((signed char)to[i]);
    }
    return sum;
}

// ---- A picture

gd_status gd__png_begin(int64_t height, int64_t width, int channels, gd__png_sink to_sink, void *to,
                        gd__png_writer **out)
{
    *out = NULL;
    if (height < 1 || width < 1 || height > INT32_MAX || width > INT32_MAX || (channels != 1 && channels != 3))
        return gd__fail(GD_ERROR_ARGUMENT, "a picture of %lld x %lld pixels and %d channels cannot be written as PNG",
                        (long long)width, (long long)height, channels);
    gd__png_writer *w = *out = gd__alloc_zeroed(1, sizeof *w);
    if (w == NULL)
        return gd__fail_memory("a picture");
    w->sink = to_sink;
    w->to = to;
    w->height = height;
    w->row = (size_t)width * (size_t)channels;
    w->step = channels;
    w->above = gd__alloc_zeroed(w->row, 1);
    bool good = w->above != NULL;
    for (int f = 0; f < FILTERS; f++)
        good = (w->filtered[f] = gd__alloc(w->row + 1)) != NULL && good;
    w->packs = good && deflateInit(&w->packer, 9) == Z_OK;
    if (!w->packs)
        return gd__fail_memory("a picture");
    w->packer.next_out = w->chunk;
    w->packer.avail_out = CHUNK;
    unsigned char header[13] = {[8] = 8, [9] = channels == 3 ? 2 : 0};
    put_word(header, (uint32_t)width);
    put_word(header + 4, (uint32_t)height);
    sink(w, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(w, "IHDR", header, sizeof header);
    return w->sunk ? gd__fail(GD_ERROR_IO, "a picture cannot be written") : GD_OK;
}

gd_status gd__png_add_rows(gd__png_writer *w, int64_t count, const unsigned char *pixel)
{
    gd_status status = GD_OK;
    if (count > w->height - w->done)
        return gd__fail(GD_ERROR_ARGUMENT, "a picture of %lld rows was given more", (long long)w->height);
    for (int64_t y = 0; y < count && status == GD_OK; y++, pixel += w->row) {
        int best = 0;
        int64_t least = 0;
        for (int f = 0; f < FILTERS; f++) {
            const int64_t sum = filter_row(w, f, pixel);
            if (f == 0 || sum < least) {
                least = sum;
                best = f;
            }
        }
        status = pack(w, w->filtered[best], w->row + 1, false);
        memcpy(w->above, pixel, w->row);
        w->done++;
    }
    return status;
}

gd_status gd__png_end(gd__png_writer *w)
{
    if (w->done < w->height)
        return gd__fail(GD_ERROR_ARGUMENT, "of a picture of %lld rows %lld were given", (long long)w->height,
                        (long long)w->done);
    gd_status status = pack(w, NULL, 0, true);
    if (status == GD_OK)
        add_chunk(w, "IEND", NULL, 0);
    return status == GD_OK && w->sunk ? gd__fail(GD_ERROR_IO, "a picture cannot be written") : status;
}

void gd__png_free(gd__png_writer *w)
{
    if (w == NULL)
        return;
    if (w->packs)
        deflateEnd(&w->packer);
    gd__free(w->above);
    for (int f = 0; f < FILTERS; f++)
        gd__free(w->filtered[f]);
    gd__free(w);
}
