#include <string.h>

#include "base/best.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "cpu/simd.h"
#include "similar/index.h"

GD__FUSE_PRODUCTS

// Queries that are compared with a vector while it is in the registers.
enum { TOGETHER = 4, GRAIN = 1024 };

// score[q * rows + i] = vector[i] · query[q], for vectors (rows, n) and queries (TOGETHER, n).
GD__LOOP(compare,
         (int64_t begin, int64_t end, int64_t rows, int64_t n, const float *vector, const float *query, float *score),
         (begin, end, rows, n, vector, query, score))
{
    const float *q0 = query, *q1 = query + n, *q2 = query + 2 * n, *q3 = query + 3 * n;
    for (int64_t i = begin; i < end; i++) {
        const float *v = vector + i * n;
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        GD__SIMD(reduction(+ : s0, s1, s2, s3))
        for (int64_t j = 0; j < n; j++) {
            s0 += v[j] * q0[j];
            s1 += v[j] * q1[j];
            s2 += v[j] * q2[j];
            s3 += v[j] * q3[j];
        }
        score[i] = s0;
        score[rows + i] = s1;
        score[2 * rows + i] = s2;
        score[3 * rows + i] = s3;
    }
}

// The same with one query.
GD__LOOP(compare_one, (int64_t begin, int64_t end, int64_t n, const float *vector, const float *query, float *score),
         (begin, end, n, vector, query, score))
{
    for (int64_t i = begin; i < end; i++) {
        const float *v = vector + i * n;
        float s = 0;
        GD__SIMD(reduction(+ : s))
        for (int64_t j = 0; j < n; j++)
            s += v[j] * query[j];
        score[i] = s;
    }
}

typedef struct job {
    const gd_index *index;
    const gd__index_segment *segment;
    int together;
    const float *query; // (TOGETHER, dimension), each of length 1
    float *score;       // (TOGETHER, vectors); of one query a single row
} job;

static void compare_range(void *context, int64_t begin, int64_t end)
{
    const job *job = context;
    const float *vectors = (const float *)(const void *)(job->index->map + job->segment->vectors);
    float *score = job->score + job->segment->first;
    if (job->together == 1)
        compare_one(begin, end, job->index->dimension, vectors, job->query, score);
    else
        compare(begin, end, job->index->count, job->index->dimension, vectors, job->query, score);
}

gd_status gd_index_nearest(const gd_index *index, int64_t count, const float *query, int most, gd_neighbour *neighbours)
{
    GD__NEEDS(index, GD_ERROR_ARGUMENT);
    GD__NEEDS(query, GD_ERROR_ARGUMENT);
    GD__NEEDS(neighbours, GD_ERROR_ARGUMENT);
    if (count < 0 || most < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%d neighbours of %lld queries: at least one of at least none is needed",
                        most, (long long)count);
    const int64_t n = index->dimension;
    float *scaled = gd__alloc_zeroed((size_t)(TOGETHER * n), sizeof *scaled);
    float *score = gd__alloc(((size_t)index->count * (count == 1 ? 1 : TOGETHER) + 1) * sizeof *score);
    gd_status status = scaled == NULL || score == NULL ? gd__fail_memory("similarities") : GD_OK;
    for (int64_t first = 0; first < count && status == GD_OK; first += TOGETHER) {
        const int together = count - first < TOGETHER ? (int)(count - first) : TOGETHER;
        status = gd__progress("looking for what is similar", first, count);
        for (int q = 0; q < together && status == GD_OK; q++)
            if (!gd__index_scale(scaled + q * n, query + (first + q) * n, n))
                status = gd__fail(GD_ERROR_ARGUMENT, "query %lld is zero or not finite: nothing is similar to it",
                                  (long long)(first + q));
        for (int s = 0; s < index->segment_count && status == GD_OK; s++) {
            job job = {index, &index->segment[s], together, scaled, score};
            gd__parallel(index->segment[s].count, GRAIN, compare_range, &job);
        }
        for (int q = 0; q < together && status == GD_OK; q++)
            gd__take_best(score + q * index->count, index->count, most, neighbours + (first + q) * most);
    }
    gd__free(score);
    gd__free(scaled);
    return status;
}
