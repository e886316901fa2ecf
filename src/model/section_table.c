// The sections of a recipe, and the options of its data and training.
#include <gradus/op.h>

#include "data/pipeline.h"
#include "model/keys.h"
#include "model/schema.h"
#include "nn/loss.h"
#include "optim/schedule.h"

// ---- Data

static const gd_option split_keys[] = {
    {.name = "validation",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .below = true,
     .high = 1,
     .doc = "this part of the training data validates instead"},
    {.name = "test",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .below = true,
     .high = 1,
     .doc = "this part of the training data tests instead"},
    WHOLE("seed", 0, LARGEST, "1", "which samples fall into which part"),
    FLAG("stratify", "false", "the same share of every class in each part"),
    TEXT("group", "the field (of a table: the column) whose samples stay in one part: a person's rows"),
    TEXT("part", "the column of a table that says `train`, `validation` or `test`"),
    FLAG("in_order", "false", "cut without shuffling first"),
    TEXT("order", "the field (of a table: the column) by which samples are ordered before they are cut: a time"),
    WHOLE("gap", 0, 1e9, "0", "with `windows`: so many moments are left out between the parts"),
    END,
};

static const gd_option embed_width = {
    .name = "width", .type = GD_OPTION_INTEGER, .ranged = true, .low = 1, .high = 1e5, .doc = "width of its embedding"};

static const gd_option table_keys[] = {
    TEXTS("target",
          "the column to be predicted, or several: headings, patterns (`y_*`), or numbers (0 the first, -1 the "
          "last)"),
    FLAG("target_is_class", "false",
         "targets of whole numbers are classes; texts, and those of a loss for classes, are"),
    TEXT("id", "the column with the rows' own names, for messages and predictions"),
    FLAG("header", "true", "the first line names the columns"),
    {.name = "separator",
     .type = GD_OPTION_TEXT,
     .doc = "one character, or `tab`; else it is found in the first lines"},
    FLAG("quotes", "true", "\"cells\" may be quoted"),
    TEXT("comment", "lines that begin with this character are passed over"),
    {.name = "decimal", .type = GD_OPTION_CHOICE, .choices = "point|comma", .standard = "point", .doc = "in numbers"},
    TEXT("thousands", "the character between groups of three digits"),
    FLAG("percent", "false", "12% is 0.12"),
    TEXT("currency", "what may stand before or behind a number: `$`"),
    {.name = "missing_words",
     .type = GD_OPTION_TEXTS,
     .doc =
         "words that stand for a missing cell; else NA, N/A, NaN, null and ?, in any case. `[]`: none. An empty cell "
         "always is missing, and a word in quotes never"},
    {.name = "missing",
     .type = GD_OPTION_CHOICE,
     .choices = "error|mean|median|drop|constant",
     .standard = "error",
     .doc = "what an empty cell becomes: the training part's mean or median, a constant, or its row is left out"},
    {.name = "missing_value", .type = GD_OPTION_NUMBER, .doc = "with `missing: constant`"},
    FLAG("indicator", "false", "a feature more for each column of numbers that may miss: 1 where it was missing"),
    TEXTS("ignore", "columns left out"),
    TEXTS("categories", "columns that are categories, one-hot, although they hold numbers, or nearly as many texts as "
                        "there are rows"),
    TEXTS("dates", "columns of dates (2026-11-27, or with a time): year, month, day, weekday, hour, minute as numbers"),
    TEXTS("text", "columns of texts, each a field called as its column, for the transform `tokens`"),
    TEXTS("hash", "columns of texts without end: each text is one of `hash_size` categories"),
    WHOLE("hash_size", 1, 65536, "64", "of `hash`"),
    WHOLE("rare", 1, 1e9, "1", "categories with fewer rows are one"),
    {.name = "embed",
     .type = GD_OPTION_NAMED,
     .value = &embed_width,
     .doc = "columns that become a learned vector each, joined to the other features: `postcode: 8`"},
    WHOLE("max_categories", 1, 1e7, "10000", "more different texts in a column are an error"),
    {.name = "unknown",
     .type = GD_OPTION_CHOICE,
     .choices = "error|none|missing|frequent",
     .standard = "error",
     .doc = "what a category is taken for that the training data did not have: none of them (all zeros; or, embedded, "
            "a vector of its own), a missing cell, or the most frequent one. Where there are rare ones, it is rare. "
            "`gradus predict --unknown` overrides it"},
    FLAG("allow_unknown", "false", "the same as `unknown: none`"),
    FLAG("cache", "true", "a large file is kept as numbers in the cache directory, and read from there the next time"),
    END,
};

#define SCALINGS "standardize|minmax|255|one_hot|none"
static const gd_option field_scaling = {
    .name = "scaling", .type = GD_OPTION_CHOICE, .choices = SCALINGS, .doc = "of this field"};

