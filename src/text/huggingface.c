#include "text/huggingface.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/bpe.h"
#include "text/byte_letters.h"

static bool is_type(const json_t *json, const char *type)
{
    const char *text = json_string_value(json_object_get(json, "type"));
    return text != NULL && strcmp(text, type) == 0;
}

static bool is_given(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    return value != NULL && !json_is_null(value) && !json_is_false(value) &&
           !(json_is_string(value) && json_string_length(value) == 0);
}

// That all stages are such as give the same ids here.
static gd_status check_stages(const json_t *json, const json_t *model)
{
    const json_t *cut = json_object_get(json, "pre_tokenizer");
    const char *name = json_string_value(json_object_get(model, "type"));
    static const char *const refused[] = {"continuing_subword_prefix", "end_of_word_suffix", "byte_fallback",
                                          "dropout"};
    if (name != NULL && strcmp(name, "BPE") != 0)
        return gd__fail(GD_ERROR_UNSUPPORTED, "a tokenizer.json: its model is %.60s, only BPE is read", name);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (is_given(model, refused[i]))
            return gd__fail(GD_ERROR_UNSUPPORTED, "a tokenizer.json: its model has a `%s`, which is not known here",
                            refused[i]);
    if (is_given(json, "normalizer"))
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "a tokenizer.json: it has a normalizer, and texts are not normalised here");
    if (!is_type(cut, "ByteLevel") || is_given(cut, "add_prefix_space") ||
        json_is_false(json_object_get(cut, "use_regex")))
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "a tokenizer.json: its pre_tokenizer must be ByteLevel, as GPT-2's, without add_prefix_space");
    return GD_OK;
}

// What stands for a token while ids are still without order.
typedef struct named {
    const char *text;
    size_t bytes;
    bool is_added; // its text is as it stands; else letters that stand for bytes
} named;

// Notes the tokens that the model does not have, or that are special.
static gd_status note_added(named *list, int count, const json_t *added)
{
    for (size_t i = 0; i < json_array_size(added); i++) {
        const json_t *token = json_array_get(added, i), *id = json_object_get(token, "id");
        const json_t *text = json_object_get(token, "content");
        if (!json_is_integer(id) || !json_is_string(text) || json_string_length(text) == 0)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: added token %zu has no id, or no content", i);
        if (is_given(token, "single_word") || is_given(token, "lstrip") || is_given(token, "rstrip"))
            return gd__fail(GD_ERROR_UNSUPPORTED,
                            "a tokenizer.json: the token '%.60s' takes blanks or whole words only, which is not known "
                            "here",
                            json_string_value(text));
        const json_int_t number = json_integer_value(id);
        if (number < 0 || number >= count)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: the token '%.60s' has no id from 0 to %d",
                            json_string_value(text), count - 1);
        list[number] = (named){json_string_value(text), json_string_length(text), true};
    }
    return GD_OK;
}

