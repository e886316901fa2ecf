// Asking and telling.
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"

enum { DEFAULT_TRIALS = 20, DEFAULT_GRID = 3, DEFAULT_ROUNDS = 3, DEFAULT_ETA = 3 };

void gd_search_free(gd_search *search)
{
    if (search == NULL)
        return;
    for (int i = 0; i < search->parameter_count && search->parameter != NULL; i++) {
        gd_search_parameter *p = &search->parameter[i];
        for (int k = 0; k < p->choice_count && p->choice != NULL; k++)
            gd__free((void *)(uintptr_t)p->choice[k]);
        gd__free((void *)(uintptr_t)p->choice);
        gd__free((void *)(uintptr_t)p->name);
    }
    for (int i = 0; i < search->trial_count; i++) {
        gd__free(search->trial[i]->value);
        gd__free(search->trial[i]->failure);
        gd__free(search->trial[i]);
    }
    gd__free(search->parameter);
    gd__free(search->label);
    gd__free(search->nominal);
    gd__free(search->trial);
    gd_recipe_free(search->recipe);
    gd__free(search->directory);
    gd__free(search->objective);
    gd__free(search->source);
    if (search->journal >= 0)
        close(search->journal);
    if (search->lock >= 0)
        close(search->lock);
    gd__free(search);
}

// ---- Making one

static gd_status copy_parameter(gd_search_parameter *to, const gd_search_parameter *from)
{
    *to = *from;
    to->choice = NULL;
    to->choice_count = 0;
    to->name = gd__copy_text(from->name);
    if (to->name == NULL)
        return gd__fail_memory("a search");
    if (from->range != GD_RANGE_CHOICE)
        return GD_OK;
    const char **choice = gd__alloc_zeroed((size_t)from->choice_count, sizeof *choice);
    to->choice = choice;
    if (choice == NULL)
        return gd__fail_memory("a search");
    for (; to->choice_count < from->choice_count; to->choice_count++)
        if ((choice[to->choice_count] = gd__copy_text(from->choice[to->choice_count])) == NULL)
            return gd__fail_memory("a search");
    return GD_OK;
}

// Numbers have an order even when they are listed; so have two things.
static bool has_no_order(const gd_search_parameter *p)
{
    if (p->range != GD_RANGE_CHOICE || p->choice_count < 3)
        return false;
    double before = -INFINITY;
    for (int i = 0; i < p->choice_count; i++) {
        char *end;
        double number = gd__parse_number(p->choice[i], &end);
        if (end == p->choice[i] || *end != '\0' || number <= before)
            return true;
        before = number;
    }
    return false;
}

static bool ends_with_part(const char *name, const char *part)
{
    size_t length = strlen(name), tail = strlen(part);
    return length >= tail && strcmp(name + length - tail, part) == 0 &&
           (length == tail || name[length - tail - 1] == '.');
}

// The shortest end of the name, at a dot, that no other name has.
static const char *find_label(const gd_search *search, int index)
{
    const char *name = search->parameter[index].name, *label = name + strlen(name);
    while (label > name) {
        do
            label--;
        while (label > name && label[-1] != '.');
        bool unique = label[0] < '0' || label[0] > '9'; // a bare place in a list says too little
        for (int i = 0; i < search->parameter_count && unique; i++)
            unique = i == index || !ends_with_part(search->parameter[i].name, label);
        if (unique)
            break;
    }
    return label;
}

static gd_status take_parameters(gd_search *search, int count, const gd_search_parameter *parameter)
{
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "the space of the search is empty");
    search->parameter = gd__alloc_zeroed((size_t)count, sizeof *search->parameter);
    search->label = gd__alloc_zeroed((size_t)count, sizeof *search->label);
    search->nominal = gd__alloc_zeroed((size_t)count, sizeof *search->nominal);
    if (search->parameter == NULL || search->label == NULL || search->nominal == NULL)
        return gd__fail_memory("a search");
    for (int i = 0; i < count; i++) {
        gd_status status = gd__search_parameter_check(&parameter[i]);
        for (int k = 0; k < i && status == GD_OK; k++)
            if (strcmp(parameter[i].name, parameter[k].name) == 0)
                status = gd__fail(GD_ERROR_ARGUMENT, "the parameter '%.100s' is there twice", parameter[i].name);
        search->parameter_count = i + 1;
        if (status == GD_OK)
            status = copy_parameter(&search->parameter[i], &parameter[i]);
        if (status != GD_OK)
            return status;
    }
    for (int i = 0; i < count; i++) {
        search->label[i] = find_label(search, i);
        search->nominal[i] = has_no_order(&search->parameter[i]);
    }
    return GD_OK;
}

