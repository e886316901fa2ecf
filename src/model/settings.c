// What a recipe says about training, as the trainer's options.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/model.h"
#include "optim/group.h"
#include "solve/parameters.h"

// `node` may be NULL: then it is Adam.
static gd_status rule_of(const gd__yaml *node, gd_rule *rule)
{
    const gd__chosen chosen = gd__chosen_of(node, gd_rule_kinds(), "adam");
    gd__options_read(chosen.options, chosen.record, rule);
    rule->kind = chosen.record;
    gd_status status = gd_rule_check(rule);
    return status == GD_OK || node == NULL ? status : gd__yaml_fail(node, "%s", gd_last_error());
}

static void read_schedule(const gd__yaml *node, gd_schedule *schedule)
{
    const gd__chosen chosen = gd__chosen_of(node, gd_schedule_kinds(), NULL);
    gd__options_read(chosen.options, chosen.record, schedule);
    schedule->kind = chosen.record;
}

// A schedule, or a list of those that follow one another: all but the first are kept in the model.
static gd_status schedule_of(gd__model *model, gd_schedule *schedule)
{
    const gd__yaml *node = gd__yaml_get(model->shown.recipe->root, "schedule");
    const bool is_list = node != NULL && node->kind == GD__YAML_LIST;
    *schedule = (gd_schedule){0};
    if (node == NULL)
        return GD_OK;
    read_schedule(is_list ? node->item[0] : node, schedule);
    for (int i = 1; is_list && i < node->count; i++)
        read_schedule(node->item[i], &model->schedule[i - 1]);
    for (int i = 1; is_list && i < node->count; i++)
        (i == 1 ? schedule : &model->schedule[i - 2])->then = &model->schedule[i - 1];
    gd_status status = gd_schedule_check(schedule);
    return status == GD_OK ? GD_OK : gd__yaml_fail(node, "%s", gd_last_error());
}

// ---- Parameters by pattern

static gd_status read_group(const gd__yaml *map, gd_parameter_group *group, gd_rule *rule)
{
    const gd__options options = {.node = map, .keys = gd__parameter_keys};
    const gd__yaml *own = gd__option_node(options, "rule");
    *group = (gd_parameter_group){.match = gd__option_text(options, "match"),
                                  .freeze = gd__option_bool(options, "freeze"),
                                  .learning_rate = gd__option_node(options, "learning_rate") == NULL
                                                       ? 0
                                                       : gd__option_number(options, "learning_rate"),
                                  .sets_weight_decay = gd__option_node(options, "weight_decay") != NULL,
                                  .weight_decay = gd__option_number(options, "weight_decay"),
                                  .rule = own != NULL ? rule : NULL};
    return own != NULL ? rule_of(own, rule) : GD_OK;
}

// Each entry fits the network, or the sentence says where it stands.
static gd_status check_groups(const gd__model *model, const gd__yaml *list, const gd_rule *rule)
{
    gd__parameters parameters;
    gd_status status = gd__parameters_of(model->shown.loss, &parameters);
    for (int i = 0; i < list->count && status == GD_OK; i++) {
        gd__treatment *treatment;
        status = gd__treatments_of(rule, 1, &model->group[i], parameters.count, parameters.variable, &treatment);
        gd__free(treatment);
        if (status == GD_ERROR_ARGUMENT)
            status = gd__yaml_fail(list->item[i], "parameters: %s", gd_last_error());
    }
    gd__parameters_free(&parameters);
    return status;
}

static gd_status groups_of(gd__model *model, const gd_rule *rule, gd_fit_opts *fit)
{
    const gd__yaml *list = gd__yaml_get(model->shown.recipe->root, "parameters");
    if (list == NULL)
        return GD_OK;
    const size_t count = (size_t)list->count;
    gd__free(model->group);
    gd__free(model->group_rule);
    model->group = gd__alloc_zeroed(count, sizeof *model->group);
    model->group_rule = gd__alloc_zeroed(count, sizeof *model->group_rule);
    if (model->group == NULL || model->group_rule == NULL)
        return gd__fail_memory("groups of parameters");
    gd_status status = GD_OK;
    for (int i = 0; i < list->count && status == GD_OK; i++)
        status = read_group(list->item[i], &model->group[i], &model->group_rule[i]);
    fit->group_count = list->count;
    fit->group = model->group;
    return status == GD_OK ? check_groups(model, list, rule) : status;
}

