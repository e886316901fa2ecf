#include "words/scores.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/gemm.h"

enum { BLOCK = 512 }; // words whose scores are computed at a time

typedef struct job {
    const gd_words *words;
    const float *inverse, *query;
    int64_t limit;
    int count;
    float *score;
    gd__gemm whole, rest; // of BLOCK words, and of those that are left
    size_t memory;        // bytes of one worker, for the product
    float *block;         // (workers, BLOCK, size): vectors that lie in a file
    char *work;           // (workers, memory)
} job;

static void score_block(const job *j, int64_t first, int64_t count)
{
    const int64_t size = j->words->size;
    const float *vectors = j->words->own != NULL ? j->words->own + first * size : NULL;
    if (vectors == NULL) {
        float *const block = j->block + gd__worker() * BLOCK * size;
        for (int64_t i = 0; i < count; i++)
            gd__words_copy(j->words, first + i, block + i * size);
        vectors = block;
    }
    const gd__gemm_data data = {.a = j->query, .b = vectors, .c = j->score + first};
    gd__gemm_run_alone(count == BLOCK ? &j->whole : &j->rest, &data, j->work + (size_t)gd__worker() * j->memory);
    for (int q = 0; q < j->count; q++)
        for (int64_t i = first; i < first + count; i++)
            j->score[q * j->limit + i] *= j->inverse[i];
}

static void score_blocks(void *context, int64_t begin, int64_t end)
{
    const job *j = context;
    for (int64_t b = begin; b < end; b++)
        score_block(j, b * BLOCK, (b + 1) * BLOCK < j->limit ? BLOCK : j->limit - b * BLOCK);
}

gd_status gd__words_scores(const gd_words *words, int64_t limit, int count, const float *query, float *score)
{
    job j = {.words = words, .query = query, .limit = limit, .count = count, .score = score};
    const int64_t size = words->size;
    j.inverse = gd__words_inverse(words);
    if (j.inverse == NULL)
        return GD_ERROR_MEMORY;
    j.whole = (gd__gemm){.m = count,
                         .n = BLOCK,
                         .k = size,
                         .a = {.row = size, .column = 1},
                         .b = {.row = 1, .column = size},
                         .c_row = limit};
    j.rest = j.whole;
    j.rest.n = limit % BLOCK;
    gd__gemm_prepare(&j.whole, 1);
    j.memory = gd__gemm_memory_alone(&j.whole);
    if (j.rest.n > 0) {
        gd__gemm_prepare(&j.rest, 1);
        const size_t memory = gd__gemm_memory_alone(&j.rest);
        j.memory = memory > j.memory ? memory : j.memory;
    }
    j.memory = (j.memory + 63) / 64 * 64;
    const size_t workers = (size_t)gd__workers();
    j.work = gd__alloc(workers * j.memory);
    j.block = words->own != NULL ? NULL : gd__alloc(workers * BLOCK * (size_t)size * sizeof *j.block);
    gd_status status = GD_OK;
    if (j.work == NULL || (words->own == NULL && j.block == NULL))
        status = gd__fail_memory("similarities");
    else
        gd__parallel((limit + BLOCK - 1) / BLOCK, 1, score_blocks, &j);
    gd__free(j.work);
    gd__free(j.block);
    return status;
}

bool gd__words_scale(float *to, const float *from, int64_t size)
{
    double square = 0;
    for (int64_t i = 0; i < size; i++)
        square += (double)from[i] * (double)from[i];
    if (!(square > 0) || !isfinite(square))
        return false;
    const double inverse = 1 / sqrt(square);
    for (int64_t i = 0; i < size; i++)
        to[i] = (float)((double)from[i] * inverse);
    return true;
}

void gd__words_combine(gd_analogy_way way, int64_t limit, const float *cosine, float *score)
{
    const float *a = cosine, *b = cosine + limit, *c = cosine + 2 * limit;
    for (int64_t i = 0; i < limit; i++)
        score[i] =
            way == GD_ANALOGY_ADD ? b[i] - a[i] + c[i] : (1 + b[i]) / 2 * ((1 + c[i]) / 2) / ((1 + a[i]) / 2 + 1e-6F);
}
