// Decoding: from what a network says at each place of a sequence to the sequence of symbols that is meant.
#ifndef GRADUS_DECODE_H
#define GRADUS_DECODE_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// A sequence of symbols, and how good it is.
typedef struct gd_decoding {
    int64_t length;
    int32_t *symbol;
    double log_probability; // the sum of the logarithms
    double score;           // what decodings are ranked by
} gd_decoding;
// The best first.
typedef struct gd_decodings {
    int count;
    gd_decoding *decoding;
} gd_decodings;
GD_API void gd_decodings_free(gd_decodings *decodings); // leaves it empty; an empty one is fine

// ---- Connectionist temporal classification (gd_ctc): logits (T, C) of one sequence, f32 or f64

// The most probable class of each frame, where equal neighbours are joined and blanks dropped: the labelling of the
// most probable path, whose logarithm is its log_probability. A negative blank counts from the last class, -1. `out`
// becomes one decoding. GD_ERROR_SHAPE where the logits are no such array.
GD_API GD_MUST_USE gd_status gd_ctc_greedy(const gd_array *logits, int64_t blank, gd_decodings *out);

// Says how probable a symbol is behind a prefix, by its logarithm: a language model.
typedef double gd_language_function(void *context, const int32_t *prefix, int64_t length, int32_t symbol);

typedef struct gd_ctc_beam_opts {
    int64_t blank;
    int width;                      // labellings that are kept after each frame; 0: 16
    gd_language_function *language; // NULL: there is none
    void *context;                  // is handed to it
    double language_weight;         // of its logarithms; 0: 1
    double symbol_bonus;            // is added for each symbol: a language model prefers short labellings
} gd_ctc_beam_opts;
// Prefix beam search (Graves, Fernández, Gomez and Schmidhuber 2006; Hannun et al. 2014): the probability of a
// labelling is summed over its paths. After each frame the `width` best prefixes are kept; of equally good ones the
// smaller one, symbol by symbol. Without a language model `score` is the log_probability. An unlimited width is exact.
GD_API GD_MUST_USE gd_status gd_ctc_beam(const gd_array *logits, gd_ctc_beam_opts opts, gd_decodings *out);

// ---- Symbol by symbol: beam search with whatever says how probable the next one is

// The sequences that are to be continued by one symbol, those of several searches one after the other.
typedef struct gd_beam_step {
    int64_t step;          // symbols behind the beginning so far; 0 at the first call, which has a row for each search
    int64_t rows;          //
    const int64_t *search; // (rows): to which search a row belongs
    const int64_t *parent; // (rows): the row of the call before that it continues, with its state; at the first call -1
    const int32_t *symbol; // (rows): its last symbol; at the first call opts.start
    double *log_probability; // (rows, symbols): to be filled with logarithms, of which none is above 0
    double *attention;       // (rows, places) where opts.places is not 0: to be filled with the share of each place of
                             // the input in what is attended to; 0 behind the input's end
} gd_beam_step;
typedef gd_status gd_beam_function(void *context, const gd_beam_step *step);

typedef struct gd_beam_opts {
    int64_t symbols;  // V
    int32_t start;    // before the first symbol; it is not part of a sequence
    int32_t end;      // ends a sequence, and is its last symbol
    int width;        // 0: 4; 1: greedy
    int64_t longest;  // symbols at most, the end counted; 0: 200
    int64_t shortest; // symbols before the end at least
    // score = log_probability / length^length_power + coverage penalty
    double length_power;
    // coverage times the sum over the input's places of log(min(1, what was attended to it)) (Wu et al. 2016)
    double coverage;
    int64_t places; // of the input, for `coverage`
    // Ended sequences stay among the `width` best and compete for their places by score. Otherwise they are put aside,
    // and `width` sequences that have not ended are kept, by log_probability.
    bool pool;
} gd_beam_opts;
// Makes `searches` sequences side by side: out[i] becomes the `width` best of search i (fewer where there are not as
// many), the best first; of equally good ones the smaller one, symbol by symbol. A search ends when no continuation can
// be better than what it has. What `next` returns other than GD_OK ends all, and is returned.
GD_API GD_MUST_USE gd_status gd_beam_search(gd_beam_opts opts, int64_t searches, gd_beam_function *next, void *context,
                                            gd_decodings *out);

#ifdef __cplusplus
}
#endif
#endif
