// What training looks up for each word: its row, how often it is kept, how often it is drawn, and its path in a tree.
#ifndef GD_WORDS_TABLES_H
#define GD_WORDS_TABLES_H

#include "words/corpus.h"

// Words are rows from the most frequent to the rarest; of equals the one that came first stands first.
typedef struct gd__word_tables {
    int64_t count;   // rows
    int64_t length;  // words of the text that have rows
    int32_t *row;    // (words of the corpus): -1 for one that is too rare
    int32_t *number; // (count): which word of the corpus a row is
    float *keep;     // (count): the share of its places that is trained on
    // Drawing in proportion to count^0.75 with one random number: a place is its own row with probability `own`, else
    // `other` (Walker 1977, in Vose's form of 1991).
    uint32_t *own;
    int32_t *other;
    // The path from the root of the Huffman tree to a row: inner nodes, and whether it goes to the right.
    int64_t *path_begin; // (count + 1)
    int32_t *path_node;
    uint8_t *path_right;
} gd__word_tables;

enum { GD__WORD_PATH = 64 }; // the longest path: with counts below 2^63 it has fewer than 91 steps, in texts below 40

// `sample` and the rest of `opts` are complete.
gd_status gd__word_tables_make(const gd_corpus *corpus, const gd_words_opts *opts, gd__word_tables *tables);
void gd__word_tables_free(gd__word_tables *tables); // leaves empty ones
// Bytes that they take for so many words.
int64_t gd__word_tables_memory(const gd_corpus *corpus, int64_t count, bool tree);
// How many words of the corpus have rows.
int64_t gd__word_rows(const gd_corpus *corpus, const gd_words_opts *opts);

#endif
