#include "figure/png.h"

#include "base/error.h"
#include "picture/png_write.h"

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

static bool add_bytes(void *to, const void *bytes, size_t count)
{
    gd__text_add_bytes(to, bytes, count);
    return !((const gd__text *)to)->failed;
}

gd_status gd__png_add_uri(gd__text *to, const unsigned char *pixels, int width, int height, int channels)
{
    gd__text png = {0};
    gd__png_writer *writer;
    gd_status status = gd__png_begin(height, width, channels, add_bytes, &png, &writer);
    if (status == GD_OK)
        status = gd__png_add_rows(writer, height, pixels);
    if (status == GD_OK)
        status = gd__png_end(writer);
    if (png.failed)
        status = gd__fail_memory("a picture");
    if (status == GD_OK) {
        gd__text_add(to, "data:image/png;base64,");
        add_base64(to, (const unsigned char *)png.data, png.length);
    }
    gd__png_free(writer);
    gd__text_free(&png);
    return status;
}
