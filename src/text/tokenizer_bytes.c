// Bytes: 256 tokens, and special ones.
#include "base/error.h"
#include "text/tokenizer.h"

static bool next_all(const gd_tokenizer *tokenizer, gd__piece text, size_t *at, gd__piece *piece)
{
    (void)tokenizer;
    *piece = (gd__piece){text.text + *at, text.bytes - *at};
    *at = text.bytes;
    return piece->bytes > 0;
}

static gd_status encode_bytes(const gd_tokenizer *tokenizer, gd__piece piece, gd_tokens *to)
{
    for (size_t i = 0; i < piece.bytes; i++)
        if (!gd__tokens_add(to, tokenizer->byte_id[(unsigned char)piece.text[i]]))
            return gd__fail_memory("tokens");
    return GD_OK;
}

const gd_tokenizer_kind gd__tokenizer_bytes = {
    .record = {.name = "bytes", .doc = "each byte is a token, whatever it is: 256 of them"},
    .is_of_bytes = true,
    .keeps_bytes = true,
    .next = next_all,
    .encode = encode_bytes,
};
