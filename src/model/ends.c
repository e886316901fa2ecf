// The end of a network: the losses, what is predicted, what is measured, and penalties.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/model.h"
#include "train/bind.h"

// ---- The losses as the recipe has them

int gd__recipe_losses(const gd_recipe *recipe, gd__loss_of loss[GD_MODEL_HEADS])
{
    const gd__yaml *node = gd__yaml_get(recipe->root, "loss");
    if (node == NULL || !gd__is_named_variants(node, &gd__loss_records)) {
        loss[0] = (gd__loss_of){.loss = gd__chosen_of(node, &gd__loss_records, NULL)};
        return 1;
    }
    int count = 0;
    for (int i = 0; i < node->count && count < GD_MODEL_HEADS; i++)
        loss[count++] =
            (gd__loss_of){.target = node->key[i]->text, .loss = gd__chosen_of(node->item[i], &gd__loss_records, NULL)};
    return count;
}

static const gd_loss_kind *kind_of(gd__chosen loss)
{
    return (const gd_loss_kind *)loss.record;
}

gd_status gd__loss_options(gd__chosen loss, void **options)
{
    const size_t size = loss.record->options_size;
    *options = gd__alloc_zeroed(1, size > 0 ? size : 1);
    if (*options == NULL)
        return gd__fail_memory("the options of a loss");
    if (size > 0)
        gd__options_read(loss.options, loss.record, *options);
    return GD_OK;
}

// ---- Does what the layers give fit the loss and the labels?

// One head while it is written.
typedef struct head {
    gd__model *model;
    int place;
    gd_model_head *shown;
    gd__chosen loss;
    void *options; // of the loss, filled
    const gd_field *target;
    const gd__yaml *last; // the layer that it reads
    char class_names[200];
    gd_tensor logits; // what the link makes predictions of
    const gd_link *link;
} head;

// The names of the first classes, for sentences.
static void list_classes(const gd__target_names *names, char text[200])
{
    enum { SHOWN = 5 };
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < names->class_name_count && i < SHOWN; i++)
        length += (size_t)snprintf(text + length, 200 - length, "%s%.24s", i == 0 ? ": " : ", ", names->class_name[i]);
    if (names->class_name_count > SHOWN)
        snprintf(text + length, 200 - length, ", …");
}

static gd_task_match match_of(const head *h)
{
    const gd_loss_kind *kind = h->shown->loss;
    return (gd_task_match){.loss = kind->record.name,
                           .target = h->target->name,
                           .labels = h->target->type == GD_I32 && h->target->shape.rank == 0,
                           .class_count = h->target->class_count,
                           .shape = h->target->shape,
                           .class_names = h->class_names,
                           .spread = kind->spread == NULL ? 1 : kind->spread(h->options)};
}

static gd_status check_match(const head *h)
{
    bool by_layers = false;
    gd_task_match match = match_of(h);
    match.output = gd_tensor_shape(h->shown->output);
    if (h->shown->task->match(&match, &by_layers) == GD_OK)
        return GD_OK;
    return gd__yaml_fail(by_layers ? h->last : h->loss.node, "%s", gd_last_error());
}

// ---- What each head reads

// The value of the layer that the option `of` names, by `as` or as it is called; false with a sentence.
static bool find_layer(const gd__model *model, const gd__yaml *name, gd_tensor *value)
{
    enum { MOST = 64 };
    const char *word[MOST];
    int count = 0;
    for (int i = 0; i < model->wires.count; i++) {
        *value = model->wires.named[i].wire.value;
        if (strcmp(model->wires.named[i].name, name->text) == 0)
            return true;
        if (count < MOST)
            word[count++] = model->wires.named[i].name;
    }
    for (int i = 0; i < model->shown.layer_count; i++) {
        *value = model->layer[i].value;
        if (strcmp(model->layer[i].name, name->text) == 0)
            return true;
        if (count < MOST && model->layer[i].name[0] != '\0')
            word[count++] = model->layer[i].name;
    }
    const char *near = gd_nearest_word(name->text, count, word);
    gd__yaml_fail(name, "no layer is called '%.60s'%s%s%s", name->text, near == NULL ? "" : ", did you mean '",
                  near == NULL ? "" : near, near == NULL ? "" : "'?");
    return false;
}

