// NumPy's files: one array (.npy), or several by name in a zip archive (.npz).
// Format: numpy.lib.format, versions 1.0 to 3.0.
#ifndef GD_IO_NPY_H
#define GD_IO_NPY_H

#include <gradus/base.h>

// Types that gd_type lacks become the next that holds them: f16 f32; i8, i16, u16 i32; u32 i64. Either byte order;
// Fortran order is turned round. On failure `array` is empty.
gd_status gd__npy_read(const char *path, gd_array *array);
// Writes C order, little-endian; bf16 as f32. The file appears whole or not at all.
gd_status gd__npy_write(const char *path, const gd_array *array);

// The content of an .npy file in memory; `what` names it in errors.
gd_status gd__npy_parse(const char *what, const void *data, size_t size, gd_array *array);

typedef struct gd__named_array {
    char *name; // without ".npy"
    gd_array array;
} gd__named_array;

typedef struct gd__named_arrays {
    int count;
    gd__named_array *item;
} gd__named_arrays;

// All arrays of an archive, in its order. Release with gd__named_arrays_free; empty on failure.
gd_status gd__npz_read(const char *path, gd__named_arrays *arrays);
void gd__named_arrays_free(gd__named_arrays *arrays);
// Writes an archive without compression, as np.savez does. Each array must be smaller than 4 GiB.
gd_status gd__npz_write(const char *path, int count, const char *const *name, const gd_array *array);

#endif
