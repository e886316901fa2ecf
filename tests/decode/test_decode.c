// Decoding beyond the golden sets: a language model, coverage, least lengths, states that follow their rows, and what
// is refused.
#include <gradus/decode.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static gd_array borrow(int64_t rows, int64_t columns, const double *value)
{
    return gd_array_borrow(GD_F64, GD_SHAPE(rows, columns), value);
}

// ---- Connectionist temporal classification

// Only "1 2" is a word.
static double word(void *context, const int32_t *prefix, int64_t length, int32_t symbol)
{
    (*(int *)context)++;
    return length == 0 && symbol == 1 ? log(0.9) : length == 1 && prefix[0] == 1 && symbol == 2 ? log(0.9) : log(1e-6);
}

static void test_language_model(void **state)
{
    (void)state;
    // Frames that are nearly as sure of 3 as of 2.
    const double y[] = {0, 5, 0, 0, 5, 0, 0, 0, 0, 0, 3, 3.1};
    const gd_array logits = borrow(3, 4, y);
    gd_decodings plain, guided;
    int asked = 0;
    assert_int_equal(gd_ctc_beam(&logits, (gd_ctc_beam_opts){0}, &plain), GD_OK);
    assert_int_equal(plain.decoding[0].length, 2);
    assert_int_equal(plain.decoding[0].symbol[1], 3);
    assert_int_equal(gd_ctc_beam(&logits, (gd_ctc_beam_opts){.language = word, .context = &asked}, &guided), GD_OK);
    assert_int_equal(guided.decoding[0].length, 2);
    assert_int_equal(guided.decoding[0].symbol[0], 1);
    assert_int_equal(guided.decoding[0].symbol[1], 2);
    assert_true(fabs(guided.decoding[0].score - guided.decoding[0].log_probability - 2 * log(0.9)) < 1e-12);
    assert_true(asked > 0);
    gd_decodings_free(&plain);
    gd_decodings_free(&guided);
}

static void test_blank_at_the_end(void **state)
{
    (void)state;
    const double y[] = {4, 0, 0, 0, 0, 4, 4, 0, 0, 0, 4, 0};
    const gd_array logits = borrow(4, 3, y);
    gd_decodings found;
    assert_int_equal(gd_ctc_greedy(&logits, -1, &found), GD_OK);
    assert_int_equal(found.decoding[0].length, 3);
    assert_memory_equal(found.decoding[0].symbol, ((const int32_t[]){0, 0, 1}), 3 * sizeof(int32_t));
    gd_decodings_free(&found);
    const gd_array none = borrow(0, 3, y); // no frames: the empty labelling is certain
    assert_int_equal(gd_ctc_beam(&none, (gd_ctc_beam_opts){.blank = -1}, &found), GD_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.decoding[0].length, 0);
    assert_true(found.decoding[0].score == 0);
    gd_decodings_free(&found);
}

static void test_no_logits(void **state)
{
    (void)state;
    const double y[] = {0, 1, NAN, 0};
    gd_array logits = borrow(2, 2, y);
    gd_decodings found;
    assert_int_equal(gd_ctc_greedy(&logits, 0, &found), GD_ERROR_NUMBER);
    assert_non_null(strstr(gd_last_error(), "frame 1"));
    assert_int_equal(gd_ctc_greedy(&logits, 2, &found), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_ctc_beam(&logits, (gd_ctc_beam_opts){.width = -1}, &found), GD_ERROR_ARGUMENT);
    logits.shape.rank = 1;
    assert_int_equal(gd_ctc_greedy(&logits, 0, &found), GD_ERROR_SHAPE);
}

// ---- Symbol by symbol

enum { SYMBOLS = 4, END = 3, PLACES = 2 };

// A state goes with each row: how many 0s its sequence has. After two of them the end is likely.
typedef struct {
    int64_t zeros[64], before[64];
    bool attend;
} counter;

static gd_status count_zeros(void *context, const gd_beam_step *step)
{
    counter *c = context;
    memcpy(c->before, c->zeros, sizeof c->before);
    for (int64_t i = 0; i < step->rows; i++) {
        c->zeros[i] = step->parent[i] < 0 ? 0 : c->before[step->parent[i]] + (step->symbol[i] == 0);
        const bool enough = c->zeros[i] >= 2 + step->search[i];
        const double share[] = {enough ? 0.1 : 0.4, 0.3, enough ? 0.1 : 0.2, enough ? 0.5 : 0.1};
        for (int j = 0; j < SYMBOLS; j++)
            step->log_probability[i * SYMBOLS + j] = log(share[j]);
        for (int j = 0; c->attend && j < PLACES; j++) // 0 attends to the first place, 1 to both
            step->attention[i * PLACES + j] = step->step == 0 || step->symbol[i] == 0 ? j == 0 : 0.5;
    }
    return GD_OK;
}