// ---- Files and notes

static char *path_in(const gd_model *model, const char *file)
{
    gd__text path = {0};
    gd__text_add(&path, "%s/%s", gd_recipe_directory(model->recipe), file);
    return gd__text_take(&path);
}

void gd__model_free_texts(gd__model *model)
{
    char **const text[] = {&model->recipe_text, &model->preprocess_text,
                           &model->fields_text, &model->folder_text,
                           &model->files_text,  &model->last,
                           &model->best,        &model->csv,
                           &model->jsonl};
    for (int i = 0; i < GD_COUNT_OF(text); i++) {
        gd__free(*text[i]);
        *text[i] = NULL;
    }
    gd__free(model->group);
    gd__free(model->group_rule);
    model->group = NULL;
    model->group_rule = NULL;
}

// Makes the texts that the settings point to, once.
static gd_status make_texts(gd__model *model)
{
    gd_model *shown = &model->shown;
    if (model->recipe_text != NULL)
        return GD_OK;
    model->preprocess_text = gd_preprocess_to_json(shown->preprocess);
    model->fields_text = gd__fields_to_json(&model->fields);
    model->folder_text = gd__absolute_path(shown->recipe->folder);
    model->files_text = gd__file_list_to_json(shown->recipe->files);
    model->last = path_in(shown, "last.safetensors");
    model->best = path_in(shown, "best.safetensors");
    model->csv = path_in(shown, "history.csv");
    model->jsonl = path_in(shown, "history.jsonl");
    model->recipe_text = gd_recipe_text(shown->recipe);
    if (model->preprocess_text == NULL || model->fields_text == NULL || model->folder_text == NULL ||
        model->files_text == NULL || model->last == NULL || model->best == NULL || model->csv == NULL ||
        model->jsonl == NULL || model->recipe_text == NULL) {
        gd__model_free_texts(model);
        return gd__fail_memory("the settings of a training run");
    }
    model->note[0] = (gd_note){GD_NOTE_RECIPE, model->recipe_text};
    model->note[1] = (gd_note){GD_NOTE_PREPROCESS, model->preprocess_text};
    model->note[2] = (gd_note){GD__NOTE_FIELDS, model->fields_text};
    model->note[3] = (gd_note){GD__NOTE_NAME, gd_recipe_name(shown->recipe)};
    model->note[4] = (gd_note){GD__NOTE_FOLDER, model->folder_text};
    model->note[5] = (gd_note){GD__NOTE_FILES, model->files_text};
    return GD_OK;
}

static gd_status check_monitor(const gd_model *model, gd__options train, const char *monitor)
{
    const char *words[GD_MAX_METRICS + 1] = {"loss"};
    if (monitor == NULL || strcmp(monitor, "loss") == 0)
        return GD_OK;
    for (int i = 0; i < model->metric_count; i++) {
        words[i + 1] = model->metric[i].name;
        if (strcmp(monitor, words[i + 1]) == 0)
            return GD_OK;
    }
    const char *nearest = gd_nearest_word(monitor, model->metric_count + 1, words);
    return gd__yaml_fail(gd__option_node(train, "monitor"),
                         "'monitor' is '%.60s', which is neither `loss` nor one of the "
                         "metrics%s%s%s",
                         monitor, nearest == NULL ? "" : "; did you mean '", nearest == NULL ? "" : nearest,
                         nearest == NULL ? "" : "'?");
}

gd_precision gd__recipe_precision(const gd_recipe *recipe)
{
    gd_precision precision;
    const char *name = gd__option_text(gd__section(recipe->root, "train"), "precision");
    return gd_precision_named(name, &precision) == GD_OK ? precision : GD_PRECISION_FAST; // the table was checked
}

gd_views gd__recipe_views(const gd_recipe *recipe)
{
    const gd__options augment = gd__option_map(gd__section(recipe->root, "eval"), "augment");
    return (gd_views){.flip = gd__option_bool(augment, "flip"), .shift = gd__option_integer(augment, "shift")};
}

static gd_gradient_norm clip_kind_of(gd__options train)
{
    const char *word = gd__option_text(train, "clip_kind");
    return strcmp(word, "l1") == 0 ? GD_NORM_L1 : strcmp(word, "max") == 0 ? GD_NORM_MAX : GD_NORM_L2;
}

