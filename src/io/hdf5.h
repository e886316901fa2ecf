// HDF5 files, by the library of The HDF Group: one array by its name. Builds without that library say so, and so
// do machines on which it cannot be loaded.
#ifndef GD_IO_HDF5_H
#define GD_IO_HDF5_H

#include <gradus/base.h>

// Types that gd_type lacks become the next that holds them, as in NumPy's files: f16 f32; i8, i16, u16 i32; u32 i64;
// h5py's enumeration of FALSE and TRUE bool. On failure `array` is empty.
gd_status gd__hdf5_read(const char *path, const char *name, gd_array *array);
// Whether the file holds an array of this name.
bool gd__hdf5_has(const char *path, const char *name);

#endif
