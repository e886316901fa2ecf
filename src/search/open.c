// Searches in a directory: begun, and gone on with.
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "search/search.h"
#include "train/evaluate.h"

enum { MOST_SOURCE = 1 << 20 };

static char *path_in(const char *directory, const char *file)
{
    gd__text path = {0};
    gd__text_add(&path, "%s/%s", directory, file);
    return gd__text_take(&path);
}

static gd_status apply_settings(gd_recipe *recipe, const gd_search_open_opts *opts)
{
    gd_status status = GD_OK;
    for (int i = 0; i < opts->setting_count && status == GD_OK; i++)
        status = gd_recipe_set(recipe, opts->setting[i]);
    return status;
}

// ---- Is it the same search?

// The recipe's text without what may be changed on the way: the number of processes, and of trials where the ones that
// are there would have been the same.
static gd_status unchanging_text(const gd_recipe *recipe, char **text)
{
    gd_recipe *copy;
    gd_status status = gd__recipe_copy(recipe, &copy);
    const char *strategy = gd__option_text(gd__section(recipe->root, "search"), "strategy");
    if (status == GD_OK)
        status = gd_recipe_set(copy, "search.processes=1");
    if (status == GD_OK && (strcmp(strategy, "bayesian") == 0 || strcmp(strategy, "random") == 0))
        status = gd_recipe_set(copy, "search.trials=1");
    // The same words in another style are the same.
    gd__text flow = {0};
    if (status == GD_OK)
        gd__yaml_flow(&flow, copy->root);
    *text = status == GD_OK ? gd__text_take(&flow) : NULL;
    gd_recipe_free(copy);
    return status == GD_OK && *text == NULL ? gd__fail_memory("a recipe") : status;
}

static gd_status compare(const gd_recipe *before, const gd_recipe *now, const char *directory, bool settings)
{
    char *first = NULL, *second = NULL;
    gd_status status = unchanging_text(before, &first);
    if (status == GD_OK)
        status = unchanging_text(now, &second);
    if (status == GD_OK && strcmp(first, second) != 0 && settings)
        status = gd__fail(GD_ERROR_ARGUMENT,
                          "the search in %s cannot go on with these settings: only `search.processes`, and the "
                          "`search.trials` of a random or Bayesian search, may change on the way",
                          directory);
    else if (status == GD_OK && strcmp(first, second) != 0)
        status = gd__fail(GD_ERROR_ARGUMENT,
                          "%s holds the search of another recipe, or of this one before it was changed: give another "
                          "directory, as in train.directory=%s-2, or go on with that search by `--resume %s`",
                          directory, directory, directory);
    gd__free(first);
    gd__free(second);
    return status;
}

// ---- Going on

static gd_status recipe_of_head(const gd__journal_head *head, const char *path, gd_recipe **out)
{
    gd_status status = gd_recipe_parse(head->recipe, path, out);
    return status == GD_OK ? gd__recipe_rename(*out, head->name, head->folder) : status;
}

// Writes down that the recipe has other numbers of trials and processes now.
static gd_status change_head(const char *path, gd__journal_head *head, const gd_recipe *now, const char *text,
                             size_t length)
{
    char *recipe = gd_recipe_text(now);
    if (recipe == NULL)
        return gd__fail_memory("a recipe");
    bool same = strcmp(recipe, head->recipe) == 0;
    gd__free(head->recipe);
    head->recipe = recipe;
    const char *end = memchr(text, '\n', length);
    size_t first = end == NULL ? length : (size_t)(end - text) + 1;
    return same ? GD_OK : gd__journal_write_head(path, head, text + first, length - first);
}

static gd_status take_head(gd_search *search, const char *directory, gd__journal_head *head)
{
    gd__free(search->objective);
    search->objective = head->objective;
    search->source = head->source;
    head->objective = head->source = NULL;
    search->opts.higher_is_better = head->higher_is_better;
    search->directory = gd__copy_text(directory);
    return search->directory == NULL ? gd__fail_memory("a search") : GD_OK;
}

