// gradus runs
#include <stdio.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "run_text.h"

static int print_text(const gd_run_list *list, const char *directory)
{
    if (list->count == 0) {
        printf("there are no runs in %s\n", directory);
        return EXIT_FINE;
    }
    static const char *const heading[] = {"run", "state", "task", "epochs", "best", "result", "began", "took"};
    table *table = table_create("lllrlllr");
    for (int i = 0; i < 8; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    for (int i = 0; i < list->count; i++) {
        const gd_run_info *run = list->run[i];
        char text[RUN_TEXT];
        table_add(table, "%.60s", run->name);
        table_add(table, "%s", gd_run_state_name(run->state));
        table_add(table, "%s", run->task == NULL ? "" : run->task);
        table_add(table, "%lld", (long long)run->epochs);
        table_add(table, "%s", best_text(run, text));
        table_add(table, "%s", result_text(run, text));
        table_add(table, "%s", began_text(run, text));
        table_add(table, "%s", run->seconds > 0 ? gd_duration_text(run->seconds).text : "");
    }
    table_finish(table, stdout);
    return EXIT_FINE;
}

static int run(const arguments *given)
{
    const char *directory = given->operand_count > 0 ? given->operand[0] : "runs";
    gd_run_list list;
    if (given->operand_count == 0 && !is_directory(directory))
        list = (gd_run_list){0}; // nothing was trained here yet
    else if (gd_run_find(directory, &list) != GD_OK)
        return print_last_error();
    int status = EXIT_FINE;
    if (option_given(given, "json")) {
        json_t *root = json_object(), *runs = json_array();
        json_put_text(root, "directory", directory);
        for (int i = 0; i < list.count; i++)
            json_array_append_new(runs, run_json(list.run[i]));
        json_object_set_new(root, "runs", runs);
        status = json_print(root) ? EXIT_FINE : EXIT_ERROR;
    } else {
        status = print_text(&list, directory);
    }
    gd_run_list_free(&list);
    return status;
}

static const option_row options[] = {
    {"json", 'j', NULL, "Print one JSON object", false},
    {0},
};

const command runs_command = {
    .name = "runs",
    .operands = "[DIR]",
    .most = 1,
    .summary = "a table of the runs in a directory",
    .text =
        "Lists the runs in a directory (runs), the oldest first: state, epochs, the best value of what it was chosen\n"
        "by, what was measured at the end, when it began and how long it trained. A run that says it is running,\n"
        "although nobody trains it, was killed; --resume goes on with it.",
    .examples = "  gradus runs\n"
                "  gradus runs other/runs --json",
    .option = options,
    .run = run,
};
