#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "words/trainer.h"
#include "words/vectors.h"

typedef struct round {
    gd__words_trainer *trainer;
    gd__words_worker *worker; // (workers)
    int64_t first;            // slice
} round_work;

static void run_slices(void *context, int64_t begin, int64_t end)
{
    const round_work *r = context;
    for (int64_t i = begin; i < end; i++)
        gd__words_run_slice(&r->worker[gd__worker()], r->trainer->epoch, r->first + i);
}

// ---- The result

static bool all_finite(const float *x, int64_t count)
{
    float sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += x[i] - x[i]; // NaN where x is none or infinite
    return sum == 0;
}

static void vector_of(const gd__words_trainer *t, int64_t row, float *to)
{
    const int64_t size = t->opts.size;
    if (t->part == NULL) {
        memcpy(to, t->input + row * t->width, (size_t)size * sizeof *to);
        return;
    }
    const int64_t begin = t->part_begin[row], end = t->part_begin[row + 1];
    memset(to, 0, (size_t)size * sizeof *to);
    for (int64_t at = begin; at < end; at++)
        for (int64_t j = 0; j < size; j++)
            to[j] += t->input[t->part[at] * t->width + j] / (float)(end - begin);
}

static gd_status finish(const gd__words_trainer *t, gd_words **out)
{
    const int64_t count = t->tables.count, size = t->opts.size;
    gd_words *w = gd__words_new(size);
    if (w != NULL)
        w->own = gd__alloc((size_t)(count * size) * sizeof *w->own);
    bool good = w != NULL && w->own != NULL;
    for (int64_t i = 0; i < count && good; i++) {
        const gd__lexicon_entry *from = &t->corpus->lexicon.entry[t->tables.number[i]];
        good = gd__lexicon_add(&w->lexicon, t->corpus->lexicon.pool + from->text, from->length) >= 0;
        if (good) {
            w->lexicon.entry[i].seen = from->seen;
            vector_of(t, i, w->own + i * size);
        }
    }
    if (good && t->part != NULL) {
        w->parts = (gd__word_parts){t->opts.shortest, t->opts.longest, t->opts.buckets};
        w->bucket = gd__alloc((size_t)(t->opts.buckets * size) * sizeof *w->bucket);
        good = w->bucket != NULL;
        for (int64_t i = 0; i < t->opts.buckets && good; i++)
            memcpy(w->bucket + i * size, t->input + (count + i) * t->width, (size_t)size * sizeof *w->bucket);
    }
    if (good && !all_finite(w->own, count * size)) {
        gd_words_free(w);
        return gd__fail(GD_ERROR_NUMBER, "training made numbers that are not finite; learning rate %g is too high",
                        t->opts.learning_rate);
    }
    if (!good) {
        gd_words_free(w);
        return gd__fail_memory("word vectors");
    }
    *out = w;
    return GD_OK;
}

// ---- Rounds

static gd_status run_rounds(gd__words_trainer *t, int workers, gd__words_worker *worker)
{
    const int64_t rounds = (t->slice_count + GD__WORDS_ROUND - 1) / GD__WORDS_ROUND;
    const int64_t all = t->opts.epochs * t->tables.length;
    double saved = gd_clock();
    for (; t->epoch < t->opts.epochs; t->epoch++, t->round = 0)
        while (t->round < rounds) {
            const int64_t first = t->round * GD__WORDS_ROUND;
            const int64_t left = t->slice_count - first;
            round_work work = {t, worker, first};
            const gd_status status =
                gd__progress("learning words", t->epoch * t->tables.length + t->slice[first].before, all);
            if (status != GD_OK) {
                if (t->opts.checkpoint != NULL && gd__words_save(t, t->opts.checkpoint) != GD_OK)
                    return gd__fail_in(GD_ERROR_IO, "interrupted, and the checkpoint cannot be written");
                return status;
            }
            gd__parallel(left < GD__WORDS_ROUND ? left : GD__WORDS_ROUND, 1, run_slices, &work);
            // Once for what each changed, and once more for what the others did.
            for (int i = 0; i < 2 * workers; i++)
                if (worker[i % workers].hot > 0)
                    gd__words_merge(&worker[i % workers]);
            t->round++;
            if (t->opts.checkpoint != NULL && gd_clock() - saved >= t->opts.checkpoint_seconds) {
                if (gd__words_save(t, t->opts.checkpoint) != GD_OK)
                    return GD_ERROR_IO;
                saved = gd_clock();
            }
        }
    return GD_OK;
}

gd_status gd_words_train(const gd_corpus *corpus, gd_words_opts opts, gd_words **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(corpus, GD_ERROR_ARGUMENT);
    gd__words_trainer trainer;
    gd_status status = gd__words_trainer_make(corpus, opts, &trainer);
    if (status != GD_OK)
        return status;
    if (opts.checkpoint != NULL)
        status = gd__words_load(&trainer, opts.checkpoint);
    const int workers = gd_threads() == 1 ? 1 : gd__workers();
    gd__words_worker *worker = gd__alloc_zeroed((size_t)workers, sizeof *worker);
    if (worker == NULL)
        status = gd__fail_memory("training");
    for (int i = 0; i < workers && status == GD_OK; i++)
        status = gd__words_worker_make(&trainer, workers == 1, &worker[i]);
    if (status == GD_OK)
        status = run_rounds(&trainer, workers, worker);
    if (status == GD_OK)
        status = finish(&trainer, out);
    if (status == GD_OK && opts.checkpoint != NULL)
        unlink(opts.checkpoint);
    for (int i = 0; i < workers && worker != NULL; i++)
        gd__words_worker_free(&worker[i]);
    gd__free(worker);
    gd__words_trainer_free(&trainer);
    return status;
}
