// The different words of a text, numbered in the order in which they come, with how often each is there.
#ifndef GD_WORDS_LEXICON_H
#define GD_WORDS_LEXICON_H

#include <gradus/base.h>

typedef struct gd__lexicon_entry {
    uint64_t hash;
    int64_t text; // where it begins in the pool; it ends with a zero
    int64_t seen; // times
    int32_t length;
} gd__lexicon_entry;

// All zero is an empty one.
typedef struct gd__lexicon {
    int64_t count, capacity;
    gd__lexicon_entry *entry;
    char *pool;
    int64_t pool_used, pool_room;
    int64_t slot_count; // a power of two, or 0
    int32_t *slot;      // open addressing: the number of a word plus 1, or 0
} gd__lexicon;

enum { GD__WORD_BYTES = 1000 }; // the longest word

// The number of a word, which becomes a word of the lexicon where it is none; it is not counted. -1: memory is short,
// or there are 2^31 words.
int32_t gd__lexicon_add(gd__lexicon *lexicon, const char *word, int32_t length);
int32_t gd__lexicon_find(const gd__lexicon *lexicon, const char *word, int32_t length); // -1: it is not there
const char *gd__lexicon_word(const gd__lexicon *lexicon, int64_t i);
void gd__lexicon_free(gd__lexicon *lexicon); // leaves an empty one

#endif
