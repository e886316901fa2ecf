// Losses, update rules and schedules of a recipe, with their options.
#include <gradus/op.h>

#include "model/schema.h"

#define FLAG(key, value, words)                                                                                        \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_BOOL, .standard = (value), .doc = (words)                                       \
    }
#define NUMBER(key, low_end, high_end, value, words)                                                                   \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_NUMBER, .ranged = true, .low = (low_end), .high = (high_end),                   \
        .standard = (value), .doc = (words)                                                                            \
    }
// At least `low_end` and below `high_end`.
#define PART(key, low_end, high_end, value, words)                                                                     \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_NUMBER, .ranged = true, .below = true, .low = (low_end), .high = (high_end),    \
        .standard = (value), .doc = (words)                                                                            \
    }
// Above zero.
#define POSITIVE(key, value, words)                                                                                    \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_NUMBER, .ranged = true, .above = true, .low = 0, .high = 1e30,                  \
        .standard = (value), .doc = (words)                                                                            \
    }
#define WHOLE(key, value, words)                                                                                       \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_INTEGER, .ranged = true, .low = 0, .high = 1e15, .standard = (value),           \
        .doc = (words)                                                                                                 \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        0                                                                                                              \
    }

// ---- Losses

// Balanced weights are those of scikit-learn and King and Zeng 2001: samples / (classes * samples of the class).
#define CLASS_WEIGHTS(words)                                                                                           \
    {                                                                                                                  \
        .name = "class_weights", .kind = GD__KEY_NUMBERS, .choices = "balanced", .ranged = true, .low = 0,             \
        .high = 1e30, .least = 2, .doc = words                                                                         \
    }
static const gd__key huber[] = {POSITIVE("delta", "1", "where the square ends and the line begins"), END};
static const gd__key cross_entropy[] = {
    PART("label_smoothing", 0, 1, "0", "the part of the target that is spread over all classes"),
    CLASS_WEIGHTS("how much each class counts, in their order"),
    END,
};
static const gd__key logistic[] = {CLASS_WEIGHTS("how much no and yes count"), END};
static const gd__key hinge[] = {POSITIVE("margin", "1", "by how much the right side should win"),
                                FLAG("squared", "false", "the square of what is lacking"), END};

static const gd__variant losses[] = {
    {"squared_error", "(prediction - target)²: regression", NULL, NULL},
    {"absolute_error", "|prediction - target|: regression that outliers pull less", NULL, NULL},
    {"huber", "d² / 2 up to delta, then delta (d - delta / 2), d = |prediction - target|", huber, "delta"},
    {"logistic", "-t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)), from logits z: yes or no", logistic, NULL},
    {"softmax_cross_entropy", "-log softmax(z)[label], from logits z: one of several classes", cross_entropy, NULL},
    {"hinge", "max(0, margin - s z), s = 1 for labels above 0, else -1: yes or no", hinge, NULL},
    {"multiclass_hinge", "sum over j != label of max(0, z_j - z_label + margin): one of several classes", hinge, NULL},
    {"kl_divergence", "sum of p (log p - log q), from log q: end with log_softmax", NULL, NULL},
};
const gd__variants gd__loss_variants = {"loss", GD_COUNT_OF(losses), losses};

// ---- Rules

#define DECAY(value)                                                                                                   \
    NUMBER("weight_decay", 0, 1e9, value, "pulls the weights towards zero"),                                           \
        FLAG("spare_vectors", "false", "no weight decay for biases and norms")
#define RATE(value) POSITIVE("learning_rate", value, "size of a step")
#define MOMENTUM PART("momentum", 0, 1, "0.9", "the part of the velocity that is kept")
#define EPSILON(value) POSITIVE("epsilon", value, "keeps the division sound")

static const gd__key descent[] = {RATE("0.01"), DECAY("0"), END};
static const gd__key momentum[] = {
    RATE("0.01"),
    MOMENTUM,
    {.name = "form",
     .kind = GD__KEY_CHOICE,
     .choices = "classic|averaging",
     .standard = "classic",
     .doc = "v = mu v + g (classic), or v = mu v + (1 - mu) g (averaging)"},
    FLAG("bias_correction", "false", "averaging form: divide by 1 - mu^t"),
    DECAY("0"),
    END,
};
static const gd__key nesterov[] = {RATE("0.01"), MOMENTUM, DECAY("0"), END};
static const gd__key adagrad[] = {RATE("0.01"), EPSILON("1e-10"), DECAY("0"), END};
static const gd__key rmsprop[] = {RATE("0.01"), PART("decay", 0, 1, "0.99", "the part of the old average that is kept"),
                                  EPSILON("1e-8"), DECAY("0"), END};
#define ADAM(decay)                                                                                                    \
    {                                                                                                                  \
        RATE("0.001"), PART("beta1", 0, 1, "0.9", "the part of the mean gradient that is kept"),                       \
            PART("beta2", 0, 1, "0.999", "the part of the mean square that is kept"), EPSILON("1e-8"),                 \
            FLAG("bias_correction", "true", "undo the start at zero"), DECAY(decay), END                               \
    }
