// A search from within: parameters, trials, and where it is written down.
//
// A strategy is a function of the options and of the trials so far, and of nothing else. So a search is gone on with by
// reading its trials back.
#ifndef GD_SEARCH_SEARCH_H
#define GD_SEARCH_SEARCH_H

#include <gradus/search.h>

#include "base/random.h"
#include "base/text.h"
#include "model/recipe.h"

enum { GD__MOST_RUNGS = 40, GD__MOST_TRIALS = 10000, GD__RANDOM_TRIES = 200 };

typedef struct gd__search_trial {
    gd_search_trial shown; // first: a gd_search_trial is the beginning of a gd__search_trial
    double *value;
    char *failure;
    double rung_objective[GD__MOST_RUNGS]; // of halving: by rung
} gd__search_trial;

struct gd_search {
    int parameter_count;
    gd_search_parameter *parameter; // texts are owned
    const char **label;             // ends of names
    bool *nominal;                  // a choice whose entries have no order
    gd_search_opts opts;            // with defaults filled in
    int planned;                    // trials at most
    int trial_count, capacity;
    gd__search_trial **trial;

    // Of a search in a directory; else NULL and 0.
    gd_recipe *recipe;
    char *directory, *objective;
    char *source; // the text of the recipe as the user wrote it
    int processes;
    int journal; // a descriptor that events are added to; -1: none
    int lock;    // a descriptor of the directory; -1: not locked
};

// ---- Parameters (range.c)

gd_status gd__search_parameter_check(const gd_search_parameter *parameter);
// From a place in [0, 1) to a value, and back to the middle of the places that give it.
double gd__range_value(const gd_search_parameter *parameter, double place);
double gd__range_place(const gd_search_parameter *parameter, double value);
// How many values there are: 0 when they are without number.
double gd__range_size(const gd_search_parameter *parameter);
// Whether no trial has these values.
bool gd__search_is_new(const gd_search *search, const double *value);

// ---- Strategies (strategy_*.c)

extern const gd_strategy_kind gd__strategy_bayesian, gd__strategy_halving;
// Independent random values for the trial with this index, other than all before where there are such; false: none.
bool gd__random_values(const gd_search *search, int index, double *value);
// The rungs of halving: epochs of each, in `epochs`; returns how many.
int gd__rungs(const gd_search_opts *opts, int64_t epochs[GD__MOST_RUNGS]);
// Where `a` is better than `b`, for finished trials: by objective, then by number.
bool gd__search_better(const gd_search *search, const gd__search_trial *a, const gd__search_trial *b);

// ---- Trials (search.c)

gd_status gd__search_add_trial(gd_search *search, const double *value, gd__search_trial **out);
// Takes over a result; the trial must be running.
gd_status gd__search_take_result(gd_search *search, gd__search_trial *trial, const gd_search_result *result);
static inline bool gd__search_ended(const gd__search_trial *trial)
{
    return trial->shown.state == GD_SEARCH_FINISHED || trial->shown.state == GD_SEARCH_FAILED;
}

// ---- The journal (journal.c): a line of JSON for every event

#define GD__JOURNAL "journal.jsonl"
// What its first line says.
typedef struct gd__journal_head {
    char *recipe, *source, *name, *folder, *objective;
    bool higher_is_better;
} gd__journal_head;
void gd__journal_head_free(gd__journal_head *head);
// Reads the head, and how far the lines are whole; `text` is the file, which gd__journal_replay goes through.
gd_status gd__journal_read(const char *path, gd__journal_head *head, char **text, size_t *length);
gd_status gd__journal_replay(gd_search *search, const char *path, const char *text, size_t length);
// Makes a new journal with its head, whole or not at all; or replaces the head of one.
gd_status gd__journal_write_head(const char *path, const gd__journal_head *head, const char *rest, size_t length);
// Keeps other searches out of a directory until *lock is closed.
gd_status gd__journal_lock(const char *directory, int *lock);
void gd__journal_unlock(int lock);
// Opens it for adding lines.
gd_status gd__journal_open(gd_search *search, const char *path);
gd_status gd__journal_started(gd_search *search, const gd__search_trial *trial);
gd_status gd__journal_ended(gd_search *search, const gd__search_trial *trial);

// ---- Recipes (section.c, edit.c)

// Parameters, options and objective out of the section `search`, checked; the recipe stays the caller's.
gd_status gd__search_from_recipe(const gd_recipe *recipe, gd_search **out);
// Puts a trial's values into a recipe (open.c).
gd_status gd__search_set_values(const gd_search *search, const gd_search_trial *trial, gd_recipe *recipe);
// A copy with its name and folder.
gd_status gd__recipe_copy(const gd_recipe *recipe, gd_recipe **out);
// A node as YAML in one line, for settings.
void gd__yaml_flow(gd__text *text, const gd__yaml *node);
// Sets `name` to a text of any letters.
gd_status gd__recipe_set_text(gd_recipe *recipe, const char *name, const char *value);
// The user's text changed so that it says what `wanted` says, comments kept; without its section `search`. NULL when
// that cannot be done so (or memory is short). gd__free.
char *gd__recipe_edit(const char *source, const gd__yaml *wanted);

#endif
