// Characters: each code point is a token.
#include "base/utf8.h"
#include "text/tokenizer.h"

static bool next_character(const gd_tokenizer *tokenizer, gd__piece text, size_t *at, gd__piece *piece)
{
    (void)tokenizer;
    if (*at >= text.bytes)
        return false;
    piece->text = text.text + *at;
    gd__utf8_get(piece->text, text.bytes - *at, &piece->bytes);
    *at += piece->bytes;
    return true;
}

const gd_tokenizer_kind gd__tokenizer_characters = {
    .record = {.name = "characters", .doc = "each character (code point) is a token", .aliases = "chars|character"},
    .least = 1,
    .next = next_character,
    .build = gd__build_frequent,
};
