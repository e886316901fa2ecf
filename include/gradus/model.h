// Models: a recipe (YAML) or a checkpoint becomes data, a network, and everything that training it needs.
//
//     gd_model *model;
//     gd_train_settings settings;
//     if (gd_model_open("recipes/fashion-cnn.yaml", (gd_model_opts){.parts = GD_PART_ALL}, &model) == GD_OK &&
//         gd_model_train_settings(model, &settings) == GD_OK) {
//         gd_trainer *trainer = gd_trainer_create(model->loss, settings.rule);
//         gd_fit(trainer, model->train, settings.fit); …
#ifndef GRADUS_MODEL_H
#define GRADUS_MODEL_H

#include <gradus/data.h>
#include <gradus/layer.h>
#include <gradus/loss.h>
#include <gradus/metric.h>
#include <gradus/optim.h>
#include <gradus/train.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Recipes

// A YAML file, checked key by key against the table from which gd_recipe_reference is made. Sentences about a recipe
// begin with its file and line: "net.yaml:12: unknown layer 'conv2b', did you mean 'conv2d'?".
typedef struct gd_recipe gd_recipe;

// Reads the file at `path` (at most 1 MiB, no anchors or aliases, no key twice in one map). On failure *out is NULL;
// GD_ERROR_IO: cannot be read; GD_ERROR_FORMAT: not YAML, an unknown key, a value of the wrong kind or out of range.
// Whether a section is there at all is asked by the calls that need it. Release with gd_recipe_free.
GD_API GD_MUST_USE gd_status gd_recipe_open(const char *path, gd_recipe **out);
// The same from memory. `name` is what sentences say for the file; its directory is where data files are looked for.
GD_API GD_MUST_USE gd_status gd_recipe_parse(const char *text, const char *name, gd_recipe **out);
GD_API void gd_recipe_free(gd_recipe *recipe); // NULL is fine

// Changes one value by its dotted name: "train.epochs=3", "model.3.dense=20" (lists count from 0), or
// "optimizer={sgd: {learning_rate: 0.1}}". The value is read as YAML; maps on the way are made when they are missing.
// GD_ERROR_ARGUMENT when there is no such name (the nearest one is told) or the value does not fit; the recipe is
// then as it was.
GD_API GD_MUST_USE gd_status gd_recipe_set(gd_recipe *recipe, const char *setting);

// The recipe as YAML text, with all that was set, without comments; NULL when memory is short. gd_text_free.
GD_API char *gd_recipe_text(const gd_recipe *recipe);
GD_API const char *gd_recipe_path(const gd_recipe *recipe); // as it was given; belongs to the recipe
GD_API const char *gd_recipe_name(const gd_recipe *recipe); // the file's name without directory and ending
// Where a training run of it writes: `train.directory`, or "runs/NAME".
GD_API const char *gd_recipe_directory(const gd_recipe *recipe);

// Every key, layer, loss, rule and schedule of a recipe with its kind, range, default and meaning, as Markdown; NULL
// when memory is short. gd_text_free.
GD_API char *gd_recipe_reference(void);
// The same as a JSON Schema (draft 7), with which editors complete and check recipes; NULL when memory is short.
// gd_text_free.
GD_API char *gd_recipe_schema(void);
// The dotted names of values that have a place of their own ("train.epochs", "optimizer.adam.beta1"), one a line; NULL
// when memory is short. gd_text_free.
GD_API char *gd_recipe_names(void);

// What a recipe says, key by key, as it would be set: "model.0.dense.units" is "64", whether it was written `dense: 64`
// or `dense: {units: 64}`. A choice is a value of its own: "model.0" is "dense".
typedef struct gd_recipe_value {
    char *key;
    char *value;
    char *standard; // what it would be if nothing were said; NULL: nothing
} gd_recipe_value;
typedef struct gd_recipe_values {
    int count;
    gd_recipe_value *value;
} gd_recipe_values;
// Release the list with gd_recipe_values_free; on failure it is empty.
GD_API GD_MUST_USE gd_status gd_recipe_list(const gd_recipe *recipe, gd_recipe_values *values);
GD_API void gd_recipe_values_free(gd_recipe_values *values);
// NULL: nothing is said of it.
GD_API const gd_recipe_value *gd_recipe_value_find(const gd_recipe_values *values, const char *key);

