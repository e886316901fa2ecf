// .npy files made by hand, as NumPy would write them.
#ifndef GD_TESTS_NPY_FILES_H
#define GD_TESTS_NPY_FILES_H

#include "files.h"

// The bytes before the values: version 1.0. Returns how many; `to` has room for 256.
static inline size_t npy_start(char *to, const char *type, bool fortran, const char *shape)
{
    const int length = snprintf(to + 10, 240, "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", type,
                                fortran ? "True" : "False", shape);
    assert_true(length > 0 && length < 240);
    memcpy(to, "\x93NUMPY\x01\x00", 8);
    to[8] = (char)length;
    to[9] = 0;
    return 10 + (size_t)length;
}

static inline const char *write_npy(const char *name, const char *type, const char *shape, const void *values,
                                    size_t size)
{
    char content[2048];
    const size_t begin = npy_start(content, type, false, shape);
    assert_true(begin + size <= sizeof content);
    memcpy(content + begin, values, size);
    return write_bytes(name, content, begin + size);
}

#endif
