// Training: fit, evaluate, predict, checkpoints, history.
//
// Fields of a data set go to inputs of the graph by name: the input "image" is fed with the field "image". Fields that
// no input asks for are left alone.
#ifndef GRADUS_TRAIN_H
#define GRADUS_TRAIN_H

#include <signal.h>

#include <gradus/data.h>
#include <gradus/metric.h>
#include <gradus/optim.h>
#include <gradus/run.h>
#include <gradus/task.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- What is measured

enum { GD_MAX_METRICS = 32 };

// What metrics of a kind compare, over a whole set and in double precision.
typedef struct gd_scoring {
    const gd_task_kind *task; // NULL: regression
    gd_tensor prediction;     // (batch, …): as gd_scored wants it
    const char *target;       // the field of the data set
    const char *weight;       // the field of sample weights; NULL: each counts 1
    bool probability;         // the predictions are probabilities
    double threshold;         // binary: above it is yes
    // Not NULL: numbers are compared in the units of the target, whose scaling is taken back.
    const gd_preprocess *preprocess;
} gd_scoring;

// A number to watch beside the loss: the mean of a tensor over the samples, or a metric of what is predicted.
typedef struct gd_metric {
    const char *name;           // "accuracy"; not "loss"
    gd_tensor value;            // a scalar (the mean over a batch) or one number a sample, (batch), of any type; or
    const gd_metric_kind *kind; // a metric over the whole set, of what gd_scoring says
    bool higher_is_better;      // of `value`, for best checkpoints, early stopping and plateaus; kinds know
    const gd_scoring *scoring;  // of a kind; NULL: that of the options. It lives as long as the metric is in use
    // Of a value that is one of several losses, whose sum is what is trained:
    double share;     // what it is multiplied by in that sum; 0: it is none
    gd_tensor weight; // the sum of the weights by which its mean divides (gd_loss_opts.total_weight), or no tensor
} gd_metric;

// ---- Watching a training run. The library prints nothing; an observer is told what goes on, on the thread that
// called gd_fit. What it is given is valid during the call only.

typedef struct gd_progress {
    int64_t epoch, epochs;  // the epoch that is running, from 1
    int64_t batch, batches; // batches done in it
    int64_t step, steps;    // updates of the weights done, and to be done in all
    double loss;            // of the last batch (with accumulation: of the last update)
    double smoothed_loss;   // its exponential moving average (factor 0.98, corrected for its start)
    double learning_rate;   // of the last update
    int metric_count;
    const char *const *metric_name;
    const double *metric; // means over the samples seen in this epoch
    double samples_per_second;
    double seconds;      // spent so far, resumed runs included
    double seconds_left; // an estimate, without validation; 0 while nothing is known
} gd_progress;

// One epoch, and one row of the history.
typedef struct gd_epoch_row {
    int64_t epoch; // from 1
    int64_t step;  // updates done at its end
    double loss;   // mean over the epoch's samples, while they were trained on
    double metric[GD_MAX_METRICS];
    bool validated;
    double validation_loss; // after the epoch; meaningful when `validated`
    double validation_metric[GD_MAX_METRICS];
    double learning_rate; // of its last update
    double seconds;       // from the start of training
    double wait_seconds;  // of this epoch, in which training waited for batches; 0 where that is not known
    bool best;            // the best so far, by gd_fit_opts.monitor
} gd_epoch_row;

// A point on the curve: means over the updates since the point before.
typedef struct gd_step_row {
    int64_t epoch, step;
    double loss;
    double metric[GD_MAX_METRICS];
    double learning_rate;
    double seconds;
} gd_step_row;

// What happened, for reports. Resuming with gd_fit_opts.history_jsonl brings the earlier rows back.
typedef struct gd_history {
    int metric_count;
    const char *const *metric_name;
    int64_t epoch_count;
    const gd_epoch_row *epoch;
    int64_t step_count;
    const gd_step_row *step;
    int64_t best_epoch;      // 0: none yet
    double best_value;       // of what is monitored
    const char *monitor;     // "loss" or a metric's name
    bool monitor_validation; // it is measured on the validation set
    bool stopped_early;
} gd_history;

