// How the training data is preprocessed: as the recipe says, as its loss wants the target, and as its first layer wants
// the input.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "data/dataset.h"
#include "model/model.h"

enum { MOST_RULES = 256 };

typedef struct {
    const gd_recipe *recipe;
    const gd_dataset *train;
    int count;
    gd_preprocess_rule rule[MOST_RULES];
} rules;

static gd_status add(rules *r, gd_preprocess_rule rule)
{
    if (r->count == MOST_RULES)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the data has more than %d fields to preprocess", r->recipe->path,
                        MOST_RULES);
    r->rule[r->count++] = rule;
    return GD_OK;
}

// ---- What the recipe says

static gd_scaling scaling_of(const char *word)
{
    static const struct {
        const char *word;
        gd_scaling scaling;
    } scalings[] = {
        {"standardize", GD_STANDARDIZE}, {"minmax", GD_MIN_MAX}, {"255", GD_SCALE_BY}, {"one_hot", GD_ONE_HOT}};
    for (int i = 0; i < GD_COUNT_OF(scalings); i++)
        if (strcmp(word, scalings[i].word) == 0)
            return scalings[i].scaling;
    return GD_SCALING_NONE;
}

// Labels that a loss for classes reads stay labels, whatever else they could be.
static bool stays_label(const rules *r, const char *field, int target, gd_scaling scaling)
{
    gd_task task;
    return scaling == GD_ONE_HOT && target >= 0 && gd_dataset_find(r->train, field) == target &&
           gd__recipe_task(r->recipe, &task) && task == GD_TASK_CLASSES;
}

static gd_status add_scaling(rules *r, int target)
{
    gd__options data = gd__section(r->recipe->root, "data");
    const gd__yaml *scale = gd__option(data, "scale");
    if (scale == NULL || scale->kind != GD__YAML_MAP)
        return add(r, (gd_preprocess_rule){.scaling = scaling_of(gd__option_text(data, "scale"))});
    gd_status status = GD_OK;
    for (int i = 0; i < scale->count && status == GD_OK; i++) {
        const char *field = scale->key[i]->text;
        const gd_scaling scaling = scaling_of(scale->item[i]->text);
        if (gd_dataset_find(r->train, field) < 0)
            return gd__yaml_fail(scale->key[i], "the data has no field '%.60s' to scale", field);
        if (!stays_label(r, field, target, scaling))
            status = add(r, (gd_preprocess_rule){.field = field, .scaling = scaling});
    }
    return status;
}

// ---- What the network reads

static bool is_whole(gd_type type)
{
    return type == GD_I32;
}

static bool names(const gd__yaml *from, const char *field)
{
    const bool is_list = from->kind == GD__YAML_LIST;
    for (int i = 0; i < (is_list ? from->count : 1); i++)
        if (strcmp(is_list ? from->item[i]->text : from->text, field) == 0)
            return true;
    return false;
}

// Whether an embedding among the layers looks the field up in its table. `comes`: it is what comes into the list.
static bool is_looked_up(const gd__yaml *layers, const char *field, bool comes)
{
    for (int i = 0; layers != NULL && layers->kind == GD__YAML_LIST && i < layers->count; i++, comes = false) {
        const gd__chosen chosen = gd__chosen_of(layers->item[i], &gd__layer_records, NULL);
        const gd__yaml *from = gd__yaml_get(chosen.options.node, "from"), *node = chosen.options.node;
        const bool takes = from == NULL ? comes : names(from, field);
        if (takes && chosen.record == &gd__layer_embedding.record)
            return true;
        for (const gd_option *o = chosen.record->options; o != NULL && o->name != NULL; o++)
            if (o->type == GD_OPTION_VARIANTS &&
                is_looked_up(node != NULL && node->kind == GD__YAML_MAP ? gd__yaml_get(node, o->name) : node, field,
                             takes))
                return true;
    }
    return false;
}

// Whole numbers are quantities unless a layer looks them up in a table.
static gd_status add_inputs(rules *r)
{
    const gd__yaml *layers = gd__yaml_get(r->recipe->root, "model");
    gd_status status = GD_OK;
    for (int i = 0; i < gd_dataset_field_count(r->train) && status == GD_OK; i++) {
        const gd_field field = gd_dataset_field(r->train, i);
        if (field.role == GD_ROLE_INPUT && field.kind == GD_KIND_NUMBERS && is_whole(field.type) &&
            !is_looked_up(layers, field.name, true))
            status = add(r, (gd_preprocess_rule){.field = field.name, .scaling = GD_AS_NUMBERS});
    }
    return status;
}

// ---- What the loss compares with

