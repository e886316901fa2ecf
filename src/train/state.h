// Where a training run stands: all that a checkpoint needs beside the variables.
#ifndef GD_TRAIN_STATE_H
#define GD_TRAIN_STATE_H

#include <gradus/train.h>

// Weighted sums, over samples or updates: of the loss and of each metric.
typedef struct gd__sums {
    double weight; // of the loss: samples where they have no weights
    double loss;
    double metric_weight;
    double metric[GD_MAX_METRICS];
} gd__sums;

typedef struct gd__state {
    int64_t epochs;             // finished
    int64_t batch;              // batches done in the running epoch
    int64_t step;               // updates done
    double seconds;             // spent
    double wait_seconds;        // in the running epoch, for batches
    double learning_rate;       // of the last update
    double smoothed, smoothing; // moving average of the loss, and of the number 1 (which corrects its start)
    gd__sums epoch;             // over the samples of the running epoch
    gd__sums window;            // over the updates since the last point of the curve
    bool has_best;
    double best_value;
    int64_t best_epoch;
    int64_t waiting;      // epochs since the best one
    gd_schedule schedule; // with its plateau's state
} gd__state;

// What must be the same when a run goes on.
typedef struct gd__fixed_setting {
    uint64_t seed;
    int64_t samples, batch, accumulate, metrics;
    bool no_shuffle, drop_last, overfit_batch;
    gd_precision precision;
} gd__fixed_setting;

// The state as JSON text (free it with gd__free), or NULL when memory is short. Numbers keep all their bits.
char *gd__state_to_json(const gd__state *state, const gd__fixed_setting *setting);
// Reads it back. `state->schedule` keeps its options and gets the plateau's state. The settings must be those of the
// file; `path` is for messages.
gd_status gd__state_from_json(const char *text, const char *path, const gd__fixed_setting *setting, gd__state *state);

#endif