typedef struct gd_observer {
    void *user;
    void (*on_step)(void *user, const gd_progress *progress); // after each update
    void (*on_epoch)(void *user, const gd_history *history);  // the epoch's row is the last one
    void (*on_message)(void *user, const char *sentence);     // "early stopping: …", "resumed from …"
} gd_observer;

// ---- Training

// A trainer holds a loss and the rule that lowers it: the gradients and the optimizer's state are written into the
// loss' graph when it first trains. The graph must outlive it; it must not be run by others while it trains.
typedef struct gd_trainer gd_trainer;

// `loss` is a scalar of f32 or f64, with penalties added to it if there are any. All trainable variables on which it
// depends are trained. NULL on failure (see gd_last_error). Release with gd_trainer_free.
GD_API gd_trainer *gd_trainer_create(gd_tensor loss, gd_rule rule);
GD_API void gd_trainer_free(gd_trainer *trainer); // NULL is fine

// A text kept in a checkpoint's metadata.
typedef struct gd_note {
    const char *key;
    const char *value;
} gd_note;
#define GD_NOTE_RECIPE "gradus.recipe"           // the recipe's text
#define GD_NOTE_PREPROCESS "gradus.preprocess"   // gd_preprocess_to_json
#define GD_NOTE_CALIBRATION "gradus.calibration" // {"temperature": T, "threshold": t}, each where it was chosen

// An evaluation in place of the usual one: for samples of other shapes than those the graph was written for, such as
// whole pictures of any size.
struct gd_evaluate_opts;
struct gd_evaluation;
typedef struct gd_evaluation_way {
    const void *state;
    // Of the options, metrics and precision are the way's own. NULL: the usual evaluation.
    gd_status (*run)(const void *state, const gd_dataset *set, const struct gd_evaluate_opts *opts,
                     struct gd_evaluation *result);
} gd_evaluation_way;

typedef struct gd_fit_opts {
    int64_t epochs; // 0: 1
    int64_t steps;  // stop after so many updates in all; 0: no such limit
    double seconds; // stop after the update that ends later than this, counted over resumed runs; 0: no such limit. The
                    // last epoch is then validated where it stands
    int64_t batch;  // samples in a batch; 0: 64, or the whole set when it is smaller
    uint64_t seed;  // of the shuffling; (seed, epoch) decides the order
    bool no_shuffle;
    bool drop_last;     // leave out an epoch's last batch when it is not full
    int workers;        // threads that prepare batches; 0: 1. Their number changes no bit
    bool overfit_batch; // train on the first batch again and again, as a test of the network; nothing is validated, and
                        // no sample is augmented

    gd_schedule schedule; // of the learning rate; {0}: constant
    int group_count;      // parameters that are trained otherwise, or not at all
    const gd_parameter_group *group;
    double clip_value;          // each gradient element is kept within ±clip_value; 0: off
    double clip_norm;           // the norm of all gradients together is kept below it; 0: off
    gd_gradient_norm clip_kind; // which norm that is
    int accumulate;             // batches to one update: their gradients are averaged over the samples; 0: 1

    gd_precision precision; // of training and of the validation; a resumed run has that of its checkpoint
    bool recompute;         // gradient checkpointing: less memory for more time; see gd_function_opts

    const gd_dataset *validate; // evaluated after each epoch; NULL: none
    gd_evaluation_way way;      // how; {0}: as usual
    int metric_count;           // at most GD_MAX_METRICS
    const gd_metric *metric;    // kinds that are no means over samples are measured on the validation set alone
    gd_scoring scoring;         // of metrics that are kinds
    // The sum of the weights by which the loss' mean divides (gd_loss_opts.total_weight): batches then count by it,
    // in means and in accumulated gradients. No tensor: batches count by their samples.
    gd_tensor loss_weight;
    const char *monitor;      // what "best" means: a metric's name; NULL: "loss". Of the validation set if there is one
    int patience;             // stop after so many epochs without improvement; 0: never
    double min_delta;         // an improvement is at least this much
    const char *checkpoint;   // path of the last state: at each epoch's end, when stopped, and …; NULL: none
    int64_t checkpoint_steps; // … every so many updates; 0: never
    double checkpoint_seconds;   // … and after so many seconds; 0: never
    const char *best_checkpoint; // path of the best state so far; NULL: none
    bool restore_best;           // load it at the end (needs best_checkpoint)
    const char *resume;          // go on from this checkpoint as if nothing had happened; NULL: start anew
    int note_count;
    const gd_note *note; // kept in the checkpoints

    const char *history_csv;   // one row an epoch; NULL: none
    const char *history_jsonl; // one JSON object a line: points of the curve and epochs; NULL: none
    int64_t history_every;     // updates to a point of the curve; 0: 10

    gd_observer observer;
    const volatile sig_atomic_t *should_stop; // polled after each update; anything but zero stops. NULL: never
} gd_fit_opts;