const gd_option gd__data_keys[] = {
    {.name = "train",
     .type = GD_OPTION_VARIANT,
     .records = &gd__source_variants,
     .doc = "where the training samples are. A file is looked for beside the recipe, in the current "
            "directory, in $GRADUS_DATA, and in the folders of /usr/share/datasets"},
    {.name = "validation",
     .type = GD_OPTION_VARIANT,
     .records = &gd__source_variants,
     .doc = "evaluated after each epoch, to choose by"},
    {.name = "test",
     .type = GD_OPTION_VARIANT,
     .records = &gd__source_variants,
     .doc = "evaluated at the end, to report"},
    {.name = "split", .type = GD_OPTION_MAP, .options = split_keys, .doc = "takes parts out of the training samples"},
    {.name = "windows",
     .type = GD_OPTION_MAP,
     .options = gd__windows_keys,
     .doc = "the data is a table with a row for each moment, and a sample a window over time: the fields `past` and "
            "`known`, and the target `y`. Parts are split by time, and `train.k_folds` gives rolling origins"},
    {.name = "scale",
     .type = GD_OPTION_CHOICE,
     .choices = SCALINGS,
     .value = &field_scaling,
     .standard = "none",
     .doc = "fitted on the training part: mean 0 and deviation 1 (standardize), 0 to 1 (minmax), or x / 255. For all "
            "fields but the target, or by field: `{x: standardize, y: standardize}`"},
    {.name = "transforms",
     .type = GD_OPTION_VARIANTS,
     .records = &gd__transform_records,
     .least = 1,
     .most = GD__MOST_STAGES,
     .doc = "what is done to each sample before it is scaled, in this order: in training, evaluation and prediction "
            "alike, but for what is random, which is in training only",
     .aliases = "augment"},
    {.name = "csv",
     .type = GD_OPTION_MAP,
     .options = table_keys,
     .doc = "how tables are read: CSV files, and Parquet files, of which `header`, `separator`, `quotes` and `comment` "
            "say "
            "nothing"},
    TEXT("input", "the field the network reads; else the only one that is not the target. Of an archive: the array"),
    TEXT("target", "the field it shall predict; else `label` or `y`. Of an archive: the array"),
    TEXT("weight", "the field (of a table: the column) that says how much a sample counts"),
    TEXTS("classes", "the names of the classes, in their order"),
    END,
};

// ---- Training

static const gd_option stopping_keys[] = {
    {.name = "patience",
     .type = GD_OPTION_INTEGER,
     .required = true,
     .ranged = true,
     .low = 1,
     .high = 1e9,
     .doc = "stop after so many epochs without improvement"},
    NUMBER("min_delta", 0, 1e9, NULL, "an improvement is at least this much"),
    FLAG("restore_best", "false", "end with the weights of the best epoch"),
    END,
};
static const gd_option checkpoint_keys[] = {
    FLAG("last", "true", "write last.safetensors after each epoch"),
    FLAG("best", "true", "write best.safetensors when an epoch is the best so far"),
    WHOLE("steps", 0, LARGEST, NULL, "write last.safetensors every so many updates, too"),
    NUMBER("seconds", 0, 1e9, NULL, "write last.safetensors every so many seconds, too"),
    END,
};
static const gd_option train_keys[] = {
    WHOLE("epochs", 1, 1e9, "1", "times the whole training part is gone through",
          .aliases = "max_epochs|num_epochs|n_epochs"),
    WHOLE("steps", 1, LARGEST, NULL, "stop after so many updates; else `epochs` alone decides",
          .aliases = "max_steps|updates|iterations"),
    NUMBER("minutes", 0, 1e9, NULL,
           "stop after the update in which this time ends; the epoch is validated as it stands"),
    WHOLE("batch", 1, 1e9, "64", "samples to one step", .aliases = "batch_size|bs"),
    WHOLE("seed", 0, LARGEST, "1", "of the first weights, of dropout and of the shuffling",
          .aliases = "random_seed|random_state"),
    FLAG("shuffle", "true", "a new order of the samples in every epoch"),
    FLAG("drop_last", "false", "leave out an epoch's last batch when it is not full"),
    NUMBER("clip_value", 0, 1e30, NULL, "keep every element of the gradient within ± this",
           .aliases = "clip_grad_value"),
    NUMBER("clip_norm", 0, 1e30, NULL, "keep the norm of the whole gradient below this",
           .aliases = "max_norm|clip_grad_norm|grad_clip|gradient_clip"),
    {.name = "clip_kind",
     .type = GD_OPTION_CHOICE,
     .choices = "l2|l1|max",
     .standard = "l2",
     .doc = "which norm `clip_norm` limits: Euclidean, the sum of all |g|, or the largest |g|",
     .aliases = "norm_type"},
    WHOLE("accumulate", 1, 1e6, "1", "batches to one update",
          .aliases = "accumulation|gradient_accumulation|accumulation_steps|accumulate_grad_batches"),
    {.name = "precision",
     .type = GD_OPTION_CHOICE,
     .choices = "fast|exact|bf16",
     .standard = "fast",
     .doc = "how heavy layers compute: in f32, with Winograd's convolution where it is faster (fast); in f32, every "
            "product as the formula has it (exact); or with large values stored and multiplied in bf16 and summed in "
            "f32, which takes less memory (bf16). Evaluation and prediction compute likewise"},
    FLAG("recompute", "false",
         "gradient checkpointing: the backward pass computes cheap values again instead of keeping them, which takes "
         "less memory and more time"),
    TEXT("monitor", "what \"best\" means: `loss`, the default, or a metric"),
    {.name = "early_stopping",
     .aliases = "early_stop|stop",
     .type = GD_OPTION_MAP,
     .options = stopping_keys,
     .doc = "stop when it gets no better"},
    {.name = "checkpoint", .type = GD_OPTION_MAP, .options = checkpoint_keys, .doc = "when the state is saved"},
    WHOLE("k_folds", 2, 1e6, NULL,
          "`gradus train` trains so many times, each time validated on another fold of the training samples",
          .aliases = "folds|cv|cross_validation"),
    WHOLE("fold", 1, 1e6, NULL, "train once, validated on this one of the `k_folds` folds"),
    TEXT("directory", "where the run writes; else runs/ and the recipe's name", .aliases = "dir|output|output_dir"),
    WHOLE("history_every", 1, LARGEST, "10", "updates to a point of the curves"),
    WHOLE("threads", 0, 1024, "0", "threads that compute; 0: one a processor", .aliases = "num_threads"),
    WHOLE("workers", 0, 64, "1", "threads that read and prepare batches ahead; their number changes no result",
          .aliases = "num_workers"),
    END,
};

