// The section `search` of a recipe: from words to parameters, checked as far as that is possible before anything runs.
#include <gradus/op.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

// ---- One parameter

// What a search decides itself, or what would make trials that cannot be compared.
static const struct {
    const char *name, *why;
} refused[] = {
    {"search", "a search cannot search for its own settings"},
    {"train.directory", "each trial has a directory of its own"},
    {"train.monitor", "`search.objective` says what is best"},
    {"train.checkpoint", "the search goes on from the trials' checkpoints"},
    {"data.split", "trials with other validation samples cannot be compared"},
    {"data.validation", "trials with other validation samples cannot be compared"},
};

static bool is_within(const char *name, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(name, outer, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

static gd_status check_name(const gd__yaml *space, int index)
{
    const gd__yaml *key = space->key[index];
    for (int i = 0; i < GD_COUNT_OF(refused); i++)
        if (is_within(key->text, refused[i].name))
            return gd__yaml_fail(key, "'%.100s' cannot be searched: %s", key->text, refused[i].why);
    for (int i = 0; i < space->count; i++)
        if (i != index && is_within(key->text, space->key[i]->text))
            return gd__yaml_fail(key, "'%.100s' lies within '%.100s', which is searched, too", key->text,
                                 space->key[i]->text);
    return strchr(key->text, '=') == NULL ? GD_OK : gd__yaml_fail(key, "'%.100s' is no dotted name", key->text);
}

static gd_status take_choice(const gd__yaml *list, gd_search_parameter *p, char **text)
{
    p->choice = (const char *const *)text;
    for (; p->choice_count < list->count; p->choice_count++) {
        const gd__yaml *item = list->item[p->choice_count];
        if (item->kind == GD__YAML_SCALAR && item->text[0] == '\0' && !item->quoted)
            return gd__yaml_fail(item, "a value of '%.100s' is left empty", p->name);
        gd__text flow = {0};
        gd__yaml_flow(&flow, item);
        text[p->choice_count] = gd__text_take(&flow);
        if (text[p->choice_count] == NULL)
            return gd__fail_memory("a search");
        for (int i = 0; i < p->choice_count; i++)
            if (strcmp(text[i], text[p->choice_count]) == 0) {
                p->choice_count++;
                return gd__yaml_fail(item, "'%.100s' has the value %.60s twice", p->name, text[i]);
            }
    }
    return GD_OK;
}

static gd_status take_parameter(const gd__yaml *space, int index, gd_search_parameter *p)
{
    gd__chosen chosen = gd__chosen_of(space->item[index], &gd__range_variants, NULL);
    *p = (gd_search_parameter){.name = space->key[index]->text,
                               .range = (gd_range)(chosen.record - gd__range_variants.table)};
    gd_status status = check_name(space, index);
    if (status != GD_OK)
        return status;
    if (p->range == GD_RANGE_CHOICE) {
        const gd__yaml *list = gd__option_node(chosen.options, "values");
        char **text = gd__alloc_zeroed((size_t)list->count + 1, sizeof *text);
        return text == NULL ? gd__fail_memory("a search") : take_choice(list, p, text);
    }
    const gd__yaml *ends = gd__option_node(chosen.options, "between");
    if (ends->kind != GD__YAML_LIST)
        return gd__yaml_fail(ends, "'%.100s' has the range '%.60s', expected [smallest, largest]", p->name, ends->text);
    (void)gd__yaml_number(ends->item[0], &p->low);
    (void)gd__yaml_number(ends->item[1], &p->high);
    status = gd__search_parameter_check(p);
    return status == GD_OK ? GD_OK : gd__yaml_fail(ends, "%s", gd_last_error());
}

// ---- What the recipe says to the values

static gd_status try_value(gd_recipe *recipe, const gd_search_parameter *p, double value)
{
    const gd_search one = {.parameter_count = 1, .parameter = (gd_search_parameter *)(uintptr_t)p};
    const gd_search_trial trial = {.value = &value};
    char number[GD_SEARCH_TEXT];
    gd__text setting = {0};
    gd__text_add(&setting, "%s=%s", p->name,
                 p->range == GD_RANGE_CHOICE ? p->choice[(int)value] : gd_search_value_text(&one, &trial, 0, number));
    char *text = gd__text_take(&setting);
    gd_status status = text == NULL ? gd__fail_memory("a setting") : gd_recipe_set(recipe, text);
    gd__free(text);
    return status;
}

// Every choice; the ends of a range, and a number between, since a whole number may be wanted.
static gd_status try_values(gd_recipe *recipe, const gd__yaml *node, const gd_search_parameter *p)
{
    int count = p->range == GD_RANGE_CHOICE ? p->choice_count : 2;
    gd_status status = GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++)
        status = try_value(recipe, p, p->range == GD_RANGE_CHOICE ? i : i == 0 ? p->low : p->high);
    if (status != GD_OK)
        return gd__yaml_fail(node, "%s", gd_last_error());
    if (p->range != GD_RANGE_UNIFORM && p->range != GD_RANGE_LOG)
        return GD_OK;
    double between = p->low + 0.381966 * (p->high - p->low);
    if (try_value(recipe, p, between) == GD_OK)
        return GD_OK;
    return gd__yaml_fail(node,
                         "'%.100s' does not take every number between %g and %g; for whole numbers there are "
                         "the ranges `integer` and `log_integer`",
                         p->name, p->low, p->high);
}

// Each parameter by itself, then all together.
static gd_status check_values(const gd_recipe *recipe, const gd__yaml *space, const gd_search_parameter *parameter)
{
    gd_recipe *together = NULL;
    gd_status status = gd__recipe_copy(recipe, &together);
    for (int i = 0; i < space->count && status == GD_OK; i++) {
        gd_recipe *copy;
        status = gd__recipe_copy(recipe, &copy);
        if (status == GD_OK)
            status = try_values(copy, space->key[i], &parameter[i]);
        gd_recipe_free(copy);
    }
    for (int i = 0; i < space->count && status == GD_OK; i++) {
        const gd_search_parameter *p = &parameter[i];
        if (try_value(together, p, p->range == GD_RANGE_CHOICE ? 0 : p->low) != GD_OK)
            status = gd__yaml_fail(space->key[i], "beside the parameters before it: %s", gd_last_error());
    }
    gd_recipe_free(together);
    return status;
}

// ---- The section

static const gd_strategy_kind *strategy_of(gd__options section)
{
    const gd__chosen chosen =
        gd__chosen_of(gd__option_node(section, "strategy"), &gd__strategy_records, gd__strategy_bayesian.record.name);
    return (const gd_strategy_kind *)(const void *)chosen.record; // its first member
}

static gd_status check_validation(const gd_recipe *recipe)
{
    const gd__yaml *data;
    gd_status status = gd__recipe_need(recipe, "data", &data);
    if (status != GD_OK)
        return status;
    gd__options split = gd__option_map(gd__section(recipe->root, "data"), "split");
    if (gd__yaml_get(data, "validation") != NULL || gd__option_number(split, "validation") > 0)
        return GD_OK;
    return gd__yaml_fail(data, "a search chooses by a validation set, and the recipe has none; `split: {validation: "
                               "0.1}` in its section `data` takes a tenth of the training samples for it");
}

static gd_status check_halving(const gd__yaml *space)
{
    for (int i = 0; i < space->count; i++)
        if (is_within(space->key[i]->text, "train.epochs") || strcmp(space->key[i]->text, "train") == 0)
            return gd__yaml_fail(space->key[i],
                                 "'%.100s' cannot be searched by a strategy that decides the epochs of "
                                 "its trials itself",
                                 space->key[i]->text);
    return GD_OK;
}

static void free_parameters(int count, gd_search_parameter *parameter)
{
    for (int i = 0; i < count && parameter != NULL; i++) {
        for (int k = 0; k < parameter[i].choice_count; k++)
            gd__free((void *)(uintptr_t)parameter[i].choice[k]);
        gd__free((void *)(uintptr_t)parameter[i].choice);
    }
    gd__free(parameter);
}

static gd_status make_search(const gd_recipe *recipe, const gd__yaml *space, const gd_search_parameter *parameter,
                             gd_search **out)
{
    gd__options section = gd__section(recipe->root, "search"), train = gd__section(recipe->root, "train");
    gd_search_opts opts = {
        .strategy = strategy_of(section),
        .trials = (int)gd__option_integer(section, "trials"),
        .grid = (int)gd__option_integer(section, "grid"),
        .rounds = (int)gd__option_integer(section, "rounds"),
        .eta = (int)gd__option_integer(section, "eta"),
        .epochs = gd__option_integer(train, "epochs"),
        .seed = (uint64_t)gd__option_integer(section, "seed"),
    };
    gd_status status = opts.strategy->decides_epochs ? check_halving(space) : GD_OK;
    if (status != GD_OK)
        return status;
    status = gd_search_create(space->count, parameter, opts, out);
    if (status != GD_OK)
        return gd__yaml_fail(space, "%s", gd_last_error());
    const char *objective = gd__option_text(section, "objective");
    objective = objective != NULL ? objective : gd__option_text(train, "monitor");
    (*out)->objective = gd__copy_text(objective != NULL ? objective : "loss");
    (*out)->processes = (int)gd__option_integer(section, "processes");
    status = (*out)->objective == NULL ? gd__fail_memory("a search") : gd__recipe_copy(recipe, &(*out)->recipe);
    if (status != GD_OK) {
        gd_search_free(*out);
        *out = NULL;
    }
    return status;
}

gd_status gd__search_from_recipe(const gd_recipe *recipe, gd_search **out)
{
    *out = NULL;
    gd__options section = gd__section(recipe->root, "search");
    if (section.node == NULL)
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: the section 'search' is missing, which says what to try, as in `search: {trials: 20, "
                        "space: {optimizer.adam.learning_rate: {log: [1e-4, 1e-1]}}}`",
                        gd_recipe_path(recipe));
    const gd__yaml *space = gd__option_node(section, "space");
    if (space->count == 0)
        return gd__yaml_fail(space, "the space of the search is empty");
    gd_search_parameter *parameter = gd__alloc_zeroed((size_t)space->count, sizeof *parameter);
    gd_status status = parameter == NULL ? gd__fail_memory("a search") : GD_OK;
    for (int i = 0; i < space->count && status == GD_OK; i++)
        status = take_parameter(space, i, &parameter[i]);
    if (status == GD_OK)
        status = check_values(recipe, space, parameter);
    if (status == GD_OK)
        status = check_validation(recipe);
    if (status == GD_OK)
        status = make_search(recipe, space, parameter, out);
    free_parameters(space->count, parameter);
    return status;
}
