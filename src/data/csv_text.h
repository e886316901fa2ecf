// The text of a table: the bytes of a file, of a gzipped one or of standard input, as UTF-8 without a byte-order mark.
#ifndef GD_DATA_CSV_TEXT_H
#define GD_DATA_CSV_TEXT_H

#include <gradus/base.h>

#include "io/gzip.h"

// By what a file is known to be the same as before. All zero for what is no regular file.
typedef struct gd__csv_stamp {
    int64_t size, seconds, nanoseconds, inode;
} gd__csv_stamp;

typedef struct gd__csv_text {
    const char *path;        // as it was named
    const char *name;        // for messages
    gd__csv_stamp stamp;     // when it was opened
    int descriptor;          // of a plain file, which is read by several threads at a time; else -1
    int64_t at;              // in it
    gd__byte_stream *source; // of anything else
    int unit_bytes;          // of a character's unit: 2 in UTF-16
    bool big_endian;
    size_t peeked_count; // bytes that were looked at, and are still to be given
    unsigned char peeked[4];
} gd__csv_text;

// "-" is standard input. `path` must outlive the text. Close it after a failure too.
gd_status gd__csv_text_open(gd__csv_text *text, const char *path);
// Reads up to `size` bytes, of 16 at least; *got is 0 only at the end.
gd_status gd__csv_text_read(gd__csv_text *text, char *to, size_t size, size_t *got);
void gd__csv_text_close(gd__csv_text *text);

// The stamp of a file, by its name; zeros when there is none.
gd__csv_stamp gd__csv_stamp_of(const char *path);
// Fails when the file of that name is another than it was.
gd_status gd__csv_check_unchanged(const char *path, const gd__csv_stamp *stamp);
bool gd__csv_stamp_equal(const gd__csv_stamp *a, const gd__csv_stamp *b);

#endif
