// The network around the layers: inputs, loss, predictions, metrics, penalties.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"

// The graph's own error as the sentence of the last failure.
static gd_status graph_status(const gd_model *model)
{
    gd_status status = gd_graph_status(model->graph);
    return status == GD_OK ? GD_OK : gd__fail(status, "%s", gd_graph_error(model->graph));
}

// ---- Does the last layer fit the loss and the labels?

typedef enum { SOFTMAX, SIGMOID, SCORES, AS_IT_IS, EXPONENTIAL } prediction_kind;

static const struct {
    const char *name;
    gd_task task;
    prediction_kind prediction;
} losses[] = {
    {"squared_error", GD_TASK_NUMBERS, AS_IT_IS},
    {"absolute_error", GD_TASK_NUMBERS, AS_IT_IS},
    {"huber", GD_TASK_NUMBERS, AS_IT_IS},
    {"logistic", GD_TASK_BINARY, SIGMOID},
    {"softmax_cross_entropy", GD_TASK_CLASSES, SOFTMAX},
    {"hinge", GD_TASK_BINARY, SCORES},
    {"multiclass_hinge", GD_TASK_CLASSES, SCORES},
    {"kl_divergence", GD_TASK_NUMBERS, EXPONENTIAL},
};

static int find_loss(const char *name)
{
    for (int i = 0; i < GD_COUNT_OF(losses); i++)
        if (strcmp(losses[i].name, name) == 0)
            return i;
    return -1;
}

bool gd__recipe_task(const gd_recipe *recipe, gd_task *task)
{
    const gd__chosen loss = gd__chosen_of(gd__yaml_get(recipe->root, "loss"), &gd__loss_variants, NULL);
    const int kind = loss.record == NULL ? -1 : find_loss(loss.record->name);
    *task = kind < 0 ? GD_TASK_NUMBERS : losses[kind].task;
    return kind >= 0;
}

typedef struct {
    const gd__yaml *last; // the last layer, or the list when it is empty
    const gd__yaml *loss;
    const char *loss_name;
    gd_shape output;
    const gd_field *target;
    char classes[200]; // ": 1, 2, 3", where they have names
} match;

static gd_status check_classes(const match *match)
{
    char shape[GD_SHAPE_TEXT];
    const gd_field *target = match->target;
    bool is_label = target->type == GD_I32 && target->shape.rank == 0;
    bool is_row = target->type == GD_F32 && target->shape.rank == 1 && target->shape.dim[0] > 1; // one-hot
    if (!is_label && !is_row)
        return gd__yaml_fail(match->loss,
                             "%s needs class labels, but '%.60s' holds numbers: one whole number a sample, a text or "
                             "a one-hot row was expected",
                             match->loss_name, target->name);
    if (match->output.rank != 2)
        return gd__yaml_fail(match->last, "the last layer gives %s, %s wants [batch,classes]%s",
                             gd_shape_text(match->output, shape), match->loss_name,
                             match->output.rank > 2 ? "; is a `flatten` or a global pool missing?" : "");
    int64_t classes = is_label ? target->class_count : target->shape.dim[0];
    if (match->output.dim[1] != classes)
        return gd__yaml_fail(match->last, "the last layer gives %lld outputs, the data has %lld classes%s",
                             (long long)match->output.dim[1], (long long)classes, match->classes);
    return GD_OK;
}

// An output for each number of the target; a single one may stand for a target of rank 0.
static gd_status check_numbers(const match *match)
{
    gd_shape want = {.rank = match->target->shape.rank + 1, .dim = {GD_BATCH}};
    for (int i = 1; i < want.rank; i++)
        want.dim[i] = match->target->shape.dim[i - 1];
    if (want.rank == 1)
        want = GD_SHAPE(GD_BATCH, 1);
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    if (!gd_shape_equal(match->output, want))
        return gd__yaml_fail(match->last, "the last layer gives %s, but %s with the target '%.60s' wants %s",
                             gd_shape_text(match->output, have_text), match->loss_name, match->target->name,
                             gd_shape_text(want, want_text));
    return GD_OK;
}

static gd_status check_binary(const match *match)
{
    if (match->target->type == GD_I32 && match->target->class_count > 2)
        return gd__yaml_fail(match->loss,
                             "%s tells two classes apart, the data has %d; softmax_cross_entropy tells "
                             "any number",
                             match->loss_name, match->target->class_count);
    return check_numbers(match);
}

// The names of the first classes, for sentences.
static void list_classes(const gd__field_list *fields, char text[200])
{
    enum { SHOWN = 5 };
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < fields->class_name_count && i < SHOWN; i++)
        length += (size_t)snprintf(text + length, 200 - length, "%s%.24s", i == 0 ? ": " : ", ", fields->class_name[i]);
    if (fields->class_name_count > SHOWN)
        snprintf(text + length, 200 - length, ", …");
}

