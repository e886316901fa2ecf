#include "trial.h"

#include <math.h>
#include <stdio.h>

#include "interrupt.h"
#include "options.h"
#include "print.h"
#include "progress.h"

static gd_fit_opts without_files(gd_fit_opts fit)
{
    fit.checkpoint = fit.best_checkpoint = fit.history_csv = fit.history_jsonl = fit.resume = NULL;
    fit.checkpoint_steps = 0;
    fit.checkpoint_seconds = 0;
    fit.restore_best = false;
    return fit;
}

static int64_t steps_of(const gd_trial *trial, const gd_fit_opts *fit)
{
    int64_t accumulate = fit->accumulate > 1 ? fit->accumulate : 1;
    int64_t steps = (trial->batches + accumulate - 1) / accumulate * (fit->epochs > 0 ? fit->epochs : 1);
    return fit->steps > 0 && fit->steps < steps ? fit->steps : steps;
}

static void print_measured(const gd_model *model, const gd_trial *trial)
{
    printf("  loss             %.4f", trial->loss);
    if (model->task->labels && model->scoring.probability)
        printf(" (guessing evenly among %d classes: %.4f)", model->class_count, log(model->class_count));
    printf("\n");
    for (int i = 0; i < model->metric_count; i++)
        printf("  %-16s %.4f\n", model->metric[i].name, trial->metric[i]);
    printf("  gradient norm    %.4g\n", trial->gradient_norm);
    printf("  parameters       %s", gd_count_text(trial->parameters).text);
    if (trial->variables_without_gradient > 0)
        printf("; the loss does not depend on %d more tensors, which will not be trained",
               trial->variables_without_gradient);
    printf("\n");
}

int try_one_step(const gd_model *model, gd_trainer *trainer, gd_fit_opts fit)
{
    gd_trial trial;
    if (gd_try_step(trainer, model->train, without_files(fit), &trial) != GD_OK)
        return print_last_error();
    int64_t steps = steps_of(&trial, &fit);
    printf("One step of %s tried out, nothing written.\n", gd_recipe_name(model->recipe));
    printf("  batch            %s samples; %s batches an epoch\n", gd_count_text(trial.batch).text,
           gd_count_text(trial.batches).text);
    print_measured(model, &trial);
    printf("  time of a step   %s, after %s of planning\n", gd_duration_text(trial.step_seconds).text,
           gd_duration_text(trial.plan_seconds).text);
    printf("  arithmetic       %s a step: %s/s\n", gd_prefixed_text(trial.cost.flops, "FLOP").text,
           gd_prefixed_text(trial.cost.flops / trial.step_seconds, "FLOP").text);
    printf("  memory           %s: %s for variables, %s for what is computed\n",
           gd_bytes_text((double)trial.cost.arena_bytes + (double)trial.cost.variable_bytes).text,
           gd_bytes_text((double)trial.cost.variable_bytes).text, gd_bytes_text((double)trial.cost.arena_bytes).text);
    printf("  whole training   about %s: %s steps, validation not counted\n",
           gd_duration_text((double)steps * trial.step_seconds).text, gd_count_text(steps).text);
    if (isfinite(trial.loss) && isfinite(trial.gradient_norm))
        return EXIT_FINE;
    return print_error("the first step already makes a number that is not finite");
}

enum { OVERFIT_STEPS = 300 };

// A loss this much smaller than at first counts as learned.
#define LEARNED_PART 0.05

static int judge(const gd_model *model, const gd_history *history)
{
    const gd_step_row *first = &history->step[0], *last = &history->step[history->step_count - 1];
    printf("one batch, %lld steps: the loss went from %.4g to %.4g", (long long)last->step, first->loss, last->loss);
    for (int i = 0; i < model->metric_count; i++)
        printf(", %s from %.4g to %.4g", model->metric[i].name, first->metric[i], last->metric[i]);
    bool learned = last->loss <= LEARNED_PART * first->loss;
    printf("\n%s\n", learned ? "The network learns a batch by heart: layers, loss and optimizer work together."
                             : "The network did not learn the batch by heart. Likely reasons: a learning rate that is "
                               "too small or too\nlarge, too few parameters, dropout or penalties, or labels that do "
                               "not belong to the samples.");
    return learned ? EXIT_FINE : EXIT_ERROR;
}

int overfit_one_batch(const gd_model *model, gd_trainer *trainer, gd_fit_opts fit, bool quiet)
{
    fit = without_files(fit);
    fit.overfit_batch = true;
    fit.history_every = 1;
    fit.patience = 0;
    if (fit.steps == 0)
        fit.steps = OVERFIT_STEPS;
    fit.epochs = fit.steps; // an epoch has at least one step, so the steps decide
    progress progress;
    progress_start(&progress, quiet, 1);
    fit.observer = progress_observer(&progress);
    fit.observer.on_epoch = NULL;
    fit.should_stop = interrupt_flag();
    interrupt_watch();
    gd_status status = gd_fit(trainer, model->train, fit);
    progress_clear(&progress);
    if (status == GD_ERROR_INTERRUPTED) {
        print_last_error();
        return EXIT_BY_SIGNAL + *interrupt_flag();
    }
    return status == GD_OK ? judge(model, gd_trainer_history(trainer)) : print_last_error();
}
