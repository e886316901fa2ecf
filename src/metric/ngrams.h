// Runs of one to several symbols, counted in two texts.
#ifndef GD_METRIC_NGRAMS_H
#define GD_METRIC_NGRAMS_H

#include "metric/word_tree.h"

enum { GD__IN_HYPOTHESIS, GD__IN_REFERENCE, GD__IN_ONE, GD__TEXTS };

typedef struct gd__ngrams {
    gd__word_tree tree;
    int64_t room;
    int32_t *length;        // of each node of the tree
    int32_t *in[GD__TEXTS]; // how often it occurs
} gd__ngrams;

// Counts the runs of 1 … longest symbols of a text. False when memory is short.
bool gd__ngrams_count(gd__ngrams *n, int text, int64_t count, const int32_t *symbol, int longest);
// What occurs in GD__IN_ONE occurs at least as often in the reference; GD__IN_ONE is empty then.
void gd__ngrams_merge(gd__ngrams *n);
// Adds, for each length 1 … longest at [length - 1], how many runs each text has and how many both have.
void gd__ngrams_match(const gd__ngrams *n, int longest, int64_t *hypothesis, int64_t *reference, int64_t *both);
void gd__ngrams_clear(gd__ngrams *n, int text);
void gd__ngrams_free(gd__ngrams *n);

#endif
