// The page of a search: parallel coordinates, the best so far, and the objective against each parameter.
#include <gradus/figure.h>
#include <gradus/search.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"

// Finished trials in the order in which they were asked for.
typedef struct {
    const gd_search *search;
    gd_search_plan plan;
    int count;
    const gd_search_trial **trial;
    double *x, *y; // room for one number a trial
} table;

static bool is_log(gd_range range)
{
    return range == GD_RANGE_LOG || range == GD_RANGE_LOG_INTEGER;
}

static const char *objective_name(const table *table)
{
    return table->plan.objective == NULL ? "objective" : table->plan.objective;
}

static gd_status add_parallel(const table *table, gd_figure *figure)
{
    int parameters = gd_search_parameter_count(table->search), axes = parameters + 1;
    gd_parallel_axis *axis = gd__alloc_zeroed((size_t)axes, sizeof *axis);
    double *value = gd__alloc_zeroed((size_t)axes * (size_t)(table->count + 1), sizeof *value);
    gd_status status = axis == NULL || value == NULL ? gd__fail_memory("a figure") : GD_OK;
    for (int i = 0; i < parameters && status == GD_OK; i++) {
        const gd_search_parameter *p = gd_search_parameter_at(table->search, i);
        axis[i] = (gd_parallel_axis){.name = gd_search_parameter_label(table->search, i),
                                     .log = is_log(p->range),
                                     .label_count = p->range == GD_RANGE_CHOICE ? p->choice_count : 0,
                                     .label = p->choice};
    }
    if (status == GD_OK) {
        axis[parameters].name = objective_name(table);
        for (int row = 0; row < table->count; row++) {
            for (int i = 0; i < parameters; i++)
                value[row * axes + i] = table->trial[row]->value[i];
            value[row * axes + parameters] = table->trial[row]->objective;
        }
        gd_figure_parallel(figure, axes, axis, table->count, value);
    }
    gd__free(axis);
    gd__free(value);
    return status;
}

static void add_progress(const table *table, gd_figure *figure)
{
    gd_chart *chart = gd_figure_chart(
        figure, (gd_chart_opts){.title = "Best so far", .x_title = "trial", .y_title = objective_name(table)});
    for (int i = 0; i < table->count; i++) {
        table->x[i] = table->trial[i]->number;
        table->y[i] = table->trial[i]->objective;
    }
    gd_chart_points(chart, "each trial", table->count, table->x, table->y);
    for (int i = 1; i < table->count; i++)
        table->y[i] =
            table->plan.higher_is_better ? fmax(table->y[i - 1], table->y[i]) : fmin(table->y[i - 1], table->y[i]);
    gd_chart_line(chart, "best so far", table->count, table->x, table->y);
}

// Whether a choice is one of numbers, which then have places of their own on an axis.
static bool is_numeric(const gd_search_parameter *p)
{
    for (int k = 0; k < p->choice_count; k++) {
        char *end;
        (void)gd__parse_number(p->choice[k], &end);
        if (end == p->choice[k] || *end != '\0')
            return false;
    }
    return p->choice_count > 0;
}

// The objective against one parameter; the words of a choice are numbered from 0.
static void add_marginal(const table *table, int parameter, gd_figure *figure)
{
    const gd_search_parameter *p = gd_search_parameter_at(table->search, parameter);
    const char *label = gd_search_parameter_label(table->search, parameter);
    char title[200];
    bool numeric = is_numeric(p), words = p->choice_count > 0 && !numeric;
    int length = snprintf(title, sizeof title, "%s", label);
    for (int k = 0; words && k < p->choice_count && length > 0 && length < (int)sizeof title; k++)
        length +=
            snprintf(title + length, sizeof title - (size_t)length, "%s%d: %s", k == 0 ? " (" : ", ", k, p->choice[k]);
    if (words && length < (int)sizeof title - 1)
        snprintf(title + length, sizeof title - (size_t)length, ")");
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.title = label,
                                                              .x_title = title,
                                                              .y_title = objective_name(table),
                                                              .log_x = is_log(p->range),
                                                              .no_legend = true});
    for (int i = 0; i < table->count; i++) {
        double value = table->trial[i]->value[parameter];
        table->x[i] = numeric ? gd__parse_number(p->choice[(int)value], NULL) : value;
        table->y[i] = table->trial[i]->objective;
    }
    gd_chart_points(chart, "each trial", table->count, table->x, table->y);
}

static gd_status draw(const table *table, const char *path)
{
    char title[300], caption[300] = "No trial is finished yet.";
    snprintf(title, sizeof title, "Search %s", table->plan.name == NULL ? "" : table->plan.name);
    const gd_search_trial *best = gd_search_best(table->search);
    if (best != NULL)
        snprintf(caption, sizeof caption,
                 "%d finished trials (%s); the best is trial %d with %s %.6g. Each line is a trial; each point below "
                 "is one.",
                 table->count, table->plan.strategy->record.name, best->number, objective_name(table), best->objective);
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = title, .caption = caption});
    if (figure == NULL)
        return gd__fail_memory("a figure");
    gd_status status = add_parallel(table, figure);
    if (status == GD_OK) {
        add_progress(table, figure);
        for (int i = 0; i < gd_search_parameter_count(table->search); i++)
            add_marginal(table, i, figure);
        status = gd_figure_write_html(figure, path);
    }
    gd_figure_free(figure);
    return status;
}

gd_status gd_search_write_figure(const gd_search *search, const char *path)
{
    int most = gd_search_trial_count(search);
    table table = {.search = search, .plan = gd_search_get_plan(search)};
    table.trial = gd__alloc_zeroed((size_t)most + 1, sizeof *table.trial);
    table.x = gd__alloc_zeroed((size_t)most + 1, sizeof *table.x);
    table.y = gd__alloc_zeroed((size_t)most + 1, sizeof *table.y);
    gd_status status = GD_OK;
    if (table.trial == NULL || table.x == NULL || table.y == NULL)
        status = gd__fail_memory("a figure");
    for (int i = 0; i < most && status == GD_OK; i++)
        if (gd_search_trial_at(search, i)->state == GD_SEARCH_FINISHED)
            table.trial[table.count++] = gd_search_trial_at(search, i);
    if (status == GD_OK)
        status = draw(&table, path);
    gd__free(table.trial);
    gd__free(table.x);
    gd__free(table.y);
    return status;
}
