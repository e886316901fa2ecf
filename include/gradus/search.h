// Hyper-parameter search: which values to try next, and what came of those that were tried.
//
// A search is asked for a trial, and told its result; who runs the trial, and where, is the caller's business. A search
// in a directory writes all of it into a journal there, so that it can be stopped at any moment and gone on with.
//
//     gd_search *search;
//     if (gd_search_create(2, parameter, (gd_search_opts){.trials = 30, .seed = 1}, &search) == GD_OK) {
//         const gd_search_trial *trial;
//         while (gd_search_ask(search, &trial) == GD_OK && trial != NULL)
//             gd_search_tell(search, trial->number, (gd_search_result){.objective = f(trial->value)});
//         trial = gd_search_best(search);
//     }
//     gd_search_free(search);
#ifndef GRADUS_SEARCH_H
#define GRADUS_SEARCH_H

#include <gradus/model.h>
#include <gradus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- What is searched

typedef enum gd_range {
    GD_RANGE_CHOICE = 0, // one of a list
    GD_RANGE_UNIFORM,    // a number from low to high
    GD_RANGE_LOG,        // the same, where every factor is equally likely: from 0.001 to 0.01 as from 0.01 to 0.1
    GD_RANGE_INTEGER,    // a whole number from low to high, both included
    GD_RANGE_LOG_INTEGER //
} gd_range;

typedef struct gd_search_parameter {
    const char *name; // in a recipe its dotted name, "optimizer.adam.learning_rate"
    gd_range range;
    double low, high;          // low < high; above 0 for the two that are logarithmic
    int choice_count;          // GD_RANGE_CHOICE: at least 1
    const char *const *choice; // as they would be written in a recipe
} gd_search_parameter;

typedef struct gd_search gd_search;
typedef struct gd_search_opts gd_search_opts;

// What a strategy wants next: nothing (results are needed first, or the search is over), a new trial, or that an
// earlier one goes on.
typedef struct gd_proposal {
    enum { GD_PROPOSE_NONE = 0, GD_PROPOSE_NEW, GD_PROPOSE_MORE } kind;
    int trial;      // that goes on: its index
    int64_t epochs; // until which it trains; 0: as the recipe says
} gd_proposal;

// A strategy, one record in a file of its own: bayesian, random, grid, coarse_to_fine, halving. It is a function of the
// options and of the trials so far, and of nothing else: so a search goes on from its journal.
typedef struct gd_strategy_kind {
    gd_record record;    // without options: those of all strategies stand in gd_search_opts
    bool decides_epochs; // of its trials; gd_search_opts.epochs is that of the longest, and must be given
    // Checks the options, and says how many trials there will be at most. NULL: opts->trials.
    gd_status (*plan)(const gd_search *search, int *trials);
    // Fills `value`, one number a parameter (of a choice its place in the list), for a new trial.
    gd_status (*propose)(const gd_search *search, double *value, gd_proposal *proposal);
} gd_strategy_kind;

GD_API const gd_records *gd_strategy_kinds(void);
GD_API const gd_strategy_kind *gd_strategy_kind_named(const char *name); // or an alias; NULL: there is none
// Adds a strategy of the program's own, which lives as long as the program. Not while other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_strategy_register(const gd_strategy_kind *kind);

struct gd_search_opts {
    const gd_strategy_kind *strategy; // NULL: bayesian
    int trials;                       // 0: 20, and for a grid as many as it has points
    int grid;                         // points on each range of a grid; 0: 3
    int rounds;                       // of coarse to fine; 0: 3
    int eta;                          // of halving; 0: 3
    int64_t epochs;                   // of halving: those of the longest trials
    uint64_t seed;                    //
    bool higher_is_better;            // of the objective
};

// ---- Asking and telling

typedef enum gd_search_state {
    GD_SEARCH_RUNNING = 0, // asked for and not told yet
    GD_SEARCH_FINISHED,
    GD_SEARCH_FAILED,
    GD_SEARCH_WAITING // was running when the search was stopped; will be asked for again
} gd_search_state;

typedef struct gd_search_trial {
    int number; // from 1
    gd_search_state state;
    const double *value; // of each parameter; of a choice its place in the list, from 0
    int64_t epochs;      // train until so many epochs are done, counted from the trial's start; 0: as the recipe says
    double objective;    // when it is finished
    int64_t epochs_done; //
    int64_t best_epoch;  // the one that had the objective
    double seconds;      //
    const char *failure; // the sentence why it failed, or NULL
} gd_search_trial;

typedef struct gd_search_result {
    double objective;    // not finite: the trial counts as failed
    int64_t epochs;      // done in all
    int64_t best_epoch;  //
    double seconds;      // spent in all
    const char *failure; // a sentence; NULL: it went well
} gd_search_result;

