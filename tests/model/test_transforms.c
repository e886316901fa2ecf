// The section `data.transforms`.
#include "model/expect.h"

#define DATA "data: {train: {random: {shape: 4, count: 30, classes: 3}}, split: {validation: 0.2}%s}\n"
#define REST "model: [{dense: 3}]\nloss: softmax_cross_entropy\n"

static double largest(const gd_dataset *set)
{
    double most = 0;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        gd_array out = {0};
        assert_ok(gd_dataset_get(set, 0, 1, &i, &out));
        for (int64_t k = 0; k < gd_array_count(&out); k++)
            most = gd_array_get(&out, k) > most ? gd_array_get(&out, k) : most;
        gd_array_free(&out);
    }
    return most;
}

// In order, before what is scaled; the same in every part; a text as short as it can be.
static void test_written(void **state)
{
    (void)state;
    char text[600];
    snprintf(text, sizeof text, DATA REST,
             ", transforms: [{clip: {high: 0.5}, of: x}, {noise: 0.1}, log], scale: {x: minmax}");
    gd_model *model = open_text(text);
    assert_true(largest(model->train) == 1);
    assert_true(largest(model->validation) <= 1);
    gd_model_free(model);
    snprintf(text, sizeof text, DATA REST, ", augment: [{clip: {max: 0.5}}]");
    model = open_text(text);
    assert_true(largest(model->train) == 0.5);
    gd_model_free(model);
}

// With a transform that mixes samples the target is a row of shares, in every part, and training and measuring go on
// as before.
static void test_mixed(void **state)
{
    (void)state;
    gd_model *model =
        open_text("data: {train: {random: {shape: [1, 6, 6], count: 40, classes: 3}}, split: {validation: "
                  "0.25}, transforms: [{mixup: 0.4}, {cutmix: {p: 0.5}}]}\n"
                  "model: [flatten, {dense: 3}]\n"
                  "loss: {softmax_cross_entropy: {label_smoothing: 0.1}}\n"
                  "metrics: [accuracy, log_loss]\ntrain: {epochs: 2, batch: 8}\n");
    const gd_field target = gd_dataset_field(model->validation, gd_dataset_find(model->validation, "label"));
    assert_true(target.type == GD_F32 && target.shape.rank == 1 && target.shape.dim[0] == 3);
    assert_int_equal(target.class_count, 3);
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    settings.fit.checkpoint = settings.fit.best_checkpoint = settings.fit.history_csv = settings.fit.history_jsonl =
        NULL;
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_non_null(trainer);
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    const gd_epoch_row *last = &gd_trainer_history(trainer)->epoch[1];
    assert_true(last->metric[0] >= 0 && last->metric[0] <= 1 && last->validation_metric[1] > 0);
    gd_trainer_free(trainer);
    gd_model_free(model);
}

static const struct {
    const char *data, *said;
} wrong[] = {
    {", transforms: [{clpi: {}}]", "did you mean 'clip'"},
    {", transforms: [{clip: {hihg: 3}}]", "did you mean 'high'"},
    {", transforms: [{noise: -1}]", "deviation"},
    {", transforms: [{noise: 1, of: z}]", "the data has no field 'z'"},
    {", transforms: [{noise: 1, of: label}]", "'label' is the target"},
    {", transforms: [{noise: 1, of: [x, label]}]", "takes 1 to 1 fields, was given 2"},
};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[600];
        gd_recipe *recipe;
        gd_model *model = NULL;
        snprintf(text, sizeof text, DATA REST, wrong[i].data);
        gd_status status = gd_recipe_parse(text, "net.yaml", &recipe);
        if (status == GD_OK)
            status = gd_model_create(recipe, GD_PART_ALL, &model);
        assert_int_not_equal(status, GD_OK);
        assert_says(wrong[i].said);
        assert_says("net.yaml:1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_written), cmocka_unit_test(test_mixed),
                                       cmocka_unit_test(test_wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
