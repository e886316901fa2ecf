// What .npy files hold, for whoever reads them.
#ifndef GD_IO_NPY_HEADER_H
#define GD_IO_NPY_HEADER_H

#include <gradus/base.h>

// What the header of an .npy file says.
typedef struct gd__npy_description {
    char byte_order; // '<', '>', '|' or '='
    char kind;       // 'f', 'i', 'u', 'b'; of texts 'U' (UTF-32) or 'S' (bytes)
    size_t size;     // bytes in one element
    bool fortran;    // the first dimension varies fastest
    gd_shape shape;
    gd_type type; // into which elements are read; of texts that of their numbers
    size_t begin; // of the values in the file
} gd__npy_description;

// An array with a name and, where it was one of texts, what its numbers stand for.
typedef struct gd__named_array {
    char *name; // in an archive, without ".npy"; else NULL
    gd_array array;
    int class_count; // texts one a sample, (N) or (N, 1), are numbered in sorted order: array is i32 (N) then
    char **class_name;
} gd__named_array;

#endif
