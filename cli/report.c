// gradus report
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>
#include <gradus/report.h>

#include "commands.h"
#include "fold_measures.h"
#include "fold_set.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "run_text.h"

enum { REFRESH_SECONDS = 10, MOST_FACTS = 8 };

typedef struct {
    const arguments *given;
    gd_run_info *info;
    gd_history *history; // NULL: there is none
    gd_model *model;     // NULL: there are no weights, or their data cannot be read
    char *checkpoint;
    char description[300], began[RUN_TEXT];
    int fact_count;
    gd_note fact[MOST_FACTS];
} page;

static void page_free(page *p)
{
    gd_model_free(p->model);
    gd_history_free(p->history);
    gd_run_info_free(p->info);
    free(p->checkpoint);
}

// ---- What the run is

static void add_fact(page *p, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0' && p->fact_count < MOST_FACTS)
        p->fact[p->fact_count++] = (gd_note){key, value};
}

static void describe(page *p, bool evaluated)
{
    const gd_run_info *info = p->info;
    const bool best = p->checkpoint != NULL && strstr(p->checkpoint, "/" BEST_FILE) != NULL;
    int length = snprintf(p->description, sizeof p->description, "%s, %lld epoch%s done",
                          gd_run_state_name(info->state), (long long)info->epochs, info->epochs == 1 ? "" : "s");
    if (evaluated && length > 0 && length < (int)sizeof p->description)
        length += snprintf(p->description + length, sizeof p->description - (size_t)length,
                           "; evaluated with the %s weights, of epoch %lld", best ? "best" : "last",
                           (long long)(best ? info->best_epoch : info->epochs));
    if (info->sentence != NULL && length > 0 && length < (int)sizeof p->description)
        snprintf(p->description + length, sizeof p->description - (size_t)length, ". %.150s", info->sentence);
    add_fact(p, "command", info->command);
    add_fact(p, "recipe", info->recipe_path);
    add_fact(p, "began", began_text(info, p->began));
}

// The run by its directory, or by its recipe: the newest.
static int open_run(page *p)
{
    const char *path = p->given->operand[0];
    gd_model_opts none = {0};
    char *directory = is_directory(path)       ? strdup(path)
                      : gd_is_checkpoint(path) ? folder_of(path)
                                               : run_of_recipe(path, none);
    if (directory == NULL)
        return EXIT_ERROR;
    gd_status status = gd_run_read(directory, &p->info);
    free(directory);
    if (status != GD_OK)
        return print_last_error();
    // A run in its first epoch has no history yet.
    (void)!gd_run_history(p->info, &p->history);
    p->checkpoint = checkpoint_in(p->info->directory);
    return EXIT_FINE;
}

// A run whose data is gone still has its curves.
static void open_model(page *p)
{
    const gd_model_opts with_data = {.parts = GD_PART_VALIDATION | GD_PART_TEST}, without = {0};
    if (p->checkpoint == NULL || gd_model_open(p->checkpoint, with_data, &p->model) == GD_OK)
        return;
    print_last_error();
    if (gd_model_open(p->checkpoint, without, &p->model) != GD_OK)
        print_last_error();
    fprintf(stderr, "gradus: the report is written without an evaluation\n");
}

// ---- Writing

static gd_status write_curves(const page *p, const char *path, int refresh)
{
    const gd_report report = {.title = p->info->name,
                              .description = p->description,
                              .refresh = refresh,
                              .history = p->history,
                              .layer_count = p->model == NULL ? 0 : p->model->layer_count,
                              .layer = p->model == NULL ? NULL : p->model->layer,
                              .parameters = p->model == NULL ? 0 : p->model->parameters,
                              .flops = p->model == NULL ? 0 : p->model->flops,
                              .recipe = p->info->recipe,
                              .fact_count = p->fact_count,
                              .fact = p->fact};
    return gd_report_write(path, &report);
}

static gd_status write_page(page *p, const char *path)
{
    const bool evaluated = p->model != NULL && (p->model->test != NULL || p->model->validation != NULL);
    const int refresh = p->info->state == GD_RUN_RUNNING ? REFRESH_SECONDS : 0;
    describe(p, evaluated);
    if (!evaluated)
        return write_curves(p, path, refresh);
    const gd_report_model_opts opts = {.title = p->info->name,
                                       .description = p->description,
                                       .refresh = refresh,
                                       .history = p->history,
                                       .evaluate = {.should_stop = interrupt_flag()},
                                       .fact_count = p->fact_count,
                                       .fact = p->fact};
    return gd_report_write_model(path, p->model, opts);
}

// The page of all folds; of those the figures stand in folds.json.
static int report_folds(const arguments *given, const fold_set *folds)
{
    fold_measures measures = {0};
    const char *output = option_text(given, "output", NULL);
    char *path = output == NULL ? join_path(folds->directory, REPORT_FILE) : strdup(output);
    int status =
        path != NULL && fold_measures_read(&measures, folds->record, folds->directory) ? EXIT_FINE : EXIT_ERROR;
    if (status == EXIT_FINE)
        status = fold_page_write(folds->directory, path, json_string_value(json_object_get(folds->record, "recipe")),
                                 &measures);
    if (status == EXIT_FINE)
        printf("report        %s (%d folds)\n", path, folds->count);
    fold_measures_free(&measures);
    free(path);
    return status;
}

static int report_with(page *p)
{
    const int status = open_run(p);
    if (status != EXIT_FINE)
        return status;
    open_model(p);
    const char *output = option_text(p->given, "output", NULL);
    char *path = output == NULL ? join_path(p->info->directory, REPORT_FILE) : strdup(output);
    if (path == NULL)
        return EXIT_ERROR;
    interrupt_watch();
    gd_status written = write_page(p, path);
    if (written == GD_OK)
        printf("report        %s (%s)\n", path, p->description);
    else
        print_last_error();
    free(path);
    if (written == GD_ERROR_INTERRUPTED)
        return EXIT_BY_SIGNAL + *interrupt_flag();
    return written == GD_OK ? EXIT_FINE : EXIT_ERROR;
}

static int run(const arguments *given)
{
    page p = {.given = given};
    fold_set folds;
    int status = EXIT_ERROR;
    if (!apply_threads(given))
        return EXIT_USAGE;
    if (fold_set_find(given->operand[0], (gd_model_opts){0}, &folds))
        status = folds.count > 0 ? report_folds(given, &folds) : report_with(&p);
    fold_set_free(&folds);
    page_free(&p);
    return status;
}

static const option_row options[] = {
    {"output", 'o', "FILE", "Write it here; else report.html in the run's directory", false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command report_command = {
    .name = "report",
    .operands = "RUN|CHECKPOINT|RECIPE",
    .least = 1,
    .most = 1,
    .summary = "write the report of a run",
    .text = "Writes the page about a run: of a finished one, of one that was interrupted or killed, or of one that is\n"
            "running. Its curves come from the run's history, the evaluation from its best weights where there are\n"
            "some. The page of a running one is loaded again every 10 seconds, and the training writes it anew. Of\n"
            "a training on folds it is the page about all of them.",
    .examples = "  gradus report runs/fashion-cnn\n"
                "  gradus report runs/fashion-cnn --output fashion.html",
    .option = options,
    .run = run,
};
