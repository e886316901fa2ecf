#include "figure/png.h"

#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"

static void add_word(gd__text *to, uint32_t word)
{
    const char bytes[4] = {(char)(word >> 24), (char)(word >> 16), (char)(word >> 8), (char)word};
    gd__text_add_bytes(to, bytes, 4);
}

// A chunk: length, four letters, data, and the checksum of letters and data.
static void add_chunk(gd__text *png, const char *letters, const unsigned char *data, size_t length)
{
    add_word(png, (uint32_t)length);
    gd__text_add_bytes(png, letters, 4);
    gd__text_add_bytes(png, (const char *)data, length);
    uLong sum = crc32(crc32(0, NULL, 0), (const Bytef *)letters, 4);
    if (length > 0)
        sum = crc32(sum, data, (uInt)length);
    add_word(png, (uint32_t)sum);
}

static void add_base64(gd__text *to, const unsigned char *bytes, size_t length)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        const char four[4] = {digit[three >> 18], digit[three >> 12 & 63], left > 1 ? digit[three >> 6 & 63] : '=',
                              left > 2 ? digit[three & 63] : '='};
        gd__text_add_bytes(to, four, 4);
    }
}

// Deflates the rows, each after a byte that says it is not filtered, and wraps them into a PNG file.
static gd_status encode(gd__text *png, const unsigned char *pixels, int width, int height, int channels)
{
    size_t row = (size_t)width * (size_t)channels, size = (row + 1) * (size_t)height;
    unsigned char *rows = gd__alloc_zeroed((size_t)height, row + 1);
    uLongf packed_size = compressBound((uLong)size);
    unsigned char *packed = gd__alloc(packed_size);
    gd_status status = rows == NULL || packed == NULL ? gd__fail_memory("a picture") : GD_OK;
    for (int y = 0; status == GD_OK && y < height; y++)
        memcpy(rows + (size_t)y * (row + 1) + 1, pixels + (size_t)y * row, row);
    if (status == GD_OK && compress2(packed, &packed_size, rows, (uLong)size, 9) != Z_OK)
        status = gd__fail_memory("a picture");
    if (status == GD_OK) {
        const unsigned char header[13] = {0,
                                          0,
                                          (unsigned char)(width >> 8),
                                          (unsigned char)width,
                                          0,
                                          0,
                                          (unsigned char)(height >> 8),
                                          (unsigned char)height,
                                          8,
                                          channels == 3 ? 2 : 0};
        gd__text_add_bytes(png, "\x89PNG\r\n\x1a\n", 8);
        add_chunk(png, "IHDR", header, sizeof header);
        add_chunk(png, "IDAT", packed, packed_size);
        add_chunk(png, "IEND", packed, 0);
    }
    gd__free(rows);
    gd__free(packed);
    return status;
}

gd_status gd__png_add_uri(gd__text *to, const unsigned char *pixels, int width, int height, int channels)
{
    gd__text png = {0};
    gd_status status = encode(&png, pixels, width, height, channels);
    if (status == GD_OK && png.failed)
        status = gd__fail_memory("a picture");
    if (status == GD_OK) {
        gd__text_add(to, "data:image/png;base64,");
        add_base64(to, (const unsigned char *)png.data, png.length);
    }
    gd__text_free(&png);
    return status;
}
