// PNG by libpng.
#include "picture/picture.h"

#include "base/error.h"

#ifndef GD_HAVE_PNG

gd_status gd__png_decode(const char *name, const void *data, size_t size, gd__decode_opts opts, gd__picture *picture)
{
    (void)data, (void)size, (void)opts, (void)picture;
    return gd__fail(GD_ERROR_UNSUPPORTED, "%s: Gradus was built without libpng, which reads PNG pictures", name);
}

#else

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#include <png.h>

enum { MOST_CHUNK = 1 << 24 };

typedef struct decoder {
    const char *name;
    const unsigned char *at;
    size_t left;
    char sentence[200];
    png_structp png;
    png_infop info;
    unsigned char **row;
    gd__picture *picture;
} decoder;

static void fail(png_structp png, png_const_charp sentence)
{
    decoder *d = png_get_error_ptr(png);
    snprintf(d->sentence, sizeof d->sentence, "%s", sentence);
    longjmp(png_jmpbuf(png), 1);
}

static void say_nothing(png_structp png, png_const_charp sentence)
{
    (void)png, (void)sentence;
}

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    decoder *d = png_get_io_ptr(png);
    if (size > d->left)
        png_error(png, "it ends too early");
    memcpy(to, d->at, size);
    d->at += size;
    d->left -= size;
}

// Asks libpng for 8 bits of grey or colour on white.
static int transform(png_structp png, png_infop info, int wanted)
{
    const int color = png_get_color_type(png, info);
    const bool is_color = (color & PNG_COLOR_MASK_COLOR) != 0;
    const int channels = wanted != 0 ? wanted : is_color ? 3 : 1;
    png_set_scale_16(png);
    png_set_expand(png);
    if (channels == 3 && !is_color)
        png_set_gray_to_rgb(png);
    if (channels == 1 && is_color)
        png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, 0.299, 0.587);
    if ((color & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0) {
        png_color_16 white = {0, 255, 255, 255, 255};
        png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1);
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return channels;
}

static gd_status decode(decoder *d, gd__decode_opts opts)
{
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, GD__PICTURE_SIDE, GD__PICTURE_SIDE);
    png_set_chunk_malloc_max(d->png, MOST_CHUNK);
    png_set_chunk_cache_max(d->png, 128);
    png_read_info(d->png, d->info);
    const int height = (int)png_get_image_height(d->png, d->info), width = (int)png_get_image_width(d->png, d->info);
    const int channels = transform(d->png, d->info, opts.channels);
    gd_status status = gd__picture_make(d->name, height, width, channels, d->picture);
    if (status == GD_OK && png_get_rowbytes(d->png, d->info) != (size_t)width * (size_t)channels)
        status = gd__fail(GD_ERROR_FORMAT, "%s: its rows have %zu bytes and not %zu", d->name,
                          (size_t)png_get_rowbytes(d->png, d->info), (size_t)width * (size_t)channels);
    if (status == GD_OK && (d->row = gd__alloc((size_t)height * sizeof *d->row)) == NULL)
        status = gd__fail_memory(d->name);
    if (status != GD_OK)
        return status;
    for (int y = 0; y < height; y++)
        d->row[y] = d->picture->pixel + (size_t)y * (size_t)width * (size_t)channels;
    png_read_image(d->png, d->row);
    png_read_end(d->png, NULL);
    return GD_OK;
}

gd_status gd__png_decode(const char *name, const void *data, size_t size, gd__decode_opts opts, gd__picture *picture)
{
    decoder *d = gd__alloc_zeroed(1, sizeof *d);
    if (d == NULL)
        return gd__fail_memory(name);
    d->name = name;
    d->at = data;
    d->left = size;
    d->picture = picture;
    gd_status status = GD_OK;
    d->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, fail, say_nothing);
    d->info = d->png == NULL ? NULL : png_create_info_struct(d->png);
    if (d->info == NULL)
        status = gd__fail_memory(name);
    else if (setjmp(png_jmpbuf(d->png)) == 0)
        status = decode(d, opts);
    else
        status = gd__fail(GD_ERROR_FORMAT, "%s: is damaged: %s", name, d->sentence);
    png_destroy_read_struct(&d->png, &d->info, NULL);
    gd__free(d->row);
    gd__free(d);
    if (status != GD_OK)
        gd__picture_free(picture);
    return status;
}

#endif