// Trains. Returns when all epochs are done, or early stopping ended it (both GD_OK); GD_ERROR_INTERRUPTED when
// should_stop was set: the running update was finished, the last checkpoint is written, and the sentence says how to
// go on. A resumed run ends with the very weights, bit by bit, of a run that was never stopped, given the same
// options, data and number of threads.
//
// A loss that is not finite ends it with GD_ERROR_NUMBER: the steps since the last snapshot (taken in memory, every few
// seconds) are repeated with every result checked, the sentence names the op and the step that first made a NaN or
// an infinity, and the variables are left as that snapshot has them. Checkpoints on disk are never written from such a
// state.
//
// With a minimiser, such as gd_lbfgs_rule, each epoch is one of its iterations, and one step. Loss and gradients are
// those of the whole training set, added up over batches that are not shuffled, and a row's loss is that of the weights
// at the epoch's end; its learning rate is the length that the line search chose. Clipping, accumulation, drop_last,
// schedules and random ops such as dropout are refused (GD_ERROR_UNSUPPORTED), and so is the rule itself when built
// without liblbfgs. It ends early, with a message, when the gradient is small enough or no step makes the loss smaller.
// The pairs it remembers are not in the checkpoint: a resumed run gathers new ones, and differs from one that was never
// stopped.
//
// With a rule that averages the weights (gd_ema, gd_swa) the averages are validated, are what a best checkpoint means,
// and stand in the weights' place in the end; gd_load_weights takes them from checkpoints, which hold both. For the
// mean of gd_swa the running statistics are recomputed after each epoch, on up to 128 batches of the training set.
//
// Called again, it trains on from the weights of the moment, with the rule's state at zero and steps counted anew.
// Clipping, groups of parameters, and whether gradients are accumulated at all, must then be as in the first call.
GD_API GD_MUST_USE gd_status gd_fit(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts);

// What was recorded by the last gd_fit. Valid until the next gd_fit or gd_trainer_free.
GD_API const gd_history *gd_trainer_history(const gd_trainer *trainer);

// One training step tried out on the first batch: planned and run, then everything is put back as it was.
typedef struct gd_trial {
    double loss;
    double metric[GD_MAX_METRICS];
    double gradient_norm;           // of all gradients together
    double plan_seconds;            // the first run, planning included
    double step_seconds;            // a run without planning
    int64_t batch, batches;         // samples in the update; batches in an epoch
    int64_t parameters;             // trainable numbers
    int variables_without_gradient; // trainable variables on which the loss does not depend
    gd_function_cost cost;
} gd_trial;
GD_API GD_MUST_USE gd_status gd_try_step(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts,
                                         gd_trial *trial);

