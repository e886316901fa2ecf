// A model from within: what the public gd_model shows, and what it needs besides.
#ifndef GD_MODEL_MODEL_H
#define GD_MODEL_MODEL_H

#include <gradus/model.h>
#include <gradus/op.h>
#include <gradus/transform.h>

#include "model/files.h"
#include "model/recipe.h"
#include "model/wire.h"
#include "nn/loss.h"

// What the training data says of a target besides its field.
typedef struct gd__target_names {
    int class_name_count;
    char **class_name;
    int class_weight_count; // of `class_weights: balanced`; else 0
    double *class_weight;
    int element_name_count; // of its numbers, where it has several
    char **element_name;
} gd__target_names;

// The fields of the training data, as they are delivered: enough to write the graph again without the data.
typedef struct gd__field_list {
    int count;
    gd_field *field; // names are owned
    // Of each target, in the order of the losses.
    int target_count;
    gd__target_names target[GD_MODEL_HEADS];
} gd__field_list;

// What checkpoints hold besides GD_NOTE_RECIPE and GD_NOTE_PREPROCESS.
#define GD__NOTE_FIELDS "gradus.fields"
#define GD__NOTE_NAME "gradus.recipe_name"
#define GD__NOTE_FOLDER "gradus.recipe_folder" // beside which data files are looked for
#define GD__NOTE_FILES "gradus.data_files"     // where they were found
enum { GD__NOTES = 6 }; // without GD_NOTE_CALIBRATION, which is written when the training is done

typedef struct gd__model {
    gd_model shown; // first: a gd_model is the beginning of a gd__model
    gd__field_list fields;
    int head_field[GD_MODEL_HEADS]; // of each head's target
    gd_type type;                   // of what is computed: GD_F32 or GD_F64
    int64_t rows;                   // samples that go through it at a time; 0: any number
    int64_t context;      // above 0: states are carried, and so many keys and values kept, to go on step by step
    bool caches;          // a layer keeps keys and values, of `context` tokens at most
    int64_t most_numbers; // that its weights may be: those of a checkpoint; 0: any number
    gd_model_layer *layer;
    int layer_capacity;
    gd_layer_view view;   // of the layer written last
    gd_tensor lengths;    // of its sequences, or none
    gd__wires wires;      // the layers with names
    bool sharing;         // weights, with a layer that was written before
    char *weights_report; // of the section `weights`, or NULL
    gd_tensor logits;     // what the first head's link makes predictions of
    const gd_link *link;
    gd_scoring plain;                  // as it is without calibration: what training goes by
    char *metric_name[GD_MAX_METRICS]; // of several heads: "price.r2"
    // What gd_train_settings points to.
    char *recipe_text, *preprocess_text, *fields_text, *folder_text, *files_text;
    char *last, *best, *csv, *jsonl;
    gd_note note[GD__NOTES];
    gd_schedule schedule[GD__MOST_SCHEDULES - 1]; // those that follow the first
    gd_parameter_group *group;                    // of the recipe's section `parameters`, and the rules of their own
    gd_rule *group_rule;                          //
    gd_model_file *file;                          // of the recipe's list: what `shown` has
} gd__model;

static inline const gd__model *gd__model_of(const gd_model *model)
{
    return (const gd__model *)model;
}

// ---- Data (sources.c, data.c, fields.c)

typedef struct gd__table_opts {
    const gd_csv_schema *schema; // of the training data's table, or NULL
    const char *tokenizer;       // of the training data's text, as JSON, or NULL
    bool keep_all;               // for predicting: see gd_csv_opts
    bool is_parquet;             // or else CSV
    gd_unknown unknown;          // GD_UNKNOWN_DEFAULT: as the recipe says
} gd__table_opts;
// Reads one source; of a table, only what the training data says counts.
gd_status gd__read_source(const gd_recipe *recipe, const gd__yaml *source, gd__table_opts table, gd_dataset **out);
// Reads tables as the section `data.csv` says (sources_table.c).
gd_status gd__read_table(const gd_recipe *recipe, int count, const char *const *path, gd__table_opts table,
                         gd_dataset **out);
// Reads files that the user names, of the kind that the recipe's training data has unless their endings tell.
gd_status gd__read_files(const gd_recipe *recipe, int count, const char *const *path, gd__table_opts table,
                         gd_dataset **out);
