// A training step with handles, for loops of one's own: gradients, their treatment and the update are written once; the
// program feeds batches, sets the learning rate, and reads what a run found. gd_fit does more by itself: batches,
// schedules, checkpoints.
#ifndef GRADUS_STEP_H
#define GRADUS_STEP_H

#include <gradus/optim.h>

#ifdef __cplusplus
extern "C" {
#endif

// Belongs to a graph, which must outlive it. One thread at a time uses a step; several steps of one graph, and
// functions of it beside them, are as safe as functions are (docs/c-guide.md, "Threads").
typedef struct gd_train_step gd_train_step;

typedef struct gd_train_step_opts {
    gd_rule rule; // needed: gd_adam(1e-3)
    // Which parameters it moves, by a pattern of their names ("g*|head.*", as in gd_parameter_group); NULL: all
    // trainable variables on which the loss depends. So two steps move two parts of one graph.
    const char *parameters;
    int group_count; // what is different for some of them
    const gd_parameter_group *group;
    double clip_value;   // 0: off; otherwise gd_clip_gradients_by_value
    double clip_norm;    // 0: off; otherwise gd_clip_gradients_by_norm, after the former
    bool measure_norm;   // gd_train_step_gradient_norm without clip_norm
    bool keep_gradients; // gd_train_step_gradient; costs memory for all of them
    int accumulate;      // an update after so many runs, by the mean of their gradients; 0 and 1: after each
    bool check_numbers;  // a NaN or an infinity ends the run with GD_ERROR_NUMBER, naming the op
    bool recompute;      // as in gd_function_opts
    gd_precision precision;
    int output_count; // more tensors to compute in each run, with the weights before the update: gd_train_step_output
    const gd_tensor *output;
} gd_train_step_opts;

// Writes gradients and update into the graph. The loss is a single number. What lasts from run to run lies in variables
// of the training (gd_variable_opts.of_training), so gd_save_state and gd_load_state keep it: the rule's state, and
// "steps_done", "learning_rate" and, where gradients are accumulated, "batches_gathered"; those of the second step of a
// graph end in 2, and so on. NULL on failure (see gd_last_error), with the graph as it was: among others when the
// pattern matches nothing, or when two steps with state move one parameter. Release it with gd_train_step_free.
GD_API gd_train_step *gd_train_step_create(gd_tensor loss, gd_train_step_opts opts);
GD_API void gd_train_step_free(gd_train_step *step); // NULL is fine

// One run: forward, backward, and the update (or, with .accumulate, the sum of gradients). Feeds as for
// gd_function_run.
GD_API GD_MUST_USE gd_status gd_train_step_run(gd_train_step *step, int feed_count, const gd_feed *feed);
// The same on memory of the caller's, which is read where it lies: data[i] has the values of gd_train_step_input(step,
// i), in row-major order and of the input's type, `batch` samples where its batch size is open. `count` is
// gd_train_step_input_count.
GD_API GD_MUST_USE gd_status gd_train_step_run_batch(gd_train_step *step, int64_t batch, int count,
                                                     const void *const *data);
// The same where inputs have a dimension GD_TIME: `time` steps in each of the `batch` samples.
GD_API GD_MUST_USE gd_status gd_train_step_run_sequences(gd_train_step *step, int64_t batch, int64_t time, int count,
                                                         const void *const *data);
// The inputs on which loss and outputs depend, in the order in which they were made.
GD_API int gd_train_step_input_count(const gd_train_step *step);
GD_API gd_tensor gd_train_step_input(const gd_train_step *step, int index);

// The learning rate from the next run on; at first the rule's. On any thread.
GD_API GD_MUST_USE gd_status gd_train_step_set_learning_rate(gd_train_step *step, double learning_rate);
GD_API double
gd_train_step_learning_rate(const gd_train_step *step); // as the graph keeps it, in the loss' type; NAN on failure
// Updates done, those before gd_load_state included; -1 on failure.
GD_API int64_t gd_train_step_count(const gd_train_step *step);

// What the last run found. NAN or NULL when nothing was run yet or it was not asked for.
GD_API double gd_train_step_loss(const gd_train_step *step);
// The Euclidean norm of all gradients of the last update together, before .clip_norm.
GD_API double gd_train_step_gradient_norm(const gd_train_step *step);
// Output `index` of the options; valid until the next run.
GD_API const gd_array *gd_train_step_output(const gd_train_step *step, int index);
// The gradient of parameter `index` in the last update, before clipping; valid until the next run.
GD_API const gd_array *gd_train_step_gradient(const gd_train_step *step, int index);

// The parameters that it moves.
GD_API int gd_train_step_parameter_count(const gd_train_step *step);
GD_API gd_tensor gd_train_step_parameter(const gd_train_step *step, int index);
// From the next run on, the parameters that match the pattern stay as they are, and so does the rule's state of them
// (frozen), or move again. Their gradients count in the norm all the same; running statistics (batch norm's) move on.
// GD_ERROR_ARGUMENT when nothing matches.
GD_API GD_MUST_USE gd_status gd_train_step_freeze(gd_train_step *step, const char *parameters, bool frozen);

#ifdef __cplusplus
}
#endif
#endif
