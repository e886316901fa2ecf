// Word vectors out of binary files: word2vec's, and fastText's.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "words/file.h"

// ---- word2vec: a word, a blank, and its numbers. word2vec writes a line's end behind each, gensim does not.

gd_status gd__words_take_binary(gd__words_file *f, size_t at, int64_t count, gd_words *w)
{
    const size_t bytes = (size_t)w->size * sizeof(float);
    if ((uint64_t)count > (f->size - at) / (bytes + 2))
        return gd__fail(GD_ERROR_FORMAT, "%s: %lld words of %lld numbers do not fit into %s", f->path, (long long)count,
                        (long long)w->size, gd_bytes_text((double)f->size).text);
    w->place = gd__alloc((size_t)count * sizeof *w->place);
    if (w->place == NULL)
        return gd__fail_memory("the places of vectors");
    for (int64_t i = 0; i < count; i++) {
        while (at < f->size && f->data[at] == '\n')
            at++;
        const size_t left = f->size - at, most = left < GD__WORD_BYTES + 1 ? left : GD__WORD_BYTES + 1;
        const char *blank = memchr(f->data + at, ' ', most);
        if (blank == NULL || (size_t)(f->data + f->size - blank) - 1 < bytes)
            return gd__fail(GD_ERROR_FORMAT, "%s: it ends, or has no blank, within word %lld of %lld", f->path,
                            (long long)i + 1, (long long)count);
        bool added = false;
        const gd_status status = gd__words_add(f, w, i, f->data + at, (size_t)(blank - (f->data + at)), &added);
        if (status != GD_OK)
            return status;
        at = (size_t)(blank - f->data) + 1;
        if (added)
            w->place[w->lexicon.count - 1] = (int64_t)at;
        at += bytes;
    }
    while (at < f->size && f->data[at] == '\n')
        at++;
    if (at != f->size)
        return gd__fail(GD_ERROR_FORMAT, "%s goes on behind the %lld words that the first line says", f->path,
                        (long long)count);
    if (f->mapped) {
        w->map = f->data;
        w->map_size = f->size;
        f->kept = true;
        return GD_OK;
    }
    w->own = gd__alloc((size_t)w->lexicon.count * bytes);
    if (w->own == NULL)
        return gd__fail_memory("word vectors");
    for (int64_t i = 0; i < w->lexicon.count; i++)
        memcpy(w->own + i * w->size, f->data + w->place[i], bytes);
    gd__free(w->place);
    w->place = NULL;
    return GD_OK;
}

// ---- fastText, version 12: options, dictionary, input matrix (words, then buckets), output matrix

typedef struct cursor {
    const gd__words_file *file;
    size_t at;
    bool short_of; // the file ends before
} cursor;

static void get(cursor *c, void *to, size_t size)
{
    memset(to, 0, size);
    c->short_of = c->short_of || c->file->size - c->at < size;
    if (!c->short_of) {
        memcpy(to, c->file->data + c->at, size);
        c->at += size;
    }
}

static int32_t get_int(cursor *c)
{
    int32_t value;
    get(c, &value, sizeof value);
    return value;
}

static int64_t get_long(cursor *c)
{
    int64_t value;
    get(c, &value, sizeof value);
    return value;
}

// Words come first, labels of a classifier behind them.
static gd_status take_dictionary(cursor *c, gd_words *w)
{
    const int32_t entries = get_int(c), words = get_int(c);
    get_int(c);  // labels
    get_long(c); // tokens
    const int64_t pruned = get_long(c);
    if (c->short_of || words < 1 || entries < words || (uint64_t)entries > c->file->size / 10)
        return gd__fail(GD_ERROR_FORMAT, "%s: a dictionary of %d entries, %d of them words, does not fit into the file",
                        c->file->path, (int)entries, (int)words);
    if (pruned > 0)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: its parts of words were pruned, which is not read", c->file->path);
    for (int32_t i = 0; i < entries; i++) {
        const char *word = c->file->data + c->at;
        const size_t left = c->file->size - c->at;
        const size_t length = strnlen(word, left < GD__WORD_BYTES + 1 ? left : GD__WORD_BYTES + 1);
        if (length == left)
            return gd__fail(GD_ERROR_FORMAT, "%s: it ends within its dictionary", c->file->path);
        bool added = true;
        if (i < words) {
            const gd_status status = gd__words_add(c->file, w, i, word, length, &added);
            if (status != GD_OK)
                return status;
        }
        if (!added || length > GD__WORD_BYTES)
            return gd__fail(GD_ERROR_FORMAT, "%s: word %d is there twice, or too long", c->file->path, (int)i + 1);
        c->at += length + 1;
        const int64_t seen = get_long(c);
        char kind;
        get(c, &kind, 1);
        if (i < words)
            w->lexicon.entry[i].seen = seen < 0 ? 0 : seen;
    }
    return GD_OK;
}