static gd_status check_match(const gd__model *model, const gd__yaml *layers, gd__chosen loss, gd_task task)
{
    const gd__yaml *last = layers->count > 0 ? layers->item[layers->count - 1] : layers;
    match match = {.last = last,
                   .loss = loss.node,
                   .loss_name = loss.record->name,
                   .output = gd_tensor_shape(model->shown.output),
                   .target = &model->fields.field[model->target_field]};
    list_classes(&model->fields, match.classes);
    return task == GD_TASK_CLASSES  ? check_classes(&match)
           : task == GD_TASK_BINARY ? check_binary(&match)
                                    : check_numbers(&match);
}

// ---- Loss, prediction, penalty

// Those that the recipe lists, or those that balance the classes of the training data.
static gd_status class_weights(const gd__model *inner, gd__options options, gd_tensor *weights)
{
    const gd_model *model = &inner->shown;
    const gd__yaml *node = gd__yaml_get(options.node, "class_weights");
    if (node == NULL)
        return GD_OK;
    const bool balanced = gd__yaml_is(node, "balanced");
    const int count = balanced ? inner->fields.class_weight_count : node->kind == GD__YAML_LIST ? node->count : 1;
    if (count != model->class_count)
        return gd__yaml_fail(node, "%d class weights for %d classes", count, model->class_count);
    gd_array array;
    gd_status status = gd_array_create(&array, gd_tensor_type(model->output), GD_SHAPE(count));
    if (status != GD_OK)
        return status;
    for (int i = 0; i < count; i++) {
        double value = balanced ? inner->fields.class_weight[i] : 0;
        if (!balanced)
            (void)gd__yaml_number(node->item[i], &value);
        gd_array_put(&array, i, value);
    }
    *weights = gd_constant(model->graph, &array);
    gd_array_free(&array);
    return GD_OK;
}

// The input of sample weights, where the data has them.
static gd_status add_weight(gd__model *model, gd_tensor *weight)
{
    char text[GD_SHAPE_TEXT];
    for (int i = 0; i < model->fields.count; i++) {
        const gd_field *field = &model->fields.field[i];
        if (field->role != GD_ROLE_WEIGHT)
            continue;
        if (field->shape.rank != 0)
            return gd__fail(GD_ERROR_SHAPE, "%s: the weight '%.60s' is %s, one number a sample was expected",
                            gd_recipe_path(model->shown.recipe), field->name, gd_shape_text(field->shape, text));
        model->shown.weight = gd__make_input(&model->shown, field);
        model->shown.weight_name = field->name;
        *weight = model->shown.weight;
    }
    return GD_OK;
}

static gd_tensor predict(gd_tensor output, prediction_kind kind)
{
    switch (kind) {
    case SOFTMAX: return gd_softmax(output, -1);
    case SIGMOID: return gd_sigmoid(output);
    case EXPONENTIAL: return gd_exp(output);
    case SCORES:
    case AS_IT_IS: return output;
    }
    return output;
}

static gd_status write_loss(gd__model *inner, gd__chosen loss, prediction_kind kind)
{
    gd_model *model = &inner->shown;
    gd_loss_opts opts = {.delta = gd__option_number(loss.options, "delta"),
                         .margin = gd__option_number(loss.options, "margin"),
                         .squared = gd__option_bool(loss.options, "squared"),
                         .label_smoothing = gd__option_number(loss.options, "label_smoothing")};
    opts.total_weight = &model->loss_weight;
    gd_status status = class_weights(inner, loss.options, &opts.class_weight);
    if (status == GD_OK)
        status = add_weight(inner, &opts.sample_weight);
    if (status != GD_OK)
        return status;
    model->data_loss = gd_loss_named(loss.record->name, model->output, model->target, opts);
    model->prediction = predict(model->output, kind);
    gd__options penalty = gd__section(model->recipe->root, "penalty");
    gd_penalty_opts penalty_opts = {.all = gd__option_bool(penalty, "all")};
    double l1 = gd__option_number(penalty, "l1"), l2 = gd__option_number(penalty, "l2");
    model->loss = model->data_loss;
    if (l1 > 0)
        model->loss = gd_add(model->loss, gd_l1_penalty(model->graph, l1, penalty_opts));
    if (l2 > 0)
        model->loss = gd_add(model->loss, gd_l2_penalty(model->graph, l2, penalty_opts));
    return GD_OK;
}

// ---- Metrics

static gd_status fail_metric(const gd_model *model, const gd__yaml *node, const char *name)
{
    enum { MOST = 64 };
    const char *words[MOST];
    int count, fitting = 0;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int i = 0; i < count && fitting < MOST; i++)
        if (kinds[i]->tasks & 1u << model->task)
            words[fitting++] = kinds[i]->name;
    const char *near = gd_nearest_word(name, fitting, words);
    gd__text list = {0};
    for (int i = 0; i < fitting; i++)
        gd__text_add(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
    gd_status status = gd__yaml_fail(node, "no metric for this task is called '%.60s'%s%s%s; there are %s", name,
                                     near == NULL ? "" : ", did you mean '", near == NULL ? "" : near,
                                     near == NULL ? "" : "'?", list.data == NULL ? "none" : list.data);
    gd__text_free(&list);
    return status;
}