static void test_states_follow_their_rows(void **state)
{
    (void)state;
    counter c = {0};
    gd_decodings found[2];
    const gd_beam_opts opts = {.symbols = SYMBOLS, .start = 7, .end = END, .width = 4, .length_power = 1};
    assert_int_equal(gd_beam_search(opts, 2, count_zeros, &c, found), GD_OK);
    // The second search wants one 0 more.
    assert_int_equal(found[0].decoding[0].length, 3);
    assert_int_equal(found[1].decoding[0].length, 4);
    assert_memory_equal(found[1].decoding[0].symbol, ((const int32_t[]){0, 0, 0, END}), 4 * sizeof(int32_t));
    assert_true(fabs(found[1].decoding[0].log_probability - (3 * log(0.4) + log(0.5))) < 1e-12);
    assert_true(fabs(found[1].decoding[0].score - found[1].decoding[0].log_probability / 4) < 1e-12);
    for (int i = 0; i < 2; i++)
        gd_decodings_free(&found[i]);
}

static void test_least_length(void **state)
{
    (void)state;
    counter c = {0};
    gd_decodings found;
    const gd_beam_opts opts = {.symbols = SYMBOLS, .end = END, .width = 1, .shortest = 5, .longest = 6};
    assert_int_equal(gd_beam_search(opts, 1, count_zeros, &c, &found), GD_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.decoding[0].length, 6);
    assert_int_equal(found.decoding[0].symbol[5], END);
    gd_decodings_free(&found);
}

// The coverage penalty is that of the formula, and with enough of it the sequence that attends to both places wins.
static void test_coverage(void **state)
{
    (void)state;
    for (int strong = 0; strong < 2; strong++) {
        counter c = {.attend = true};
        gd_decodings found;
        const gd_beam_opts opts = {
            .symbols = SYMBOLS, .end = END, .width = 8, .longest = 5, .places = PLACES, .coverage = strong ? 50 : 1e-9};
        assert_int_equal(gd_beam_search(opts, 1, count_zeros, &c, &found), GD_OK);
        const gd_decoding *best = &found.decoding[0];
        double attended[PLACES] = {0}, penalty = 0;
        for (int64_t i = 0; i < best->length; i++) {
            const bool first = i == 0 || best->symbol[i - 1] == 0;
            attended[0] += first ? 1 : 0.5;
            attended[1] += first ? 0 : 0.5;
        }
        for (int j = 0; j < PLACES; j++)
            penalty += attended[j] > 0 && attended[j] < 1 ? log(attended[j]) : 0;
        assert_true(fabs(best->score - best->log_probability - opts.coverage * penalty) < 1e-9);
        assert_true(strong ? penalty == 0 : true);
        gd_decodings_free(&found);
    }
}

static gd_status refuse(void *context, const gd_beam_step *step)
{
    (void)context;
    for (int64_t i = 0; i < step->rows * SYMBOLS; i++)
        step->log_probability[i] = step->step == 2 ? 1 : -1;
    return GD_OK;
}

static void test_refused(void **state)
{
    (void)state;
    counter c = {0};
    gd_decodings found;
    gd_beam_opts opts = {.symbols = SYMBOLS, .end = END};
    assert_int_equal(gd_beam_search(opts, 1, refuse, NULL, &found), GD_ERROR_NUMBER);
    assert_int_equal(found.count, 0);
    opts.end = SYMBOLS;
    assert_int_equal(gd_beam_search(opts, 1, count_zeros, &c, &found), GD_ERROR_ARGUMENT);
    opts = (gd_beam_opts){.symbols = SYMBOLS, .end = END, .coverage = 1};
    assert_int_equal(gd_beam_search(opts, 1, count_zeros, &c, &found), GD_ERROR_ARGUMENT);
    opts = (gd_beam_opts){.symbols = SYMBOLS, .end = END, .width = -2};
    assert_int_equal(gd_beam_search(opts, 1, count_zeros, &c, &found), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language_model), cmocka_unit_test(test_blank_at_the_end),
        cmocka_unit_test(test_no_logits),      cmocka_unit_test(test_states_follow_their_rows),
        cmocka_unit_test(test_least_length),   cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
