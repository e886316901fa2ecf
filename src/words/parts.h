// Parts of words: the rows of a word's runs of letters (Bojanowski et al. 2017), hashed as fastText hashes them.
#ifndef GD_WORDS_PARTS_H
#define GD_WORDS_PARTS_H

#include <gradus/base.h>

typedef struct gd__word_parts {
    int64_t shortest, longest, buckets;
} gd__word_parts;

enum { GD__WORD_PARTS = 4096 }; // the most of one word; what goes beyond is left out

// The buckets of a word's runs of letters, each from 0 to buckets - 1, in fastText's order: the word with "<" before
// and
// ">" behind it, by where a run begins, then by its length. Returns how many there are.
int gd__parts_of(const gd__word_parts *parts, const char *word, int32_t bucket[GD__WORD_PARTS]);

#endif