// ---- The data of a recipe alone

// Parts of the data, to be put together with |.
enum { GD_PART_TRAIN = 1, GD_PART_VALIDATION = 2, GD_PART_TEST = 4, GD_PART_ALL = 7 };

// Training, validation and test part; NULL for one that was not asked for, or that the recipe does not have. `raw` is
// as it was read, `set` preprocessed as the network would see it.
typedef struct gd_recipe_parts {
    gd_dataset *raw[3];
    gd_dataset *set[3];
    gd_preprocess *preprocess;
} gd_recipe_parts;
// Reads the data of a recipe, whatever its network is. The training part is read in any case. On failure *out is empty;
// release it with gd_recipe_data_free.
GD_API GD_MUST_USE gd_status gd_recipe_data(const gd_recipe *recipe, unsigned parts, gd_recipe_parts *out);
GD_API void gd_recipe_data_free(gd_recipe_parts *parts);

// ---- Models

// A row of the table of layers. Shapes, FLOPs and bytes are for one sample.
typedef struct gd_model_layer {
    const char *name;            // as its variables begin ("conv1"); "" for a layer that has none and was not named
    const gd_layer_kind *record; // of its kind
    const char *kind;            // its name, "conv2d"; of one of the recipe's blocks the block's
    int depth;                   // 0; one more inside each layer that is made of layers
    int line;                    // in the recipe
    gd_shape output;             // with batch size 1
    int64_t parameters;          // trainable numbers
    double flops;                // of the forward pass; a multiplication and an addition count as two
    size_t output_bytes;         // of what it puts out: what training keeps of it for each sample, at least
    // How many input elements one output sees along each spatial axis (rows, columns); 0: there is no such axis.
    int64_t receptive_field[GD_VIEW_AXES];
    gd_tensor value;        // what it puts out
    const char *from;       // the names that the recipe says it takes; NULL: what the layer before it puts out
    int input_count;        // what it takes; of one that is made of layers, what these put out
    const gd_tensor *input; //
} gd_model_layer;

// A file that the data was read from.
typedef struct gd_model_file {
    const char *name; // as the recipe has it
    const char *path; // where it was found
    bool elsewhere;   // neither beside the recipe nor given from the root
} gd_model_file;

enum { GD_MODEL_INPUTS = 16, GD_MODEL_HEADS = 8 };
// The table of layers reckons with so many time steps where their number is open.
enum { GD_MODEL_TIME = 100 };

// What was chosen after training.
typedef struct gd_calibration {
    double temperature; // logits are divided by it; 0: none was chosen
    bool has_threshold;
    double threshold; // of yes; `has_threshold`
} gd_calibration;

// One target, and what the network does about it.
typedef struct gd_model_head {
    const char *name; // of the field that the target is fed with
    const gd_loss_kind *loss;
    double share; // by which its loss is multiplied before the losses are added
    const gd_task_kind *task;
    int class_count;       // outputs for classes; of yes or no 2; else 0
    gd_tensor target;      // its input
    gd_tensor output;      // what the layers give for it: for classes the logits
    gd_tensor prediction;  // softmax or sigmoid of them; for numbers the output itself (as scaled as the target)
    gd_tensor data_loss;   // mean over the batch, weighted where samples or classes have weights
    gd_tensor loss_weight; // the sum of those weights over the batch; GD_NO_TENSOR where there are none
    gd_scoring scoring;    // what its metrics compare
} gd_model_head;

