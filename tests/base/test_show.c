// Numbers as people read them.
#include <cmocka.h>
#include <math.h>

#include "base/show.h"

static void test_numbers(void **state)
{
    (void)state;
    const struct {
        gd__shown shown;
        const char *text;
    } cases[] = {
        {gd__show_count(0), "0"},
        {gd__show_count(-1234567), "-1,234,567"},
        {gd__show_count(999), "999"},
        {gd__show_number(0.123456), "0.1235"},
        {gd__show_number(123456), "123,456"},
        {gd__show_number(NAN), "\xe2\x80\x93"},
        {gd__show_percent(0.9147), "91.5\xc2\xa0%"},
        {gd__show_percent(1), "100\xc2\xa0%"},
        {gd__show_seconds(0.0015), "1.5\xc2\xa0ms"},
        {gd__show_seconds(151), "2\xc2\xa0min 31\xc2\xa0s"},
        {gd__show_seconds(7260), "2\xc2\xa0h 1\xc2\xa0min"},
        {gd__show_seconds(NAN), "\xe2\x80\x93"},
        {gd__show_bytes(1536), "1.5\xc2\xa0KiB"},
        {gd__show_operations(8600000), "8.6\xc2\xa0M"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(cases[i].shown.text, cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
