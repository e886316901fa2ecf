#include "folds.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fold_set.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "session.h"

static void folds_free(folds *f)
{
    gd_run_release(f->run);
    free(f->path);
    free(f->recipe);
    free(f->wanted);
}

char *fold_directory(const folds *f, int fold)
{
    char name[32];
    snprintf(name, sizeof name, "fold-%d", fold);
    return join_path(f->directory, name);
}

gd_status fold_open(const folds *f, int fold, gd_model **model)
{
    char setting[64];
    gd_recipe *recipe;
    *model = NULL;
    gd_status status = gd_recipe_parse(f->recipe, f->path, &recipe);
    if (status != GD_OK)
        return status;
    snprintf(setting, sizeof setting, "train.fold=%d", fold);
    status = gd_recipe_set(recipe, setting);
    if (status == GD_OK)
        return gd_model_create(recipe, GD_PART_TRAIN | GD_PART_VALIDATION, model);
    gd_recipe_free(recipe);
    return status;
}

// ---- What is asked for

// A copy with free() as its end, of a text of the library's.
static bool keep(char **copy, const char *text)
{
    *copy = text == NULL ? NULL : strdup(text);
    if (*copy == NULL)
        print_error("out of memory");
    return *copy != NULL;
}

// The recipe with the settings of the command line; *count is 0 where no folds are asked for.
static int read_recipe(folds *f, gd_recipe **recipe)
{
    gd_model_opts opts = {0};
    int status = EXIT_USAGE, fold = 0;
    int64_t asked = 0;
    char setting[64];
    *recipe = NULL;
    if (!take_settings(f->given, &opts, &status) || !option_integer(f->given, "folds", 2, 1000000, &asked))
        return status;
    gd_status good = gd_recipe_open(f->given->operand[0], recipe);
    for (int i = 0; i < opts.setting_count && good == GD_OK; i++)
        good = gd_recipe_set(*recipe, opts.setting[i]);
    if (good == GD_OK && asked > 0) {
        snprintf(setting, sizeof setting, "train.k_folds=%lld", (long long)asked);
        good = gd_recipe_set(*recipe, setting);
    }
    if (good == GD_OK)
        good = recipe_number(*recipe, "train.k_folds", &f->count);
    if (good == GD_OK)
        good = recipe_number(*recipe, "train.fold", &fold);
    if (good != GD_OK)
        return print_last_error();
    if (fold > 0 && asked > 0)
        return usage_error(f->given->of, "train.fold trains a single fold, and --folds all of them");
    f->count = fold > 0 ? 0 : f->count;
    return EXIT_FINE;
}

// How the folds in a directory were begun.
static int read_beginning(folds *f)
{
    json_t *record = fold_record_read(f->wanted, &f->count);
    const bool good = record != NULL && keep(&f->recipe, json_string_value(json_object_get(record, "recipe"))) &&
                      keep(&f->path, json_string_value(json_object_get(record, "recipe_path")));
    json_decref(record);
    return good ? EXIT_FINE : EXIT_ERROR;
}

static int resume_directory(folds *f)
{
    int64_t asked = 0;
    if (!keep(&f->wanted, f->given->operand[0]))
        return EXIT_ERROR;
    int status = read_beginning(f);
    if (status != EXIT_FINE)
        return status;
    if (f->given->operand_count > 1)
        return print_error("the folds in %s go on as they began: %s cannot be set", f->wanted, f->given->operand[1]);
    if (!option_integer(f->given, "folds", 2, 1000000, &asked))
        return EXIT_USAGE;
    return asked == 0 || asked == f->count
               ? EXIT_FINE
               : print_error("%s holds %d folds, not %lld", f->wanted, f->count, (long long)asked);
}

// `--resume RECIPE`: the newest folds of it, which must have been begun with the same recipe.
static int resume_recipe(folds *f, const gd_recipe *recipe, const char *text)
{
    const int count = f->count;
    f->wanted = newest_folds(gd_recipe_directory(recipe));
    if (f->wanted == NULL)
        return print_error("there are no folds in %s to resume; without --resume they begin",
                           gd_recipe_directory(recipe));
    int status = read_beginning(f);
    if (status != EXIT_FINE)
        return status;
    if (count != f->count || strcmp(text, f->recipe) != 0)
        return print_error("the folds in %s were begun with another recipe or other settings, and go on as they began: "
                           "gradus train --resume %s",
                           f->wanted, f->wanted);
    return EXIT_FINE;
}

static int begin_recipe(folds *f, const gd_recipe *recipe)
{
    char *text = gd_recipe_text(recipe), *path = realpath(gd_recipe_path(recipe), NULL);
    int status = EXIT_FINE;
    if (f->resume)
        status = text == NULL ? print_error("out of memory") : resume_recipe(f, recipe, text);
    else if (!keep(&f->recipe, text) || !keep(&f->path, path == NULL ? gd_recipe_path(recipe) : path) ||
             !keep(&f->wanted, gd_recipe_directory(recipe)))
        status = EXIT_ERROR;
    gd_text_free(text);
    free(path);
    return status;
}

