// What an option may be at most is told: in the reference, in the schema for editors, and where a value is refused.
#include <gradus/layer.h>
#include <gradus/optim.h>
#include <gradus/transform.h>
#include <math.h>

#include "base/record.h"
#include "model/expect.h"
#include "model/schema.h"
#include "model/schema_words.h"
#include "nn/initialise.h"
#include "nn/loss.h"
#include "search/search.h"

static int options_seen, limits_seen;

// The number as the reference writes it.
static void written(double number, char text[32])
{
    snprintf(text, 32, number == 0x1p53 ? "2^53" : "%.12g", number);
    char *exponent = strstr(text, "e+");
    if (exponent != NULL)
        memmove(exponent + 1, exponent + 2 + strspn(exponent + 2, "0"), strlen(exponent) - 1);
}

static void check_words(const gd_option *option, const char *of)
{
    gd__text words = {0};
    char most[32];
    options_seen++;
    if (!option->ranged || option->high >= 1e300)
        return;
    limits_seen++;
    assert_true(option->low <= option->high);
    gd__describe_option(&words, option);
    written(option->high, most);
    if (words.data == NULL || strstr(words.data, most) == NULL)
        fail_msg("%s.%s: '%s' does not say that %s is the most", of, option->name, words.data, most);
    gd__text_free(&words);
}

static void check_table(const gd_option *table, const char *of)
{
    for (const gd_option *option = table; option != NULL && option->name != NULL; option++) {
        check_words(option, of);
        if (option->type == GD_OPTION_MAP || option->type == GD_OPTION_MAPS)
            check_table(option->options, option->name);
    }
}

static const gd_records *const *all_records(int *count)
{
    static const gd_records *all[10];
    *count = 0;
    all[(*count)++] = gd_layer_kinds();
    all[(*count)++] = gd_rule_kinds();
    all[(*count)++] = gd_schedule_kinds();
    all[(*count)++] = gd_transform_kinds();
    all[(*count)++] = &gd__initializer_records;
    all[(*count)++] = &gd__loss_records;
    all[(*count)++] = &gd__source_variants;
    all[(*count)++] = &gd__range_variants;
    all[(*count)++] = &gd__strategy_records;
    return all;
}

static void words_tell_the_most(void **state)
{
    (void)state;
    int count;
    const gd_records *const *all = all_records(&count);
    check_table(gd__recipe_keys, "recipe");
    for (int r = 0; r < count; r++)
        for (int i = 0; i < gd_record_count(all[r]); i++)
            check_table(gd_record_at(all[r], i)->options, gd_record_at(all[r], i)->name);
    assert_true(options_seen > 300);
    assert_true(limits_seen > 150);
}

// Out of their range, in a recipe: the sentence tells both ends.
static void refusals_tell_the_most(void **state)
{
    (void)state;
    static const struct {
        const char *recipe, *says;
    } cases[] = {
        {"model: [{dense: {units: 20000000}}]\n", "a whole number from 1 to 10000000"},
        {"model: [{conv2d: {filters: 3, kernel: [3, 2000000]}}]\n",
         "a whole number or [rows, columns], from 1 to 1000000"},
        {"model: [{conv3d: {filters: 3, kernel: [3, 3, 2000000]}}]\n",
         "a whole number or [depth, rows, columns], from 1 to 1000000"},
        {"model: [{dropout: 1}]\n", "a number from 0 to below 1"},
        {"model: [relu]\ntrain: {seed: 1e17}\n", "a whole number from 0 to 2^53"},
        {"model: [relu]\nparameters: [{match: '*', learning_rate: 1e31}]\n", "a number above 0 and at most 1e30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_recipe *recipe;
        if (gd_recipe_parse(cases[i].recipe, "net.yaml", &recipe) == GD_OK ||
            strstr(gd_last_error(), cases[i].says) == NULL)
            fail_msg("%s: \"%s\", expected \"%s\"", cases[i].recipe, gd_last_error(), cases[i].says);
    }
}

// Out of their range, from C.
static void settings_tell_the_most(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        gd_setting setting;
        const char *says;
    } cases[] = {
        {"dense", {.name = "units", .value = 1e9}, "expected a whole number of at least 1 and at most 1e+07"},
        {"conv3d",
         {.name = "stride", .text = "1,0,2"},
         "expected a whole number of at least 1 and at most 1e+06, or one an axis, as in 3,5"},
        {"conv1d", {.name = "stride", .value = 0}, "expected a whole number of at least 1 and at most 1e+06"},
        {"split", {.name = "sizes", .text = "3,-1"}, "expected a number of at least 1 and at most 1e+09, or several"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gd_record *record = &gd_layer_kind_named(cases[i].kind)->record;
        void *options = calloc(1, record->options_size);
        gd_options_default(record, options);
        assert_int_equal(gd_options_set(record, options, cases[i].setting), GD_ERROR_ARGUMENT);
        assert_says(cases[i].says);
        free(options);
    }
}

// Several numbers from C: each axis its own, or as many as there are.
static void lists_are_set_from_c(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_setting sizes[] = {{"sizes", 0, "3,1,4"}, {"axis", -1, NULL}, {0}};
    const gd_setting volume[] = {{"filters", 2, NULL}, {"kernel", 0, "1,2,3"}, {"padding", 0, "same"}, {0}};
    gd_layer *split = gd_layer_create(graph, "split", NULL, sizes);
    gd_layer *convolution = gd_layer_create(graph, "conv3d", "c", volume);
    char shape[GD_SHAPE_TEXT];
    assert_non_null(split);
    assert_non_null(convolution);
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2, 3, 4, 8));
    assert_string_equal(gd_shape_text(gd_tensor_shape(gd_layer_apply(split, x)), shape), "[batch,2,3,4,3]");
    assert_string_equal(gd_shape_text(gd_tensor_shape(gd_layer_apply(convolution, x)), shape), "[batch,2,3,4,8]");
    assert_string_equal(gd_shape_text(gd_tensor_shape(gd_variable_find(graph, "c.weight")), shape), "[2,2,1,2,3]");
    gd_layer_free(split);
    gd_layer_free(convolution);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_tell_the_most), cmocka_unit_test(refusals_tell_the_most),
                                       cmocka_unit_test(settings_tell_the_most),
                                       cmocka_unit_test(lists_are_set_from_c)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