// `now` is the recipe as it is wanted, or NULL: as it was, with settings.
static gd_status go_on(const char *directory, const char *path, const gd_recipe *now, const gd_search_open_opts *opts,
                       gd_search **out)
{
    gd__journal_head head;
    char *text = NULL;
    size_t length = 0;
    gd_recipe *before = NULL, *after = NULL;
    gd_status status = gd__journal_read(path, &head, &text, &length);
    if (status != GD_OK)
        return status;
    status = recipe_of_head(&head, path, &before);
    if (status == GD_OK)
        status = gd__recipe_copy(now != NULL ? now : before, &after);
    if (status == GD_OK && now == NULL)
        status = apply_settings(after, opts);
    if (status == GD_OK)
        status = compare(before, after, directory, now == NULL);
    if (status == GD_OK)
        status = gd__search_from_recipe(after, out);
    if (status == GD_OK && !opts->read_only)
        status = change_head(path, &head, after, text, length);
    if (status == GD_OK)
        status = take_head(*out, directory, &head);
    if (status == GD_OK)
        status = gd__journal_replay(*out, path, text, length);
    if (status == GD_OK && !opts->read_only)
        status = gd__journal_open(*out, path);
    gd__journal_head_free(&head);
    gd__free(text);
    gd_recipe_free(before);
    gd_recipe_free(after);
    return status;
}

static gd_status go_on_alone(const char *directory, const char *path, const gd_recipe *now,
                             const gd_search_open_opts *opts, gd_search **out)
{
    int lock = -1;
    gd_status status = opts->read_only ? GD_OK : gd__journal_lock(directory, &lock);
    if (status != GD_OK)
        return status;
    status = go_on(directory, path, now, opts, out);
    if (*out != NULL)
        (*out)->lock = lock;
    else
        gd__journal_unlock(lock);
    if (status == GD_OK)
        return GD_OK;
    gd_search_free(*out);
    *out = NULL;
    return status;
}

gd_status gd_search_resume(const char *directory, gd_search_open_opts opts, gd_search **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    char *path = path_in(directory, GD__JOURNAL);
    if (path == NULL)
        return gd__fail_memory("a search");
    gd_status status = gd__file_exists(path)
                           ? go_on_alone(directory, path, NULL, &opts, out)
                           : gd__fail(GD_ERROR_IO, "%s holds no search: there is no " GD__JOURNAL " in it", directory);
    gd__free(path);
    return status;
}

// ---- Beginning

static gd_status find_objective(const gd_recipe *recipe, const gd_model *model, const char *objective,
                                bool *higher_is_better)
{
    const char *word[GD_MAX_METRICS + 1] = {"loss"};
    for (int i = 0; i < model->metric_count; i++) {
        word[i + 1] = model->metric[i].name;
        if (strcmp(word[i + 1], objective) == 0) {
            *higher_is_better = gd__metric_higher_is_better(&model->metric[i]);
            return GD_OK;
        }
    }
    if (strcmp(objective, "loss") == 0)
        return GD_OK;
    const char *nearest = gd_nearest_word(objective, model->metric_count + 1, word);
    return gd__yaml_fail(gd__option_node(gd__section(recipe->root, "search"), "objective"),
                         "'objective' is '%.60s', which is neither `loss` nor one of the metrics%s%s%s", objective,
                         nearest == NULL ? "" : "; did you mean '", nearest == NULL ? "" : nearest,
                         nearest == NULL ? "" : "'?");
}

// Reads the data once, so that what is wrong with them or with the network is said now; finds the objective.
static gd_status look_at_model(const gd_recipe *recipe, const gd_search *search, gd__journal_head *head)
{
    gd_recipe *copy;
    gd_model *model = NULL;
    gd_train_settings settings;
    gd_status status = gd__recipe_copy(search->recipe, &copy);
    if (status == GD_OK)
        status = gd_model_create(copy, GD_PART_TRAIN | GD_PART_VALIDATION, &model); // takes the copy
    if (status == GD_OK)
        status = gd_model_train_settings(model, &settings);
    if (status == GD_OK)
        status = find_objective(recipe, model, search->objective, &head->higher_is_better);
    gd_model_free(model);
    return status;
}

