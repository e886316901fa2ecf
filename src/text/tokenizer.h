// What a tokenizer is made of, and what its kinds do (gradus/tokens.h).
#ifndef GD_TEXT_TOKENIZER_H
#define GD_TEXT_TOKENIZER_H

#include <gradus/tokens.h>
#include <jansson.h>

#include "text/vocabulary.h"

enum { GD__MOST_TOKENS = 1 << 24, GD__MOST_WORD_BYTES = 1000 };

extern const gd_records gd__tokenizer_records; // gd_tokenizer_kinds(), for tables

// A part of a text that is encoded by itself.
typedef struct gd__piece {
    const char *text;
    size_t bytes;
} gd__piece;

struct gd_tokenizer_kind {
    gd_record record;    // without options: those of all kinds stand in gd_tokenizer_opts
    bool is_of_bytes;    // the 256 bytes are tokens, so nothing is unknown; else "<unk>" is a token
    bool keeps_bytes;    // text is not made valid UTF-8 first, nor lower case
    bool is_spaced;      // tokens are written with a blank between two
    bool sees_special;   // the name of a special token in a text is that token
    int64_t least, most; // what minimum_count and size are where they are 0
    // The next piece from *at on, which moves behind it; false at the end.
    bool (*next)(const gd_tokenizer *tokenizer, gd__piece text, size_t *at, gd__piece *piece);
    // Adds tokens to those that every vocabulary has, up to opts->size. NULL: there are no others.
    gd_status (*build)(gd_tokenizer *tokenizer, const gd__entries *seen, const gd_tokenizer_opts *opts);
    // Adds the ids of a piece. NULL: it is looked up in the vocabulary.
    gd_status (*encode)(const gd_tokenizer *tokenizer, gd__piece piece, gd_tokens *to);
    // Adds what it has beside tokens to an object, and takes it from one. NULL: nothing.
    gd_status (*to_json)(const gd_tokenizer *tokenizer, json_t *json);
    gd_status (*from_json)(gd_tokenizer *tokenizer, json_t *json);
};

// Which two tokens become which one: an open hash table.
typedef struct gd__merge {
    int32_t left, right; // -1: the slot is free
    int32_t to, rank;    // the lowest rank is merged first
} gd__merge;

typedef struct gd__merges {
    int count, slot_count; // a power of two
    gd__merge *slot;
} gd__merges;

struct gd_tokenizer {
    const gd_tokenizer_kind *kind;
    bool lower;
    gd_word_split split;
    gd__entries tokens;
    int special_count;
    int32_t *special;         // their ids
    bool special_begins[256]; // with that byte
    int unknown, eos;         // -1: there is none
    // Of `bpe`:
    bool ignore_merges;   // a piece that is in the vocabulary is not looked at further
    int32_t byte_id[256]; // -1: that byte is none
    gd__merges merges;
    bool *whole; // whether a token's own text is encoded as that token alone
};

// A tokenizer without tokens; NULL when memory is short.
gd_tokenizer *gd__tokenizer_new(const gd_tokenizer_kind *kind);
// The id of a token that is added, or was there; -1 when memory is short.
int gd__tokenizer_add(gd_tokenizer *tokenizer, const char *text, size_t bytes);
// Finds the 256 bytes among the tokens, where the kind is of bytes. GD_ERROR_FORMAT: one is missing.
gd_status gd__tokenizer_find_bytes(gd_tokenizer *tokenizer);
gd_status gd__tokenizer_add_special(gd_tokenizer *tokenizer, const char *text, size_t bytes);
bool gd__tokens_add(gd_tokens *tokens, int32_t id); // false when memory is short

// Puts the most frequent of what was seen into the vocabulary: what `build` is of characters and words.
gd_status gd__build_frequent(gd_tokenizer *tokenizer, const gd__entries *seen, const gd_tokenizer_opts *opts);
// The length of what stands at the beginning of a text, of at most `most` bytes: so many, or less, so that no character
// is cut.
size_t gd__cut_text(const char *text, size_t bytes, size_t most);

#endif
