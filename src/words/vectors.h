// Words with their vectors.
#ifndef GD_WORDS_VECTORS_H
#define GD_WORDS_VECTORS_H

#include <gradus/words.h>
#include <pthread.h>

#include "words/lexicon.h"
#include "words/parts.h"

struct gd_words {
    int64_t size;
    gd__lexicon lexicon; // in the order of the vectors
    float *own;          // (count, size); NULL: they lie in a file
    const char *map;     // that file
    size_t map_size;
    int64_t *place;       // (count): where the vector of a word begins in it; not aligned
    gd__word_parts parts; // longest = 0: none
    float *bucket;        // (parts.buckets, size); the words' vectors are means already
    pthread_mutex_t lock; // of what comes next
    float *inverse;       // (count): 1 / length of each, 0 where it has none; made when it is first asked for
};

// With room for so many words, or NULL. `own` is left to the caller.
gd_words *gd__words_new(int64_t size);
// Copies vector `i`.
void gd__words_copy(const gd_words *words, int64_t i, float *to);
// 1 / length of each vector, or NULL when memory is short.
const float *gd__words_inverse(const gd_words *words);

#endif
