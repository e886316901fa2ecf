// NumPy's files: one array (.npy), or several by name in a zip archive (.npz).
// Format: numpy.lib.format, versions 1.0 to 3.0.
#ifndef GD_IO_NPY_H
#define GD_IO_NPY_H

#include <time.h>

#include "io/npy_header.h"

// ---- Whole arrays

// Types that gd_type lacks become the next that holds them: f16 f32; i8, i16, u16 i32; u32, u64 i64 (where the values
// fit). Either byte order; Fortran order is turned round. Texts are refused. On failure `array` is empty.
gd_status gd__npy_read(const char *path, gd_array *array);
// Writes C order, little-endian; bf16 as f32. The file appears whole or not at all.
gd_status gd__npy_write(const char *path, const gd_array *array);
// The content of an .npy file in memory; `what` names it in errors.
gd_status gd__npy_parse(const char *what, const void *data, size_t size, gd_array *array);

// As gd__npy_read, and texts are numbered. Release with gd__named_array_free; empty on failure.
gd_status gd__npy_read_texts(const char *path, gd__named_array *named);
void gd__named_array_free(gd__named_array *named);

// ---- Archives

typedef struct gd__named_arrays {
    int count;
    gd__named_array *item;
} gd__named_arrays;

// The arrays listed, in that order, or with a count of 0 all, in the archive's. Others are not inflated; a name that is
// not there is answered with those that are. Members that share bytes of the file are refused: no member gives more
// than deflate can, so an archive of little gives little. Release with gd__named_arrays_free; empty on failure.
gd_status gd__npz_read(const char *path, int count, const char *const *name, gd__named_arrays *arrays);
void gd__named_arrays_free(gd__named_arrays *arrays);
// Whether the file can be read and holds an array of this name.
bool gd__npz_has(const char *path, const char *name);
// Writes an archive without compression, as np.savez does. Each array must be smaller than 4 GiB.
gd_status gd__npz_write(const char *path, int count, const char *const *name, const gd_array *array);

// ---- Files whose values stay where they are

typedef struct gd__npy_file {
    gd__npy_description is;
    char *path;
    int descriptor;
    int64_t size;             // of the file,
    struct timespec modified; // which must not change while it is read
} gd__npy_file;

// Opens a regular file, reads its header, and leaves the values alone.
gd_status gd__npy_open(const char *path, gd__npy_file **out);
void gd__npy_close(gd__npy_file *file); // NULL is fine
// Reads the elements first … first+count-1, as they lie in the file, into values of is.type. From any thread. A file
// that was cut or written since it was opened is an error.
gd_status gd__npy_read_some(const gd__npy_file *file, int64_t first, int64_t count, void *to);

#endif
