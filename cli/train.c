// gradus train
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>
#include <gradus/report.h>

#include "calibrate.h"
#include "commands.h"
#include "folds.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "progress.h"
#include "session.h"
#include "trial.h"

static void session_free(session *s)
{
    gd_run_release(s->run);
    gd_trainer_free(s->trainer);
    gd_model_free(s->model);
    free(s->checkpoint);
    free(s->directory);
}

// ---- Opening

// The recipe as it is asked for, before data is read and a network made of it.
static gd_status check_recipe(const session *s, gd_model_opts opts)
{
    gd_recipe *recipe = NULL;
    char *text = NULL;
    gd_status status = GD_OK;
    if (gd_is_checkpoint(s->path))
        status = gd_checkpoint_note(s->path, GD_NOTE_RECIPE, &text);
    if (status == GD_OK && (text != NULL || !gd_is_checkpoint(s->path)))
        status = text != NULL ? gd_recipe_parse(text, s->path, &recipe) : gd_recipe_open(s->path, &recipe);
    for (int i = 0; i < opts.setting_count && status == GD_OK && recipe != NULL; i++)
        status = gd_recipe_set(recipe, opts.setting[i]);
    if (status == GD_OK && recipe != NULL)
        status = gd_run_check_recipe(s->checkpoint, recipe);
    gd_recipe_free(recipe);
    gd_text_free(text);
    return status;
}

static int open_model(session *s)
{
    gd_model_opts opts = {.parts = GD_PART_ALL};
    int status = EXIT_USAGE;
    if (s->folds == NULL && !take_settings(s->given, &opts, &status))
        return status;
    if (s->folds == NULL && s->resume && check_recipe(s, opts) != GD_OK)
        return print_last_error();
    gd_status opened =
        s->folds != NULL ? fold_open(s->folds, s->fold, &s->model) : gd_model_open(s->path, opts, &s->model);
    if (opened != GD_OK || gd_model_train_settings(s->model, &s->settings) != GD_OK)
        return print_last_error();
    if (s->resume && gd_run_check_resume(s->checkpoint, s->model) != GD_OK)
        return print_last_error();
    return calibrate_check(s);
}

static int load_initial_weights(const session *s)
{
    const char *path = option_text(s->given, "init", NULL);
    if (path == NULL)
        return EXIT_FINE;
    gd_load_report report;
    if (gd_load_weights(s->model->graph, path, (gd_load_opts){.partial = true}, &report) != GD_OK)
        return print_last_error();
    if (!s->quiet || report.text != NULL)
        printf("%d tensor%s from %s%s\n", report.loaded, report.loaded == 1 ? " starts" : "s start", path,
               report.text == NULL ? "" : "; these do not:");
    if (report.text != NULL)
        printf("%s%s", report.text, report.text[strlen(report.text) - 1] == '\n' ? "" : "\n");
    gd_text_free(report.text);
    return EXIT_FINE;
}

static int choose_threads(const session *s)
{
    if (s->settings.threads > 0)
        gd_set_threads(s->settings.threads);
    return apply_threads(s->given) ? EXIT_FINE : EXIT_USAGE;
}

// ---- Telling

// Samples that lie in two parts make figures look better than they are.
static void warn_of_shared_samples(const gd_model *model)
{
    char *warning = NULL;
    if (gd_model_check_parts(model, &warning) == GD_OK && warning != NULL)
        printf("warning       %s\n", warning);
    gd_text_free(warning);
}

static void print_beginning(const session *s)
{
    const gd_model *model = s->model;
    printf("%s: %d layer%s, %s parameters", gd_recipe_name(model->recipe), model->layer_count,
           model->layer_count == 1 ? "" : "s", gd_count_text(model->parameters).text);
    if (model->train != NULL)
        printf("; %s training samples", gd_count_text(gd_dataset_count(model->train)).text);
    if (model->validation != NULL)
        printf(", %s for validation", gd_count_text(gd_dataset_count(model->validation)).text);
    if (model->test != NULL)
        printf(", %s for the test", gd_count_text(gd_dataset_count(model->test)).text);
    printf("; %d thread%s\n", gd_threads(), gd_threads() == 1 ? "" : "s");
    print_data_files(model, stdout);
    if (gd_model_weights_report(model) != NULL)
        printf("weights       %s", gd_model_weights_report(model));
    warn_of_shared_samples(model);
    fflush(stdout);
}

// ---- Training

static void on_step(void *user, const gd_progress *now)
{
    const session *s = user;
    s->inner.on_step(s->inner.user, now);
}

static void on_epoch(void *user, const gd_history *history)
{
    session *s = user;
    s->inner.on_epoch(s->inner.user, history);
    session_refresh_page(s);
}

static void on_message(void *user, const char *sentence)
{
    const session *s = user;
    s->inner.on_message(s->inner.user, sentence);
}

