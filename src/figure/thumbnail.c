#include "figure/thumbnail.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "figure/png.h"

enum { SIDE = 80, SIZE_LIMIT = 1 << 16 };

// Floating values are spread from the least to the largest of a sample of them, so that standardised pictures are seen.
static void find_range(gd__thumbnails *pictures)
{
    pictures->black = 0;
    pictures->white = 255;
    if (pictures->array->type == GD_U8)
        return;
    double least = INFINITY, most = -INFINITY;
    int64_t total = gd_array_count(pictures->array), stride = total / 1000000 + 1;
    for (int64_t i = 0; i < total; i += stride) {
        double value = gd_array_get(pictures->array, i);
        if (isfinite(value)) {
            least = fmin(least, value);
            most = fmax(most, value);
        }
    }
    if (least < most) {
        pictures->black = least;
        pictures->white = most;
    }
}

gd_status gd__thumbnails_open(const gd_array *image, gd__thumbnails *pictures)
{
    *pictures = (gd__thumbnails){.array = image};
    if (image == NULL)
        return GD_OK;
    char text[GD_SHAPE_TEXT];
    const gd_shape *shape = &image->shape;
    bool good = image->data != NULL && (shape->rank == 3 || shape->rank == 4);
    for (int i = 0; good && i < shape->rank; i++)
        good = shape->dim[i] > 0 && (i == 0 || shape->dim[i] <= SIZE_LIMIT);
    if (!good)
        return gd__fail(GD_ERROR_SHAPE, "report: pictures are %s, expected (n, C, H, W) or (n, H, W)",
                        gd_shape_text(image->shape, text));
    pictures->count = shape->dim[0];
    pictures->channels = shape->rank == 4 ? shape->dim[1] : 1;
    pictures->height = shape->dim[shape->rank - 2];
    pictures->width = shape->dim[shape->rank - 1];
    find_range(pictures);
    return GD_OK;
}

// The mean over a block of `side` x `side` values, as a byte.
static unsigned char read_block(const gd__thumbnails *pictures, int64_t plane, int64_t y, int64_t x, int64_t side)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t row = y; row < y + side && row < pictures->height; row++)
        for (int64_t column = x; column < x + side && column < pictures->width; column++) {
            double value = gd_array_get(pictures->array, (plane * pictures->height + row) * pictures->width + column);
            sum += isfinite(value) ? value : pictures->black;
            count++;
        }
    double level = 255 * (sum / (double)count - pictures->black) / (pictures->white - pictures->black);
    return (unsigned char)(level <= 0 ? 0 : level >= 255 ? 255 : level + 0.5);
}

gd_status gd__thumbnails_add(const gd__thumbnails *pictures, int64_t index, gd__text *to)
{
    return gd__thumbnails_add_larger(pictures, index, SIDE, to);
}

gd_status gd__thumbnails_add_larger(const gd__thumbnails *pictures, int64_t index, int64_t most, gd__text *to)
{
    int64_t longer = pictures->height > pictures->width ? pictures->height : pictures->width;
    int64_t side = (longer + most - 1) / most;
    int64_t height = (pictures->height + side - 1) / side, width = (pictures->width + side - 1) / side;
    int channels = pictures->channels == 3 ? 3 : 1;
    unsigned char *pixels = gd__alloc((size_t)(height * width * channels));
    if (pixels == NULL)
        return gd__fail_memory("a picture");
    unsigned char *pixel = pixels;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                *pixel++ = read_block(pictures, index * pictures->channels + c, y * side, x * side, side);
    gd_status status = gd__png_add_uri(to, pixels, (int)width, (int)height, channels);
    gd__free(pixels);
    return status;
}
