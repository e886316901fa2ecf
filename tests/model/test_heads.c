// Several targets with a loss each, several questions a sample, and losses with several outputs for a number.
#include <math.h>

#include <gradus/ops.h>

#include "model/expect.h"

static char directory[] = "/tmp/gradus-heads-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state)
{
    (void)state;
    char path[100];
    static const char *const files[] = {"table.csv", "net.safetensors", "history.csv"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    return rmdir(directory);
}

// 20 houses: two features, a price, whether it was sold, its kind, and two questions.
static void write_table(void)
{
    char path[100];
    snprintf(path, sizeof path, "%s/table.csv", directory);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs("area,age,price,sold,kind,garden,garage,w\n", stream);
    for (int i = 0; i < 20; i++)
        fprintf(stream, "%d,%d,%d,%s,%s,%d,%d,%g\n", 50 + 7 * i % 60, 3 * i % 17, 100 + 13 * i % 90,
                i % 3 == 0 ? "yes" : "no",
                i % 4 == 0   ? "flat"
                : i % 4 == 1 ? "house"
                             : "villa",
                i % 5 == 0, i % 2, 0.5 + i % 3);
    assert_int_equal(fclose(stream), 0);
}

// Opens a recipe beside the table; NULL where that fails.
static gd_model *open_beside(const char *data, const char *rest)
{
    char text[2000], name[100];
    gd_recipe *recipe;
    gd_model *model;
    snprintf(text, sizeof text, "data: {train: {csv: table.csv}, split: {validation: 0.4}, %s}\n%s", data, rest);
    snprintf(name, sizeof name, "%s/net.yaml", directory);
    if (gd_recipe_parse(text, name, &recipe) != GD_OK)
        return NULL;
    return gd_model_create(recipe, GD_PART_ALL, &model) == GD_OK ? model : NULL;
}

static gd_model *must_open(const char *data, const char *rest)
{
    gd_model *model = open_beside(data, rest);
    if (model == NULL)
        fail_msg("%s", gd_last_error());
    return model;
}

#define THREE "csv: {target: [price, sold, kind], ignore: [garden, garage, w]}, scale: standardize"
#define LOSSES                                                                                                         \
    "loss:\n"                                                                                                          \
    "  price: {huber: {delta: 2, weight: 0.5}}\n"                                                                      \
    "  sold: bce\n"                                                                                                    \
    "  kind: {cross_entropy: {class_weights: balanced, weight: 3}}\n"

static void each_target_has_a_head(void **state)
{
    (void)state;
    gd_model *model = must_open(THREE, "model: [{dense: 4}, tanh, {dense: 5}]\n" LOSSES);
    assert_int_equal(model->head_count, 3);
    static const struct {
        const char *name;
        const gd_task_kind *task;
        int64_t outputs;
        int classes;
        double share;
    } want[] = {{"price", &gd_task_regression, 1, 0, 0.5},
                {"sold", &gd_task_binary, 1, 2, 1},
                {"kind", &gd_task_classes, 3, 3, 3}};
    for (int i = 0; i < 3; i++) {
        const gd_model_head *head = &model->head[i];
        assert_string_equal(head->name, want[i].name);
        assert_ptr_equal(head->task, want[i].task);
        assert_int_equal(gd_tensor_dim(head->output, 1), want[i].outputs);
        assert_int_equal(head->class_count, want[i].classes);
        assert_true(head->share == want[i].share);
    }
    static const char *const names[] = {
        "price.loss", "price.mean_absolute_error", "sold.loss", "sold.accuracy", "kind.loss", "kind.accuracy"};
    assert_int_equal(model->metric_count, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(model->metric[i].name, names[i]);
    assert_string_equal(gd_model_class_name_of(model, 1, 1), "yes");
    assert_string_equal(gd_model_class_name_of(model, 2, 2), "villa");
    assert_null(gd_model_class_name_of(model, 0, 0));
    gd_model_free(model);
}

// The loss is the weighted sum of the heads' own, whatever the batches, and with weights of classes and samples.
static void losses_add_up(void **state)
{
    (void)state;
    static const char *const data[] = {
        THREE, "csv: {target: [price, sold, kind], ignore: [garden, garage]}, weight: w, scale: standardize"};
    for (int d = 0; d < 2; d++) {
        gd_model *model = must_open(data[d], "model: [{dense: 4}, tanh, {dense: 5}]\n" LOSSES);
        double first[7] = {0};
        for (int64_t batch = 1; batch <= 12; batch++) {
            gd_evaluation result;
            gd_evaluate_opts opts = gd_model_evaluate_opts(model);
            opts.batch = batch;
            assert_ok(gd_evaluate(model->data_loss, model->train, opts, &result));
            const double sum = 0.5 * result.metric[0] + result.metric[2] + 3 * result.metric[4];
            assert_true(fabs(result.loss - sum) < 1e-6 * (1 + fabs(sum)));
            for (int i = 0; i < 7; i++) {
                const double value = i == 6 ? result.loss : result.metric[i];
                if (batch == 1)
                    first[i] = value;
                if (!(fabs(value - first[i]) < 2e-6 * (1 + fabs(value))))
                    fail_msg("data %d, batches of %d: figure %d is %.9g, with batches of 1 %.9g", d, (int)batch, i,
                             value, first[i]);
            }
        }
        gd_model_free(model);
    }
}

// Each head by itself is what a network with that loss alone has.
static void a_head_alone_is_the_same(void **state)
{
    (void)state;
    gd_model *both = must_open("csv: {target: [price, sold], ignore: [kind, garden, garage, w]}",
                               "model: [{dense: {units: 2, init: zeros}}]\nloss: {price: mse, sold: bce}\n");
    gd_model *one = must_open("csv: {target: price, ignore: [sold, kind, garden, garage, w]}",
                              "model: [{dense: {units: 1, init: zeros}}]\nloss: mse\n");
    gd_evaluation of_both, of_one;
    assert_ok(gd_evaluate(both->data_loss, both->train, gd_model_evaluate_opts(both), &of_both));
    assert_ok(gd_evaluate(one->data_loss, one->train, gd_model_evaluate_opts(one), &of_one));
    assert_true(fabs(of_both.metric[0] - of_one.loss) < 1e-6 * of_one.loss);
    assert_true(fabs(of_both.metric[1] - of_one.metric[0]) < 1e-6 * of_one.metric[0]);
    assert_true(fabs(of_both.metric[2] - log(2)) < 1e-6);
    gd_model_free(both);
    gd_model_free(one);
}

static void trained_saved_and_asked(void **state)
{
    (void)state;
    char path[100], history[100], line[400];
    gd_model *model = must_open(THREE, "model: [{dense: 4}, tanh, {dense: 5}]\n" LOSSES
                                       "metrics: {price: [r2, max_error], sold: f1}\n"
                                       "train: {epochs: 3, batch: 5, monitor: price.loss}\n");
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    snprintf(history, sizeof history, "%s/history.csv", directory);
    settings.fit.checkpoint = settings.fit.best_checkpoint = settings.fit.history_jsonl = NULL;
    settings.fit.history_csv = history;
    assert_string_equal(settings.fit.monitor, "price.loss");
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    const gd_epoch_row *row = &gd_trainer_history(trainer)->epoch[2];
    const double sum = 0.5 * row->metric[0] + row->metric[3] + 3 * row->metric[5];
    assert_true(fabs(row->loss - sum) < 0.2 * sum); // while it learns, classes are weighed batch by batch
    const double validation =
        0.5 * row->validation_metric[0] + row->validation_metric[3] + 3 * row->validation_metric[5];
    assert_true(fabs(row->validation_loss - validation) < 1e-6 * validation);
    FILE *stream = fopen(history, "r");
    assert_non_null(stream);
    assert_non_null(fgets(line, sizeof line, stream));
    assert_non_null(
        strstr(line, ",loss,price.loss,price.r2,price.max_error,sold.loss,sold.f1,kind.loss,kind.accuracy,"));
    fclose(stream);
    gd_trainer_free(trainer);

    snprintf(path, sizeof path, "%s/net.safetensors", directory);
    assert_ok(gd_model_save(model, path));
    gd_model *again;
    assert_ok(gd_model_open(path, (gd_model_opts){.parts = GD_PART_TRAIN}, &again));
    assert_string_equal(gd_model_class_name_of(again, 2, 0), "flat");
    gd_array said[3], once[3];
    assert_ok(gd_model_predict_all(model, model->train, (gd_evaluate_opts){0}, said));
    assert_ok(gd_model_predict_all(again, again->train, (gd_evaluate_opts){0}, once));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gd_array_bytes(&said[i]), gd_array_bytes(&once[i]));
        assert_memory_equal(said[i].data, once[i].data, gd_array_bytes(&said[i]));
        gd_array_free(&said[i]);
        gd_array_free(&once[i]);
    }
    gd_array prediction, target, weight = {0};
    assert_ok(gd_model_answers_of(again, 1, again->train, (gd_evaluate_opts){0}, &prediction, &target, &weight));
    assert_int_equal(gd_array_count(&target), gd_dataset_count(again->train));
    gd_array_free(&prediction);
    gd_array_free(&target);
    assert_int_equal(gd_model_answers_of(again, 3, again->train, (gd_evaluate_opts){0}, &prediction, &target, &weight),
                     GD_ERROR_ARGUMENT);
    gd_model_free(model);
    gd_model_free(again);
}

