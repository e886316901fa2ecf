// Specifications: templates, what is filled in by name, and the frame.
#include <cmocka.h>
#include <math.h>

#include "figure/specification.h"

static const char template[] = GD__VERBATIM({
    "signals" : [ {"name" : "title", "value" : ""}, {"name" : "place", "bind" : {"input" : "range", "max" : 1}} ],
    "data" : [ {"name" : "points", "values" : []} ],
    "scales" : [ {"name" : "x", "type" : "linear"} ],
    "axes" : [ {"format" : ".1%"} ]
});

static const json_t *member(const json_t *parts, const char *list, size_t index, const char *key)
{
    return json_object_get(json_array_get(json_object_get(parts, list), index), key);
}

static void test_filled_in_by_name(void **state)
{
    (void)state;
    json_t *parts = gd__spec_from(template);
    assert_non_null(parts);
    gd__spec_rows(parts, "points", json_pack("[{s:o}]", "x", gd__json_number(NAN)));
    gd__spec_signal(parts, "title", gd__json_label("a\xff"));
    gd__spec_slider(parts, "place", 41);
    gd__spec_scale_type(parts, "x", "log");
    gd__spec_signal(parts, "absent", json_integer(1)); // changes nothing
    assert_true(json_is_null(json_object_get(json_array_get(member(parts, "data", 0, "values"), 0), "x")));
    assert_string_equal(json_string_value(member(parts, "signals", 0, "value")), "a\xef\xbf\xbd");
    assert_int_equal(json_integer_value(json_object_get(member(parts, "signals", 1, "bind"), "max")), 41);
    assert_string_equal(json_string_value(member(parts, "scales", 0, "type")), "log");
    assert_string_equal(json_string_value(member(parts, "axes", 0, "format")), ".1%");
    assert_int_equal(json_array_size(json_object_get(parts, "signals")), 2);
    json_decref(parts);
}

static void test_parts_with_numbers(void **state)
{
    (void)state;
    json_t *part = gd__spec_part("{\"width\": %d, \"fill\": \"%s\"}", 300, gd__theme_print.ink);
    assert_int_equal(json_integer_value(json_object_get(part, "width")), 300);
    assert_string_equal(json_string_value(json_object_get(part, "fill")), gd__theme_print.ink);
    json_decref(part);
    assert_null(gd__spec_part("{"));
}

// A page names no address, and its colours are its own.
static void test_frame(void **state)
{
    (void)state;
    json_t *on_page = gd__spec_whole(gd__spec_from(template), &gd__theme_page, true);
    json_t *alone = gd__spec_whole(gd__spec_from(template), &gd__theme_print, false);
    assert_null(json_object_get(on_page, "$schema"));
    assert_non_null(json_object_get(alone, "$schema"));
    assert_non_null(json_object_get(on_page, "autosize"));
    assert_null(json_object_get(alone, "autosize"));
    const json_t *axis = json_object_get(json_object_get(on_page, "config"), "axis");
    assert_string_equal(json_string_value(json_object_get(axis, "labelColor")), gd__theme_page.muted);
    assert_null(json_object_get(axis, "labelFont"));
    axis = json_object_get(json_object_get(alone, "config"), "axis");
    assert_string_equal(json_string_value(json_object_get(axis, "labelFont")), gd__theme_print.font);
    json_decref(on_page);
    json_decref(alone);
    assert_null(gd__spec_whole(NULL, &gd__theme_page, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filled_in_by_name),
        cmocka_unit_test(test_parts_with_numbers),
        cmocka_unit_test(test_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
