// Temperature and threshold, chosen after training and kept in checkpoints.
#include <math.h>

#include "base/random.h"
#include "model/expect.h"
#include "model/model.h"

static char directory[] = "/tmp/gradus-calibrate-XXXXXX";

static const char *path_in(const char *file)
{
    static char path[4][200];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, file);
    return path[turn];
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const files[] = {"whole/last.safetensors", "whole/best.safetensors", "whole/history.csv",
                                        "whole/history.jsonl",    "parts/last.safetensors", "parts/best.safetensors",
                                        "parts/history.csv",      "parts/history.jsonl",    "table.csv",
                                        "saved.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_in(files[i]));
    rmdir(path_in("whole"));
    rmdir(path_in("parts"));
    return rmdir(directory); // fails when a temporary file was left behind
}

static void expect_near(double have, double want, double tolerance)
{
    if (!(fabs(have - want) <= tolerance))
        fail_msg("%.17g, expected %.17g", have, want);
}

// ---- Temperature

// All logits are a and a share p says yes: sigmoid(a / T) = p where the loss is smallest.
static void temperatures_that_are_known(void **state)
{
    (void)state;
    double logit[20], target[20], weight[20];
    for (int i = 0; i < 20; i++) {
        logit[i] = 3;
        target[i] = i < 15;
        weight[i] = 1;
    }
    const gd__logits binary = {.count = 20, .width = 1, .logit = logit, .target = target, .weight = weight};
    expect_near(gd__best_temperature(&binary), 3 / log(15.0 / 5), 1e-12);
    expect_near(gd__tempered_loss(&binary, gd__best_temperature(&binary)), -0.75 * log(0.75) - 0.25 * log(0.25), 1e-14);
    for (int i = 0; i < 5; i++) // 5 weigh three times as much: 25 of 30
        weight[i] = 3;
    expect_near(gd__best_temperature(&binary), 3 / log(25.0 / 5), 1e-12);
    for (int i = 15; i < 20; i++)
        weight[i] = 0;
    expect_near(gd__best_temperature(&binary), 0.01, 1e-15); // whatever it is, surer is better
    for (int i = 0; i < 20; i++) {
        weight[i] = 1;
        target[i] = 0;
    }
    expect_near(gd__best_temperature(&binary), 100, 1e-12);
    for (int i = 0; i < 20; i++)
        logit[i] = 0;
    expect_near(gd__best_temperature(&binary), 1, 0);

    // Two classes with the logits (a, 0) are the same as yes or no, as labels and as distributions.
    double pair[40], share[40], label[20];
    for (int i = 0; i < 20; i++) {
        pair[2 * i] = -5;
        pair[2 * i + 1] = 0;
        label[i] = i < 13;
        share[2 * i] = 1 - label[i];
        share[2 * i + 1] = label[i];
    }
    gd__logits classes = {
        .classes = true, .labels = true, .count = 20, .width = 2, .logit = pair, .target = label, .weight = weight};
    expect_near(gd__best_temperature(&classes), 5 / log(13.0 / 7), 1e-11);
    const double loss = gd__tempered_loss(&classes, 2);
    classes.labels = false;
    classes.target = share;
    expect_near(gd__best_temperature(&classes), 5 / log(13.0 / 7), 1e-11);
    expect_near(gd__tempered_loss(&classes, 2), loss, 1e-15);
}

