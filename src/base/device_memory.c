#include "base/device_memory.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void *gd__memory_allocate(const gd__memory *memory, size_t bytes)
{
    return memory == NULL ? gd__alloc(bytes) : memory->allocate(bytes > 0 ? bytes : 1);
}

void gd__memory_release(const gd__memory *memory, void *block)
{
    if (memory == NULL)
        gd__free(block);
    else if (block != NULL)
        memory->release(block);
}

gd_status gd__memory_copy_in(const gd__memory *memory, void *to, const void *from, size_t bytes)
{
    if (memory != NULL)
        return memory->copy_in(to, from, bytes);
    memcpy(to, from, bytes);
    return GD_OK;
}

gd_status gd__memory_copy_out(const gd__memory *memory, void *to, const void *from, size_t bytes)
{
    if (memory != NULL)
        return memory->copy_out(to, from, bytes);
    memcpy(to, from, bytes);
    return GD_OK;
}

gd_status gd__memory_copy(const gd__memory *memory, void *to, const void *from, size_t bytes)
{
    if (memory != NULL)
        return memory->copy(to, from, bytes);
    memcpy(to, from, bytes);
    return GD_OK;
}

const void *gd__memory_view(const gd__memory *memory, const void *block, size_t bytes, void **copy)
{
    *copy = NULL;
    if (memory == NULL)
        return block;
    *copy = gd__alloc(bytes);
    if (*copy == NULL) {
        gd__fail_memory("a copy of a device's memory");
        return NULL;
    }
    if (memory->copy_out(*copy, block, bytes) == GD_OK)
        return *copy;
    gd__free(*copy);
    *copy = NULL;
    return NULL;
}
