#include "commands.h"

#include <string.h>

const command *const commands[] = {&train_command,   &search_command,     &runs_command,
                                   &report_command,  &compare_command,    &eval_command,
                                   &predict_command, &generate_command,   &similar_command,
                                   &explain_command, &data_command,       &new_command,
                                   &info_command,    &check_command,      &prune_command,
                                   &grow_command,    &words_command,      &bench_command,
                                   &schema_command,  &completion_command, NULL};

const command *find_command(const char *name)
{
    for (int i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}
