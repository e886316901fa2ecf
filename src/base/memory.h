// Allocation. Everything in the library allocates here, so that tests can make any allocation fail.
#ifndef GD_BASE_MEMORY_H
#define GD_BASE_MEMORY_H

#include <gradus/base.h>

// All blocks are aligned to 64 bytes (a cache line) and are released by gd__free. NULL when memory is short or the
// size overflows. A size of 0 gives a valid block.
void *gd__alloc(size_t size);
void *gd__alloc_zeroed(size_t count, size_t size); // count * size, checked for overflow
// As realloc: keeps the content; on failure the old block stays valid.
void *gd__realloc(void *block, size_t count, size_t size);
void gd__free(void *block);
char *gd__copy_text(const char *text); // NULL gives NULL
void *gd__copy_block(const void *block, size_t size);

// Makes room for one more element in a growing list: doubles `*capacity` when `count` has reached it.
// False when memory is short; the list is unchanged then.
bool gd__grow(void **list, int *capacity, int count, size_t element_size);
// The same where there may be more than an int counts.
bool gd__grow_long(void **list, int64_t *capacity, int64_t count, size_t element_size);

// For tests: the allocation after `successes` more ones fails, and all that follow when `forever`. A negative
// number turns it off. Not thread-safe; it is process-wide state, used by nothing but the tests.
void gd__alloc_fail_after(long successes, bool forever);

// A multiplication that says when it does not fit: false on overflow.
bool gd__multiply(size_t a, size_t b, size_t *product);

#endif
