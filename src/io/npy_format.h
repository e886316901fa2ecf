// The parts of an .npy file, shared by the writers of .npy and .npz.
#ifndef GD_IO_NPY_FORMAT_H
#define GD_IO_NPY_FORMAT_H

#include "base/text.h"

// Appends the header of version 1.0, padded so that the values begin at a multiple of 64 bytes.
gd_status gd__npy_header(const gd_array *array, gd__text *header);
// The bytes that follow it. `widened` holds a converted copy where one is needed; free it after use.
gd_status gd__npy_values(const gd_array *array, gd_array *widened, const void **bytes, size_t *size);

#endif
