// When numbers go bad: which op made the first NaN or infinity, and in which step.
#include <stdio.h>

#include "base/error.h"
#include "train/training.h"

gd_status gd__training_take_snapshot(gd__training *run)
{
    gd__snapshot fresh = {0};
    gd_status status = gd__snapshot_take(&fresh, run->trainer->graph);
    if (status != GD_OK)
        return status;
    const char *what, *name = gd__snapshot_not_finite(&fresh, &what);
    if (name != NULL) {
        status = gd__fail(GD_ERROR_NUMBER, "variable '%s' holds %s", name, what);
        gd__snapshot_free(&fresh);
        return status;
    }
    gd__snapshot_free(&run->snapshot);
    run->snapshot = fresh;
    run->snapshot_state = run->state;
    run->snapshot_time = gd_clock();
    return GD_OK;
}

// Repeats updates until one fails its checks. They all belong to one epoch, since each epoch begins with a snapshot.
static gd_status repeat(gd__training *run, int64_t last_step)
{
    gd__update_functions checked;
    gd_status status = gd__training_make_functions(run, true, &checked);
    if (status == GD_OK)
        status = gd__trainer_clear(run->trainer, true);
    if (status == GD_OK)
        status = gd__training_seek(run);
    while (status == GD_OK && run->state.step <= last_step) {
        gd__update_result result;
        status = gd__training_update(run, &checked, &result);
        if (status == GD_OK)
            gd__training_advance(run, &result);
    }
    gd__training_free_functions(&checked);
    return status;
}

gd_status gd__training_diagnose(gd__training *run, int64_t last_step, const char *what)
{
    gd_status status = gd__snapshot_restore(&run->snapshot);
    run->state = run->snapshot_state;
    if (status == GD_OK)
        status = repeat(run, last_step);
    // Whatever stopped the repetition is told; when nothing did, the sentence must be made from what is known.
    if (status == GD_OK)
        gd__fail(GD_ERROR_NUMBER,
                 "step %lld: %s; repeated with every result checked, the steps up to it showed nothing wrong",
                 (long long)last_step + 1, what);
    else
        gd__fail_in(GD_ERROR_NUMBER, "%s", what);
    char sentence[GD_MESSAGE_SIZE];
    snprintf(sentence, sizeof sentence, "%s", gd_last_error());
    if (gd__snapshot_restore(&run->snapshot) != GD_OK)
        return GD_ERROR_INTERNAL;
    return gd__fail(GD_ERROR_NUMBER, "%s", sentence);
}