// Losses that name no layer share the outputs of the last one, in their order.
static gd_status deal_outputs(gd__model *model, int count, head *heads)
{
    int64_t wanted = 0, at = 0;
    int sharing = 0;
    for (int i = 0; i < count; i++) {
        const gd__yaml *of = gd__option_node(heads[i].loss.options, "of");
        heads[i].shown->output = model->shown.output;
        if (of != NULL && !find_layer(model, of, &heads[i].shown->output))
            return GD_ERROR_FORMAT;
        heads[i].last = of == NULL ? heads[i].last : of;
        const gd_task_match match = match_of(&heads[i]);
        wanted += of == NULL ? heads[i].shown->task->outputs(&match) : 0;
        sharing += of == NULL;
    }
    const gd_tensor last = model->shown.output;
    if (sharing < 2)
        return GD_OK;
    if (gd_tensor_rank(last) != 2 || gd_tensor_dim(last, 1) != wanted) {
        char shape[GD_SHAPE_TEXT];
        return gd__yaml_fail(heads[0].last, "the last layer gives %s, %d losses that share it want [batch,%lld]",
                             gd_shape_text(gd_tensor_shape(last), shape), sharing, (long long)wanted);
    }
    for (int i = 0; i < count; i++) {
        if (gd__option_node(heads[i].loss.options, "of") != NULL)
            continue;
        const gd_task_match match = match_of(&heads[i]);
        const int64_t width = heads[i].shown->task->outputs(&match);
        heads[i].shown->output = gd_slice(last, 1, at, at + width, 1);
        at += width;
    }
    return GD_OK;
}

// ---- Loss, prediction, penalty

// Those that the recipe lists, or those that balance the classes of the training data.
static gd_status class_weights(const head *h, gd_tensor *weights)
{
    const gd__target_names *names = &h->model->fields.target[h->place];
    const gd__yaml *node = gd__yaml_get(h->loss.options.node, "class_weights");
    if (node == NULL)
        return GD_OK;
    const bool balanced = gd__yaml_is(node, "balanced");
    const int count = balanced ? names->class_weight_count : node->kind == GD__YAML_LIST ? node->count : 1;
    // Of several questions each has a weight of yes, beside 1 for no.
    const bool by_column = h->shown->class_count == 0;
    const int64_t wanted = by_column ? gd_shape_count(h->target->shape) : h->shown->class_count;
    if (count != wanted)
        return gd__yaml_fail(node, "%d class weights for %lld %s", count, (long long)wanted,
                             by_column ? "columns" : "classes");
    gd_array array;
    gd_status status =
        gd_array_create(&array, gd_tensor_type(h->shown->output), by_column ? GD_SHAPE(2, count) : GD_SHAPE(count));
    if (status != GD_OK)
        return status;
    for (int i = 0; i < count; i++) {
        double value = balanced ? names->class_weight[i] : 0;
        if (!balanced)
            (void)gd__yaml_number(node->item[i], &value);
        if (by_column)
            gd_array_put(&array, i, 1);
        gd_array_put(&array, by_column ? count + i : i, value);
    }
    *weights = gd_constant(h->model->shown.graph, &array);
    gd_array_free(&array);
    return GD_OK;
}

// The input of sample weights, where the data has them.
static gd_status add_weight(gd__model *model)
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
    }
    return GD_OK;
}

// How long each sequence of the target is, where they differ; else no tensor.
static gd_tensor lengths_of(const head *h)
{
    char name[GD_WEIGHT_NAME];
    gd_graph *graph = h->model->shown.graph;
    if (!h->shown->task->by_place || h->target->shape.dim[0] != GD_OPEN)
        return GD_NO_TENSOR;
    snprintf(name, sizeof name, "%.400s_length", h->target->name);
    const gd_tensor made = gd__input_find(graph, name);
    return made.graph != NULL ? made : gd_input(graph, name, GD_I32, GD_SHAPE(GD_BATCH));
}

static gd_status write_head(head *h)
{
    gd_model *model = &h->model->shown;
    gd_model_head *shown = h->shown;
    const gd_loss_kind *kind = shown->loss;
    char place[GD__PLACE_SIZE];
    gd_status status = check_match(h);
    if (status != GD_OK)
        return status;
    gd_graph_set_location(model->graph, gd__yaml_place(h->loss.node, place));
    shown->class_count = shown->task->class_count(gd_tensor_dim(shown->output, -1));
    gd_loss_opts opts = {.total_weight = &shown->loss_weight, .sample_weight = model->weight, .lengths = lengths_of(h)};
    status = class_weights(h, &opts.class_weight);
    if (status != GD_OK)
        return status;
    shown->data_loss = gd_loss_write(kind, shown->output, shown->target, h->options, opts);
    h->link = kind->link_with != NULL ? kind->link_with(h->options) : kind->link;
    h->logits = kind->answer != NULL ? kind->answer(shown->output, h->options) : shown->output;
    shown->prediction = h->link->apply(h->logits);
    shown->scoring = (gd_scoring){.task = shown->task,
                                  .prediction = shown->prediction,
                                  .target = shown->name,
                                  .weight = model->weight_name,
                                  .probability = h->link->probability,
                                  .threshold = h->link->threshold,
                                  .preprocess = model->preprocess};
    return GD_OK;
}

