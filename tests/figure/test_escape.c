// Text from outside: what may stand in HTML and in JSON.
#include <cmocka.h>

#include "base/memory.h"
#include "figure/escape.h"

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } cases[] = {
        {"plain", "plain"},
        {"\xe7\x8c\xab\xf0\x9f\x90\x88", "\xe7\x8c\xab\xf0\x9f\x90\x88"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 // overlong
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, // a surrogate
        {"a\xe7\x8c", "a\xef\xbf\xbd\xef\xbf\xbd"},               // cut short
        {"\xf4\x90\x80\x80x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx"},
        {"\x1b[31m\t\n", "\xef\xbf\xbd[31m\t\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *copy = gd__utf8_copy(cases[i].given);
        assert_string_equal(copy, cases[i].wanted);
        gd__free(copy);
    }
}

static void test_html(void **state)
{
    (void)state;
    static const struct {
        const char *given, *text, *name;
    } cases[] = {
        {"mean_absolute_error", "mean_absolute_error", "mean absolute error"},
        {"r2", "r2", "R\xc2\xb2"},
        {"<b title=\"a\">'&'</b>", "&lt;b title=&quot;a&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;",
         "&lt;b title=&quot;a&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;"},
        {"\xff<", "\xef\xbf\xbd&lt;", "\xef\xbf\xbd&lt;"},
        {NULL, "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd__text text = {0}, name = {0};
        gd__html_add(&text, cases[i].given);
        gd__html_add_name(&name, cases[i].given);
        char *added = gd__text_take(&text), *added_name = gd__text_take(&name);
        assert_string_equal(added, cases[i].text);
        assert_string_equal(added_name, cases[i].name);
        gd__free(added);
        gd__free(added_name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_utf8), cmocka_unit_test(test_html)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
