// Runs: what a training leaves in its directory. The directory is locked while the training goes on, run.json tells how
// it was made, and what an earlier run left is never mixed with a new one's.
//
//     gd_run *run;
//     if (gd_run_take("runs/net", (gd_run_opts){0}, &run) == GD_OK &&
//         gd_model_set_directory(model, gd_run_directory(run)) == GD_OK &&
//         gd_model_train_settings(model, &settings) == GD_OK &&
//         gd_run_begin(run, model, (gd_run_start){.seed = settings.fit.seed}) == GD_OK) {
//         … gd_fit(trainer, model->train, settings.fit) …
//         status = gd_run_end(run, &outcome);
//     }
//     gd_run_release(run);
#ifndef GRADUS_RUNS_H
#define GRADUS_RUNS_H

#include <gradus/model.h>
#include <gradus/train.h>

#ifdef __cplusplus
extern "C" {
#endif

// The files of a run.
#define GD_RUN_RECORD "run.json"
#define GD_RUN_LOCK "run.lock"
#define GD_RUN_LAST "last.safetensors"
#define GD_RUN_BEST "best.safetensors"
#define GD_RUN_CSV "history.csv"
#define GD_RUN_JSONL "history.jsonl"
#define GD_RUN_REPORT "report.html"
// Those of several trainings on folds, whose own directories lie beside them.
#define GD_RUN_FOLDS "folds.json"
#define GD_RUN_OUT_OF_FOLD "out-of-fold.csv"

// ---- Taking a directory

typedef struct gd_run gd_run;

typedef struct gd_run_opts {
    bool overwrite; // remove an earlier run's files from the directory: those named above and nothing else
    bool resume;    // go on with the run that is there
} gd_run_opts;

// Makes the directory when it is not there, and locks it until gd_run_release or the end of the process, however it
// ends; a lock file that nobody holds is no lock, and a file system without locks goes without. Where an earlier run
// lies, or another process trains, the next free of "directory-2", "directory-3" … is taken instead. Leftovers of a run
// that ended before it saved any weights are no run: they are removed.
// GD_ERROR_ARGUMENT: `overwrite` or `resume` of a directory in which a training goes on; GD_ERROR_IO: it cannot be
// written. On failure *out is NULL.
GD_API GD_MUST_USE gd_status gd_run_take(const char *directory, gd_run_opts opts, gd_run **out);
GD_API const char *gd_run_directory(const gd_run *run); // the one that was taken; belongs to the run
GD_API void gd_run_release(gd_run *run);                // NULL is fine

// The newest run of the name that has weights: in `directory`, "directory-2" …; NULL when there is none (or memory is
// short). Free it with gd_text_free.
GD_API char *gd_run_newest(const char *directory);

// ---- Recording

typedef enum gd_run_state {
    GD_RUN_RUNNING = 0,
    GD_RUN_FINISHED,
    GD_RUN_INTERRUPTED, // it was asked to stop, and can go on
    GD_RUN_FAILED,
    GD_RUN_KILLED, // run.json says that it is running, but nobody holds the lock
    GD_RUN_UNKNOWN // there is no run.json: an older version's
} gd_run_state;
GD_API const char *gd_run_state_name(gd_run_state state); // "running"

typedef struct gd_run_start {
    int argument_count; // the command line
    const char *const *argument;
    uint64_t seed;
    const char *monitor; // what "best" means: gd_fit_opts.monitor; NULL: "loss"
    bool monitor_validation;
} gd_run_start;

// Writes run.json: the recipe as it is used, where it lies, the data files that were read with size, time and hash
// (XXH64 of all bytes; of files above 256 MiB, of the first and the last 64 MiB and the size), versions, machine,
// command line, seed, and when it began. A run that is resumed keeps what it was begun with, and notes when it went on.
GD_API GD_MUST_USE gd_status gd_run_begin(gd_run *run, const gd_model *model, gd_run_start start);

// What was measured at the end.
typedef struct gd_run_result {
    const char *set_name; // "test", "validation"; NULL: nothing was measured
    bool best_weights;    // those of the best checkpoint; else the last
    int64_t epoch;        // whose weights they are
    double loss;
    int metric_count;
    const char *const *metric_name;
    const double *metric;
} gd_run_result;

// Adds to run.json how it ended. `sentence` says why it failed; `history` and `result` may be NULL.
GD_API GD_MUST_USE gd_status gd_run_end(gd_run *run, gd_run_state state, const char *sentence,
                                        const gd_history *history, const gd_run_result *result);

// Whether the training that wrote `checkpoint` may go on as `model` has it now. GD_ERROR_ARGUMENT names what would
// change the meaning of what was trained: data (also files whose content is another), splits, scaling, model, loss,
// penalty, metrics, the kind of optimizer, batch, seed. What may change are epochs, patience, checkpoints, history,
// threads, the schedule and the numbers of the optimizer.
GD_API GD_MUST_USE gd_status gd_run_check_resume(const char *checkpoint, const gd_model *model);
// The same of the recipe alone, before its model is made.
GD_API GD_MUST_USE gd_status gd_run_check_recipe(const char *checkpoint, const gd_recipe *recipe);

// ---- Reading

typedef struct gd_run_info {
    const char *directory, *name;
    gd_run_state state;
    const char *sentence; // why it failed; NULL: it did not
    const char *task;     // "classes", "yes or no" or "numbers"; NULL where it is not known, like all that follows
    const char *recipe, *recipe_path;
    const char *command;  // as it would be typed
    int64_t begun, ended; // seconds since 1970-01-01 UTC; 0: not known, or not yet
    double seconds;       // spent on training
    int64_t epochs;       // done
    int64_t best_epoch;   // 0: none
    double best_value;    // of what is monitored; NaN
    const char *monitor;  // "loss"
    bool monitor_validation;
    gd_run_result result;
} gd_run_info;

// Reads what a directory says about its run. GD_ERROR_IO: no run is there; GD_ERROR_FORMAT: run.json is damaged. *out
// is NULL on failure; release it with gd_run_info_free.
GD_API GD_MUST_USE gd_status gd_run_read(const char *directory, gd_run_info **out);
GD_API void gd_run_info_free(gd_run_info *info); // NULL is fine

// The runs in a directory, or the one that it is itself, the oldest first. One that cannot be read is left out.
typedef struct gd_run_list {
    int count;
    gd_run_info **run;
} gd_run_list;
GD_API GD_MUST_USE gd_status gd_run_find(const char *directory, gd_run_list *list);
GD_API void gd_run_list_free(gd_run_list *list);

// The history of a run, out of its history.jsonl; of a running one as far as it is. Release with gd_history_free.
GD_API GD_MUST_USE gd_status gd_run_history(const gd_run_info *info, gd_history **out);
GD_API void gd_history_free(gd_history *history); // NULL is fine; only for those of gd_run_history

// What the recipes of several runs say differently: a row a key, a column a run.
typedef struct gd_run_differences {
    int count, runs;
    char **key;
    char **value; // value[row * runs + run]; NULL: it says nothing, and there is no default
} gd_run_differences;
GD_API GD_MUST_USE gd_status gd_run_compare(int count, gd_run_info *const *run, gd_run_differences *out);
GD_API void gd_run_differences_free(gd_run_differences *differences);

#ifdef __cplusplus
}
#endif
#endif