// The learning-rate range test (Smith 2017): from step to step the rate grows by the same factor, and the loss,
// smoothed over steps (its exponential moving average with the factor 0.9, corrected for its start), says which rates
// the network learns by. It ends where the smoothed loss is four times the smallest one, or not finite. Afterwards
// everything is put back as it was.
typedef struct gd_learning_rate_opts {
    double from, to;                          // 0: 1e-7 and 10
    int64_t steps;                            // 0: 200; the set is gone through as often as it takes
    const volatile sig_atomic_t *should_stop; // GD_ERROR_INTERRUPTED
} gd_learning_rate_opts;
typedef struct gd_learning_rate_result {
    int64_t count;     // steps done
    double *rate;      // of each
    double *loss;      // of its batch, before the update
    double *smooth;    // the smoothed loss
    double steepest;   // the rate at which the smoothed loss falls most, per factor of the rate
    double minimum;    // the one with the smallest smoothed loss
    double tenth;      // a tenth of that
    double suggestion; // the smaller of steepest and tenth, which is the careful one
    bool diverged;     // it ended before the last step
} gd_learning_rate_result;
// `opts` says batch, seed, precision and clipping; schedule, epochs and files in it are not used. Release the result
// with gd_learning_rate_free, on failure too. GD_ERROR_NUMBER when the loss never falls.
GD_API GD_MUST_USE gd_status gd_find_learning_rate(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts,
                                                   gd_learning_rate_opts range, gd_learning_rate_result *result);
GD_API void gd_learning_rate_free(gd_learning_rate_result *result);

// ---- The health of a network: what its layers put out, and what comes back to them

// A tensor to look at, usually what a layer puts out: f32 or f64, (batch, ...).
typedef struct gd_watched {
    const char *name;
    gd_tensor value;
} gd_watched;

typedef struct gd_health_opts {
    int64_t batch; // samples to look at, drawn at random; 0: 256, or the whole set when it is smaller
    uint64_t seed; // of the drawing
    gd_rule rule;  // whose steps are judged; {0}: none
    gd_precision precision;
} gd_health_opts;

// A layer, on these samples. Its weights are the trainable variables that its value depends on by a way that leads
// through no other watched tensor: those of rank 2 and more, or all where there are none.
typedef struct gd_layer_health {
    const char *name;
    double mean, deviation; // of all elements of the value
    double zeros;           // share of elements that are 0
    bool has_ends;          // made by sigmoid or tanh
    double saturated;       // share of elements where their slope is below 6% of the largest: |tanh| > 0.97
    int64_t units;          // of a relu: how many units or channels it has; else 0
    int64_t dead;           // how many of them are 0 for all samples
    double gradient;        // norm of dloss/dvalue
    double weight;          // norm of the weights; 0: it has none
    double weight_gradient; // norm of dloss/dweights
    double step;            // norm of the rule's first step / weight; 0: not known
    bool symmetric;         // units with the same weights that get the same gradients
} gd_layer_health;

// What can be wrong, and when it is said.
typedef enum gd_illness {
    GD_ILL_NUMBERS,   // a value or a gradient is not finite
    GD_ILL_SYMMETRIC, // all units of a layer have equal weights and equal gradients: they stay alike for ever, as with
                      // weights that start at zero (Goodfellow, Bengio, Courville 2016, section 8.4)
    GD_ILL_VANISHING, // a layer's gradient is below 1/1000 of the last layer's. Glorot and Bengio 2010 (figure 7) show
                      // gradients that shrink from layer to layer, and ask for equal ones; the factor is our choice
    GD_ILL_EXPLODING, // a layer's gradient is above 1000 times the last layer's, or the deviation of a layer's values
                      // above 1000 times the first layer's (as Pascanu, Mikolov, Bengio 2013; the same factor)
    GD_ILL_DEAD,      // 40% of a relu's units or more never fire ("as much as 40% of your network can be dead": CS231n,
                      // neural networks, part 1)
    GD_ILL_SATURATED, // half of a sigmoid's or tanh's values or more are at its ends (Glorot and Bengio 2010, section
                      // 3)
    GD_ILL_LARGE_STEPS, // a step moves a layer's weights by more than half of their size; about 0.1% is good (CS231n,
                        // neural networks, part 3: "ratio of weights:updates")
    GD_ILL_SMALL_STEPS  // no layer's weights are moved by more than 0.0001% of their size
} gd_illness;