static gd_status plan_trials(gd_search *search)
{
    gd_search_opts *opts = &search->opts;
    int trials = opts->trials;
    opts->grid = opts->grid == 0 ? DEFAULT_GRID : opts->grid;
    opts->rounds = opts->rounds == 0 ? DEFAULT_ROUNDS : opts->rounds;
    opts->eta = opts->eta == 0 ? DEFAULT_ETA : opts->eta;
    opts->trials = trials == 0 ? DEFAULT_TRIALS : trials;
    if (trials < 0 || trials > GD__MOST_TRIALS)
        return gd__fail(GD_ERROR_ARGUMENT, "a search of %d trials, expected 1 to %d", trials, GD__MOST_TRIALS);
    if (opts->grid < 2 || opts->rounds < 2 || opts->eta < 2 || opts->epochs < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "grid, rounds and eta of a search are %d, %d and %d, expected 2 or more",
                        opts->grid, opts->rounds, opts->eta);
    if (opts->strategy->decides_epochs && opts->epochs == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "the strategy %s needs the epochs of its longest trials",
                        opts->strategy->record.name);
    if (opts->strategy->plan != NULL) {
        opts->trials = trials; // 0: none was said
        gd_status status = opts->strategy->plan(search, &trials);
        if (status != GD_OK)
            return status;
        opts->trials = trials;
    }
    search->planned = opts->trials;
    return GD_OK;
}

