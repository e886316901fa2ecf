// The parts of the data: read, split off, preprocessed.
#include <gradus/windows.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/shared_rows.h"
#include "model/model.h"
#include "model/source_kind.h"

bool gd__names_arrays(const gd_recipe *recipe)
{
    const gd__yaml *train = gd__option_node(gd__section(recipe->root, "data"), "train");
    const gd__chosen chosen = gd__chosen_of(train, &gd__source_variants, NULL);
    return chosen.record == &gd__source_npz.record;
}

// What the sources of Gradus call what is to be predicted: a class, numbers, the tokens that come next.
static bool is_usual_target(const char *name)
{
    return strcmp(name, "label") == 0 || strcmp(name, "y") == 0 || strcmp(name, "next") == 0;
}

bool gd__is_target(const gd_recipe *recipe, const gd_field *field)
{
    gd__loss_of loss[GD_MODEL_HEADS];
    const int heads = gd__recipe_losses(recipe, loss);
    for (int i = 0; i < heads && loss[i].target != NULL; i++)
        if (strcmp(field->name, loss[i].target) == 0)
            return true;
    if (loss[0].target != NULL)
        return false;
    const char *given = gd__option_text(gd__section(recipe->root, "data"), "target");
    if (given != NULL && strcmp(field->name, given) == 0)
        return true;
    if (given != NULL && !gd__names_arrays(recipe))
        return false;
    return field->role == GD_ROLE_TARGET && is_usual_target(field->name);
}

static int place_of(const char *name, int count, const gd_field *field)
{
    for (int i = 0; i < count; i++)
        if (strcmp(field[i].name, name) == 0)
            return i;
    return -1;
}

int gd__find_target(const gd_recipe *recipe, int head, int count, const gd_field *field)
{
    gd__options data = gd__section(recipe->root, "data");
    gd__loss_of loss[GD_MODEL_HEADS];
    const int heads = gd__recipe_losses(recipe, loss);
    const char *own = head < heads ? loss[head].target : NULL;
    const char *given = own != NULL ? own : gd__option_text(data, "target");
    if (given != NULL && place_of(given, count, field) >= 0)
        return place_of(given, count, field);
    for (int i = 0; i < count && own == NULL && (given == NULL || gd__names_arrays(recipe)); i++)
        if (is_usual_target(field[i].name))
            return i;
    gd__text list = {0};
    for (int i = 0; i < count; i++)
        gd__text_add(&list, "%s'%.60s'", i == 0 ? "" : ", ", field[i].name);
    const char *names = list.data == NULL ? "none" : list.data;
    if (given != NULL)
        gd__yaml_fail(own != NULL ? loss[head].loss.node : gd__option_node(data, "target"),
                      "the data has no field '%.60s'; its fields: %s", given, names);
    else
        gd__fail(GD_ERROR_FORMAT,
                 "%s: the data has no field 'label' or 'y' to be predicted; its fields: %s; `data.target` says which "
                 "(for a table: `data.csv.target`)",
                 recipe->path, names);
    gd__text_free(&list);
    return -1;
}

gd_status gd__find_targets(const gd_recipe *recipe, int count, const gd_field *field, int *heads,
                           int place[GD_MODEL_HEADS])
{
    gd__loss_of loss[GD_MODEL_HEADS];
    *heads = gd__recipe_losses(recipe, loss);
    for (int i = 0; i < *heads; i++) {
        place[i] = gd__find_target(recipe, i, count, field);
        if (place[i] < 0)
            return GD_ERROR_FORMAT;
    }
    return GD_OK;
}

// ---- Splitting

enum { TRAIN, VALIDATION, TEST, PARTS };
static const char *const part_name[PARTS] = {"train", "validation", "test"};

// What a field of the split is called in the data: columns of a table become fields of their role's name.
static const char *split_field(const gd_dataset *whole, const char *given, const char *role)
{
    return given == NULL ? NULL : gd_dataset_csv_schema(whole) != NULL ? role : given;
}