static gd_status add_metric(gd_model *model, const gd__yaml *node, const char *name)
{
    const gd_metric_kind *kind = gd_metric_kind_named(name);
    if (kind == NULL || (kind->tasks & 1u << model->task) == 0)
        return fail_metric(model, node, name);
    if (kind->needs_probability && !model->scoring.probability)
        return gd__yaml_fail(node, "the metric '%s' needs probabilities, and the loss gives scores alone", name);
    for (int i = 0; i < model->metric_count; i++)
        if (model->metric[i].kind == kind)
            return gd__yaml_fail(node, "the metric '%s' is listed twice", name);
    if (model->metric_count == GD_MAX_METRICS)
        return gd__yaml_fail(node, "more than %d metrics are listed", GD_MAX_METRICS);
    model->metric[model->metric_count++] = (gd_metric){.name = kind->name, .kind = kind};
    return GD_OK;
}

static gd_status write_metrics(gd_model *model)
{
    const gd__yaml *list = gd__yaml_get(model->recipe->root, "metrics");
    if (list == NULL)
        return add_metric(model, NULL, model->task == GD_TASK_NUMBERS ? "mean_absolute_error" : "accuracy");
    if (list->kind == GD__YAML_SCALAR)
        return add_metric(model, list, list->text);
    gd_status status = GD_OK;
    for (int i = 0; i < list->count && status == GD_OK; i++)
        status = add_metric(model, list->item[i], list->item[i]->text);
    return status;
}

// What the metrics compare. Scores without probabilities say yes above 0.
static void set_scoring(gd_model *model, prediction_kind kind)
{
    model->scoring = (gd_scoring){.task = model->task,
                                  .prediction = model->prediction,
                                  .target = model->target_name,
                                  .weight = model->weight_name,
                                  .probability = kind == SOFTMAX || kind == SIGMOID,
                                  .threshold = kind == SIGMOID ? 0.5 : 0,
                                  .preprocess = model->preprocess};
}

static gd_status write_ends(gd__model *model, const gd__yaml *layers, const gd__yaml *loss_node)
{
    gd_model *shown = &model->shown;
    gd__chosen loss = gd__chosen_of(loss_node, &gd__loss_variants, NULL);
    int kind = find_loss(loss.record->name);
    if (kind < 0)
        return gd__fail(GD_ERROR_INTERNAL, "the loss '%s' has no prediction", loss.record->name);
    shown->task = losses[kind].task;
    gd_status status = check_match(model, layers, loss, shown->task);
    if (status != GD_OK)
        return status;
    shown->class_count = shown->task == GD_TASK_CLASSES  ? (int)gd_tensor_dim(shown->output, 1)
                         : shown->task == GD_TASK_BINARY ? 2
                                                         : 0;
    char place[GD__PLACE_SIZE];
    gd_graph_set_location(shown->graph, gd__yaml_place(loss.node, place));
    status = write_loss(model, loss, losses[kind].prediction);
    if (status == GD_OK) {
        set_scoring(shown, losses[kind].prediction);
        model->plain = shown->scoring;
        gd__apply_calibration(model);
        status = write_metrics(shown);
    }
    gd_graph_set_location(shown->graph, NULL);
    return status == GD_OK ? graph_status(shown) : status;
}

gd_status gd__write_network(gd__model *model)
{
    gd_model *shown = &model->shown;
    const gd__yaml *layers, *loss;
    gd_status status = gd__recipe_need(shown->recipe, "model", &layers);
    if (status == GD_OK)
        status = gd__recipe_need(shown->recipe, "loss", &loss);
    if (status != GD_OK)
        return status;
    shown->graph = gd_graph_create();
    if (shown->graph == NULL)
        return gd__fail_memory("a graph");
    gd__graph_limit_variables(shown->graph, model->most_numbers);
    gd_graph_set_seed(shown->graph, (uint64_t)gd__option_integer(gd__section(shown->recipe->root, "train"), "seed"));
    gd_tensor x = GD_NO_TENSOR;
    status = gd__write_inputs(model, layers, &x);
    if (status == GD_OK) {
        const gd__wire input = {x, model->view};
        shown->output = gd__write_layers(model, layers, input, input, 0);
    }
    if (status == GD_OK)
        status = graph_status(shown);
    if (status == GD_OK)
        status = write_ends(model, layers, loss);
    shown->layer = model->layer;
    for (int i = 0; i < gd_variable_count(shown->graph); i++)
        if (gd_variable_trainable(gd_variable_at(shown->graph, i)))
            shown->parameters += gd_shape_count(gd_tensor_shape(gd_variable_at(shown->graph, i)));
    for (int i = 0; i < shown->layer_count; i++)
        if (shown->layer[i].depth == 0)
            shown->flops += shown->layer[i].flops;
    return status;
}
