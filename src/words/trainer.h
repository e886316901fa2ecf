// Training: what all threads share, and what each has for itself.
#ifndef GD_WORDS_TRAINER_H
#define GD_WORDS_TRAINER_H

#include <pthread.h>

#include "words/kernel.h"
#include "words/parts.h"
#include "words/tables.h"

enum {
    GD__WORDS_SENTENCE = 1000, // words of a line that are looked at together
    GD__WORDS_SLICE = 20000,   // words of the text that are one piece of work
    GD__WORDS_ROUND = 64,      // slices between two looks at what else is to be done
    GD__WORDS_NEGATIVE = 50,   // the most words drawn
    GD__WORDS_WINDOW = 100,
    GD__WORDS_HOT = 512,   // rows that each thread keeps for itself for a while
    GD__WORDS_MERGE = 8192 // places that it trains on meanwhile
};

typedef struct gd__words_slice {
    int64_t begin, end; // in the corpus
    int64_t before;     // words with rows before it
} gd__words_slice;

typedef struct gd__words_trainer {
    const gd_corpus *corpus;
    gd_words_opts opts; // complete
    gd__word_tables tables;
    const gd__words_kernel *kernel;
    int64_t width;      // numbers of a row: the size, and zeros
    int64_t input_rows; // words, then buckets
    float *input;       // (input_rows, width)
    float *output;      // (words, width), for negative sampling
    float *tree;        // (words - 1, width), for hierarchical softmax
    // Of each word the rows of its parts, its own first, where there are any: (words + 1), and rows of `input`.
    int64_t *part_begin;
    int32_t *part;
    int64_t slice_count;
    gd__words_slice *slice;
    int64_t epoch, round; // the next round
    pthread_mutex_t lock; // of the hot rows, while a thread merges its own
} gd__words_trainer;

// One place of the text: what is near it, and what is drawn against it.
typedef struct gd__words_place {
    int32_t centre;
    int near_count, drawn_count;
    int32_t near[2 * GD__WORDS_WINDOW]; // rows
    int32_t drawn[2 * GD__WORDS_NEGATIVE];
} gd__words_place;

// What a thread works with.
//
// The rows of the most frequent words are written all the time. Threads that shared them would take their cache lines
// from each other at every step; so each has a copy of those, and adds what it changed to the others' now and then.
typedef struct gd__words_hot {
    float *shared;    // the matrix
    float *own, *was; // (hot, width): the thread's copy, and what it was when it was made
} gd__words_hot;

enum { GD__WORDS_INPUT, GD__WORDS_OUTPUT, GD__WORDS_TREE, GD__WORDS_MATRICES };

typedef struct gd__words_worker {
    gd__words_trainer *trainer;
    int64_t hot;       // rows that it has copies of; 0: none, with one thread
    int64_t since;     // places since the copies were merged
    float *hot_memory; // of the copies
    gd__words_hot matrix[GD__WORDS_MATRICES];
    uint64_t random;
    float rate;
    int count; // words of the sentence
    int32_t sentence[GD__WORDS_SENTENCE];
    gd__words_place place[2]; // one that is trained on, and the one after it, whose rows are on their way to the cache
    gd__words_step step;
    float *spare, *hidden, *change; // rows
    float **row;                    // of the parts of words
} gd__words_worker;

// A row as the thread sees it. The rows of inner nodes are counted from the root of the tree, so that the hottest stand
// first there too.
static inline float *gd__words_row(const gd__words_worker *w, int matrix, int64_t row)
{
    const gd__words_hot *m = &w->matrix[matrix];
    return (row < w->hot ? m->own : m->shared) + row * w->trainer->width;
}

// Trains on slice `i` of the epoch.
void gd__words_run_slice(gd__words_worker *worker, int64_t epoch, int64_t i);
// Trains on a place, at worker->rate: all that arithmetic there is.
void gd__words_train_place(gd__words_worker *worker, const gd__words_place *place);

gd_status gd__words_trainer_make(const gd_corpus *corpus, gd_words_opts opts, gd__words_trainer *trainer);
void gd__words_trainer_free(gd__words_trainer *trainer);
gd_status gd__words_worker_make(gd__words_trainer *trainer, bool alone, gd__words_worker *worker);
// Adds what the thread changed in its copies to the rows that all share, and takes these.
void gd__words_merge(gd__words_worker *worker);
void gd__words_worker_free(gd__words_worker *worker);
int64_t gd__words_parts_most(const gd__words_trainer *trainer); // rows of a word with the most parts

// checkpoint.c: the state of training in a file, and from it where there is one.
gd_status gd__words_save(const gd__words_trainer *trainer, const char *path);
gd_status gd__words_load(gd__words_trainer *trainer, const char *path);

#endif
