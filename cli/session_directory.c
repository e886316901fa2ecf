// Which run a training goes on with, and which directory a new one gets.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locate.h"
#include "print.h"
#include "session.h"

// ---- Going on

// `train --resume runs/x` goes on with the last checkpoint of that directory, and in that directory.
static int find_in_directory(session *s)
{
    if (!s->resume)
        return print_error("%s is a directory: give a recipe, or --resume to go on with the run in it", s->path);
    s->checkpoint = join_path(s->path, LAST_FILE);
    if (s->checkpoint == NULL)
        return EXIT_ERROR;
    if (!is_file(s->checkpoint))
        return print_error("the directory %s holds no " LAST_FILE ", so there is nothing to resume", s->path);
    s->path = s->checkpoint;
    return EXIT_FINE;
}

// `train --resume recipe.yaml` goes on with the newest run of the recipe.
static int find_by_recipe(session *s)
{
    gd_model_opts opts = {0};
    int status = EXIT_USAGE;
    if (!take_settings(s->given, &opts, &status))
        return status;
    s->directory = run_of_recipe(s->path, opts);
    s->checkpoint = s->directory == NULL ? NULL : join_path(s->directory, LAST_FILE);
    if (s->checkpoint == NULL)
        return EXIT_ERROR;
    return is_file(s->checkpoint)
               ? EXIT_FINE
               : print_error("there is no checkpoint in %s to resume; without --resume the training starts anew",
                             s->directory);
}

int session_find(session *s)
{
    s->path = s->given->operand[0];
    if (is_directory(s->path)) {
        int status = find_in_directory(s);
        if (status != EXIT_FINE)
            return status;
    }
    if (!s->resume)
        return EXIT_FINE;
    if (!gd_is_checkpoint(s->path))
        return find_by_recipe(s);
    s->directory = folder_of(s->path);
    if (s->checkpoint == NULL)
        s->checkpoint = strdup(s->path);
    return s->directory == NULL || s->checkpoint == NULL ? EXIT_ERROR : EXIT_FINE;
}

// ---- Beginning

// "runs/small" for "dir/small.safetensors"; NULL after a complaint. free() it.
static char *directory_after_file(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
    const size_t length = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
    char *directory = NULL;
    if (asprintf(&directory, "runs/%.*s", (int)length, name) >= 0)
        return directory;
    print_error("out of memory");
    return NULL;
}

static bool is_called(const char *path, const char *file)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash == NULL ? path : slash + 1, file) == 0;
}

// What a training is called that was not told: after its recipe, or after the file that its network comes from. The
// weights of a run have the run's own name.
static char *wanted_directory(const session *s)
{
    const char *const *setting = (const char *const *)s->given->operand + 1;
    if (s->resume || s->folds != NULL)
        return strdup(s->directory);
    if (s->model->trained && !names_directory(s->given->operand_count - 1, setting) && !is_called(s->path, LAST_FILE) &&
        !is_called(s->path, BEST_FILE))
        return directory_after_file(s->path);
    return strdup(gd_recipe_directory(s->model->recipe));
}

// --overwrite would remove the very file.
static bool would_remove(const char *directory, const char *path)
{
    if (path == NULL || (!is_called(path, LAST_FILE) && !is_called(path, BEST_FILE)))
        return false;
    char *folder = folder_of(path);
    char *here = folder == NULL ? NULL : realpath(folder, NULL), *there = realpath(directory, NULL);
    const bool same = here != NULL && there != NULL && strcmp(here, there) == 0;
    free(folder);
    free(here);
    free(there);
    return same;
}

static int take(session *s, const char *wanted, bool overwrite)
{
    const char *const source[] = {s->path, option_text(s->given, "init", NULL)};
    for (int i = 0; overwrite && i < 2; i++)
        if (would_remove(wanted, source[i]))
            return print_error("--overwrite would remove %s, from which the training starts", source[i]);
    const gd_run_opts opts = {.overwrite = overwrite, .resume = s->resume};
    if (gd_run_take(wanted, opts, &s->run) != GD_OK)
        return print_last_error();
    const char *taken = gd_run_directory(s->run);
    size_t length = strlen(wanted);
    while (length > 1 && wanted[length - 1] == '/')
        length--;
    if (strlen(taken) != length) // a number was added
        fprintf(s->quiet ? stderr : stdout,
                "%.*s holds another run: this one is %s (--resume goes on with a run, --overwrite replaces it)\n",
                (int)length, wanted, taken);
    return EXIT_FINE;
}

int session_take_directory(session *s)
{
    char *wanted = wanted_directory(s);
    if (wanted == NULL)
        return EXIT_ERROR;
    // What lies in the directory of a fold is left over, since the directory of them all is this training's.
    const bool left_over = s->folds != NULL && !s->resume;
    int status = take(s, wanted, left_over || (s->folds == NULL && option_given(s->given, "overwrite")));
    free(wanted);
    if (status != EXIT_FINE)
        return status;
    if (gd_model_set_directory(s->model, gd_run_directory(s->run)) != GD_OK ||
        gd_model_train_settings(s->model, &s->settings) != GD_OK)
        return print_last_error();
    if (s->resume)
        s->settings.fit.resume = s->checkpoint;
    const gd_run_start start = {.argument_count = s->given->word_count,
                                .argument = (const char *const *)s->given->word,
                                .seed = s->settings.fit.seed,
                                .monitor = s->settings.fit.monitor,
                                .monitor_validation = s->settings.fit.validate != NULL};
    return gd_run_begin(s->run, s->model, start) == GD_OK ? EXIT_FINE : print_last_error();
}
