// What a search tells: a line for each trial, and a table of all.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "print.h"
#include "search.h"

enum { MOST_ROWS = 20, LONGEST_VALUE = 24 };

static void count_states(const gd_search *search, int count[4])
{
    memset(count, 0, 4 * sizeof *count);
    for (int i = 0; i < gd_search_trial_count(search); i++)
        count[gd_search_trial_at(search, i)->state]++;
}

void search_print_beginning(const gd_search *search, int processes, int threads)
{
    gd_search_plan plan = gd_search_get_plan(search);
    int parameters = gd_search_parameter_count(search), state[4];
    count_states(search, state);
    printf("%s: %s search over %d parameter%s, %d trial%s, %d at a time with %d thread%s each; the %s %s of the "
           "validation set counts\n",
           plan.name, plan.strategy->record.name, parameters, parameters == 1 ? "" : "s",
           gd_search_trials_planned(search), gd_search_trials_planned(search) == 1 ? "" : "s", processes, threads,
           threads == 1 ? "" : "s", plan.higher_is_better ? "highest" : "lowest", plan.objective);
    int ended = state[GD_SEARCH_FINISHED] + state[GD_SEARCH_FAILED];
    if (gd_search_trial_count(search) > 0)
        printf("%s holds %d trial%s that ended already, and %d that go%s on\n", plan.directory, ended,
               ended == 1 ? "" : "s", state[GD_SEARCH_WAITING], state[GD_SEARCH_WAITING] == 1 ? "es" : "");
    fflush(stdout);
}

static const char *short_value(const gd_search *search, const gd_search_trial *trial, int index,
                               char text[GD_SEARCH_TEXT])
{
    gd_search_value_text(search, trial, index, text);
    if (strlen(text) > LONGEST_VALUE)
        strcpy(text + LONGEST_VALUE - 3, "...");
    return text;
}

void search_print_trial(const gd_search *search, const gd_search_trial *trial)
{
    gd_search_plan plan = gd_search_get_plan(search);
    char value[GD_SEARCH_TEXT];
    printf("trial %d/%d", trial->number, gd_search_trials_planned(search));
    if (trial->state == GD_SEARCH_FINISHED)
        printf("  %s %#.4g  epoch %lld/%lld  %s", plan.objective, trial->objective, (long long)trial->best_epoch,
               (long long)trial->epochs_done, gd_duration_text(trial->seconds).text);
    else
        printf("  failed");
    for (int i = 0; i < gd_search_parameter_count(search); i++)
        printf("  %s %s", gd_search_parameter_label(search, i), short_value(search, trial, i, value));
    if (trial->state == GD_SEARCH_FAILED)
        printf(": %s", trial->failure);
    printf("%s\n", gd_search_best(search) == trial ? "  best so far" : "");
    fflush(stdout);
}

// ---- The table

static void add_row(table *rows, const gd_search *search, const gd_search_trial *trial)
{
    char text[GD_SEARCH_TEXT];
    table_add(rows, "%d", trial->number);
    table_add(rows, "%#.4g", trial->objective);
    table_add(rows, "%lld/%lld", (long long)trial->best_epoch, (long long)trial->epochs_done);
    table_add(rows, "%s", gd_duration_text(trial->seconds).text);
    for (int i = 0; i < gd_search_parameter_count(search); i++)
        table_add(rows, "%s", short_value(search, trial, i, text));
}

void search_print_table(const gd_search *search)
{
    int parameters = gd_search_parameter_count(search), state[4];
    gd_search_plan plan = gd_search_get_plan(search);
    const gd_search_trial **ranking = calloc((size_t)gd_search_trial_count(search) + 1, sizeof(void *));
    char *alignment = calloc((size_t)parameters + 5, 1);
    if (ranking != NULL && alignment != NULL) {
        int count = gd_search_ranking(search, ranking);
        memset(alignment, 'r', (size_t)parameters + 4);
        table *rows = table_create(alignment);
        table_add(rows, "trial");
        table_add(rows, "%s", plan.objective);
        table_add(rows, "epoch");
        table_add(rows, "time");
        for (int i = 0; i < parameters; i++)
            table_add(rows, "%s", gd_search_parameter_label(search, i));
        table_rule(rows);
        for (int i = 0; i < count && i < MOST_ROWS; i++)
            add_row(rows, search, ranking[i]);
        table_finish(rows, stdout);
        if (count > MOST_ROWS)
            printf("and %d more\n", count - MOST_ROWS);
    }
    free(ranking);
    free(alignment);
    count_states(search, state);
    if (state[GD_SEARCH_FAILED] > 0)
        printf("%d trial%s failed\n", state[GD_SEARCH_FAILED], state[GD_SEARCH_FAILED] == 1 ? "" : "s");
}

// ---- JSON

static json_t *trial_json(const gd_search *search, const gd_search_trial *trial)
{
    static const char *const state[] = {"running", "finished", "failed", "waiting"};
    json_t *object = json_object(), *values = json_object();
    json_put_integer(object, "trial", trial->number);
    json_put_text(object, "state", state[trial->state]);
    for (int i = 0; i < gd_search_parameter_count(search); i++) {
        const gd_search_parameter *p = gd_search_parameter_at(search, i);
        if (p->range == GD_RANGE_CHOICE)
            json_put_text(values, p->name, p->choice[(int)trial->value[i]]);
        else if (p->range == GD_RANGE_INTEGER || p->range == GD_RANGE_LOG_INTEGER)
            json_put_integer(values, p->name, (int64_t)trial->value[i]);
        else
            json_put_number(values, p->name, trial->value[i]);
    }
    json_object_set_new(object, "values", values);
    if (trial->state == GD_SEARCH_FINISHED) {
        json_put_number(object, "objective", trial->objective);
        json_put_integer(object, "best_epoch", trial->best_epoch);
    }
    json_put_integer(object, "epochs", trial->epochs_done);
    json_put_number(object, "seconds", trial->seconds);
    if (trial->failure != NULL)
        json_put_text(object, "failure", trial->failure);
    return object;
}

bool search_print_json(const gd_search *search)
{
    gd_search_plan plan = gd_search_get_plan(search);
    int count = gd_search_trial_count(search), ranked = 0;
    const gd_search_trial **ranking = calloc((size_t)count + 1, sizeof(void *));
    json_t *root = json_object(), *trials = json_array();
    json_put_text(root, "search", plan.name);
    json_put_text(root, "directory", plan.directory);
    json_put_text(root, "strategy", plan.strategy->record.name);
    json_put_text(root, "objective", plan.objective);
    json_object_set_new(root, "higher_is_better", json_boolean(plan.higher_is_better));
    json_put_integer(root, "planned", gd_search_trials_planned(search));
    if (ranking != NULL)
        ranked = gd_search_ranking(search, ranking);
    for (int i = 0; i < ranked; i++)
        json_array_append_new(trials, trial_json(search, ranking[i]));
    for (int i = 0; i < count; i++)
        if (gd_search_trial_at(search, i)->state != GD_SEARCH_FINISHED)
            json_array_append_new(trials, trial_json(search, gd_search_trial_at(search, i)));
    json_object_set_new(root, "trials", trials);
    free(ranking);
    return json_print(root);
}