typedef struct gd_finding {
    gd_illness illness;
    int layer;        // the one that has it worst; -1: the loss
    char *text;       // "gradients vanish: fc1 has 1.2e-07 of the gradient of fc9"
    const char *help; // what to do, a sentence. Static storage
} gd_finding;

typedef struct gd_health {
    double loss;
    int64_t samples;
    int layer_count;
    gd_layer_health *layer; // as they were given
    int finding_count;      // 0: nothing is wrong
    gd_finding *finding;    // the gravest first
} gd_health;

// Looks at tensors of the loss' graph, in the order of the network, on one batch in training: dropout drops, batch norm
// uses the batch's statistics. Afterwards all variables are as before; the nodes written stay in the graph. Works for
// fresh and for trained networks. Release the result with gd_health_free, on failure too.
//
//     gd_watched layer[] = {{"first", h1}, {"second", h2}, {"output", y}};
//     gd_check_health(loss, train, 3, layer, (gd_health_opts){.rule = gd_gradient_descent(0.1)}, &health);
GD_API GD_MUST_USE gd_status gd_check_health(gd_tensor loss, const gd_dataset *set, int count,
                                             const gd_watched *watched, gd_health_opts opts, gd_health *health);
GD_API void gd_health_free(gd_health *health);

// ---- Choosing the number of units

// The units between two dense layers, y = W2 f(W1 x + b), where f works on each unit by itself. Vectors are what else
// belongs to each unit: the bias, the four variables of a batch norm.
enum { GD_UNIT_VECTORS = 8 };
typedef struct gd_unit_vector {
    gd_array value; // [units]
    double fresh;   // what a unit that is grown starts with: 0 for a bias, 1 for a batch norm's weight and variance
} gd_unit_vector;
typedef struct gd_units {
    gd_array weight; // W1, [units, in]: f32 or f64, as all the others
    gd_array next;   // W2, [out, units]
    int vector_count;
    gd_unit_vector vector[GD_UNIT_VECTORS];
} gd_units;

// importance[i] = |row i of W1| |column i of W2|, Euclidean norms. A unit with small weights says little (Li et al.
// 2017, "Pruning filters for efficient ConvNets", who rank by the norm of the incoming weights); with relu, whose
// function stays the same when a unit's incoming weights are doubled and its outgoing ones halved, only the product
// means anything. Another measure is mean |activation| times |column|, which needs data (as Hu et al. 2016, "Network
// trimming", look at how often a unit fires).
GD_API GD_MUST_USE gd_status gd_rank_units(const gd_units *units, double *importance);

// Makes `to` of the `keep` most important units, which stay in their order. `importance` NULL: gd_rank_units. Of units
// that are equally important the first stay. Release with gd_units_free.
GD_API GD_MUST_USE gd_status gd_prune_units(const gd_units *from, int64_t keep, const double *importance, gd_units *to);

typedef struct gd_grow_opts {
    bool split; // new units are copies of others, drawn at random, and share each outgoing weight with them in random
                // parts; else they have random incoming weights (He et al. 2015: deviation sqrt(2 / in)), outgoing
                // weights of 0
    uint64_t seed;
} gd_grow_opts;
// Makes `to` of `units` units, those of `from` first. It computes the same function (Chen, Goodfellow, Shlens 2016,
// "Net2Net": splitting is their Net2WiderNet, with unequal parts in place of noise, so that copies do not stay alike,
// whatever rule trains them).
GD_API GD_MUST_USE gd_status gd_grow_units(const gd_units *from, int64_t units, gd_grow_opts opts, gd_units *to);
GD_API void gd_units_free(gd_units *units);

