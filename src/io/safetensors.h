// The safetensors format, read by safetensors.c and written by safetensors_write.c. A file is
//
//     8 bytes      N, the length of the header, little-endian
//     N bytes      a JSON object, padded with spaces at the end:
//                  {"__metadata__": {"key": "text", …},
//                   "conv1.weight": {"dtype": "F32", "shape": [32,1,3,3], "data_offsets": [0,1152]}, …}
//     the rest     the data, little-endian; offsets count from its first byte, and every byte belongs to one tensor
#ifndef GD_IO_SAFETENSORS_H
#define GD_IO_SAFETENSORS_H

#include <gradus/io.h>

enum {
    GD__SAFETENSORS_LENGTH = 8,               // bytes of N
    GD__SAFETENSORS_ALIGNMENT = 8,            // of the first byte of data
    GD__SAFETENSORS_HEADER_LIMIT = 100000000, // the format's own cap on N
};
#define GD__SAFETENSORS_METADATA "__metadata__"

// An element type of the format.
typedef struct gd__dtype {
    const char *name;
    gd_type type;                                             // of the array it becomes
    size_t size;                                              // bytes of one element in the file
    void (*widen)(void *to, const char *from, int64_t count); // NULL: the bytes are the array's
} gd__dtype;

// The types of arrays, in the order of gd_type, and after them those that are only read.
enum { GD__DTYPE_COUNT = GD_TYPE_COUNT + 3 };
extern const gd__dtype gd__dtypes[GD__DTYPE_COUNT];

#endif