static gd_status add_tokens(gd_tokenizer *t, const named *list, int count)
{
    for (int i = 0; i < count; i++) {
        gd__text bytes = {0};
        if (list[i].text == NULL)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: no token has the id %d, of %d tokens", i, count);
        gd_status status = GD_OK;
        if (list[i].is_added)
            status = gd__tokenizer_add_special(t, list[i].text, list[i].bytes);
        else if (!gd__bytes_of_letters(list[i].text, list[i].bytes, &bytes))
            status = gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: token %d has a letter that stands for no byte", i);
        else if (bytes.failed || gd__tokenizer_add(t, bytes.data == NULL ? "" : bytes.data, bytes.length) < 0)
            status = gd__fail_memory("a vocabulary");
        gd__text_free(&bytes);
        if (status == GD_OK && t->tokens.count != i + 1)
            status = gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: the token '%.60s' is there twice", list[i].text);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status read_tokens(gd_tokenizer *t, const json_t *json, json_t *vocabulary)
{
    const json_t *added = json_object_get(json, "added_tokens");
    const char *text;
    json_t *id;
    size_t count = json_object_size(vocabulary);
    if (count > GD__MOST_TOKENS || json_array_size(added) > GD__MOST_TOKENS)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: it has more than %d tokens", GD__MOST_TOKENS);
    for (size_t i = 0; i < json_array_size(added); i++) {
        const char *content = json_string_value(json_object_get(json_array_get(added, i), "content"));
        count += content != NULL && json_object_get(vocabulary, content) == NULL;
    }
    named *list = gd__alloc_zeroed(count + 1, sizeof *list);
    if (list == NULL)
        return gd__fail_memory("a vocabulary");
    gd_status status = GD_OK;
    json_object_foreach(vocabulary, text, id)
    {
        const json_int_t number = json_is_integer(id) ? json_integer_value(id) : -1;
        if (number < 0 || number >= (json_int_t)count)
            status = gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: the token '%.60s' has no id from 0 to %zu", text,
                              count - 1);
        else if (list[number].text != NULL)
            status = gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: two tokens have the id %lld", (long long)number);
        else
            list[number] = (named){text, strlen(text), false};
        if (status != GD_OK)
            break;
    }
    if (status == GD_OK)
        status = note_added(list, (int)count, added);
    if (status == GD_OK)
        status = add_tokens(t, list, (int)count);
    gd__free(list);
    return status;
}

// The id of a token that a merge names in letters; -1: there is none.
static int token_of_letters(const gd_tokenizer *t, const char *letters, size_t length)
{
    gd__text bytes = {0};
    int id = -1;
    if (gd__bytes_of_letters(letters, length, &bytes) && !bytes.failed && bytes.data != NULL)
        id = gd__entries_find(&t->tokens, bytes.data, bytes.length);
    gd__text_free(&bytes);
    return id;
}

// Merges stand there as "a b", or as ["a", "b"].
static gd_status read_merges(gd_tokenizer *t, const json_t *merges)
{
    if (!json_is_array(merges) || json_array_size(merges) > GD__MOST_TOKENS)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: `merges` is no list of at most %d", GD__MOST_TOKENS);
    for (size_t i = 0; i < json_array_size(merges); i++) {
        const json_t *merge = json_array_get(merges, i);
        const char *left = json_string_value(json_is_array(merge) ? json_array_get(merge, 0) : merge);
        const char *right = json_string_value(json_array_get(merge, 1));
        size_t left_bytes = left == NULL ? 0 : strlen(left);
        if (left != NULL && !json_is_array(merge)) {
            left_bytes = strcspn(left, " ");
            right = left[left_bytes] == ' ' ? left + left_bytes + 1 : NULL;
        }
        const int first = left == NULL ? -1 : token_of_letters(t, left, left_bytes);
        const int second = right == NULL ? -1 : token_of_letters(t, right, strlen(right));
        if (first < 0 || second < 0)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: merge %zu is no pair of tokens", i);
        gd_status status = gd__bpe_add_merge(t, first, second);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

gd_status gd__huggingface_from_json(json_t *json, gd_tokenizer **out)
{
    const json_t *model = json_object_get(json, "model");
    json_t *vocabulary = json_object_get(model, "vocab");
    if (json_is_array(vocabulary))
        return gd__fail(GD_ERROR_UNSUPPORTED, "a tokenizer.json: its model is Unigram, only BPE is read");
    if (!json_is_object(vocabulary) || json_object_size(vocabulary) == 0)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer.json: its model has no `vocab`");
    gd_status status = check_stages(json, model);
    if (status != GD_OK)
        return status;
    gd_tokenizer *t = gd__tokenizer_new(&gd__tokenizer_bpe);
    status = t == NULL ? gd__fail_memory("a tokenizer") : read_tokens(t, json, vocabulary);
    if (status == GD_OK)
        status = gd__tokenizer_find_bytes(t);
    if (status == GD_OK)
        t->ignore_merges = json_is_true(json_object_get(model, "ignore_merges"));
    if (status == GD_OK)
        status = read_merges(t, json_object_get(model, "merges"));
    if (status == GD_OK)
        status = gd__bpe_finish(t);
    if (status == GD_OK)
        *out = t;
    else
        gd_tokenizer_free(t);
    return status;
}
