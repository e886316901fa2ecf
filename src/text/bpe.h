// Byte-pair encoding (Gage 1994, Sennrich et al. 2016), of bytes as GPT-2 has it: a text is cut into pieces, and of the
// tokens of a piece, which are its bytes at first, those two neighbours are merged again and again that stand first in
// the list of merges.
#ifndef GD_TEXT_BPE_H
#define GD_TEXT_BPE_H

#include "text/tokenizer.h"

extern const gd_tokenizer_kind gd__tokenizer_bpe;

// The merge of two tokens, or NULL.
const gd__merge *gd__merge_find(const gd__merges *merges, int32_t left, int32_t right);
// Adds one, of the next rank; one that is there stays as it is. False when memory is short.
bool gd__merge_add(gd__merges *merges, int32_t left, int32_t right, int32_t to);
// Adds the merge of two tokens into the one that has both their texts; GD_ERROR_FORMAT where there is none.
gd_status gd__bpe_add_merge(gd_tokenizer *tokenizer, int left, int right);
// Notes which tokens their own text is encoded as, once all merges are there.
gd_status gd__bpe_finish(gd_tokenizer *tokenizer);

// The next piece by GPT-2's pattern: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
bool gd__next_gpt2_piece(gd__piece text, size_t *at, gd__piece *piece);

// Learns merges from pieces and how often each was seen: the most frequent pair of neighbours first (of equals that of
// the lowest ids), until the vocabulary has opts->size tokens or no pair was seen opts->minimum_count times.
gd_status gd__bpe_learn(gd_tokenizer *tokenizer, const gd__entries *seen, const gd_tokenizer_opts *opts);

#endif
