// Numbers in text have a point, whatever locale the program has.
#include <gradus/graph.h>
#include <gradus/text.h>

#include "base/format.h"
#include "base/text.h"

#include <cmocka.h>
#include <locale.h>
#include <string.h>

static void expect_points(void)
{
    char text[40], *end;
    assert_int_equal(gd__format(text, sizeof text, "%.2f %g", 3.25, 1e-3), 10);
    assert_string_equal(text, "3.25 0.001");
    assert_true(gd__parse_number("2.5,1", &end) == 2.5);
    assert_string_equal(end, ",1");
    gd__text grown = {0};
    gd__text_add(&grown, "%.1f", 1.5);
    assert_string_equal(grown.data, "1.5");
    gd__text_free(&grown);
    (void)gd_fail(GD_ERROR_ARGUMENT, "%g is too much", 0.5);
    assert_string_equal(gd_last_error(), "0.5 is too much");
    assert_string_equal(gd_duration_text(0.0125).text, "12.5 ms");
}

static void test_c_locale(void **state)
{
    (void)state;
    expect_points();
}

static void test_comma(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && found == NULL; i++)
        found = setlocale(LC_ALL, names[i]);
    if (found == NULL) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    assert_string_equal(localeconv()->decimal_point, ",");
    expect_points();
    assert_string_equal(localeconv()->decimal_point, ","); // the program's own is as it was
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_c_locale), cmocka_unit_test(test_comma)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
