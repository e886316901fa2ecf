// The picture of a network: a box for each layer, an arrow for each that takes what another puts out.
#include <gradus/report.h>

#include "model/expect.h"

static int count(const char *text, const char *part)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        found++;
    return found;
}

static void every_layer_has_a_box(void **state)
{
    (void)state;
    gd_model *model = open_text(RECIPE_DATA "blocks: {part: {layers: [{dense: {units: 64, as: a}}, tanh]}}\n"
                                            "model:\n  - flatten: {as: <flat>}\n  - part: {as: one}\n"
                                            "  - residual: [{dense: 64}, relu]\n"
                                            "  - add: {from: [<flat>, previous]}\n  - dense: 3\n"
                                            "loss: softmax_cross_entropy\n");
    char *svg = gd_network_svg(model->layer_count, model->layer);
    assert_non_null(svg);
    // The input, flatten, the block's two, the branch's two, the residual's sum, add, dense; and the background.
    assert_int_equal(count(svg, "<rect"), 9 + 1);
    // One into each layer, and a second into both sums.
    assert_int_equal(count(svg, "marker-end"), 8 + 2);
    assert_int_equal(count(svg, "&lt;flat&gt;"), 1);
    assert_int_equal(count(svg, "one.a"), 1);
    assert_int_equal(count(svg, "4,160 parameters"), 2);
    gd_text_free(svg);
    gd_model_free(model);
}

static void what_is_too_large_is_not_drawn(void **state)
{
    (void)state;
    const gd_model_layer none = {0};
    assert_null(gd_network_svg(1001, &none));
    assert_says("from 1 to 1000");
    assert_null(gd_network_svg(0, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_has_a_box),
        cmocka_unit_test(what_is_too_large_is_not_drawn),
    };
    return cmocka_run_group_tests_name("network_svg", tests, NULL, NULL);
}
