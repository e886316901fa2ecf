#include "train/evaluate.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"

enum { DEFAULT_BATCH = 256 };

double gd__array_mean(const gd_array *array)
{
    int64_t count = gd_array_count(array);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += gd_array_get(array, i);
    return count > 0 ? sum / (double)count : 0;
}

gd_status gd__check_metrics(const gd_graph *graph, int count, const gd_metric *metric)
{
    if (count < 0 || count > GD_MAX_METRICS)
        return gd__fail(GD_ERROR_ARGUMENT, "%d metrics were given; at most %d are possible", count, GD_MAX_METRICS);
    for (int i = 0; i < count; i++) {
        if (metric[i].name == NULL || metric[i].name[0] == '\0' || strcmp(metric[i].name, "loss") == 0)
            return gd__fail(GD_ERROR_ARGUMENT, "metric %d needs a name other than 'loss'", i);
        for (int k = 0; k < i; k++)
            if (strcmp(metric[i].name, metric[k].name) == 0)
                return gd__fail(GD_ERROR_ARGUMENT, "two metrics are called '%s'", metric[i].name);
        if (metric[i].kind == NULL && (metric[i].value.graph != graph || !gd_tensor_ok(metric[i].value))) {
            const char *error = gd_graph_error(graph);
            return gd__fail(GD_ERROR_ARGUMENT, "metric '%s' is no sound tensor of the loss' graph%s%s", metric[i].name,
                            error != NULL ? ": " : "", error != NULL ? error : "");
        }
    }
    return GD_OK;
}

gd_status gd__check_precision(gd_precision precision)
{
    return gd_precision_name(precision) != NULL
               ? GD_OK
               : gd__fail(GD_ERROR_ARGUMENT, "%d is no precision; expected one of gd_precision", (int)precision);
}

