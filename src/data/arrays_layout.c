// The layout of pictures: (N, C, H, W) and (N, H, W, C) cannot be told apart by looking, so where both may be meant the
// user is asked.
#include <string.h>

#include "base/error.h"
#include "data/arrays.h"

static bool may_be_channels(int64_t size)
{
    return size == 1 || size == 3 || size == 4;
}

gd_status gd__check_layout(const char *what, gd_shape shape, gd_picture_layout layout)
{
    char text[GD_SHAPE_TEXT];
    const int64_t *dim = shape.dim;
    gd_shape_text(shape, text);
    if (layout == GD_NHWC && shape.rank != 4)
        return gd__fail(GD_ERROR_SHAPE, "%s is %s; pictures (N, H, W, C) were expected to move the channels", what,
                        text);
    if (layout == GD_LAYOUT_UNSAID && shape.rank == 4 && may_be_channels(dim[3]) && !may_be_channels(dim[1]))
        return gd__fail(GD_ERROR_SHAPE,
                        "%s is %s, which may be meant in two ways: say `layout: nhwc` for pictures of %lld x %lld with "
                        "%lld channel%s, or `layout: nchw` for pictures of %lld x %lld with %lld channels",
                        what, text, (long long)dim[1], (long long)dim[2], (long long)dim[3], dim[3] == 1 ? "" : "s",
                        (long long)dim[2], (long long)dim[3], (long long)dim[1]);
    return GD_OK;
}

// Compiled once for each size, so that an element is a load and a store.
static inline void move_elements(char *to, const char *from, int64_t pixels, int64_t channels, size_t size)
{
    for (int64_t c = 0; c < channels; c++)
        for (int64_t p = 0; p < pixels; p++)
            memcpy(to + (size_t)(c * pixels + p) * size, from + (size_t)(p * channels + c) * size, size);
}

void gd__channels_first(void *to, const void *from, int64_t pixels, int64_t channels, size_t size)
{
    switch (size) {
    case 1: move_elements(to, from, pixels, channels, 1); break;
    case 2: move_elements(to, from, pixels, channels, 2); break;
    case 4: move_elements(to, from, pixels, channels, 4); break;
    default: move_elements(to, from, pixels, channels, 8); break;
    }
}

gd_status gd__arrange(const char *what, gd_array *samples, gd_picture_layout layout)
{
    gd_status status = gd__check_layout(what, samples->shape, layout);
    if (status != GD_OK || layout != GD_NHWC)
        return status;
    const int64_t *dim = samples->shape.dim;
    const size_t size = gd_type_size(samples->type), picture = (size_t)(dim[1] * dim[2] * dim[3]) * size;
    gd_array moved;
    status = gd_array_create(&moved, samples->type, GD_SHAPE(dim[0], dim[3], dim[1], dim[2]));
    if (status != GD_OK)
        return status;
    for (int64_t n = 0; n < dim[0]; n++)
        gd__channels_first((char *)moved.data + (size_t)n * picture, (const char *)samples->data + (size_t)n * picture,
                           dim[1] * dim[2], dim[3], size);
    gd_array_free(samples);
    *samples = moved;
    return GD_OK;
}
