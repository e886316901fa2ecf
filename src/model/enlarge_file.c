// A picture from a file, made larger and written as PNG, one row of tiles after the other.
#include <stdio.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/picture_list.h"
#include "model/enlarge.h"
#include "picture/png_write.h"
#include "picture/ycbcr.h"

// Luma is the network's affair; chroma is enlarged as it is.
typedef struct enlarging {
    gd__picture small;
    int64_t factor;
    int64_t tile_rows;    // the most rows of the large picture that are in memory
    float *channel[3];    // (tile_rows, width * factor)
    unsigned char *pixel; // (tile_rows, width * factor, channels)
    gd__file_writer file;
    gd__png_writer *png;
} enlarging;

static void enlarging_free(enlarging *e)
{
    gd__png_free(e->png);
    gd__picture_free(&e->small);
    for (int c = 0; c < 3; c++)
        gd__free(e->channel[c]);
    gd__free(e->pixel);
}

static int64_t large_width(const enlarging *e)
{
    return e->small.width * e->factor;
}

// A part of the large picture by cubic resampling of a channel of the small one.
static gd_status enlarge_channel(const enlarging *e, int channel, gd__part part, float *to)
{
    const int64_t height = e->small.height, width = e->small.width;
    gd__grid large = {height * e->factor, width * e->factor, part, to};
    const gd__part needs = gd__resample_needs(height, width, large.height, large.width, part);
    gd__grid small = {height, width, needs, gd__alloc_zeroed((size_t)(needs.rows * needs.columns), sizeof(float))};
    if (small.value == NULL)
        return gd__fail_memory("a part of a picture");
    gd__picture_channel(&e->small, channel, needs.top, needs.left, needs.rows, needs.columns, small.value);
    gd_status status = gd__resample(&small, &large);
    gd__free(small.value);
    return status;
}

static gd_status read_tile(const void *state, gd__part part, float *small, float *enlarged)
{
    const enlarging *e = state;
    gd__picture_channel(&e->small, 0, part.top, part.left, part.rows, part.columns, small);
    if (enlarged == NULL)
        return GD_OK;
    const int64_t f = e->factor;
    return enlarge_channel(e, 0, (gd__part){part.top * f, part.left * f, part.rows * f, part.columns * f}, enlarged);
}

static bool write_bytes(void *to, const void *bytes, size_t count)
{
    return fwrite(bytes, 1, count, to) == count;
}

static gd_status open_small(const char *path, enlarging *e)
{
    char *data = NULL;
    size_t size = 0;
    gd_status status = gd__file_read(path, GD__PICTURE_BYTES, &data, &size);
    if (status == GD_OK)
        status = gd__picture_decode(path, data, size, (gd__decode_opts){0}, &e->small);
    gd__free(data);
    if (status == GD_OK && (e->small.height * e->factor > GD__PICTURE_SIDE || large_width(e) > GD__PICTURE_SIDE ||
                            e->small.height * e->factor * large_width(e) > GD__PICTURE_PIXELS))
        status =
            gd__fail(GD_ERROR_UNSUPPORTED,
                     "%s: %d x %d pixels would become %d times as many along each side; %d a side and %d in all can "
                     "be written",
                     path, e->small.width, e->small.height, (int)e->factor, GD__PICTURE_SIDE, GD__PICTURE_PIXELS);
    return status;
}

static gd_status make_room(const gd__enlarger *enlarger, enlarging *e)
{
    const int64_t most = e->small.height < enlarger->tile ? e->small.height : enlarger->tile;
    const size_t count = (size_t)(most * e->factor * large_width(e));
    bool good = (e->pixel = gd__alloc_zeroed(count, (size_t)e->small.channels)) != NULL;
    for (int c = 0; c < e->small.channels; c++)
        good = (e->channel[c] = gd__alloc_zeroed(count, sizeof(float))) != NULL && good;
    return good ? GD_OK : gd__fail_memory("a row of tiles");
}

static gd_status write_tiles(gd__enlarger *enlarger, enlarging *e, int64_t index)
{
    const gd__tile_source source = {e, read_tile};
    int64_t top, rows;
    gd__enlarger_row(enlarger, e->small.height, index, &top, &rows);
    gd_status status = gd__enlarger_run(enlarger, e->small.height, e->small.width, index, &source, e->channel[0]);
    const gd__part part = {top * e->factor, 0, rows * e->factor, large_width(e)};
    for (int c = 1; c < e->small.channels && status == GD_OK; c++)
        status = enlarge_channel(e, c, part, e->channel[c]);
    if (status != GD_OK)
        return status;
    gd__pixels_of_channels(part.rows * part.columns, e->channel[0], e->channel[1], e->channel[2], e->pixel);
    return gd__png_add_rows(e->png, part.rows, e->pixel);
}

static gd_status write_picture(gd__enlarger *enlarger, enlarging *e, const gd_enlarge_opts *opts)
{
    int64_t count;
    gd_status status = gd__enlarger_rows(enlarger, e->small.height, &count);
    if (status == GD_OK)
        status = make_room(enlarger, e);
    if (status == GD_OK)
        status = gd__png_begin(e->small.height * e->factor, large_width(e), e->small.channels, write_bytes,
                               e->file.stream, &e->png);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        if (opts->should_stop != NULL && *opts->should_stop != 0)
            status = gd__fail(GD_ERROR_INTERRUPTED, "enlarging was interrupted");
        else
            status = write_tiles(enlarger, e, i);
        if (status == GD_OK && opts->on_rows != NULL)
            opts->on_rows(opts->user, i + 1, count);
    }
    return status;
}

gd_status gd_model_enlarge_file(const gd_model *model, const char *from, const char *to, gd_enlarge_opts opts)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(from, GD_ERROR_ARGUMENT);
    GD__NEEDS(to, GD_ERROR_ARGUMENT);
    gd__enlarger enlarger;
    enlarging e = {0};
    gd_status status = gd__enlarger_make(model, opts.tile, &enlarger);
    e.factor = enlarger.factor;
    // Winograd's sums depend on where a place lies in its tile, and pixels are not to show where tiles begin.
    if (enlarger.precision == GD_PRECISION_FAST)
        enlarger.precision = GD_PRECISION_EXACT;
    if (status == GD_OK)
        status = open_small(from, &e);
    if (status == GD_OK && (status = gd__file_writer_open(&e.file, to)) == GD_OK) {
        status = write_picture(&enlarger, &e, &opts);
        if (status == GD_OK)
            status = gd__png_end(e.png);
        if (status == GD_OK)
            status = gd__file_writer_commit(&e.file);
        else
            gd__file_writer_abandon(&e.file);
    }
    enlarging_free(&e);
    gd__enlarger_free(&enlarger);
    return status;
}