static void fill(const gd__model *model, gd__options train, gd_fit_opts *fit)
{
    const gd_model *shown = &model->shown;
    gd__options stopping = gd__option_map(train, "early_stopping"), checkpoint = gd__option_map(train, "checkpoint");
    *fit = (gd_fit_opts){
        .epochs = gd__option_integer(train, "epochs"),
        .steps = gd__option_integer(train, "steps"),
        .seconds = 60 * gd__option_number(train, "minutes"),
        .batch = gd__option_integer(train, "batch"),
        .seed = (uint64_t)gd__option_integer(train, "seed"),
        .no_shuffle = !gd__option_bool(train, "shuffle") || gd__recipe_streams(shown->recipe) > 0,
        .drop_last = gd__option_bool(train, "drop_last"),
        .workers = (int)gd__option_integer(train, "workers"),
        .clip_value = gd__option_number(train, "clip_value"),
        .clip_norm = gd__option_number(train, "clip_norm"),
        .clip_kind = clip_kind_of(train),
        .accumulate = (int)gd__option_integer(train, "accumulate"),
        .precision = gd__recipe_precision(shown->recipe),
        .recompute = gd__option_bool(train, "recompute"),
        .validate = shown->validation,
        .way = gd__evaluation_way_of(shown),
        .metric_count = shown->metric_count,
        .metric = shown->metric,
        .scoring = model->plain,
        .loss_weight = shown->loss_weight,
        .patience = (int)gd__option_integer(stopping, "patience"),
        .min_delta = gd__option_number(stopping, "min_delta"),
        .checkpoint = gd__option_bool(checkpoint, "last") ? model->last : NULL,
        .checkpoint_steps = gd__option_integer(checkpoint, "steps"),
        .checkpoint_seconds = gd__option_number(checkpoint, "seconds"),
        .best_checkpoint = gd__option_bool(checkpoint, "best") ? model->best : NULL,
        .restore_best = gd__option_bool(stopping, "restore_best"),
        .note_count = GD__NOTES,
        .note = model->note,
        .history_csv = model->csv,
        .history_jsonl = model->jsonl,
        .history_every = gd__option_integer(train, "history_every"),
    };
}

// The metric as the model has it: a text that lives as long.
static const char *monitor_name(const gd_model *model, const char *monitor)
{
    for (int i = 0; i < model->metric_count && monitor != NULL; i++)
        if (strcmp(model->metric[i].name, monitor) == 0)
            return model->metric[i].name;
    return NULL;
}

gd_status gd_model_train_settings(gd_model *model, gd_train_settings *settings)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(settings, GD_ERROR_ARGUMENT);
    gd__options train = gd__section(model->recipe->root, "train");
    const char *monitor = gd__option_text(train, "monitor");
    *settings = (gd_train_settings){0};
    gd_status status = check_monitor(model, train, monitor);
    if (status == GD_OK)
        status = gd__check_calibrate(model);
    if (status == GD_OK)
        status = rule_of(gd__yaml_get(model->recipe->root, "optimizer"), &settings->rule);
    if (status == GD_OK)
        status = make_texts((gd__model *)model);
    if (status != GD_OK)
        return status;
    fill(gd__model_of(model), train, &settings->fit);
    settings->fit.monitor = monitor_name(model, monitor);
    settings->threads = (int)gd__option_integer(train, "threads");
    settings->directory = gd_recipe_directory(model->recipe);
    if (settings->fit.restore_best && settings->fit.best_checkpoint == NULL)
        return gd__yaml_fail(gd__option_node(train, "early_stopping"),
                             "`restore_best` needs the best checkpoint, which `checkpoint.best: false` turns off");
    status = groups_of((gd__model *)model, &settings->rule, &settings->fit);
    return status == GD_OK ? schedule_of((gd__model *)model, &settings->fit.schedule) : status;
}

gd_status gd_model_make_directory(const gd_model *model)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    return gd__make_directory(gd_recipe_directory(model->recipe));
}

gd_status gd_model_set_directory(gd_model *model, const char *directory)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    char *copy = gd__copy_text(directory);
    if (copy == NULL)
        return gd__fail_memory("a directory's name");
    gd__free(model->recipe->directory);
    model->recipe->directory = copy;
    gd__model_free_texts((gd__model *)model);
    return GD_OK;
}
