#include "base/shared_lock.h"

static const uint_fast64_t WRITER = (uint_fast64_t)1 << 63;

int gd__shared_lock_init(gd__shared_lock *lock)
{
    *lock = (gd__shared_lock){0};
    atomic_init(&lock->word, 0);
    int failed = pthread_mutex_init(&lock->mutex, NULL);
    if (failed != 0)
        return failed;
    pthread_cond_t *const conditions[] = {&lock->readers, &lock->writers, &lock->no_reader};
    int made = 0;
    while (made < 3 && (failed = pthread_cond_init(conditions[made], NULL)) == 0)
        made++;
    if (failed == 0)
        return 0;
    while (made > 0)
        pthread_cond_destroy(conditions[--made]);
    pthread_mutex_destroy(&lock->mutex);
    return failed;
}

void gd__shared_lock_destroy(gd__shared_lock *lock)
{
    pthread_cond_destroy(&lock->readers);
    pthread_cond_destroy(&lock->writers);
    pthread_cond_destroy(&lock->no_reader);
    pthread_mutex_destroy(&lock->mutex);
}

void gd__shared_lock_read(gd__shared_lock *lock)
{
    for (;;) {
        uint_fast64_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
        while (!(word & WRITER)) {
            if (atomic_compare_exchange_weak_explicit(&lock->word, &word, word + 1, memory_order_acquire,
                                                      memory_order_relaxed))
                return;
        }
        pthread_mutex_lock(&lock->mutex);
        // The bit changes under the mutex alone: a reader that sees it here is seen by the writer that ends.
        if (atomic_load_explicit(&lock->word, memory_order_relaxed) & WRITER) {
            lock->readers_waiting++;
            for (const uint64_t phase = lock->readers_phase; lock->readers_phase == phase;)
                pthread_cond_wait(&lock->readers, &lock->mutex);
            pthread_mutex_unlock(&lock->mutex);
            return; // counted by the writer that let it in
        }
        pthread_mutex_unlock(&lock->mutex);
    }
}

void gd__shared_lock_read_end(gd__shared_lock *lock)
{
    if (atomic_fetch_sub_explicit(&lock->word, 1, memory_order_release) != (WRITER | 1))
        return;
    // The last reader before a writer.
    pthread_mutex_lock(&lock->mutex);
    pthread_cond_signal(&lock->no_reader);
    pthread_mutex_unlock(&lock->mutex);
}

void gd__shared_lock_write(gd__shared_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    const uint64_t ticket = lock->writer_next++;
    while (lock->writer_serving != ticket)
        pthread_cond_wait(&lock->writers, &lock->mutex);
    atomic_fetch_or_explicit(&lock->word, WRITER, memory_order_relaxed);
    while (atomic_load_explicit(&lock->word, memory_order_acquire) != WRITER)
        pthread_cond_wait(&lock->no_reader, &lock->mutex);
    pthread_mutex_unlock(&lock->mutex);
}

void gd__shared_lock_write_end(gd__shared_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    // One exchange: those who waited are in, and the writer is out.
    atomic_store_explicit(&lock->word, lock->readers_waiting, memory_order_release);
    lock->readers_waiting = 0;
    lock->readers_phase++;
    lock->writer_serving++;
    pthread_cond_broadcast(&lock->readers);
    pthread_cond_broadcast(&lock->writers);
    pthread_mutex_unlock(&lock->mutex);
}
