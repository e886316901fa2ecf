// The parts of an .npy file, shared by those who read and write .npy and .npz.
#ifndef GD_IO_NPY_FORMAT_H
#define GD_IO_NPY_FORMAT_H

#include "base/text.h"
#include "io/npy_header.h"

// Reads the header at the beginning of `data`, of which `size` bytes are there, in a file of `total` bytes. Fails when
// the shape does not agree with the bytes that follow.
gd_status gd__npy_describe(const char *what, const void *data, size_t size, size_t total, gd__npy_description *out);
static inline bool gd__npy_is_text(const gd__npy_description *is)
{
    return is->kind == 'U' || is->kind == 'S';
}
gd_status gd__npy_refuse_texts(const char *what, const gd__npy_description *is);
// Whether elements are stored as ours are.
bool gd__npy_is_plain(const gd__npy_description *is);
// Turns `count` elements that lie one behind the other in the file into ones of is->type. Numbers only.
gd_status gd__npy_decode(const char *what, const gd__npy_description *is, const void *from, int64_t count, void *to);

// Numbers the texts behind the header in sorted order.
gd_status gd__npy_number_texts(const char *what, const gd__npy_description *is, const void *values,
                               gd__named_array *named);
// As gd__npy_parse, and texts are numbered. The name is left alone.
gd_status gd__npy_parse_texts(const char *what, const void *data, size_t size, gd__named_array *named);

// Appends the header of version 1.0, padded so that the values begin at a multiple of 64 bytes.
gd_status gd__npy_header(const gd_array *array, gd__text *header);
// The bytes that follow it. `widened` holds a converted copy where one is needed; free it after use.
gd_status gd__npy_values(const gd_array *array, gd_array *widened, const void **bytes, size_t *size);

#endif
