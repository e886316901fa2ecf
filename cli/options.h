// The command line: what each subcommand takes, as a table from which parsing and --help are made.
#ifndef GRADUS_CLI_OPTIONS_H
#define GRADUS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "exit_status.h"

enum { MOST_OPTIONS = 32, MOST_VALUES = 8, HELP_COLUMN = 28, HELP_WIDTH = 100 };

typedef struct option_row {
    const char *name;  // "output", typed --output
    char letter;       // 'o', typed -o; 0: none
    const char *value; // what stands for its value in the help, "FILE"; NULL: it takes none
    const char *doc;   // one sentence without a full stop
    bool repeated;     // may be given up to MOST_VALUES times; else the last one counts
} option_row;

typedef struct command command;

// A command line, taken apart.
typedef struct arguments {
    const command *of;
    int operand_count;
    char **operand;
    int word_count; // the whole command line, the program's name first; options may have moved before operands
    char *const *word;
    int count[MOST_OPTIONS]; // how often each option of the table was given
    const char *value[MOST_OPTIONS][MOST_VALUES];
} arguments;

struct command {
    const char *name;
    const char *operands; // "RECIPE|CHECKPOINT [NAME=VALUE …]"
    int least, most;      // how many operands; most 0: any number, -1: none
    const char *summary;  // one line, for the list of commands
    const char *text;     // what it does; lines are as they are printed
    const char *examples;
    const option_row *option; // ends with a row without a name; --help is added to it
    int (*run)(const arguments *given);
    bool one_dash;              // an option's name may stand behind one dash too, as word2vec has it: -size 100
    const command *const *part; // what stands behind its name is one of these, which take the rest; ends with NULL
};

// Takes the command line apart. argv[0] is the subcommand's name. False when that is all: then *status is how the
// program ends (after --help, or after a complaint on standard error).
bool parse_arguments(const command *of, int argc, char **argv, arguments *given, int *status);
void print_command_help(const command *of);
// `term` in a column of its own, and `doc` beside it, broken into lines.
void print_help_row(const char *term, const char *doc);

// Breaks a text into lines at spaces; the first begins where the cursor stands, in `column`, and so do the others.
void print_wrapped(const char *text, int column);

bool option_given(const arguments *given, const char *name);
// The value of an option, or `otherwise`.
const char *option_text(const arguments *given, const char *name, const char *otherwise);
// Its values, where it may be repeated.
int option_texts(const arguments *given, const char *name, const char *const **values);
// A number from `low` to `high`; *number is left alone when the option was not given. False after a complaint.
bool option_integer(const arguments *given, const char *name, int64_t low, int64_t high, int64_t *number);
bool option_number(const arguments *given, const char *name, double low, double high, double *number);

// Says what is wrong with the command line, and where help is to be had. Returns EXIT_USAGE.
int usage_error(const command *of, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
