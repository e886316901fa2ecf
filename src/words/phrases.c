// Pairs of words that belong together, joined (Mikolov et al. 2013, section 4; word2phrase).
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "words/corpus.h"

// How often pairs of words that follow each other are there: open addressing by both numbers.
typedef struct pairs {
    int64_t count, slot_count;
    uint64_t *key; // 0: free; else both numbers plus 1
    int64_t *seen;
} pairs;

static int64_t slot_of(const pairs *p, uint64_t key)
{
    uint64_t h = key * 0x9E3779B97F4A7C15u;
    const int64_t mask = p->slot_count - 1;
    for (int64_t at = (int64_t)((h ^ h >> 32) & (uint64_t)mask);; at = (at + 1) & mask)
        if (p->key[at] == 0 || p->key[at] == key)
            return at;
}

static bool more_slots(pairs *p)
{
    const pairs old = *p;
    p->slot_count = old.slot_count == 0 ? 1 << 16 : old.slot_count * 2;
    p->key = gd__alloc_zeroed((size_t)p->slot_count, sizeof *p->key);
    p->seen = gd__alloc_zeroed((size_t)p->slot_count, sizeof *p->seen);
    if (p->key == NULL || p->seen == NULL) {
        gd__free(p->key);
        gd__free(p->seen);
        *p = old;
        return false;
    }
    for (int64_t i = 0; i < old.slot_count; i++)
        if (old.key[i] != 0) {
            const int64_t at = slot_of(p, old.key[i]);
            p->key[at] = old.key[i];
            p->seen[at] = old.seen[i];
        }
    gd__free(old.key);
    gd__free(old.seen);
    return true;
}

static uint64_t key_of(int32_t a, int32_t b)
{
    return ((uint64_t)a + 1) << 32 | ((uint64_t)b + 1);
}

static bool count_pairs(const gd_corpus *c, pairs *p)
{
    for (int64_t i = 0; i + 1 < c->count; i++) {
        if (c->token[i] == GD__LINE_END || c->token[i + 1] == GD__LINE_END)
            continue;
        if (p->count * 2 >= p->slot_count && !more_slots(p))
            return false;
        const uint64_t key = key_of(c->token[i], c->token[i + 1]);
        const int64_t at = slot_of(p, key);
        p->count += p->key[at] == 0;
        p->key[at] = key;
        p->seen[at]++;
    }
    return true;
}

static bool belong_together(const gd_corpus *c, const pairs *p, gd_phrase_opts opts, int32_t a, int32_t b)
{
    const gd__lexicon_entry *x = &c->lexicon.entry[a], *y = &c->lexicon.entry[b];
    if (x->seen < opts.least || y->seen < opts.least || x->length + y->length + 1 > GD__WORD_BYTES)
        return false;
    const int64_t together = p->seen[slot_of(p, key_of(a, b))];
    return (double)(together - opts.least) / (double)x->seen / (double)y->seen * (double)c->length > opts.threshold;
}

static bool add_word(const gd_corpus *from, int32_t a, int32_t b, gd_corpus *to)
{
    const gd__lexicon_entry *x = &from->lexicon.entry[a];
    if (b < 0)
        return gd__corpus_add(to, from->lexicon.pool + x->text, x->length);
    char text[GD__WORD_BYTES];
    const gd__lexicon_entry *y = &from->lexicon.entry[b];
    memcpy(text, from->lexicon.pool + x->text, (size_t)x->length);
    text[x->length] = '_';
    memcpy(text + x->length + 1, from->lexicon.pool + y->text, (size_t)y->length);
    return gd__corpus_add(to, text, x->length + 1 + y->length);
}

gd_status gd_corpus_join(const gd_corpus *corpus, gd_phrase_opts opts, gd_corpus **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(corpus, GD_ERROR_ARGUMENT);
    if (opts.least < 0 || !(opts.threshold >= 0))
        return gd__fail(GD_ERROR_ARGUMENT, "pairs seen %lld times at least, a threshold of %g: expected 0 and more",
                        (long long)opts.least, opts.threshold);
    opts.least = opts.least == 0 ? 5 : opts.least;
    opts.threshold = opts.threshold == 0 ? 100 : opts.threshold;
    pairs p = {0};
    gd_corpus *joined = gd__alloc_zeroed(1, sizeof *joined);
    bool good = joined != NULL && more_slots(&p) && count_pairs(corpus, &p);
    gd_status status = GD_OK;
    for (int64_t i = 0; i < corpus->count && good && status == GD_OK; i++) {
        const int32_t a = corpus->token[i];
        const int32_t b = a != GD__LINE_END && i + 1 < corpus->count ? corpus->token[i + 1] : GD__LINE_END;
        if (a == GD__LINE_END) {
            good = gd__corpus_end_line(joined);
            continue;
        }
        const bool pair = b != GD__LINE_END && belong_together(corpus, &p, opts, a, b);
        good = add_word(corpus, a, pair ? b : -1, joined);
        i += pair;
        if (i % 65536 == 0)
            status = gd__progress("joining words", i, corpus->count);
    }
    gd__free(p.key);
    gd__free(p.seen);
    if (!good)
        status = gd__fail_memory("pairs of words");
    if (status != GD_OK) {
        gd_corpus_free(joined);
        return status;
    }
    *out = joined;
    return GD_OK;
}