// The sentence about a target that is not there, with the fields that are.
static gd_status fail_no_target(const gd_recipe *recipe, const gd_dataset *set)
{
    const int count = gd_dataset_field_count(set);
    gd_field *field = gd__alloc_zeroed((size_t)count, sizeof *field);
    if (field == NULL)
        return gd__fail_memory("the fields of the data");
    for (int i = 0; i < count; i++)
        field[i] = gd_dataset_field(set, i);
    (void)gd__find_target(recipe, 0, count, field);
    gd__free(field);
    return GD_ERROR_FORMAT;
}

static gd_status deal_of(const gd_recipe *recipe, gd__options options, const gd_dataset *whole, gd_deal_opts *deal)
{
    const char *group = gd__option_text(options, "group"), *order = gd__option_text(options, "order");
    const bool stratify = gd__option_bool(options, "stratify");
    *deal = (gd_deal_opts){.seed = (uint64_t)gd__option_integer(options, "seed"),
                           .in_order = gd__option_bool(options, "in_order") || order != NULL,
                           .group = split_field(whole, group, "group"),
                           .order = split_field(whole, order, "order")};
    if (gd_dataset_has_windows(whole)) {
        *deal = (gd_deal_opts){.order = "time", .until = "until", .gap = gd__option_integer(options, "gap")};
        return GD_OK;
    }
    if (stratify + (group != NULL) + deal->in_order > 1)
        return gd__yaml_fail(options.node, "`stratify`, `group` and `in_order` (or `order`) exclude each other");
    if (!stratify)
        return GD_OK;
    for (int i = 0; i < gd_dataset_field_count(whole) && deal->stratify == NULL; i++) {
        const gd_field field = gd_dataset_field(whole, i);
        if (gd__is_target(recipe, &field))
            deal->stratify = field.name;
    }
    return deal->stratify != NULL ? GD_OK : fail_no_target(recipe, whole);
}

static bool has_category(const gd_dataset *set, const char *field, const char *word)
{
    const int place = gd_dataset_find(set, field);
    const gd_field described = gd_dataset_field(set, place);
    for (int i = 0; i < described.class_count; i++) {
        const char *name = gd_dataset_class_name(set, place, i);
        if (name != NULL && strcmp(name, word) == 0)
            return true;
    }
    return false;
}

// The parts as a column of a table says.
static gd_status split_by_column(gd_dataset *whole, gd_dataset *part[PARTS])
{
    gd_status status = gd_dataset_where(whole, "part", part_name[TRAIN], &part[TRAIN]);
    for (int p = VALIDATION; p < PARTS && status == GD_OK; p++)
        if (has_category(whole, "part", part_name[p]))
            status = gd_dataset_where(whole, "part", part_name[p], &part[p]);
    return status;
}

// The fold that validates, counted from 1, out of `folds`; 0: there are none.
static gd_status fold_of(const gd_recipe *recipe, int *fold, int *folds)
{
    gd__options train = gd__section(recipe->root, "train");
    const gd__yaml *node = gd__option_node(train, "fold");
    *fold = (int)gd__option_integer(train, "fold");
    *folds = (int)gd__option_integer(train, "k_folds");
    if (*fold > 0 && *folds == 0)
        return gd__yaml_fail(node, "fold %d of how many? `train.k_folds` says it", *fold);
    if (*fold > *folds)
        return gd__yaml_fail(node, "there is no fold %d: `k_folds` is %d", *fold, *folds);
    return GD_OK;
}

static bool has_folds(const gd_recipe *recipe)
{
    return gd__option_node(gd__section(recipe->root, "train"), "fold") != NULL;
}

