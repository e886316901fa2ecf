// The parts of the data: read, split off, preprocessed.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/model.h"

int gd__find_target(const gd_recipe *recipe, int count, const gd_field *field)
{
    gd__options data = gd__section(recipe->root, "data");
    const char *given = gd__option_text(data, "target");
    const char *const usual[] = {"label", "y"};
    for (int w = 0; w < (given == NULL ? 2 : 1); w++)
        for (int i = 0; i < count; i++)
            if (strcmp(field[i].name, given == NULL ? usual[w] : given) == 0)
                return i;
    gd__text list = {0};
    for (int i = 0; i < count; i++)
        gd__text_add(&list, "%s'%.60s'", i == 0 ? "" : ", ", field[i].name);
    const char *names = list.data == NULL ? "none" : list.data;
    if (given != NULL)
        gd__yaml_fail(gd__option(data, "target"), "the data has no field '%.60s'; its fields: %s", given, names);
    else
        gd__fail(GD_ERROR_FORMAT, "%s: the data has no field 'label' or 'y' to be predicted; its fields: %s",
                 recipe->path, names);
    gd__text_free(&list);
    return -1;
}

// ---- Splitting

enum { TRAIN, VALIDATION, TEST, PARTS };
static const char *const part_name[PARTS] = {"train", "validation", "test"};

static const char *label_name(const gd_recipe *recipe, const gd_dataset *set, gd_field *field)
{
    int count = gd_dataset_field_count(set);
    for (int i = 0; i < count; i++) {
        *field = gd_dataset_field(set, i);
        if (gd__find_target(recipe, 1, field) == 0)
            return field->class_count > 0 ? field->name : NULL;
    }
    return NULL;
}

// Splits the training file's samples; parts that the recipe does not split off stay NULL.
static gd_status split(const gd_recipe *recipe, gd_dataset *whole, gd_dataset *part[PARTS])
{
    gd__options data = gd__section(recipe->root, "data"), options = gd__option_map(data, "split");
    double share[PARTS] = {0, gd__option_number(options, "validation"), gd__option_number(options, "test")};
    share[TRAIN] = 1 - share[VALIDATION] - share[TEST];
    if (share[TRAIN] <= 0)
        return gd__yaml_fail(options.node, "the parts split off make %g of the data: nothing is left to train on",
                             share[VALIDATION] + share[TEST]);
    double fraction[PARTS];
    int which[PARTS], count = 0;
    for (int p = 0; p < PARTS; p++) {
        const gd__yaml *own = gd__option(data, part_name[p]);
        if (p != TRAIN && share[p] > 0 && own != NULL)
            return gd__yaml_fail(own,
                                 "'%s' has a source of its own, and `split` would take it from the training data; "
                                 "expected one of them",
                                 part_name[p]);
        if (share[p] > 0) {
            fraction[count] = share[p];
            which[count++] = p;
        }
    }
    gd_split_opts opts = {.part_count = count,
                          .fraction = fraction,
                          .seed = (uint64_t)gd__option_integer(options, "seed"),
                          .in_order = gd__option_bool(options, "in_order")};
    gd_field label;
    if (gd__option_bool(options, "stratify")) {
        opts.stratify = label_name(recipe, whole, &label);
        if (opts.stratify == NULL)
            return gd__yaml_fail(gd__option(options, "stratify"), "`stratify` needs class labels, the data has none");
    }
    gd_dataset *made[PARTS] = {NULL};
    gd_status status =
        count == 1 ? gd_dataset_take(whole, 0, gd_dataset_count(whole), &made[0]) : gd_dataset_split(whole, opts, made);
    for (int i = 0; i < count && status == GD_OK; i++)
        part[which[i]] = made[i];
    return status;
}

// ---- Preprocessing

static bool scaling_of(const char *word, const char *field, gd_preprocess_rule *rule)
{
    *rule = (gd_preprocess_rule){.field = field};
    if (strcmp(word, "standardize") == 0)
        rule->scaling = GD_STANDARDIZE;
    else if (strcmp(word, "minmax") == 0)
        rule->scaling = GD_MIN_MAX;
    else if (strcmp(word, "255") == 0)
        rule->scaling = GD_SCALE_BY;
    else if (strcmp(word, "one_hot") == 0)
        rule->scaling = GD_ONE_HOT;
    return rule->scaling != GD_SCALING_NONE;
}

