// Reading a file that may be gzipped, as a stream or whole.
#ifndef GD_IO_GZIP_H
#define GD_IO_GZIP_H

#include <gradus/base.h>

// The bytes of a file, inflated when it begins with gzip's magic number, whatever its name.
typedef struct gd__byte_stream gd__byte_stream;

gd_status gd__byte_stream_open(const char *path, gd__byte_stream **out);
// Standard input, from where its descriptor stands; `name` names it in errors.
gd_status gd__byte_stream_open_input(const char *name, gd__byte_stream **out);
void gd__byte_stream_close(gd__byte_stream *source); // NULL is fine

// Reads up to `size` bytes; *got is less only at the end. A truncated or damaged gzip file is GD_ERROR_FORMAT. Reading
// past the last byte (a *got of less than `size`) is what proves that the checksum is right.
gd_status gd__byte_stream_read(gd__byte_stream *source, void *to, size_t size, size_t *got);

// An upper bound of the bytes that can still come: what the file's size allows, at deflate's best ratio.
// SIZE_MAX when the size of the file is not known (a pipe).
size_t gd__byte_stream_bound(const gd__byte_stream *source);
bool gd__byte_stream_is_gzip(const gd__byte_stream *source);

// The whole file; one that gives more than `limit` bytes is an error (0: no limit). Free *data with gd__free. A
// terminating zero stands after the last byte.
gd_status gd__gzip_read(const char *path, size_t limit, char **data, size_t *size);

// Inflates a raw deflate stream (as in a zip archive) of exactly `to_size` bytes; `what` names it in errors.
gd_status gd__inflate_raw(const char *what, const void *from, size_t from_size, void *to, size_t to_size);

#endif
