// gradus search
#include "search.h"

#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "locate.h"
#include "print.h"

#define FIGURE_FILE "search.html"

static int open_search(const arguments *given, gd_search **search)
{
    gd_model_opts settings = {0};
    int status = EXIT_USAGE;
    if (!take_settings(given, &settings, &status))
        return status;
    const char *path = given->operand[0];
    gd_search_open_opts opts = {.setting_count = settings.setting_count, .setting = settings.setting};
    if (option_given(given, "resume"))
        return gd_search_resume(path, opts, search) == GD_OK ? EXIT_FINE : print_last_error();
    if (is_directory(path))
        return print_error("%s is a directory: give a recipe, or --resume to go on with the search in it", path);
    return gd_search_open(path, opts, search) == GD_OK ? EXIT_FINE : print_last_error();
}

// The threads of the machine are shared out among the processes.
static bool choose_crew(const arguments *given, const gd_search *search, search_run_opts *opts)
{
    int64_t processes = gd_search_get_plan(search).processes, threads = gd_threads();
    if (!option_integer(given, "processes", 1, 256, &processes) || !option_integer(given, "threads", 1, 1024, &threads))
        return false;
    opts->processes = (int)processes;
    opts->threads = (int)(threads / processes > 1 ? threads / processes : 1);
    return true;
}

static int write_figure(const gd_search *search, bool quiet)
{
    gd_search_plan plan = gd_search_get_plan(search);
    char *path = join_path(plan.directory, FIGURE_FILE);
    if (path == NULL)
        return EXIT_ERROR;
    gd_status status = gd_search_write_figure(search, path);
    if (!quiet) {
        printf("results     %s/results.csv\n", plan.directory);
        if (gd_search_best(search) != NULL)
            printf("best recipe %s/best.yaml\n", plan.directory);
        if (status == GD_OK)
            printf("figure      %s\n", path);
    }
    free(path);
    return status == GD_OK || status == GD_ERROR_UNSUPPORTED ? EXIT_FINE : print_last_error();
}

static int finish(const arguments *given, const gd_search *search, int status)
{
    bool as_json = option_given(given, "json");
    if (as_json && !search_print_json(search))
        status = status == EXIT_FINE ? EXIT_ERROR : status;
    if (!as_json)
        search_print_table(search);
    int written = gd_search_write_results(search) == GD_OK ? write_figure(search, as_json) : print_last_error();
    status = status == EXIT_FINE ? written : status;
    if (status > EXIT_BY_SIGNAL)
        fprintf(stderr, "gradus: the search was stopped\nGo on with: gradus search --resume %s\n",
                gd_search_get_plan(search).directory);
    if (status == EXIT_FINE && gd_search_best(search) == NULL)
        return print_error("no trial went well: the first one failed: %s",
                           gd_search_trial_count(search) > 0 ? gd_search_trial_at(search, 0)->failure : "");
    return status;
}

static int run_search(const arguments *given)
{
    gd_search *search = NULL;
    search_run_opts opts = {.quiet = option_given(given, "quiet") || option_given(given, "json")};
    int status = open_search(given, &search);
    if (status != EXIT_FINE)
        return status;
    if (!choose_crew(given, search, &opts)) {
        gd_search_free(search);
        return EXIT_USAGE;
    }
    if (!opts.quiet)
        search_print_beginning(search, opts.processes, opts.threads);
    status = finish(given, search, search_run(search, opts));
    gd_search_free(search);
    return status;
}

static int run(const arguments *given)
{
    int64_t trial = 0;
    if (!option_integer(given, "trial", 1, 1000000, &trial))
        return EXIT_USAGE;
    if (trial > 0 && !option_given(given, "resume"))
        return usage_error(given->of, "--trial needs --resume and the directory of a search");
    if (option_given(given, "learning-rate") && option_given(given, "resume"))
        return usage_error(given->of, "--learning-rate takes a recipe: --resume cannot be given with it");
    if (option_given(given, "learning-rate"))
        return find_learning_rate(given);
    return trial > 0 ? search_trial(given, given->operand[0], trial) : run_search(given);
}

static const option_row options[] = {
    {"resume", 'r', NULL, "Go on with the search in a directory", false},
    {"processes", 'p', "N", "Trials at a time; else search.processes", false},
    {"threads", 't', "N", "Threads of all trials together; else OMP_NUM_THREADS, or one a processor", false},
    {"learning-rate", 'l', NULL,
     "Find a learning rate instead: it grows from step to step, and the loss says which rates are good", false},
    {"trial", 0, "N", "Train trial N of the search again, as far as it was asked for; needs --resume", false},
    {"json", 'j', NULL, "Print one JSON object instead of text", false},
    {"quiet", 'q', NULL, "No line for each trial, only the table", false},
    {0},
};

const command search_command = {
    .name = "search",
    .operands = "RECIPE|DIRECTORY [NAME=VALUE ...]",
    .least = 1,
    .summary = "search for the best values of a recipe",
    .text = "Tries the values that the section `search` of a recipe names, in as many processes as it says, and finds\n"
            "those with the best result on the validation set; the test set is not touched. The recipe's directory\n"
            "(train.directory, else runs/ and its name) gets journal.jsonl, results.csv, best.yaml, search.html, and\n"
            "trials/ with a directory for each trial.\n"
            "\n"
            "Whatever stops a search, it loses no finished trial: the same command, or --resume and the directory,\n"
            "goes on with it. Ctrl-C lets the running trials write their checkpoints first.",
    .examples = "  gradus search recipes/search-fashion-mlp.yaml\n"
                "  gradus search --resume runs/search-fashion-mlp search.trials=40\n"
                "  gradus train runs/search-fashion-mlp/best.yaml\n"
                "  gradus search --learning-rate recipes/fashion-cnn.yaml",
    .option = options,
    .run = run,
};