// A search in memory. Parameters are copied. Release with gd_search_free.
// GD_ERROR_ARGUMENT: a range is empty or upside down, a name is there twice, or a grid has more points than `trials`.
GD_API GD_MUST_USE gd_status gd_search_create(int parameter_count, const gd_search_parameter *parameter,
                                              gd_search_opts opts, gd_search **out);
GD_API void gd_search_free(gd_search *search); // NULL is fine

// The trial to run next: a new one, one that goes on for more epochs, or one that was stopped. It belongs to the search
// and stays where it is. *trial is NULL when there is none now: while others run, their results are needed first; when
// none runs, the search is over.
//
// The same results in the same order give the same trials. All strategies but the Bayesian one also give the same
// trials whatever the order in which results come, so they do not depend on how many trials run at a time.
GD_API GD_MUST_USE gd_status gd_search_ask(gd_search *search, const gd_search_trial **trial);
// What came of a trial that runs.
GD_API GD_MUST_USE gd_status gd_search_tell(gd_search *search, int number, gd_search_result result);

GD_API int gd_search_trial_count(const gd_search *search);
GD_API const gd_search_trial *gd_search_trial_at(const gd_search *search, int index); // index 0: number 1
// The finished trials, best first, equal ones by number: fills `trial`, which has room for gd_search_trial_count, and
// returns how many they are.
GD_API int gd_search_ranking(const gd_search *search, const gd_search_trial **trial);
GD_API const gd_search_trial *gd_search_best(const gd_search *search); // NULL: none is finished
// How many trials there will be at most.
GD_API int gd_search_trials_planned(const gd_search *search);

GD_API int gd_search_parameter_count(const gd_search *search);
GD_API const gd_search_parameter *gd_search_parameter_at(const gd_search *search, int index);
// The end of its name that tells it from the others: "learning_rate".
GD_API const char *gd_search_parameter_label(const gd_search *search, int index);
// A trial's value as it would be written in a recipe. Returns `text`.
enum { GD_SEARCH_TEXT = 200 };
GD_API const char *gd_search_value_text(const gd_search *search, const gd_search_trial *trial, int index,
                                        char text[GD_SEARCH_TEXT]);
// The options, with defaults filled in: for strategies.
GD_API gd_search_opts gd_search_get_opts(const gd_search *search);

// ---- Searches in a directory: the section `search` of a recipe, and the journal

typedef struct gd_search_open_opts {
    int setting_count; // "search.trials=30": see gd_recipe_set
    const char *const *setting;
    bool read_only; // of a search that is there already: another process may be writing its journal
} gd_search_open_opts;

// Begins the search of a recipe in the recipe's directory (gd_recipe_directory), or goes on with it when there is one
// of this very recipe: then finished trials stay, and those that were running are waiting. The space is checked against
// the recipe's own tables at the ends of all ranges and at all choices, and the data are read once.
// Errors: what is wrong with the recipe, with its line; GD_ERROR_ARGUMENT when the recipe has no validation set to
// search by, or the directory holds the search of another recipe, or another process is searching there.
GD_API GD_MUST_USE gd_status gd_search_open(const char *path, gd_search_open_opts opts, gd_search **out);
// Goes on with the search in a directory. Of what a setting may change, more trials of a random or Bayesian search and
// another number of processes are possible.
// GD_ERROR_FORMAT when the journal is damaged; a last line that was half written is left out.
GD_API GD_MUST_USE gd_status gd_search_resume(const char *directory, gd_search_open_opts opts, gd_search **out);

typedef struct gd_search_plan {
    const gd_strategy_kind *strategy;
    const char *directory;
    const char *name;      // the recipe's
    const char *objective; // "loss" or a metric's name, of the validation set
    bool higher_is_better;
    int processes; // trials at a time
} gd_search_plan;
// Strings belong to the search. All empty for a search in memory.
GD_API gd_search_plan gd_search_get_plan(const gd_search *search);

// The recipe of one trial: the search's with the trial's values; it is trained in DIR/trials/NNN, and its best epoch
// is that with the best objective. Give it to gd_model_create, or release it with gd_recipe_free.
GD_API GD_MUST_USE gd_status gd_search_trial_recipe(const gd_search *search, const gd_search_trial *trial,
                                                    gd_recipe **out);
// "DIR/trials/007"; gd_text_free. NULL when memory is short.
GD_API char *gd_search_trial_directory(const gd_search *search, int number);

// Writes DIR/results.csv (a row a trial) and, when a trial is finished, DIR/best.yaml: the user's recipe with the best
// values, its comments kept where that is possible, without the section `search`.
GD_API GD_MUST_USE gd_status gd_search_write_results(const gd_search *search);
// Writes a page with the trials as parallel coordinates, the best objective so far, and the objective against each
// parameter. GD_ERROR_UNSUPPORTED when built without Vega.
GD_API GD_MUST_USE gd_status gd_search_write_figure(const gd_search *search, const char *path);

#ifdef __cplusplus
}
#endif
#endif
