#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/error.h"

enum { ALIGNMENT = 64 };
// Blocks from LARGE bytes on begin with a large page, so that the processor can find their addresses faster.
enum { LARGE_PAGE = 2 << 20, LARGE = 2 * LARGE_PAGE };

// Stands right before the block.
typedef struct {
    size_t size; // of the block
    void *raw;   // what was allocated, of which the block is the aligned part
} header;

static header *header_of(void *block)
{
    return (header *)(void *)((char *)block - sizeof(header));
}

// Documented process-wide state: the program's own allocator.
static gd_allocator own;
static atomic_bool used;

gd_status gd_set_allocator(gd_allocator allocator)
{
    if (allocator.allocate == NULL || allocator.release == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "an allocator needs both of its functions");
    if (atomic_load(&used))
        return gd__fail(GD_ERROR_ARGUMENT, "the library has allocated memory already: the allocator comes too late");
    own = allocator;
    return GD_OK;
}

static atomic_long failure_countdown = -1;
static atomic_bool failure_forever;

void gd__alloc_fail_after(long successes, bool forever)
{
    atomic_store(&failure_forever, forever);
    atomic_store(&failure_countdown, successes);
}

static bool must_fail(void)
{
    long left = atomic_load_explicit(&failure_countdown, memory_order_relaxed);
    if (left < 0)
        return false;
    if (left > 0) {
        atomic_fetch_sub(&failure_countdown, 1);
        return false;
    }
    if (!atomic_load(&failure_forever))
        atomic_store(&failure_countdown, -1);
    return true;
}

bool gd__multiply(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

static void *allocate(size_t size)
{
    if (!atomic_load_explicit(&used, memory_order_relaxed))
        atomic_store(&used, true);
    if (own.allocate != NULL)
        return own.allocate(size, own.context);
#ifdef MADV_HUGEPAGE
    if (size >= LARGE) {
        void *block = NULL;
        if (posix_memalign(&block, LARGE_PAGE, size) != 0)
            return NULL;
        madvise(block, size / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE); // advice: nothing depends on it
        return block;
    }
#endif
    return malloc(size); // much faster than aligned_alloc, where there are many small blocks
}

void *gd__alloc(size_t size)
{
    size_t total;
    if (__builtin_add_overflow(size, sizeof(header) + ALIGNMENT - 1, &total) || must_fail())
        return NULL;
    char *raw = allocate(total);
    if (raw == NULL)
        return NULL;
    size_t past = ((uintptr_t)raw + sizeof(header)) % ALIGNMENT;
    char *block = raw + sizeof(header) + (past > 0 ? ALIGNMENT - past : 0);
    *header_of(block) = (header){size, raw};
    return block;
}

void *gd__alloc_zeroed(size_t count, size_t size)
{
    size_t total;
    if (!gd__multiply(count, size, &total))
        return NULL;
    void *block = gd__alloc(total);
    if (block != NULL)
        memset(block, 0, total);
    return block;
}

void *gd__realloc(void *block, size_t count, size_t size)
{
    size_t total;
    if (!gd__multiply(count, size, &total))
        return NULL;
    void *larger = gd__alloc(total);
    if (larger == NULL || block == NULL)
        return larger;
    size_t old = header_of(block)->size;
    memcpy(larger, block, old < total ? old : total);
    gd__free(block);
    return larger;
}

void gd__free(void *block)
{
    if (block == NULL)
        return;
    if (own.release != NULL)
        own.release(header_of(block)->raw, own.context);
    else
        free(header_of(block)->raw);
}

void *gd__copy_block(const void *block, size_t size)
{
    void *copy = gd__alloc(size);
    if (copy != NULL && size > 0)
        memcpy(copy, block, size);
    return copy;
}

char *gd__copy_text(const char *text)
{
    return text == NULL ? NULL : gd__copy_block(text, strlen(text) + 1);
}

bool gd__grow(void **list, int *capacity, int count, size_t element_size)
{
    if (count < *capacity)
        return true;
    int larger = *capacity < 8 ? 16 : *capacity * 2;
    void *block = gd__realloc(*list, (size_t)larger, element_size);
    if (block == NULL)
        return false;
    *list = block;
    *capacity = larger;
    return true;
}

bool gd__grow_long(void **list, int64_t *capacity, int64_t count, size_t element_size)
{
    if (count < *capacity)
        return true;
    const int64_t larger = *capacity > 0 ? 2 * *capacity : 64;
    void *block = gd__realloc(*list, (size_t)larger, element_size);
    if (block == NULL)
        return false;
    *list = block;
    *capacity = larger;
    return true;
}
