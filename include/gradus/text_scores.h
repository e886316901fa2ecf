// Scores of texts: how far sentences that were recognised or translated are from those that are right. Texts are UTF-8;
// what is not becomes U+FFFD. Metrics of networks stand in gradus/metric.h.
#ifndef GRADUS_TEXT_SCORES_H
#define GRADUS_TEXT_SCORES_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// The fewest changes that make `b` of `a` (Levenshtein 1966).
typedef struct gd_edits {
    int64_t distance; // insertions + deletions + substitutions
    int64_t insertions, deletions, substitutions;
} gd_edits;
// Between two sequences of symbols. Of equally short ways one with substitutions is told.
GD_API GD_MUST_USE gd_status gd_edit_distance(int64_t a_length, const int32_t *a, int64_t b_length, const int32_t *b,
                                              gd_edits *out);
// Between two texts, in code points; or in words, which are what stands between white space.
GD_API GD_MUST_USE gd_status gd_edit_distance_text(const char *a, const char *b, bool words, gd_edits *out);

// The changes over all of `count` pairs, divided by the words, or by the code points without white space at the ends,
// of all references. May be above 1. NAN where the references have none.
GD_API GD_MUST_USE gd_status gd_word_error_rate(int64_t count, const char *const *reference,
                                                const char *const *hypothesis, double *value);
GD_API GD_MUST_USE gd_status gd_character_error_rate(int64_t count, const char *const *reference,
                                                     const char *const *hypothesis, double *value);

// What BLEU takes for a word, by sacrebleu's names: "13a" (mteval-v13a, for most languages), "zh" (each Chinese
// character by itself, the rest as 13a), "char", "none" (what stands between white space).
typedef enum gd_word_rule { GD_WORDS_13A = 0, GD_WORDS_ZH, GD_WORDS_CHAR, GD_WORDS_NONE } gd_word_rule;
// GD_ERROR_ARGUMENT with those there are.
GD_API GD_MUST_USE gd_status gd_word_rule_named(const char *name, gd_word_rule *out);

enum { GD_BLEU_ORDER = 4 };
typedef struct gd_bleu_opts {
    gd_word_rule words;
    bool effective_order; // lengths of which there is nothing in the hypothesis count nothing: for single sentences
} gd_bleu_opts;
typedef struct gd_bleu {
    double score;                    // 0 to 100
    double precision[GD_BLEU_ORDER]; // of 1 … 4 words, 0 to 100, smoothed
    double brevity;                  // penalty, up to 1
    int64_t hypothesis_words, reference_words;
} gd_bleu;
// BLEU of a corpus (Papineni, Roukos, Ward and Zhu 2002), equal to sacrebleu's (Post 2018) with exponential smoothing.
// Sentence i has the references reference[i], reference[count + i] …, `references` of them.
GD_API GD_MUST_USE gd_status gd_bleu_measure(int64_t count, const char *const *hypothesis, int references,
                                             const char *const *reference, gd_bleu_opts opts, gd_bleu *out);

enum { GD_CHRF_MOST = 8 };
typedef struct gd_chrf_opts {
    int character_order; // 0: 6
    int word_order;      // 0: chrF; 2: chrF++
    double beta;         // how much more recall counts than precision; 0: 2
} gd_chrf_opts;
// chrF of a corpus (Popović 2015), equal to sacrebleu's, 0 to 100: of several references that which fits best.
GD_API GD_MUST_USE gd_status gd_chrf(int64_t count, const char *const *hypothesis, int references,
                                     const char *const *reference, gd_chrf_opts opts, double *value);

#ifdef __cplusplus
}
#endif
#endif
