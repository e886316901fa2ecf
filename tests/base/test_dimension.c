// Arithmetic on dimensions that may be open: against the same arithmetic on numbers, for many sizes.
#include "base/shape.h"

#include <cmocka.h>
#include <string.h>

enum { NOTHING = -7 }; // no sum, no quotient

static int64_t floor_of(int64_t a, int64_t by)
{
    return a / by - (a % by < 0 ? 1 : 0);
}

// A dimension made step by step, and what the steps make of a time.
typedef struct step {
    char what; // + - / *
    int64_t by;
} step;

typedef struct chain_case {
    const char *text;
    step step[5];
} chain_case;

static const chain_case chains[] = {
    {"time", {{0}}},
    {"time-2", {{'-', 2}}},
    {"time+3", {{'+', 3}}},
    {"time/2", {{'/', 2}}},
    {"(time+1)/2", {{'+', 1}, {'/', 2}}},
    {"(time+1)/4", {{'+', 1}, {'/', 2}, {'/', 2}}},
    {"(time/2)-1", {{'/', 2}, {'-', 1}}},
    {"((time+3)/6)-1", {{'-', 1}, {'/', 2}, {'-', 1}, {'/', 3}}},
    {"2*time", {{'*', 2}}},
    {"time-1", {{'*', 2}, {'-', 1}, {'/', 2}}},
    {"2*(time/3)+1", {{'/', 3}, {'*', 2}, {'+', 1}}},
    {"time/3", {{'/', 3}, {'*', 2}, {'+', 1}, {'/', 2}}},
    {"(time+2)/6", {{'*', 2}, {'+', 4}, {'/', 4}, {'/', 3}}},
    {"3*time-6", {{'-', 2}, {'*', 3}}},
};

static void test_chains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        int64_t dimension = GD_TIME;
        for (const step *s = chains[i].step; s->what != 0; s++) {
            const bool good = s->what == '+'   ? gd__dimension_add(dimension, s->by, &dimension)
                              : s->what == '-' ? gd__dimension_subtract(dimension, s->by, &dimension)
                              : s->what == '*' ? gd__dimension_multiply(s->by, dimension, &dimension)
                                               : gd__dimension_divide(dimension, s->by, &dimension);
            assert_true(good);
            assert_true(gd__dimension_has_time(dimension) && gd__dimension_is_sound(dimension));
        }
        char text[GD__DIMENSION_TEXT];
        gd__dimension_text(dimension, text);
        assert_string_equal(text, chains[i].text);
        for (int64_t time = 1; time < 60; time++) {
            int64_t want = time;
            for (const step *s = chains[i].step; s->what != 0; s++)
                want = s->what == '+'   ? want + s->by
                       : s->what == '-' ? want - s->by
                       : s->what == '*' ? want * s->by
                                        : floor_of(want, s->by);
            const int64_t have = gd__dimension_close(dimension, (gd__sizes){.time = time});
            if (have != (want < 0 ? INT64_MAX : want))
                fail_msg("%s at %lld is %lld, expected %lld", text, (long long)time, (long long)have, (long long)want);
        }
    }
}

static int64_t sum(int64_t a, int64_t b)
{
    int64_t result;
    return gd__dimension_add(a, b, &result) ? result : NOTHING;
}

static int64_t difference(int64_t a, int64_t b)
{
    int64_t result;
    return gd__dimension_subtract(a, b, &result) ? result : NOTHING;
}

static int64_t product(int64_t a, int64_t b)
{
    int64_t result;
    return gd__dimension_multiply(a, b, &result) ? result : NOTHING;
}

static int64_t quotient(int64_t a, int64_t by)
{
    int64_t result;
    return gd__dimension_divide(a, by, &result) ? result : NOTHING;
}

