// Loops over several threads. This is the only place that knows which thread library is below (OpenMP, as oneDNN).
#ifndef GD_BASE_PARALLEL_H
#define GD_BASE_PARALLEL_H

#include <gradus/base.h>

// Work on the items begin … end-1.
typedef void gd__range_function(void *context, int64_t begin, int64_t end);

// Splits 0 … count-1 into one even range a thread, none smaller than `grain` items, and returns when all are done.
// The ranges depend on (count, grain, gd_threads()) alone. Must not be nested; runs on the calling thread when it is.
void gd__parallel(int64_t count, int64_t grain, gd__range_function *function, void *context);

// True inside a range of gd__parallel.
bool gd__in_parallel(void);

// Which worker runs this range: 0 … gd__workers()-1, and 0 outside of ranges. For working memory that each worker has
// for itself; results must not depend on it.
int gd__worker(void);
// The most workers that there will ever be in this process.
int gd__workers(void);

#endif
