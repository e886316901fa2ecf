// Decoding against enumeration: search.json has models of symbols that follow each other, with the best sequences of
// several beams, and outputs for connectionist temporal classification with their best labellings.
#include <gradus/decode.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-5
enum { SYMBOLS = 12, END = 11 };

static json_t *load(void)
{
    json_error_t error;
    json_t *all = json_load_file("tests/decode/search.json", 0, &error);
    if (all == NULL)
        fail_msg("%s", error.text);
    return all;
}

// A table [rows][columns].
static gd_array take_table(const json_t *list)
{
    const int64_t rows = (int64_t)json_array_size(list), columns = (int64_t)json_array_size(json_array_get(list, 0));
    gd_array table;
    assert_int_equal(gd_array_create(&table, GD_F64, GD_SHAPE(rows, columns)), GD_OK);
    for (int64_t i = 0; i < rows * columns; i++)
        gd_array_put(
            &table, i,
            json_number_value(json_array_get(json_array_get(list, (size_t)(i / columns)), (size_t)(i % columns))));
    return table;
}

// [symbols, log-probability, score?]
static void expect_decoding(const char *what, const gd_decoding *have, const json_t *want)
{
    const json_t *symbols = json_array_get(want, 0);
    if (have->length != (int64_t)json_array_size(symbols))
        fail_msg("%s: %d symbols, expected %d", what, (int)have->length, (int)json_array_size(symbols));
    for (int64_t i = 0; i < have->length; i++)
        if (have->symbol[i] != json_integer_value(json_array_get(symbols, (size_t)i)))
            fail_msg("%s: symbol %d is %d", what, (int)i, (int)have->symbol[i]);
    const double sum = json_number_value(json_array_get(want, 1));
    const double score = json_array_size(want) > 2 ? json_number_value(json_array_get(want, 2)) : sum;
    if (!(fabs(have->log_probability - sum) <= TOLERANCE) || !(fabs(have->score - score) <= TOLERANCE))
        fail_msg("%s: log-probability %g and score %g, expected %g and %g", what, have->log_probability, have->score,
                 sum, score);
}

static void expect_all(const char *what, const gd_decodings *have, const json_t *want)
{
    if (have->count != (int)json_array_size(want))
        fail_msg("%s: %d decodings, expected %d", what, have->count, (int)json_array_size(want));
    for (int i = 0; i < have->count; i++)
        expect_decoding(what, &have->decoding[i], json_array_get(want, (size_t)i));
}

// ---- Symbols that follow each other

// The next symbol depends on the last one alone; row 0 is also the beginning's.
static gd_status next(void *context, const gd_beam_step *step)
{
    const gd_array *table = context;
    for (int64_t i = 0; i < step->rows; i++)
        for (int64_t c = 0; c < SYMBOLS; c++)
            step->log_probability[i * SYMBOLS + c] =
                gd_array_get(table, (step->step == 0 ? 0 : step->symbol[i]) * SYMBOLS + c);
    return GD_OK;
}

static void test_markov(void **state)
{
    (void)state;
    json_t *all = load(), *model, *beam;
    size_t i, j, checked = 0;
    json_array_foreach(json_object_get(all, "markov"), i, model)
    {
        gd_array table = take_table(json_object_get(model, "log_probs"));
        json_array_foreach(json_object_get(model, "beam"), j, beam)
        {
            const gd_beam_opts opts = {.symbols = SYMBOLS,
                                       .end = END,
                                       .width = (int)json_integer_value(json_object_get(beam, "width")),
                                       .longest = json_integer_value(json_object_get(beam, "max_len")),
                                       .length_power = json_number_value(json_object_get(beam, "alpha")),
                                       .pool = strcmp(json_string_value(json_object_get(beam, "kind")), "pool") == 0};
            gd_decodings found[3]; // three searches side by side find the same
            char what[60];
            snprintf(what, sizeof what, "model %d, beam %d", (int)i, (int)j);
            assert_int_equal(gd_beam_search(opts, 3, next, &table, found), GD_OK);
            for (int k = 0; k < 3; k++) {
                expect_all(what, &found[k], json_object_get(beam, "best"));
                gd_decodings_free(&found[k]);
            }
            checked++;
        }
        gd_array_free(&table);
    }
    assert_int_equal(checked, 48);
    json_decref(all);
}

// ---- Connectionist temporal classification

static void test_ctc(void **state)
{
    (void)state;
    json_t *all = load(), *one, *best;
    const char *width;
    size_t i;
    json_array_foreach(json_object_get(all, "ctc"), i, one)
    {
        gd_array logits = take_table(json_object_get(one, "logits"));
        const int64_t blank = json_integer_value(json_object_get(one, "blank"));
        gd_decodings found;
        assert_int_equal(gd_ctc_greedy(&logits, blank, &found), GD_OK);
        json_t *greedy = json_pack("[O,O]", json_object_get(one, "greedy"), json_object_get(one, "greedy_path_logp"));
        assert_int_equal(found.count, 1);
        expect_decoding("greedy", &found.decoding[0], greedy);
        json_decref(greedy);
        gd_decodings_free(&found);
        json_object_foreach(json_object_get(one, "prefix_beam"), width, best)
        {
            assert_int_equal(gd_ctc_beam(&logits, (gd_ctc_beam_opts){.blank = blank, .width = atoi(width)}, &found),
                             GD_OK);
            expect_all("prefix beam", &found, best);
            gd_decodings_free(&found);
        }
        // A beam that nothing falls out of finds what enumeration does.
        assert_int_equal(gd_ctc_beam(&logits, (gd_ctc_beam_opts){.blank = blank, .width = 5000}, &found), GD_OK);
        json_t *exact;
        size_t k;
        json_array_foreach(json_object_get(one, "exact_top"), k, exact)
            expect_decoding("enumeration", &found.decoding[k], exact);
        gd_decodings_free(&found);
        gd_array_free(&logits);
    }
    assert_int_equal(i, 12);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_markov), cmocka_unit_test(test_ctc)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
