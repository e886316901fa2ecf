// One picture: its bytes, and from them the planes that a network takes.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/picture_store.h"
#include "io/tar.h"

// The part that is taken: all of it, or the largest in the middle with the proportions that are wanted.
gd__region gd__picture_part(int height, int width, const gd_picture_opts *opts, gd__picture_size size)
{
    gd__region region = {.rows = height, .columns = width};
    if (opts->stretch)
        return region;
    const double wide = (double)height * size.width / size.height;
    if (wide <= width)
        region.columns = wide;
    else
        region.rows = (double)width * size.height / size.width;
    region.left = (width - region.columns) / 2;
    region.top = (height - region.rows) / 2;
    return region;
}

static void split_planes(const gd__picture *picture, unsigned char *planes)
{
    const size_t pixels = (size_t)picture->height * (size_t)picture->width, channels = (size_t)picture->channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++)
            planes[c * pixels + i] = picture->pixel[i * channels + c];
}

gd_status gd__picture_planes(const char *name, const void *data, size_t bytes, const gd_picture_opts *opts,
                             gd__picture_size size, unsigned char *planes)
{
    gd__picture picture, resized = {0};
    const bool resizes = opts->height > 0;
    // Half of the work is saved where a JPEG is much larger than what is wanted; twice the size is left for resizing.
    const int enough = resizes ? 2 * (size.height > size.width ? size.height : size.width) : 0;
    gd_status status = gd__picture_decode(name, data, bytes, (gd__decode_opts){size.channels, enough}, &picture);
    if (status != GD_OK)
        return status;
    const bool fits = picture.height == size.height && picture.width == size.width;
    if (!fits && !resizes)
        status = gd__fail(GD_ERROR_FORMAT,
                          "%s: is %d x %d, and the first picture is %d x %d; say the `size` that all are brought to",
                          name, picture.width, picture.height, size.width, size.height);
    else if (!fits)
        status = gd__picture_resize(&picture, gd__picture_part(picture.height, picture.width, opts, size), size.height,
                                    size.width, opts->bicubic ? GD__BICUBIC : GD__BILINEAR, &resized);
    if (status == GD_OK)
        split_planes(fits ? &picture : &resized, planes);
    gd__picture_free(&resized);
    gd__picture_free(&picture);
    return status;
}

static gd_status read_entry(int file, const gd__picture_entry *entry, unsigned char *data)
{
    const int reason = gd__read_at(file, data, (size_t)entry->size, entry->offset);
    return reason == 0 ? GD_OK
                       : gd__fail(GD_ERROR_IO, "%s: %s", entry->name, reason > 0 ? strerror(reason) : "ends too early");
}

gd_status gd__picture_bytes(const gd__picture_list *list, const gd__picture_entry *entry, unsigned char **data)
{
    *data = NULL;
    const char *path = entry->archive < 0 ? entry->name : list->archive[entry->archive];
    if (entry->size > GD__PICTURE_BYTES)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %lld bytes; at most %d are read", entry->name, (long long)entry->size,
                        GD__PICTURE_BYTES);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    *data = gd__alloc((size_t)entry->size + 1);
    const gd_status status = *data == NULL ? gd__fail_memory(entry->name) : read_entry(file, entry, *data);
    close(file);
    if (status != GD_OK) {
        gd__free(*data);
        *data = NULL;
    }
    return status;
}

gd_status gd__picture_bytes_next(const gd__picture_list *list, const gd__picture_entry *entry, gd__open_archive *open,
                                 unsigned char **data)
{
    gd__tar_file file = {0};
    gd_status status = GD_OK;
    *data = NULL;
    if (entry->archive < 0 || !list->is_gzip[entry->archive])
        return gd__picture_bytes(list, entry, data);
    if (open->archive != entry->archive) {
        gd__tar_close(open->tar);
        *open = (gd__open_archive){.archive = entry->archive};
        status = gd__tar_open(list->archive[entry->archive], &open->tar);
    }
    do
        status = status == GD_OK ? gd__tar_next(open->tar, &file) : status;
    while (status == GD_OK && file.name != NULL && file.offset != entry->offset);
    if (status == GD_OK && (file.name == NULL || file.size != entry->size || file.size > GD__PICTURE_BYTES))
        status =
            gd__fail(GD_ERROR_FORMAT, "%s: is not as it was when its archive was opened, or too large", entry->name);
    if (status == GD_OK && (*data = gd__alloc((size_t)file.size + 1)) == NULL)
        status = gd__fail_memory(entry->name);
    return status == GD_OK ? gd__tar_read(open->tar, *data) : status;
}

// The bytes of a member of a gzipped archive, which is read from its beginning.
static gd_status bytes_from_start(const gd__picture_list *list, const gd__picture_entry *entry, unsigned char **data)
{
    gd__tar *tar;
    gd__tar_file file = {0};
    gd_status status = gd__tar_open(list->archive[entry->archive], &tar);
    if (status != GD_OK)
        return status;
    do
        status = gd__tar_next(tar, &file);
    while (status == GD_OK && file.name != NULL && file.offset != entry->offset);
    *data = status == GD_OK ? gd__alloc((size_t)entry->size + 1) : NULL;
    if (status == GD_OK && (file.name == NULL || file.size != entry->size || entry->size > GD__PICTURE_BYTES))
        status = gd__fail(GD_ERROR_FORMAT, "%s: is not in its archive any more, or too large", entry->name);
    else if (status == GD_OK && *data == NULL)
        status = gd__fail_memory(entry->name);
    if (status == GD_OK)
        status = gd__tar_read(tar, *data);
    gd__tar_close(tar);
    return status;
}

gd_status gd__picture_size_of(const gd__picture_list *list, const gd_picture_opts *opts, gd__picture_size *size)
{
    *size = (gd__picture_size){opts->height, opts->width, opts->channels};
    gd_status status = GD_ERROR_FORMAT;
    if (opts->height > 0 && opts->channels > 0)
        return GD_OK;
    // The first one that can be decoded says what is left open.
    for (int64_t i = 0; i < list->count && status != GD_OK; i++) {
        const gd__picture_entry *entry = &list->entry[i];
        unsigned char *data = NULL;
        gd__picture picture = {0};
        status = entry->archive >= 0 && list->is_gzip[entry->archive] ? bytes_from_start(list, entry, &data)
                                                                      : gd__picture_bytes(list, entry, &data);
        if (status == GD_OK)
            status = gd__picture_decode(entry->name, data, (size_t)entry->size, (gd__decode_opts){opts->channels, 0},
                                        &picture);
        gd__free(data);
        if (status == GD_OK)
            *size = (gd__picture_size){opts->height > 0 ? opts->height : picture.height,
                                       opts->height > 0 ? opts->width : picture.width, picture.channels};
        gd__picture_free(&picture);
        if (status != GD_OK && !opts->skip_broken && !opts->keep_broken)
            return status;
    }
    return status;
}
