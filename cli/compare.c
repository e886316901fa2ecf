// gradus compare
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "run_curves.h"
#include "run_text.h"

enum { MOST_RUNS = 32, MOST_NAMES = 64 };

typedef struct {
    int count;
    gd_run_info *run[MOST_RUNS];
    gd_history *history[MOST_RUNS]; // NULL: there is none
    const char *label[MOST_RUNS];   // the names, or the directories where two are called the same
    int metric_count;
    const char *metric[MOST_NAMES]; // of all results together
    gd_run_differences differences;
} comparison;

static void comparison_free(comparison *c)
{
    for (int i = 0; i < c->count; i++) {
        gd_history_free(c->history[i]);
        gd_run_info_free(c->run[i]);
    }
    gd_run_differences_free(&c->differences);
}

// ---- Reading

static int open_runs(const arguments *given, comparison *c)
{
    if (given->operand_count > MOST_RUNS)
        return usage_error(given->of, "%d runs are too many to be compared, expected at most %d", given->operand_count,
                           MOST_RUNS);
    for (int i = 0; i < given->operand_count; i++) {
        if (gd_run_read(given->operand[i], &c->run[i]) != GD_OK)
            return print_last_error();
        c->count = i + 1;
        (void)!gd_run_history(c->run[i], &c->history[i]);
    }
    return gd_run_compare(c->count, c->run, &c->differences) == GD_OK ? EXIT_FINE : print_last_error();
}

static void choose_labels(comparison *c)
{
    for (int i = 0; i < c->count; i++) {
        c->label[i] = c->run[i]->name;
        for (int k = 0; k < c->count; k++)
            if (k != i && strcmp(c->run[i]->name, c->run[k]->name) == 0)
                c->label[i] = c->run[i]->directory;
    }
}

static void collect_metrics(comparison *c)
{
    for (int i = 0; i < c->count; i++) {
        const gd_run_result *result = &c->run[i]->result;
        for (int m = 0; m < result->metric_count; m++) {
            int k = 0;
            while (k < c->metric_count && strcmp(c->metric[k], result->metric_name[m]) != 0)
                k++;
            if (k == c->metric_count && k < MOST_NAMES)
                c->metric[c->metric_count++] = result->metric_name[m];
        }
    }
}

static double metric_of(const gd_run_info *run, const char *name)
{
    for (int i = 0; i < run->result.metric_count; i++)
        if (strcmp(run->result.metric_name[i], name) == 0)
            return run->result.metric[i];
    return (double)NAN;
}

// ---- Telling

static void add_number(table *table, double value)
{
    if (isfinite(value))
        table_add(table, "%.6g", value);
    else
        table_add(table, "-");
}

static void print_results(const comparison *c)
{
    char alignment[MOST_NAMES + 8] = "llrllr";
    memset(alignment + 6, 'r', (size_t)c->metric_count);
    table *table = table_create(alignment);
    static const char *const heading[] = {"run", "state", "epochs", "best", "measured on", "loss"};
    for (int i = 0; i < 6; i++)
        table_add(table, "%s", heading[i]);
    for (int m = 0; m < c->metric_count; m++)
        table_add(table, "%.40s", c->metric[m]);
    table_rule(table);
    for (int i = 0; i < c->count; i++) {
        const gd_run_info *run = c->run[i];
        const bool measured = run->result.set_name != NULL;
        char text[RUN_TEXT];
        table_add(table, "%.60s", c->label[i]);
        table_add(table, "%s", gd_run_state_name(run->state));
        table_add(table, "%lld", (long long)run->epochs);
        table_add(table, "%s", best_text(run, text));
        if (measured)
            table_add(table, "%.40s (%s weights)", run->result.set_name, run->result.best_weights ? "best" : "last");
        else
            table_add(table, "-");
        add_number(table, measured ? run->result.loss : (double)NAN);
        for (int m = 0; m < c->metric_count; m++)
            add_number(table, metric_of(run, c->metric[m]));
    }
    table_finish(table, stdout);
}