static gd_status take_matrix(cursor *c, gd_words *w)
{
    char quantised;
    get(c, &quantised, 1);
    if (quantised != 0)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: its vectors are quantised, which is not read", c->file->path);
    const int64_t rows = get_long(c), width = get_long(c), words = w->lexicon.count;
    const uint64_t left = (c->file->size - c->at) / sizeof(float);
    if (c->short_of || width != w->size || rows != words + w->parts.buckets || (uint64_t)rows > left / (uint64_t)width)
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: a matrix of %lld rows of %lld numbers: expected %lld words and %lld buckets, of %lld, and "
                        "a file that holds them",
                        c->file->path, (long long)rows, (long long)width, (long long)words, (long long)w->parts.buckets,
                        (long long)w->size);
    const char *data = c->file->data + c->at;
    const size_t row = (size_t)width * sizeof(float);
    w->own = gd__alloc((size_t)words * row);
    w->bucket = gd__alloc((size_t)w->parts.buckets * row);
    if (w->own == NULL || w->bucket == NULL)
        return gd__fail_memory("word vectors");
    memcpy(w->own, data, (size_t)words * row);
    memcpy(w->bucket, data + (size_t)words * row, (size_t)w->parts.buckets * row);
    c->at += (size_t)rows * row;
    return GD_OK;
}

// Only training needs the outputs; but a file without them is cut short.
static gd_status pass_outputs(cursor *c)
{
    char quantised;
    get(c, &quantised, 1);
    const int64_t rows = get_long(c), width = get_long(c);
    const uint64_t left = c->file->size - c->at;
    if (!c->short_of && quantised == 0 && rows >= 0 && width >= 1 && width <= 65536 &&
        left / sizeof(float) / (uint64_t)width >= (uint64_t)rows)
        return GD_OK;
    return gd__fail(GD_ERROR_FORMAT, "%s: it ends within its second matrix", c->file->path);
}

// A word's vector is the mean of its own row and those of its parts.
static gd_status add_parts(gd_words *w)
{
    int32_t *bucket = gd__alloc(GD__WORD_PARTS * sizeof *bucket);
    if (bucket == NULL)
        return gd__fail_memory("the parts of a word");
    for (int64_t i = 0; i < w->lexicon.count; i++) {
        const int count = gd__parts_of(&w->parts, gd__lexicon_word(&w->lexicon, i), bucket);
        float *to = w->own + i * w->size;
        for (int64_t j = 0; j < w->size; j++) {
            for (int k = 0; k < count; k++)
                to[j] += w->bucket[bucket[k] * w->size + j];
            to[j] /= (float)(count + 1);
        }
    }
    gd__free(bucket);
    return GD_OK;
}

gd_status gd__words_take_fasttext(const gd__words_file *f, gd_words *w)
{
    cursor c = {.file = f, .at = 4};
    const int32_t version = get_int(&c);
    int32_t option[12];
    double sample;
    get(&c, option, sizeof option);
    get(&c, &sample, sizeof sample);
    w->size = option[0];
    w->parts = (gd__word_parts){option[9], option[10], option[8]};
    if (w->parts.longest <= 0)
        w->parts = (gd__word_parts){0};
    if (c.short_of || version != 12)
        return gd__fail(GD_ERROR_FORMAT, "%s: fastText's format %d: expected 12", f->path, (int)version);
    if (w->size < 1 || w->size > 65536 || w->parts.longest > 64 || w->parts.buckets < 0 ||
        (w->parts.longest > 0 &&
         (w->parts.shortest < 1 || w->parts.shortest > w->parts.longest || w->parts.buckets < 1)))
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: vectors of %d numbers, parts of %d to %d letters in %d buckets make no "
                        "sense",
                        f->path, (int)option[0], (int)option[9], (int)option[10], (int)option[8]);
    gd_status status = take_dictionary(&c, w);
    if (status == GD_OK)
        status = take_matrix(&c, w);
    if (status == GD_OK)
        status = pass_outputs(&c);
    return status == GD_OK && w->parts.longest > 0 ? add_parts(w) : status;
}
