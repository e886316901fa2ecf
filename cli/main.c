// The command `gradus`: finds the subcommand and lets it run.
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <gradus/text.h>

#include "commands.h"
#include "print.h"

static void print_help(void)
{
    printf("Usage: gradus COMMAND [ARGUMENT ...]\n\n"
           "Gradus trains neural networks that are written down in a recipe, and runs them.\n\n"
           "Commands:\n");
    for (int i = 0; commands[i] != NULL; i++)
        print_help_row(commands[i]->name, commands[i]->summary);
    print_help_row("version", "print the version");
    print_help_row("help [COMMAND]", "print this text, or that of a command (as COMMAND --help does)");
    printf("\nExit status: 0 all went well, 1 it failed and standard error says why, 2 the command line could not be\n"
           "understood, 128 + a signal's number when that signal ended it (130: Ctrl-C).\n"
           "\nExamples:\n"
           "  gradus train recipes/fashion-cnn.yaml train.epochs=3\n"
           "  gradus eval runs/fashion-cnn\n"
           "  gradus predict runs/fashion-cnn pictures.npy --output answers.csv\n");
}

// "train, search, …, version" and "help".
static int list_words(const char *words[MOST_COMMANDS])
{
    int count = 0;
    for (; commands[count] != NULL && count < MOST_COMMANDS - 2; count++)
        words[count] = commands[count]->name;
    words[count++] = "version";
    words[count++] = "help";
    return count;
}

static int no_command(void)
{
    const char *words[MOST_COMMANDS];
    char list[400] = "";
    const int count = list_words(words);
    size_t length = 0;
    for (int i = 0; i < count; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                   i == 0           ? ""
                                   : i == count - 1 ? " or "
                                                    : ", ",
                                   words[i]);
    return usage_error(NULL, "which command? %s", list);
}

static int unknown_command(const char *name)
{
    const char *words[MOST_COMMANDS];
    const int count = list_words(words);
    const char *near = gd_nearest_word(name, count, words);
    if (near == NULL)
        return usage_error(NULL, "there is no command '%s'", name);
    return usage_error(NULL, "there is no command '%s', did you mean '%s'?", name, near);
}

// `gradus words train …`: the part that is meant; NULL after a complaint, or the help of the whole.
static const command *find_part(const command *of, int argc, char **argv, int *status)
{
    const char *name = argc > 2 ? argv[2] : "--help", *words[MOST_COMMANDS];
    int count = 0;
    for (; of->part[count] != NULL; count++) {
        words[count] = strrchr(of->part[count]->name, ' ') + 1;
        if (strcmp(words[count], name) == 0)
            return of->part[count];
    }
    *status = argc > 2 ? EXIT_FINE : EXIT_USAGE;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_command_help(of);
        return NULL;
    }
    const char *near = gd_nearest_word(name, count, words);
    *status = near == NULL ? usage_error(of, "'%s' is nothing that %s does", name, of->name)
                           : usage_error(of, "'%s' is nothing that %s does, did you mean '%s'?", name, of->name, near);
    return NULL;
}

static int help(int count, char **argument)
{
    if (count > 1)
        return usage_error(NULL, "'help' takes one command at most");
    if (count == 0) {
        print_help();
        return EXIT_FINE;
    }
    const command *of = find_command(argument[0]);
    if (of == NULL)
        return unknown_command(argument[0]);
    print_command_help(of);
    return EXIT_FINE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return no_command();
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help(argc - 2, argv + 2);
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("gradus %s\n", gd_version());
        return EXIT_FINE;
    }
    const command *of = find_command(name);
    if (of == NULL)
        return unknown_command(name);
    arguments given;
    int status, before = 1;
    if (of->part != NULL) {
        of = find_part(of, argc, argv, &status);
        if (of == NULL)
            return status;
        before = 2;
    }
    if (!parse_arguments(of, argc - before, argv + before, &given, &status))
        return status;
    given.word_count = argc;
    given.word = argv;
    return of->run(&given);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is an error as any other, with a sentence
    int status = dispatch(argc, argv);
    // What was printed may still be on its way to a full disk. Somebody who stopped reading knows that already.
    errno = 0;
    bool failed = ferror(stdout) != 0;
    if ((fflush(stdout) != 0 || failed) && errno != EPIPE && status == EXIT_FINE)
        return print_error("cannot write to standard output%s%s", errno == 0 ? "" : ": ",
                           errno == 0 ? "" : strerror(errno));
    return status;
}
