#include <gradus/text_scores.h>
#include <string.h>

#include "base/error.h"
#include "metric/code_points.h"
#include "metric/ngrams.h"

enum { STANDARD_CHARACTERS = 6, MOST = 2 * GD_CHRF_MOST };

// Runs of 1 … characters, and behind them runs of 1 … words.
typedef struct {
    int64_t said[MOST], right[MOST], both[MOST];
} counts;

// The orders and beta, filled in.
typedef struct {
    int characters, words;
    double beta;
} rule;

static double f_score(const rule *r, const counts *c)
{
    const double factor = r->beta * r->beta;
    double precision = 0, recall = 0;
    int orders = 0;
    for (int i = 0; i < r->characters + r->words; i++) {
        if (c->said[i] == 0 || c->right[i] == 0)
            continue;
        precision += (double)c->both[i] / (double)c->said[i];
        recall += (double)c->both[i] / (double)c->right[i];
        orders++;
    }
    if (precision + recall == 0)
        return 0;
    precision /= orders;
    recall /= orders;
    // In sacrebleu's order: references that are equally good are told apart by the last bit.
    const double product = (1 + factor) * precision * recall;
    const double weighted = factor * precision;
    return 100 * (product / (weighted + recall));
}

// Python's string.punctuation
static bool is_punctuation(int32_t code)
{
    return code > ' ' && code < 0x7f && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", (int)code) != NULL;
}

static bool add_word(gd__word_tree *tree, const int32_t *code, int64_t count, gd__codes *out)
{
    int32_t node = 0;
    for (int64_t i = 0; i < count && node >= 0; i++)
        node = gd__word_tree_child(tree, node, code[i]);
    return node >= 0 && gd__codes_add(out, node);
}

// The words of a text, one sign of punctuation at the end of a word, or else at its beginning, apart.
static bool take_words(const gd__codes *codes, gd__word_tree *tree, gd__codes *out)
{
    int64_t at = 0, begin, end;
    bool good = true;
    while (good && gd__next_word(codes, &at, &begin, &end)) {
        const int32_t *word = codes->code + begin;
        const int64_t length = end - begin;
        int64_t first = length;
        if (length > 1 && is_punctuation(word[length - 1]))
            first = length - 1;
        else if (length > 1 && is_punctuation(word[0]))
            first = 1;
        good =
            add_word(tree, word, first, out) && (first == length || add_word(tree, word + first, length - first, out));
    }
    return good;
}

// What one text has, ready to be counted.
typedef struct {
    gd__codes characters, words;
} text;

static void text_free(text *t)
{
    gd__codes_free(&t->characters);
    gd__codes_free(&t->words);
}

static bool take_text(const char *from, const rule *r, gd__word_tree *tree, text *out)
{
    *out = (text){0};
    gd__codes codes = {0};
    bool good = gd__codes_add_text(&codes, from);
    for (int64_t i = 0; i < codes.count && good; i++)
        good = gd__code_is_space(codes.code[i]) || gd__codes_add(&out->characters, codes.code[i]);
    good = good && (r->words == 0 || take_words(&codes, tree, &out->words));
    gd__codes_free(&codes);
    return good;
}

static bool compare(const gd__codes *hypothesis, const gd__codes *reference, int longest, counts *c, int first)
{
    gd__ngrams n = {0};
    const bool good = gd__ngrams_count(&n, GD__IN_HYPOTHESIS, hypothesis->count, hypothesis->code, longest) &&
                      gd__ngrams_count(&n, GD__IN_REFERENCE, reference->count, reference->code, longest);
    if (good)
        gd__ngrams_match(&n, longest, c->said + first, c->right + first, c->both + first);
    for (int i = first; i < first + longest; i++)
        c->said[i] = c->right[i] > 0 ? c->said[i] : 0;
    gd__ngrams_free(&n);
    return good;
}

// The counts against that reference which gives the best score.
static bool add_sentence(const char *hypothesis, int references, const char *const *reference, int64_t apart,
                         const rule *r, counts *total)
{
    gd__word_tree tree = {0};
    text said, right;
    counts best = {0};
    double best_score = -1;
    bool good = take_text(hypothesis, r, &tree, &said);
    for (int i = 0; i < references && good; i++) {
        counts c = {0};
        good = take_text(reference[i * apart], r, &tree, &right) &&
               compare(&said.characters, &right.characters, r->characters, &c, 0) &&
               (r->words == 0 || compare(&said.words, &right.words, r->words, &c, r->characters));
        text_free(&right);
        const double score = f_score(r, &c);
        if (score > best_score) {
            best = c;
            best_score = score;
        }
    }
    text_free(&said);
    gd__word_tree_free(&tree);
    for (int i = 0; i < MOST; i++) {
        total->said[i] += best.said[i];
        total->right[i] += best.right[i];
        total->both[i] += best.both[i];
    }
    return good;
}

gd_status gd_chrf(int64_t count, const char *const *hypothesis, int references, const char *const *reference,
                  gd_chrf_opts opts, double *value)
{
    GD__NEEDS(hypothesis, GD_ERROR_ARGUMENT);
    GD__NEEDS(reference, GD_ERROR_ARGUMENT);
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    const rule r = {.characters = opts.character_order == 0 ? STANDARD_CHARACTERS : opts.character_order,
                    .words = opts.word_order,
                    .beta = opts.beta == 0 ? 2 : opts.beta};
    if (r.characters < 1 || r.characters > GD_CHRF_MOST || r.words < 0 || r.words > GD_CHRF_MOST || !(r.beta > 0))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "gd_chrf: runs of %d characters and %d words, beta %g; at most %d and above 0 "
                        "were expected",
                        r.characters, r.words, r.beta, GD_CHRF_MOST);
    if (references < 1 || count < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "gd_chrf: %lld sentences with %d references", (long long)count, references);
    counts total = {0};
    for (int64_t i = 0; i < count; i++) {
        bool given = hypothesis[i] != NULL;
        for (int k = 0; k < references; k++)
            given = given && reference[k * count + i] != NULL;
        if (!given)
            return gd__fail(GD_ERROR_ARGUMENT, "sentence %lld is NULL", (long long)i);
        if (!add_sentence(hypothesis[i], references, reference + i, count, &r, &total))
            return gd__fail_memory("chrF");
    }
    *value = f_score(&r, &total);
    return GD_OK;
}
