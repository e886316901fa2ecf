// The section `search` of a recipe: strategies and ranges.
#include <gradus/op.h>
#include <gradus/search.h>

#include "base/record.h"
#include "model/keys.h"
#include "model/schema.h"

#define ENDS(of, words)                                                                                                \
    {                                                                                                                  \
        .name = "between", .type = (of), .required = true, .least = 2, .most = 2, .doc = (words)                       \
    }
static const gd_option choice_keys[] = {{.name = "values",
                                         .type = GD_OPTION_VALUES,
                                         .required = true,
                                         .least = 1,
                                         .most = 1000,
                                         .doc = "anything that may stand at that place of the recipe"},
                                        END};
static const gd_option number_keys[] = {ENDS(GD_OPTION_NUMBERS, "the smallest and the largest"), END};
static const gd_option positive_keys[] = {ENDS(GD_OPTION_NUMBERS, "the smallest and the largest, both above 0"), END};
static const gd_option integer_keys[] = {ENDS(GD_OPTION_INTEGERS, "the smallest and the largest"), END};
static const gd_option positive_integer_keys[] = {
    ENDS(GD_OPTION_INTEGERS, "the smallest and the largest, both above 0"), END};

static const gd_record ranges[] = {
    {.name = "choice", .doc = "One of a list", .options = choice_keys, .short_option = "values"},
    {.name = "uniform",
     .doc = "A number from the smallest to the largest",
     .options = number_keys,
     .short_option = "between"},
    {.name = "log",
     .doc = "The same, where every factor is equally likely: from 0.001 to 0.01 as from 0.01 to 0.1",
     .options = positive_keys,
     .short_option = "between"},
    {.name = "integer",
     .doc = "A whole number from the smallest to the largest",
     .options = integer_keys,
     .short_option = "between"},
    {.name = "log_integer",
     .doc = "The same, where every factor is equally likely",
     .options = positive_integer_keys,
     .short_option = "between"},
};
const gd_records gd__range_variants = {.noun = "range", .count = GD_COUNT_OF(ranges), .table = ranges};

static const gd_option space_value = {.name = "range", .type = GD_OPTION_VARIANT, .records = &gd__range_variants};

// The strategies are collected from the room that has them; of here they are words.
#include "strategies.def"

static const gd_record *const strategies[] = {GD_STRATEGIES(GD__RECORD_OF)};

static gd_own_records own_strategies;
const gd_records gd__strategy_records = {
    .noun = "strategy", .count = GD_COUNT_OF(strategies), .record = strategies, .own = &own_strategies};

const gd_option gd__search_keys[] = {
    {.name = "strategy",
     .type = GD_OPTION_VARIANT,
     .records = &gd__strategy_records,
     .standard = "bayesian",
     .doc = "where the next trial is looked for"},
    WHOLE("trials", 1, 10000, NULL, "how many; else 20, and for a grid as many as it has points"),
    WHOLE("processes", 1, 256, "1", "trials at a time; the threads are shared out among them"),
    WHOLE("seed", 0, 9007199254740992.0, "1", "of the random choices"),
    {.name = "objective",
     .type = GD_OPTION_TEXT,
     .doc = "`loss` or a metric, of the validation set, in the best epoch of the trial; else `train.monitor`"},
    WHOLE("grid", 2, 1000, "3", "points on each range of a grid, both ends included"),
    WHOLE("rounds", 2, 20, "3", "of coarse_to_fine"),
    WHOLE("eta", 2, 20, "3", "of halving: one of so many trials goes on, for so many times the epochs"),
    {.name = "space",
     .type = GD_OPTION_NAMED,
     .value = &space_value,
     .required = true,
     .doc = "what is tried: dotted names as on the command line, each with a range, as in "
            "`optimizer.adam.learning_rate: {log: [1e-4, 1e-1]}`"},
    END,
};
