// The parts of `gradus search`.
#ifndef GRADUS_CLI_SEARCH_H
#define GRADUS_CLI_SEARCH_H

#include <gradus/gradus.h>

#include "options.h"

// Runs the trials of a search in child processes, `processes` at a time with `threads` each. Returns how to end; after
// an interruption everything is saved. (search_run.c)
typedef struct search_run_opts {
    int processes, threads;
    bool quiet;
} search_run_opts;
int search_run(gd_search *search, search_run_opts opts);

// Trains one trial of the search in a directory, and leaves its result there; what the children do. (search_trial.c)
int search_trial(const arguments *given, const char *directory, int64_t number);
#define RESULT_FILE "result.json"
// The process that started the child, by number: the child ends when it does.
#define PARENT_VARIABLE "GRADUS_SEARCH_PARENT"

// Words about a search. (search_print.c)
void search_print_beginning(const gd_search *search, int processes, int threads);
void search_print_trial(const gd_search *search, const gd_search_trial *trial);
void search_print_table(const gd_search *search);
bool search_print_json(const gd_search *search); // false after a complaint

// `gradus search --learning-rate`. (learning_rate.c)
int find_learning_rate(const arguments *given);

#endif