static void a_head_reads_a_layer(void **state)
{
    (void)state;
    gd_model *model = must_open("csv: {target: [price, sold], ignore: [kind, garden, garage, w]}",
                                "model: [{dense: {units: 1, name: early}}, tanh, {dense: 1}]\n"
                                "loss: {price: {mse: {of: early}}, sold: bce}\n");
    assert_int_equal(model->head[0].output.node, model->layer[0].value.node);
    assert_int_equal(model->head[1].output.node, model->layer[2].value.node);
    gd_model_free(model);
}

static void recipes_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *data, *rest, *says;
    } cases[] = {
        {THREE, "model: [{dense: 6}]\n" LOSSES,
         "the last layer gives [batch,6], 3 losses that share it want [batch,5]"},
        {THREE, "model: [{dense: 2}]\nloss: {price: mse, cost: mse}\n", "the data has no field 'cost'"},
        {THREE, "model: [{dense: 2}]\nloss: {price: mse, sold: mse}\n",
         "squared_error is of numbers, but 'sold' holds"},
        {THREE, "model: [{dense: 2}]\nloss: {price: mse, sold: msee}\n", "unknown loss 'msee', did you mean"},
        {THREE, "model: [{dense: {units: 1, name: early}}, {dense: 1}]\nloss: {price: {mse: {of: erly}}, sold: bce}\n",
         "no layer is called 'erly', did you mean 'early'?"},
        {THREE, "model: [{dense: 2}]\nloss: {price: mse, sold: bce}\nmetrics: {price: accuracy}\n",
         "no metric for this task is called 'accuracy'"},
        {THREE, "model: [{dense: 2}]\nloss: {price: {mse: {weight: -1}}, sold: bce}\n", "'weight' is '-1'"},
        {"csv: {target: price, ignore: [sold, kind, garden, garage, w]}", "model: [{dense: 1}]\nloss: gaussian\n",
         "the last layer gives [batch,1], but gaussian with the target 'y' wants [batch,2]"},
        {"csv: {target: price, ignore: [sold, kind, garden, garage, w]}",
         "model: [{dense: 3}]\nloss: {quantile: [0.1, 1]}\n", "'quantiles' is '1', expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (open_beside(cases[i].data, cases[i].rest) != NULL)
            fail_msg("case %d was taken", (int)i);
        assert_says(cases[i].says);
    }
}

