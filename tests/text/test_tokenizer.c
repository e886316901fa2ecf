// Tokenizers: what becomes of texts, good and bad, and that all of it comes back.
#include <cmocka.h>
#include <gradus/tokens.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void assert_ok_at(gd_status status, const char *file, int line)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    _fail(file, line);
}
#define assert_ok(call) assert_ok_at((call), __FILE__, __LINE__)

static gd_tokenizer *trained(const char *kind, const char *text, gd_tokenizer_opts opts)
{
    gd_tokenizer *t = NULL;
    assert_ok(gd_tokenizer_train_text(gd_tokenizer_kind_named(kind), text, strlen(text), opts, &t));
    return t;
}

// The tokens of a text, one behind the other with bars between them.
static char *barred(const gd_tokenizer *t, const char *text, size_t bytes)
{
    gd_tokens ids = {0};
    gd__text bars = {0};
    assert_ok(gd_tokenizer_encode(t, text, bytes, &ids));
    for (int64_t i = 0; i < ids.count; i++) {
        size_t length = 0;
        const char *token = gd_tokenizer_token(t, ids.id[i], &length);
        assert_non_null(token);
        if (i > 0)
            gd__text_add(&bars, "|");
        gd__text_add_bytes(&bars, token, length);
    }
    gd_tokens_free(&ids);
    return gd__text_take(&bars);
}

static void texts_are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *text, *tokens;
        gd_tokenizer_opts opts;
    } cases[] = {
        {"bytes", "h\xc3\xa9", "h|\xc3|\xa9", {0}},
        {"bytes", "", "", {0}},
        {"characters", "hé!", "h|é|!", {0}},
        {"characters", "a\xff\xe4\xb8z", "a|\xef\xbf\xbd|\xef\xbf\xbd|z", {0}},
        {"characters", "ÀÉ ΣЖ", "à|é| |σ|ж", {.lower = true}},
        {"words", "Don't stop, it's 3.14!", "Don't|stop|,|it's|3.14|!", {0}},
        {"words", "The END.", "the|end|.", {.lower = true}},
        {"words", "'quoted' a,b 1,2", "'|quoted|'|a|,|b|1,2", {0}},
        {"words", "我们学习deep learning。", "我|们|学|习|deep|learning|。", {0}},
        {"words", "ひらカタカナ", "ひ|ら|カタカナ", {0}},
        {"words", "naïve cafe\xcc\x81 x\xff", "naïve|cafe\xcc\x81|x|\xef\xbf\xbd", {0}},
        {"words", "a <unk> isn't 1,000", "a|<unk>|isn't|1,000", {.split = GD_SPLIT_SPACES}},
        {"words", "one two", "one|two|<eos>", {.eos = true}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_tokenizer *t = trained(cases[i].kind, cases[i].text, cases[i].opts);
        char *tokens = barred(t, cases[i].text, strlen(cases[i].text));
        assert_string_equal(tokens, cases[i].tokens);
        gd_text_free(tokens);
        gd_tokenizer_free(t);
    }
}

