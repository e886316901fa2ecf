// Loops over several threads: a small pool of our own.
//
// A region is cut into fixed shares. The thread that asks for it and the pool's workers, as many as are awake, claim
// one share after another until none is left. Which thread computes a share, and when, changes nothing in the result;
// so a thread that the system has put aside for another program costs the time of one share, not that of all others
// waiting for it. Workers look out for the next region for a short while and then sleep.
//
// One region runs at a time. A thread that asks for one while another thread's runs, or from within one, computes its
// region alone. After fork() the child begins with a pool of its own.
#ifndef GD_BASE_PARALLEL_H
#define GD_BASE_PARALLEL_H

#include <gradus/base.h>

// Work on the items begin … end-1.
typedef void gd__range_function(void *context, int64_t begin, int64_t end);

// Splits 0 … count-1 into even ranges, none smaller than `grain` items, and returns when all are done. Into how many is
// decided by (count, grain, gd_threads()); a function's results must not depend on that.
void gd__parallel(int64_t count, int64_t grain, gd__range_function *function, void *context);

// True inside a range of gd__parallel.
bool gd__in_parallel(void);

// Which worker runs this range: 0 … gd__workers()-1, and 0 outside of ranges. For working memory that each worker has
// for itself; results must not depend on it.
int gd__worker(void);
// The most workers that there will ever be in this process.
int gd__workers(void);

// For tests: `function` is called before each claim of a share, on the claiming thread, to make it late. NULL ends it.
// Process-wide state that nothing but the tests sets.
void gd__parallel_disturb(void (*function)(void));

#endif