static gd_status fit(const gd_recipe *recipe, const gd_dataset *train, gd_preprocess **out)
{
    enum { MOST_RULES = 64 };
    gd__options data = gd__section(recipe->root, "data");
    const gd__yaml *scale = gd__option(data, "scale");
    gd_preprocess_rule rule[MOST_RULES];
    int count = 0;
    if (scale != NULL && scale->kind == GD__YAML_MAP) {
        for (int i = 0; i < scale->count; i++) {
            if (gd_dataset_find(train, scale->key[i]->text) < 0)
                return gd__yaml_fail(scale->key[i], "the data has no field '%.60s' to scale", scale->key[i]->text);
            if (i < MOST_RULES && scaling_of(scale->item[i]->text, scale->key[i]->text, &rule[count]))
                count++;
        }
    } else if (scaling_of(gd__option_text(data, "scale"), NULL, &rule[0])) {
        count = 1;
    }
    return gd_preprocess_fit(train, (gd_preprocess_opts){.rule_count = count, .rule = rule}, out);
}

// ---- Reading

// The raw parts out of the training file. `schema` is that of an earlier reading, or NULL.
static gd_status read_training_file(const gd_recipe *recipe, const gd_csv_schema *schema, gd_dataset *part[PARTS],
                                    gd_dataset **whole)
{
    gd__options data = gd__section(recipe->root, "data");
    const gd__yaml *source = gd__option(data, "train");
    if (source == NULL)
        return gd__yaml_fail(data.node, "the section 'data' has no 'train': where the training samples are");
    gd_status status = gd__read_source(recipe, source, schema, whole);
    return status == GD_OK ? split(recipe, *whole, part) : status;
}

static gd_status read_raw(gd_model *model, const bool wanted[PARTS], gd_dataset *raw[PARTS], gd_dataset **whole)
{
    const gd_recipe *recipe = model->recipe;
    gd__options data = gd__section(recipe->root, "data"), options = gd__option_map(data, "split");
    const gd_csv_schema *schema = model->preprocess == NULL ? NULL : gd_preprocess_csv_schema(model->preprocess);
    gd_status status = GD_OK;
    bool from_training = model->preprocess == NULL || wanted[TRAIN];
    for (int p = VALIDATION; p < PARTS; p++)
        from_training = from_training || (wanted[p] && gd__option_number(options, part_name[p]) > 0);
    if (from_training)
        status = read_training_file(recipe, schema, raw, whole);
    if (status == GD_OK && *whole != NULL && schema == NULL)
        schema = gd_dataset_csv_schema(*whole);
    for (int p = VALIDATION; p < PARTS && status == GD_OK; p++) {
        const gd__yaml *source = gd__option(data, part_name[p]);
        if (wanted[p] && source != NULL)
            status = gd__read_source(recipe, source, schema, &raw[p]);
    }
    if (status == GD_OK && model->preprocess == NULL)
        status = fit(recipe, raw[TRAIN], &model->preprocess);
    return status;
}

gd_status gd__read_parts(gd_model *model, unsigned parts)
{
    const gd__yaml *section;
    gd_status status = gd__recipe_need(model->recipe, "data", &section);
    if (status != GD_OK)
        return status;
    gd_dataset **const place[PARTS] = {&model->train, &model->validation, &model->test};
    gd_dataset *raw[PARTS] = {NULL}, *whole = NULL;
    bool wanted[PARTS], any = model->preprocess == NULL;
    for (int p = 0; p < PARTS; p++) {
        wanted[p] = (parts & 1u << p) != 0 && *place[p] == NULL;
        any = any || wanted[p];
    }
    if (any)
        status = read_raw(model, wanted, raw, &whole);
    for (int p = 0; p < PARTS && status == GD_OK; p++)
        if (wanted[p] && raw[p] != NULL)
            status = gd_preprocess_apply(model->preprocess, raw[p], place[p]);
    for (int p = 0; p < PARTS; p++)
        gd_dataset_free(raw[p]);
    gd_dataset_free(whole);
    return status;
}
