// Scores of texts against sacrebleu's, jiwer's and editdistance's, in text.json: those of the golden sets, chrF beside
// them, and texts that try the rules for words.
#include <gradus/text_scores.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define TOLERANCE 1e-9 // relative

enum { MOST = 64 };

static void expect_near(const char *what, size_t at, double have, const json_t *want)
{
    const double truth = json_number_value(want);
    if (!(fabs(have - truth) <= TOLERANCE * fmax(1, fabs(truth))))
        fail_msg("%s of set %d is %.17g, expected %.17g", what, (int)at, have, truth);
}

static int64_t take_texts(const json_t *list, const char **out)
{
    size_t i;
    json_t *one;
    assert_true(json_array_size(list) <= MOST);
    json_array_foreach(list, i, one) out[i] = json_string_value(one);
    return (int64_t)json_array_size(list);
}

static json_t *load(void)
{
    json_error_t error;
    json_t *all = json_load_file("tests/metric/text.json", JSON_ALLOW_NUL, &error);
    if (all == NULL)
        fail_msg("%s", error.text);
    return all;
}

static void check_corpus(size_t at, const json_t *set)
{
    const char *hypothesis[MOST], *reference[3 * MOST], *of_one[3];
    const json_t *refs = json_object_get(set, "refs");
    const int references = (int)json_array_size(refs);
    const int64_t count = take_texts(json_object_get(set, "hyp"), hypothesis);
    for (int r = 0; r < references; r++)
        assert_int_equal(take_texts(json_array_get(refs, (size_t)r), reference + r * count), count);
    gd_bleu_opts opts = {0};
    gd_bleu bleu;
    double chrf;
    assert_int_equal(gd_word_rule_named(json_string_value(json_object_get(set, "tokenize")), &opts.words), GD_OK);
    assert_int_equal(gd_bleu_measure(count, hypothesis, references, reference, opts, &bleu), GD_OK);
    expect_near("BLEU", at, bleu.score, json_object_get(set, "bleu"));
    expect_near("brevity", at, bleu.brevity, json_object_get(set, "bp"));
    expect_near("the length", at, (double)bleu.hypothesis_words, json_object_get(set, "sys_len"));
    expect_near("the references' length", at, (double)bleu.reference_words, json_object_get(set, "ref_len"));
    for (int i = 0; i < GD_BLEU_ORDER; i++)
        expect_near("a precision", at, bleu.precision[i],
                    json_array_get(json_object_get(set, "precisions"), (size_t)i));
    assert_int_equal(gd_chrf(count, hypothesis, references, reference, (gd_chrf_opts){0}, &chrf), GD_OK);
    expect_near("chrF", at, chrf, json_object_get(set, "chrf"));
    assert_int_equal(gd_chrf(count, hypothesis, references, reference, (gd_chrf_opts){.word_order = 2}, &chrf), GD_OK);
    expect_near("chrF++", at, chrf, json_object_get(set, "chrf_plus"));
    opts.effective_order = true;
    for (int64_t i = 0; i < count; i++) {
        for (int r = 0; r < references; r++)
            of_one[r] = reference[r * count + i];
        assert_int_equal(gd_bleu_measure(1, hypothesis + i, references, of_one, opts, &bleu), GD_OK);
        expect_near("a sentence's BLEU", at, bleu.score, json_array_get(json_object_get(set, "sentence"), (size_t)i));
    }
}

static void test_translations(void **state)
{
    (void)state;
    json_t *all = load(), *set;
    size_t i;
    json_array_foreach(json_object_get(all, "bleu"), i, set) check_corpus(i, set);
    assert_int_equal(i, 70);
    json_decref(all);
}

static void test_errors(void **state)
{
    (void)state;
    json_t *all = load(), *set;
    size_t i;
    json_array_foreach(json_object_get(all, "errors"), i, set)
    {
        const char *reference[MOST], *hypothesis[MOST];
        const int64_t count = take_texts(json_object_get(set, "ref"), reference);
        assert_int_equal(take_texts(json_object_get(set, "hyp"), hypothesis), count);
        double value;
        assert_int_equal(gd_word_error_rate(count, reference, hypothesis, &value), GD_OK);
        expect_near("the word error rate", i, value, json_object_get(set, "wer"));
        assert_int_equal(gd_character_error_rate(count, reference, hypothesis, &value), GD_OK);
        expect_near("the character error rate", i, value, json_object_get(set, "cer"));
        for (int64_t k = 0; k < count; k++)
            for (int words = 0; words < 2; words++) {
                gd_edits edits;
                assert_int_equal(gd_edit_distance_text(reference[k], hypothesis[k], words, &edits), GD_OK);
                assert_int_equal(edits.distance, edits.insertions + edits.deletions + edits.substitutions);
                expect_near("a distance", i, (double)edits.distance,
                            json_array_get(json_object_get(set, words ? "word_distance" : "char_distance"), (size_t)k));
            }
    }
    assert_int_equal(i, 24);
    json_decref(all);
}

static void test_edits(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        gd_edits want;
    } row[] = {
        {"", "", {0}},
        {"", "ab", {2, 2, 0, 0}},
        {"ab", "", {2, 0, 2, 0}},
        {"kitten", "sitting", {3, 1, 0, 2}},
        {"abc", "axc", {1, 0, 0, 1}},
        {"\xff", "\xef\xbf\xbd", {0}},                 // what is no UTF-8 is U+FFFD
        {"\xe4\xbd", "\xef\xbf\xbd\xef\xbf\xbd", {0}}, // a character that breaks off, byte by byte
        {"\xed\xa0\x80", "x", {3, 0, 2, 1}},           // half a pair of UTF-16
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        gd_edits have;
        assert_int_equal(gd_edit_distance_text(row[i].a, row[i].b, false, &have), GD_OK);
        assert_memory_equal(&have, &row[i].want, sizeof have);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    double value;
    gd_bleu bleu;
    gd_word_rule rule;
    const char *none = NULL, *empty = "", *words = "a b";
    assert_int_equal(gd_word_error_rate(1, &empty, &words, &value), GD_OK);
    assert_true(isnan(value));
    assert_int_equal(gd_word_error_rate(1, &none, &words, &value), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_chrf(0, &empty, 1, &empty, (gd_chrf_opts){0}, &value), GD_OK);
    assert_true(value == 0);
    assert_int_equal(gd_bleu_measure(0, &empty, 1, &empty, (gd_bleu_opts){0}, &bleu), GD_OK);
    assert_true(bleu.score == 0);
    assert_int_equal(gd_bleu_measure(1, &words, 1, &none, (gd_bleu_opts){0}, &bleu), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_word_rule_named("14a", &rule), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "13a, zh, char or none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_translations), cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_edits), cmocka_unit_test(test_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
