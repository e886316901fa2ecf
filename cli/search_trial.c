// One trial of a search, in a process of its own.
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "progress.h"
#include "search.h"

typedef struct {
    gd_search *search;
    const gd_search_trial *trial;
    gd_model *model;
    gd_train_settings settings;
    gd_trainer *trainer;
    progress progress;
    gd_observer inner;
    bool enough; // as many epochs as it was to train
} session;

// ---- The result, as a file that appears whole

static int write_result(const char *directory, const gd_search_result *result)
{
    char *path = join_path(directory, RESULT_FILE);
    if (path == NULL)
        return EXIT_ERROR;
    json_t *root = json_object();
    json_put_number(root, "objective", result->objective);
    json_put_integer(root, "epochs", result->epochs);
    json_put_integer(root, "best_epoch", result->best_epoch);
    json_put_number(root, "seconds", result->seconds);
    json_put_text(root, "failure", result->failure);
    output out;
    bool good = output_open(&out, path) &&
                output_close(&out, json_dumpf(root, out.file, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0);
    json_decref(root);
    free(path);
    return good ? EXIT_FINE : EXIT_ERROR;
}

static int write_failure(const session *s, const char *directory)
{
    const gd_history *history = s->trainer == NULL ? NULL : gd_trainer_history(s->trainer);
    gd_search_result result = {.failure = gd_last_error()};
    if (history != NULL && history->epoch_count > 0) {
        result.epochs = history->epoch_count;
        result.seconds = history->epoch[history->epoch_count - 1].seconds;
    }
    print_last_error();
    return write_result(directory, &result);
}

static int write_success(const session *s, const char *directory)
{
    const gd_history *history = gd_trainer_history(s->trainer);
    gd_search_result result = {.objective = history->best_value,
                               .epochs = history->epoch_count,
                               .best_epoch = history->best_epoch,
                               .failure = history->best_epoch > 0 ? NULL : "no epoch had a number for its objective"};
    if (history->epoch_count > 0)
        result.seconds = history->epoch[history->epoch_count - 1].seconds;
    return write_result(directory, &result);
}

// ---- Training as far as it was asked for. The schedule stays that of the whole length: it is stopped on the way.

static volatile sig_atomic_t stop;

static void stop_after(session *s, int64_t epochs)
{
    s->enough = s->trial->epochs > 0 && epochs >= s->trial->epochs;
    if (s->enough || *interrupt_flag() != 0)
        stop = 1;
}

static void on_step(void *user, const gd_progress *now)
{
    session *s = user;
    s->inner.on_step(s->inner.user, now);
    stop_after(s, now->epoch - 1); // what is left of the epochs that a lost result was for
}

static void on_epoch(void *user, const gd_history *history)
{
    session *s = user;
    s->inner.on_epoch(s->inner.user, history);
    stop_after(s, history->epoch_count);
}

static void on_message(void *user, const char *sentence)
{
    session *s = user;
    s->inner.on_message(s->inner.user, sentence);
}

static gd_status prepare(session *s, const arguments *given)
{
    gd_recipe *recipe;
    gd_status status = gd_search_trial_recipe(s->search, s->trial, &recipe);
    if (status == GD_OK)
        status = gd_model_create(recipe, GD_PART_TRAIN | GD_PART_VALIDATION, &s->model); // takes the recipe
    if (status == GD_OK)
        status = gd_model_train_settings(s->model, &s->settings);
    if (status != GD_OK)
        return status;
    if (s->settings.threads > 0)
        gd_set_threads(s->settings.threads);
    (void)apply_threads(given);
    s->trainer = gd_trainer_create(s->model->loss, s->settings.rule);
    return s->trainer == NULL ? GD_ERROR_ARGUMENT : GD_OK;
}

static gd_status train(session *s)
{
    gd_fit_opts *fit = &s->settings.fit;
    progress_start(&s->progress, false, fit->epochs);
    s->inner = progress_observer(&s->progress);
    fit->observer = (gd_observer){.user = s, .on_step = on_step, .on_epoch = on_epoch, .on_message = on_message};
    fit->should_stop = &stop;
    if (is_file(fit->checkpoint))
        fit->resume = fit->checkpoint;
    gd_status status = gd_fit(s->trainer, s->model->train, *fit);
    progress_clear(&s->progress);
    return status == GD_ERROR_INTERRUPTED && s->enough ? GD_OK : status;
}

static int run_session(session *s, const arguments *given, const char *directory)
{
    gd_status status = prepare(s, given);
    if (status == GD_OK)
        status = train(s);
    if (status == GD_OK)
        return write_success(s, directory);
    if (status != GD_ERROR_INTERRUPTED)
        return write_failure(s, directory);
    print_last_error();
    return EXIT_BY_SIGNAL + *interrupt_flag();
}

// A trial whose search is no more ends, too: its checkpoint is there for the next one.
static bool parent_is_there(void)
{
    const char *parent = getenv(PARENT_VARIABLE);
    if (parent == NULL)
        return true; // started by hand
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    return getppid() == (pid_t)strtol(parent, NULL, 10);
}

static int run_alone(session *s, const arguments *given, int64_t number)
{
    s->trial =
        number < 1 || number > gd_search_trial_count(s->search) ? NULL : gd_search_trial_at(s->search, (int)number - 1);
    if (s->trial == NULL)
        return print_error("the search has no trial %lld yet; there are %d", (long long)number,
                           gd_search_trial_count(s->search));
    char *directory = gd_search_trial_directory(s->search, (int)number);
    int lock = directory == NULL ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
    if (lock < 0) {
        status = print_error("the directory of trial %lld is missing", (long long)number);
    } else {
        flock(lock, LOCK_EX); // a trial left alone by a killed search may still be writing its last checkpoint
        status = run_session(s, given, directory);
        close(lock);
    }
    gd_text_free(directory);
    return status;
}

int search_trial(const arguments *given, const char *directory, int64_t number)
{
    session s = {0};
    interrupt_watch();
    if (!parent_is_there())
        return EXIT_BY_SIGNAL + SIGTERM;
    gd_search_open_opts opts = {.read_only = true};
    int status =
        gd_search_resume(directory, opts, &s.search) == GD_OK ? run_alone(&s, given, number) : print_last_error();
    gd_trainer_free(s.trainer);
    gd_model_free(s.model);
    gd_search_free(s.search);
    return status;
}