static void several_questions(void **state)
{
    (void)state;
    static const char *const data = "csv: {target: [garden, garage], ignore: [price, sold, kind, w]}";
    gd_model *model = must_open(data, "model: [{dense: {units: 2, init: zeros}}]\n"
                                      "loss: {logistic: {class_weights: [3, 1]}}\nmetrics: [f1_micro, accuracy]\n");
    assert_ptr_equal(model->task, &gd_task_multi_label);
    assert_string_equal(gd_model_element_name(model, 0, 1), "garage");
    assert_null(gd_model_element_name(model, 0, 2));
    // With logits of 0 each answer costs log 2, a yes about the garden three times that; the mean is weighted.
    gd_evaluation result;
    assert_ok(gd_evaluate(model->data_loss, model->train, gd_model_evaluate_opts(model), &result));
    assert_true(fabs(result.loss - log(2)) < 1e-6);
    gd_model_free(model);
    model = must_open(data, "model: [{dense: 2}]\nloss: {logistic: {class_weights: balanced}}\n");
    gd_model_free(model);
    assert_null(open_beside(data, "model: [{dense: 2}]\nloss: {logistic: {class_weights: [1, 2, 3]}}\n"));
    assert_says("3 class weights for 2 columns");
}

static void one_answer_out_of_several_outputs(void **state)
{
    (void)state;
    static const char *const losses[] = {"gaussian", "{quantile: [0.2, 0.5, 0.8]}"};
    static const char *const outputs[] = {"2", "3"};
    for (int i = 0; i < 2; i++) {
        char rest[200];
        snprintf(rest, sizeof rest, "model: [{dense: %s}]\nloss: %s\n", outputs[i], losses[i]);
        gd_model *model = must_open("csv: {target: price, ignore: [sold, kind, garden, garage, w]}", rest);
        gd_array said;
        assert_ok(gd_model_predict(model, model->train, (gd_evaluate_opts){0}, &said));
        assert_int_equal(said.shape.rank, 2);
        assert_int_equal(said.shape.dim[1], 1);
        gd_array_free(&said);
        gd_evaluation result;
        assert_ok(gd_evaluate(model->data_loss, model->train, gd_model_evaluate_opts(model), &result));
        assert_true(isfinite(result.loss) && isfinite(result.metric[0]));
        gd_model_free(model);
    }
}

