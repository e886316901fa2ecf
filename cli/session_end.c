// The end of a training: the result with the best weights, the report, and what run.json keeps of it.
#include <stdio.h>
#include <stdlib.h>

#include "calibrate.h"
#include "folds.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "session.h"

enum { PAGE_SECONDS = 10 };

// ---- While it trains

// Curves and layers alone, which are there at any time.
static void write_page(const session *s, const char *state, int refresh)
{
    const gd_model *model = s->model;
    const gd_history *history = gd_trainer_history(s->trainer);
    char description[100];
    snprintf(description, sizeof description, "%s: %lld of %lld epochs are done", state,
             (long long)history->epoch_count, (long long)s->settings.fit.epochs);
    char *path = join_path(s->settings.directory, REPORT_FILE), *recipe = gd_recipe_text(model->recipe);
    const gd_report report = {.title = gd_recipe_name(model->recipe),
                              .description = description,
                              .refresh = refresh,
                              .history = history,
                              .train_samples = gd_dataset_count(model->train),
                              .layer_count = model->layer_count,
                              .layer = model->layer,
                              .parameters = model->parameters,
                              .flops = model->flops,
                              .recipe = recipe};
    // A page that could not be written is no reason to end a training: the next one may be.
    if (path != NULL && recipe != NULL)
        (void)!gd_report_write(path, &report);
    free(path);
    gd_text_free(recipe);
}

void session_refresh_page(session *s)
{
    if (!s->with_report || gd_clock() - s->page_time < PAGE_SECONDS)
        return;
    write_page(s, gd_run_state_name(GD_RUN_RUNNING), PAGE_SECONDS);
    s->has_page = true;
    s->page_time = gd_clock();
}

// ---- At the end

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
    if (s->quiet)
        print_data_files(s->model, stdout);
}

// The best weights where a best was kept, as `eval` and `predict` take them; last.safetensors stays as it is.
static gd_status choose_weights(session *s)
{
    const gd_fit_opts *fit = &s->settings.fit;
    const gd_history *history = gd_trainer_history(s->trainer);
    s->weights_of = history->epoch_count > 0 ? history->epoch[history->epoch_count - 1].epoch : 0;
    s->best_weights = fit->best_checkpoint != NULL && history->best_epoch > 0 && is_file(fit->best_checkpoint);
    if (!s->best_weights)
        return GD_OK;
    s->weights_of = history->best_epoch;
    return gd_load_weights(s->model->graph, fit->best_checkpoint, (gd_load_opts){0}, NULL);
}

static gd_status write_report(const session *s, gd_evaluation *result)
{
    char *path = join_path(s->settings.directory, REPORT_FILE), description[100];
    if (path == NULL)
        return GD_ERROR_MEMORY;
    snprintf(description, sizeof description, "evaluated with the %s weights, of epoch %lld",
             s->best_weights ? "best" : "last", (long long)s->weights_of);
    gd_report_model_opts opts = {.description = description,
                                 .history = gd_trainer_history(s->trainer),
                                 .evaluate = {.should_stop = interrupt_flag()},
                                 .evaluation = result};
    gd_status status = gd_report_write_model(path, s->model, opts);
    free(path);
    return status;
}

static gd_status evaluate(const session *s, const gd_dataset *set, gd_evaluation *result)
{
    if (s->with_report)
        return write_report(s, result);
    if (set == NULL)
        return GD_OK;
    gd_evaluate_opts opts = gd_model_evaluate_opts(s->model);
    opts.should_stop = interrupt_flag();
    return gd_evaluate(s->model->data_loss, set, opts, result);
}

// Whatever happens, run.json is to tell it; that it could not be written is told when nothing else is wrong.
static int end_run(session *s, gd_run_state state, const char *sentence, const gd_run_result *result)
{
    if (gd_run_end(s->run, state, sentence, gd_trainer_history(s->trainer), result) == GD_OK)
        return EXIT_FINE;
    return state == GD_RUN_FINISHED ? print_last_error() : EXIT_ERROR;
}

int session_finish(session *s)
{
    const gd_model *model = s->model;
    const gd_dataset *set = model->test != NULL ? model->test : model->validation;
    gd_evaluation measured = {0};
    gd_status status = choose_weights(s);
    if (status == GD_OK)
        status = calibrate_session(s);
    if (status == GD_OK)
        status = evaluate(s, set, &measured);
    progress_clear(&s->progress);
    if (status != GD_OK && status != GD_ERROR_INTERRUPTED) {
        print_files(s, false);
        return session_fail(s, status);
    }
    const char *name[GD_MAX_METRICS];
    for (int i = 0; i < model->metric_count; i++)
        name[i] = model->metric[i].name;
    const bool known = status == GD_OK && set != NULL;
    const gd_run_result result = {.set_name = model->test != NULL ? "test" : "validation",
                                  .best_weights = s->best_weights,
                                  .epoch = s->weights_of,
                                  .loss = measured.loss,
                                  .metric_count = model->metric_count,
                                  .metric_name = name,
                                  .metric = measured.metric};
    if (known) {
        printf("%s (%s weights, epoch %lld):", result.set_name, s->best_weights ? "best" : "last",
               (long long)s->weights_of);
        print_measures(measured.loss, model->metric_count, name, measured.metric);
        printf("\n");
    }
    print_files(s, s->with_report && status == GD_OK);
    // The training itself is done, also when its evaluation was stopped.
    int ended = end_run(s, GD_RUN_FINISHED, NULL, known ? &result : NULL);
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : ended;
}

int session_fail(session *s, gd_status status)
{
    const bool interrupted = status == GD_ERROR_INTERRUPTED;
    const gd_run_state state = interrupted ? GD_RUN_INTERRUPTED : GD_RUN_FAILED;
    char sentence[1024];
    print_last_error();
    snprintf(sentence, sizeof sentence, "%s", gd_last_error());
    end_run(s, state, interrupted ? NULL : sentence, NULL);
    if (s->has_page) // which would be loaded again for ever
        write_page(s, gd_run_state_name(state), 0);
    if (!interrupted)
        return EXIT_ERROR;
    if (s->folds != NULL || s->settings.fit.checkpoint != NULL)
        fprintf(stderr, "Go on with: gradus train --resume %s\n",
                s->folds != NULL ? s->folds->directory : s->settings.directory);
    return EXIT_BY_SIGNAL + *interrupt_flag();
}