// ---- Running statistics

typedef struct gd_statistics_opts {
    int64_t batch;   // samples in a batch; 0: 256, or the whole set when it is smaller
    int64_t batches; // at most so many; 0: 128
    uint64_t seed;   // of their order and of augmentation
    int workers;     // threads that prepare batches; 0: 1
    gd_precision precision;
    const volatile sig_atomic_t *should_stop; // GD_ERROR_INTERRUPTED
} gd_statistics_opts;
// Makes the running statistics (batch norm's) anew: the plain mean of those of `batches` batches, computed in training
// mode with the weights of the moment. Averaged weights need it, since nobody has trained with them (Izmailov and
// others 2018, section 3.2). A network without running statistics is left alone at once, and so is everything else in
// the graph; after a failure the statistics are the old ones.
GD_API GD_MUST_USE gd_status gd_recompute_statistics(gd_tensor loss, const gd_dataset *set, gd_statistics_opts opts);

// ---- Evaluating and predicting (in inference: dropout is off, batch norm uses its running statistics)

// Test-time augmentation: in place of a picture several views of it are computed, and what is told is their mean, of
// probabilities as of anything else that is computed. {0}: the picture alone.
typedef struct gd_views {
    bool flip;     // its mirror image, left to right, too
    int64_t shift; // moved by so many pixels up and left, and down and right, too; each counts half as much as the
                   // unmoved one. What comes in at the edge is mirrored there
} gd_views;

typedef struct gd_evaluate_opts {
    int64_t batch; // 0: 256. Sets smaller than a batch are fine
    gd_precision precision;
    int metric_count;
    const gd_metric *metric;
    gd_scoring scoring;                                                  // of metrics that are kinds
    gd_tensor loss_weight;                                               // as in gd_fit_opts
    gd_evaluation_way way;                                               // {0}: as usual
    gd_views views;                                                      // of the network's first pictures
    const volatile sig_atomic_t *should_stop;                            // GD_ERROR_INTERRUPTED
    void *user;                                                          // for on_batch
    void (*on_batch)(void *user, int64_t samples_done, int64_t samples); // may be NULL
} gd_evaluate_opts;

typedef struct gd_evaluation {
    double loss; // means over all samples (and views), by their weights: the size of the batches plays no part
    double metric[GD_MAX_METRICS];
    int64_t count; // samples
    double seconds;
} gd_evaluation;

// `loss` may be GD_NO_TENSOR when there are metrics; the result's loss is then 0.
GD_API GD_MUST_USE gd_status gd_evaluate(gd_tensor loss, const gd_dataset *set, gd_evaluate_opts opts,
                                         gd_evaluation *result);

// Computes tensors of one graph for all samples of the set, in its order: outputs (batch, …) are put together to
// (N, …). `result` has `count` arrays, made for the caller to free; on failure they are empty. Only the inputs on
// which the outputs depend need a field, so a set without labels will do. Of the options, metrics are not used.
GD_API GD_MUST_USE gd_status gd_predict(int count, const gd_tensor *output, const gd_dataset *set,
                                        gd_evaluate_opts opts, gd_array *result);

// ---- Weights in files. A checkpoint is a .safetensors file: variables under their own names, which are PyTorch's, and
// the update rule's state beside them ("fc.weight.exp_avg"); the position of the training run and the notes stand in
// the metadata.

// Another name for tensors of a file: "layer*.conv1" as "stage*.first". Each * of `from` stands for any text, and those
// of `to`, at most as many, for the same texts in their order. Between slashes, `from` is an extended regular
// expression of POSIX, and what fits it becomes `to`, in which \1 to \9 are its groups: "/^module\.(.*)$/" as "\1".
typedef struct gd_rename {
    const char *from, *to;
} gd_rename;

