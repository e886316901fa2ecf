// Names by pattern: globs, alternatives, regular expressions between slashes, and expressions that are hostile.
#include <cmocka.h>
#include <gradus/gradus.h>
#include <stdio.h>
#include <string.h>

#include "base/pattern.h"
#include "base/random.h"

static void what_fits(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        {"fc1.weight", "fc1.weight", true},
        {"fc1.weight", "fc1.weights", false},
        {"fc1", "fc1.weight", false},
        {"*", "", true},
        {"*", "fc1.weight", true},
        {"*.bias", "fc1.bias", true},
        {"*.bias", "a.b.bias", true},
        {"*.bias", "bias", false},
        {"fc?.*", "fc1.weight", true},
        {"fc?.*", "fc12.weight", false},
        {"fc*t", "fc1.weight", true},
        {"*a*a*", "banana", true},
        {"*a*a*a*a*", "banana", false},
        {"*.bias|bn*", "bn1.weight", true},
        {"*.bias|bn*", "conv1.bias", true},
        {"*.bias|bn*", "conv1.weight", false},
        {"", "", true},
        {"", "x", false},
        {"/^fc[0-9]+\\.bias$/", "fc12.bias", true},
        {"/^fc[0-9]+\\.bias$/", "fc.bias", false},
        {"/bias/", "fc1.bias.x", true},
        {"/^(conv|bn)[34]\\./", "bn4.weight", true},
        {"/^(conv|bn)[34]\\./", "bn5.weight", false},
        {"fc*|/^(conv|bn)3/|*.x", "bn3.weight", true},
        {"fc*|/^(conv|bn)3/|*.x", "fc3.weight", true},
        {"fc*|/^(conv|bn)3/|*.x", "a.x", true},
        {"fc*|/^(conv|bn)3/|*.x", "a.y", false},
        {"/x{2,3}y/", "axxy", true},
        {"/[]/[:digit:]]z/", "a/z", true},
        {"a/b", "a/b", true},
        {"/b", "/b", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gd__pattern pattern;
        if (gd__pattern_create(&pattern, rows[i].pattern) != GD_OK)
            fail_msg("'%s': %s", rows[i].pattern, gd_last_error());
        if (gd__pattern_fits(&pattern, rows[i].text) != rows[i].fits)
            fail_msg("'%s' on '%s'", rows[i].pattern, rows[i].text);
        gd__pattern_free(&pattern);
    }
}

static void names_are_made_of_groups(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *text, *made; // NULL: it does not fit
    } rows[] = {
        {"^module\\.(.*)$", "\\1", "module.fc.weight", "fc.weight"},
        {"^module\\.(.*)$", "\\1", "fc.weight", NULL},
        {"layer([0-9])\\.conv", "stage\\1.first", "net.layer3.conv.weight", "net.stage3.first.weight"},
        {"(a)(b)?", "\\2\\1\\1", "xac", "xaac"},
        {"a", "", "banana", "bnana"},
        {"\\.", "\\\\", "a.b.c", "a\\b.c"},
        {"^", "net.", "fc", "net.fc"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gd__expression *expression;
        gd__text made = {0};
        assert_int_equal(gd__expression_create(rows[i].from, strlen(rows[i].from), &expression), GD_OK);
        assert_int_equal(gd__expression_replace(expression, rows[i].text, rows[i].to, &made), rows[i].made != NULL);
        if (rows[i].made != NULL)
            assert_string_equal(made.data, rows[i].made);
        gd__text_free(&made);
        gd__expression_free(expression);
    }
}

static void what_is_no_expression_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *says;
    } rows[] = {
        {"/fc(1/", "'fc(1' is no regular expression: "},
        {"/[a-/", "'[a-' is no regular expression: "},
        {"fc*|/a**{/", "is no regular expression: "},
        {"//", "it is empty"},
        {"/(a)\\1/", "it refers back to a group"},
        {"/x{3000}/", "it repeats too much"},
        {"/((x{100}){100}){100}/", "it repeats too much"},
        {"/(((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+/", "it repeats too much"},
        {"/((((((((((((((((((((((a))))))))))))))))))))))/", "nested too deeply"},
        {"/(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)/", "more than 9 groups"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gd__pattern pattern;
        if (gd__pattern_create(&pattern, rows[i].pattern) == GD_OK || strstr(gd_last_error(), rows[i].says) == NULL)
            fail_msg("'%s': '%s'", rows[i].pattern, gd_last_error());
        assert_int_equal(pattern.count, 0);
    }
    char text[300];
    memset(text, 'a', sizeof text);
    text[0] = text[GD__LONGEST_EXPRESSION + 2] = '/';
    text[GD__LONGEST_EXPRESSION + 3] = '\0';
    gd__pattern pattern;
    assert_int_equal(gd__pattern_create(&pattern, text), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "longer than 200 bytes"));
    text[GD__LONGEST_EXPRESSION + 1] = '/';
    text[GD__LONGEST_EXPRESSION + 2] = '\0';
    assert_int_equal(gd__pattern_create(&pattern, text), GD_OK);
    gd__pattern_free(&pattern);
}

// Whatever stands between the slashes is refused or answered in a moment: expressions that are known to be slow, and
// made-up ones, on a long name.
static void hostile_expressions_end_soon(void **state)
{
    (void)state;
    static const char *const slow[] = {"(a*)*b",      "(a|a)*b",       "(a|aa)+$",       "(.*)(.*)(.*)(.*)(.*)(.*)x",
                                       "((a*)*)*b",   "(a?){60}a{60}", "([a-z]*)*[0-9]", "(a|b)*a(a|b){9}$",
                                       "((a+)+)+$b?", "(x?x?x?x?)*y"};
    static const char letters[] = "ab.*+?|(){}[]^$\\1239,-:";
    char name[500], text[GD__LONGEST_EXPRESSION + 1];
    gd__random random = gd__random_make(7, 0);
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    const double begin = gd_clock();
    int understood = 0;
    for (int i = 0; i < 4000; i++) {
        const int known = (int)(sizeof slow / sizeof slow[0]);
        size_t length = gd__random_below(&random, i % 40 == 0 ? GD__LONGEST_EXPRESSION : 14);
        for (size_t k = 0; k < length; k++)
            text[k] = letters[gd__random_below(&random, sizeof letters - 1)];
        text[length] = '\0';
        if (i < known)
            length = (size_t)snprintf(text, sizeof text, "%s", slow[i]);
        gd__expression *expression;
        gd__text made = {0};
        const bool good = gd__expression_create(text, length, &expression) == GD_OK;
        assert_true(good || gd_last_error()[0] != '\0');
        const double before = gd_clock();
        if (good) {
            understood++;
            (void)gd__expression_fits(expression, name);
            (void)gd__expression_replace(expression, name, "\\1-\\9", &made);
        }
        if (gd_clock() - before > 5)
            fail_msg("'%s' took %g s", text, gd_clock() - before);
        gd__text_free(&made);
        gd__expression_free(expression);
    }
    assert_true(understood > 200);
    assert_true(gd_clock() - begin < 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_fits), cmocka_unit_test(names_are_made_of_groups),
                                       cmocka_unit_test(what_is_no_expression_is_told),
                                       cmocka_unit_test(hostile_expressions_end_soon)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
