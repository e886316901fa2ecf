// Memory that values live in: the host's, or that of a device, which the host can only copy to and from.
#ifndef GD_BASE_DEVICE_MEMORY_H
#define GD_BASE_DEVICE_MEMORY_H

#include <gradus/base.h>

// Addresses in a device's memory can be added to, but are read and written by the device alone. Each function may be
// called on any thread.
typedef struct gd__memory {
    void *(*allocate)(size_t bytes);                                 // aligned to 64 bytes; NULL when memory is short
    void (*release)(void *block);                                    // not NULL
    gd_status (*copy_in)(void *to, const void *from, size_t bytes);  // from the host's memory
    gd_status (*copy_out)(void *to, const void *from, size_t bytes); // to the host's memory
    gd_status (*copy)(void *to, const void *from, size_t bytes);     // within it
} gd__memory;

// The same for any memory; NULL stands for the host's. Blocks that may be NULL may be released.
void *gd__memory_allocate(const gd__memory *memory, size_t bytes);
void gd__memory_release(const gd__memory *memory, void *block);
gd_status gd__memory_copy_in(const gd__memory *memory, void *to, const void *from, size_t bytes);
gd_status gd__memory_copy_out(const gd__memory *memory, void *to, const void *from, size_t bytes);
gd_status gd__memory_copy(const gd__memory *memory, void *to, const void *from, size_t bytes);

// The bytes as the host sees them: `bytes` themselves in the host's memory, else a copy, which `*copy` holds for the
// caller to gd__free. NULL when that fails.
const void *gd__memory_view(const gd__memory *memory, const void *block, size_t bytes, void **copy);

#endif
