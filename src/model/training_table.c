// Losses of a recipe, with their options.
#include <gradus/op.h>

#include "model/schema.h"

#define FLAG(key, value, words)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_FLAG, .standard = (value), .doc = (words)                                     \
    }
// At least `low_end` and below `high_end`.
#define PART(key, low_end, high_end, value, words)                                                                     \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .below = true, .low = (low_end), .high = (high_end),  \
        .standard = (value), .doc = (words)                                                                            \
    }
// Above zero.
#define POSITIVE(key, value, words)                                                                                    \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .low = 0, .high = 1e30,                \
        .standard = (value), .doc = (words)                                                                            \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        0                                                                                                              \
    }

// ---- Losses

// Balanced weights are those of scikit-learn and King and Zeng 2001: samples / (classes * samples of the class).
#define CLASS_WEIGHTS(words)                                                                                           \
    {                                                                                                                  \
        .name = "class_weights", .type = GD_OPTION_NUMBERS, .choices = "balanced", .ranged = true, .low = 0,           \
        .high = 1e30, .least = 2, .doc = words                                                                         \
    }
static const gd_option huber[] = {POSITIVE("delta", "1", "where the square ends and the line begins"), END};
static const gd_option cross_entropy[] = {
    PART("label_smoothing", 0, 1, "0", "the part of the target that is spread over all classes"),
    CLASS_WEIGHTS("how much each class counts, in their order"),
    END,
};
static const gd_option logistic[] = {CLASS_WEIGHTS("how much no and yes count"), END};
static const gd_option hinge[] = {POSITIVE("margin", "1", "by how much the right side should win"),
                                  FLAG("squared", "false", "the square of what is lacking"), END};

static const gd_record losses[] = {
    {.name = "squared_error", .doc = "(prediction - target)²: regression"},
    {.name = "absolute_error", .doc = "|prediction - target|: regression that outliers pull less"},
    {.name = "huber",
     .doc = "d² / 2 up to delta, then delta (d - delta / 2), d = |prediction - target|",
     .options = huber,
     .short_option = "delta"},
    {.name = "logistic",
     .doc = "-t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)), from logits z: yes or no",
     .options = logistic},
    {.name = "softmax_cross_entropy",
     .doc = "-log softmax(z)[label], from logits z: one of several classes",
     .options = cross_entropy},
    {.name = "hinge", .doc = "max(0, margin - s z), s = 1 for labels above 0, else -1: yes or no", .options = hinge},
    {.name = "multiclass_hinge",
     .doc = "sum over j != label of max(0, z_j - z_label + margin): one of several classes",
     .options = hinge},
    {.name = "kl_divergence", .doc = "sum of p (log p - log q), from log q: end with log_softmax"},
};
const gd_records gd__loss_variants = {.noun = "loss", .count = GD_COUNT_OF(losses), .table = losses};