enum { GD_WEIGHT_NAME = 512 }; // room for the name of a variable

// Zeros load all variables by their own names, strictly. What a tensor of the file is called in the model: `strip`,
// `rename` and `name` are asked in this order. Patterns have * (any text), ? (any character), | (either) and
// expressions between slashes, as in gd_parameter_group; they speak of the names in the model.
typedef struct gd_load_opts {
    bool partial;      // load what fits by name and shape, and report the rest; without it anything that is amiss fails
    bool allow_unused; // it is no failure when the file has tensors that the model does not know
    bool list_loaded;  // the report's text has a line for each variable that got a value, too
    const char *strip; // a beginning that is taken off the names in the file: "module."; NULL: none
    int rename_count;
    const gd_rename *rename; // the first that fits counts
    // Called for each tensor of the file: `name` holds what was made of its name so far, and may be written over.
    // False: the tensor is left out. NULL: names stay. It must not use the graph.
    bool (*name)(void *context, const char *tensor, char name[GD_WEIGHT_NAME]);
    void *context;
    const char *match;     // the only names that are looked at, in the model and in the file; NULL: all
    const char *ignore;    // names that are not looked at, in the model and in the file; NULL: none
    const char *demand;    // variables that must get a value in a partial load too; NULL: none
    const char *transpose; // matrices of the model that lie transposed in the file, as GPT-2's do; NULL: none
} gd_load_opts;

typedef struct gd_load_report {
    int loaded;    // variables that got a value from the file
    int missing;   // variables of the model that the file does not have
    int different; // in both, with different shapes
    int unknown;   // tensors of the file that the model does not have
    // One line for each of the last three, with the nearest name of the file where there is one; NULL when there is
    // none. Free it with gd_text_free.
    char *text;
} gd_load_report;

// Loads the model's variables (parameters and running statistics; never the optimizer's state or the random state)
// from a checkpoint or any other .safetensors file. Values are converted to the variables' types: f64 and bf16 (and
// f16, which gd_tensor_file_open widens) to f32. All is judged before any variable is set: on failure nothing is
// changed. `report` may be NULL. Errors: GD_ERROR_SHAPE names the first tensor that does not fit ("net.safetensors has
// 'conv1.weight' [32,1,3,3], the model wants [16,1,3,3]"); GD_ERROR_ARGUMENT where two tensors get one name, and where
// a pattern of `match`, `demand` or `transpose` fits no variable; GD_ERROR_FORMAT and GD_ERROR_IO as
// gd_tensor_file_open. A partial load of nothing at all is an error too.
GD_API GD_MUST_USE gd_status gd_load_weights(gd_graph *graph, const char *path, gd_load_opts opts,
                                             gd_load_report *report);

// Writes the model's variables, without the trainer's state, and the notes.
GD_API GD_MUST_USE gd_status gd_save_weights(const gd_graph *graph, const char *path, int note_count,
                                             const gd_note *note);

// All variables of a graph, those of the training too (an update rule's, the counter of random numbers): what a loop of
// one's own needs to go on as if it had never stopped. The file appears whole or not at all, and weights can be loaded
// from it as from others. Loading wants the same variables, of the same shapes and types; else GD_ERROR_SHAPE, and
// nothing is changed.
GD_API GD_MUST_USE gd_status gd_save_state(gd_graph *graph, const char *path, int note_count, const gd_note *note);
GD_API GD_MUST_USE gd_status gd_load_state(gd_graph *graph, const char *path);

// Reads one note of a checkpoint: *value is made for the caller (gd_text_free), NULL when the file has no such note.
GD_API GD_MUST_USE gd_status gd_checkpoint_note(const char *path, const char *key, char **value);

#ifdef __cplusplus
}
#endif
#endif