static int named_classes(const rules *r)
{
    const gd__yaml *given = gd__option(gd__section(r->recipe->root, "data"), "classes");
    return given != NULL && given->kind == GD__YAML_LIST ? given->count : 0;
}

// Whether all training samples of a field of one number a sample lie between 0 and 1, some of them truly between.
static gd_status are_probabilities(const rules *r, const gd_field *field, bool *all)
{
    const int64_t count = gd_dataset_count(r->train);
    const int place = gd_dataset_find(r->train, field->name);
    bool between = false;
    *all = true;
    for (int64_t i = 0; i < count && *all; i++) {
        double number;
        gd_status status = gd__sample_number(r->train, place, i, &number);
        if (status != GD_OK)
            return status;
        *all = number >= 0 && number <= 1;
        between = between || (number > 0 && number < 1);
    }
    *all = *all && between;
    return GD_OK;
}

static gd_status add_binary(rules *r, const gd_field *field)
{
    const bool single = gd_shape_count(field->shape) == 1;
    bool probabilities = true;
    if (single && (field->kind == GD_KIND_CATEGORY || is_whole(field->type)))
        probabilities = false;
    else if (single) {
        gd_status status = are_probabilities(r, field, &probabilities);
        if (status != GD_OK)
            return status;
    }
    if (probabilities)
        return add(r, (gd_preprocess_rule){.field = field->name, .scaling = GD_PROBABILITY});
    return add(r, (gd_preprocess_rule){.field = field->name, .scaling = GD_LABELS, .class_count = 2});
}

static gd_status add_numbers(rules *r, const gd_field *field, const gd__yaml *loss)
{
    const int place = gd_dataset_find(r->train, field->name);
    const char *name = gd_dataset_class_name(r->train, place, 0);
    if (field->kind == GD_KIND_CATEGORY && name != NULL)
        return gd__yaml_fail(loss,
                             "%.40s is of numbers, but '%.60s' holds texts ('%.40s'); softmax_cross_entropy or "
                             "logistic learn classes",
                             gd__chosen_of(loss, &gd__loss_variants, NULL).record->name, field->name, name);
    if (!is_whole(field->type))
        return GD_OK;
    return add(r, (gd_preprocess_rule){.field = field->name, .scaling = GD_AS_NUMBERS});
}

static gd_status add_target(rules *r, int target)
{
    gd_task task;
    if (target < 0 || !gd__recipe_task(r->recipe, &task))
        return GD_OK;
    const gd_field field = gd_dataset_field(r->train, target);
    if (task == GD_TASK_CLASSES)
        return add(r, (gd_preprocess_rule){.field = field.name, .scaling = GD_LABELS, .class_count = named_classes(r)});
    if (task == GD_TASK_BINARY)
        return add_binary(r, &field);
    return add_numbers(r, &field, gd__yaml_get(r->recipe->root, "loss"));
}

// The target's place, or -1: a recipe may name no loss yet, and data may have no target.
static int target_of(const gd_recipe *recipe, const gd_dataset *train)
{
    for (int i = 0; i < gd_dataset_field_count(train); i++) {
        const gd_field field = gd_dataset_field(train, i);
        if (gd__is_target(recipe, &field))
            return i;
    }
    return -1;
}

// A target that does not fit is the loss' affair: the sentence says which loss, and where it stands.
static gd_status explain(const gd_recipe *recipe, gd_status status, const char *target)
{
    char begin[120], place[GD__PLACE_SIZE];
    const gd__yaml *loss = gd__yaml_get(recipe->root, "loss");
    snprintf(begin, sizeof begin, "field '%.100s'", target);
    if (loss == NULL || strncmp(gd_last_error(), begin, strlen(begin)) != 0)
        return status;
    const gd__chosen chosen = gd__chosen_of(loss, &gd__loss_variants, NULL);
    return gd__fail_in(status, "%s: %s", gd__yaml_place(chosen.node, place), chosen.record->name);
}

gd_status gd__fit_preprocess(const gd_recipe *recipe, const gd_dataset *train, gd_preprocess **out)
{
    *out = NULL;
    rules r = {.recipe = recipe, .train = train};
    const int target = target_of(recipe, train);
    gd_status status = add_inputs(&r);
    if (status == GD_OK)
        status = add_target(&r, target);
    if (status == GD_OK)
        status = add_scaling(&r, target);
    if (status != GD_OK)
        return status;
    status = gd_preprocess_fit(train, (gd_preprocess_opts){.rule_count = r.count, .rule = r.rule}, out);
    return status == GD_OK || target < 0 ? status : explain(recipe, status, gd_dataset_field(train, target).name);
}