const gd_option gd__parameter_keys[] = {
    {.name = "match",
     .type = GD_OPTION_TEXT,
     .required = true,
     .doc = "a pattern of names, as `gradus info` lists them: * is any text, ? a character, `|` stands between several "
            "(`\"*.bias|bn*\"`); between slashes a regular expression (POSIX ERE), as in `'/^layer[0-9]+\\.bias$/'`"},
    FLAG("freeze", "false", "do not train these"),
    {.name = "learning_rate",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1e30,
     .standard = "1",
     .doc = "a factor of the learning rate"},
    NUMBER("weight_decay", 0, 1e9, NULL, "in place of the optimizer's", .aliases = "wd"),
    {.name = "rule",
     .type = GD_OPTION_VARIANT,
     .records = &gd__rule_records,
     .doc = "a rule of their own in place of `optimizer`, whose learning rate follows the same schedule"},
    END,
};

static const gd_option view_keys[] = {
    FLAG("flip", "false", "the mirror image, left to right, too"),
    WHOLE("shift", 0, 65536, "0",
          "moved by so many pixels up and left, and down and right, too; each counts half as much as the unmoved one"),
    END,
};
static const gd_option eval_keys[] = {
    {.name = "augment",
     .type = GD_OPTION_MAP,
     .options = view_keys,
     .doc = "test-time augmentation: the mean of what the network says about several views of a picture. Not in the "
            "validation after each epoch",
     .aliases = "tta"},
    END,
};

static const gd_option calibrate_keys[] = {
    FLAG("temperature", "false",
         "divide the logits by the number that makes the log loss smallest: probabilities that hold what they say"),
    TEXT("threshold", "say yes above the probability that is best by this metric: `f1`"),
    END,
};

static const gd_option penalty_keys[] = {
    NUMBER("l1", 0, 1e9, NULL, "strength × the sum of all absolute weights"),
    NUMBER("l2", 0, 1e9, NULL, "strength / 2 × the sum of all squared weights"),
    FLAG("all", "false", "penalise biases and norms, too"),
    END,
};