// Nothing nearby is better, on logits from small to huge.
static void temperatures_are_the_best(void **state)
{
    (void)state;
    enum { COUNT = 60, WIDTH = 4 };
    gd__random random = gd__random_make(5, 1);
    double logit[COUNT * WIDTH], target[COUNT * WIDTH], weight[COUNT];
    for (int round = 0; round < 200; round++) {
        const double scale = pow(10, round % 7 - 2), noise = 0.5 + round % 3;
        const gd__logits logits = {.classes = round % 2 == 0,
                                   .labels = true,
                                   .count = COUNT,
                                   .width = WIDTH,
                                   .logit = logit,
                                   .target = target,
                                   .weight = weight};
        for (int i = 0; i < COUNT * WIDTH; i++) {
            logit[i] = scale * gd__next_normal(&random);
            target[i] = logits.classes ? 0 : logit[i] + noise * scale * gd__next_normal(&random) > 0;
        }
        for (int i = 0; i < COUNT; i++) {
            weight[i] = (double)(i % 4);
            for (int k = 1; k < WIDTH && logits.classes && gd__random_below(&random, 4) > 0; k++)
                if (logit[i * WIDTH + k] > logit[i * WIDTH + (int)target[i]])
                    target[i] = k;
        }
        const double best = gd__best_temperature(&logits), least = gd__tempered_loss(&logits, best);
        assert_true(best >= 0.01 && best <= 100.0001 && isfinite(least));
        for (double factor = 1e-4; factor < 1; factor *= 10) {
            assert_true(best * (1 + factor) > 100 ||
                        gd__tempered_loss(&logits, best * (1 + factor)) >= least * (1 - 1e-14));
            assert_true(best / (1 + factor) < 0.01 ||
                        gd__tempered_loss(&logits, best / (1 + factor)) >= least * (1 - 1e-14));
        }
    }
}

// ---- Threshold

static double measure(const gd_metric_kind *kind, int64_t count, const double *score, const double *target,
                      const double *weight, double threshold)
{
    const gd_scored scored = {.task = GD_TASK_BINARY,
                              .count = count,
                              .width = 1,
                              .prediction = score,
                              .target = target,
                              .weight = weight,
                              .probability = true,
                              .threshold = threshold};
    gd_meter *meter;
    double value;
    assert_ok(gd_meter_create(kind, (gd_metric_opts){.task = GD_TASK_BINARY, .width = 1}, &meter));
    assert_ok(gd_meter_add(meter, &scored));
    assert_ok(gd_meter_value(meter, &value));
    gd_meter_free(meter);
    return value;
}

// Against every threshold there is, measured on the samples themselves.
static void thresholds_are_the_best(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    gd__random random = gd__random_make(6, 1);
    double score[COUNT], target[COUNT], weight[COUNT];
    int kinds, tried = 0;
    const gd_metric_kind *const *kind = gd_metric_kinds(&kinds);
    for (int k = 0; k < kinds; k++) {
        bool depends;
        if ((kind[k]->tasks & 1u << GD_TASK_BINARY) == 0)
            continue;
        assert_ok(gd__depends_on_threshold(kind[k], &depends));
        if (!depends)
            continue;
        tried++;
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < COUNT; i++) {
                target[i] = gd__random_below(&random, 3) == 0;
                score[i] = (0.3 * target[i] + (double)gd__random_below(&random, 15) / 15) / 1.3; // with ties
                weight[i] = round % 2 == 0 ? 1 : (double)gd__random_below(&random, 4) / 2;
            }
            double threshold = 0.5, before, after;
            assert_ok(gd__best_threshold(kind[k], COUNT, score, target, weight, &threshold, &before, &after));
            const double sign = kind[k]->higher_is_better ? 1 : -1;
            expect_near(before, measure(kind[k], COUNT, score, target, weight, 0.5), 1e-12);
            expect_near(after, measure(kind[k], COUNT, score, target, weight, threshold), 1e-12);
            for (int i = -1; i < COUNT; i++) {
                const double value = measure(kind[k], COUNT, score, target, weight, i < 0 ? -1 : score[i]);
                if (sign * value > sign * after + 1e-12)
                    fail_msg("%s: %.17g at %g, but %.17g at %g", kind[k]->name, after, threshold, value,
                             i < 0 ? -1 : score[i]);
            }
            if (before == after)
                assert_true(threshold == 0.5);
        }
    }
    assert_true(tried >= 10);
}

static void metrics_that_no_threshold_moves(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool depends;
    } cases[] = {{"roc_auc", false},
                 {"average_precision", false},
                 {"log_loss", false},
                 {"brier", false},
                 {"expected_calibration_error", false},
                 {"accuracy", true},
                 {"f1", true},
                 {"recall", true},
                 {"balanced_accuracy", true},
                 {"matthews", true},
                 {"cohen_kappa", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gd_metric_kind *kind = gd_metric_kind_named(cases[i].name);
        bool depends = !cases[i].depends;
        assert_non_null(kind);
        assert_ok(gd__depends_on_threshold(kind, &depends));
        if (depends != cases[i].depends)
            fail_msg("%s", cases[i].name);
    }
}

