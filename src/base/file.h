// Files: read whole, and written so that a reader sees the old file or the new one, never half of it.
#ifndef GD_BASE_FILE_H
#define GD_BASE_FILE_H

#include <gradus/base.h>
#include <stdio.h>

// A file under a temporary name beside `path`, in a directory that must exist. A link stays one: what it leads to is
// written. A device or a pipe has nothing beside it, and is written at once.
typedef struct gd__file_writer {
    FILE *stream; // write here
    char *path;
    char *temporary; // NULL: written at once
} gd__file_writer;

gd_status gd__file_writer_open(gd__file_writer *writer, const char *path);
// Flushes, syncs, renames over `path`, and syncs the directory; on failure removes the temporary file.
gd_status gd__file_writer_commit(gd__file_writer *writer);
// As commit, without waiting for the disk: for files that tell by themselves whether they are whole, and can be made
// again.
gd_status gd__file_writer_publish(gd__file_writer *writer);
// Removes the temporary file; harmless after a commit.
void gd__file_writer_abandon(gd__file_writer *writer);
// The three together.
gd_status gd__file_write(const char *path, const void *data, size_t size);

// Reads a whole file of at most `limit` bytes (0: no limit). A terminating zero stands after the last byte.
gd_status gd__file_read(const char *path, size_t limit, char **data, size_t *size);
// A part of an open file, `size` bytes from byte `at` on, however often the system stops halfway. 0; an errno; or -1:
// the file ends before.
int gd__read_at(int descriptor, void *to, size_t size, int64_t at);
int gd__write_at(int descriptor, const void *from, size_t size, int64_t at); // 0 or an errno
bool gd__file_exists(const char *path);
// Makes a directory and those above it; fine when it is there.
gd_status gd__make_directory(const char *path);
// The directory for what can be made again, or `below` in it (NULL: itself): $GRADUS_CACHE, else
// $XDG_CACHE_HOME/gradus, else ~/.cache/gradus. It is made when it is not there. NULL when it cannot be written, or
// GRADUS_CACHE is empty. Free it with gd__free.
char *gd__cache_directory(const char *below);
// How often gd_set_cache was called: what was read from the directory before is void.
int gd__cache_changes(void);

#endif
