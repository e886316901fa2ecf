// Numbers as people read them, words that may have been meant, and the version.
#include <cmocka.h>
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/show.h"

static void test_numbers(void **state)
{
    (void)state;
    const struct {
        gd_number_text shown;
        const char *text;
    } cases[] = {
        {gd_count_text(0), "0"},
        {gd_count_text(-1234567), "-1,234,567"},
        {gd_count_text(999), "999"},
        {gd_count_text(INT64_MIN), "-9,223,372,036,854,775,808"},
        {gd_rate_text(8.254), "8.25"},
        {gd_rate_text(99.94), "99.9"},
        {gd_rate_text(1234.6), "1,235"},
        {gd_prefixed_text(43, "FLOP"), "43 FLOP"},
        {gd_prefixed_text(999.4, ""), "999"},
        {gd_prefixed_text(1.2e9, "FLOP"), "1.20 GFLOP"},
        {gd_prefixed_text(999900, ""), "1.00 M"},
        {gd_prefixed_text(12.34e6, ""), "12.3 M"},
        {gd_prefixed_text(NAN, "FLOP"), "\xe2\x80\x93"},
        {gd_bytes_text(1023), "1023 B"},
        {gd_bytes_text(1536), "1.50 KiB"},
        {gd_bytes_text(3.0 * 1024 * 1024), "3.00 MiB"},
        {gd_duration_text(0.0015), "1.5 ms"},
        {gd_duration_text(0.25), "0.25 s"},
        {gd_duration_text(3.21), "3.2 s"},
        {gd_duration_text(59.4), "59 s"},
        {gd_duration_text(59.6), "1 min 00 s"},
        {gd_duration_text(151), "2 min 31 s"},
        {gd_duration_text(7260), "2 h 01 min"},
        {gd_duration_text(NAN), "\xe2\x80\x93"},
        {gd_duration_text(-1), "\xe2\x80\x93"},
        {gd__value_text(0.123456), "0.1235"},
        {gd__value_text(123456), "123,456"},
        {gd__value_text(NAN), "\xe2\x80\x93"},
        {gd__weight_text(1e6), "1,000,000"},
        {gd__weight_text(0.5), "0.5"},
        {gd__percent_text(0.9147), "91.5\xc2\xa0%"},
        {gd__percent_text(1), "100\xc2\xa0%"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(cases[i].shown.text, cases[i].text);
}

static void test_nearest_word(void **state)
{
    (void)state;
    static const char *const words[] = {"train", "search", "report", "learning_rate", "l1", "l2"};
    const int count = sizeof words / sizeof *words;
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        {"train", "train"},         {"trian", "train"},   {"tain", "train"}, {"trrain", "train"},
        {"rep", "report"},          {"serach", "search"}, {"lr", "l1"},      {"learnig_rat", "learning_rate"},
        {"learn", "learning_rate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *near = gd_nearest_word(cases[i].typed, count, words);
        assert_non_null(near);
        assert_string_equal(near, cases[i].meant);
    }
    assert_null(gd_nearest_word("something", count, words));
    assert_null(gd_nearest_word("train", 0, NULL));
    char endless[5000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(gd_nearest_word(endless, count, words));
}

static void test_version(void **state)
{
    (void)state;
    char text[40];
    snprintf(text, sizeof text, "%d.%d.%d", GD_VERSION_MAJOR, GD_VERSION_MINOR, GD_VERSION_PATCH);
    assert_string_equal(gd_version(), text);
    assert_int_equal(gd_version_number(), GD_VERSION_NUMBER);
}

static void test_clock(void **state)
{
    (void)state;
    double before = gd_clock();
    for (int i = 0; i < 1000; i++) {
        const double now = gd_clock();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_nearest_word),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
