#include "files.h"

#include <locale.h>
#include <math.h>

#include "base/random.h"
#include "data/csv_date.h"
#include "data/csv_number.h"

static gd__csv_notation notation = {.decimal = '.'};

static void assert_as_strtod(const char *text)
{
    double number = 0;
    const double expected = strtod(text, NULL);
    const bool is_number = gd__csv_read_number(&notation, text, strlen(text), &number);
    if (is_number != (bool)isfinite(expected) || (is_number && memcmp(&number, &expected, sizeof number) != 0))
        fail_msg("'%s' is %.17g, strtod gives %.17g", text, number, expected);
    char row[128];
    snprintf(row, sizeof row, "%s\n", text);
    const char *end = gd__csv_scan_number(&notation, row, &number);
    if (is_number && (end == NULL || *end != '\n' || memcmp(&number, &expected, sizeof number) != 0))
        fail_msg("'%s' is scanned as %.17g, strtod gives %.17g", text, number, expected);
}

// Numbers of all lengths and powers give what strtod gives, to the bit.
static void test_exact(void **state)
{
    (void)state;
    static const char *const hard[] = {"0",
                                       "-0",
                                       "-0.0e5",
                                       "1.",
                                       ".5",
                                       "+7",
                                       "9007199254740993",
                                       "9007199254740993e1",
                                       "9007199254740992.5",
                                       "9007199254740993.5e-3",
                                       "0.000000000000000000000000001",
                                       "18446744073709551615",
                                       "9999999999999999999e27",
                                       "1e23",
                                       "8.5e22",
                                       "1e-400",
                                       "1e400",
                                       "4.9e-324",
                                       "2.2250738585072011e-308",
                                       "1.7976931348623157e308",
                                       "1.7976931348623159e308",
                                       "0.1000000000000000055511151231257827",
                                       "123456789012345678901234567890",
                                       "00000000000000000000000000000012.5",
                                       "1e0000000000000000000000005",
                                       "1e99999999999"};
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++)
        assert_as_strtod(hard[i]);
    gd__random random = gd__random_make(1, 2);
    for (int i = 0; i < 300000; i++) {
        char digits[48], text[64];
        const int length = 1 + (int)gd__random_below(&random, i % 10 == 0 ? 30 : 19);
        for (int d = 0; d < length; d++)
            digits[d] = (char)('0' + gd__random_below(&random, 10));
        digits[length] = '\0';
        const int point = (int)gd__random_below(&random, (uint64_t)length + 1);
        const int power = (int)gd__random_below(&random, 60) - 30;
        snprintf(text, sizeof text, i % 2 ? "%.*s.%s" : "-%.*s.%se%d", point, digits, digits + point, power);
        assert_as_strtod(text);
    }
    // Doubles as they are printed in full.
    for (int i = 0; i < 100000; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.*g", 15 + i % 4, (gd__next_uniform(&random) - .5) * pow(10, i % 21 - 10));
        assert_as_strtod(text);
    }
}