// Class 3 must be the same thing in every set: where a set names its classes by itself (the folders of pictures), they
// must be those of the training data, which `set`, the preprocessed one, has.
gd_status gd__check_classes(const gd_dataset *raw, const gd_dataset *set);
// The transforms of `data.transforms`, fitted; *out is NULL where there are none.
gd_status gd__fit_transforms(const gd_recipe *recipe, const gd_dataset *train, gd_pipeline **out);
// The section `data.windows` (windows.c); its node is NULL where there is none.
gd__options gd__recipe_windows(const gd_recipe *recipe);
// Fails where other options of the data contradict it.
gd_status gd__check_windows(const gd_recipe *recipe);
// Makes windows of a table, which is released (on failure too), where the recipe asks for them; for predicting with
// `future`.
gd_status gd__apply_windows(const gd_recipe *recipe, bool future, gd_dataset **set);
// How the training data is preprocessed (rules.c): as the recipe says, and as its loss wants the target.
gd_status gd__fit_preprocess(const gd_recipe *recipe, const gd_dataset *train, gd_preprocess **out);
// Reads the parts that are asked for and not there yet, and fits the preprocessing if that was not done.
gd_status gd__read_parts(gd_model *model, unsigned parts);
// Whether `data.input` and `data.target` name arrays of an archive: in the data they are called x, and label or y.
bool gd__names_arrays(const gd_recipe *recipe);
// Whether the field is what the recipe predicts, or among it.
bool gd__is_target(const gd_recipe *recipe, const gd_field *field);
// The field that loss number `head` compares with, or -1 with a sentence. `count` fields.
int gd__find_target(const gd_recipe *recipe, int head, int count, const gd_field *field);
// The same for all losses; *heads: how many there are.
gd_status gd__find_targets(const gd_recipe *recipe, int count, const gd_field *field, int *heads,
                           int place[GD_MODEL_HEADS]);

// How many times as large the network of a recipe makes pictures; 0: it is not about super-resolution.
int gd__recipe_enlarges(const gd_recipe *recipe);

// How many parts of a text a recipe reads side by side, which is how many samples a batch has; 0: it does not.
int64_t gd__recipe_streams(const gd_recipe *recipe);

gd_status gd__fields_from_dataset(const gd_recipe *recipe, const gd_dataset *set, gd__field_list *fields);
char *gd__fields_to_json(const gd__field_list *fields);
gd_status gd__fields_from_json(const char *text, gd__field_list *fields);
void gd__fields_free(gd__field_list *fields);

// One of the recipe's losses.
typedef struct gd__loss_of {
    const char *target; // the field that it compares with; NULL: the only one
    gd__chosen loss;    // its record is a gd_loss_kind, NULL where there is none
} gd__loss_of;
// What the recipe's section `loss` chooses: a loss, or one for each target. Returns how many, at most GD_MODEL_HEADS;
// at least 1, which may have no record.
int gd__recipe_losses(const gd_recipe *recipe, gd__loss_of loss[GD_MODEL_HEADS]);

// ---- Training (settings.c)

// Frees what gd_model_train_settings points to.
void gd__model_free_texts(gd__model *model);

// `train.precision`.
gd_precision gd__recipe_precision(const gd_recipe *recipe);
// `eval.augment`.
gd_views gd__recipe_views(const gd_recipe *recipe);

// ---- Calibration (calibrate.c, calibrate_fit.c)

// Writes the prediction and sets the threshold as shown.calibration says.
void gd__apply_calibration(gd__model *model);
char *gd__calibration_to_json(const gd_calibration *calibration); // NULL when memory is short
gd_status gd__calibration_from_json(const char *text, gd_calibration *calibration);
// Whether what the recipe's section asks for fits the model.
gd_status gd__check_calibrate(const gd_model *model);

// Logits, (count, width), and what was right: for classes labels, (count), or distributions, (count, width); for yes or
// no the share of yes, (count, width).
typedef struct gd__logits {
    bool classes, labels;
    int64_t count, width;
    double *logit, *target;
    double *weight; // (count)
} gd__logits;
// The mean log loss of softmax(logit / temperature), or of the sigmoid.
double gd__tempered_loss(const gd__logits *logits, double temperature);
// The temperature with the smallest loss, from 0.01 to 100.
double gd__best_temperature(const gd__logits *logits);
// Scores of yes and no and what was right (above one half: yes), each (count): where the metric is best when what lies
// above the threshold is a yes. *threshold holds the usual one, and stays where none is better. `before` and `after`
// get the metric's values.
gd_status gd__best_threshold(const gd_metric_kind *kind, int64_t count, const double *score, const double *target,
                             const double *weight, double *threshold, double *before, double *after);
