// Byte-pair encoding: what is learned, that bytes come back whatever they are, and that ids are those of others.
#include <cmocka.h>
#include <gradus/tokens.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_ok_at(gd_status status, const char *file, int line)
{
    if (status == GD_OK)
        return;
    print_error("%s\n", gd_last_error());
    _fail(file, line);
}
#define assert_ok(call) assert_ok_at((call), __FILE__, __LINE__)

static gd_tokenizer *learned(const char *text, gd_tokenizer_opts opts)
{
    gd_tokenizer *t = NULL;
    assert_ok(gd_tokenizer_train_text(gd_tokenizer_kind_named("bpe"), text, strlen(text), opts, &t));
    return t;
}

static void ids_are_hugging_faces(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int count;
        int32_t id[256];
    } cases[] = {
#include "expected.inc"
    };
    gd_tokenizer *t, *again;
    assert_ok(gd_tokenizer_load("tests/text/tokenizer.json", &t));
    assert_int_equal(gd_tokenizer_count(t), 371);
    char *json = gd_tokenizer_to_json(t); // which it can be kept as
    assert_ok(gd_tokenizer_from_json(json, &again));
    gd_text_free(json);
    const gd_tokenizer *const both[] = {t, again};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int b = 0; b < 2; b++) {
            gd_tokens ids = {0};
            assert_ok(gd_tokenizer_encode(both[b], cases[i].text, strlen(cases[i].text), &ids));
            if (ids.count != cases[i].count)
                fail_msg("text %zu: %d ids, expected %d", i, (int)ids.count, cases[i].count);
            for (int k = 0; k < cases[i].count; k++)
                if (ids.id[k] != cases[i].id[k])
                    fail_msg("text %zu: id %d is %d, expected %d", i, k, (int)ids.id[k], (int)cases[i].id[k]);
            char *back = gd_tokenizer_decode(both[b], ids.count, ids.id, NULL);
            assert_string_equal(back, cases[i].text);
            gd_text_free(back);
            gd_tokens_free(&ids);
        }
    gd_tokenizer_free(t);
    gd_tokenizer_free(again);
}

