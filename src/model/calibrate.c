// Calibration: probabilities and a threshold that are fitted to the validation part when the training is done.
#include <gradus/io.h>
#include <gradus/ops.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/json.h"
#include "model/model.h"

// ---- What is asked for

gd_calibrate_opts gd_model_calibrate_opts(const gd_model *model)
{
    GD__NEEDS(model, (gd_calibrate_opts){0});
    gd__options options = gd__section(model->recipe->root, "calibrate");
    const char *metric = gd__option_text(options, "threshold");
    return (gd_calibrate_opts){.temperature = gd__option_bool(options, "temperature"),
                               .threshold = metric == NULL ? NULL : gd_metric_kind_named(metric)};
}

// Sentences name the place in the recipe where it is known.
static gd_status refuse(const gd__yaml *node, const char *sentence)
{
    return node != NULL ? gd__yaml_fail(node, "%s", sentence) : gd__fail(GD_ERROR_ARGUMENT, "%s", sentence);
}

static gd_status check_threshold(const gd_model *model, const gd__yaml *node, const gd_metric_kind *kind)
{
    char sentence[200];
    bool depends = false;
    if ((model->task->sections & GD_SECTION_THRESHOLD) == 0)
        return refuse(node, "a threshold is for networks that give one number, yes or no, for each sample");
    snprintf(sentence, sizeof sentence, "the metric '%s' is not for yes or no", kind->name);
    if (!gd_task_takes(model->task, kind))
        return refuse(node, sentence);
    snprintf(sentence, sizeof sentence, "the metric '%s' is the same for every threshold: it can choose none",
             kind->name);
    gd_status status = gd__depends_on_threshold(kind, &depends);
    return status == GD_OK && !depends ? refuse(node, sentence) : status;
}

static gd_status check(const gd__model *model, gd_calibrate_opts opts, const gd__yaml *node)
{
    if (model->shown.head_count > 1 && (opts.temperature || opts.threshold != NULL))
        return refuse(node, "calibration is for networks with a single target");
    if (opts.temperature && !model->plain.probability)
        return refuse(node, "a temperature is for probabilities: with the losses softmax_cross_entropy and logistic");
    return opts.threshold == NULL ? GD_OK : check_threshold(&model->shown, node, opts.threshold);
}

gd_status gd__check_calibrate(const gd_model *model)
{
    const gd__yaml *node = gd__yaml_get(model->recipe->root, "calibrate");
    const gd__options options = gd__section(model->recipe->root, "calibrate");
    const char *metric = gd__option_text(options, "threshold");
    if (metric != NULL && gd_metric_kind_named(metric) == NULL) {
        enum { MOST = 64 };
        int count;
        const char *words[MOST];
        const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
        for (int i = 0; i < count && i < MOST; i++)
            words[i] = kinds[i]->name;
        const char *near = gd_nearest_word(metric, count < MOST ? count : MOST, words);
        return gd__yaml_fail(gd__option_node(options, "threshold"), "no metric is called '%.60s'%s%s%s", metric,
                             near == NULL ? "" : ", did you mean '", near == NULL ? "" : near,
                             near == NULL ? "" : "'?");
    }
    return check(gd__model_of(model), gd_model_calibrate_opts(model), node);
}

// ---- Applying it

void gd__apply_calibration(gd__model *model)
{
    gd_model *shown = &model->shown;
    const gd_calibration *chosen = &shown->calibration;
    shown->scoring = model->plain;
    shown->prediction = model->plain.prediction;
    if (chosen->temperature > 0 && model->plain.probability) {
        shown->prediction = model->link->apply(gd_scale(model->logits, 1 / chosen->temperature));
        shown->scoring.prediction = shown->prediction;
    }
    if (chosen->has_threshold && (shown->task->sections & GD_SECTION_THRESHOLD) != 0)
        shown->scoring.threshold = chosen->threshold;
}

// ---- In a checkpoint