// A network with its data. The fields are for reading; the model owns them all. Where it has several targets, what is
// said of one is said of the first; each has a head.
typedef struct gd_model {
    gd_recipe *recipe;
    gd_dataset *train; // preprocessed; NULL: was not asked for, or the recipe has none
    gd_dataset *validation;
    gd_dataset *test;
    gd_preprocess *preprocess; // fitted on the training part, or read from the checkpoint
    int file_count;            // of the files that were read for it, each once
    const gd_model_file *file;

    gd_graph *graph;
    int input_count; // inputs the prediction needs, named as the data set's fields
    gd_tensor input[GD_MODEL_INPUTS];
    const char *input_name[GD_MODEL_INPUTS];
    gd_tensor target;        // the input "label" (i32, (batch)) or "y" (f32, (batch, …))
    const char *target_name; // of the field that it is fed with
    gd_tensor weight;        // the input of sample weights, (batch); GD_NO_TENSOR where the data has none
    const char *weight_name;
    gd_tensor output;           // what the last layer gives: for classes the logits
    gd_tensor prediction;       // softmax or sigmoid of them; for numbers the output itself (as scaled as the target)
    gd_calibration calibration; // of the checkpoint, or of gd_model_calibrate: part of prediction and scoring
    gd_tensor data_loss;        // mean over the batch, weighted where samples or classes have weights
    gd_tensor loss_weight;      // the sum of those weights over the batch; GD_NO_TENSOR where there are none
    gd_tensor loss;             // with the penalties: what is trained
    int metric_count;
    gd_metric metric[GD_MAX_METRICS];
    gd_scoring scoring; // what the metrics compare
    const gd_loss_kind *loss_kind;
    const gd_task_kind *task;
    int class_count; // outputs for classes; of yes or no 2; else 0
    int head_count;  // targets
    gd_model_head head[GD_MODEL_HEADS];

    int layer_count;
    const gd_model_layer *layer;
    int64_t parameters;     // trainable numbers in all
    double flops;           // forward pass of one sample
    gd_precision precision; // the recipe's: for gd_evaluate_opts
    gd_views views;         // likewise: of pictures that are evaluated or predicted
    bool trained;           // made from a checkpoint: the weights are loaded
} gd_model;

typedef struct gd_model_opts {
    int setting_count; // "train.epochs=3": see gd_recipe_set
    const char *const *setting;
    unsigned parts; // which parts of the data to read now; a recipe reads the training part in any case, since
                    // it decides shapes and preprocessing. Parts that the recipe does not have stay NULL
} gd_model_opts;

// Opens a recipe (.yaml) or a checkpoint (.safetensors, told apart by content). A recipe: reads the data, fits the
// preprocessing, writes the graph with fresh weights (`train.seed`). A checkpoint: everything comes from the file
// itself; the recipe is not needed, and data only when `parts` asks for it.
// On failure *out is NULL. Release with gd_model_free, after the trainers and functions made from it.
GD_API GD_MUST_USE gd_status gd_model_open(const char *path, gd_model_opts opts, gd_model **out);
// The same from a recipe that is in memory already; it then belongs to the model (also on failure).
GD_API GD_MUST_USE gd_status gd_model_create(gd_recipe *recipe, unsigned parts, gd_model **out);
GD_API void gd_model_free(gd_model *model); // NULL is fine
// Whether a file is one that holds weights, by its name or its first bytes.
GD_API bool gd_is_checkpoint(const char *path);
// The same network computing in f64, with the same weights and without data: for gradient checks. Its inputs are those
// of `model`, in their order.
GD_API GD_MUST_USE gd_status gd_model_in_double(const gd_model *model, gd_model **out);