static const gd__key adam[] = ADAM("0");
static const gd__key adamw[] = ADAM("0.01");

#define PROXIMAL                                                                                                       \
    {                                                                                                                  \
        RATE("0.01"), NUMBER("l1", 0, 1e9, "0.001", "what the absolute value of each weight costs"),                   \
            NUMBER("weight_decay", 0, 1e9, "0", "pulls the weights towards zero, beside l1"),                          \
            FLAG("spare_vectors", "true", "no l1 and no weight decay for biases and norms"), END                       \
    }
static const gd__key ista[] = PROXIMAL;
static const gd__key fista[] = PROXIMAL;
static const gd__key lbfgs[] = {
    {.name = "history",
     .kind = GD__KEY_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1000,
     .standard = "6",
     .doc = "pairs of steps and gradient changes remembered"},
    PART("tolerance", 0, 1, "1e-5", "ends when the gradient's norm is below this times the weights' norm (at least 1)"),
    END,
};

static const gd__variant rules[] = {
    {"gradient_descent", "w = w - r g", descent, "learning_rate"},
    {"momentum", "w = w - r v, v a velocity that gradients push", momentum, "learning_rate"},
    {"nesterov", "momentum that looks a step ahead", nesterov, "learning_rate"},
    {"adagrad", "steps shrink where gradients have been large", adagrad, "learning_rate"},
    {"rmsprop", "steps are divided by the root of the gradient's mean square", rmsprop, "learning_rate"},
    {"adam", "RMSprop with a mean of gradients, both corrected for their start", adam, "learning_rate"},
    {"adamw", "Adam with a weight decay of its own", adamw, "learning_rate"},
    {"ista", "down the gradient, then towards zero by r l1: weights that are not needed become zero", ista,
     "learning_rate"},
    {"fista", "ISTA from a point ahead of the last step: faster", fista, "learning_rate"},
    {"lbfgs",
     "for small problems: steps over the whole training set with a line search. An epoch is one iteration, and "
     "`train.batch` only bounds memory",
     lbfgs, "history"},
};
const gd__variants gd__rule_variants = {"optimizer", GD_COUNT_OF(rules), rules};

// ---- Schedules

#define WARMUP                                                                                                         \
    WHOLE("warmup_steps", NULL, "the rate rises from nearly zero during so many updates"),                             \
        NUMBER("warmup_epochs", 0, 1e9, NULL, "the same in epochs")
#define FINAL PART("final", 0, 1, "0", "the last rate as a part of the first")

static const gd__key constant[] = {WARMUP, END};
static const gd__key step[] = {POSITIVE("every", "10", "epochs between drops"),
                               POSITIVE("factor", "0.1", "what a drop multiplies by"), WARMUP, END};
static const gd__key exponential[] = {POSITIVE("factor", "0.95", "what each epoch multiplies by"), WARMUP, END};
static const gd__key inverse[] = {POSITIVE("decay", "1", "in 1 / (1 + decay epoch)"), WARMUP, END};
static const gd__key cosine[] = {FINAL, WARMUP, END};
static const gd__key one_cycle[] = {
    {.name = "rise",
     .kind = GD__KEY_NUMBER,
     .ranged = true,
     .above = true,
     .below = true,
     .low = 0,
     .high = 1,
     .standard = "0.3",
     .doc = "the part of all steps in which the rate rises"},
    NUMBER("start_divisor", 1, 1e30, "25", "the first rate is the peak divided by this"),
    NUMBER("end_divisor", 1, 1e30, "1e4", "the last rate is the first divided by this"),
    END,
};
static const gd__key plateau[] = {
    {.name = "factor",
     .kind = GD__KEY_NUMBER,
     .ranged = true,
     .above = true,
     .below = true,
     .low = 0,
     .high = 1,
     .standard = "0.1",
     .doc = "what a drop multiplies by"},
    {.name = "patience",
     .kind = GD__KEY_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1e9,
     .standard = "10",
     .doc = "epochs without improvement before a drop"},
    NUMBER("minimum", 0, 1e30, "0", "no rate below this"),
    POSITIVE("threshold", "1e-4", "a new best is better by this part of the old one"),
    WARMUP,
    END,
};

static const gd__variant schedules[] = {
    {"constant", "always the optimizer's rate", constant, NULL},
    {"step", "a drop every so many epochs", step, "every"},
    {"exponential", "rate × factor^epoch", exponential, "factor"},
    {"inverse", "rate / (1 + decay epoch)", inverse, "decay"},
    {"cosine", "down along half a cosine", cosine, "final"},
    {"linear", "down along a line", cosine, "final"},
    {"one_cycle", "up to the optimizer's rate, and down far below the start", one_cycle, NULL},
    {"plateau", "a drop when what is monitored gets no better", plateau, "patience"},
};
const gd__variants gd__schedule_variants = {"schedule", GD_COUNT_OF(schedules), schedules};