char *gd__calibration_to_json(const gd_calibration *calibration)
{
    json_t *object = json_object();
    bool good = object != NULL;
    if (calibration->temperature > 0)
        good = good && json_object_set_new(object, "temperature", json_real(calibration->temperature)) == 0;
    if (calibration->has_threshold)
        good = good && json_object_set_new(object, "threshold", json_real(calibration->threshold)) == 0;
    if (good)
        return gd__json_text(object);
    json_decref(object);
    return NULL;
}

gd_status gd__calibration_from_json(const char *text, gd_calibration *calibration)
{
    json_t *root;
    gd_status status = gd__json_parse("the calibration", text, &root);
    if (status != GD_OK)
        return status;
    const json_t *temperature = json_object_get(root, "temperature"), *threshold = json_object_get(root, "threshold");
    if ((temperature != NULL && !(json_is_number(temperature) && json_number_value(temperature) > 0)) ||
        (threshold != NULL && !json_is_number(threshold)))
        status = gd__fail(GD_ERROR_FORMAT, "the calibration is damaged: %.100s", text);
    else
        *calibration = (gd_calibration){.temperature = json_number_value(temperature),
                                        .has_threshold = threshold != NULL,
                                        .threshold = json_number_value(threshold)};
    json_decref(root);
    return status;
}

gd_status gd_model_write_calibration(const gd_model *model, const char *path)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    char *text = gd__calibration_to_json(&model->calibration);
    if (text == NULL)
        return gd__fail_memory("a calibration");
    gd_status status = gd_tensor_file_set_metadata(path, GD_NOTE_CALIBRATION, text);
    gd__free(text);
    return status;
}

// ---- Collecting what is needed

