// JPEG by libjpeg (in practice libjpeg-turbo).
#include "picture/picture.h"

#include "base/error.h"

#ifndef GD_HAVE_JPEG

gd_status gd__jpeg_decode(const char *name, const void *data, size_t size, gd__decode_opts opts, gd__picture *picture)
{
    (void)data, (void)size, (void)opts, (void)picture;
    return gd__fail(GD_ERROR_UNSUPPORTED, "%s: Gradus was built without libjpeg, which reads JPEG pictures", name);
}

#else

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#include <jpeglib.h>

// A progressive file may ask for any number of passes over the whole picture; more than any encoder makes are an
// attack.
enum { MOST_SCANS = 200, MEMORY = 1 << 30 };

typedef struct decoder {
    struct jpeg_decompress_struct info; // first
    struct jpeg_error_mgr error;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    const char *name;
    char sentence[JMSG_LENGTH_MAX];
    gd__picture *picture;
    unsigned char *row; // of CMYK
} decoder;

static void fail(j_common_ptr info)
{
    decoder *d = (decoder *)info;
    d->error.format_message(info, d->sentence);
    longjmp(d->failed, 1);
}

// A warning says that the file is damaged and that something was made up in its place; that is not taken.
static void warn(j_common_ptr info, int level)
{
    if (level < 0)
        fail(info);
}

static void say_nothing(j_common_ptr info)
{
    (void)info;
}

static void watch(j_common_ptr info)
{
    decoder *d = (decoder *)info;
    if (d->info.input_scan_number > MOST_SCANS) {
        snprintf(d->sentence, sizeof d->sentence, "more than %d passes", MOST_SCANS);
        longjmp(d->failed, 1);
    }
}

// ---- The orientation in the EXIF segment: TIFF, tag 0x0112, 1 to 8

static unsigned number_at(const unsigned char *at, int bytes, bool little)
{
    unsigned number = 0;
    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[little ? bytes - 1 - i : i];
    return number;
}

static int orientation_in(const unsigned char *data, size_t size)
{
    if (size < 14 || memcmp(data, "Exif\0\0", 6) != 0)
        return 1;
    const unsigned char *tiff = data + 6;
    size -= 6;
    const bool little = tiff[0] == 'I';
    const size_t directory = number_at(tiff + 4, 4, little);
    if (directory > size - 2)
        return 1;
    const unsigned entries = number_at(tiff + directory, 2, little);
    for (unsigned i = 0; i < entries && directory + 2 + 12 * ((size_t)i + 1) <= size; i++) {
        const unsigned char *entry = tiff + directory + 2 + 12 * (size_t)i;
        const unsigned value = number_at(entry + 8, 2, little);
        if (number_at(entry, 2, little) == 0x0112 && value >= 1 && value <= 8)
            return (int)value;
    }
    return 1;
}

static int orientation_of(const struct jpeg_decompress_struct *info)
{
    for (jpeg_saved_marker_ptr marker = info->marker_list; marker != NULL; marker = marker->next)
        if (marker->marker == JPEG_APP0 + 1)
            return orientation_in(marker->data, marker->data_length);
    return 1;
}

// Turned and mirrored as EXIF has it: 2, 4, 5 and 7 are mirrored, 5 to 8 lie on their side.
static gd_status turn(const char *name, int orientation, gd__picture *picture)
{
    if (orientation == 1)
        return GD_OK;
    const bool across = orientation >= 5;
    const int height = across ? picture->width : picture->height, width = across ? picture->height : picture->width;
    const int channels = picture->channels;
    gd__picture turned;
    const gd_status status = gd__picture_make(name, height, width, channels, &turned);
    if (status != GD_OK)
        return status;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    unsigned char *to = turned.pixel;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, to += channels) {
            const int row = from_bottom ? height - 1 - y : y, column = from_right ? width - 1 - x : x;
            const int file_row = across ? column : row, file_column = across ? row : column;
            memcpy(to,
                   picture->pixel +
                       ((size_t)file_row * (size_t)picture->width + (size_t)file_column) * (size_t)channels,
                   (size_t)channels);
        }
    gd__picture_free(picture);
    *picture = turned;
    return GD_OK;
}

