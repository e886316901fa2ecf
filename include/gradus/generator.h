// Text out of a language model, token by token.
//
//     gd_generator *generator;
//     if (gd_generator_create(model, (gd_generator_opts){.seed = 1}, &generator) == GD_OK &&
//         gd_generator_feed(generator, "ROMEO:", 6) == GD_OK) {
//         int32_t token;
//         size_t bytes;
//         while (… && gd_generator_next(generator, &token) == GD_OK) {
//             const char *piece = gd_generator_piece(generator, token, &bytes);
//             fwrite(piece, 1, bytes, stdout);
//         }
//     }
#ifndef GRADUS_GENERATOR_H
#define GRADUS_GENERATOR_H

#include <gradus/model.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Choosing one of several

// How a token is drawn. All are applied, in this order; {0} draws by softmax of the logits.
typedef struct gd_sampling {
    double temperature; // the logits are divided by it; 0: 1
    int64_t top_k;      // only the k most probable; 0: all
    double top_p;       // only the fewest, the most probable first, whose probabilities make at least p; 0: all
                        // (Holtzman et al. 2020)
    double min_p;       // only those with at least this part of the probability of the most probable; 0: all
    bool greedy;        // always the most probable
} gd_sampling;

// softmax(logits / temperature) with those left out that are not to be drawn: they get 0, and the others sum to 1. Of
// equals the one with the smaller number comes first. `logit` and `probability` may be the same memory.
// GD_ERROR_ARGUMENT when an option is out of its range or count below 1; GD_ERROR_NUMBER when no logit is a number
// (those of -infinity are never drawn).
GD_API GD_MUST_USE gd_status gd_sampling_apply(gd_sampling sampling, int64_t count, const double *logit,
                                               double *probability);
// The first whose running sum, in the order of their numbers, exceeds `uniform`, which lies from 0 to below 1. -1:
// there is none at all.
GD_API int64_t gd_sampling_pick(int64_t count, const double *probability, double uniform);

// ---- Generating

typedef struct gd_generator gd_generator;

typedef struct gd_generator_opts {
    gd_sampling sampling;
    uint64_t seed; // the same seed, feeds and options give the same text
    // Tokens that attention sees, where the network has no limit of its own; 0: as many as it was trained with.
    int64_t context;
} gd_generator_opts;

// For a model that was trained to say at each place of a text which token comes next (the task `tokens`), and whose
// checkpoint holds its tokenizer. The network is written once more for a single token: recurrent layers carry their
// states, and attention keeps its keys and values. Where that gives other numbers than the network itself (there are
// layers that look at several places, such as convolutions), the last tokens are computed anew for each. The model may
// be freed before it. Release with gd_generator_free; on failure *out is NULL.
// GD_ERROR_ARGUMENT: the model is of another task, or has no tokenizer; an option is out of range.
GD_API GD_MUST_USE gd_status gd_generator_create(const gd_model *model, gd_generator_opts opts, gd_generator **out);
GD_API void gd_generator_free(gd_generator *generator); // NULL is fine

// Forgets all that was fed and drawn, and begins with the seed again.
GD_API GD_MUST_USE gd_status gd_generator_reset(gd_generator *generator);
// The network reads a text, or a token.
GD_API GD_MUST_USE gd_status gd_generator_feed(gd_generator *generator, const char *text, size_t bytes);
GD_API GD_MUST_USE gd_status gd_generator_feed_token(gd_generator *generator, int32_t token);
// Draws the token that comes next, and reads it. Before anything was fed the network reads the end of a line.
GD_API GD_MUST_USE gd_status gd_generator_next(gd_generator *generator, int32_t *token);
// From the next token on.
GD_API GD_MUST_USE gd_status gd_generator_set_sampling(gd_generator *generator, gd_sampling sampling);

// How probable each token is to be drawn next, gd_generator_count of them: valid until the next call. NULL on failure.
GD_API const double *gd_generator_probabilities(gd_generator *generator);
GD_API int gd_generator_count(const gd_generator *generator); // tokens of the vocabulary
// What a token adds to the text that was written so far: for words with a blank before it, "<eos>" is a line break. It
// need not be whole characters. Valid until the next call; NULL where there is no such token.
GD_API const char *gd_generator_piece(gd_generator *generator, int32_t token, size_t *bytes);
// Whether each token is computed by itself, with what is kept of those before; else the last ones are computed anew.
GD_API bool gd_generator_steps(const gd_generator *generator);

#ifdef __cplusplus
}
#endif
#endif
