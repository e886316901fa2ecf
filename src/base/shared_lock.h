// A lock that any number of readers hold, or one writer, and that starves neither.
//
// Readers and writers take turns (a phase-fair lock: Brandenburg, Anderson 2010, "Spin-based reader-writer
// synchronization for multiprocessor real-time systems"): a writer waits for the readers that are in, no longer, and
// what readers came meanwhile are let in when it ends, before the next writer. Writers come in the order in which they
// asked. Neither side may begin again what its thread holds already.
#ifndef GD_BASE_SHARED_LOCK_H
#define GD_BASE_SHARED_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

typedef struct gd__shared_lock {
    atomic_uint_fast64_t word; // the readers that are in, and a bit: a writer is in, or waits to be
    pthread_mutex_t mutex;     // of all that follows
    pthread_cond_t readers, writers, no_reader;
    uint64_t readers_waiting, readers_phase; // those that wait, and how often such were let in
    uint64_t writer_next, writer_serving;    // the writers' tickets
} gd__shared_lock;

int gd__shared_lock_init(gd__shared_lock *lock); // 0, or an error number of pthread
void gd__shared_lock_destroy(gd__shared_lock *lock);

void gd__shared_lock_read(gd__shared_lock *lock);
void gd__shared_lock_read_end(gd__shared_lock *lock);
void gd__shared_lock_write(gd__shared_lock *lock);
void gd__shared_lock_write_end(gd__shared_lock *lock);

#endif