// Reads more parts of the recipe's data, preprocessed as the training part is.
GD_API GD_MUST_USE gd_status gd_model_read_parts(gd_model *model, unsigned parts);
// Looks for samples of the training part, with equal inputs and target, that lie in the validation or the test part as
// well: figures on those say little about samples that were never seen. *warning is a sentence that counts them and
// names the first (gd_text_free), or NULL where there are none.
GD_API GD_MUST_USE gd_status gd_model_check_parts(const gd_model *model, char **warning);
// Reads other files as the recipe reads its own, and preprocesses them: one CSV, Parquet, .npz, .npy or .h5 file, one
// IDX file of images, or two files, the second with the labels. In an .h5 file the arrays are called as in one of the
// recipe's. Release the set with gd_dataset_free.
GD_API GD_MUST_USE gd_status gd_model_read(const gd_model *model, int count, const char *const *path, gd_dataset **out);
// The same for predicting: targets are not read (they may be blank, unknown or absent), and every row of a table is a
// sample, in its order; one that cannot be predicted says why (gd_dataset_fault) and reads as zeros. "-" is a table on
// standard input.
typedef struct gd_inputs_opts {
    gd_unknown unknown; // categories that the training data did not have; GD_UNKNOWN_DEFAULT: as the recipe says
} gd_inputs_opts;
GD_API GD_MUST_USE gd_status gd_model_read_inputs(const gd_model *model, const char *path, gd_inputs_opts opts,
                                                  gd_dataset **out);

// Predictions for every sample of the set (which needs no target): what `prediction` gives, (N, classes), (N, 1), or
// (N, …) numbers, these in the units of the target: its scaling is taken back. `result` must be empty; free it.
// It computes in the model's precision and with its views, whatever those of `opts` are.
GD_API GD_MUST_USE gd_status gd_model_predict(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts,
                                              gd_array *result);
// The same, with what is right: the set's targets, in the units of the file, and the weights of its samples, which stay
// empty where it has none. For gd_answers_make and reports. The arrays must be empty; free them, on failure they are
// empty. `threshold` and `probability` are in the model's `scoring`.
GD_API GD_MUST_USE gd_status gd_model_answers(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts,
                                              gd_array *prediction, gd_array *target, gd_array *weight);
// How the model is evaluated: its metrics, what they compare, weights, and precision. The rest of the options is yours.
GD_API gd_evaluate_opts gd_model_evaluate_opts(const gd_model *model);
// From now on it is evaluated and predicts with these views, whatever the recipe says. GD_ERROR_ARGUMENT: the shift is
// negative.
GD_API GD_MUST_USE gd_status gd_model_set_views(gd_model *model, gd_views views);
// The name of a class: from the recipe's `data.classes`, else from the data; NULL when there is none.
GD_API const char *gd_model_class_name(const gd_model *model, int label);

// The same for each of several targets, by the place of its head. Predictions are made for all heads at once: `result`
// has room for head_count arrays.
GD_API GD_MUST_USE gd_status gd_model_predict_all(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts,
                                                  gd_array *result);
GD_API GD_MUST_USE gd_status gd_model_answers_of(const gd_model *model, int head, const gd_dataset *set,
                                                 gd_evaluate_opts opts, gd_array *prediction, gd_array *target,
                                                 gd_array *weight);
GD_API const char *gd_model_class_name_of(const gd_model *model, int head, int label);
// What number `element` of the target is called in the training data; NULL where it has no name.
GD_API const char *gd_model_element_name(const gd_model *model, int head, int64_t element);

// What the recipe says about training.
typedef struct gd_train_settings {
    gd_rule rule;
    gd_fit_opts fit;       // complete with files, notes, metrics and model->validation; observer and stop are yours
    int threads;           // for gd_set_threads; 0: one a processor
    const char *directory; // where the files of `fit` lie; gd_model_make_directory makes it
} gd_train_settings;
// Fills `settings`; the strings in it belong to the model.
GD_API GD_MUST_USE gd_status gd_model_train_settings(gd_model *model, gd_train_settings *settings);
GD_API GD_MUST_USE gd_status gd_model_make_directory(const gd_model *model);
// The run writes into this directory, whatever the recipe says. Settings that were filled before are void.
GD_API GD_MUST_USE gd_status gd_model_set_directory(gd_model *model, const char *directory);

