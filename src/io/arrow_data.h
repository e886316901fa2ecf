// The Arrow C data interface: columns in memory, by plain structs of C that are the same for every library and version.
// The structs and their names are those of the specification
// (https://arrow.apache.org/docs/format/CDataInterface.html); each is given back by its own `release`, and is empty
// where that is NULL.
#ifndef GD_IO_ARROW_DATA_H
#define GD_IO_ARROW_DATA_H

#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

// A column's type, or that of all columns, its children.
struct ArrowSchema {
    const char *format; // "l" for 64-bit whole numbers, "u" for texts, …
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary; // the type of what numbers stand for, or NULL
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

// A column's values. Value i of an array lies at place offset + i of its buffers, of which the first is a bit each that
// says whether the value is there (NULL: all are).
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

// Arrays of one type, one after the other. The functions return 0 or an errno.
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif
#endif
