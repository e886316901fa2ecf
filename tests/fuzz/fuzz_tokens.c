// Tokenizers from JSON that may be anything, and any text through one that was learned from it.
#include "fuzz.h"

#include <gradus/tokens.h>
#include <string.h>

static void use(const gd_tokenizer *tokenizer, const char *text, size_t bytes)
{
    gd_tokens ids = {0};
    if (gd_tokenizer_encode(tokenizer, text, bytes, &ids) == GD_OK) {
        char *back = gd_tokenizer_decode(tokenizer, ids.count, ids.id, NULL);
        if (back == NULL)
            abort(); // what was encoded can be decoded
        gd_text_free(back);
    }
    gd_tokens_free(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = {"bytes", "characters", "words", "bpe"};
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    gd_tokenizer *tokenizer;
    if (gd_tokenizer_from_json(text, &tokenizer) == GD_OK) {
        use(tokenizer, text, size);
        gd_tokenizer_free(tokenizer);
    }
    for (int k = 0; k < 4; k++) {
        const gd_tokenizer_opts opts = {.size = 300, .lower = k == 2, .eos = true};
        if (gd_tokenizer_train_text(gd_tokenizer_kind_named(kinds[k]), text, size, opts, &tokenizer) != GD_OK)
            continue;
        use(tokenizer, text, size);
        gd_tokenizer_free(tokenizer);
    }
    free(text);
    return 0;
}