static gd_tensor write_cubed(const gd_loss_call *call, gd_tensor *weight)
{
    const double *factor = call->options;
    (void)weight;
    const gd_tensor error = gd_abs(gd_sub(call->output, call->target));
    return gd_scale(gd_mul(error, gd_square(error)), *factor);
}

static void a_loss_of_ones_own(void **state)
{
    (void)state;
    static const gd_option options[] = {
        {.name = "factor", .type = GD_OPTION_NUMBER, .standard = "2", .doc = "of all", .size = sizeof(double)}, {0}};
    static const gd_loss_kind cubed = {.record = {.name = "cubed_error",
                                                  .doc = "factor |prediction - target|³",
                                                  .options = options,
                                                  .short_option = "factor",
                                                  .options_size = sizeof(double)},
                                       .task = &gd_task_regression,
                                       .link = &gd_link_identity,
                                       .write = write_cubed};
    static const char *const data = "csv: {target: garage, ignore: [price, sold, kind, garden, w]}";
    assert_ok(gd_loss_register(&cubed));
    gd_model *model = must_open(data, "model: [{dense: {units: 1, init: zeros}}]\nloss: {cubed_error: 8}\n");
    gd_evaluation result;
    assert_ok(gd_evaluate(model->data_loss, model->train, gd_model_evaluate_opts(model), &result));
    gd_array target, prediction, weight = {0};
    assert_ok(gd_model_answers(model, model->train, (gd_evaluate_opts){0}, &prediction, &target, &weight));
    double ones = 0;
    for (int64_t i = 0; i < gd_array_count(&target); i++)
        ones += gd_array_get(&target, i);
    assert_true(fabs(result.loss - 8 * ones / (double)gd_array_count(&target)) < 1e-5);
    gd_array_free(&prediction);
    gd_array_free(&target);
    gd_model_free(model);
}

static int prepare(void **state)
{
    if (make_directory(state) != 0)
        return -1;
    write_table();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_target_has_a_head),   cmocka_unit_test(losses_add_up),
        cmocka_unit_test(a_head_alone_is_the_same), cmocka_unit_test(trained_saved_and_asked),
        cmocka_unit_test(a_head_reads_a_layer),     cmocka_unit_test(recipes_that_do_not_fit),
        cmocka_unit_test(several_questions),        cmocka_unit_test(one_answer_out_of_several_outputs),
        cmocka_unit_test(a_loss_of_ones_own),
    };
    return cmocka_run_group_tests(tests, prepare, remove_directory);
}
