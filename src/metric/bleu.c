#include <math.h>
#include <stdlib.h>

#include <gradus/text_scores.h>

#include "base/error.h"
#include "metric/ngrams.h"
#include "metric/word_rules.h"

enum { ORDER = GD_BLEU_ORDER };

// What a corpus has added up to.
typedef struct {
    int64_t right[ORDER], said[ORDER]; // runs of words
    int64_t hypothesis, reference;     // words
} counts;

// The words of a text as numbers of a tree.
static bool take_words(const char *text, gd_word_rule rule, gd__word_tree *words, gd__codes *out)
{
    gd__codes codes = {0};
    int64_t at = 0, begin, end;
    bool good = gd__split_words(text, rule, &codes);
    out->count = 0;
    while (good && gd__next_word(&codes, &at, &begin, &end)) {
        int32_t node = 0;
        for (int64_t i = begin; i < end && node >= 0; i++)
            node = gd__word_tree_child(words, node, codes.code[i]);
        good = node >= 0 && gd__codes_add(out, node);
    }
    gd__codes_free(&codes);
    return good;
}

// Of references whose lengths are equally near, the shorter one counts.
static int64_t nearer(int64_t length, int64_t best, int64_t other)
{
    const int64_t to_best = llabs(length - best), to_other = llabs(length - other);
    return to_other < to_best || (to_other == to_best && other < best) ? other : best;
}

static bool add_sentence(const char *hypothesis, int references, const char *const *reference, int64_t apart,
                         gd_word_rule rule, counts *c)
{
    gd__word_tree words = {0};
    gd__ngrams n = {0};
    gd__codes text = {0};
    int64_t unused[ORDER] = {0}, nearest = 0;
    bool good = take_words(hypothesis, rule, &words, &text);
    const int64_t length = text.count;
    good = good && gd__ngrams_count(&n, GD__IN_HYPOTHESIS, length, text.code, ORDER);
    for (int r = 0; r < references && good; r++) {
        good = take_words(reference[r * apart], rule, &words, &text) &&
               gd__ngrams_count(&n, GD__IN_ONE, text.count, text.code, ORDER);
        nearest = r == 0 ? text.count : nearer(length, nearest, text.count);
        gd__ngrams_merge(&n);
    }
    if (good)
        gd__ngrams_match(&n, ORDER, c->said, unused, c->right);
    c->hypothesis += length;
    c->reference += nearest;
    gd__ngrams_free(&n);
    gd__word_tree_free(&words);
    gd__codes_free(&text);
    return good;
}

// The geometric mean of the precisions, times the penalty for what is too short. A precision of nothing is half of one
// run of words, then a quarter, and so on (exponential smoothing).
static void finish(const counts *c, bool effective_order, gd_bleu *out)
{
    int order = ORDER;
    double sum = 0, smooth = 1;
    *out = (gd_bleu){.brevity = 1, .hypothesis_words = c->hypothesis, .reference_words = c->reference};
    if (c->hypothesis < c->reference)
        out->brevity = c->hypothesis > 0 ? exp(1 - (double)c->reference / (double)c->hypothesis) : 0;
    if (c->right[0] == 0) // then no longer run is right either
        return;
    for (int i = 0; i < ORDER && c->said[i] > 0; i++) {
        order = effective_order ? i + 1 : order;
        smooth *= c->right[i] == 0 ? 2 : 1;
        out->precision[i] =
            c->right[i] == 0 ? 100 / (smooth * (double)c->said[i]) : 100 * (double)c->right[i] / (double)c->said[i];
    }
    for (int i = 0; i < order; i++)
        sum += log(out->precision[i]); // minus infinity where there is none
    out->score = out->brevity * exp(sum / order);
}

gd_status gd_bleu_measure(int64_t count, const char *const *hypothesis, int references, const char *const *reference,
                          gd_bleu_opts opts, gd_bleu *out)
{
    GD__NEEDS(hypothesis, GD_ERROR_ARGUMENT);
    GD__NEEDS(reference, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    if (references < 1 || count < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_bleu_measure: %lld sentences with %d references", (long long)count,
                        references);
    counts c = {0};
    for (int64_t i = 0; i < count; i++) {
        bool given = hypothesis[i] != NULL;
        for (int r = 0; r < references; r++)
            given = given && reference[r * count + i] != NULL;
        if (!given)
            return gd__fail(GD_ERROR_ARGUMENT, "sentence %lld is NULL", (long long)i);
        if (!add_sentence(hypothesis[i], references, reference + i, count, opts.words, &c))
            return gd__fail_memory("BLEU");
    }
    finish(&c, opts.effective_order, out);
    return GD_OK;
}