// ---- Models

// Few say yes, and x tells who only by half.
static void write_table(void)
{
    FILE *stream = fopen(path_in("table.csv"), "w");
    gd__random random = gd__random_make(9, 1);
    assert_non_null(stream);
    fprintf(stream, "a,b,w,y\n");
    for (int i = 0; i < 160; i++) {
        const bool yes = i % 5 == 0;
        fprintf(stream, "%.4f,%.4f,%d,%s\n", gd__next_normal(&random) + yes, gd__next_normal(&random) - yes, 1 + i % 3,
                yes ? "yes" : "no");
    }
    assert_int_equal(fclose(stream), 0);
}

static gd_model *open_table(const char *name, const char *epochs, const char *rest)
{
    char text[1000], path[200];
    gd_recipe *recipe;
    gd_model *model;
    write_table();
    snprintf(text, sizeof text,
             "data: {train: {csv: table.csv}, csv: {target: y}, weight: w, split: {validation: 0.4, stratify: true}}\n"
             "model: [{dense: 8}, tanh, {dropout: 0.2}, {dense: 1}]\nloss: logistic\nmetrics: [f1, log_loss]\n"
             "optimizer: {adam: 0.02}\n"
             "train: {epochs: %s, batch: 16, directory: %s/%s, monitor: f1}\n%s",
             epochs, directory, name, rest);
    snprintf(path, sizeof path, "%s/net.yaml", directory);
    assert_ok(gd_recipe_parse(text, path, &recipe));
    assert_ok(gd_model_create(recipe, GD_PART_ALL, &model));
    return model;
}

static void fit(gd_model *model, const char *resume)
{
    gd_train_settings settings;
    assert_ok(gd_model_train_settings(model, &settings));
    assert_ok(gd_model_make_directory(model));
    settings.fit.resume = resume;
    gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
    assert_non_null(trainer);
    assert_ok(gd_fit(trainer, model->train, settings.fit));
    gd_trainer_free(trainer);
}

static gd_array predict(const gd_model *model)
{
    gd_array array = {0};
    assert_ok(gd_model_predict(model, model->validation, (gd_evaluate_opts){0}, &array));
    return array;
}

static void expect_same(const gd_array *a, const gd_array *b)
{
    assert_int_equal(gd_array_bytes(a), gd_array_bytes(b));
    assert_memory_equal(a->data, b->data, gd_array_bytes(a));
}

static gd_model *open_again(const char *path)
{
    gd_model *model;
    assert_ok(gd_model_open(path, (gd_model_opts){.parts = GD_PART_ALL}, &model));
    return model;
}

#define BOTH "calibrate: {temperature: true, threshold: f1}\n"