static int fit(session *s)
{
    progress_start(&s->progress, s->quiet, s->settings.fit.epochs);
    s->inner = progress_observer(&s->progress);
    s->page_time = gd_clock();
    s->settings.fit.observer =
        (gd_observer){.user = s, .on_step = on_step, .on_epoch = on_epoch, .on_message = on_message};
    s->settings.fit.should_stop = interrupt_flag();
    if (!s->quiet)
        print_beginning(s);
    interrupt_watch();
    signal(SIGPIPE, SIG_IGN); // who reads along may leave: the training goes on
    gd_status status = gd_fit(s->trainer, s->model->train, s->settings.fit);
    progress_clear(&s->progress);
    return status == GD_OK ? session_finish(s) : session_fail(s, status);
}

static int train_with(session *s)
{
    int status = s->folds != NULL ? EXIT_FINE : session_find(s);
    if (status == EXIT_FINE)
        status = open_model(s);
    if (status == EXIT_FINE)
        status = choose_threads(s);
    if (status != EXIT_FINE)
        return status;
    if (s->model == NULL || s->model->train == NULL)
        return print_error("%s has no training data", s->path);
    status = load_initial_weights(s);
    if (status != EXIT_FINE)
        return status;
    s->trainer = gd_trainer_create(s->model->loss, s->settings.rule);
    if (s->trainer == NULL)
        return print_last_error();
    if (option_given(s->given, "dry-run"))
        return try_one_step(s->model, s->trainer, s->settings.fit);
    if (option_given(s->given, "overfit-batch"))
        return overfit_one_batch(s->model, s->trainer, s->settings.fit, s->quiet);
    status = session_take_directory(s);
    return status == EXIT_FINE ? fit(s) : status;
}

int session_train(session *s)
{
    int status = train_with(s);
    session_free(s);
    return status;
}

static int run(const arguments *given)
{
    int status;
    if (option_given(given, "resume") && option_given(given, "init"))
        return usage_error(given->of, "--resume has its weights from the checkpoint: --init cannot be given with it");
    if (option_given(given, "resume") && option_given(given, "overwrite"))
        return usage_error(given->of, "--resume goes on with a run, and --overwrite would remove it");
    if (train_in_folds(given, &status))
        return status;
    session s = {.given = given,
                 .quiet = option_given(given, "quiet"),
                 .resume = option_given(given, "resume"),
                 .with_report = !option_given(given, "no-report")};
    return session_train(&s);
}

static const option_row options[] = {
    {"resume", 'r', NULL, "Go on from the last checkpoint as if nothing had happened, bit by bit", false},
    {"overwrite", 0, NULL, "Take the directory of an earlier run of the name, and remove that run's files", false},
    {"init", 'i', "FILE",
     "Start from the weights in FILE (.safetensors) as far as names and shapes fit; the rest is told", false},
    {"folds", 'k', "K",
     "Train K times, each validated on another fold (train.k_folds), and put figures and predictions together", false},
    {"dry-run", 'n', NULL, "Try one step: loss, gradient, memory, time; nothing is written", false},
    {"overfit-batch", 0, NULL,
     "Train on the first batch again and again: a network that cannot learn it by heart is broken; nothing is written",
     false},
    {"threads", 't', "N", "Threads that compute; else train.threads, OMP_NUM_THREADS, or one a processor", false},
    {"quiet", 'q', NULL, "No progress, only the result and where the files lie", false},
    {"no-report", 0, NULL, "Write no HTML report", false},
    {0},
};

const command train_command = {
    .name = "train",
    .operands = "RECIPE|CHECKPOINT [NAME=VALUE ...]",
    .least = 1,
    .summary = "train the network of a recipe",
    .text =
        "Trains the network that a recipe (a YAML file) describes, on the data it names. Any value of the recipe\n"
        "is changed by its dotted name. The run's directory (train.directory, else runs/ and the recipe's name)\n"
        "gets run.json, last.safetensors, best.safetensors, history.csv, history.jsonl and report.html. Where an\n"
        "earlier run lies, or another training goes on, the next free name is taken: runs/net-2, runs/net-3 ...\n"
        "\n"
        "A checkpoint holds its recipe: training from one starts a new run from its weights (runs/ and the file's\n"
        "name), and with --resume (which also takes the directory of a run) goes on with the run that wrote it.\n"
        "Epochs, patience, checkpoints, threads, the schedule and the optimizer's numbers may then change; data,\n"
        "model and loss may not.\n"
        "\n"
        "With folds, the directory gets fold-1 to fold-K, each a run, and out-of-fold.csv, folds.json and report.html\n"
        "about them all; --resume goes on with the first that is not finished.\n"
        "\n"
        "What is measured at the end are the best weights, where a best is kept. Ctrl-C ends the running step,\n"
        "writes last.safetensors, and says how to go on; a second Ctrl-C ends at once. The exit status is then\n"
        "128 + the signal, 130 for Ctrl-C.",
    .examples = "  gradus train recipes/fashion-cnn.yaml\n"
                "  gradus train recipes/fashion-cnn.yaml train.epochs=3 optimizer.adam.learning_rate=3e-4\n"
                "  gradus train --resume runs/fashion-cnn\n"
                "  gradus train recipes/admissions.yaml --folds 5\n"
                "  gradus train recipes/fashion-cnn.yaml --overfit-batch",
    .option = options,
    .run = run,
};