// The losses together. A batch counts in means by the weights of its samples; those of classes are each head's own.
static void add_losses(gd_model *model)
{
    const gd_model_head *first = &model->head[0];
    model->data_loss = first->data_loss;
    model->loss_weight = first->loss_weight;
    if (model->head_count > 1) {
        model->data_loss = gd_scale(first->data_loss, first->share);
        for (int i = 1; i < model->head_count; i++)
            model->data_loss = gd_add(model->data_loss, gd_scale(model->head[i].data_loss, model->head[i].share));
        model->loss_weight = model->weight.graph == NULL ? GD_NO_TENSOR : gd_sum(model->weight, (gd_reduce_opts){0});
    } else if (first->share != 1) {
        model->data_loss = gd_scale(first->data_loss, first->share);
    }
}

static void add_penalties(gd_model *model)
{
    gd__options penalty = gd__section(model->recipe->root, "penalty");
    gd_penalty_opts penalty_opts = {.all = gd__option_bool(penalty, "all")};
    double l1 = gd__option_number(penalty, "l1"), l2 = gd__option_number(penalty, "l2");
    model->loss = model->data_loss;
    if (l1 > 0)
        model->loss = gd_add(model->loss, gd_l1_penalty(model->graph, l1, penalty_opts));
    if (l2 > 0)
        model->loss = gd_add(model->loss, gd_l2_penalty(model->graph, l2, penalty_opts));
}

// ---- Metrics

static gd_status fail_metric(const gd_model_head *head, const gd__yaml *node, const char *name)
{
    enum { MOST = 64 };
    const char *words[MOST];
    int count, fitting = 0;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int i = 0; i < count && fitting < MOST; i++)
        if (gd_task_takes(head->task, kinds[i]))
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

// Adds a number to watch. With several heads it is called "price.r2".
static gd_status add_named(gd__model *model, const gd_model_head *head, gd_metric metric, const gd__yaml *node)
{
    gd_model *shown = &model->shown;
    const int place = shown->metric_count;
    if (place == GD_MAX_METRICS)
        return node != NULL ? gd__yaml_fail(node, "more than %d metrics are listed", GD_MAX_METRICS)
                            : gd__fail(GD_ERROR_UNSUPPORTED, "%s: more than %d metrics and losses",
                                       gd_recipe_path(shown->recipe), GD_MAX_METRICS);
    if (shown->head_count > 1) {
        gd__text name = {0};
        gd__text_add(&name, "%s.%s", head->name, metric.name);
        model->metric_name[place] = gd__text_take(&name);
        if (model->metric_name[place] == NULL)
            return gd__fail_memory("the names of metrics");
        metric.name = model->metric_name[place];
        metric.scoring = &head->scoring;
    }
    shown->metric[shown->metric_count++] = metric;
    return GD_OK;
}

static gd_status add_metric(gd__model *model, const gd_model_head *head, const gd__yaml *node, const char *name)
{
    const gd_metric_kind *kind = gd_metric_kind_named(name);
    if (kind == NULL || !gd_task_takes(head->task, kind))
        return fail_metric(head, node, name);
    if (kind->needs_probability && !head->scoring.probability)
        return gd__yaml_fail(node, "the metric '%s' needs probabilities, and the loss gives scores alone", name);
    for (int i = 0; i < model->shown.metric_count; i++)
        if (model->shown.metric[i].kind == kind &&
            (model->shown.head_count == 1 || model->shown.metric[i].scoring == &head->scoring))
            return gd__yaml_fail(node, "the metric '%s' is listed twice", name);
    return add_named(model, head, (gd_metric){.name = kind->name, .kind = kind}, node);
}

// The metrics that a node lists: a name, or several.
static gd_status add_listed(gd__model *model, const gd_model_head *head, const gd__yaml *list)
{
    if (list->kind == GD__YAML_SCALAR)
        return add_metric(model, head, list, list->text);
    gd_status status = GD_OK;
    for (int i = 0; i < list->count && status == GD_OK; i++)
        status = add_metric(model, head, list->item[i], list->item[i]->text);
    return status;
}