static void ids_go_by_how_often(void **state)
{
    (void)state;
    gd_tokenizer *t =
        trained("words", "b a c b a b d", (gd_tokenizer_opts){.eos = true, .special = "<sep>  <cls>", .size = 6});
    static const char *const expected[] = {"<unk>", "<eos>", "<sep>", "<cls>", "b", "a"};
    assert_int_equal(gd_tokenizer_count(t), 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(gd_tokenizer_token(t, i, NULL), expected[i]);
    assert_int_equal(gd_tokenizer_unknown(t), 0);
    assert_int_equal(gd_tokenizer_eos(t), 1);
    assert_int_equal(gd_tokenizer_find(t, "a", 1), 5);
    assert_int_equal(gd_tokenizer_find(t, "c", 1), -1);
    char *tokens = barred(t, "a c", 3);
    assert_string_equal(tokens, "a|<unk>|<eos>");
    gd_text_free(tokens);
    gd_tokenizer_free(t);
    t = trained("words", "b a c b a b d", (gd_tokenizer_opts){.minimum_count = 2});
    assert_int_equal(gd_tokenizer_count(t), 3); // <unk>, b and a
    gd_tokenizer_free(t);
    t = trained("bytes", "", (gd_tokenizer_opts){.eos = true});
    assert_int_equal(gd_tokenizer_count(t), 257);
    assert_int_equal(gd_tokenizer_find(t, "A", 1), 'A');
    gd_tokenizer_free(t);
}

static void texts_come_back(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *text, *back;
    } cases[] = {
        {"bytes", "any \xff\xfe bytes\n", "any \xff\xfe bytes\n"},
        {"characters", "two\nlines 行", "two\nlines 行"},
        {"words", "it is,\nso", "it is , so"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_tokenizer *t = trained(cases[i].kind, cases[i].text, (gd_tokenizer_opts){.eos = true}), *again;
        char *json = gd_tokenizer_to_json(t);
        assert_non_null(json);
        assert_ok(gd_tokenizer_from_json(json, &again));
        char *json_again = gd_tokenizer_to_json(again);
        assert_string_equal(json, json_again);
        gd_tokens ids = {0}, ids_again = {0};
        assert_ok(gd_tokenizer_encode(t, cases[i].text, strlen(cases[i].text), &ids));
        assert_ok(gd_tokenizer_encode(again, cases[i].text, strlen(cases[i].text), &ids_again));
        assert_int_equal(ids.count, ids_again.count);
        assert_memory_equal(ids.id, ids_again.id, (size_t)ids.count * sizeof *ids.id);
        assert_int_equal(ids.id[ids.count - 1], gd_tokenizer_eos(t));
        size_t bytes = 0;
        char *text = gd_tokenizer_decode(again, ids.count, ids.id, &bytes);
        assert_string_equal(text, cases[i].back);
        assert_int_equal(bytes, strlen(cases[i].back));
        gd_text_free(text);
        gd_text_free(json);
        gd_text_free(json_again);
        gd_tokens_free(&ids);
        gd_tokens_free(&ids_again);
        gd_tokenizer_free(t);
        gd_tokenizer_free(again);
    }
}

static void zeros_are_characters(void **state)
{
    (void)state;
    gd_tokenizer *t, *again;
    assert_ok(gd_tokenizer_train_text(gd_tokenizer_kind_named("characters"), "a\0b", 3, (gd_tokenizer_opts){0}, &t));
    char *json = gd_tokenizer_to_json(t);
    assert_ok(gd_tokenizer_from_json(json, &again));
    assert_int_equal(gd_tokenizer_count(again), 4);
    assert_true(gd_tokenizer_find(again, "\0", 1) > 0);
    gd_text_free(json);
    gd_tokenizer_free(t);
    gd_tokenizer_free(again);
}

static void long_words_are_cut(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    char *text = malloc(3 * LONG);
    assert_non_null(text);
    for (int i = 0; i < LONG; i++)
        memcpy(text + 3 * i, "ក", 3); // a letter of three bytes
    static const gd_word_split split[] = {GD_SPLIT_UNICODE, GD_SPLIT_SPACES};
    for (int i = 0; i < 2; i++) {
        gd_tokenizer *t;
        gd_tokens ids = {0};
        const gd_tokenizer_opts opts = {.split = split[i]};
        assert_ok(gd_tokenizer_train_text(gd_tokenizer_kind_named("words"), text, 3 * LONG, opts, &t));
        assert_ok(gd_tokenizer_encode(t, text, 3 * LONG, &ids));
        assert_int_equal(ids.count, (LONG + 332) / 333); // of 999 bytes each
        assert_int_equal(gd_tokenizer_count(t), 3);      // those, the rest, and <unk>
        gd_tokens_free(&ids);
        gd_tokenizer_free(t);
    }
    free(text);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *text, *sentence;
        gd_tokenizer_opts opts;
    } cases[] = {
        {"words", "a", "no room", {.size = 2, .special = "<a> <b>"}}, {"bytes", "a", "no room", {.size = 10}},
        {"bytes", "a", "keeps every byte", {.lower = true}},          {"words", "", "would be empty", {0}},
        {"words", "a b", "would be empty", {.minimum_count = 2}},     {"words", "a", "-1 tokens", {.size = -1}},
        {"words", "a", "in no way", {.split = (gd_word_split)7}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_tokenizer *t;
        assert_int_equal(gd_tokenizer_train_text(gd_tokenizer_kind_named(cases[i].kind), cases[i].text,
                                                 strlen(cases[i].text), cases[i].opts, &t),
                         GD_ERROR_ARGUMENT);
        assert_null(t);
        assert_non_null(strstr(gd_last_error(), cases[i].sentence));
    }
    gd_tokenizer *t = trained("words", "a", (gd_tokenizer_opts){0});
    const int32_t beyond = 2;
    assert_null(gd_tokenizer_decode(t, 1, &beyond, NULL));
    assert_non_null(strstr(gd_last_error(), "no token 2"));
    gd_tokenizer_free(t);
}

static void false_json_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "not valid JSON"},
        {"[]", "no tokenizer"},
        {"{\"tokenizer\": \"words\"}", "cannot be read"},
        {"{\"tokenizer\":\"wrods\",\"lower\":false,\"split\":\"unicode\",\"unknown\":0,\"eos\":-1,\"special\":[],"
         "\"tokens\":[\"<unk>\"]}",
         "did you mean"},
        {"{\"tokenizer\":\"words\",\"lower\":false,\"split\":\"unicode\",\"unknown\":5,\"eos\":-1,\"special\":[],"
         "\"tokens\":[\"<unk>\"]}",
         "are ids"},
        {"{\"tokenizer\":\"words\",\"lower\":false,\"split\":\"unicode\",\"unknown\":0,\"eos\":-1,\"special\":[9],"
         "\"tokens\":[\"<unk>\"]}",
         "special token has no id"},
        {"{\"tokenizer\":\"words\",\"lower\":false,\"split\":\"unicode\",\"unknown\":0,\"eos\":-1,\"special\":[],"
         "\"tokens\":[\"a\",\"a\"]}",
         "are the same"},
        {"{\"tokenizer\":\"words\",\"lower\":false,\"split\":\"unicode\",\"unknown\":0,\"eos\":-1,\"special\":[],"
         "\"tokens\":[7]}",
         "is no text"},
        {"{\"tokenizer\":\"bytes\",\"lower\":false,\"split\":\"unicode\",\"unknown\":-1,\"eos\":-1,\"special\":[],"
         "\"tokens\":[\"a\"]}",
         "is no token"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_tokenizer *t;
        assert_int_not_equal(gd_tokenizer_from_json(cases[i][0], &t), GD_OK);
        assert_null(t);
        if (strstr(gd_last_error(), cases[i][1]) == NULL)
            fail_msg("case %zu: %s", i, gd_last_error());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_cut),         cmocka_unit_test(ids_go_by_how_often),
        cmocka_unit_test(texts_come_back),       cmocka_unit_test(zeros_are_characters),
        cmocka_unit_test(long_words_are_cut),    cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(false_json_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
