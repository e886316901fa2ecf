// JPEG and PNG: whatever the bytes are, a picture of the size that it says, or a sentence. The first byte says how it
// is decoded.
#include "fuzz.h"

#include "picture/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const int channels[] = {0, 1, 3, 3};
    const gd__decode_opts opts = {.channels = channels[data[0] & 3], .enough = data[0] & 4 ? 8 : 0};
    gd__picture picture, small = {0};
    if (gd__picture_decode("fuzz", data + 1, size - 1, opts, &picture) != GD_OK)
        return 0;
    const size_t bytes = (size_t)picture.height * (size_t)picture.width * (size_t)picture.channels;
    volatile unsigned char mixed = 0;
    for (size_t i = 0; i < bytes; i++)
        mixed = mixed ^ picture.pixel[i];
    const gd__region whole = {.rows = picture.height, .columns = picture.width};
    if (gd__picture_resize(&picture, whole, 7, 5, data[0] & 8 ? GD__BICUBIC : GD__BILINEAR, &small) == GD_OK)
        mixed = mixed ^ small.pixel[0];
    gd__picture_free(&small);
    gd__picture_free(&picture);
    return 0;
}
