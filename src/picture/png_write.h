// Pictures to PNG, row by row, so that no more than a few rows are in memory. It needs nothing but zlib.
#ifndef GD_PICTURE_PNG_WRITE_H
#define GD_PICTURE_PNG_WRITE_H

#include <gradus/base.h>

// Where the bytes go; false: they could not be written.
typedef bool (*gd__png_sink)(void *to, const void *bytes, size_t count);

// Begins a picture of 8 bits a channel; channels is 1 (grey) or 3 (red, green and blue). Release with gd__png_free, on
// failure too.
typedef struct gd__png_writer gd__png_writer;
gd_status gd__png_begin(int64_t height, int64_t width, int channels, gd__png_sink sink, void *to, gd__png_writer **out);
// The next rows, (count, width, channels). Each is filtered in the way that leaves the smallest differences.
gd_status gd__png_add_rows(gd__png_writer *writer, int64_t count, const unsigned char *pixel);
// Ends the file, when all rows are there. GD_ERROR_IO when the sink failed.
gd_status gd__png_end(gd__png_writer *writer);
void gd__png_free(gd__png_writer *writer); // NULL is fine

#endif
