// The subcommands; main.c lists them.
#ifndef GRADUS_CLI_COMMANDS_H
#define GRADUS_CLI_COMMANDS_H

#include "options.h"

extern const command train_command, eval_command, predict_command, data_command, info_command, check_command,
    bench_command, search_command, prune_command, grow_command, runs_command, report_command, compare_command;

#endif