static void test_notations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gd__csv_notation notation;
        double number; // NaN: it is none
    } cases[] = {
        {"14,55", {.decimal = ','}, 14.55},
        {"14.55", {.decimal = ','}, NAN},
        {"14,55", {.decimal = '.'}, NAN},
        {"\t 18.57\xc2\xa0", {.decimal = '.'}, 18.57},
        {"1,234", {.decimal = '.', .thousands = ','}, 1234},
        {"-1,234,567.5", {.decimal = '.', .thousands = ','}, -1234567.5},
        {"1234", {.decimal = '.', .thousands = ','}, 1234},
        {"1,23", {.decimal = '.', .thousands = ','}, NAN},
        {"1,2345", {.decimal = '.', .thousands = ','}, NAN},
        {",123", {.decimal = '.', .thousands = ','}, NAN},
        {"1.234,5", {.decimal = ',', .thousands = '.'}, 1234.5},
        {"12%", {.decimal = '.', .percent = true}, .12},
        {"0.3 %", {.decimal = '.', .percent = true}, .003},
        {"12%", {.decimal = '.'}, NAN},
        {"1e2%", {.decimal = '.', .percent = true}, NAN},
        {"12", {.decimal = '.', .percent = true}, 12},
        {"$ 12", {.decimal = '.', .currency = "$"}, 12},
        {"-$12", {.decimal = '.', .currency = "$"}, -12},
        {"$-12", {.decimal = '.', .currency = "$"}, -12},
        {"12,5 EUR", {.decimal = ',', .currency = "EUR"}, 12.5},
        {"EUR", {.decimal = '.', .currency = "EUR"}, NAN},
        {"$12", {.decimal = '.'}, NAN},
        {"", {.decimal = '.'}, NAN},
        {"-", {.decimal = '.'}, NAN},
        {"--1", {.decimal = '.'}, NAN},
        {"1e", {.decimal = '.'}, NAN},
        {"1e-", {.decimal = '.'}, NAN},
        {".", {.decimal = '.'}, NAN},
        {"1.2.3", {.decimal = '.'}, NAN},
        {"1 2", {.decimal = '.'}, NAN},
        {"0x10", {.decimal = '.'}, NAN},
        {"inf", {.decimal = '.'}, NAN},
        {"nan", {.decimal = '.'}, NAN},
        {"1e999", {.decimal = '.'}, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double number = 0;
        gd__csv_notation with = cases[i].notation;
        with.c_locale = notation.c_locale;
        const bool is_number = gd__csv_read_number(&with, cases[i].text, strlen(cases[i].text), &number);
        if (is_number == (bool)isnan(cases[i].number) || (is_number && number != cases[i].number))
            fail_msg("'%s' is %s, %.17g", cases[i].text, is_number ? "a number" : "none", number);
    }
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool universal;
        double seconds; // NaN: no date
    } cases[] = {
        {"1970-01-01", false, 0},
        {"2000-02-29", false, 951782400},
        {"1900-02-29", false, NAN},
        {"1969-12-31T23:59:59", false, -1},
        {"2026/11/27 12:34", false, 1795782840},
        {"20261127", false, 1795737600},
        {"2026-11-27T12:34:56.5Z", false, 1795782896.5},
        {"2026-11-27T12:34:56+02:00", false, 1795782896},
        {"2026-11-27T12:34:56+02:00", true, 1795775696},
        {"2026-11-27T12:34:56-0530", true, 1795802696},
        {"2026-13-01", false, NAN},
        {"2026-11-31", false, NAN},
        {"2026-11-27x", false, NAN},
        {"2026-11-27T25:00", false, NAN},
        {"27.11.2026", false, NAN},
        {"2026-11", false, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double seconds = 0;
        const bool is_date = gd__csv_read_date(cases[i].text, strlen(cases[i].text), cases[i].universal, &seconds);
        if (is_date == (bool)isnan(cases[i].seconds) || (is_date && seconds != cases[i].seconds))
            fail_msg("'%s' is %s, %.17g", cases[i].text, is_date ? "a date" : "none", seconds);
    }
    double part[GD__DATE_PARTS];
    gd__csv_date_parts(-1, part);
    static const double new_years_eve[] = {1969, 12, 31, 2, 23, 59}; // a Wednesday
    for (int i = 0; i < GD__DATE_PARTS; i++)
        assert_true(part[i] == new_years_eve[i]);
    // Every day of four centuries comes back.
    for (int64_t day = -150000; day < 150000; day++) {
        char text[32];
        double seconds;
        gd__csv_date_parts((double)day * 86400, part);
        snprintf(text, sizeof text, "%04d-%02d-%02d", (int)part[0], (int)part[1], (int)part[2]);
        if (!gd__csv_read_date(text, strlen(text), false, &seconds) || seconds != (double)day * 86400)
            fail_msg("day %d is %s", (int)day, text);
    }
}

int main(void)
{
    notation.c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_notations),
        cmocka_unit_test(test_dates),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    freelocale(notation.c_locale);
    return failed;
}