gd_status gd_search_create(int count, const gd_search_parameter *parameter, gd_search_opts opts, gd_search **out)
{
    if (count > 0)
        GD__NEEDS(parameter, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd_search *search = gd__alloc_zeroed(1, sizeof *search);
    if (search == NULL)
        return gd__fail_memory("a search");
    search->opts = opts;
    if (opts.strategy == NULL)
        search->opts.strategy = &gd__strategy_bayesian;
    search->journal = search->lock = -1;
    gd_status status = take_parameters(search, count, parameter);
    if (status == GD_OK)
        status = plan_trials(search);
    if (status != GD_OK) {
        gd_search_free(search);
        return status;
    }
    *out = search;
    return GD_OK;
}

// ---- Trials

gd_status gd__search_add_trial(gd_search *search, const double *value, gd__search_trial **out)
{
    size_t bytes = (size_t)search->parameter_count * sizeof *value;
    gd__search_trial *trial = gd__alloc_zeroed(1, sizeof *trial);
    double *copy = gd__copy_block(value, bytes);
    if (trial == NULL || copy == NULL ||
        !gd__grow((void **)&search->trial, &search->capacity, search->trial_count, sizeof *search->trial)) {
        gd__free(trial);
        gd__free(copy);
        return gd__fail_memory("a trial");
    }
    trial->value = copy;
    trial->shown.value = copy;
    trial->shown.number = search->trial_count + 1;
    search->trial[search->trial_count++] = trial;
    *out = trial;
    return GD_OK;
}

// The trial that runs next: one that was stopped, or what the strategy proposes.
static gd_status choose(gd_search *search, gd__search_trial **chosen)
{
    *chosen = NULL;
    for (int i = 0; i < search->trial_count; i++)
        if (search->trial[i]->shown.state == GD_SEARCH_WAITING) {
            *chosen = search->trial[i];
            return GD_OK;
        }
    double *value = gd__alloc_zeroed((size_t)search->parameter_count, sizeof *value);
    gd_proposal proposal = {0};
    gd_status status =
        value == NULL ? gd__fail_memory("a trial") : search->opts.strategy->propose(search, value, &proposal);
    if (status == GD_OK && proposal.kind == GD_PROPOSE_NEW)
        status = gd__search_add_trial(search, value, chosen);
    else if (status == GD_OK && proposal.kind == GD_PROPOSE_MORE &&
             (proposal.trial < 0 || proposal.trial >= search->trial_count))
        status = gd__fail(GD_ERROR_ARGUMENT, "the strategy %s lets a trial go on that is not there",
                          search->opts.strategy->record.name);
    else if (status == GD_OK && proposal.kind == GD_PROPOSE_MORE)
        *chosen = search->trial[proposal.trial];
    gd__free(value);
    if (*chosen != NULL && status == GD_OK)
        (*chosen)->shown.epochs = proposal.epochs;
    return status;
}

gd_status gd_search_ask(gd_search *search, const gd_search_trial **out)
{
    GD__NEEDS(search, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd__search_trial *trial;
    gd_status status = choose(search, &trial);
    if (status != GD_OK || trial == NULL)
        return status;
    trial->shown.state = GD_SEARCH_RUNNING;
    status = gd__journal_started(search, trial);
    if (status == GD_OK)
        *out = &trial->shown;
    return status;
}

// The rung that trains for so many epochs, or -1.
static int rung_of(const gd_search *search, int64_t epochs)
{
    int64_t rung[GD__MOST_RUNGS];
    int count = search->opts.strategy == &gd__strategy_halving ? gd__rungs(&search->opts, rung) : 0;
    for (int i = 0; i < count; i++)
        if (rung[i] == epochs)
            return i;
    return -1;
}

gd_status gd__search_take_result(gd_search *search, gd__search_trial *trial, const gd_search_result *result)
{
    gd_search_trial *shown = &trial->shown;
    const char *failure = result->failure;
    if (failure == NULL && !isfinite(result->objective))
        failure = "the objective is not a finite number";
    char *copy = gd__copy_text(failure);
    if (failure != NULL && copy == NULL)
        return gd__fail_memory("a sentence");
    gd__free(trial->failure);
    trial->failure = copy;
    shown->failure = copy;
    shown->state = copy == NULL ? GD_SEARCH_FINISHED : GD_SEARCH_FAILED;
    shown->epochs_done = result->epochs;
    shown->seconds = result->seconds;
    if (copy != NULL)
        return GD_OK;
    shown->objective = result->objective;
    shown->best_epoch = result->best_epoch;
    int rung = rung_of(search, shown->epochs);
    if (rung >= 0)
        trial->rung_objective[rung] = result->objective;
    return GD_OK;
}

gd_status gd_search_tell(gd_search *search, int number, gd_search_result result)
{
    GD__NEEDS(search, GD_ERROR_ARGUMENT);
    if (number < 1 || number > search->trial_count)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no trial %d; there are %d", number, search->trial_count);
    gd__search_trial *trial = search->trial[number - 1];
    if (trial->shown.state != GD_SEARCH_RUNNING)
        return gd__fail(GD_ERROR_ARGUMENT, "trial %d is not running, so it has no result", number);
    gd_status status = gd__search_take_result(search, trial, &result);
    return status == GD_OK ? gd__journal_ended(search, trial) : status;
}

// ---- Looking

int gd_search_trial_count(const gd_search *search)
{
    GD__NEEDS(search, 0);
    return search->trial_count;
}

const gd_search_trial *gd_search_trial_at(const gd_search *search, int index)
{
    GD__NEEDS(search, NULL);
    return index < 0 || index >= search->trial_count ? NULL : &search->trial[index]->shown;
}

int gd_search_trials_planned(const gd_search *search)
{
    GD__NEEDS(search, 0);
    return search->planned;
}

bool gd__search_better(const gd_search *search, const gd__search_trial *a, const gd__search_trial *b)
{
    double first = a->shown.objective, second = b->shown.objective;
    if (first != second)
        return search->opts.higher_is_better ? first > second : first < second;
    return a->shown.number < b->shown.number;
}

int gd_search_ranking(const gd_search *search, const gd_search_trial **trial)
{
    GD__NEEDS(search, 0);
    int count = 0;
    for (int i = 0; i < search->trial_count; i++) {
        const gd__search_trial *new = search->trial[i];
        if (new->shown.state != GD_SEARCH_FINISHED)
            continue;
        int at = count++;
        for (; at > 0 && gd__search_better(search, new, (const gd__search_trial *)trial[at - 1]); at--)
            trial[at] = trial[at - 1];
        trial[at] = &new->shown;
    }
    return count;
}

const gd_search_trial *gd_search_best(const gd_search *search)
{
    GD__NEEDS(search, NULL);
    const gd__search_trial *best = NULL;
    for (int i = 0; i < search->trial_count; i++) {
        const gd__search_trial *trial = search->trial[i];
        if (trial->shown.state == GD_SEARCH_FINISHED && (best == NULL || gd__search_better(search, trial, best)))
            best = trial;
    }
    return best == NULL ? NULL : &best->shown;
}

int gd_search_parameter_count(const gd_search *search)
{
    GD__NEEDS(search, 0);
    return search->parameter_count;
}

const gd_search_parameter *gd_search_parameter_at(const gd_search *search, int index)
{
    GD__NEEDS(search, NULL);
    return index < 0 || index >= search->parameter_count ? NULL : &search->parameter[index];
}

const char *gd_search_parameter_label(const gd_search *search, int index)
{
    GD__NEEDS(search, NULL);
    return index < 0 || index >= search->parameter_count ? NULL : search->label[index];
}

gd_search_opts gd_search_get_opts(const gd_search *search)
{
    GD__NEEDS(search, (gd_search_opts){0});
    return search->opts;
}
