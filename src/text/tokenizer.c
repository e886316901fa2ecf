// Tokenizers: made, asked and released. What their kinds do stands in tokenizer_*.c.
#include "text/tokenizer.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "text/clean.h"

// ---- Vocabulary

gd_tokenizer *gd__tokenizer_new(const gd_tokenizer_kind *kind)
{
    gd_tokenizer *t = gd__alloc_zeroed(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->kind = kind;
    t->unknown = t->eos = -1;
    for (int i = 0; i < 256; i++)
        t->byte_id[i] = -1;
    return t;
}

void gd_tokenizer_free(gd_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    gd__entries_free(&tokenizer->tokens);
    gd__free(tokenizer->special);
    gd__free(tokenizer->merges.slot);
    gd__free(tokenizer->whole);
    gd__free(tokenizer);
}

int gd__tokenizer_add(gd_tokenizer *tokenizer, const char *text, size_t bytes)
{
    return gd__entries_add(&tokenizer->tokens, text, bytes);
}

gd_status gd__tokenizer_add_special(gd_tokenizer *tokenizer, const char *text, size_t bytes)
{
    const int id = gd__tokenizer_add(tokenizer, text, bytes);
    int32_t *list = gd__realloc(tokenizer->special, (size_t)tokenizer->special_count + 1, sizeof *list);
    if (list != NULL)
        tokenizer->special = list;
    if (id < 0 || list == NULL)
        return gd__fail_memory("a vocabulary");
    for (int i = 0; i < tokenizer->special_count; i++)
        if (list[i] == id)
            return GD_OK;
    list[tokenizer->special_count++] = id;
    if (bytes > 0)
        tokenizer->special_begins[(unsigned char)text[0]] = true;
    return GD_OK;
}

gd_status gd__tokenizer_find_bytes(gd_tokenizer *t)
{
    for (int i = 0; i < 256 && t->kind->is_of_bytes; i++) {
        const char byte = (char)i;
        t->byte_id[i] = gd__entries_find(&t->tokens, &byte, 1);
        if (t->byte_id[i] < 0)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer of bytes: the byte %d is no token", i);
    }
    return GD_OK;
}

const char *gd_tokenizer_name(const gd_tokenizer *tokenizer)
{
    return tokenizer == NULL || tokenizer->kind == NULL ? "" : tokenizer->kind->record.name;
}

int gd_tokenizer_count(const gd_tokenizer *tokenizer)
{
    GD__NEEDS(tokenizer, 0);
    return tokenizer->tokens.count;
}

const char *gd_tokenizer_token(const gd_tokenizer *tokenizer, int id, size_t *bytes)
{
    GD__NEEDS(tokenizer, NULL);
    const gd__entries *tokens = &tokenizer->tokens;
    if (id < 0 || id >= tokens->count)
        return NULL;
    if (bytes != NULL)
        *bytes = tokens->entry[id].bytes;
    return gd__entry_text(tokens, id);
}

int gd_tokenizer_find(const gd_tokenizer *tokenizer, const char *text, size_t bytes)
{
    GD__NEEDS(tokenizer, -1);
    GD__NEEDS(text, -1);
    return gd__entries_find(&tokenizer->tokens, text, bytes);
}

int gd_tokenizer_unknown(const gd_tokenizer *tokenizer)
{
    GD__NEEDS(tokenizer, -1);
    return tokenizer->unknown;
}

int gd_tokenizer_eos(const gd_tokenizer *tokenizer)
{
    GD__NEEDS(tokenizer, -1);
    return tokenizer->eos;
}

bool gd_tokenizer_is_spaced(const gd_tokenizer *tokenizer)
{
    GD__NEEDS(tokenizer, false);
    return tokenizer->kind != NULL && tokenizer->kind->is_spaced;
}

// ---- Encoding and decoding

bool gd__tokens_add(gd_tokens *tokens, int32_t id)
{
    if (!gd__grow_long((void **)&tokens->id, &tokens->capacity, tokens->count, sizeof *tokens->id))
        return false;
    tokens->id[tokens->count++] = id;
    return true;
}

void gd_tokens_free(gd_tokens *tokens)
{
    if (tokens == NULL)
        return;
    gd__free(tokens->id);
    *tokens = (gd_tokens){0};
}

// The id of the longest special token whose name stands at `at`; -1: none does.
static int special_at(const gd_tokenizer *t, gd__piece text, size_t at)
{
    int best = -1;
    size_t longest = 0;
    for (int i = 0; i < t->special_count; i++) {
        const gd__entry *entry = &t->tokens.entry[t->special[i]];
        if (entry->bytes > longest && entry->bytes <= text.bytes - at &&
            memcmp(text.text + at, gd__entry_text(&t->tokens, t->special[i]), entry->bytes) == 0) {
            best = t->special[i];
            longest = entry->bytes;
        }
    }
    return best;
}

typedef gd_status (*visit_piece)(const gd_tokenizer *t, gd__piece piece, int special, void *to);

// Visits the pieces of a text that is clean, in their order, and the special tokens that stand in it (`special` is then
// the token's id, else -1).
static gd_status visit_text(const gd_tokenizer *t, gd__piece text, visit_piece visit, void *to)
{
    gd_status status = GD_OK;
    for (size_t begin = 0; begin < text.bytes && status == GD_OK;) {
        size_t end = t->kind->sees_special && t->special_count > 0 ? begin : text.bytes, at = 0;
        int special = -1;
        for (; end < text.bytes; end++)
            if (t->special_begins[(unsigned char)text.text[end]] && (special = special_at(t, text, end)) >= 0)
                break;
        const gd__piece part = {text.text + begin, end - begin};
        gd__piece piece;
        while (status == GD_OK && t->kind->next(t, part, &at, &piece))
            status = visit(t, piece, -1, to);
        begin = end;
        if (special >= 0 && status == GD_OK) {
            piece = (gd__piece){text.text + end, t->tokens.entry[special].bytes};
            status = visit(t, piece, special, to);
            begin += piece.bytes;
        }
    }
    return status;
}

static gd_status encode_piece(const gd_tokenizer *t, gd__piece piece, int special, void *to)
{
    if (special < 0 && t->kind->encode != NULL)
        return t->kind->encode(t, piece, to);
    int id = special >= 0 ? special : gd__entries_find(&t->tokens, piece.text, piece.bytes);
    if (id < 0)
        id = t->unknown;
    return gd__tokens_add(to, id) ? GD_OK : gd__fail_memory("tokens");
}

gd_status gd_tokenizer_encode(const gd_tokenizer *tokenizer, const char *text, size_t bytes, gd_tokens *to)
{
    GD__NEEDS(tokenizer, GD_ERROR_ARGUMENT);
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    GD__NEEDS(to, GD_ERROR_ARGUMENT);
    if (tokenizer->kind == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the tokenizer is empty", __func__);
    gd__piece clean = {text, bytes};
    char *copy = NULL;
    if (!tokenizer->kind->keeps_bytes && !gd__clean_text(&clean.text, &clean.bytes, tokenizer->lower, &copy))
        return gd__fail_memory("a text");
    gd_status status = visit_text(tokenizer, clean, encode_piece, to);
    gd__free(copy);
    if (status == GD_OK && tokenizer->eos >= 0 && !gd__tokens_add(to, tokenizer->eos))
        status = gd__fail_memory("tokens");
    return status;
}

char *gd_tokenizer_decode(const gd_tokenizer *tokenizer, int64_t count, const int32_t *id, size_t *bytes)
{
    GD__NEEDS(tokenizer, NULL);
    if (count > 0)
        GD__NEEDS(id, NULL);
    gd__text text = {0};
    bool follows = false;
    for (int64_t i = 0; i < count; i++) {
        size_t length = 0;
        const char *token = gd_tokenizer_token(tokenizer, id[i], &length);
        if (token == NULL) {
            gd__fail(GD_ERROR_ARGUMENT, "there is no token %ld, ids are 0 to %d", (long)id[i],
                     tokenizer->tokens.count - 1);
            gd__text_free(&text);
            return NULL;
        }
        if (id[i] == tokenizer->eos)
            continue;
        if (follows && gd_tokenizer_is_spaced(tokenizer))
            gd__text_add_bytes(&text, " ", 1);
        gd__text_add_bytes(&text, token, length);
        follows = true;
    }
    if (bytes != NULL)
        *bytes = text.length;
    char *whole = gd__text_take(&text);
    if (whole == NULL)
        gd__fail_memory("a text");
    return whole;
}

// ---- Training

size_t gd__cut_text(const char *text, size_t bytes, size_t most)
{
    if (bytes <= most)
        return bytes;
    size_t cut = most;
    while (cut > most - GD__UTF8_BYTES && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}

gd_status gd__build_frequent(gd_tokenizer *tokenizer, const gd__entries *seen, const gd_tokenizer_opts *opts)
{
    int count;
    int *ranked = gd__entries_ranked(seen, opts->minimum_count, &count);
    bool good = ranked != NULL;
    if (good && count == 0) {
        gd__free(ranked);
        return gd__fail(GD_ERROR_ARGUMENT,
                        "the texts hold nothing that was seen %lld times or more, so the vocabulary would be empty",
                        (long long)opts->minimum_count);
    }
    for (int i = 0; i < count && good && tokenizer->tokens.count < opts->size; i++)
        good = gd__tokenizer_add(tokenizer, gd__entry_text(seen, ranked[i]), seen->entry[ranked[i]].bytes) >= 0;
    gd__free(ranked);
    return good ? GD_OK : gd__fail_memory("a vocabulary");
}

// Adds the names in a list that blanks separate.
static gd_status add_named_special(gd_tokenizer *t, const char *list)
{
    gd_status status = GD_OK;
    while (list != NULL && *list != '\0' && status == GD_OK) {
        list += strspn(list, " \t\n");
        const size_t bytes = strcspn(list, " \t\n");
        if (bytes > 0)
            status = gd__tokenizer_add_special(t, list, bytes);
        list += bytes;
    }
    return status;
}

// The tokens that a vocabulary has whatever the texts.
static gd_status add_given(gd_tokenizer *t, const gd_tokenizer_opts *opts)
{
    gd_status status = GD_OK;
    for (int i = 0; i < 256 && t->kind->is_of_bytes; i++) {
        const char byte = (char)i;
        t->byte_id[i] = gd__tokenizer_add(t, &byte, 1);
        if (t->byte_id[i] < 0)
            return gd__fail_memory("a vocabulary");
    }
    if (!t->kind->is_of_bytes) {
        status = gd__tokenizer_add_special(t, "<unk>", 5);
        t->unknown = 0;
    }
    if (status == GD_OK && opts->eos) {
        t->eos = t->tokens.count;
        status = gd__tokenizer_add_special(t, "<eos>", 5);
    }
    return status == GD_OK ? add_named_special(t, opts->special) : status;
}

static gd_status check_opts(const gd_tokenizer_kind *kind, gd_tokenizer_opts *opts)
{
    if (opts->size < 0 || opts->size > GD__MOST_TOKENS || opts->minimum_count < 0)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "a vocabulary of %lld tokens that were seen %lld times: expected a size of 0 to %d, and a "
                        "count of 0 or more",
                        (long long)opts->size, (long long)opts->minimum_count, GD__MOST_TOKENS);
    if (opts->split != GD_SPLIT_UNICODE && opts->split != GD_SPLIT_SPACES)
        return gd__fail(GD_ERROR_ARGUMENT, "words are split in no way that has the number %d", (int)opts->split);
    if (opts->lower && kind->keeps_bytes)
        return gd__fail(GD_ERROR_ARGUMENT, "%s has no lower case: it keeps every byte", kind->record.name);
    if (opts->size == 0)
        opts->size = kind->most > 0 ? kind->most : GD__MOST_TOKENS;
    if (opts->minimum_count == 0)
        opts->minimum_count = kind->least;
    return GD_OK;
}

static gd_status count_piece(const gd_tokenizer *t, gd__piece piece, int special, void *to)
{
    (void)t;
    gd__entries *seen = to;
    while (special < 0 && piece.bytes > 0) {
        const size_t bytes = gd__cut_text(piece.text, piece.bytes, GD__MOST_WORD_BYTES);
        const int number = gd__entries_add(seen, piece.text, bytes);
        if (number < 0)
            return gd__fail_memory("the words of a corpus");
        seen->entry[number].count++;
        piece = (gd__piece){piece.text + bytes, piece.bytes - bytes};
    }
    return GD_OK;
}

// Counts the pieces of all texts.
static gd_status count_texts(const gd_tokenizer *t, gd_next_text next, void *context, gd__entries *seen)
{
    for (;;) {
        gd__piece text = {0};
        char *copy = NULL;
        gd_status status = next(context, &text.text, &text.bytes);
        if (status != GD_OK || text.text == NULL)
            return status;
        if (!gd__clean_text(&text.text, &text.bytes, t->lower, &copy))
            return gd__fail_memory("a text");
        status = visit_text(t, text, count_piece, seen);
        gd__free(copy);
        if (status != GD_OK)
            return status;
    }
}

gd_status gd_tokenizer_train(const gd_tokenizer_kind *kind, gd_next_text next, void *context, gd_tokenizer_opts opts,
                             gd_tokenizer **out)
{
    GD__NEEDS(kind, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (kind->next == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the kind of tokenizer is empty", __func__);
    if (kind->build != NULL)
        GD__NEEDS(next, GD_ERROR_ARGUMENT);
    gd_status status = check_opts(kind, &opts);
    if (status != GD_OK)
        return status;
    gd_tokenizer *t = gd__tokenizer_new(kind);
    if (t == NULL)
        return gd__fail_memory("a tokenizer");
    t->lower = opts.lower;
    t->split = opts.split;
    gd__entries seen = {0};
    status = add_given(t, &opts);
    if (status == GD_OK && t->tokens.count > opts.size)
        status = gd__fail(GD_ERROR_ARGUMENT, "a vocabulary of %lld tokens has no room for the %d that it must have",
                          (long long)opts.size, t->tokens.count);
    if (status == GD_OK && kind->build != NULL)
        status = count_texts(t, next, context, &seen);
    if (status == GD_OK && kind->build != NULL)
        status = kind->build(t, &seen, &opts);
    gd__entries_free(&seen);
    if (status == GD_OK)
        *out = t;
    else
        gd_tokenizer_free(t);
    return status;
}

static gd_status next_once(void *context, const char **text, size_t *bytes)
{
    gd__piece *piece = context;
    *text = piece->text;
    *bytes = piece->bytes;
    piece->text = NULL;
    return GD_OK;
}

gd_status gd_tokenizer_train_text(const gd_tokenizer_kind *kind, const char *text, size_t bytes, gd_tokenizer_opts opts,
                                  gd_tokenizer **out)
{
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    gd__piece piece = {text, bytes};
    return gd_tokenizer_train(kind, next_once, &piece, opts, out);
}
