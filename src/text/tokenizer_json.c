// Tokenizers as JSON: our own form. Hugging Face's is read in huggingface.c.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/record.h"
#include "text/byte_letters.h"
#include "text/huggingface.h"

enum { MOST_JSON_BYTES = 1 << 29 };

static const char *const splits[] = {"unicode", "spaces"};

// ---- Writing

static json_t *token_to_json(const gd_tokenizer *t, int id)
{
    const char *text = gd__entry_text(&t->tokens, id);
    const size_t bytes = t->tokens.entry[id].bytes;
    if (!t->kind->is_of_bytes)
        return json_stringn(text, bytes);
    gd__text letters = {0};
    gd__bytes_to_letters(text, bytes, &letters);
    json_t *json = letters.failed ? NULL : json_stringn(letters.data == NULL ? "" : letters.data, letters.length);
    gd__text_free(&letters);
    return json;
}

static json_t *tokens_to_json(const gd_tokenizer *t)
{
    json_t *list = json_array();
    for (int i = 0; i < t->tokens.count; i++)
        if (json_array_append_new(list, token_to_json(t, i)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *ids_to_json(int count, const int32_t *id)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_integer(id[i]));
    return list;
}

char *gd_tokenizer_to_json(const gd_tokenizer *tokenizer)
{
    GD__NEEDS(tokenizer, NULL);
    if (tokenizer->kind == NULL) {
        gd__fail(GD_ERROR_ARGUMENT, "%s: the tokenizer is empty", __func__);
        return NULL;
    }
    const gd_tokenizer *t = tokenizer;
    json_t *json = json_pack("{s:s, s:b, s:s, s:i, s:i, s:o, s:o}", "tokenizer", t->kind->record.name, "lower",
                             (int)t->lower, "split", splits[t->split], "unknown", t->unknown, "eos", t->eos, "special",
                             ids_to_json(t->special_count, t->special), "tokens", tokens_to_json(t));
    if (json != NULL && t->kind->to_json != NULL && t->kind->to_json(t, json) != GD_OK) {
        json_decref(json);
        json = NULL;
    }
    char *dumped = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    char *text = gd__copy_text(dumped);
    free(dumped); // jansson's own block
    if (text == NULL)
        gd__fail_memory("a tokenizer");
    return text;
}

gd_status gd_tokenizer_save(const gd_tokenizer *tokenizer, const char *path)
{
    GD__NEEDS(tokenizer, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    char *json = gd_tokenizer_to_json(tokenizer);
    gd_status status = json == NULL ? gd_last_status() : gd__file_write(path, json, strlen(json));
    gd_text_free(json);
    return status;
}

// ---- Reading

static gd_status add_token(gd_tokenizer *t, json_t *json)
{
    const char *text = json_string_value(json);
    gd__text bytes = {0};
    const int before = t->tokens.count;
    if (text == NULL)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer: token %d is no text", before);
    const size_t length = json_string_length(json);
    int id = -1;
    bool good = true;
    if (t->kind->is_of_bytes) {
        good = gd__bytes_of_letters(text, length, &bytes);
        if (good && !bytes.failed)
            id = gd__tokenizer_add(t, bytes.data == NULL ? "" : bytes.data, bytes.length);
        gd__text_free(&bytes);
    } else {
        id = gd__tokenizer_add(t, text, length);
    }
    if (!good)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer: token %d has a letter that stands for no byte", before);
    if (id < 0)
        return gd__fail_memory("a vocabulary");
    return id == before
               ? GD_OK
               : gd__fail(GD_ERROR_FORMAT, "a tokenizer: tokens %d and %d are the same, '%.60s'", id, before, text);
}

static gd_status special_from_json(gd_tokenizer *t, json_t *list)
{
    gd_status status = GD_OK;
    for (size_t i = 0; i < json_array_size(list) && status == GD_OK; i++) {
        const json_t *item = json_array_get(list, i);
        const json_int_t id = json_is_integer(item) ? json_integer_value(item) : -1;
        if (id < 0 || id >= t->tokens.count)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer: a special token has no id from 0 to %d",
                            t->tokens.count - 1);
        // A copy, for the block of texts may move.
        char *text = gd__copy_block(gd__entry_text(&t->tokens, (int)id), t->tokens.entry[id].bytes);
        status = text == NULL ? gd__fail_memory("a vocabulary")
                              : gd__tokenizer_add_special(t, text, t->tokens.entry[id].bytes);
        gd__free(text);
    }
    return status;
}

static gd_status own_from_json(json_t *json, gd_tokenizer **out)
{
    const char *name, *split;
    int lower, unknown, eos;
    json_t *special, *tokens;
    json_error_t error;
    if (json_unpack_ex(json, &error, 0, "{s:s, s:b, s:s, s:i, s:i, s:o, s:o}", "tokenizer", &name, "lower", &lower,
                       "split", &split, "unknown", &unknown, "eos", &eos, "special", &special, "tokens", &tokens) != 0)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer cannot be read: %s", error.text);
    const gd_tokenizer_kind *kind = gd_tokenizer_kind_named(name);
    int place;
    if (kind == NULL)
        return gd__record_unknown(&gd__tokenizer_records, name);
    if (!gd__word_in("unicode|spaces", split, &place) || !json_is_array(special) || !json_is_array(tokens) ||
        json_array_size(tokens) > GD__MOST_TOKENS || json_array_size(tokens) < 1)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer: `split`, `special` or `tokens` is not valid");
    gd_tokenizer *t = gd__tokenizer_new(kind);
    gd_status status = t == NULL ? gd__fail_memory("a tokenizer") : GD_OK;
    for (size_t i = 0; i < json_array_size(tokens) && status == GD_OK; i++)
        status = add_token(t, json_array_get(tokens, i));
    if (status == GD_OK) {
        const int count = t->tokens.count;
        t->lower = lower != 0 && !kind->keeps_bytes;
        t->split = (gd_word_split)place;
        t->unknown = unknown;
        t->eos = eos;
        if (unknown < -1 || unknown >= count || eos < -1 || eos >= count || (unknown < 0 && !kind->is_of_bytes))
            status = gd__fail(GD_ERROR_FORMAT, "a tokenizer: `unknown` and `eos` are ids of its %d tokens", count);
    }
    if (status == GD_OK)
        status = special_from_json(t, special);
    if (status == GD_OK)
        status = gd__tokenizer_find_bytes(t);
    if (status == GD_OK && kind->from_json != NULL)
        status = kind->from_json(t, json);
    if (status == GD_OK)
        *out = t;
    else
        gd_tokenizer_free(t);
    return status;
}

gd_status gd_tokenizer_from_json(const char *text, gd_tokenizer **out)
{
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    json_error_t error;
    json_t *json = json_loads(text, JSON_ALLOW_NUL, &error);
    if (json == NULL)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer is not valid JSON: line %d: %s", error.line, error.text);
    gd_status status = GD_OK;
    if (json_is_object(json_object_get(json, "model")))
        status = gd__huggingface_from_json(json, out);
    else if (json_object_get(json, "tokenizer") != NULL)
        status = own_from_json(json, out);
    else
        status = gd__fail(GD_ERROR_FORMAT, "no tokenizer: it has neither `tokenizer`, as ours have it, nor `model`, as "
                                           "Hugging Face's tokenizer.json has");
    json_decref(json);
    return status;
}

gd_status gd_tokenizer_load(const char *path, gd_tokenizer **out)
{
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    char *text;
    size_t size;
    gd_status status = gd__file_read(path, MOST_JSON_BYTES, &text, &size);
    if (status != GD_OK)
        return status;
    status = gd_tokenizer_from_json(text, out);
    gd__free(text);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s", path);
}