// What was chosen is what is predicted, here and wherever the checkpoint is opened.
static void checkpoints_keep_it(void **state)
{
    (void)state;
    gd_model *model = open_table("whole", "3", BOTH);
    gd_calibrate_result result;
    gd_evaluation before, after;
    fit(model, NULL);
    gd_array raw = {0}, plain = predict(model);
    assert_ok(gd_predict(1, &model->output, model->validation, (gd_evaluate_opts){0}, &raw));
    assert_ok(gd_evaluate(model->data_loss, model->validation, gd_model_evaluate_opts(model), &before));
    const gd_calibrate_opts opts = gd_model_calibrate_opts(model);
    assert_true(opts.temperature);
    assert_string_equal(opts.threshold->name, "f1");
    assert_ok(gd_model_calibrate(model, opts, &result));
    assert_int_equal(result.samples, 64);
    assert_ok(gd_evaluate(model->data_loss, model->validation, gd_model_evaluate_opts(model), &after));
    expect_near(result.metric_before, before.metric[0], 1e-12);
    expect_near(result.metric_after, after.metric[0], 1e-12);
    expect_near(result.loss_before, before.metric[1], 1e-6);
    expect_near(result.loss_after, after.metric[1], 1e-6);
    expect_near(before.loss, after.loss, 0);
    if (!(result.metric_after > result.metric_before && result.loss_after < result.loss_before))
        fail_msg("f1 %g, then %g; log loss %g, then %g", result.metric_before, result.metric_after, result.loss_before,
                 result.loss_after);
    gd_array here = predict(model);
    for (int64_t i = 0; i < 64; i++)
        expect_near(gd_array_get(&here, i), 1 / (1 + exp(-gd_array_get(&raw, i) / model->calibration.temperature)),
                    1e-6);
    assert_ok(gd_model_write_calibration(model, path_in("whole/last.safetensors")));
    assert_ok(gd_model_save(model, path_in("saved.safetensors")));
    static const char *const files[] = {"whole/last.safetensors", "saved.safetensors"};
    for (int i = 0; i < 2; i++) {
        gd_model *again = open_again(path_in(files[i])), *wide;
        gd_array there = predict(again);
        expect_same(&here, &there);
        assert_true(again->scoring.threshold == model->calibration.threshold);
        assert_true(again->calibration.temperature == model->calibration.temperature);
        gd_array_free(&there);
        assert_ok(gd_model_in_double(again, &wide));
        assert_true(wide->calibration.temperature == model->calibration.temperature);
        gd_model_free(wide);
        // Another calibration begins from the logits, not from this one.
        gd_calibrate_result second;
        assert_ok(gd_model_calibrate(again, opts, &second));
        assert_memory_equal(&second, &result, sizeof result);
        assert_ok(gd_model_calibrate(again, (gd_calibrate_opts){0}, &second));
        there = predict(again);
        expect_same(&plain, &there);
        assert_true(again->scoring.threshold == 0.5);
        gd_array_free(&there);
        gd_model_free(again);
    }
    gd_array_free(&raw);
    gd_array_free(&plain);
    gd_array_free(&here);
    gd_model_free(model);
}

// A run that goes on from a calibrated checkpoint ends as one that was never calibrated, its history included.
static void training_is_not_affected(void **state)
{
    (void)state;
    gd_model *whole = open_table("whole", "5", BOTH), *parts = open_table("parts", "3", BOTH);
    gd_calibrate_result result;
    fit(whole, NULL);
    fit(parts, NULL);
    assert_ok(gd_model_calibrate(parts, gd_model_calibrate_opts(parts), &result));
    assert_ok(gd_model_write_calibration(parts, path_in("parts/last.safetensors")));
    gd_model_free(parts);
    const char *const settings[] = {"train.epochs=5"};
    const char *last = path_in("parts/last.safetensors");
    assert_ok(
        gd_model_open(last, (gd_model_opts){.setting_count = 1, .setting = settings, .parts = GD_PART_ALL}, &parts));
    assert_true(parts->calibration.has_threshold);
    fit(parts, last);
    for (int i = 0; i < gd_variable_count(whole->graph); i++) {
        gd_tensor variable = gd_variable_at(whole->graph, i),
                  other = gd_variable_find(parts->graph, gd_variable_name(variable));
        gd_array a, b;
        assert_ok(gd_variable_get(variable, &a));
        assert_ok(gd_variable_get(other, &b));
        expect_same(&a, &b);
        gd_array_free(&a);
        gd_array_free(&b);
    }
    // The weights are others, and so the calibration is gone until it is made again.
    char *note, line[2][8][300];
    assert_ok(gd_checkpoint_note(last, GD_NOTE_CALIBRATION, &note));
    assert_null(note);
    for (int k = 0; k < 2; k++) {
        FILE *stream = fopen(path_in(k == 0 ? "whole/history.csv" : "parts/history.csv"), "r");
        assert_non_null(stream);
        for (int i = 0; i < 6; i++)
            assert_non_null(fgets(line[k][i], sizeof line[k][i], stream));
        fclose(stream);
    }
    for (int i = 1; i < 6; i++) { // up to the column of seconds
        const size_t length = strcspn(line[0][i], "\n") / 2;
        assert_memory_equal(line[0][i], line[1][i], length);
    }
    gd_model_free(whole);
    gd_model_free(parts);
}

