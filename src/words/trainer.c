#include "words/trainer.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"

// ---- Options

static gd_status complete(gd_words_opts *o)
{
    const gd_words_opts given = *o;
    if (o->model != GD_WORDS_CBOW && o->model != GD_WORDS_SKIP_GRAM)
        return gd__fail(GD_ERROR_ARGUMENT, "model %d: expected CBOW or skip-gram", (int)o->model);
    o->size = o->size == 0 ? 100 : o->size;
    o->window = o->window == 0 ? 5 : o->window;
    o->negative = o->negative == 0 ? 5 : o->negative < 0 ? 0 : o->negative;
    o->sample = o->sample == 0 ? 1e-3 : o->sample < 0 ? 0 : o->sample;
    o->least = o->least == 0 ? 5 : o->least;
    o->epochs = o->epochs == 0 ? 5 : o->epochs;
    o->learning_rate = o->learning_rate != 0 ? o->learning_rate : o->model == GD_WORDS_CBOW ? 0.05 : 0.025;
    o->buckets = o->longest == 0 ? 0 : o->buckets == 0 ? 2000000 : o->buckets;
    o->checkpoint_seconds = o->checkpoint_seconds == 0 ? 60 : o->checkpoint_seconds;
    static const struct {
        const char *name;
        size_t at;
        int64_t low, high;
    } whole[] = {
        {"size", offsetof(gd_words_opts, size), 1, 65536},
        {"window", offsetof(gd_words_opts, window), 1, GD__WORDS_WINDOW},
        {"negative", offsetof(gd_words_opts, negative), 0, GD__WORDS_NEGATIVE},
        {"least", offsetof(gd_words_opts, least), 1, INT64_MAX},
        {"most", offsetof(gd_words_opts, most), 0, INT32_MAX},
        {"epochs", offsetof(gd_words_opts, epochs), 1, 1000000},
        {"longest", offsetof(gd_words_opts, longest), 0, 64},
        {"shortest", offsetof(gd_words_opts, shortest), 0, 64},
        {"buckets", offsetof(gd_words_opts, buckets), 0, INT32_MAX},
    };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        const int64_t value = *(const int64_t *)(const void *)((const char *)o + whole[i].at);
        if (value < whole[i].low || value > whole[i].high)
            return gd__fail(GD_ERROR_ARGUMENT, "%s is %lld: expected %lld to %lld", whole[i].name, (long long)value,
                            (long long)whole[i].low, (long long)whole[i].high);
    }
    if (!(o->learning_rate > 0 && o->learning_rate <= 10) || !(o->sample >= 0 && o->sample <= 1))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "a learning rate of %g and a sample of %g: expected above 0 to 10, and 0 to 1",
                        given.learning_rate, given.sample);
    if (o->negative == 0 && !o->hierarchical_softmax)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "neither words are drawn (negative) nor is there a hierarchical softmax: one "
                        "of them is needed");
    if (o->longest > 0 && (o->shortest < 1 || o->shortest > o->longest))
        return gd__fail(GD_ERROR_ARGUMENT, "parts of words of %lld to %lld letters: expected 1 and more",
                        (long long)o->shortest, (long long)o->longest);
    return GD_OK;
}

// ---- Memory

static int64_t width_of(int64_t size)
{
    return (size + GD__WORDS_LANES - 1) / GD__WORDS_LANES * GD__WORDS_LANES;
}

int64_t gd_words_memory(const gd_corpus *corpus, gd_words_opts opts)
{
    GD__NEEDS(corpus, 0);
    if (complete(&opts) != GD_OK)
        return 0;
    const int64_t count = gd__word_rows(corpus, &opts), row = width_of(opts.size) * (int64_t)sizeof(float);
    const int64_t matrices = 1 + (opts.negative > 0) + opts.hierarchical_softmax;
    return (count * matrices + opts.buckets) * row + count * opts.size * (int64_t)sizeof(float) +
           gd__word_tables_memory(corpus, count, opts.hierarchical_softmax);
}