static const gd_option new_name = {.name = "name", .type = GD_OPTION_TEXT, .doc = "what it is called here"};
static const gd_option weights_keys[] = {
    {.name = "file",
     .type = GD_OPTION_TEXT,
     .doc = "a .safetensors file, such as a checkpoint; looked for as data files are"},
    TEXT("strip", "a beginning that is taken off the names in the file: `module.`"),
    {.name = "rename",
     .type = GD_OPTION_NAMED,
     .value = &new_name,
     .doc = "other names for tensors of the file: `{features.*: backbone.*}`, where * stands for the same in both; or "
            "what fits a regular expression, with its groups: `{'/^module\\.(.*)$/': '\\1'}`; the first that fits "
            "counts"},
    TEXTS("match",
          "the variables of the network that are loaded, by patterns with * and ?, or between slashes by regular "
          "expressions; else all"),
    TEXTS("transpose",
          "the matrices of the network that lie transposed in the file, by such patterns: those of GPT-2's published "
          "weights, `*.c_*.weight`"),
    FLAG("strict", "true", "fail when one of them is not in the file, or has another shape there"),
    TEXT("whiten", "the name of a convolution that sees the pictures: its filters start as the eigenvectors of 5,000 "
                   "pictures' patches over the roots of their eigenvalues, then the same with the other sign "
                   "(Coates, Ng 2012)"),
    END,
};
static const gd_option one_loss = {.type = GD_OPTION_VARIANT, .records = &gd__loss_records};
static const gd_option some_metrics = {.type = GD_OPTION_TEXTS};
static const gd_option anything = {.name = "value", .type = GD_OPTION_ANY, .doc = "a number, a text, a list or a map"};
static const gd_option block_keys[] = {
    {.name = "doc", .type = GD_OPTION_TEXT, .doc = "what it is; of a recipe of the zoo, blocks with it are networks"},
    {.name = "parameters",
     .type = GD_OPTION_NAMED,
     .value = &anything,
     .doc = "their names and defaults; one that is left empty must be given. A default may use those before it"},
    {.name = "layers",
     .type = GD_OPTION_VARIANTS,
     .records = &gd__layer_records,
     .required = true,
     .doc = "the layers, in which `${name}` is what the parameter was given"},
    END,
};
static const gd_option block = {.name = "block", .type = GD_OPTION_MAP, .options = block_keys, .doc = "a block"};

const gd_option gd__recipe_keys[] = {
    {.name = "constants",
     .type = GD_OPTION_NAMED,
     .value = &anything,
     .doc = "names for values, which may stand anywhere as `${name}`; see [recipes](recipes.md)"},
    {.name = "blocks",
     .type = GD_OPTION_NAMED,
     .value = &block,
     .doc = "layers under a name, with parameters: then a layer of `model`; see [recipes](recipes.md)"},
    {.name = "data", .type = GD_OPTION_MAP, .options = gd__data_keys, .doc = "what is learned from"},
    {.name = "model",
     .type = GD_OPTION_VARIANTS,
     .records = &gd__layer_records,
     .doc = "the layers, first to last. With the loss `softmax_cross_entropy` the last gives a logit a class, with "
            "`logistic` one logit: no softmax or sigmoid at the end"},
    {.name = "weights",
     .type = GD_OPTION_MAP,
     .options = weights_keys,
     .doc = "what the weights start as: from a file, or from the data"},
    {.name = "loss",
     .type = GD_OPTION_VARIANT,
     .records = &gd__loss_records,
     .value = &one_loss,
     .doc = "what is made small; or a map with a loss for each of several targets, `{price: huber, sold: logistic}`, "
            "whose weighted sum is"},
    {.name = "metrics",
     .type = GD_OPTION_TEXTS,
     .value = &some_metrics,
     .doc =
         "watched beside the loss, out of those in [metrics](metrics.md); by default the accuracy, or for numbers the "
         "mean absolute error. Of several targets each takes those that are for it, or a map says which: `{price: r2, "
         "sold: [f1, roc_auc]}`"},
    {.name = "penalty", .type = GD_OPTION_MAP, .options = penalty_keys, .doc = "on the size of the weights"},
    {.name = "optimizer",
     .type = GD_OPTION_VARIANT,
     .records = &gd__rule_records,
     .standard = "adam",
     .doc = "the rule of the updates"},
    {.name = "schedule",
     .type = GD_OPTION_VARIANT,
     .records = &gd__schedule_records,
     .least = 1,
     .most = GD__MOST_SCHEDULES,
     .doc = "how the learning rate moves. In a list each begins where the one before ends, after its `steps` or "
            "`epochs`"},
    {.name = "parameters",
     .type = GD_OPTION_MAPS,
     .options = gd__parameter_keys,
     .least = 1,
     .most = GD_MAX_PARAMETER_GROUPS,
     .doc = "what is different for some parameters. A parameter follows all entries that match it; where they say "
            "different things, the last one counts"},
    {.name = "train", .type = GD_OPTION_MAP, .options = train_keys, .doc = "how training goes"},
    {.name = "eval",
     .type = GD_OPTION_MAP,
     .options = eval_keys,
     .doc = "how the trained network is evaluated and predicts"},
    {.name = "calibrate",
     .type = GD_OPTION_MAP,
     .options = calibrate_keys,
     .doc = "what is chosen after training, on the validation part and with the best weights"},
    {.name = "search",
     .type = GD_OPTION_MAP,
     .options = gd__search_keys,
     .doc = "what `gradus search` tries; training leaves it alone"},
    END,
};
