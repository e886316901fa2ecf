// How the training data is preprocessed: as the recipe says, as its loss wants the target, and as its first layer wants
// the input.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/mix.h"
#include "data/windows.h"
#include "model/model.h"

enum { MOST_RULES = 256 };

typedef struct {
    const gd_recipe *recipe;
    const gd_dataset *train;
    int count;
    gd_preprocess_rule rule[MOST_RULES];
    // The losses, and the fields that they compare with; -1: the data has none.
    int losses;
    gd__loss_of loss[GD_MODEL_HEADS];
    int target[GD_MODEL_HEADS];
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
static bool stays_label(const rules *r, const char *field, gd_scaling scaling)
{
    for (int i = 0; i < r->losses && scaling == GD_ONE_HOT; i++) {
        const gd_loss_kind *loss = (const gd_loss_kind *)r->loss[i].loss.record;
        if (loss != NULL && r->target[i] >= 0 && gd_dataset_find(r->train, field) == r->target[i])
            return loss->task->labels;
    }
    return false;
}

// A column of windows over time is scaled alike at all steps.
static gd_extent extent_of(const rules *r)
{
    return gd__are_windows(r->train) ? GD_EXTENT_COLUMN : GD_EXTENT_DEFAULT;
}

static gd_status add_scaling(rules *r)
{
    gd__options data = gd__section(r->recipe->root, "data");
    const gd__yaml *scale = gd__option_node(data, "scale");
    if (scale == NULL || scale->kind != GD__YAML_MAP)
        return add(r,
                   (gd_preprocess_rule){.scaling = scaling_of(gd__option_text(data, "scale")), .extent = extent_of(r)});
    gd_status status = GD_OK;
    for (int i = 0; i < scale->count && status == GD_OK; i++) {
        const char *field = scale->key[i]->text;
        const gd_scaling scaling = scaling_of(scale->item[i]->text);
        if (gd_dataset_find(r->train, field) < 0)
            return gd__yaml_fail(scale->key[i], "the data has no field '%.60s' to scale", field);
        if (!stays_label(r, field, scaling))
            status = add(r, (gd_preprocess_rule){.field = field, .scaling = scaling, .extent = extent_of(r)});
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
    if (r->losses > 1)
        return 0;
    const gd__yaml *given = gd__option_node(gd__section(r->recipe->root, "data"), "classes");
    return given != NULL && given->kind == GD__YAML_LIST ? given->count : 0;
}

// Of a field of one number a sample.
static gd_status are_shares(const gd_target *target, bool *all)
{
    const rules *r = target->context;
    const int64_t count = gd_dataset_count(r->train);
    const int place = gd_dataset_find(r->train, target->name);
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

static gd_scaling scaling_for(gd_target_form form)
{
    switch (form) {
    case GD_TARGET_AS_IT_IS: return GD_SCALING_NONE;
    case GD_TARGET_NUMBERS: return GD_AS_NUMBERS;
    case GD_TARGET_SHARES: return GD_PROBABILITY;
    case GD_TARGET_LABELS: return GD_LABELS;
    }
    return GD_SCALING_NONE;
}

// The task of the loss says what the target is read as.
static gd_status add_target(rules *r, gd__chosen loss, int place)
{
    if (place < 0 || loss.record == NULL)
        return GD_OK;
    const gd_field field = gd_dataset_field(r->train, place);
    const gd_target target = {.name = field.name,
                              .width = gd_shape_count(field.shape),
                              .category = field.kind == GD_KIND_CATEGORY,
                              .whole = is_whole(field.type),
                              .text = gd_dataset_class_name(r->train, place, 0),
                              .named = named_classes(r),
                              .are_shares = are_shares,
                              .context = r};
    const gd_task_kind *task = gd_task_of_field(((const gd_loss_kind *)loss.record)->task, &field);
    gd_target_plan plan = {0};
    gd_status status = task->plan(&target, loss.record->name, &plan);
    if (status == GD_ERROR_FORMAT)
        return gd__yaml_fail(loss.node, "%s", gd_last_error());
    if (status != GD_OK || plan.form == GD_TARGET_AS_IT_IS)
        return status;
    return add(r, (gd_preprocess_rule){
                      .field = field.name, .scaling = scaling_for(plan.form), .class_count = plan.class_count});
}

// Where samples are mixed a target is a share of each class, in evaluation too, where one class has all of it.
static gd_status add_rows_of_shares(rules *r)
{
    const int count = r->count;
    gd_status status = GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++) {
        const gd_preprocess_rule *rule = &r->rule[i];
        const gd_field field = gd_dataset_field(r->train, gd_dataset_find(r->train, rule->field));
        if (rule->scaling == GD_LABELS && gd_shape_count(field.shape) == 1)
            status = add(r, (gd_preprocess_rule){.field = rule->field, .scaling = GD_ONE_HOT});
    }
    return status;
}

// A recipe may name no loss yet, and data may have no target.
static void find_targets(rules *r)
{
    r->losses = gd__recipe_losses(r->recipe, r->loss);
    for (int head = 0; head < r->losses; head++) {
        r->target[head] = -1;
        for (int i = 0; i < gd_dataset_field_count(r->train) && r->target[head] < 0; i++) {
            const gd_field field = gd_dataset_field(r->train, i);
            const char *own = r->loss[head].target;
            if (own != NULL ? strcmp(field.name, own) == 0 : gd__is_target(r->recipe, &field))
                r->target[head] = i;
        }
    }
}

// A target that does not fit is the loss' affair: the sentence says which loss, and where it stands.
static gd_status explain(const rules *r, gd_status status)
{
    char begin[120], place[GD__PLACE_SIZE];
    for (int i = 0; i < r->losses; i++) {
        const gd__chosen loss = r->loss[i].loss;
        if (r->target[i] < 0 || loss.record == NULL)
            continue;
        snprintf(begin, sizeof begin, "field '%.100s'", gd_dataset_field(r->train, r->target[i]).name);
        if (strncmp(gd_last_error(), begin, strlen(begin)) == 0)
            return gd__fail_in(status, "%s: %s", gd__yaml_place(loss.node, place), loss.record->name);
    }
    return status;
}

// `seen` is `train` as the transforms leave it.
static gd_status fit_rules(const gd_recipe *recipe, const gd_dataset *train, const gd_pipeline *transforms,
                           const gd_dataset *seen, gd_preprocess **out)
{
    rules *r = gd__alloc_zeroed(1, sizeof *r); // too much for a small stack
    if (r == NULL)
        return gd__fail_memory("the rules of preprocessing");
    *r = (rules){.recipe = recipe, .train = seen};
    find_targets(r);
    gd_status status = add_inputs(r);
    for (int i = 0; i < r->losses && status == GD_OK; i++)
        status = add_target(r, r->loss[i].loss, r->target[i]);
    if (status == GD_OK && gd__pipeline_mixes(transforms))
        status = add_rows_of_shares(r);
    if (status == GD_OK)
        status = add_scaling(r);
    if (status == GD_OK) {
        const gd_preprocess_opts opts = {.rule_count = r->count, .rule = r->rule, .transforms = transforms};
        status = gd_preprocess_fit(train, opts, out);
        if (status != GD_OK)
            status = explain(r, status);
    }
    gd__free(r);
    return status;
}

gd_status gd__fit_preprocess(const gd_recipe *recipe, const gd_dataset *train, gd_preprocess **out)
{
    *out = NULL;
    gd_pipeline *transforms;
    gd_status status = gd__fit_transforms(recipe, train, &transforms);
    gd_dataset *transformed = NULL;
    if (status == GD_OK && transforms != NULL)
        status = gd_pipeline_apply(transforms, train, &transformed);
    if (status == GD_OK)
        status = fit_rules(recipe, train, transforms, transformed == NULL ? train : transformed, out);
    gd_dataset_free(transformed);
    gd_pipeline_free(transforms);
    return status;
}
