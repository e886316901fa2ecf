#include "words/vectors.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cpu/simd.h"

GD__FUSE_PRODUCTS

gd_words *gd__words_new(int64_t size)
{
    gd_words *w = gd__alloc_zeroed(1, sizeof *w);
    if (w != NULL) {
        w->size = size;
        pthread_mutex_init(&w->lock, NULL);
    }
    return w;
}

void gd_words_free(gd_words *w)
{
    if (w == NULL)
        return;
    if (w->map != NULL)
        munmap((void *)(uintptr_t)w->map, w->map_size);
    pthread_mutex_destroy(&w->lock);
    gd__lexicon_free(&w->lexicon);
    gd__free(w->own);
    gd__free(w->place);
    gd__free(w->bucket);
    gd__free(w->inverse);
    gd__free(w);
}

gd_status gd_words_create(int64_t count, int64_t size, const char *const *word, const float *vector, gd_words **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(word, GD_ERROR_ARGUMENT);
    GD__NEEDS(vector, GD_ERROR_ARGUMENT);
    if (count < 1 || size < 1 || count > INT32_MAX || size > INT32_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld words with vectors of %lld numbers: expected 1 and more of each",
                        (long long)count, (long long)size);
    gd_words *w = gd__words_new(size);
    if (w != NULL)
        w->own = gd__copy_block(vector, (size_t)(count * size) * sizeof *vector);
    gd_status status = w != NULL && w->own != NULL ? GD_OK : gd__fail_memory("word vectors");
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        const size_t length = word[i] == NULL ? 0 : strlen(word[i]);
        if (length == 0 || length > GD__WORD_BYTES)
            status = gd__fail(GD_ERROR_ARGUMENT, "word %lld is %s: expected 1 to %d bytes", (long long)i,
                              word[i] == NULL ? "NULL"
                              : length == 0   ? "empty"
                                              : "too long",
                              GD__WORD_BYTES);
        else if (gd__lexicon_find(&w->lexicon, word[i], (int32_t)length) >= 0)
            status = gd__fail(GD_ERROR_ARGUMENT, "'%.60s' is there twice", word[i]);
        else if (gd__lexicon_add(&w->lexicon, word[i], (int32_t)length) < 0)
            status = gd__fail_memory("word vectors");
    }
    if (status != GD_OK) {
        gd_words_free(w);
        return status;
    }
    *out = w;
    return GD_OK;
}

int64_t gd_words_count(const gd_words *words)
{
    GD__NEEDS(words, 0);
    return words->lexicon.count;
}

int64_t gd_words_size(const gd_words *words)
{
    GD__NEEDS(words, 0);
    return words->size;
}

const char *gd_words_word(const gd_words *words, int64_t i)
{
    GD__NEEDS(words, NULL);
    return i >= 0 && i < words->lexicon.count ? gd__lexicon_word(&words->lexicon, i) : NULL;
}

int64_t gd_words_find(const gd_words *words, const char *word)
{
    GD__NEEDS(words, -1);
    GD__NEEDS(word, -1);
    const size_t length = strlen(word);
    return length > GD__WORD_BYTES ? -1 : gd__lexicon_find(&words->lexicon, word, (int32_t)length);
}

int64_t gd_words_frequency(const gd_words *words, int64_t i)
{
    GD__NEEDS(words, 0);
    return i >= 0 && i < words->lexicon.count ? words->lexicon.entry[i].seen : 0;
}

void gd__words_copy(const gd_words *w, int64_t i, float *to)
{
    const void *from = w->own != NULL ? (const void *)(w->own + i * w->size) : (const void *)(w->map + w->place[i]);
    memcpy(to, from, (size_t)w->size * sizeof *to);
}

// The mean of the parts of a word that was never seen.
static gd_status from_parts(const gd_words *w, const char *word, float *vector)
{
    int32_t *bucket = gd__alloc(GD__WORD_PARTS * sizeof *bucket);
    if (bucket == NULL)
        return gd__fail_memory("the parts of a word");
    const int count = gd__parts_of(&w->parts, word, bucket);
    memset(vector, 0, (size_t)w->size * sizeof *vector);
    for (int i = 0; i < count; i++)
        for (int64_t j = 0; j < w->size; j++)
            vector[j] += w->bucket[bucket[i] * w->size + j] / (float)count;
    gd__free(bucket);
    return count > 0 ? GD_OK : gd__fail(GD_ERROR_ARGUMENT, "'%.60s' was never seen, and has no parts", word);
}

gd_status gd_words_vector(const gd_words *words, const char *word, float *vector)
{
    GD__NEEDS(words, GD_ERROR_ARGUMENT);
    GD__NEEDS(word, GD_ERROR_ARGUMENT);
    GD__NEEDS(vector, GD_ERROR_ARGUMENT);
    const int64_t i = gd_words_find(words, word);
    if (i < 0)
        return words->parts.longest > 0 ? from_parts(words, word, vector)
                                        : gd__fail(GD_ERROR_ARGUMENT, "'%.60s' is not among the %lld words", word,
                                                   (long long)words->lexicon.count);
    gd__words_copy(words, i, vector);
    return GD_OK;
}

// ---- Lengths

GD__LOOP_OF(float, square_sum, (const float *x, int64_t n), (x, n))
{
    float sum = 0;
    GD__SIMD(reduction(+ : sum))
    for (int64_t j = 0; j < n; j++)
        sum += x[j] * x[j];
    return sum;
}

typedef struct lengths {
    const gd_words *words;
    float *inverse, *line; // (workers, size)
} lengths;

static void measure(void *context, int64_t begin, int64_t end)
{
    const lengths *l = context;
    float *line = l->line + gd__worker() * l->words->size;
    for (int64_t i = begin; i < end; i++) {
        gd__words_copy(l->words, i, line);
        const float length = sqrtf(square_sum(line, l->words->size));
        l->inverse[i] = length > 0 && isfinite(length) ? 1 / length : 0;
    }
}

const float *gd__words_inverse(const gd_words *words)
{
    gd_words *w = (gd_words *)(uintptr_t)words; // what is made once is hidden from those who ask
    pthread_mutex_lock(&w->lock);
    if (w->inverse == NULL) {
        lengths l = {w, gd__alloc((size_t)w->lexicon.count * sizeof(float)),
                     gd__alloc((size_t)gd__workers() * (size_t)w->size * sizeof(float))};
        if (l.inverse != NULL && l.line != NULL) {
            gd__parallel(w->lexicon.count, 1024, measure, &l);
            w->inverse = l.inverse;
        } else {
            gd__free(l.inverse);
        }
        gd__free(l.line);
    }
    const float *inverse = w->inverse;
    pthread_mutex_unlock(&w->lock);
    if (inverse == NULL)
        gd__fail_memory("the lengths of vectors");
    return inverse;
}