// Finds out whether folds are asked for (f->count > 0), and which.
static int find(folds *f)
{
    const char *operand = f->given->operand[0];
    const bool asked = option_given(f->given, "folds");
    if (is_directory(operand) && f->resume && holds_folds(operand))
        return resume_directory(f);
    if (is_directory(operand) || gd_is_checkpoint(operand))
        return asked ? usage_error(f->given->of, "--folds wants a recipe, and %s is none", operand) : EXIT_FINE;
    gd_recipe *recipe;
    int status = read_recipe(f, &recipe);
    if (status == EXIT_FINE && f->count > 0)
        status = begin_recipe(f, recipe);
    gd_recipe_free(recipe);
    return status;
}

// ---- Training them

static int take_directory(folds *f)
{
    const gd_run_opts opts = {.overwrite = option_given(f->given, "overwrite"), .resume = f->resume};
    if (gd_run_take(f->wanted, opts, &f->run) != GD_OK)
        return print_last_error();
    f->directory = gd_run_directory(f->run);
    size_t length = strlen(f->wanted);
    while (length > 1 && f->wanted[length - 1] == '/')
        length--;
    if (strlen(f->directory) != length) // a number was added
        fprintf(f->quiet ? stderr : stdout,
                "%.*s holds another run: this one is %s (--resume goes on with a run, --overwrite replaces it)\n",
                (int)length, f->wanted, f->directory);
    return EXIT_FINE;
}

// Of an earlier training with more folds, when its directory is taken over.
static void remove_further(const folds *f)
{
    for (int fold = f->count + 1;; fold++) {
        char *directory = fold_directory(f, fold);
        gd_run *run = NULL;
        const bool there = directory != NULL && is_directory(directory);
        if (there && gd_run_take(directory, (gd_run_opts){.overwrite = true}, &run) == GD_OK) {
            gd_run_release(run);
            rmdir(directory);
        }
        free(directory);
        if (!there)
            return;
    }
}

static bool is_finished(const char *directory)
{
    gd_run_info *info;
    if (!is_directory(directory) || gd_run_read(directory, &info) != GD_OK)
        return false;
    const bool finished = info->state == GD_RUN_FINISHED;
    gd_run_info_free(info);
    char *checkpoint = finished ? checkpoint_in(directory) : NULL;
    const bool good = checkpoint != NULL;
    free(checkpoint);
    return good;
}

static int train_fold(const folds *f, int fold)
{
    session s = {.given = f->given,
                 .path = f->path,
                 .folds = f,
                 .fold = fold,
                 .quiet = f->quiet,
                 .with_report = f->with_report,
                 .directory = fold_directory(f, fold)};
    if (s.directory == NULL)
        return EXIT_ERROR;
    if (f->resume && is_finished(s.directory)) {
        printf("fold %d of %d is finished: %s\n", fold, f->count, s.directory);
        free(s.directory);
        return EXIT_FINE;
    }
    printf("%sfold %d of %d\n", fold > 1 && !f->quiet ? "\n" : "", fold, f->count);
    s.checkpoint = f->resume ? join_path(s.directory, LAST_FILE) : NULL;
    s.resume = s.checkpoint != NULL && is_file(s.checkpoint);
    return session_train(&s);
}

static int train_all(folds *f)
{
    int status = take_directory(f);
    if (status == EXIT_FINE && option_given(f->given, "overwrite"))
        remove_further(f);
    if (status == EXIT_FINE && !f->resume)
        status = folds_write_beginning(f);
    for (int fold = 1; fold <= f->count && status == EXIT_FINE; fold++) {
        status = train_fold(f, fold);
        if (status == EXIT_FINE && *interrupt_flag() != 0) {
            fprintf(stderr, "Go on with: gradus train --resume %s\n", f->directory);
            status = EXIT_BY_SIGNAL + *interrupt_flag();
        }
    }
    return status == EXIT_FINE ? folds_finish(f) : status;
}

bool train_in_folds(const arguments *given, int *status)
{
    folds f = {.given = given,
               .quiet = option_given(given, "quiet"),
               .resume = option_given(given, "resume"),
               .with_report = !option_given(given, "no-report")};
    // One step, or one batch, needs no folds.
    if (option_given(given, "dry-run") || option_given(given, "overfit-batch"))
        return false;
    *status = find(&f);
    const bool asked = *status != EXIT_FINE || f.count > 0;
    if (*status == EXIT_FINE && f.count > 0)
        *status = train_all(&f);
    folds_free(&f);
    return asked;
}
