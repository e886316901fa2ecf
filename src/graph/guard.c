#include "graph/guard.h"

#include <pthread.h>

#include "base/memory.h"

struct gd__guard {
    pthread_rwlock_t lock;
};

gd__guard *gd__guard_create(void)
{
    gd__guard *guard = gd__alloc_zeroed(1, sizeof *guard);
    if (guard == NULL)
        return NULL;
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
#ifdef __GLIBC__
    // Those who predict all the time would never let a writer in.
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
    const int failed = pthread_rwlock_init(&guard->lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    if (failed == 0)
        return guard;
    gd__free(guard);
    return NULL;
}

void gd__guard_free(gd__guard *guard)
{
    if (guard == NULL)
        return;
    pthread_rwlock_destroy(&guard->lock);
    gd__free(guard);
}

// What this thread holds. More graphs than these are never held at once: a call works on one, and copies from another.
enum { MOST_HELD = 4 };
typedef struct held {
    gd__guard *guard;
    int depth;
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
        pthread_rwlock_wrlock(&guard->lock);
    else
        pthread_rwlock_rdlock(&guard->lock);
    *h = (held){guard, 1};
}

void gd__guard_end(gd__guard *guard)
{
    held *h = guard == NULL ? NULL : entry_of(guard);
    if (h == NULL || h->guard == NULL || --h->depth > 0)
        return;
    pthread_rwlock_unlock(&h->guard->lock);
    h->guard = NULL;
}