// A field of the set as numbers, one behind the other; *numbers is made (gd__free).
static gd_status read_field(const gd_dataset *set, const char *name, double **numbers, int64_t *count)
{
    const int field = gd_dataset_find(set, name);
    const int64_t samples = gd_dataset_count(set);
    *numbers = NULL;
    if (field < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set has no '%s' to calibrate by", name);
    int64_t *all = gd__alloc_zeroed((size_t)samples, sizeof *all);
    gd_array array = {0};
    gd_status status = all == NULL ? gd__fail_memory("the samples of a set") : GD_OK;
    for (int64_t i = 0; all != NULL && i < samples; i++)
        all[i] = i;
    if (status == GD_OK)
        status = gd_dataset_get(set, field, samples, all, &array);
    gd__free(all);
    if (status != GD_OK)
        return status;
    *count = gd_array_count(&array);
    *numbers = gd__alloc_zeroed((size_t)*count, sizeof **numbers);
    if (*numbers != NULL)
        gd__to_doubles(*numbers, array.data, array.type, *count);
    else
        status = gd__fail_memory("the targets of a set");
    gd_array_free(&array);
    return status;
}

static void logits_free(gd__logits *logits)
{
    gd__free(logits->logit);
    gd__free(logits->target);
    gd__free(logits->weight);
    *logits = (gd__logits){0};
}

// What a tensor of the model says about each sample; *numbers is made (gd__free).
static gd_status compute(const gd_model *model, gd_tensor tensor, gd_calibrate_opts opts, double **numbers,
                         int64_t *count)
{
    gd_array array = {0};
    const gd_evaluate_opts how = {.batch = opts.batch, .precision = model->precision, .should_stop = opts.should_stop};
    *numbers = NULL;
    gd_status status = gd_predict(1, &tensor, opts.set, how, &array);
    if (status != GD_OK)
        return status;
    *count = gd_array_count(&array);
    *numbers = gd__alloc_zeroed((size_t)*count, sizeof **numbers);
    if (*numbers != NULL)
        gd__to_doubles(*numbers, array.data, array.type, *count);
    gd_array_free(&array);
    for (int64_t i = 0; *numbers != NULL && i < *count; i++)
        if (!isfinite((*numbers)[i]))
            return gd__fail(GD_ERROR_NUMBER, "the network says %g about sample %lld: that cannot be calibrated",
                            (*numbers)[i], (long long)(i * gd_dataset_count(opts.set) / *count));
    return *numbers != NULL ? GD_OK : gd__fail_memory("predictions");
}

static gd_status check_weights(const gd__logits *logits)
{
    double sum = 0;
    for (int64_t i = 0; i < logits->count; i++)
        sum += logits->weight[i];
    return sum > 0 ? GD_OK : gd__fail(GD_ERROR_ARGUMENT, "no sample has any weight: there is nothing to calibrate by");
}

static gd_status collect(const gd_model *model, gd_calibrate_opts opts, gd__logits *logits)
{
    int64_t outputs = 0, targets = 0, weights;
    logits->classes = model->task->labels;
    logits->count = gd_dataset_count(opts.set);
    gd_status status = compute(model, model->output, opts, &logits->logit, &outputs);
    logits->width = outputs / logits->count;
    if (status == GD_OK)
        status = read_field(opts.set, model->target_name, &logits->target, &targets);
    logits->labels = logits->classes && targets == logits->count;
    if (status == GD_OK && targets != outputs && !logits->labels)
        status = gd__fail(GD_ERROR_SHAPE, "the target has %lld numbers, the network gives %lld", (long long)targets,
                          (long long)outputs);
    if (status == GD_OK && model->weight_name != NULL && gd_dataset_find(opts.set, model->weight_name) >= 0) {
        status = read_field(opts.set, model->weight_name, &logits->weight, &weights);
    } else if (status == GD_OK) {
        logits->weight = gd__alloc_zeroed((size_t)logits->count, sizeof *logits->weight);
        if (logits->weight == NULL)
            return gd__fail_memory("the weights of samples");
        for (int64_t i = 0; i < logits->count; i++)
            logits->weight[i] = 1;
    }
    return status == GD_OK ? check_weights(logits) : status;
}

// ---- Choosing

// Scores are computed as `predict` will compute them, so that none lies on the wrong side by rounding.
static gd_status choose_threshold(gd__model *model, gd_calibrate_opts opts, const gd__logits *logits,
                                  gd_calibrate_result *result)
{
    gd_calibration *chosen = &model->shown.calibration;
    double *score;
    int64_t count;
    gd_status status = compute(&model->shown, model->shown.prediction, opts, &score, &count);
    chosen->threshold = model->plain.threshold;
    if (status == GD_OK)
        status = gd__best_threshold(opts.threshold, count, score, logits->target, logits->weight, &chosen->threshold,
                                    &result->metric_before, &result->metric_after);
    chosen->has_threshold = status == GD_OK;
    gd__free(score);
    return status;
}

gd_status gd_model_calibrate(gd_model *shown, gd_calibrate_opts opts, gd_calibrate_result *result)
{
    GD__NEEDS(shown, GD_ERROR_ARGUMENT);
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    gd__model *model = (gd__model *)shown;
    const gd_calibration before = shown->calibration;
    gd__logits logits = {0};
    opts.set = opts.set == NULL ? shown->validation : opts.set;
    *result = (gd_calibrate_result){.loss_before = NAN, .loss_after = NAN, .metric_before = NAN, .metric_after = NAN};
    gd_status status = check(model, opts, NULL);
    if (status == GD_OK && opts.set == NULL)
        status = gd__fail(GD_ERROR_ARGUMENT, "there is no validation part to calibrate by");
    if (status == GD_OK)
        status = collect(shown, opts, &logits);
    if (status == GD_OK) {
        shown->calibration = (gd_calibration){0};
        result->samples = logits.count;
        if (opts.temperature) {
            shown->calibration.temperature = gd__best_temperature(&logits);
            result->loss_before = gd__tempered_loss(&logits, 1);
            result->loss_after = gd__tempered_loss(&logits, shown->calibration.temperature);
        }
        gd__apply_calibration(model);
        if (opts.threshold != NULL)
            status = choose_threshold(model, opts, &logits, result);
        if (status != GD_OK)
            shown->calibration = before;
        gd__apply_calibration(model);
    }
    logits_free(&logits);
    return status;
}
