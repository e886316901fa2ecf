// gradus train
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>
#include <gradus/report.h>

#include "commands.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "progress.h"
#include "trial.h"

// One training run of the command.
typedef struct {
    const arguments *given;
    const char *path; // of the recipe or checkpoint
    char *checkpoint; // found in a directory; owned
    char *directory;  // a setting of train.directory; owned
    const char **setting;
    gd_model *model;
    gd_train_settings settings;
    gd_trainer *trainer;
    progress progress;
    bool quiet, resume;
} session;

static void session_free(session *s)
{
    gd_trainer_free(s->trainer);
    gd_model_free(s->model);
    free(s->checkpoint);
    free(s->directory);
    free(s->setting);
}

// ---- Opening

// `train --resume runs/x` goes on with the last checkpoint of that directory, and in that directory.
static int find_input(session *s)
{
    s->path = s->given->operand[0];
    if (is_directory(s->path)) {
        if (!s->resume)
            return print_error("%s is a directory: give a recipe, or --resume to go on with the run in it", s->path);
        s->checkpoint = join_path(s->path, LAST_FILE);
        if (s->checkpoint == NULL)
            return EXIT_ERROR;
        if (!is_file(s->checkpoint))
            return print_error("the directory %s holds no " LAST_FILE ", so there is nothing to resume", s->path);
        s->path = s->checkpoint;
    }
    if (!s->resume || !is_checkpoint(s->path))
        return EXIT_FINE;
    char *folder = folder_of(s->path);
    s->directory = folder == NULL ? NULL : directory_setting(folder);
    free(folder);
    return s->directory == NULL ? EXIT_ERROR : EXIT_FINE;
}

