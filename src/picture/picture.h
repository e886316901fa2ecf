// Pictures: from the bytes of a JPEG or PNG file to rows of pixels, and to the size that a network wants.
#ifndef GD_PICTURE_PICTURE_H
#define GD_PICTURE_PICTURE_H

#include <gradus/base.h>

// Pixels lie row by row from the top, the channels of one beside each other: grey, or red, green and blue. 8 bits each.
typedef struct gd__picture {
    int height, width, channels;
    unsigned char *pixel; // (height, width, channels); free with gd__picture_free
} gd__picture;

// Pictures beyond these are refused before memory is taken for them.
enum { GD__PICTURE_SIDE = 65500, GD__PICTURE_PIXELS = 1 << 28 };

typedef struct gd__decode_opts {
    int channels; // 1 or 3; 0: as the file has it
    int enough;   // a JPEG may be decoded at a half, a quarter or an eighth of its size as long as its shorter side
                  // stays at least this; 0: whole
} gd__decode_opts;

// Decodes a JPEG (grey, colour or CMYK, sequential or progressive) or a PNG (any form; 16 bits are rounded to 8, what
// is transparent lies on white), told apart by their first bytes, turned as the JPEG's EXIF orientation says. `name`
// names it in errors. GD_ERROR_FORMAT: damaged, cut short, of no known form or too large; GD_ERROR_UNSUPPORTED: Gradus
// was built without the library.
gd_status gd__picture_decode(const char *name, const void *data, size_t size, gd__decode_opts opts,
                             gd__picture *picture);
void gd__picture_free(gd__picture *picture); // an empty one is fine

// The kinds that gd__picture_decode finds by the first bytes.
typedef enum gd__picture_form { GD__NO_PICTURE, GD__JPEG, GD__PNG } gd__picture_form;
gd__picture_form gd__picture_form_of(const void *data, size_t size);

// Makes room for pixels that are not set yet; GD_ERROR_FORMAT names a size that is refused.
gd_status gd__picture_make(const char *name, int height, int width, int channels, gd__picture *picture);

typedef enum gd__filter { GD__BILINEAR, GD__BICUBIC } gd__filter;
// The part of `from` that begins at row `top` and column `left` (parts of a pixel are fine) and is `rows` by `columns`
// large, made `height` by `width` pixels. Each new pixel is a weighted mean of those below the filter, which is
// stretched where the picture shrinks, so that nothing is skipped (antialiasing); rows after columns, each rounded to
// 8 bits. Bicubic: Keys 1981, "Cubic convolution interpolation", a = -1/2. It gives what Pillow's `resize` gives.
typedef struct gd__region {
    double top, left, rows, columns;
} gd__region;
gd_status gd__picture_resize(const gd__picture *from, gd__region region, int height, int width, gd__filter filter,
                             gd__picture *to);

// The two decoders; called by gd__picture_decode.
gd_status gd__jpeg_decode(const char *name, const void *data, size_t size, gd__decode_opts opts, gd__picture *picture);
gd_status gd__png_decode(const char *name, const void *data, size_t size, gd__decode_opts opts, gd__picture *picture);

#endif