// Whether the metric's value changes with the threshold.
gd_status gd__depends_on_threshold(const gd_metric_kind *kind, bool *depends);

// ---- The network (network.c, layers.c, ends.c, table.c)

// Writes inputs, layers, loss and metrics.
gd_status gd__write_network(gd__model *model);
// The options struct of a loss, filled as the recipe says; gd__free (ends.c).
gd_status gd__loss_options(gd__chosen loss, void **options);
// Losses, predictions, metrics and penalties, behind the layers (ends.c).
gd_status gd__write_ends(gd__model *model, const gd__yaml *layers);
// The graph's own error as the sentence of the last failure; GD_OK when it has none.
gd_status gd__graph_failure(const gd_model *model);
// Writes the layers of a list, one after the other, and notes each in the table of layers. x is GD_NO_TENSOR where the
// first of them says itself what it takes; `inner` came into the innermost sequence. Afterwards model->view is that of
// what is returned.
gd_tensor gd__write_layers(gd__model *model, const gd__yaml *list, gd__wire x, gd__wire inner, int depth);
// The inputs (inputs.c): targets, and what the first layer takes, unless it says `from`.
gd_status gd__write_inputs(gd__model *model, const gd__yaml *layers, gd_tensor *x);
gd_tensor gd__make_input(gd_model *model, const gd_field *field);
// The input of that name, made when it is asked for first, as layers take it; GD_NO_TENSOR where no field of the data
// that a network may read has the name.
gd_status gd__input_named(gd__model *model, const char *name, gd_tensor *out);
// The input "<name>_length" of a field whose samples differ in length; else no tensor.
gd_status gd__input_lengths(gd__model *model, const char *name, gd_tensor *out);
// How many places of x are real along its axis of time, (N), by the lengths of the sequences that it was made of; no
// tensor where it has no such axis.
gd_tensor gd__lengths_at(gd_tensor lengths, gd_tensor x);
// What the layer takes in place of x: where it looks at several places, x with zeros behind the ends.
gd_tensor gd__lengths_clear(const gd_layer_kind *kind, gd_tensor lengths, gd_tensor x);
// Whether the lengths of x are also those of y, which the layer made of it. Where y counts padding as places, the error
// is noted.
bool gd__lengths_after(const gd_layer_kind *kind, gd_tensor lengths, gd_tensor x, gd_tensor y);
// Whether a field is the target of a head.
bool gd__predicts(const gd__model *model, int field);
// What an input sees: itself.
gd_layer_view gd__view_of_input(gd_tensor x);

// Loads what the section `weights` says (start_weights.c).
gd_status gd__load_start_weights(gd__model *model);
// Sets the filters that `weights.whiten` names (whiten.c): of a network that is new, from its training data.
gd_status gd__whiten(gd__model *model);

// The same network without data, computing in `type`, after a change of the recipe (a setting, or NULL). Weights are
// copied where they have the same name and shape (copy.c).
gd_status gd__model_copy(const gd_model *model, gd_type type, const char *setting, gd_model **out);
// The same for samples of other shapes, one for each field. GD_ERROR_UNSUPPORTED: its weights depend on the shapes.
gd_status gd__model_with_shapes(const gd_model *model, const gd_shape *shape, gd_model **out);

// The same for one text of so many tokens at a time. `context`: as in gd__model.
gd_status gd__model_for_places(const gd_model *model, int64_t places, int64_t context, gd_model **out);

// How the model is evaluated, where not as usual (enlarge.c).
gd_evaluation_way gd__evaluation_way_of(const gd_model *model);

// The table of layers (table.c).
// Begins a row before a layer is written and returns its place, or -1. Afterwards ends it: nodes and variables from the
// first ones on are the layer's; `name` is the recipe's, or NULL.
// `shown`: what it is called there, of a block its name; lives as long as the recipe.
int gd__table_begin(gd__model *model, const gd_layer_kind *kind, const char *shown, int depth, int line);
void gd__table_end(gd__model *model, int row, const char *name, int first_node, int first_variable, gd_tensor y);
// What the layer takes, and the names that the recipe gives: in a list, or NULL.
void gd__table_free(gd__model *model);
void gd__table_takes(gd__model *model, int row, int count, const gd_tensor *input, const char *from);

#endif
