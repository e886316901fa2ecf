#include "picture/ycbcr.h"

#include <math.h>

static double channel_of(const unsigned char *pixel, int channel)
{
    const double red = pixel[0], green = pixel[1], blue = pixel[2];
    switch (channel) {
    case 1: return 128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255;
    case 2: return 128 + (112 * red - 93.786 * green - 18.214 * blue) / 255;
    default: return gd__luma(red, green, blue);
    }
}

void gd__picture_channel(const gd__picture *picture, int channel, int64_t top, int64_t left, int64_t rows,
                         int64_t columns, float *to)
{
    const int64_t channels = picture->channels;
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            const unsigned char *pixel = picture->pixel + ((top + y) * picture->width + left + x) * channels;
            *to++ = (float)((channels == 1 ? pixel[0] : channel_of(pixel, channel)) / 255);
        }
}

static unsigned char rounded(double value)
{
    return (unsigned char)(value <= 0 ? 0 : value >= 255 ? 255 : floor(value + 0.5));
}

// The inverse of the matrix above.
void gd__pixels_of_channels(int64_t count, const float *y, const float *cb, const float *cr, unsigned char *pixel)
{
    for (int64_t i = 0; i < count; i++) {
        if (cb == NULL || cr == NULL) {
            pixel[i] = rounded(255 * (double)y[i]);
            continue;
        }
        const double luma = (255 * (double)y[i] - 16) * 255 / 219, blue = (255 * (double)cb[i] - 128) * 255 / 224,
                     red = (255 * (double)cr[i] - 128) * 255 / 224;
        pixel[3 * i] = rounded(luma + 1.402 * red);
        pixel[3 * i + 1] = rounded(luma - 0.344136 * blue - 0.714136 * red);
        pixel[3 * i + 2] = rounded(luma + 1.772 * blue);
    }
}
