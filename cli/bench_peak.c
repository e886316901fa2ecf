// How fast the processor multiplies and adds when nothing else is in its way: the measure for every GFLOP/s.
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "progress.h"

// Enough independent sums to hide the latency of each, few enough for the registers of AVX2.
enum { SUMS = 12, LANES = 16, ROUNDS = 4096, CALLS = 16 };
#define SECONDS_MEASURED 0.25

typedef float lanes[SUMS][LANES];

// `multiply_add(a, b, c)` is a b + c; the loops over sums and lanes become straight vector code.
#define RUN_ROUNDS(multiply_add)                                                                                       \
    lanes sum;                                                                                                         \
    for (int s = 0; s < SUMS; s++)                                                                                     \
        for (int l = 0; l < LANES; l++)                                                                                \
            sum[s][l] = (float)(s + l);                                                                                \
    for (int round = 0; round < ROUNDS; round++)                                                                       \
        _Pragma("GCC unroll 12") for (int s = 0; s < SUMS; s++) for (int l = 0; l < LANES; l++) sum[s][l] =            \
            multiply_add(sum[s][l], factor, term);                                                                     \
    float all = 0;                                                                                                     \
    for (int s = 0; s < SUMS; s++)                                                                                     \
        for (int l = 0; l < LANES; l++)                                                                                \
            all += sum[s][l];                                                                                          \
    return all;

#define IN_TWO_STEPS(a, b, c) ((a) * (b) + (c))

static float rounds_plain(float factor, float term)
{
    RUN_ROUNDS(IN_TWO_STEPS)
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static float rounds_avx2(float factor, float term)
{
    RUN_ROUNDS(__builtin_fmaf)
}

#if defined(__clang__)
#define AVX512 "avx512f,avx512vl,fma"
#else
#define AVX512 "avx512f,avx512vl,fma,prefer-vector-width=512"
#endif
__attribute__((target(AVX512))) static float rounds_avx512(float factor, float term)
{
    RUN_ROUNDS(__builtin_fmaf)
}
#endif

typedef float rounds_function(float factor, float term);

static rounds_function *best_rounds(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
        return rounds_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return rounds_avx2;
#endif
    return rounds_plain;
}

typedef struct {
    rounds_function *rounds;
    double flops_per_second;
    float result; // kept, so that nothing is optimised away
} worker;

// The best of many short stretches: others may want the processor, too.
static void *work(void *argument)
{
    worker *worker = argument;
    double begin = gd_clock(), now = begin;
    while (now - begin < SECONDS_MEASURED) {
        double start = now;
        for (int i = 0; i < CALLS; i++)
            worker->result += worker->rounds(0.999F, 1e-3F);
        now = gd_clock();
        double speed = 2.0 * SUMS * LANES * ROUNDS * CALLS / (now - start);
        worker->flops_per_second = speed > worker->flops_per_second ? speed : worker->flops_per_second;
    }
    return NULL;
}

double measure_peak_flops(int threads)
{
    // More threads than processors would each have one to itself for a stretch.
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    threads = processors > 0 && threads > processors ? (int)processors : threads;
    threads = threads < 1 ? 1 : threads;
    worker *workers = calloc((size_t)threads, sizeof *workers);
    pthread_t *thread = calloc((size_t)threads, sizeof *thread);
    double sum = 0;
    int started = 0;
    if (workers != NULL && thread != NULL) {
        for (int i = 0; i < threads; i++)
            workers[i].rounds = best_rounds();
        // The first one works on this thread.
        for (started = 1; started < threads; started++)
            if (pthread_create(&thread[started], NULL, work, &workers[started]) != 0)
                break;
        work(&workers[0]);
        for (int i = 1; i < started; i++)
            pthread_join(thread[i], NULL);
        for (int i = 0; i < started; i++)
            sum += workers[i].flops_per_second;
    }
    free(workers);
    free(thread);
    return sum;
}