static int open_model(session *s)
{
    gd_model_opts opts = {.parts = GD_PART_ALL};
    int status = EXIT_USAGE;
    if (!take_settings(s->given, &opts, &status))
        return status;
    // The directory that was found comes first: the user's own word counts.
    s->setting = calloc((size_t)opts.setting_count + 1, sizeof *s->setting);
    if (s->setting == NULL)
        return print_error("out of memory");
    int count = 0;
    if (s->directory != NULL)
        s->setting[count++] = s->directory;
    for (int i = 0; i < opts.setting_count; i++)
        s->setting[count++] = opts.setting[i];
    opts.setting_count = count;
    opts.setting = s->setting;
    if (gd_model_open(s->path, opts, &s->model) != GD_OK || gd_model_train_settings(s->model, &s->settings) != GD_OK)
        return print_last_error();
    return EXIT_FINE;
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

// Where an earlier run lies, it must not be lost by mistake.
static int look_at_directory(session *s)
{
    if (s->resume) {
        s->settings.fit.resume = is_checkpoint(s->path) ? s->path : s->settings.fit.checkpoint;
        if (s->settings.fit.resume == NULL || !is_file(s->settings.fit.resume))
            return print_error("there is no checkpoint in %s to resume; without --resume the training starts anew",
                               s->settings.directory);
        return EXIT_FINE;
    }
    char *folder = s->model->trained ? folder_of(s->path) : NULL;
    char *here = folder == NULL ? NULL : realpath(folder, NULL), *there = realpath(s->settings.directory, NULL);
    bool same = here != NULL && there != NULL && strcmp(here, there) == 0;
    free(folder);
    free(here);
    free(there);
    if (same)
        return print_error("training anew from %s would overwrite the run in %s: give another directory, as in "
                           "train.directory=runs/again, or --resume to go on with it",
                           s->path, s->settings.directory);
    if (s->settings.fit.checkpoint != NULL && is_file(s->settings.fit.checkpoint) && !s->quiet)
        printf("%s holds an earlier run, which this one replaces (--resume goes on with it)\n", s->settings.directory);
    return EXIT_FINE;
}

// ---- Telling

static void print_beginning(const session *s)
{
    const gd_model *model = s->model;
    char number[NUMBER_TEXT];
    printf("%s: %d layer%s, %s parameters", gd_recipe_name(model->recipe), model->layer_count,
           model->layer_count == 1 ? "" : "s", count_text(model->parameters, number));
    if (model->train != NULL)
        printf("; %s training samples", count_text(gd_dataset_count(model->train), number));
    if (model->validation != NULL)
        printf(", %s for validation", count_text(gd_dataset_count(model->validation), number));
    if (model->test != NULL)
        printf(", %s for the test", count_text(gd_dataset_count(model->test), number));
    printf("; %d thread%s\n", gd_threads(), gd_threads() == 1 ? "" : "s");
    fflush(stdout);
}

static void print_files(const session *s, bool with_report)
{
    const gd_fit_opts *fit = &s->settings.fit;
    const gd_history *history = gd_trainer_history(s->trainer);
    if (fit->best_checkpoint != NULL && is_file(fit->best_checkpoint))
        printf("best weights  %s (epoch %lld)\n", fit->best_checkpoint, (long long)history->best_epoch);
    if (fit->checkpoint != NULL)
        printf("last weights  %s\n", fit->checkpoint);
    printf("history       %s, %s\n", fit->history_csv, fit->history_jsonl);
    if (with_report)
        printf("report        %s/" REPORT_FILE "\n", s->settings.directory);
}

// ---- After the training: the result on the test set, and the report

static void print_evaluation(const session *s, const char *set_name, const gd_evaluation *result)
{
    const char *name[GD_MAX_METRICS];
    for (int i = 0; i < s->model->metric_count; i++)
        name[i] = s->model->metric[i].name;
    printf("%s:", set_name);
    print_measures(result->loss, s->model->metric_count, name, result->metric);
    printf("\n");
}

static gd_status write_report(const session *s, gd_evaluation *result)
{
    char *path = join_path(s->settings.directory, REPORT_FILE);
    if (path == NULL)
        return GD_ERROR_MEMORY;
    gd_report_model_opts opts = {
        .history = gd_trainer_history(s->trainer), .evaluate = {.should_stop = interrupt_flag()}, .evaluation = result};
    gd_status status = gd_report_write_model(path, s->model, opts);
    free(path);
    return status;
}

static int finish(session *s)
{
    const gd_model *model = s->model;
    bool with_report = !option_given(s->given, "no-report");
    const gd_dataset *set = model->test != NULL ? model->test : model->validation;
    gd_evaluation result = {0};
    gd_status status = GD_OK;
    if (with_report)
        status = write_report(s, &result);
    else if (set != NULL) {
        gd_evaluate_opts opts = gd_model_evaluate_opts(model);
        opts.should_stop = interrupt_flag();
        status = gd_evaluate(model->data_loss, set, opts, &result);
    }
    progress_clear(&s->progress);
    if (status == GD_OK && set != NULL)
        print_evaluation(s, model->test != NULL ? "test" : "validation", &result);
    print_files(s, with_report && status == GD_OK);
    if (status == GD_ERROR_INTERRUPTED)
        return EXIT_BY_SIGNAL + *interrupt_flag();
    return status == GD_OK ? EXIT_FINE : print_last_error();
}

// ---- Training

static int fit(session *s)
{
    if (gd_model_make_directory(s->model) != GD_OK)
        return print_last_error();
    progress_start(&s->progress, s->quiet, s->settings.fit.epochs);
    s->settings.fit.observer = progress_observer(&s->progress);
    s->settings.fit.should_stop = interrupt_flag();
    if (!s->quiet)
        print_beginning(s);
    interrupt_watch();
    signal(SIGPIPE, SIG_IGN); // who reads along may leave: the training goes on
    gd_status status = gd_fit(s->trainer, s->model->train, s->settings.fit);
    progress_clear(&s->progress);
    if (status == GD_OK)
        return finish(s);
    print_last_error();
    if (status != GD_ERROR_INTERRUPTED)
        return EXIT_ERROR;
    fprintf(stderr, "Go on with: gradus train --resume %s\n", s->settings.directory);
    return EXIT_BY_SIGNAL + *interrupt_flag();
}

static int train_with(session *s)
{
    int status = find_input(s);
    if (status == EXIT_FINE)
        status = open_model(s);
    if (status == EXIT_FINE)
        status = choose_threads(s);
    if (status != EXIT_FINE)
        return status;
    if (s->model == NULL || s->model->train == NULL)
        return print_error("%s has no training data", s->path);
    bool trial = option_given(s->given, "dry-run") || option_given(s->given, "overfit-batch");
    status = load_initial_weights(s);
    if (status == EXIT_FINE && !trial)
        status = look_at_directory(s);
    if (status != EXIT_FINE)
        return status;
    s->trainer = gd_trainer_create(s->model->loss, s->settings.rule);
    if (s->trainer == NULL)
        return print_last_error();
    if (option_given(s->given, "dry-run"))
        return try_one_step(s->model, s->trainer, s->settings.fit);
    if (option_given(s->given, "overfit-batch"))
        return overfit_one_batch(s->model, s->trainer, s->settings.fit, s->quiet);
    return fit(s);
}

static int run(const arguments *given)
{
    if (option_given(given, "resume") && option_given(given, "init"))
        return usage_error(given->of, "--resume has its weights from the checkpoint: --init cannot be given with it");
    session s = {.given = given, .quiet = option_given(given, "quiet"), .resume = option_given(given, "resume")};
    int status = train_with(&s);
    session_free(&s);
    return status;
}

static const option_row options[] = {
    {"resume", 'r', NULL, "Go on from the last checkpoint as if nothing had happened, bit by bit", false},
    {"init", 'i', "FILE",
     "Start from the weights in FILE (.safetensors) as far as names and shapes fit; the rest is told", false},
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
    .text = "Trains the network that a recipe (a YAML file) describes, on the data it names. Any value of the recipe\n"
            "is changed by its dotted name. The run's directory (train.directory, else runs/ and the recipe's name)\n"
            "gets last.safetensors and best.safetensors, history.csv, history.jsonl and report.html.\n"
            "\n"
            "A checkpoint holds its recipe: training from one starts a new run from its weights, and with --resume\n"
            "(which also takes the directory of a run) goes on with the run that wrote it.\n"
            "\n"
            "Ctrl-C ends the running step, writes last.safetensors, and says how to go on; a second Ctrl-C ends at\n"
            "once. The exit status is then 128 + the signal, 130 for Ctrl-C.",
    .examples = "  gradus train recipes/fashion-cnn.yaml\n"
                "  gradus train recipes/fashion-cnn.yaml train.epochs=3 optimizer.adam.learning_rate=3e-4\n"
                "  gradus train --resume runs/fashion-cnn\n"
                "  gradus train recipes/fashion-cnn.yaml --overfit-batch",
    .option = options,
    .run = run,
};
