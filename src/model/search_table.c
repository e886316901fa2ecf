// The section `search` of a recipe: strategies and ranges.
#include <gradus/op.h>

#include "model/schema.h"

#define WHOLE(key, low_end, high_end, value, words)                                                                    \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_INTEGER, .ranged = true, .low = (low_end), .high = (high_end),                  \
        .standard = (value), .doc = (words)                                                                            \
    }
#define ENDS(of, words)                                                                                                \
    {                                                                                                                  \
        .name = "between", .kind = (of), .required = true, .least = 2, .most = 2, .doc = (words)                       \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        0                                                                                                              \
    }

static const gd__key choice_keys[] = {{.name = "values",
                                       .kind = GD__KEY_VALUES,
                                       .required = true,
                                       .least = 1,
                                       .most = 1000,
                                       .doc = "anything that may stand at that place of the recipe"},
                                      END};
static const gd__key number_keys[] = {ENDS(GD__KEY_NUMBERS, "the smallest and the largest"), END};
static const gd__key positive_keys[] = {ENDS(GD__KEY_NUMBERS, "the smallest and the largest, both above 0"), END};
static const gd__key integer_keys[] = {ENDS(GD__KEY_INTEGERS, "the smallest and the largest"), END};
static const gd__key positive_integer_keys[] = {ENDS(GD__KEY_INTEGERS, "the smallest and the largest, both above 0"),
                                                END};

static const gd__variant ranges[] = {
    {"choice", "One of a list", choice_keys, "values"},
    {"uniform", "A number from the smallest to the largest", number_keys, "between"},
    {"log", "The same, where every factor is equally likely: from 0.001 to 0.01 as from 0.01 to 0.1", positive_keys,
     "between"},
    {"integer", "A whole number from the smallest to the largest", integer_keys, "between"},
    {"log_integer", "The same, where every factor is equally likely", positive_integer_keys, "between"},
};
const gd__variants gd__range_variants = {"range", GD_COUNT_OF(ranges), ranges};

static const gd__key space_value = {.name = "range", .kind = GD__KEY_VARIANT, .variants = &gd__range_variants};

const gd__key gd__search_keys[] = {
    {.name = "strategy",
     .kind = GD__KEY_CHOICE,
     .choices = "bayesian|random|grid|coarse_to_fine|halving",
     .standard = "bayesian",
     .doc = "where the next trial is looked for: where a Gaussian process expects the largest improvement (bayesian); "
            "anywhere (random); at every combination (grid); in rounds around the best (coarse_to_fine); or many short "
            "trials of which the best go on (halving)"},
    WHOLE("trials", 1, 10000, NULL, "how many; else 20, and for a grid as many as it has points"),
    WHOLE("processes", 1, 256, "1", "trials at a time; the threads are shared out among them"),
    WHOLE("seed", 0, 9007199254740992.0, "1", "of the random choices"),
    {.name = "objective",
     .kind = GD__KEY_TEXT,
     .doc = "`loss` or a metric, of the validation set, in the best epoch of the trial; else `train.monitor`"},
    WHOLE("grid", 2, 1000, "3", "points on each range of a grid, both ends included"),
    WHOLE("rounds", 2, 20, "3", "of coarse_to_fine"),
    WHOLE("eta", 2, 20, "3", "of halving: one of so many trials goes on, for so many times the epochs"),
    {.name = "space",
     .kind = GD__KEY_NAMED,
     .value = &space_value,
     .required = true,
     .doc = "what is tried: dotted names as on the command line, each with a range, as in "
            "`optimizer.adam.learning_rate: {log: [1e-4, 1e-1]}`"},
    END,
};
