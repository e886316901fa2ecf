// Luma and chroma of BT.601, in the range of video (luma 16 to 235, chroma 16 to 240 of 255), as MATLAB's rgb2ycbcr has
// them and the papers on super-resolution use them.
#ifndef GD_PICTURE_YCBCR_H
#define GD_PICTURE_YCBCR_H

#include "picture/picture.h"

// One pixel, all from 0 to 255. Y is not rounded.
static inline double gd__luma(double red, double green, double blue)
{
    return 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255;
}

// A channel of some rows of a picture, in parts of 255, (rows, columns): 0 is Y, 1 is Cb, 2 is Cr. Of a grey picture Y
// is the grey, and there is no other.
void gd__picture_channel(const gd__picture *picture, int channel, int64_t top, int64_t left, int64_t rows,
                         int64_t columns, float *to);
// The other way, `count` pixels: red, green and blue beside each other, rounded to 8 bits; what is out of range is
// taken to its end. cb and cr NULL: a grey pixel is one byte.
void gd__pixels_of_channels(int64_t count, const float *y, const float *cb, const float *cr, unsigned char *pixel);

#endif
