// Cosines between queries and words.
#ifndef GD_WORDS_SCORES_H
#define GD_WORDS_SCORES_H

#include "words/vectors.h"

enum { GD__WORDS_TOGETHER = 48 }; // queries that are asked at a time

// score (count, limit): the cosine of each query (count, size), whose length is 1, with each of the first `limit`
// words.
gd_status gd__words_scores(const gd_words *words, int64_t limit, int count, const float *query, float *score);
// score (limit): how well each word answers, from its cosines (3, limit) with a, b and c: the cosine with the mean of
// -a, b and c (but for a factor that is the same for all), or 3CosMul. In place is fine.
void gd__words_combine(gd_analogy_way way, int64_t limit, const float *cosine, float *score);
// to = from / |from|; false: it has no length, or a number is not finite.
bool gd__words_scale(float *to, const float *from, int64_t size);

#endif