static gd_status begin(const gd_recipe *recipe, const gd_search *search, const char *directory, const char *path)
{
    gd__journal_head head = {0};
    size_t length;
    gd_status status = look_at_model(recipe, search, &head);
    if (status == GD_OK)
        status = gd__make_directory(directory);
    if (status == GD_OK)
        status = gd__file_read(gd_recipe_path(recipe), MOST_SOURCE, &head.source, &length);
    head.recipe = gd_recipe_text(search->recipe);
    head.name = gd__copy_text(search->recipe->name);
    head.folder = gd__copy_text(search->recipe->folder);
    head.objective = gd__copy_text(search->objective);
    bool complete = head.recipe != NULL && head.name != NULL && head.folder != NULL && head.objective != NULL;
    if (status == GD_OK && !complete)
        status = gd__fail_memory("a journal");
    int lock = -1;
    if (status == GD_OK)
        status = gd__journal_lock(directory, &lock);
    if (status == GD_OK && !gd__file_exists(path)) // nobody else was faster
        status = gd__journal_write_head(path, &head, "", 0);
    gd__journal_unlock(lock);
    gd__journal_head_free(&head);
    return status;
}

static gd_status open_recipe(const gd_recipe *recipe, const gd_search_open_opts *opts, gd_search **out)
{
    const char *directory = gd_recipe_directory(recipe);
    gd_search *checked = NULL;
    char *path = path_in(directory, GD__JOURNAL);
    gd_status status = path == NULL ? gd__fail_memory("a search") : gd__search_from_recipe(recipe, &checked);
    if (status == GD_OK && !gd__file_exists(path) && !opts->read_only)
        status = begin(recipe, checked, directory, path);
    gd_search_free(checked);
    if (status == GD_OK)
        status = go_on_alone(directory, path, recipe, opts, out);
    gd__free(path);
    return status;
}

gd_status gd_search_open(const char *path, gd_search_open_opts opts, gd_search **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    gd_recipe *recipe;
    *out = NULL;
    gd_status status = gd_recipe_open(path, &recipe);
    if (status == GD_OK)
        status = apply_settings(recipe, &opts);
    if (status == GD_OK)
        status = open_recipe(recipe, &opts, out);
    gd_recipe_free(recipe);
    return status;
}

// ---- Using

gd_search_plan gd_search_get_plan(const gd_search *search)
{
    GD__NEEDS(search, (gd_search_plan){0});
    return (gd_search_plan){
        .strategy = search->opts.strategy,
        .directory = search->directory,
        .name = search->recipe == NULL ? NULL : search->recipe->name,
        .objective = search->objective,
        .higher_is_better = search->opts.higher_is_better,
        .processes = search->processes,
    };
}

char *gd_search_trial_directory(const gd_search *search, int number)
{
    GD__NEEDS(search, NULL);
    gd__text path = {0};
    gd__text_add(&path, "%s/trials/%03d", search->directory == NULL ? "." : search->directory, number);
    return gd__text_take(&path);
}

gd_status gd__search_set_values(const gd_search *search, const gd_search_trial *trial, gd_recipe *recipe)
{
    gd_status status = GD_OK;
    for (int i = 0; i < search->parameter_count && status == GD_OK; i++) {
        const gd_search_parameter *p = &search->parameter[i];
        char number[GD_SEARCH_TEXT];
        gd__text setting = {0};
        gd__text_add(&setting, "%s=%s", p->name,
                     p->range == GD_RANGE_CHOICE ? p->choice[(int)trial->value[i]]
                                                 : gd_search_value_text(search, trial, i, number));
        char *text = gd__text_take(&setting);
        status = text == NULL ? gd__fail_memory("a setting") : gd_recipe_set(recipe, text);
        gd__free(text);
    }
    return status;
}

gd_status gd_search_trial_recipe(const gd_search *search, const gd_search_trial *trial, gd_recipe **out)
{
    GD__NEEDS(search, GD_ERROR_ARGUMENT);
    GD__NEEDS(trial, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (search->recipe == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a search in memory has no recipe");
    char *directory = gd_search_trial_directory(search, trial->number);
    gd_recipe *recipe;
    gd_status status = gd__recipe_copy(search->recipe, &recipe);
    if (status == GD_OK)
        gd__recipe_drop(recipe, "search");
    if (status == GD_OK)
        status = gd__search_set_values(search, trial, recipe);
    if (status == GD_OK)
        status =
            directory == NULL ? gd__fail_memory("a name") : gd__recipe_set_text(recipe, "train.directory", directory);
    if (status == GD_OK)
        status = gd__recipe_set_text(recipe, "train.monitor", search->objective);
    if (status == GD_OK)
        status = gd_recipe_set(recipe, "train.checkpoint.last=true");
    gd__free(directory);
    if (status != GD_OK) {
        gd_recipe_free(recipe);
        return status;
    }
    *out = recipe;
    return GD_OK;
}
