#include "calibrate.h"

#include <stdio.h>

#include "interrupt.h"
#include "locate.h"
#include "print.h"

static bool is_asked(gd_calibrate_opts opts)
{
    return opts.temperature || opts.threshold != NULL;
}

int calibrate_check(const session *s)
{
    if (s->model->validation != NULL || !is_asked(gd_model_calibrate_opts(s->model)))
        return EXIT_FINE;
    return print_error("%s: `calibrate` goes by the validation part, and the recipe has none: `data.validation` or "
                       "`data.split.validation` gives one",
                       gd_recipe_path(s->model->recipe));
}

static void print_chosen(const gd_calibration *chosen, gd_calibrate_opts opts, const gd_calibrate_result *result)
{
    const gd_number_text count = gd_count_text(result->samples);
    if (opts.temperature)
        printf("temperature   %.4g: the log loss of %s validation samples is %.6g, without %.6g\n", chosen->temperature,
               count.text, result->loss_after, result->loss_before);
    if (opts.threshold != NULL)
        printf("threshold     %.4g: %s on %s validation samples is %.6g, with the usual one %.6g\n", chosen->threshold,
               opts.threshold->name, count.text, result->metric_after, result->metric_before);
}

gd_status calibrate_session(session *s)
{
    gd_calibrate_opts opts = gd_model_calibrate_opts(s->model);
    gd_calibrate_result result;
    if (!is_asked(opts))
        return GD_OK;
    opts.should_stop = interrupt_flag();
    gd_status status = gd_model_calibrate(s->model, opts, &result);
    const char *const checkpoint[] = {s->settings.fit.best_checkpoint, s->settings.fit.checkpoint};
    for (int i = 0; i < 2 && status == GD_OK; i++)
        if (checkpoint[i] != NULL && is_file(checkpoint[i]))
            status = gd_model_write_calibration(s->model, checkpoint[i]);
    progress_clear(&s->progress);
    if (status == GD_OK)
        print_chosen(&s->model->calibration, opts, &result);
    return status;
}
