// What is near a vector, and what goes with a word as another goes with a third.
#include <math.h>

#include "base/best.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "words/scores.h"

gd_status gd_words_nearest(const gd_words *words, int64_t count, const float *vector, int most, gd_neighbour *found)
{
    GD__NEEDS(words, GD_ERROR_ARGUMENT);
    GD__NEEDS(vector, GD_ERROR_ARGUMENT);
    GD__NEEDS(found, GD_ERROR_ARGUMENT);
    if (count < 0 || most < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%d neighbours of %lld vectors: at least one of at least none is needed",
                        most, (long long)count);
    const int64_t size = words->size, all = words->lexicon.count;
    const int64_t together = count < GD__WORDS_TOGETHER ? count : GD__WORDS_TOGETHER;
    float *query = gd__alloc((size_t)(together * size) * sizeof *query);
    float *score = gd__alloc((size_t)(together * all) * sizeof *score);
    gd_status status = query != NULL && score != NULL ? GD_OK : gd__fail_memory("similarities");
    for (int64_t first = 0; first < count && status == GD_OK; first += together) {
        const int now = (int)(count - first < together ? count - first : together);
        status = gd__progress("looking for near words", first, count);
        for (int q = 0; q < now && status == GD_OK; q++)
            if (!gd__words_scale(query + q * size, vector + (first + q) * size, size))
                status = gd__fail(GD_ERROR_ARGUMENT, "vector %lld is zero or not finite: nothing is near it",
                                  (long long)(first + q));
        if (status == GD_OK)
            status = gd__words_scores(words, all, now, query, score);
        for (int q = 0; q < now && status == GD_OK; q++)
            gd__take_best(score + q * all, all, most, found + (first + q) * most);
    }
    gd__free(query);
    gd__free(score);
    return status;
}

static gd_status unit_of(const gd_words *words, const char *word, float *to)
{
    const gd_status status = gd_words_vector(words, word, to);
    if (status == GD_OK && !gd__words_scale(to, to, words->size))
        return gd__fail(GD_ERROR_NUMBER, "the vector of '%.60s' is zero or not finite", word);
    return status;
}

// |b - a + c|
static float length_of_sum(const float *query, int64_t size)
{
    double square = 0;
    for (int64_t i = 0; i < size; i++) {
        const double x = (double)query[size + i] - (double)query[i] + (double)query[2 * size + i];
        square += x * x;
    }
    return (float)sqrt(square);
}

gd_status gd_words_analogy(const gd_words *words, const char *a, const char *b, const char *c, gd_analogy_way way,
                           int most, gd_neighbour *found)
{
    GD__NEEDS(words, GD_ERROR_ARGUMENT);
    GD__NEEDS(a, GD_ERROR_ARGUMENT);
    GD__NEEDS(b, GD_ERROR_ARGUMENT);
    GD__NEEDS(c, GD_ERROR_ARGUMENT);
    GD__NEEDS(found, GD_ERROR_ARGUMENT);
    if (most < 1 || (way != GD_ANALOGY_ADD && way != GD_ANALOGY_MULTIPLY))
        return gd__fail(GD_ERROR_ARGUMENT, "%d answers in way %d: expected at least one, and a gd_analogy_way", most,
                        (int)way);
    const char *const word[3] = {a, b, c};
    const int64_t size = words->size, all = words->lexicon.count;
    float *query = gd__alloc((size_t)(3 * size) * sizeof *query);
    float *score = gd__alloc((size_t)(3 * all) * sizeof *score);
    gd_status status = query != NULL && score != NULL ? GD_OK : gd__fail_memory("similarities");
    for (int i = 0; i < 3 && status == GD_OK; i++)
        status = unit_of(words, word[i], query + i * size);
    if (status == GD_OK)
        status = gd__words_scores(words, all, 3, query, score);
    if (status == GD_OK) {
        gd__words_combine(way, all, score, score);
        const float length = way == GD_ANALOGY_ADD ? length_of_sum(query, size) : 1;
        for (int64_t i = 0; i < all && length > 0; i++)
            score[i] /= length; // a cosine
        for (int i = 0; i < 3; i++) {
            const int64_t known = gd_words_find(words, word[i]);
            if (known >= 0)
                score[known] = -2; // less than anything that is found
        }
        gd__take_best(score, all, most, found);
    }
    gd__free(query);
    gd__free(score);
    return status;
}