// The shares of the parts, which must leave something to train on. A fold takes the place of the validation part.
static gd_status shares_of(gd__options data, gd__options options, bool folds, double share[PARTS])
{
    share[VALIDATION] = folds ? 0 : gd__option_number(options, "validation");
    share[TEST] = gd__option_number(options, "test");
    share[TRAIN] = 1 - share[VALIDATION] - share[TEST];
    if (share[TRAIN] <= 0)
        return gd__yaml_fail(options.node, "the parts split off make %g of the data: nothing is left to train on",
                             share[VALIDATION] + share[TEST]);
    for (int p = VALIDATION; p < PARTS; p++) {
        const gd__yaml *own = gd__option_node(data, part_name[p]);
        if (own != NULL && !(folds && p == VALIDATION) && (share[p] > 0 || gd__option_text(options, "part") != NULL))
            return gd__yaml_fail(own,
                                 "'%s' has a source of its own, and `split` would take it from the training data; "
                                 "expected one of them",
                                 part_name[p]);
    }
    if (gd__option_text(options, "part") != NULL && (gd__option_number(options, "validation") > 0 || share[TEST] > 0))
        return gd__yaml_fail(options.node,
                             "`part` names the column that says which part a row belongs to; `validation` "
                             "and `test` would draw lots");
    return GD_OK;
}

// One fold of what is left to train on validates.
static gd_status take_fold(const gd_recipe *recipe, gd_deal_opts deal, gd_dataset *part[PARTS])
{
    gd_dataset *all = part[TRAIN];
    gd_fold_opts opts = {.deal = deal};
    gd_status status = fold_of(recipe, &opts.fold, &opts.folds);
    opts.fold--;
    gd_dataset_free(part[VALIDATION]);
    part[TRAIN] = part[VALIDATION] = NULL;
    if (status == GD_OK)
        status = gd_dataset_fold(all, opts, &part[TRAIN], &part[VALIDATION]);
    gd_dataset_free(all);
    return status;
}

// Splits the training file's samples; parts that the recipe does not split off stay NULL.
static gd_status split_parts(gd__options options, gd_deal_opts deal, const double share[PARTS], gd_dataset *whole,
                             gd_dataset *part[PARTS])
{
    double fraction[PARTS];
    gd_split_opts opts = {.fraction = fraction, .deal = deal};
    if (gd__option_text(options, "part") != NULL)
        return split_by_column(whole, part);
    int which[PARTS];
    for (int p = 0; p < PARTS; p++)
        if (share[p] > 0) {
            fraction[opts.part_count] = share[p];
            which[opts.part_count++] = p;
        }
    if (opts.part_count == 1)
        return gd_dataset_take(whole, 0, gd_dataset_count(whole), &part[TRAIN]);
    gd_dataset *made[PARTS] = {NULL};
    gd_status status = gd_dataset_split(whole, opts, made);
    for (int i = 0; i < opts.part_count && status == GD_OK; i++)
        part[which[i]] = made[i];
    return status;
}

static gd_status split(const gd_recipe *recipe, gd_dataset *whole, gd_dataset *part[PARTS])
{
    gd__options data = gd__section(recipe->root, "data"), options = gd__option_map(data, "split");
    double share[PARTS];
    gd_deal_opts deal;
    const bool folds = has_folds(recipe);
    gd_status status = shares_of(data, options, folds, share);
    if (status == GD_OK)
        status = deal_of(recipe, options, whole, &deal);
    if (status == GD_OK)
        status = split_parts(options, deal, share, whole, part);
    return status == GD_OK && folds ? take_fold(recipe, deal, part) : status;
}

// ---- Reading

// The raw parts out of the training file. `table` has what an earlier reading says.
static gd_status read_training_file(const gd_recipe *recipe, gd__table_opts table, gd_dataset *part[PARTS],
                                    gd_dataset **whole)
{
    gd__options data = gd__section(recipe->root, "data");
    const gd__yaml *source = gd__option_node(data, "train");
    if (source == NULL)
        return gd__yaml_fail(data.node, "the section 'data' has no 'train': where the training samples are");
    gd_status status = gd__check_windows(recipe);
    if (status == GD_OK)
        status = gd__read_source(recipe, source, table, whole);
    return status == GD_OK ? split(recipe, *whole, part) : status;
}