// ---- Decoding

// The smallest of the eighths 8, 4, 2, 1 that leaves enough.
static unsigned scale_for(const struct jpeg_decompress_struct *info, int enough)
{
    const unsigned shorter = info->image_width < info->image_height ? info->image_width : info->image_height;
    unsigned eighths = 8;
    while (enough > 0 && eighths > 1 && shorter * (eighths / 2) / 8 >= (unsigned)enough)
        eighths /= 2;
    return eighths;
}

// A row of CMYK (Adobe's programs write it inverted) as colour or grey.
static void print_row(const decoder *d, unsigned char *to)
{
    const bool inverted = d->info.saw_Adobe_marker;
    for (unsigned x = 0; x < d->info.output_width; x++) {
        unsigned color[3];
        const unsigned char *ink = d->row + 4 * (size_t)x;
        const unsigned black = inverted ? ink[3] : 255u - ink[3];
        for (int c = 0; c < 3; c++)
            color[c] = ((inverted ? ink[c] : 255u - ink[c]) * black + 127) / 255;
        if (d->picture->channels == 3)
            for (int c = 0; c < 3; c++)
                *to++ = (unsigned char)color[c];
        else
            *to++ = (unsigned char)((299 * color[0] + 587 * color[1] + 114 * color[2] + 500) / 1000);
    }
}

static gd_status decode(decoder *d, const void *data, size_t size, gd__decode_opts opts)
{
    struct jpeg_decompress_struct *info = &d->info;
    jpeg_mem_src(info, data, (unsigned long)size);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(info, TRUE);
    const bool printed = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
    const int channels = opts.channels != 0 ? opts.channels : info->jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    info->out_color_space = printed ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info->scale_num = scale_for(info, opts.enough);
    info->scale_denom = 8;
    info->dct_method = JDCT_ISLOW;
    jpeg_calc_output_dimensions(info);
    // A progressive picture is kept whole, whatever it is made of it.
    gd_status status = gd__picture_make(d->name, (int)info->image_height, (int)info->image_width, 1, d->picture);
    gd__picture_free(d->picture);
    if (status == GD_OK)
        status = gd__picture_make(d->name, (int)info->output_height, (int)info->output_width, channels, d->picture);
    if (status == GD_OK && printed && (d->row = gd__alloc(4 * (size_t)info->output_width)) == NULL)
        status = gd__fail_memory(d->name);
    if (status != GD_OK)
        return status;
    jpeg_start_decompress(info);
    while (info->output_scanline < info->output_height) {
        unsigned char *to =
            d->picture->pixel + (size_t)info->output_scanline * (size_t)d->picture->width * (size_t)channels;
        JSAMPROW row = printed ? d->row : to;
        jpeg_read_scanlines(info, &row, 1);
        if (printed)
            print_row(d, to);
    }
    const int orientation = orientation_of(info);
    jpeg_finish_decompress(info);
    return turn(d->name, orientation, d->picture);
}

gd_status gd__jpeg_decode(const char *name, const void *data, size_t size, gd__decode_opts opts, gd__picture *picture)
{
    decoder *d = gd__alloc_zeroed(1, sizeof *d);
    if (d == NULL)
        return gd__fail_memory(name);
    d->name = name;
    d->picture = picture;
    d->info.err = jpeg_std_error(&d->error);
    d->error.error_exit = fail;
    d->error.emit_message = warn;
    d->error.output_message = say_nothing;
    d->progress.progress_monitor = watch;
    gd_status status;
    if (setjmp(d->failed) == 0) {
        jpeg_create_decompress(&d->info);
        d->info.progress = &d->progress;
        d->info.mem->max_memory_to_use = MEMORY;
        status = decode(d, data, size, opts);
    } else {
        status = gd__fail(GD_ERROR_FORMAT, "%s: is damaged: %s", name, d->sentence);
    }
    jpeg_destroy_decompress(&d->info);
    gd__free(d->row);
    gd__free(d);
    if (status != GD_OK)
        gd__picture_free(picture);
    return status;
}

#endif
