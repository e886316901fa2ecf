#include "picture/picture.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void gd__picture_free(gd__picture *picture)
{
    gd__free(picture->pixel);
    *picture = (gd__picture){0};
}

gd_status gd__picture_make(const char *name, int height, int width, int channels, gd__picture *picture)
{
    *picture = (gd__picture){0};
    if (height < 1 || width < 1 || height > GD__PICTURE_SIDE || width > GD__PICTURE_SIDE ||
        (int64_t)height * width > GD__PICTURE_PIXELS)
        return gd__fail(GD_ERROR_FORMAT, "%s: a picture of %d x %d; 1 to %d pixels a side, %d in all, are read", name,
                        width, height, GD__PICTURE_SIDE, GD__PICTURE_PIXELS);
    *picture = (gd__picture){height, width, channels, gd__alloc((size_t)height * (size_t)width * (size_t)channels)};
    return picture->pixel != NULL ? GD_OK : gd__fail_memory(name);
}

gd__picture_form gd__picture_form_of(const void *data, size_t size)
{
    static const unsigned char jpeg[] = {0xff, 0xd8, 0xff}, png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (size >= sizeof jpeg && memcmp(data, jpeg, sizeof jpeg) == 0)
        return GD__JPEG;
    return size >= sizeof png && memcmp(data, png, sizeof png) == 0 ? GD__PNG : GD__NO_PICTURE;
}

gd_status gd__picture_decode(const char *name, const void *data, size_t size, gd__decode_opts opts,
                             gd__picture *picture)
{
    *picture = (gd__picture){0};
    switch (gd__picture_form_of(data, size)) {
    case GD__JPEG: return gd__jpeg_decode(name, data, size, opts, picture);
    case GD__PNG: return gd__png_decode(name, data, size, opts, picture);
    case GD__NO_PICTURE: break;
    }
    if (size == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: is empty", name);
    return gd__fail(GD_ERROR_FORMAT, "%s: is neither a JPEG nor a PNG picture: it begins with %02x %02x", name,
                    ((const unsigned char *)data)[0], size > 1 ? ((const unsigned char *)data)[1] : 0);
}
