// The end of a network: the losses, what is predicted, what is measured, and penalties.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/model.h"

// ---- The loss as the recipe has it

gd__chosen gd__recipe_loss(const gd_recipe *recipe)
{
    return gd__chosen_of(gd__yaml_get(recipe->root, "loss"), &gd__loss_records, NULL);
}

static const gd_loss_kind *kind_of(gd__chosen loss)
{
    return (const gd_loss_kind *)loss.record;
}

// The options struct of a loss, filled; gd__free.
static gd_status read_options(gd__chosen loss, void **options)
{
    const size_t size = loss.record->options_size;
    *options = gd__alloc_zeroed(1, size > 0 ? size : 1);
    if (*options == NULL)
        return gd__fail_memory("the options of a loss");
    if (size > 0)
        gd__options_read(loss.options, loss.record, *options);
    return GD_OK;
}

// ---- Does the last layer fit the loss and the labels?

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

static gd_status check_match(const gd__model *model, const gd__yaml *layers, gd__chosen loss, const void *options)
{
    char classes[200];
    const gd_field *target = &model->fields.field[model->target_field];
    const gd_loss_kind *kind = kind_of(loss);
    const gd_task_match match = {.loss = loss.record->name,
                                 .target = target->name,
                                 .labels = target->type == GD_I32 && target->shape.rank == 0,
                                 .class_count = target->class_count,
                                 .shape = target->shape,
                                 .class_names = classes,
                                 .output = gd_tensor_shape(model->shown.output),
                                 .spread = kind->spread == NULL ? 1 : kind->spread(options)};
    bool by_layers = false;
    list_classes(&model->fields, classes);
    if (model->shown.task->match(&match, &by_layers) == GD_OK)
        return GD_OK;
    const gd__yaml *last = layers->count > 0 ? layers->item[layers->count - 1] : layers;
    return gd__yaml_fail(by_layers ? last : loss.node, "%s", gd_last_error());
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
        model->shown.weight = gd__write_input(&model->shown, field);
        model->shown.weight_name = field->name;
        *weight = model->shown.weight;
    }
    return GD_OK;
}

static const gd_link *link_of(const gd_loss_kind *kind, const void *options)
{
    return kind->link_with != NULL ? kind->link_with(options) : kind->link;
}

static gd_status write_loss(gd__model *inner, gd__chosen loss, const void *options)
{
    gd_model *model = &inner->shown;
    const gd_loss_kind *kind = kind_of(loss);
    gd_loss_opts opts = {.total_weight = &model->loss_weight};
    gd_status status = class_weights(inner, loss.options, &opts.class_weight);
    if (status == GD_OK)
        status = add_weight(inner, &opts.sample_weight);
    if (status != GD_OK)
        return status;
    model->data_loss = gd_loss_write(kind, model->output, model->target, options, opts);
    inner->logits = kind->answer != NULL ? kind->answer(model->output, options) : model->output;
    model->prediction = inner->link->apply(inner->logits);
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
        if (gd_task_takes(model->task, kinds[i]))
            words[fitting++] = kinds[i]->name;
    const char *near = gd__nearest_word(name, fitting, words);
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
    if (kind == NULL || !gd_task_takes(model->task, kind))
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
        return add_metric(model, NULL, model->task->metric);
    if (list->kind == GD__YAML_SCALAR)
        return add_metric(model, list, list->text);
    gd_status status = GD_OK;
    for (int i = 0; i < list->count && status == GD_OK; i++)
        status = add_metric(model, list->item[i], list->item[i]->text);
    return status;
}

// ---- The whole

static void set_scoring(gd_model *model, const gd_link *link)
{
    model->scoring = (gd_scoring){.task = model->task,
                                  .prediction = model->prediction,
                                  .target = model->target_name,
                                  .weight = model->weight_name,
                                  .probability = link->probability,
                                  .threshold = link->threshold,
                                  .preprocess = model->preprocess};
}

static gd_status write_with(gd__model *model, const gd__yaml *layers, gd__chosen loss, const void *options)
{
    gd_model *shown = &model->shown;
    const gd_shape target = model->fields.field[model->target_field].shape;
    shown->loss_kind = kind_of(loss);
    shown->task = gd_task_with(shown->loss_kind->task, gd_shape_count(target));
    gd_status status = check_match(model, layers, loss, options);
    if (status != GD_OK)
        return status;
    char place[GD__PLACE_SIZE];
    shown->class_count = shown->task->class_count(gd_tensor_dim(shown->output, -1));
    model->link = link_of(shown->loss_kind, options);
    gd_graph_set_location(shown->graph, gd__yaml_place(loss.node, place));
    status = write_loss(model, loss, options);
    if (status == GD_OK) {
        set_scoring(shown, model->link);
        model->plain = shown->scoring;
        gd__apply_calibration(model);
        status = write_metrics(shown);
    }
    gd_graph_set_location(shown->graph, NULL);
    return status == GD_OK ? gd__graph_failure(shown) : status;
}

gd_status gd__write_ends(gd__model *model, const gd__yaml *layers)
{
    void *options;
    const gd__chosen loss = gd__recipe_loss(model->shown.recipe);
    gd_status status = read_options(loss, &options);
    if (status == GD_OK)
        status = write_with(model, layers, loss, options);
    gd__free(options);
    return status;
}
