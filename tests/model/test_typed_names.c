// Option names that people type, and what a list behind a layer's name means.
#include <gradus/layer.h>
#include <gradus/optim.h>
#include <gradus/text.h>
#include <gradus/transform.h>

#include "base/record.h"
#include "model/expect.h"
#include "model/schema.h"
#include "search/search.h"

// An alias is nobody else's name within a table.
static void check_table(const gd_option *table, const char *of)
{
    for (const gd_option *a = table; a != NULL && a->name != NULL; a++) {
        for (const gd_option *b = table; b->name != NULL; b++) {
            char word[64];
            for (const char *at = a->aliases; a != b && at != NULL && *at != '\0';) {
                const size_t length = strcspn(at, "|");
                snprintf(word, sizeof word, "%.*s", (int)length, at);
                if (strcmp(b->name, word) == 0 || gd__word_in(b->aliases, word, NULL))
                    fail_msg("%s: '%s' means '%s' and '%s'", of, word, a->name, b->name);
                at += length + (at[length] == '|');
            }
        }
        if (a->type == GD_OPTION_MAP || a->type == GD_OPTION_MAPS)
            check_table(a->options, a->name);
    }
}

static void aliases_are_nobody_elses(void **state)
{
    (void)state;
    const gd_records *const all[] = {gd_layer_kinds(),     gd_rule_kinds(),      gd_schedule_kinds(),
                                     gd_transform_kinds(), &gd__source_variants, &gd__range_variants};
    for (size_t r = 0; r < sizeof all / sizeof all[0]; r++)
        for (int i = 0; i < gd_record_count(all[r]); i++)
            check_table(gd_record_at(all[r], i)->options, gd_record_at(all[r], i)->name);
    check_table(gd__recipe_keys, "a recipe");
}

#define IMAGES "data: {train: {random: {shape: [1, 8, 8], count: 20, classes: 3}}}\nloss: ce\n"

static const struct {
    const char *typed, *ours;
} cases[] = {
    {"model: [{conv: {out_channels: 4, kernel_size: 3, strides: 2, pad: 1}}, relu, flatten, {fc: {hidden: 3}}]\n"
     "optimizer: {adam: {lr: 0.01, beta_1: 0.8, eps: 1e-7, wd: 0.1}}\ntrain: {batch_size: 5, max_epochs: 2, "
     "max_norm: 1, norm_type: max, num_workers: 2, early_stop: {patience: 3}}\n",
     "model: [{conv2d: {filters: 4, kernel: 3, stride: 2, padding: 1}}, relu, flatten, {dense: {units: 3}}]\n"
     "optimizer: {adam: {learning_rate: 0.01, beta1: 0.8, epsilon: 1e-7, weight_decay: 0.1}}\ntrain: {batch: 5, "
     "epochs: 2, clip_norm: 1, clip_kind: max, workers: 2, early_stopping: {patience: 3}}\n"},
    {"model: [flatten, {dense: 4, as: a}, {dense: 4, as: b}, {add: [a, b]}, {multiply: [previous, a], as: c}, "
     "{concat: [c, b]}, {dropout: {p: 0.5}}, {dense: 3}]\n",
     "model: [flatten, {dense: 4, as: a}, {dense: 4, as: b}, {add: {from: [a, b]}}, {multiply: {from: [previous, a]}, "
     "as: c}, {concat: {from: [c, b]}}, {dropout: {rate: 0.5}}, {dense: 3}]\n"},
    {"model: [{reshape: [8, 8], as: a}, {layer_norm: 2, as: b}, {attention: [a, b]}, {mha: 4}, flatten, "
     "{batch_norm: 0.2}, {dense: 3}]\n",
     "model: [{reshape: {shape: [8, 8]}, as: a}, {layer_norm: {axes: 2}, as: b}, {attention: {from: [a, b]}}, "
     "{attention: 4}, flatten, {batch_norm: 0.2}, {dense: 3}]\n"},
};

static void typed_names_are_ours(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const char *const body[] = {cases[c].typed, cases[c].ours};
        char *yaml[2];
        for (int i = 0; i < 2; i++) {
            char text[1500];
            snprintf(text, sizeof text, IMAGES "%s", body[i]);
            gd_model *model = open_text(text);
            gd__text flow = {0};
            gd__yaml_flow(&flow, model->recipe->root);
            yaml[i] = gd__text_take(&flow);
            gd_model_free(model);
        }
        assert_string_equal(yaml[0], yaml[1]);
        gd_text_free(yaml[0]);
        gd_text_free(yaml[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_are_nobody_elses),
        cmocka_unit_test(typed_names_are_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