// gd_check_health for the layers of a model that has its training data. Those without a name are called after their
// kind and their place among their like: "relu2". The rule is the recipe's when that of `opts` is {0}.
GD_API GD_MUST_USE gd_status gd_model_check_health(gd_model *model, gd_health_opts opts, gd_health *health);

// The same model, without data, with another number of units in one dense layer: its name is that in the table of
// layers, "fc1". Fewer units are the most important ones: with the model's training data (`train`), those of the
// largest (deviation of the activation) |outgoing weights| over its first 2000 samples; without, gd_rank_units, and
// after a batch norm |its weight| |outgoing weights| (Liu et al. 2017, "Network slimming"). Weights alone say little
// about a network that was trained without a penalty on them. More units leave the function as it is (gd_grow_units).
// The next layer must be dense too, with nothing between them but activations, dropout and batch norm.
// GD_ERROR_ARGUMENT says what is in the way. Its checkpoint (gd_model_save) holds the changed recipe.
GD_API GD_MUST_USE gd_status gd_model_resize(const gd_model *model, const char *layer, int64_t units, gd_grow_opts opts,
                                             gd_model **out);

// ---- Calibration: after training, with the weights that the model has

typedef struct gd_calibrate_opts {
    bool temperature; // logits are to be divided by a number T, which makes the log loss of softmax(z / T)
                      // or sigmoid(z / T) smallest (Guo et al. 2017, "On calibration of modern neural
                      // networks"); it changes no class
    const gd_metric_kind *threshold; // yes is to be what lies above the threshold that is best by this metric, out of
                                     // those between the scores of the samples; NULL: the usual one
    const gd_dataset *set;           // NULL: the model's validation part
    int64_t batch;                   // of gd_predict
    const volatile sig_atomic_t *should_stop; // GD_ERROR_INTERRUPTED
} gd_calibrate_opts;

typedef struct gd_calibrate_result {
    int64_t samples;
    double loss_before, loss_after;     // the log loss without and with the temperature; NAN: no temperature
    double metric_before, metric_after; // with the usual threshold and the one chosen; NAN: no threshold
} gd_calibrate_result;

// What the recipe's section `calibrate` asks for; neither temperature nor threshold when it has none.
GD_API gd_calibrate_opts gd_model_calibrate_opts(const gd_model *model);
// Chooses temperature and threshold, and applies them: prediction, scoring and calibration of the model are then others
// (an earlier calibration plays no part). Training goes on without them, and gd_model_train_settings knows nothing of
// them. GD_ERROR_ARGUMENT: the task has no such thing, or there are no samples of any weight.
GD_API GD_MUST_USE gd_status gd_model_calibrate(gd_model *model, gd_calibrate_opts opts, gd_calibrate_result *result);
// Writes the model's calibration into a checkpoint, beside the weights and the state of the training, which stay as
// they are: whoever opens it predicts so. gd_model_save does it by itself.
GD_API GD_MUST_USE gd_status gd_model_write_calibration(const gd_model *model, const char *path);

// ---- Saving

// Writes weights, recipe and scaling, as a training run's checkpoint without the state of the training.
GD_API GD_MUST_USE gd_status gd_model_save(gd_model *model, const char *path);

// What the recipe's section `weights` loaded, in a line, and in one for each variable that did not fit; NULL where it
// has none, or the model comes from a checkpoint. Belongs to the model.
GD_API const char *gd_model_weights_report(const gd_model *model);

// The table of layers as text, with totals: name, layer, output shape, parameters, FLOPs, memory, receptive field.
// NULL when memory is short. gd_text_free.
GD_API char *gd_model_info_text(const gd_model *model);

#ifdef __cplusplus
}
#endif
#endif