static float *matrix(int64_t rows, int64_t width)
{
    size_t size;
    return rows < 1 || !gd__multiply((size_t)rows, (size_t)width, &size) ? NULL : gd__alloc_zeroed(size, sizeof(float));
}

static void begin_rows(void *context, int64_t begin, int64_t end)
{
    const gd__words_trainer *t = context;
    // word2vec's range, and fastText's.
    const float range = (t->part != NULL ? 2.0F : 1.0F) / (float)t->opts.size;
    for (int64_t i = begin; i < end; i++)
        for (int64_t at = 0; at < t->opts.size; at += 4) {
            uint32_t word[4];
            gd__philox(t->opts.seed, (uint64_t)at, (uint64_t)i, word);
            for (int64_t j = 0; j < 4 && at + j < t->opts.size; j++)
                t->input[i * t->width + at + j] = ((float)(word[j] >> 8) * 0x1p-24F - 0.5F) * range;
        }
}

// ---- Parts of words

static gd_status make_parts(gd__words_trainer *t)
{
    const gd__word_parts parts = {t->opts.shortest, t->opts.longest, t->opts.buckets};
    const int64_t count = t->tables.count;
    int32_t *bucket = gd__alloc(GD__WORD_PARTS * sizeof *bucket);
    int64_t room = 0, used = 0;
    t->part_begin = gd__alloc((size_t)(count + 1) * sizeof *t->part_begin);
    bool good = bucket != NULL && t->part_begin != NULL;
    for (int64_t i = 0; i < count && good; i++) {
        const int found = gd__parts_of(&parts, gd__lexicon_word(&t->corpus->lexicon, t->tables.number[i]), bucket);
        t->part_begin[i] = used;
        for (int k = -1; k < found && good; k++) {
            good = gd__grow_long((void **)&t->part, &room, used, sizeof *t->part);
            if (good)
                t->part[used++] = (int32_t)(k < 0 ? i : count + bucket[k]);
        }
        t->part_begin[i + 1] = used;
    }
    gd__free(bucket);
    return good ? GD_OK : gd__fail_memory("the parts of words");
}

int64_t gd__words_parts_most(const gd__words_trainer *t)
{
    int64_t most = 1;
    for (int64_t i = 0; t->part != NULL && i < t->tables.count; i++)
        if (t->part_begin[i + 1] - t->part_begin[i] > most)
            most = t->part_begin[i + 1] - t->part_begin[i];
    return most;
}

// ---- Slices

// Slices end where a line does, unless it is long.
static gd_status make_slices(gd__words_trainer *t)
{
    const gd_corpus *c = t->corpus;
    int64_t room = 0, words = 0;
    for (int64_t at = 0; at < c->count;) {
        gd__words_slice slice = {.begin = at, .before = words};
        int64_t end = at + GD__WORDS_SLICE < c->count ? at + GD__WORDS_SLICE : c->count;
        for (int more = 0; more < GD__WORDS_SENTENCE && end < c->count && c->token[end - 1] != GD__LINE_END; more++)
            end++;
        for (; at < end; at++)
            words += c->token[at] != GD__LINE_END && t->tables.row[c->token[at]] >= 0;
        slice.end = end;
        if (!gd__grow_long((void **)&t->slice, &room, t->slice_count, sizeof *t->slice))
            return gd__fail_memory("the pieces of a text");
        t->slice[t->slice_count++] = slice;
    }
    return GD_OK;
}

// ---- All