// Those of the list that are for the head's task.
static gd_status add_fitting(gd__model *model, const gd_model_head *head, const gd__yaml *list)
{
    const int count = list->kind == GD__YAML_LIST ? list->count : 1;
    gd_status status = GD_OK;
    bool any = false;
    for (int i = 0; i < count && status == GD_OK; i++) {
        const gd__yaml *node = list->kind == GD__YAML_LIST ? list->item[i] : list;
        const gd_metric_kind *kind = gd_metric_kind_named(node->text);
        const bool known = kind != NULL, fits = known && gd_task_takes(head->task, kind);
        if (fits || !known)
            status = add_metric(model, head, node, node->text);
        any = any || fits;
    }
    return status == GD_OK && !any ? add_metric(model, head, NULL, head->task->metric) : status;
}

// Of several heads also each loss by itself.
static gd_status write_metrics(gd__model *model)
{
    gd_model *shown = &model->shown;
    const gd__yaml *list = gd__yaml_get(shown->recipe->root, "metrics");
    gd_status status = GD_OK;
    for (int i = 0; i < shown->head_count && status == GD_OK; i++) {
        const gd_model_head *head = &shown->head[i];
        const gd_metric loss = {
            .name = "loss", .value = head->data_loss, .share = head->share, .weight = head->loss_weight};
        if (shown->head_count > 1)
            status = add_named(model, head, loss, NULL);
        if (status != GD_OK)
            break;
        const gd__yaml *own = list == NULL || list->kind != GD__YAML_MAP ? NULL : gd__yaml_get(list, head->name);
        if (list == NULL || (list->kind == GD__YAML_MAP && own == NULL))
            status = add_metric(model, head, NULL, head->task->metric);
        else if (own != NULL || shown->head_count == 1)
            status = add_listed(model, head, own != NULL ? own : list);
        else
            status = add_fitting(model, head, list);
    }
    return status;
}

// ---- The whole

// The first head is what the model shows of a single one.
static void show_first(gd__model *model, const head *first)
{
    gd_model *shown = &model->shown;
    const gd_model_head *head = &shown->head[0];
    shown->loss_kind = head->loss;
    shown->task = head->task;
    shown->class_count = head->class_count;
    shown->target = head->target;
    shown->target_name = head->name;
    shown->output = head->output;
    shown->prediction = head->prediction;
    shown->scoring = head->scoring;
    model->plain = head->scoring;
    model->logits = first->logits;
    model->link = first->link;
}

static gd_status begin_head(gd__model *model, int place, gd__loss_of loss, const gd__yaml *last, head *h)
{
    *h = (head){.model = model,
                .place = place,
                .shown = &model->shown.head[place],
                .loss = loss.loss,
                .target = &model->fields.field[model->head_field[place]],
                .last = last};
    const gd_loss_kind *kind = kind_of(loss.loss);
    const gd__yaml *share = gd__yaml_get(loss.loss.options.node, "weight");
    // A target that is a picture, made of one, is shown and measured as such.
    const bool pictures = gd__recipe_enlarges(model->shown.recipe) != 0 && kind->task == &gd_task_regression;
    *h->shown = (gd_model_head){.name = h->target->name,
                                .loss = kind,
                                .share = 1,
                                .task = pictures ? &gd_task_pictures : gd_task_of_field(kind->task, h->target),
                                .target = h->shown->target};
    if (share != NULL)
        (void)gd__yaml_number(share, &h->shown->share);
    list_classes(&model->fields.target[place], h->class_names);
    return gd__loss_options(loss.loss, &h->options);
}

static gd_status write_heads(gd__model *model, int count, head *heads)
{
    gd_model *shown = &model->shown;
    gd_status status = deal_outputs(model, count, heads);
    if (status == GD_OK)
        status = add_weight(model);
    for (int i = 0; i < count && status == GD_OK; i++)
        status = write_head(&heads[i]);
    if (status != GD_OK)
        return status;
    add_losses(shown);
    add_penalties(shown);
    show_first(model, &heads[0]);
    gd__apply_calibration(model);
    return write_metrics(model);
}

gd_status gd__write_ends(gd__model *model, const gd__yaml *layers)
{
    gd__loss_of loss[GD_MODEL_HEADS];
    head heads[GD_MODEL_HEADS] = {0};
    gd_model *shown = &model->shown;
    const gd__yaml *last = layers->count > 0 ? layers->item[layers->count - 1] : layers;
    gd_status status = GD_OK;
    shown->head_count = gd__recipe_losses(shown->recipe, loss);
    for (int i = 0; i < shown->head_count && status == GD_OK; i++)
        status = begin_head(model, i, loss[i], last, &heads[i]);
    if (status == GD_OK)
        status = write_heads(model, shown->head_count, heads);
    for (int i = 0; i < shown->head_count; i++)
        gd__free(heads[i].options);
    gd_graph_set_location(shown->graph, NULL);
    return status == GD_OK ? gd__graph_failure(shown) : status;
}
