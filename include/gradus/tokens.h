// Tokenizers: text to numbers and back. A tokenizer cuts text into tokens (bytes, characters, words, or pieces of words
// by byte-pair encoding) and has a vocabulary, in which each token has a number, its id, from 0 up. It is trained on
// texts, never changes once made, and may be used by several threads at a time.
//
//     gd_tokenizer *tokenizer;
//     gd_tokens ids = {0};
//     if (gd_tokenizer_train_text(gd_tokenizer_kind_named("words"), text, bytes,
//                                 (gd_tokenizer_opts){.lower = true, .size = 20000}, &tokenizer) == GD_OK &&
//         gd_tokenizer_encode(tokenizer, "to be or not to be", 18, &ids) == GD_OK)
//         …
//     gd_tokens_free(&ids);
//     gd_tokenizer_free(tokenizer);
//
// Texts are UTF-8 and may hold zeros. Where they are not valid, each sequence of bytes that is none of a character's
// becomes U+FFFD, the replacement character (as the Unicode standard recommends, 3.9); only `bytes` keeps every byte.
// Texts are not normalised: an é of one code point and one of two are different.
#ifndef GRADUS_TOKENS_H
#define GRADUS_TOKENS_H

#include <gradus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_tokenizer gd_tokenizer;
// A kind of tokenizer, one record in a file of its own: bytes, characters, words, bpe.
typedef struct gd_tokenizer_kind gd_tokenizer_kind;

GD_API const gd_records *gd_tokenizer_kinds(void);
GD_API const gd_tokenizer_kind *gd_tokenizer_kind_named(const char *name); // or an alias; NULL: there is none

// Where words begin and end.
typedef enum gd_word_split {
    // A word is a run of letters, marks and digits, with an apostrophe between two letters and a point or comma between
    // two digits; each Chinese character and each Hiragana is a word, and so is each other character but blanks.
    GD_SPLIT_UNICODE = 0,
    GD_SPLIT_SPACES // a word is what stands between blanks, for text that was split before (Penn Treebank)
} gd_word_split;

typedef struct gd_tokenizer_opts {
    bool lower;            // text becomes lower case first (Unicode's simple mapping). Not for `bytes`
    gd_word_split split;   // of `words`
    int64_t size;          // most tokens of the vocabulary, all told; 0: no limit, and for `bpe` 8000
    int64_t minimum_count; // tokens that were seen less often are not in it, nor pairs of `bpe` merged; 0: 1, `bpe` 2
    bool eos;              // "<eos>" is in the vocabulary, and encoding ends every text with it
    const char *special;   // more tokens of the vocabulary, separated by blanks; NULL: none
} gd_tokenizer_opts;

// The next text of a corpus: `*text` becomes NULL at the end. It lives until the next call.
typedef gd_status (*gd_next_text)(void *context, const char **text, size_t *bytes);

// Makes a vocabulary of the texts. Ids: for `bytes` and `bpe` the 256 bytes come first, then special tokens, then
// what was merged; for the others "<unk>", which stands for all that is not in the vocabulary, then special tokens,
// then the rest from the most frequent down (equals in the order of their bytes). The same texts give the same ids,
// whatever their order. A word of more than 1000 bytes is cut into several, and a piece in which `bpe` merges after
// 65,536.
// GD_ERROR_ARGUMENT when an option has no such value, or the vocabulary has no room for what it must have.
GD_API GD_MUST_USE gd_status gd_tokenizer_train(const gd_tokenizer_kind *kind, gd_next_text next, void *context,
                                                gd_tokenizer_opts opts, gd_tokenizer **out);
// The same of one text.
GD_API GD_MUST_USE gd_status gd_tokenizer_train_text(const gd_tokenizer_kind *kind, const char *text, size_t bytes,
                                                     gd_tokenizer_opts opts, gd_tokenizer **out);
GD_API void gd_tokenizer_free(gd_tokenizer *tokenizer); // NULL is fine

// ---- The vocabulary

GD_API const char *gd_tokenizer_name(const gd_tokenizer *tokenizer); // of its kind
GD_API int gd_tokenizer_count(const gd_tokenizer *tokenizer);        // tokens: ids are 0 … count - 1
// The text of a token, of *bytes bytes with a zero behind them (bytes may be NULL); of `bytes` and `bpe` it need not be
// whole characters. NULL where there is no such id. Lives as long as the tokenizer.
GD_API const char *gd_tokenizer_token(const gd_tokenizer *tokenizer, int id, size_t *bytes);
GD_API int gd_tokenizer_find(const gd_tokenizer *tokenizer, const char *text, size_t bytes); // its id; -1: none
GD_API int gd_tokenizer_unknown(const gd_tokenizer *tokenizer); // the id of "<unk>"; -1: it has none, and needs none
GD_API int gd_tokenizer_eos(const gd_tokenizer *tokenizer);     // the id of "<eos>"; -1: it has none
// Whether a blank stands between two tokens when they are written as text: of `words`.
GD_API bool gd_tokenizer_is_spaced(const gd_tokenizer *tokenizer);

// ---- Encoding and decoding

// A list of ids, which grows. Starts as {0}.
typedef struct gd_tokens {
    int32_t *id;
    int64_t count, capacity;
} gd_tokens;
GD_API void gd_tokens_free(gd_tokens *tokens); // leaves an empty one; NULL is fine

// Adds the ids of a text to the list. What is not in the vocabulary becomes "<unk>". `bpe` takes the name of a special
// token that stands in the text for that token.
GD_API GD_MUST_USE gd_status gd_tokenizer_encode(const gd_tokenizer *tokenizer, const char *text, size_t bytes,
                                                 gd_tokens *to);
// The text of ids, "<eos>" left out; *bytes (may be NULL) its length. NULL, with a sentence, when an id is not in the
// vocabulary or memory is short; gd_text_free.
GD_API char *gd_tokenizer_decode(const gd_tokenizer *tokenizer, int64_t count, const int32_t *id, size_t *bytes);

// ---- Keeping

// {"tokenizer": "words", "lower": true, …, "tokens": [ … ]}; NULL when memory is short; gd_text_free.
GD_API char *gd_tokenizer_to_json(const gd_tokenizer *tokenizer);
// Reads what gd_tokenizer_to_json wrote, or Hugging Face's tokenizer.json with a BPE model of bytes, as GPT-2 has it:
// ids are those that its `encode` gives without adding special tokens. GD_ERROR_FORMAT: it is neither;
// GD_ERROR_UNSUPPORTED: it has a model, normalizer or splitting pattern that is not known here.
GD_API GD_MUST_USE gd_status gd_tokenizer_from_json(const char *json, gd_tokenizer **out);
GD_API GD_MUST_USE gd_status gd_tokenizer_save(const gd_tokenizer *tokenizer, const char *path);
GD_API GD_MUST_USE gd_status gd_tokenizer_load(const char *path, gd_tokenizer **out);

#ifdef __cplusplus
}
#endif
#endif
