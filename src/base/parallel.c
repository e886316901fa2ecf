#include "base/parallel.h"

#include <stdatomic.h>
#ifdef _OPENMP
#include <omp.h>
#else
#include <unistd.h>
#endif

// How many threads the process computes with; 0 until somebody asks. Documented in gd_set_threads.
static atomic_int thread_count;

static int processor_count(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

int gd_threads(void)
{
    int threads = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (threads == 0) {
        threads = processor_count();
        atomic_store(&thread_count, threads);
    }
    return threads;
}

void gd_set_threads(int threads)
{
    if (threads <= 0) {
#ifdef _OPENMP
        threads = omp_get_num_procs();
#else
        threads = 1;
#endif
    }
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
    atomic_store(&thread_count, threads);
}

bool gd__in_parallel(void)
{
#ifdef _OPENMP
    return omp_in_parallel();
#else
    return false;
#endif
}

int gd__worker(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

int gd__workers(void)
{
    enum { MOST = 256 };
    return MOST;
}

void gd__parallel(int64_t count, int64_t grain, gd__range_function *function, void *context)
{
    if (count <= 0)
        return;
    int64_t threads = gd_threads();
    if (grain < 1)
        grain = 1;
    if (threads > count / grain)
        threads = count / grain;
    if (threads <= 1 || gd__in_parallel()) {
        function(context, 0, count);
        return;
    }
#ifdef _OPENMP
#pragma omp parallel num_threads((int)threads)
    {
        int64_t id = omp_get_thread_num(), all = omp_get_num_threads();
        int64_t begin = count * id / all, end = count * (id + 1) / all;
        if (begin < end)
            function(context, begin, end);
    }
#endif
}
