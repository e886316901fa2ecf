#include "locate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "print.h"

bool is_directory(const char *path)
{
    struct stat kind;
    return stat(path, &kind) == 0 && S_ISDIR(kind.st_mode);
}

bool is_file(const char *path)
{
    struct stat kind;
    return stat(path, &kind) == 0 && !S_ISDIR(kind.st_mode);
}

static char *text_or_complaint(char *text)
{
    if (text == NULL)
        print_error("out of memory");
    return text;
}

char *join_path(const char *folder, const char *file)
{
    char *path = NULL;
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    return text_or_complaint(asprintf(&path, "%s%s%s", folder, slash, file) < 0 ? NULL : path);
}

char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return text_or_complaint(strdup("."));
    return text_or_complaint(strndup(path, slash == path ? 1 : (size_t)(slash - path)));
}

bool take_settings(const arguments *given, gd_model_opts *opts, int *status)
{
    for (int i = 1; i < given->operand_count; i++) {
        if (strchr(given->operand[i], '=') != NULL)
            continue;
        *status = usage_error(given->of, "'%s' is no setting, which has the form train.epochs=3", given->operand[i]);
        return false;
    }
    opts->setting_count = given->operand_count - 1;
    opts->setting = (const char *const *)given->operand + 1;
    return true;
}

bool take_views(const arguments *given, gd_model *model)
{
    return !option_given(given, "tta") || gd_model_set_views(model, (gd_views){.flip = true, .shift = 1}) == GD_OK ||
           print_last_error() == EXIT_FINE;
}

bool names_directory(int count, const char *const *setting)
{
    static const char name[] = "train.directory=";
    for (int i = 0; i < count; i++)
        if (strncmp(setting[i], name, sizeof name - 1) == 0)
            return true;
    return false;
}

char *checkpoint_in(const char *folder)
{
    char *path = join_path(folder, BEST_FILE);
    if (path == NULL || is_file(path))
        return path;
    free(path);
    path = join_path(folder, LAST_FILE);
    if (path == NULL || is_file(path))
        return path;
    free(path);
    return NULL;
}

char *run_of_recipe(const char *path, gd_model_opts opts)
{
    gd_recipe *recipe;
    gd_status status = gd_recipe_open(path, &recipe);
    for (int i = 0; i < opts.setting_count && status == GD_OK; i++)
        status = gd_recipe_set(recipe, opts.setting[i]);
    if (status != GD_OK) {
        print_last_error();
        gd_recipe_free(recipe);
        return NULL;
    }
    const char *directory = gd_recipe_directory(recipe);
    char *newest = names_directory(opts.setting_count, opts.setting) ? NULL : gd_run_newest(directory);
    char *found = text_or_complaint(strdup(newest == NULL ? directory : newest));
    gd_text_free(newest);
    gd_recipe_free(recipe);
    return found;
}

char *newest_folds(const char *directory)
{
    char *newest = NULL;
    for (int number = 1;; number++) {
        char *name = NULL, *path = NULL;
        if ((number == 1 ? asprintf(&name, "%s", directory) : asprintf(&name, "%s-%d", directory, number)) < 0)
            break;
        path = join_path(name, GD_RUN_FOLDS);
        if (path != NULL && is_file(path)) {
            free(newest);
            newest = strdup(name);
        }
        const bool more = is_directory(name);
        free(path);
        free(name);
        if (!more)
            break;
    }
    return newest;
}

bool holds_folds(const char *directory)
{
    char *path = join_path(directory, GD_RUN_FOLDS);
    const bool there = path != NULL && is_file(path);
    free(path);
    return there;
}

static char *checkpoint_of_recipe(const char *given, gd_model_opts opts)
{
    char *directory = run_of_recipe(given, opts);
    char *path = directory == NULL ? NULL : checkpoint_in(directory);
    if (path == NULL && directory != NULL)
        print_error("%s has not been trained: there is no checkpoint in %s; `gradus train %s` makes one", given,
                    directory, given);
    free(directory);
    return path;
}

char *find_checkpoint(const char *given, gd_model_opts opts)
{
    if (is_directory(given)) {
        char *path = checkpoint_in(given);
        if (path == NULL && holds_folds(given))
            print_error("%s holds folds, each of them a network of its own: name one, as in %s/fold-1", given, given);
        else if (path == NULL)
            print_error("the directory %s holds no checkpoint (" BEST_FILE " or " LAST_FILE ")", given);
        return path;
    }
    return gd_is_checkpoint(given) ? text_or_complaint(strdup(given)) : checkpoint_of_recipe(given, opts);
}

bool apply_threads(const arguments *given)
{
    int64_t threads = 0;
    if (!option_integer(given, "threads", 1, 1024, &threads))
        return false;
    if (threads > 0)
        gd_set_threads((int)threads);
    return true;
}

void print_data_files(const gd_model *model, FILE *out)
{
    enum { SHOWN = 10 };
    int count = 0;
    for (int i = 0; i < model->file_count; i++)
        if (model->file[i].elsewhere && count++ < SHOWN)
            fprintf(out, "data          %s\n", model->file[i].path);
    if (count > SHOWN)
        fprintf(out, "data          … and %d more files\n", count - SHOWN);
}