// Parts that come out of the training file.
static bool is_split_off(const gd_recipe *recipe, int p)
{
    gd__options options = gd__option_map(gd__section(recipe->root, "data"), "split");
    return (p == VALIDATION && has_folds(recipe)) || gd__option_number(options, part_name[p]) > 0 ||
           gd__option_text(options, "part") != NULL;
}

// Reads what is wanted, and the training part when there is no preprocessing, which is then fitted.
static gd_status read_raw(const gd_recipe *recipe, const bool wanted[PARTS], gd_preprocess **preprocess,
                          gd_dataset *raw[PARTS])
{
    gd__options data = gd__section(recipe->root, "data");
    const gd_preprocess *known = *preprocess;
    gd__table_opts table = {.schema = known == NULL ? NULL : gd_preprocess_csv_schema(known),
                            .tokenizer = known == NULL ? NULL : gd_preprocess_tokenizer(known)};
    gd_dataset *whole = NULL;
    gd_status status = GD_OK;
    bool from_training = *preprocess == NULL || wanted[TRAIN];
    for (int p = VALIDATION; p < PARTS; p++)
        from_training = from_training || (wanted[p] && is_split_off(recipe, p));
    if (from_training)
        status = read_training_file(recipe, table, raw, &whole);
    if (status == GD_OK && whole != NULL && known == NULL) {
        table.schema = gd_dataset_csv_schema(whole);
        table.tokenizer = gd_dataset_tokenizer(whole);
    }
    for (int p = VALIDATION; p < PARTS && status == GD_OK; p++) {
        const gd__yaml *source = gd__option_node(data, part_name[p]);
        if (wanted[p] && source != NULL && !(p == VALIDATION && has_folds(recipe)))
            status = gd__read_source(recipe, source, table, &raw[p]);
    }
    gd_dataset_free(whole);
    if (status == GD_OK && *preprocess == NULL)
        status = gd__fit_preprocess(recipe, raw[TRAIN], preprocess);
    return status;
}

gd_status gd__check_classes(const gd_dataset *raw, const gd_dataset *set)
{
    for (int f = 0; f < gd_dataset_field_count(raw); f++) {
        const gd_field field = gd_dataset_field(raw, f);
        const int place = gd_dataset_find(set, field.name);
        for (int i = 0; place >= 0 && i < field.class_count; i++) {
            const char *here = gd_dataset_class_name(raw, f, i), *there = gd_dataset_class_name(set, place, i);
            if (here != NULL && there != NULL && strcmp(here, there) != 0)
                return gd__fail(GD_ERROR_FORMAT,
                                "class %d of '%.60s' is '%.60s' there, and '%.60s' in the training data; a source of "
                                "pictures takes `classes`, their folders in the order of their numbers",
                                i, field.name, here, there);
        }
    }
    return GD_OK;
}

// Applies the preprocessing to the parts that are wanted and there.
static gd_status apply(const gd_preprocess *preprocess, const bool wanted[PARTS], gd_dataset *const raw[PARTS],
                       gd_dataset **const set[PARTS])
{
    gd_status status = GD_OK;
    for (int p = 0; p < PARTS && status == GD_OK; p++) {
        if (!wanted[p] || raw[p] == NULL)
            continue;
        status = gd_preprocess_apply(preprocess, raw[p], set[p]);
        if (status == GD_OK)
            status = gd__check_classes(raw[p], *set[p]);
        if (status != GD_OK)
            status = gd__fail_in(status, "the %s data", part_name[p]);
    }
    return status;
}

static gd_status show_files(gd__model *model)
{
    gd__free(model->file);
    gd_status status = gd__file_list_read(model->shown.recipe->files, &model->shown.file_count, &model->file);
    model->shown.file = model->file;
    return status;
}

