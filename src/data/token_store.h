// The ids of a corpus: in memory, or mapped from a file of the cache where it is large.
#ifndef GD_DATA_TOKEN_STORE_H
#define GD_DATA_TOKEN_STORE_H

#include <gradus/tokens.h>

typedef struct gd__token_store {
    int64_t count;
    const int32_t *id;
    gd_tokens tokens;    // in memory; or
    void *map;           // a file of the cache
    size_t mapped_bytes; //
} gd__token_store;

// All files as one text. `by_line`: each line is encoded as a text of its own, so that <eos> stands at its end.
// `json` is the tokenizer's, of which the name of the file in the cache is made. Files of less than 8 MB together, and
// what has no cache directory, stay in memory. Release with gd__token_store_free; on failure it is empty.
gd_status gd__token_store_make(int file_count, const char *const *file, const gd_tokenizer *tokenizer, const char *json,
                               bool by_line, gd__token_store *store);
void gd__token_store_free(gd__token_store *store);

#endif
