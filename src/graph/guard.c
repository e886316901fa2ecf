#include "graph/guard.h"

#include "base/memory.h"
#include "base/shared_lock.h"

struct gd__guard {
    gd__shared_lock lock;
};

gd__guard *gd__guard_create(void)
{
    gd__guard *guard = gd__alloc_zeroed(1, sizeof *guard);
    if (guard == NULL || gd__shared_lock_init(&guard->lock) == 0)
        return guard;
    gd__free(guard);
    return NULL;
}

void gd__guard_free(gd__guard *guard)
{
    if (guard == NULL)
        return;
    gd__shared_lock_destroy(&guard->lock);
    gd__free(guard);
}

// What this thread holds. More graphs than these are never held at once: a call works on one, and copies from another.
enum { MOST_HELD = 4 };
typedef struct held {
    gd__guard *guard;
    int depth;
    bool write;
} held;
static _Thread_local held held_here[MOST_HELD];

// The entry of the guard, or a free one.
static held *entry_of(const gd__guard *guard)
{
    held *empty = NULL;
    for (int i = 0; i < MOST_HELD; i++) {
        if (held_here[i].guard == guard)
            return &held_here[i];
        if (held_here[i].guard == NULL && empty == NULL)
            empty = &held_here[i];
    }
    return empty;
}

void gd__guard_begin(gd__guard *guard, bool write)
{
    held *h = guard == NULL ? NULL : entry_of(guard);
    if (h == NULL || h->guard == guard) {
        if (h != NULL)
            h->depth++;
        return;
    }
    if (write)
        gd__shared_lock_write(&guard->lock);
    else
        gd__shared_lock_read(&guard->lock);
    *h = (held){guard, 1, write};
}

void gd__guard_end(gd__guard *guard)
{
    held *h = guard == NULL ? NULL : entry_of(guard);
    if (h == NULL || h->guard == NULL || --h->depth > 0)
        return;
    if (h->write)
        gd__shared_lock_write_end(&h->guard->lock);
    else
        gd__shared_lock_read_end(&h->guard->lock);
    h->guard = NULL;
}