// By hand: "ab" stands 4 times and is merged first; then " " with "ab" and "ab" with "c" stand 3 times each, and the
// blank has the lower id; then " ab" with "c" (2).
static void frequent_pairs_are_merged(void **state)
{
    (void)state;
    gd_tokenizer *t = learned("abc abc abc ab", (gd_tokenizer_opts){0});
    static const char *const merged[] = {"ab", " ab", " abc"};
    assert_int_equal(gd_tokenizer_count(t), 256 + 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(gd_tokenizer_token(t, 256 + i, NULL), merged[i]);
    gd_tokenizer_free(t);
    t = learned("abc abc abc ab", (gd_tokenizer_opts){.size = 258, .eos = true});
    assert_int_equal(gd_tokenizer_count(t), 258);
    assert_int_equal(gd_tokenizer_eos(t), 256);
    assert_string_equal(gd_tokenizer_token(t, 257, NULL), "ab");
    gd_tokenizer_free(t);
    // Pairs that overlap are counted once each.
    t = learned("aaaa aaaa", (gd_tokenizer_opts){0});
    assert_string_equal(gd_tokenizer_token(t, 256, NULL), "aa");
    assert_string_equal(gd_tokenizer_token(t, 257, NULL), "aaaa");
    assert_int_equal(gd_tokenizer_count(t), 258);
    gd_tokenizer_free(t);
}

// Merges counted anew after each, without any bookkeeping.
typedef struct slow {
    int32_t symbol[64];
    int length;
} slow;

static void merges_are_those_of_the_definition(void **state)
{
    (void)state;
    static const char *const word[] = {"banana", "bandana", "ananas", "nana", "cabana", "aaabaaab", "ab", "abab"};
    enum { WORDS = sizeof word / sizeof *word, MERGES = 12 };
    char text[4096] = "";
    slow words[WORDS];
    for (int w = 0; w < WORDS; w++) {
        words[w].length = (int)strlen(word[w]);
        for (int i = 0; i < words[w].length; i++)
            words[w].symbol[i] = (unsigned char)word[w][i];
        for (int n = 0; n < w + 2; n++) // with a line before it, so that it is a piece
            snprintf(text + strlen(text), sizeof text - strlen(text), "\n%s", word[w]);
    }
    gd_tokenizer *t = learned(text, (gd_tokenizer_opts){.size = 256 + MERGES, .minimum_count = 1});
    for (int m = 0; m < MERGES; m++) {
        long best = 0;
        int left = 0, right = 0;
        for (int a = 0; a < 256 + m; a++)
            for (int b = 0; b < 256 + m; b++) {
                long count = 0;
                for (int w = 0; w < WORDS; w++)
                    for (int i = 0; i + 1 < words[w].length; i++)
                        count += words[w].symbol[i] == a && words[w].symbol[i + 1] == b ? w + 2 : 0;
                if (count > best) {
                    best = count;
                    left = a;
                    right = b;
                }
            }
        char merged[128];
        snprintf(merged, sizeof merged, "%s%s", gd_tokenizer_token(t, left, NULL), gd_tokenizer_token(t, right, NULL));
        assert_string_equal(gd_tokenizer_token(t, 256 + m, NULL), merged);
        for (int w = 0; w < WORDS; w++) {
            int length = 0;
            for (int i = 0; i < words[w].length; i++) {
                const bool here =
                    i + 1 < words[w].length && words[w].symbol[i] == left && words[w].symbol[i + 1] == right;
                words[w].symbol[length++] = here ? 256 + m : words[w].symbol[i];
                i += here;
            }
            words[w].length = length;
        }
    }
    gd_tokenizer_free(t);
}

static void order_of_texts_does_not_show(void **state)
{
    (void)state;
    gd_tokenizer *a = learned("one two three two one two", (gd_tokenizer_opts){.minimum_count = 1});
    gd_tokenizer *b = learned("one two two three one two", (gd_tokenizer_opts){.minimum_count = 1});
    char *first = gd_tokenizer_to_json(a), *second = gd_tokenizer_to_json(b);
    assert_string_equal(first, second);
    gd_text_free(first);
    gd_text_free(second);
    gd_tokenizer_free(a);
    gd_tokenizer_free(b);
}

static void long_pieces_are_encoded(void **state)
{
    (void)state;
    enum { LONG = 3000000 };
    char *text = malloc(LONG);
    assert_non_null(text);
    memset(text, 'a', LONG);
    gd_tokenizer *t = learned("aaaaaaaa aaaaaaaa", (gd_tokenizer_opts){0});
    gd_tokens ids = {0};
    assert_ok(gd_tokenizer_encode(t, text, LONG, &ids));
    assert_int_equal(ids.count, LONG / 8);
    size_t bytes;
    char *back = gd_tokenizer_decode(t, ids.count, ids.id, &bytes);
    assert_int_equal(bytes, LONG);
    assert_memory_equal(back, text, LONG);
    gd_text_free(back);
    gd_tokens_free(&ids);
    gd_tokenizer_free(t);
    free(text);
}

static void false_tokenizers_are_refused(void **state)
{
    (void)state;
#define CUT "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},"
    static const char *const cases[][2] = {
        {"{\"model\":{}}", "no `vocab`"},
        {"{\"model\":{\"vocab\":[]}}", "Unigram"},
        {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", "only BPE"},
        {"{\"model\":{\"vocab\":{\"a\":0}}}", "must be ByteLevel"},
        {"{\"normalizer\":{\"type\":\"NFC\"},\"model\":{\"vocab\":{\"a\":0}}}", "normalizer"},
        {"{" CUT "\"model\":{\"vocab\":{\"a\":1}}}", "no id from 0 to 0"},
        {"{" CUT "\"model\":{\"vocab\":{\"a\":0,\"b\":0}}}", "two tokens have the id 0"},
        {"{" CUT "\"model\":{\"vocab\":{\"a\":-1}}}", "no id from 0"},
        {"{" CUT "\"model\":{\"vocab\":{\"a\":\"x\"}}}", "no id from 0"},
        {"{" CUT "\"model\":{\"vocab\":{\"\\u6211\":0}}}", "stands for no byte"},
        {"{" CUT "\"model\":{\"vocab\":{\"a\":0}}}", "is no token"},
        {"{" CUT "\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":0}}}", "byte_fallback"},
        {"{" CUT "\"added_tokens\":[{\"id\":9,\"content\":\"x\"}],\"model\":{\"vocab\":{\"a\":0}}}",
         "no id from 0 to 1"},
        {"{" CUT "\"added_tokens\":[{\"id\":1,\"content\":\"x\",\"lstrip\":true}],\"model\":{\"vocab\":{\"a\":0}}}",
         "takes blanks"},
        {"{" CUT "\"added_tokens\":[7],\"model\":{\"vocab\":{\"a\":0}}}", "has no id"},
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
        cmocka_unit_test(ids_are_hugging_faces),
        cmocka_unit_test(frequent_pairs_are_merged),
        cmocka_unit_test(merges_are_those_of_the_definition),
        cmocka_unit_test(order_of_texts_does_not_show),
        cmocka_unit_test(long_pieces_are_encoded),
        cmocka_unit_test(false_tokenizers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