static gd_status open_loader(const gd_dataset *set, int64_t batch, gd_loader **loader)
{
    if (set == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no data set to evaluate on");
    if (batch < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the batch is %lld samples; expected at least 1", (long long)batch);
    gd_loader_opts opts = {.batch = batch > 0 ? batch : DEFAULT_BATCH, .allow_short = true};
    return gd_loader_create(set, opts, loader);
}

// ---- What is computed of a batch

static int add_output(gd__outputs *outputs, gd_tensor tensor)
{
    if (tensor.graph == NULL)
        return -1;
    outputs->tensor[outputs->count] = tensor;
    return outputs->count++;
}

// Whether a metric that is a mean over samples compares what `subject` says.
static bool has_mean(const gd_scoring *subject, const gd_scoring *scoring, int metric_count, const gd_metric *metric)
{
    for (int i = 0; i < metric_count; i++) {
        const gd_scoring *own = metric[i].scoring != NULL ? metric[i].scoring : scoring;
        if (own == subject && metric[i].kind != NULL && metric[i].kind->is_mean)
            return true;
    }
    return false;
}

void gd__outputs_choose(gd__outputs *outputs, gd_tensor loss, gd_tensor loss_weight, const gd_scoring *scoring,
                        int metric_count, const gd_metric *metric, bool training)
{
    *outputs = (gd__outputs){0};
    outputs->loss = add_output(outputs, loss);
    outputs->loss_weight = outputs->loss < 0 ? -1 : add_output(outputs, loss_weight);
    for (int i = 0; i < metric_count; i++) {
        outputs->metric[i] = metric[i].kind != NULL ? -1 : add_output(outputs, metric[i].value);
        outputs->metric_weight[i] = metric[i].kind != NULL ? -1 : add_output(outputs, metric[i].weight);
    }
    const gd_scoring *subject[GD_MAX_METRICS];
    outputs->subject_count = gd__metric_subjects(metric_count, metric, scoring, subject, NULL);
    for (int s = 0; s < outputs->subject_count; s++) {
        const bool idle = training && subject[s]->task != NULL && subject[s]->task->by_place &&
                          !has_mean(subject[s], scoring, metric_count, metric);
        outputs->prediction[s] = idle ? -1 : add_output(outputs, subject[s]->prediction);
    }
}

// Metrics of a kind over this batch alone.
static gd_status measure_kinds(gd__scorer *scorer, const gd__outputs *outputs, const gd_array *result, int metric_count,
                               const gd_metric *metric, const gd_batch *batch, gd__measures *measures)
{
    gd_status status = gd__scorer_reset(scorer);
    for (int s = 0; s < outputs->subject_count && status == GD_OK; s++)
        if (outputs->prediction[s] >= 0)
            status = gd__scorer_add(scorer, s, &result[outputs->prediction[s]], batch);
    for (int i = 0; i < metric_count && status == GD_OK; i++)
        if (metric[i].kind != NULL && metric[i].kind->is_mean)
            status = gd__scorer_value(scorer, i, &measures->metric[i]);
    return status;
}

gd_status gd__measure(const gd__outputs *outputs, const gd_array *result, gd__scorer *scorer, int metric_count,
                      const gd_metric *metric, const gd_batch *batch, gd__measures *measures)
{
    *measures = (gd__measures){.loss_weight = (double)batch->count};
    if (outputs->loss >= 0)
        measures->loss = gd__array_mean(&result[outputs->loss]);
    if (outputs->loss_weight >= 0)
        measures->loss_weight = gd_array_get(&result[outputs->loss_weight], 0);
    measures->metric_weight = gd__scorer_weight(scorer, batch);
    for (int i = 0; i < metric_count; i++)
        if (outputs->metric[i] >= 0)
            measures->metric[i] = gd__array_mean(&result[outputs->metric[i]]);
    return measure_kinds(scorer, outputs, result, metric_count, metric, batch, measures);
}

// ---- Evaluating

static gd_graph *graph_of(gd_tensor loss, const gd_evaluate_opts *opts)
{
    if (loss.graph != NULL)
        return loss.graph;
    for (int i = 0; i < opts->metric_count; i++) {
        if (opts->metric[i].value.graph != NULL)
            return opts->metric[i].value.graph;
        if (opts->metric[i].scoring != NULL)
            return opts->metric[i].scoring->prediction.graph;
    }
    return opts->scoring.prediction.graph;
}

// As many as the network has room for, or as are asked for. Of sequences fewer than usual where a vocabulary's
// probabilities at each place would take more than 64 MB.
static int64_t batch_of(const gd_evaluate_opts *opts, const gd__outputs *outputs, const gd__binding *binding)
{
    enum { MOST_NUMBERS = 1 << 24 };
    if (gd__binding_rows(binding) > 0)
        return gd__binding_rows(binding);
    int64_t batch = opts->batch;
    for (int s = 0; s < outputs->subject_count && opts->batch == 0; s++) {
        gd_shape shape = gd_tensor_shape(outputs->tensor[outputs->prediction[s]]);
        if (shape.rank != 3 || shape.dim[1] < 1 || shape.dim[2] < 1)
            continue;
        const int64_t most = MOST_NUMBERS / (shape.dim[1] * shape.dim[2]);
        batch = most < 1 ? 1 : most < DEFAULT_BATCH ? most : DEFAULT_BATCH;
    }
    return batch;
}

gd_status gd__evaluator_create(gd__evaluator *evaluator, gd_tensor loss, const gd_dataset *set, gd_evaluate_opts opts)
{
    *evaluator = (gd__evaluator){.set = set};
    gd_graph *graph = graph_of(loss, &opts);
    if (graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "there is neither a loss nor a metric to evaluate");
    if (gd_graph_error(graph) != NULL)
        return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    gd_status status = gd__check_metrics(graph, opts.metric_count, opts.metric);
    if (status == GD_OK)
        status = gd__check_precision(opts.precision);
    if (status == GD_OK && set == NULL)
        status = gd__fail(GD_ERROR_ARGUMENT, "there is no data set to evaluate on");
    if (status == GD_OK)
        status = gd__scorer_create(&evaluator->scorer, &opts.scoring, opts.metric_count, opts.metric, set);
    gd__outputs *outputs = &evaluator->outputs;
    if (status == GD_OK) {
        evaluator->metric_count = opts.metric_count;
        for (int i = 0; i < opts.metric_count; i++)
            evaluator->metric[i] = opts.metric[i];
        gd__outputs_choose(outputs, loss, opts.loss_weight, &opts.scoring, opts.metric_count, opts.metric, false);
        status = gd__bind(set, outputs->count, outputs->tensor, 0, NULL, &evaluator->binding);
    }
    if (status == GD_OK)
        status = open_loader(set, batch_of(&opts, outputs, &evaluator->binding), &evaluator->loader);
    if (status == GD_OK)
        status = gd__carried_find(outputs->count, outputs->tensor, &evaluator->carried);
    if (status == GD_OK)
        status = gd__views_create(&evaluator->views, opts.views, set, &evaluator->binding, outputs->count);
    if (status != GD_OK)
        return status;
    const gd_function_opts how = {.precision = opts.precision,
                                  .assignment = evaluator->carried.assignment,
                                  .assignment_count = evaluator->carried.count};
    evaluator->function = gd_function_create(graph, outputs->count, outputs->tensor, how);
    return evaluator->function != NULL ? GD_OK : GD_ERROR_MEMORY; // the outputs were checked
}

void gd__evaluator_free(gd__evaluator *evaluator)
{
    gd_loader_free(evaluator->loader);
    if (evaluator->function != NULL)
        gd_function_free(evaluator->function);
    gd__binding_free(&evaluator->binding);
    gd__views_free(&evaluator->views);
    gd__scorer_free(&evaluator->scorer);
    gd__carried_free(&evaluator->carried);
    for (int i = 0; i < evaluator->outputs.count; i++)
        gd_array_free(&evaluator->output[i]);
    *evaluator = (gd__evaluator){0};
}

static bool stop_is_asked(const gd_evaluate_opts *opts)
{
    return opts->should_stop != NULL && *opts->should_stop != 0;
}

static gd_status next_batch(gd_loader *loader, gd__binding *binding, const gd_evaluate_opts *opts, gd_batch *batch)
{
    if (stop_is_asked(opts))
        return gd__fail(GD_ERROR_INTERRUPTED, "the evaluation was interrupted");
    gd_status status = gd_loader_next(loader, batch);
    if (status == GD_OK)
        gd__binding_feed(binding, batch);
    return status;
}

// Sums over batches, each as often as it counts.
typedef struct sums {
    double loss, loss_weight;
    double metric[GD_MAX_METRICS], metric_weight[GD_MAX_METRICS]; // of metrics that are tensors
} sums;

// How much a batch counts: the value of output `place`, or its samples where there is none.
static double weight_in(const gd__evaluator *evaluator, int place, const gd_batch *batch)
{
    return place >= 0 ? gd_array_get(&evaluator->output[place], 0) : (double)batch->count;
}

// What is in the loss beside the losses that are metrics: the same in each batch.
static double rest_of_loss(const gd__evaluator *evaluator, double loss)
{
    for (int i = 0; i < evaluator->metric_count; i++)
        if (evaluator->metric[i].share != 0)
            loss -= evaluator->metric[i].share * gd__array_mean(&evaluator->output[evaluator->outputs.metric[i]]);
    return loss;
}

// Adds loss and tensors to the sums, and what metrics of a kind compare to the scorer.
static gd_status add_batch(gd__evaluator *evaluator, const gd_batch *batch, sums *sums)
{
    const gd__outputs *outputs = &evaluator->outputs;
    // Outputs keep their memory from batch to batch; those with a number a sample or a place change their size with it.
    for (int i = 0; evaluator->binding.resized && i < outputs->count; i++)
        gd_array_free(&evaluator->output[i]);
    gd_status status = gd__views_run(&evaluator->views, evaluator->function, &evaluator->binding, evaluator->output);
    for (int s = 0; s < outputs->subject_count && status == GD_OK; s++)
        status = gd__scorer_add(&evaluator->scorer, s, &evaluator->output[outputs->prediction[s]], batch);
    if (status != GD_OK)
        return status;
    const double weight = weight_in(evaluator, outputs->loss_weight, batch);
    if (outputs->loss >= 0 && weight > 0)
        sums->loss += weight * rest_of_loss(evaluator, gd__array_mean(&evaluator->output[outputs->loss]));
    sums->loss_weight += weight;
    for (int i = 0; i < evaluator->metric_count; i++) {
        if (outputs->metric[i] < 0)
            continue;
        const double own = weight_in(evaluator, outputs->metric_weight[i], batch);
        if (own > 0)
            sums->metric[i] += own * gd__array_mean(&evaluator->output[outputs->metric[i]]);
        sums->metric_weight[i] += own;
    }
    return GD_OK;
}

static gd_status end_sums(const gd__evaluator *evaluator, const sums *sums, gd_evaluation *result)
{
    gd_status status = GD_OK;
    result->loss = sums->loss_weight > 0 ? sums->loss / sums->loss_weight : 0;
    for (int i = 0; i < evaluator->metric_count && status == GD_OK; i++) {
        if (evaluator->metric[i].kind != NULL)
            status = gd__scorer_value(&evaluator->scorer, i, &result->metric[i]);
        else if (sums->metric_weight[i] > 0)
            result->metric[i] = sums->metric[i] / sums->metric_weight[i];
        if (evaluator->outputs.loss >= 0 && evaluator->metric[i].share != 0)
            result->loss += evaluator->metric[i].share * result->metric[i];
    }
    return status;
}

static gd_status run_batches(gd__evaluator *evaluator, gd_evaluate_opts opts, gd_evaluation *result)
{
    sums sums = {0};
    double started = gd_clock();
    int64_t samples = gd_dataset_count(evaluator->set), epoch, position;
    gd_loader_position(evaluator->loader, &epoch, &position);
    gd_status status = position != 0 ? gd_loader_seek(evaluator->loader, 0, 0) : GD_OK;
    if (status == GD_OK)
        status = gd__scorer_reset(&evaluator->scorer);
    while (status == GD_OK && result->count < samples) {
        gd_batch batch = {0};
        status = gd__progress("evaluation", result->count, samples);
        if (status == GD_OK)
            status = next_batch(evaluator->loader, &evaluator->binding, &opts, &batch);
        if (status != GD_OK)
            break;
        status = add_batch(evaluator, &batch, &sums);
        if (status != GD_OK)
            return gd__fail_in(status, "evaluation, samples %lld to %lld", (long long)result->count,
                               (long long)(result->count + batch.count - 1));
        result->count += batch.count;
        if (opts.on_batch != NULL)
            opts.on_batch(opts.user, result->count, samples);
    }
    if (status != GD_OK)
        return status;
    status = end_sums(evaluator, &sums, result);
    result->seconds = gd_clock() - started;
    return status;
}

// States that are carried begin with zeros, and are then what they were before.
gd_status gd__evaluator_run(gd__evaluator *evaluator, gd_evaluate_opts opts, gd_evaluation *result)
{
    *result = (gd_evaluation){0};
    gd_status status = gd__carried_begin(&evaluator->carried);
    if (status == GD_OK)
        status = run_batches(evaluator, opts, result);
    const gd_status back = gd__carried_end(&evaluator->carried);
    return status == GD_OK ? back : status;
}

gd_status gd_evaluate(gd_tensor loss, const gd_dataset *set, gd_evaluate_opts opts, gd_evaluation *result)
{
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    *result = (gd_evaluation){0};
    if (opts.way.run != NULL)
        return opts.way.run(opts.way.state, set, &opts, result);
    gd__evaluator *evaluator = gd__alloc_zeroed(1, sizeof *evaluator); // too much for a small stack
    if (evaluator == NULL)
        return gd__fail_memory("an evaluation");
    gd_status status = gd__evaluator_create(evaluator, loss, set, opts);
    if (status == GD_OK)
        status = gd__evaluator_run(evaluator, opts, result);
    gd__evaluator_free(evaluator);
    gd__free(evaluator);
    return status;
}

// ---- Predicting

static gd_status check_predicted(int count, const gd_tensor *output)
{
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "there is nothing to predict: no output was given");
    for (int i = 0; i < count; i++) {
        gd_graph *graph = output[i].graph;
        if (graph != NULL && gd_graph_error(graph) != NULL)
            return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
        if (!gd_tensor_ok(output[i]) || graph != output[0].graph)
            return gd__fail(GD_ERROR_ARGUMENT, "output %d is no tensor of the first output's graph", i);
        char text[GD_SHAPE_TEXT];
        gd_shape shape = gd_tensor_shape(output[i]);
        if (shape.rank < 1 || (shape.dim[0] != GD_BATCH && shape.dim[0] < 1))
            return gd__fail(GD_ERROR_SHAPE, "output %d is %s; expected the batch as its first dimension", i,
                            gd_shape_text(shape, text));
    }
    return GD_OK;
}

static gd_status make_results(int count, const gd_tensor *output, int64_t samples, gd_array *result)
{
    for (int i = 0; i < count; i++) {
        gd_shape shape = gd_tensor_shape(output[i]);
        shape.dim[0] = samples;
        for (int k = 1; k < shape.rank; k++)
            if (shape.dim[k] < 0)
                return gd__fail(GD_ERROR_SHAPE, "output %d has the batch in dimension %d too", i, k);
        gd_status status = gd_array_create(&result[i], gd_tensor_type(output[i]), shape);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

// What computes predictions, and how far it is.
typedef struct predictor {
    gd_loader *loader;
    gd_function *function;
    gd__binding binding;
    gd__views views;
    int count; // outputs
    gd_array *part;
    int64_t done; // samples
} predictor;

static void free_predictor(predictor *p)
{
    gd_loader_free(p->loader);
    if (p->function != NULL)
        gd_function_free(p->function);
    gd__views_free(&p->views);
    gd__binding_free(&p->binding);
    gd__free(p->part);
}

// Each output of a run is written straight to its rows of the result.
static gd_status predict_batch(predictor *p, int64_t rows, gd_array *result)
{
    for (int i = 0; i < p->count; i++) {
        gd_shape shape = result[i].shape;
        shape.dim[0] = rows;
        size_t row_bytes = gd_array_bytes(&result[i]) / (size_t)result[i].shape.dim[0];
        p->part[i] = gd_array_borrow(result[i].type, shape, (char *)result[i].data + (size_t)p->done * row_bytes);
    }
    gd_status status = gd__views_run(&p->views, p->function, &p->binding, p->part);
    if (status != GD_OK)
        return gd__fail_in(status, "prediction, samples %lld to %lld", (long long)p->done,
                           (long long)(p->done + rows - 1));
    return GD_OK;
}

static gd_status predict_all(predictor *p, int64_t samples, gd_evaluate_opts opts, gd_array *result)
{
    gd_status status = GD_OK;
    while (status == GD_OK && p->done < samples) {
        gd_batch batch = {0};
        status = gd__progress("prediction", p->done, samples);
        if (status == GD_OK)
            status = next_batch(p->loader, &p->binding, &opts, &batch);
        if (status == GD_OK)
            status = predict_batch(p, batch.count, result);
        if (status != GD_OK)
            break;
        p->done += batch.count;
        if (opts.on_batch != NULL)
            opts.on_batch(opts.user, p->done, samples);
    }
    return status;
}

gd_status gd_predict(int count, const gd_tensor *output, const gd_dataset *set, gd_evaluate_opts opts, gd_array *result)
{
    if (count > 0)
        GD__NEEDS(output, GD_ERROR_ARGUMENT);
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    for (int i = 0; i < count; i++)
        result[i] = (gd_array){0};
    gd_status status = check_predicted(count, output);
    if (status != GD_OK)
        return status;
    predictor p = {.count = count, .part = gd__alloc_zeroed((size_t)count, sizeof *p.part)};
    if (p.part == NULL)
        return gd__fail_memory("predictions");
    status = gd__check_precision(opts.precision);
    if (status == GD_OK && set == NULL)
        status = gd__fail(GD_ERROR_ARGUMENT, "there is no data set to evaluate on");
    if (status == GD_OK)
        status = gd__bind(set, count, output, 0, NULL, &p.binding);
    if (status == GD_OK)
        status =
            open_loader(set, gd__binding_rows(&p.binding) > 0 ? gd__binding_rows(&p.binding) : opts.batch, &p.loader);
    if (status == GD_OK)
        status = gd__views_create(&p.views, opts.views, set, &p.binding, count);
    if (status == GD_OK)
        status = make_results(count, output, gd_dataset_count(set), result);
    if (status == GD_OK) {
        p.function =
            gd_function_create(output[0].graph, count, output, (gd_function_opts){.precision = opts.precision});
        status = p.function != NULL ? GD_OK : GD_ERROR_MEMORY; // the outputs were checked
    }
    if (status == GD_OK)
        status = predict_all(&p, gd_dataset_count(set), opts, result);
    free_predictor(&p);
    for (int i = 0; status != GD_OK && i < count; i++)
        gd_array_free(&result[i]);
    return status;
}
