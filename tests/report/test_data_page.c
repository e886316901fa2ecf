// The page about data: what comes from outside is escaped, and a page appears whole or not at all.
#include "data/files.h"

#include <gradus/report.h>
#include <math.h>

#include "base/memory.h"

static char *read_page(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    rewind(file);
    char *text = calloc((size_t)size + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

// A column of numbers with a name that is HTML, one without any number, and a target of classes.
static gd_category_count classes[] = {{.name = (char *)"</script><i>", .count = {3, 0, 1}},
                                      {.name = (char *)"\xff\xfe", .count = {1, 0, 0}}};
static gd_column columns[] = {
    {.name = (char *)"<b>&\"price\"",
     .field = (char *)"x",
     .figures = {[GD_TRAIN] = {.count = 4, .min = 1, .max = 2, .mean = 1.5, .deviation = .5, .bin = {2, 2}},
                 [GD_TEST] = {.count = 1, .min = 1, .max = 1, .mean = 1, .bin = {1}}},
     .different = 4,
     .bin_count = 2,
     .bin_low = 1,
     .bin_high = 2},
    {.name = (char *)"nothing",
     .field = (char *)"x",
     .figures = {{.missing = 4, .min = NAN, .max = NAN, .mean = NAN, .deviation = NAN}}},
    {.name = (char *)"kind",
     .field = (char *)"label",
     .role = GD_ROLE_TARGET,
     .kind = GD_KIND_CATEGORY,
     .figures = {[GD_TRAIN] = {.count = 4}, [GD_TEST] = {.count = 1}},
     .category_count = 2,
     .category = classes,
     .imbalance = 3},
};
static gd_data_warning warnings[] = {
    {.kind = GD_WARNING_CONSTANT, .column = 0, .sentence = (char *)"'<b>' is constant"}};
static char *headings[] = {(char *)"<b>"}, *cells[] = {(char *)"<td>"}, *origins[] = {(char *)"a<b>.csv, line 2"};
static const gd_description description = {
    .has = {true, false, true},
    .samples = {4, 0, 1},
    .column_count = 3,
    .column = columns,
    .warning_count = 1,
    .warning = warnings,
    .raw = {.row_count = 1, .column_count = 1, .heading = headings, .cell = cells, .origin = origins}};

static void test_page(void **state)
{
    (void)state;
    const char *path = temporary("data.html");
    assert_fine(gd_data_page_write(&description, "Data & more", path));
    char *page = read_page(path);
    static const char *const wanted[] = {"<h1>Data &amp; more</h1>",        "&lt;b&gt;&amp;&quot;price&quot;",
                                         "&#39;&lt;b&gt;&#39; is constant", "&lt;/script&gt;&lt;i&gt;",
                                         "\xef\xbf\xbd\xef\xbf\xbd",        "&lt;td&gt;",
                                         "a&lt;b&gt;.csv, line 2",          ">constant</span>",
                                         "has 3 times as many samples",     "<dt>test samples</dt><dd>1</dd>"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strstr(page, wanted[i]) == NULL)
            fail_msg("the page lacks %s", wanted[i]);
    static const char *const unwanted[] = {"<b>&\"price", "</script><i>", "nan", "validation samples", "\xff\xfe"};
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++) {
        // The library of charts has words of its own.
        const char *end = strstr(page, "<script id=\"vega\">");
        const char *found = strstr(page, unwanted[i]);
        if (found != NULL && (end == NULL || found < end))
            fail_msg("the page has %s", unwanted[i]);
    }
    free(page);
    unlink(path);
}

static void test_failures(void **state)
{
    (void)state;
    assert_int_equal(gd_data_page_write(NULL, NULL, "page.html"), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_data_page_write(&description, NULL, "/nowhere/page.html"), GD_ERROR_IO);
    const char *path = temporary("data.html");
    for (long successes = 0; successes < 6; successes++) {
        gd__alloc_fail_after(successes, true);
        const gd_status status = gd_data_page_write(&description, NULL, path);
        gd__alloc_fail_after(-1, false);
        assert_int_equal(status, GD_ERROR_MEMORY);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_page), cmocka_unit_test(test_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
