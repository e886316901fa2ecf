// The subcommands.
#ifndef GRADUS_CLI_COMMANDS_H
#define GRADUS_CLI_COMMANDS_H

#include "options.h"

extern const command train_command, eval_command, predict_command, data_command, info_command, check_command,
    bench_command, search_command, similar_command, explain_command, prune_command, grow_command, runs_command,
    report_command, compare_command, new_command, generate_command, schema_command, completion_command, words_command;

enum { MOST_COMMANDS = 32 };
// All of them, in the order of the help; ends with NULL.
extern const command *const commands[];
// By its name, or NULL.
const command *find_command(const char *name);

#endif