static void print_differences(const comparison *c)
{
    const gd_run_differences *list = &c->differences;
    if (list->count == 0) {
        printf("\nTheir recipes say the same.\n");
        return;
    }
    char alignment[MOST_RUNS + 2] = "l";
    memset(alignment + 1, 'l', (size_t)c->count);
    table *table = table_create(alignment);
    table_add(table, "what differs");
    for (int i = 0; i < c->count; i++)
        table_add(table, "%.60s", c->label[i]);
    table_rule(table);
    for (int row = 0; row < list->count; row++) {
        table_add(table, "%.80s", list->key[row]);
        for (int i = 0; i < c->count; i++) {
            const char *value = list->value[row * list->runs + i];
            table_add(table, "%.60s", value == NULL ? "-" : value);
        }
    }
    printf("\n");
    table_finish(table, stdout);
}

static bool print_json(const comparison *c)
{
    const gd_run_differences *list = &c->differences;
    json_t *root = json_object(), *runs = json_array(), *rows = json_array();
    for (int i = 0; i < c->count; i++)
        json_array_append_new(runs, run_json(c->run[i]));
    for (int row = 0; row < list->count; row++) {
        json_t *entry = json_object(), *values = json_array();
        json_put_text(entry, "key", list->key[row]);
        for (int i = 0; i < c->count; i++) {
            const char *value = list->value[row * list->runs + i];
            json_array_append_new(values, value == NULL ? json_null() : json_string(value));
        }
        json_object_set_new(entry, "values", values);
        json_array_append_new(rows, entry);
    }
    json_object_set_new(root, "runs", runs);
    json_object_set_new(root, "differences", rows);
    return json_print(root);
}

// ---- Curves over each other

// What differs, as sentences below the curves.
static void write_caption(const comparison *c, char *text, size_t size)
{
    const gd_run_differences *list = &c->differences;
    size_t length = (size_t)snprintf(text, size, list->count == 0 ? "The recipes say the same." : "What differs: ");
    for (int row = 0; row < list->count && length < size; row++)
        for (int i = 0; i < c->count && length < size; i++) {
            const char *value = list->value[row * list->runs + i];
            length += (size_t)snprintf(text + length, size - length, "%s%.80s%s%.60s",
                                       i > 0     ? " / "
                                       : row > 0 ? "; "
                                                 : "",
                                       i == 0 ? list->key[row] : "", i == 0 ? " " : "", value == NULL ? "-" : value);
        }
}

static int write_report(const comparison *c, const char *path)
{
    char caption[4000], title[300] = "Runs compared:";
    write_caption(c, caption, sizeof caption);
    for (int i = 0; i < c->count; i++) {
        size_t length = strlen(title);
        snprintf(title + length, sizeof title - length, "%s %.60s", i == 0 ? "" : ",", c->label[i]);
    }
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = title, .caption = caption, .columns = 2});
    const bool good = figure != NULL && run_curves_draw(figure, c->count, c->history, c->label);
    int status = !good                                         ? print_error("out of memory")
                 : gd_figure_write_html(figure, path) == GD_OK ? EXIT_FINE
                                                               : print_last_error();
    gd_figure_free(figure);
    if (status == EXIT_FINE)
        fprintf(stderr, "report        %s\n", path);
    return status;
}

// ---- The whole

static int compare_with(const arguments *given, comparison *c)
{
    int status = open_runs(given, c);
    if (status != EXIT_FINE)
        return status;
    choose_labels(c);
    collect_metrics(c);
    if (option_given(given, "json")) {
        status = print_json(c) ? EXIT_FINE : EXIT_ERROR;
    } else {
        print_results(c);
        print_differences(c);
    }
    const char *path = option_text(given, "report", NULL);
    return status == EXIT_FINE && path != NULL ? write_report(c, path) : status;
}

static int run(const arguments *given)
{
    comparison c = {0};
    int status = compare_with(given, &c);
    comparison_free(&c);
    return status;
}

static const option_row options[] = {
    {"report", 'r', "FILE", "Write a page with the curves of all runs over each other", false},
    {"json", 'j', NULL, "Print one JSON object", false},
    {0},
};

const command compare_command = {
    .name = "compare",
    .operands = "RUN RUN ...",
    .least = 2,
    .summary = "what runs came to, and what their recipes say differently",
    .text = "Prints the results of several runs side by side, and key by key what differs in their recipes. A value\n"
            "that one of them leaves out counts as its default.",
    .examples = "  gradus compare runs/net runs/net-2\n"
                "  gradus compare runs/net* --report compared.html",
    .option = options,
    .run = run,
};