gd_status gd__words_trainer_make(const gd_corpus *corpus, gd_words_opts opts, gd__words_trainer *t)
{
    *t = (gd__words_trainer){.corpus = corpus, .opts = opts};
    pthread_mutex_init(&t->lock, NULL);
    gd_status status = complete(&t->opts);
    if (status != GD_OK)
        return status;
    if (gd__word_rows(corpus, &t->opts) < 1)
        return gd__fail(GD_ERROR_FORMAT, "of %s different words none is there %lld times: nothing can be learned",
                        gd_count_text(corpus->lexicon.count).text, (long long)t->opts.least);
    status = gd__word_tables_make(corpus, &t->opts, &t->tables);
    if (status == GD_OK && t->opts.longest > 0)
        status = make_parts(t);
    if (status == GD_OK)
        status = make_slices(t);
    if (status == GD_OK) {
        const gd__words_kernel *list[GD__WORDS_KERNELS];
        gd__words_kernels(list);
        t->kernel = list[0];
        t->width = width_of(t->opts.size);
        t->input_rows = t->tables.count + t->opts.buckets;
        t->input = matrix(t->input_rows, t->width);
        t->output = t->opts.negative > 0 ? matrix(t->tables.count, t->width) : NULL;
        t->tree = t->opts.hierarchical_softmax ? matrix(t->tables.count, t->width) : NULL;
        if (t->input == NULL || (t->opts.negative > 0 && t->output == NULL) ||
            (t->opts.hierarchical_softmax && t->tree == NULL))
            status = gd__fail(GD_ERROR_MEMORY, "out of memory for the vectors of %s words, which take %s",
                              gd_count_text(t->tables.count).text,
                              gd_bytes_text((double)gd_words_memory(corpus, opts)).text);
        else
            gd__parallel(t->input_rows, 256, begin_rows, t);
    }
    if (status != GD_OK)
        gd__words_trainer_free(t);
    return status;
}

void gd__words_trainer_free(gd__words_trainer *t)
{
    gd__word_tables_free(&t->tables);
    gd__free(t->input);
    gd__free(t->output);
    gd__free(t->tree);
    gd__free(t->part_begin);
    gd__free(t->part);
    gd__free(t->slice);
    pthread_mutex_destroy(&t->lock);
    *t = (gd__words_trainer){0};
}

// ---- Workers

// `alone`: no other thread trains, and nothing is kept from it.
gd_status gd__words_worker_make(gd__words_trainer *t, bool alone, gd__words_worker *w)
{
    const int64_t rows = 2 * t->opts.window * gd__words_parts_most(t);
    float *const shared[GD__WORDS_MATRICES] = {t->input, t->output, t->tree};
    *w = (gd__words_worker){.trainer = t};
    w->hot = alone ? 0 : t->tables.count < GD__WORDS_HOT ? t->tables.count : GD__WORDS_HOT;
    w->spare = gd__alloc_zeroed((size_t)(3 * t->width), sizeof *w->spare);
    w->row = gd__alloc((size_t)rows * sizeof(float *));
    w->hot_memory = gd__alloc((size_t)(2 * GD__WORDS_MATRICES * w->hot * t->width) * sizeof *w->hot_memory);
    if (w->spare == NULL || w->row == NULL || w->hot_memory == NULL) {
        gd__words_worker_free(w);
        return gd__fail_memory("training");
    }
    const int64_t copy = w->hot * t->width;
    for (int m = 0; m < GD__WORDS_MATRICES; m++) {
        w->matrix[m] = (gd__words_hot){shared[m], w->hot_memory + 2 * m * copy, w->hot_memory + (2 * m + 1) * copy};
        if (shared[m] == NULL)
            continue;
        memcpy(w->matrix[m].own, shared[m], (size_t)copy * sizeof(float));
        memcpy(w->matrix[m].was, shared[m], (size_t)copy * sizeof(float));
    }
    w->hidden = w->spare + t->width;
    w->change = w->hidden + t->width;
    w->step.width = (t->opts.size + t->kernel->lanes - 1) / t->kernel->lanes * t->kernel->lanes;
    w->step.spare = w->spare;
    return GD_OK;
}

void gd__words_merge(gd__words_worker *w)
{
    gd__words_trainer *t = w->trainer;
    pthread_mutex_lock(&t->lock);
    for (int m = 0; m < GD__WORDS_MATRICES; m++) {
        const gd__words_hot *hot = &w->matrix[m];
        if (hot->shared != NULL)
            t->kernel->merge(w->hot * t->width, hot->shared, hot->own, hot->was);
    }
    pthread_mutex_unlock(&t->lock);
    w->since = 0;
}

void gd__words_worker_free(gd__words_worker *w)
{
    gd__free(w->spare);
    gd__free(w->row);
    gd__free(w->hot_memory);
    *w = (gd__words_worker){0};
}
