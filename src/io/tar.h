// Tar archives, plain or gzipped, read from front to back (POSIX.1-2001, with GNU's and pax' long names).
#ifndef GD_IO_TAR_H
#define GD_IO_TAR_H

#include <gradus/base.h>

typedef struct gd__tar gd__tar;

// A regular file of the archive.
typedef struct gd__tar_file {
    const char *name; // valid until the next call
    int64_t size;     // bytes
    int64_t offset;   // where its bytes begin in the archive, as it is without gzip
} gd__tar_file;

gd_status gd__tar_open(const char *path, gd__tar **out);
void gd__tar_close(gd__tar *tar); // NULL is fine
bool gd__tar_is_gzip(const gd__tar *tar);
// The next regular file; `file->name` is NULL at the end. GD_ERROR_FORMAT: no tar archive, damaged, or cut short.
gd_status gd__tar_next(gd__tar *tar, gd__tar_file *file);
// The bytes of the file that gd__tar_next has told last; `to` has room for them. Once a file.
gd_status gd__tar_read(gd__tar *tar, void *to);
// Whether a file begins as a tar archive does, or as gzip with one in it.
bool gd__is_tar(const char *path);

#endif
