// Update rules and schedules of a recipe, with their options.
#include <gradus/op.h>

#include "model/schema.h"

#define FLAG(key, value, words)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_FLAG, .standard = (value), .doc = (words)                                     \
    }
#define NUMBER(key, low_end, high_end, value, words)                                                                   \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .low = (low_end), .high = (high_end),                 \
        .standard = (value), .doc = (words)                                                                            \
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
#define WHOLE(key, value, words)                                                                                       \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_INTEGER, .ranged = true, .low = 0, .high = 1e15, .standard = (value),         \
        .doc = (words)                                                                                                 \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        0                                                                                                              \
    }

// ---- Rules

#define DECAY(value)                                                                                                   \
    NUMBER("weight_decay", 0, 1e9, value, "pulls the weights towards zero"),                                           \
        FLAG("spare_vectors", "false", "no weight decay for biases and norms")
#define RATE(value) POSITIVE("learning_rate", value, "size of a step")
#define MOMENTUM PART("momentum", 0, 1, "0.9", "the part of the velocity that is kept")
#define EPSILON(value) POSITIVE("epsilon", value, "keeps the division sound")

static const gd_option descent[] = {RATE("0.01"), DECAY("0"), END};
static const gd_option momentum[] = {
    RATE("0.01"),
    MOMENTUM,
    {.name = "form",
     .type = GD_OPTION_CHOICE,
     .choices = "classic|averaging",
     .standard = "classic",
     .doc = "v = mu v + g (classic), or v = mu v + (1 - mu) g (averaging)"},
    FLAG("bias_correction", "false", "averaging form: divide by 1 - mu^t"),
    DECAY("0"),
    END,
};
static const gd_option nesterov[] = {RATE("0.01"), MOMENTUM, DECAY("0"), END};
static const gd_option adagrad[] = {RATE("0.01"), EPSILON("1e-10"), DECAY("0"), END};
static const gd_option rmsprop[] = {RATE("0.01"),
                                    PART("decay", 0, 1, "0.99", "the part of the old average that is kept"),
                                    EPSILON("1e-8"), DECAY("0"), END};
#define ADAM(decay)                                                                                                    \
    {                                                                                                                  \
        RATE("0.001"), PART("beta1", 0, 1, "0.9", "the part of the mean gradient that is kept"),                       \
            PART("beta2", 0, 1, "0.999", "the part of the mean square that is kept"), EPSILON("1e-8"),                 \
            FLAG("bias_correction", "true", "undo the start at zero"), DECAY(decay), END                               \
    }
static const gd_option adam[] = ADAM("0");
static const gd_option adamw[] = ADAM("0.01");

#define PROXIMAL                                                                                                       \
    {                                                                                                                  \
        RATE("0.01"), NUMBER("l1", 0, 1e9, "0.001", "what the absolute value of each weight costs"),                   \
            NUMBER("weight_decay", 0, 1e9, "0", "pulls the weights towards zero, beside l1"),                          \
            FLAG("spare_vectors", "true", "no l1 and no weight decay for biases and norms"), END                       \
    }
static const gd_option ista[] = PROXIMAL;
static const gd_option fista[] = PROXIMAL;
static const gd_option lbfgs[] = {
    {.name = "history",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = 1,
     .high = 1000,
     .standard = "6",
     .doc = "pairs of steps and gradient changes remembered"},
    PART("tolerance", 0, 1, "1e-5", "ends when the gradient's norm is below this times the weights' norm (at least 1)"),
    END,
};

static const gd_record rules[] = {
    {.name = "gradient_descent", .doc = "w = w - r g", .options = descent, .short_option = "learning_rate"},
    {.name = "momentum",
     .doc = "w = w - r v, v a velocity that gradients push",
     .options = momentum,
     .short_option = "learning_rate"},
    {.name = "nesterov",
     .doc = "momentum that looks a step ahead",
     .options = nesterov,
     .short_option = "learning_rate"},
    {.name = "adagrad",
     .doc = "steps shrink where gradients have been large",
     .options = adagrad,
     .short_option = "learning_rate"},
    {.name = "rmsprop",
     .doc = "steps are divided by the root of the gradient's mean square",
     .options = rmsprop,
     .short_option = "learning_rate"},
    {.name = "adam",
     .doc = "RMSprop with a mean of gradients, both corrected for their start",
     .options = adam,
     .short_option = "learning_rate"},
    {.name = "adamw", .doc = "Adam with a weight decay of its own", .options = adamw, .short_option = "learning_rate"},
    {.name = "ista",
     .doc = "down the gradient, then towards zero by r l1: weights that are not needed become zero",
     .options = ista,
     .short_option = "learning_rate"},
    {.name = "fista",
     .doc = "ISTA from a point ahead of the last step: faster",
     .options = fista,
     .short_option = "learning_rate"},
    {.name = "lbfgs",
     .doc = "for small problems: steps over the whole training set with a line search. An epoch is one iteration, and "
            "`train.batch` only bounds memory",
     .options = lbfgs,
     .short_option = "history"},
};
const gd_records gd__rule_variants = {.noun = "optimizer", .count = GD_COUNT_OF(rules), .table = rules};

// ---- Schedules

#define WARMUP                                                                                                         \
    WHOLE("warmup_steps", NULL, "the rate rises from nearly zero during so many updates"),                             \
        NUMBER("warmup_epochs", 0, 1e9, NULL, "the same in epochs")
#define FINAL PART("final", 0, 1, "0", "the last rate as a part of the first")

static const gd_option constant[] = {WARMUP, END};
static const gd_option step[] = {POSITIVE("every", "10", "epochs between drops"),
                                 POSITIVE("factor", "0.1", "what a drop multiplies by"), WARMUP, END};
static const gd_option exponential[] = {POSITIVE("factor", "0.95", "what each epoch multiplies by"), WARMUP, END};
static const gd_option inverse[] = {POSITIVE("decay", "1", "in 1 / (1 + decay epoch)"), WARMUP, END};
static const gd_option cosine[] = {FINAL, WARMUP, END};
static const gd_option one_cycle[] = {
    {.name = "rise",
     .type = GD_OPTION_NUMBER,
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
static const gd_option plateau[] = {
    {.name = "factor",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .below = true,
     .low = 0,
     .high = 1,
     .standard = "0.1",
     .doc = "what a drop multiplies by"},
    {.name = "patience",
     .type = GD_OPTION_INTEGER,
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

static const gd_record schedules[] = {
    {.name = "constant", .doc = "always the optimizer's rate", .options = constant},
    {.name = "step", .doc = "a drop every so many epochs", .options = step, .short_option = "every"},
    {.name = "exponential", .doc = "rate × factor^epoch", .options = exponential, .short_option = "factor"},
    {.name = "inverse", .doc = "rate / (1 + decay epoch)", .options = inverse, .short_option = "decay"},
    {.name = "cosine", .doc = "down along half a cosine", .options = cosine, .short_option = "final"},
    {.name = "linear", .doc = "down along a line", .options = cosine, .short_option = "final"},
    {.name = "one_cycle", .doc = "up to the optimizer's rate, and down far below the start", .options = one_cycle},
    {.name = "plateau",
     .doc = "a drop when what is monitored gets no better",
     .options = plateau,
     .short_option = "patience"},
};
const gd_records gd__schedule_variants = {.noun = "schedule", .count = GD_COUNT_OF(schedules), .table = schedules};