static void classes_have_a_temperature(void **state)
{
    (void)state;
    gd_model *model = open_text(RECIPE_DATA "model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\n"
                                            "metrics: [log_loss, accuracy]\ncalibrate: {temperature: true}\n");
    gd_calibrate_result result;
    gd_evaluation before, after;
    assert_ok(gd_evaluate(model->data_loss, model->validation, gd_model_evaluate_opts(model), &before));
    assert_ok(gd_model_calibrate(model, gd_model_calibrate_opts(model), &result));
    assert_ok(gd_evaluate(model->data_loss, model->validation, gd_model_evaluate_opts(model), &after));
    assert_true(isnan(result.metric_before) && isnan(result.metric_after));
    expect_near(result.loss_before, before.metric[0], 1e-6);
    expect_near(result.loss_after, after.metric[0], 1e-6);
    assert_true(result.loss_after < result.loss_before); // it was never trained: a high temperature is better
    expect_near(before.metric[1], after.metric[1], 0);
    gd_model_free(model);
}

static void misfits(void **state)
{
    (void)state;
    static const struct {
        const char *recipe, *says;
    } cases[] = {
        {"model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\ncalibrate: {threshold: f1}\n",
         "net.yaml:4: a threshold is for networks that give one number, yes or no"},
        {"model: [flatten, {dense: 3}]\nloss: multiclass_hinge\ncalibrate: {temperature: true}\n",
         "net.yaml:4: a temperature is for probabilities"},
        {"model: [flatten, {dense: 3}]\nloss: softmax_cross_entropy\ncalibrate: {threshold: f2}\n",
         "net.yaml:4: no metric is called 'f2', did you mean 'f1'?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[600];
        gd_train_settings settings;
        snprintf(text, sizeof text, RECIPE_DATA "%s", cases[i].recipe);
        gd_model *model = open_text(text);
        assert_int_equal(gd_model_train_settings(model, &settings), GD_ERROR_FORMAT);
        assert_says(cases[i].says);
        gd_model_free(model);
    }
    gd_model *model = open_table("whole", "1", "calibrate: {threshold: roc_auc}\n");
    gd_train_settings settings;
    gd_calibrate_result result;
    assert_int_equal(gd_model_train_settings(model, &settings), GD_ERROR_FORMAT);
    assert_says("net.yaml:7: the metric 'roc_auc' is the same for every threshold");
    assert_int_equal(gd_model_calibrate(model, (gd_calibrate_opts){.threshold = gd_metric_kind_named("r2")}, &result),
                     GD_ERROR_ARGUMENT);
    assert_says("'r2' is not for yes or no");
    gd_model_free(model);
    model =
        open_text("data: {train: {random: {shape: 4, count: 20, classes: 2}}}\nmodel: [{dense: 1}]\nloss: logistic\n");
    assert_int_equal(gd_model_calibrate(model, (gd_calibrate_opts){.temperature = true}, &result), GD_ERROR_ARGUMENT);
    assert_says("no validation part");
    gd_model_free(model);
}

static void damaged_notes(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "", "[]", "{\"temperature\": 0}", "{\"temperature\": -1}", "{\"temperature\": \"1\"}", "{\"threshold\": null}"};
    gd_calibration calibration;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(gd__calibration_from_json(cases[i], &calibration), GD_ERROR_FORMAT);
    assert_ok(gd__calibration_from_json("{\"threshold\": 0.25}", &calibration));
    assert_true(calibration.temperature == 0 && calibration.has_threshold && calibration.threshold == 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(temperatures_that_are_known),
        cmocka_unit_test(temperatures_are_the_best),
        cmocka_unit_test(thresholds_are_the_best),
        cmocka_unit_test(metrics_that_no_threshold_moves),
        cmocka_unit_test(checkpoints_keep_it),
        cmocka_unit_test(training_is_not_affected),
        cmocka_unit_test(classes_have_a_temperature),
        cmocka_unit_test(misfits),
        cmocka_unit_test(damaged_notes),
    };
    return cmocka_run_group_tests_name("calibration", tests, make_directory, remove_directory);
}
