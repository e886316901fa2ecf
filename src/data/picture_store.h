// The pixels of a list of pictures, all of one size, planes of channels: (count, channels, height, width).
#ifndef GD_DATA_PICTURE_STORE_H
#define GD_DATA_PICTURE_STORE_H

#include <gradus/data.h>

#include "data/picture_list.h"
#include "io/tar.h"
#include "picture/picture.h"

typedef struct gd__picture_size {
    int height, width, channels;
} gd__picture_size;

// The part of a picture of this size that is brought to the size that is wanted.
gd__region gd__picture_part(int height, int width, const gd_picture_opts *opts, gd__picture_size size);
// Decodes the bytes of a picture, brings it to the size, and writes its planes.
gd_status gd__picture_planes(const char *name, const void *data, size_t bytes, const gd_picture_opts *opts,
                             gd__picture_size size, unsigned char *planes);
// The bytes of an entry that is a file, or lies in an archive that is not gzipped. Free *data with gd__free.
gd_status gd__picture_bytes(const gd__picture_list *list, const gd__picture_entry *entry, unsigned char **data);
// The archive that entries are read out of one after the other; it begins as {.archive = -1}. Close .tar behind them.
typedef struct gd__open_archive {
    gd__tar *tar;
    int archive; // which one of the list is open; -1: none
} gd__open_archive;
// The same of any entry. Of a gzipped archive, which can only be read from front to back, it lies behind those that
// were read before.
gd_status gd__picture_bytes_next(const gd__picture_list *list, const gd__picture_entry *entry, gd__open_archive *open,
                                 unsigned char **data);
// Looks at the first picture for what the options leave open.
gd_status gd__picture_size_of(const gd__picture_list *list, const gd_picture_opts *opts, gd__picture_size *size);

// All planes at once. fault[i] becomes the reason why picture i cannot be used (its planes are black), for
// gd__free; or stays NULL.
typedef struct gd__picture_store {
    unsigned char *planes;
    size_t mapped; // bytes that are mapped from a file of the cache; 0: `planes` is memory
    void *map;
} gd__picture_store;
gd_status gd__picture_store_make(const gd__picture_list *list, const gd_picture_opts *opts, gd__picture_size size,
                                 char **fault, gd__picture_store *store);
void gd__picture_store_free(gd__picture_store *store);

#endif