static void test_equal_forms(void **state)
{
    (void)state;
    assert_int_equal(sum(3, 4), 7);
    assert_int_equal(sum(GD_BATCH, 3 * GD_BATCH), 4 * GD_BATCH);
    assert_int_equal(sum(0, GD_BATCH), GD_BATCH);
    assert_int_equal(sum(GD_BATCH, 1), NOTHING);
    assert_int_equal(sum(GD_TIME, GD_BATCH), NOTHING);
    assert_int_equal(sum(INT64_MAX, 1), NOTHING);
    assert_int_equal(sum(GD_TIME, INT64_MAX), NOTHING);
    assert_int_equal(sum(GD_TIME, GD_TIME), product(2, GD_TIME));
    assert_int_equal(sum(quotient(GD_TIME, 2), GD_TIME), NOTHING);
    assert_int_equal(difference(GD_TIME, GD_TIME), 0);
    assert_int_equal(difference(sum(GD_TIME, 5), GD_TIME), 5);
    assert_int_equal(difference(GD_TIME, sum(GD_TIME, 5)), NOTHING);
    assert_int_equal(difference(2, 3), NOTHING);
    assert_int_equal(difference(3 * GD_BATCH, GD_BATCH), 2 * GD_BATCH);
    assert_int_equal(difference(GD_BATCH, 0), GD_BATCH);
    assert_int_equal(product(GD_TIME, GD_BATCH), product(GD_BATCH, GD_TIME));
    assert_int_equal(product(GD_TIME, GD_TIME), NOTHING);
    assert_int_equal(product(GD_BATCH, GD_BATCH), NOTHING);
    assert_int_equal(quotient(product(6 * GD_BATCH, GD_TIME), 3), product(2 * GD_BATCH, GD_TIME));
    assert_int_equal(quotient(product(GD_BATCH, GD_TIME), 3), NOTHING);
    assert_int_equal(quotient(product(2, quotient(GD_TIME, 3)), 3), NOTHING);
    assert_int_equal(quotient(5 * GD_BATCH, 2), NOTHING);
    assert_int_equal(product(GD_TIME, INT64_C(1) << 21), NOTHING);
    assert_int_equal(quotient(GD_TIME, 1025), NOTHING);
    assert_false(gd__dimension_is_sound(INT64_MIN + 1));
    assert_false(gd__dimension_has_time(GD_INFER));
}

static void test_sizes(void **state)
{
    (void)state;
    gd__sizes sizes = {0};
    const int64_t rows = product(2 * GD_BATCH, difference(GD_TIME, 1));
    assert_true(gd__dimension_solve(rows, 24, &sizes)); // says nothing of one alone
    assert_true(sizes.batch == 0 && sizes.time == 0);
    assert_true(gd__dimension_solve(2 * GD_BATCH, 6, &sizes));
    assert_true(gd__dimension_solve(sum(product(2, GD_TIME), 1), 11, &sizes));
    assert_true(sizes.batch == 3 && sizes.time == 5);
    assert_int_equal(gd__dimension_close(rows, sizes), 24);
    assert_true(gd__dimension_solve(rows, 24, &sizes));
    assert_false(gd__dimension_solve(rows, 25, &sizes));
    assert_false(gd__dimension_solve(GD_TIME, 6, &sizes));
    sizes = (gd__sizes){0};
    assert_false(gd__dimension_solve(sum(product(2, GD_TIME), 1), 12, &sizes));
    assert_int_equal(gd__dimension_close(GD_TIME, (gd__sizes){.time = 0}), 0);
    assert_int_equal(gd__dimension_close(rows, (gd__sizes){INT64_MAX / 2, 4}), INT64_MAX);
}

static void test_counts(void **state)
{
    (void)state;
    const int64_t less = difference(GD_TIME, 2);
    const gd__open_count a = gd__shape_open_count(GD_SHAPE(GD_BATCH, GD_TIME, less, 8)),
                         b = gd__shape_open_count(GD_SHAPE(product(4, less), product(GD_BATCH, GD_TIME), 2)),
                         c = gd__shape_open_count(GD_SHAPE(GD_BATCH, GD_TIME, GD_TIME, 8)),
                         d = gd__shape_open_count(GD_SHAPE(product(GD_BATCH, less), 4));
    assert_true(gd__open_count_equal(&a, &b));
    assert_false(gd__open_count_equal(&a, &c));
    int64_t left;
    assert_true(gd__open_count_divide(&a, &d, &left));
    assert_int_equal(left, product(2, GD_TIME));
    assert_false(gd__open_count_divide(&d, &a, &left));
    assert_false(gd__open_count_divide(&c, &d, &left));
    assert_true(gd__shape_open_count(GD_SHAPE(INT64_MIN + 1)).overflow);
    char text[GD_SHAPE_TEXT];
    assert_string_equal(gd_shape_text(GD_SHAPE(product(2 * GD_BATCH, less), GD_TIME, 3 * GD_BATCH, GD_INFER), text),
                        "[batch*(2*time-4),time,3*batch,infer]");
    assert_string_equal(gd_shape_text(GD_SHAPE(product(GD_BATCH, quotient(GD_TIME, 2))), text), "[batch*time/2]");
    // Eight of the longest dimensions do not go beyond the text.
    const int64_t longest = product(GD_BATCH, product(1 << 20, quotient(sum(GD_TIME, 1023), 1024)));
    const gd_shape wide = GD_SHAPE(longest, longest, longest, longest, longest, longest, longest, longest);
    assert_true(strlen(gd_shape_text(wide, text)) < GD_SHAPE_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_chains), cmocka_unit_test(test_equal_forms),
                                       cmocka_unit_test(test_sizes), cmocka_unit_test(test_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
