// One call of gd_fit under way.
#ifndef GD_TRAIN_TRAINING_H
#define GD_TRAIN_TRAINING_H

#include "train/bind.h"
#include "train/evaluate.h"
#include "train/snapshot.h"
#include "train/state.h"
#include "train/trainer.h"

// The functions of one update: `gather` for all batches of it but the last one, when gradients are accumulated.
typedef struct gd__update_functions {
    gd_function *update, *gather;
} gd__update_functions;

typedef struct gd__training {
    gd_trainer *trainer;
    gd_fit_opts opts; // with defaults filled in
    gd__fixed_setting setting;
    gd__state state;

    const gd_dataset *set;
    gd_dataset *repeated; // for opts.overfit_batch: the set above, owned
    gd_loader *loader;
    double waited;         // for it, up to the last update: gd_loader_waited
    int64_t batches;       // in an epoch
    int64_t epoch_updates; // in an epoch
    int64_t total_updates; // in the whole run

    gd__update_functions functions;
    gd__binding binding;
    double scalar[3];    // what is fed: learning rate, step, share, in the loss' type
    gd__carried carried; // states that begin with zeros in each epoch
    gd__outputs outputs; // loss, metrics, predictions …
    gd__scorer scorer;
    int output_count;
    gd_tensor *output; // … and for a minimiser the gradient of each parameter
    gd_array *result;

    gd__evaluator evaluator;
    bool evaluates;

    gd__snapshot snapshot; // of variables known to be sound, and where the run stood
    gd__state snapshot_state;
    double snapshot_time;

    double session_start, seconds_before; // of this call; spent in the runs that it resumes
    double pace_start, pace_seconds;      // for samples a second: when updating began, and what it took so far
    int64_t pace_samples, pace_updates;
    bool cancelled; // by the program's gd_listener
    double checkpoint_time;
    int64_t checkpoint_step;
} gd__training;

// What one update gave: means over its samples, and how much they count in means over several.
typedef struct gd__update_result {
    int64_t samples;
    int64_t batches;
    double learning_rate;
    double loss, loss_weight;
    double metric[GD_MAX_METRICS], metric_weight;
} gd__update_result;

// Checks the options, binds the data, writes the update into the graph. `run` starts as {0}; release with
// gd__training_free, on failure too.
gd_status gd__training_prepare(gd__training *run, gd_trainer *trainer, const gd_dataset *train,
                               const gd_fit_opts *opts);
void gd__training_free(gd__training *run);
gd_status gd__training_make_functions(const gd__training *run, bool check_numbers, gd__update_functions *functions);
void gd__training_free_functions(gd__update_functions *functions);

// Sends the loader to where the state stands.
gd_status gd__training_seek(gd__training *run);
// Does one update on the next batches. The state stays as it is.
gd_status gd__training_update(gd__training *run, const gd__update_functions *functions, gd__update_result *result);
// For a minimiser: computes the next batch, whose part of all samples is added to loss, metrics and `gradient` (of all
// parameters, one after the other), and steps nowhere.
gd_status gd__training_add_batch(gd__training *run, double *gradient, gd__update_result *result);
// After all batches: the sums become means. `count` numbers in the gradient.
void gd__training_end_batches(const gd__training *run, int64_t count, double *gradient, gd__update_result *result);
// Moves the state past an update.
void gd__training_advance(gd__training *run, const gd__update_result *result);

// Copies the variables when they are sound; GD_ERROR_NUMBER, with the old snapshot kept, when one is not.
gd_status gd__training_take_snapshot(gd__training *run);
// After a loss or a variable that is not finite: goes back to the snapshot and repeats updates with every result
// checked, up to the one of number `last_step` (from 0). Returns GD_ERROR_NUMBER with the best sentence it can find
// (`what` is said when nothing more was found); the variables are the snapshot's.
gd_status gd__training_diagnose(gd__training *run, int64_t last_step, const char *what);

// ---- Checkpoints (checkpoint.c)

// Writes the snapshot, which must be of this moment.
gd_status gd__training_save(const gd__training *run, const char *path);
// Loads variables and state from opts.resume.
gd_status gd__training_resume(gd__training *run);
// Fails when a file could not be written to `path`; NULL is fine.
gd_status gd__check_writable(const char *path);

#endif