gd_status gd__read_parts(gd_model *model, unsigned parts)
{
    const gd__yaml *section;
    gd_status status = gd__recipe_need(model->recipe, "data", &section);
    if (status != GD_OK)
        return status;
    gd_dataset **const place[PARTS] = {&model->train, &model->validation, &model->test};
    gd_dataset *raw[PARTS] = {NULL};
    bool wanted[PARTS], any = model->preprocess == NULL;
    for (int p = 0; p < PARTS; p++) {
        wanted[p] = (parts & 1u << p) != 0 && *place[p] == NULL;
        any = any || wanted[p];
    }
    if (any)
        status = read_raw(model->recipe, wanted, &model->preprocess, raw);
    if (status == GD_OK)
        status = apply(model->preprocess, wanted, raw, place);
    for (int p = 0; p < PARTS; p++)
        gd_dataset_free(raw[p]);
    return status == GD_OK ? show_files((gd__model *)model) : status;
}

gd_status gd_recipe_data(const gd_recipe *recipe, unsigned parts, gd_recipe_parts *out)
{
    GD__NEEDS(recipe, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = (gd_recipe_parts){0};
    const gd__yaml *section;
    gd_status status = gd__recipe_need(recipe, "data", &section);
    bool wanted[PARTS];
    gd_dataset **set[PARTS];
    for (int p = 0; p < PARTS; p++) {
        wanted[p] = (parts & 1u << p) != 0;
        set[p] = &out->set[p];
    }
    if (status == GD_OK)
        status = read_raw(recipe, wanted, &out->preprocess, out->raw);
    if (status == GD_OK)
        status = apply(out->preprocess, wanted, out->raw, set);
    if (status != GD_OK)
        gd_recipe_data_free(out);
    return status;
}

void gd_recipe_data_free(gd_recipe_parts *parts)
{
    GD__NEEDS(parts);
    for (int p = 0; p < PARTS; p++) {
        gd_dataset_free(parts->raw[p]);
        gd_dataset_free(parts->set[p]);
    }
    gd_preprocess_free(parts->preprocess);
    *parts = (gd_recipe_parts){0};
}

// ---- Samples in two parts

static void add_shared(const gd_dataset *train, const gd_dataset *other, const char *part, const gd__shared *shared,
                       gd__text *text)
{
    char a[GD_ORIGIN_TEXT], b[GD_ORIGIN_TEXT];
    if (shared->count > 0)
        gd__text_add(
            text, "%s%lld of the %lld samples of the %s part are in the training part too (the first: %s, as %s)",
            text->length == 0 ? "" : "; ", (long long)shared->count, (long long)gd_dataset_count(other), part,
            gd_dataset_origin_text(other, shared->first_b, b), gd_dataset_origin_text(train, shared->first_a, a));
}

gd_status gd_model_check_parts(const gd_model *model, char **warning)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    gd__text text = {0};
    *warning = NULL;
    static const char *const word[] = {"validation", "test"};
    const gd_dataset *const part[] = {model->validation, model->test};
    const gd_dataset *set[GD__MOST_SETS] = {model->train};
    const char *name[GD__MOST_SETS] = {"training"};
    gd__shared shared[GD__MOST_SETS][GD__MOST_SETS];
    int count = model->train != NULL;
    for (int p = 0; p < 2 && count > 0; p++)
        if (part[p] != NULL) {
            name[count] = word[p];
            set[count++] = part[p];
        }
    gd_status status = count > 1 ? gd__count_shared(count, set, shared) : GD_OK;
    for (int s = 1; s < count && status == GD_OK; s++)
        add_shared(model->train, set[s], name[s], &shared[0][s], &text);
    if (status == GD_OK && text.length > 0) {
        *warning = gd__text_take(&text);
        return *warning == NULL ? gd__fail_memory("a warning") : GD_OK;
    }
    gd__text_free(&text);
    return status;
}
