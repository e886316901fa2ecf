// A text as the numbers of its words.
#ifndef GD_WORDS_CORPUS_H
#define GD_WORDS_CORPUS_H

#include <gradus/words.h>

#include "words/lexicon.h"

enum { GD__LINE_END = -1 };

struct gd_corpus {
    gd__lexicon lexicon;
    int64_t length; // words of the text
    int64_t count;  // of `token`: words, and GD__LINE_END between lines that hold any
    int64_t room;
    int32_t *token;   // the numbers of words
    int64_t replaced; // bytes that were no UTF-8
};

// Adds a word to the text, or the end of a line; false when memory is short.
bool gd__corpus_add(gd_corpus *corpus, const char *word, int32_t length);
bool gd__corpus_end_line(gd_corpus *corpus);

#endif
