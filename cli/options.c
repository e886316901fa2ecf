#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

static int row_count(const command *of)
{
    int count = 0;
    while (of->option[count].name != NULL)
        count++;
    return count;
}

// ---- Help

void print_wrapped(const char *text, int column)
{
    int at = column;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        int width = text_width_of(text, length);
        if (at > column && at + 1 + width > HELP_WIDTH) {
            printf("\n%*s", column, "");
            at = column;
        } else if (at > column) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)length, text);
        at += width;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void print_help_row(const char *term, const char *doc)
{
    int width = text_width(term);
    printf("  %s", term);
    if (width + 4 > HELP_COLUMN)
        printf("\n%*s", HELP_COLUMN, "");
    else
        printf("%*s", HELP_COLUMN - width - 2, "");
    print_wrapped(doc, HELP_COLUMN);
}

static void print_option(const option_row *row)
{
    char letter[8] = "    ", term[128];
    if (row->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(term, sizeof term, "%s--%s%s%s", letter, row->name, row->value == NULL ? "" : " ",
             row->value == NULL ? "" : row->value);
    print_help_row(term, row->doc);
}

static const option_row help_row = {"help", 'h', NULL, "This text", false};

void print_command_help(const command *of)
{
    printf("Usage: gradus %s %s%s\n\n%s\n\n", of->name, of->operands, of->operands[0] == '\0' ? "" : " [OPTION ...]",
           of->text);
    for (int i = 0; of->part != NULL && of->part[i] != NULL; i++)
        print_help_row(strrchr(of->part[i]->name, ' ') + 1, of->part[i]->summary);
    printf("%sOptions:\n", of->part != NULL ? "\n" : "");
    for (const option_row *row = of->option; row->name != NULL; row++)
        print_option(row);
    print_option(&help_row);
    if (of->examples != NULL)
        printf("\nExamples:\n%s\n", of->examples);
}

// ---- Complaints

int usage_error(const command *of, const char *format, ...)
{
    fflush(stdout);
    fprintf(stderr, "gradus: ");
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    if (of == NULL)
        fprintf(stderr, "\nTry 'gradus --help'.\n");
    else
        fprintf(stderr, "\nUsage: gradus %s %s\nTry 'gradus %s --help'.\n", of->name, of->operands, of->name);
    return EXIT_USAGE;
}

static int unknown_option(const command *of, const char *typed)
{
    if (strncmp(typed, "--", 2) != 0)
        return usage_error(of, "'%s' has no option '%s'", of->name, typed);
    const char *words[MOST_OPTIONS + 1] = {help_row.name};
    int count = row_count(of);
    for (int i = 0; i < count; i++)
        words[i + 1] = of->option[i].name;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(typed + 2, "="), typed + 2);
    const char *near = gd_nearest_word(word, count + 1, words);
    if (near == NULL)
        return usage_error(of, "'%s' has no option '--%s'", of->name, word);
    return usage_error(of, "'%s' has no option '--%s', did you mean '--%s'?", of->name, word, near);
}

// ---- Taking apart

// getopt's own tables: the value of option i is FIRST + i, so that none is mistaken for a letter.
enum { FIRST = 1000 };

static void fill_tables(const command *of, struct option *longs, char *letters)
{
    *letters++ = ':';
    int count = row_count(of);
    for (int i = 0; i <= count; i++) {
        const option_row *row = i < count ? &of->option[i] : &help_row;
        longs[i] = (struct option){
            .name = row->name, .has_arg = row->value == NULL ? no_argument : required_argument, .val = FIRST + i};
        if (row->letter == 0)
            continue;
        *letters++ = row->letter;
        if (row->value != NULL)
            *letters++ = ':';
    }
    longs[count + 1] = (struct option){0};
    *letters = '\0';
}

static int row_of(const command *of, int found)
{
    int count = row_count(of);
    if (found >= FIRST)
        return found - FIRST;
    if (found == help_row.letter)
        return count;
    for (int i = 0; i < count; i++)
        if (of->option[i].letter == found)
            return i;
    return -1;
}

static bool take_option(arguments *given, int row, int *status)
{
    const option_row *option = &given->of->option[row];
    if (option->value != NULL) {
        if (given->count[row] == MOST_VALUES) {
            *status = usage_error(given->of, "--%s is given more than %d times", option->name, MOST_VALUES);
            return false;
        }
        given->value[row][option->repeated ? given->count[row] : 0] = optarg;
    }
    given->count[row] = option->repeated ? given->count[row] + 1 : 1;
    return true;
}

static bool check_operands(arguments *given, int *status)
{
    const command *of = given->of;
    for (int i = 0; i < given->operand_count; i++) {
        if (given->operand[i][0] == '\0') {
            *status = usage_error(of, "an argument of '%s' is empty", of->name);
            return false;
        }
    }
    if (given->operand_count < of->least)
        *status = usage_error(of, "'%s' needs %s", of->name, of->operands);
    else if (of->most != 0 && given->operand_count > (of->most < 0 ? 0 : of->most))
        *status = usage_error(of, "'%s' does not know what to do with '%s'", of->name,
                              given->operand[of->most < 0 ? 0 : of->most]);
    else
        return true;
    return false;
}

bool parse_arguments(const command *of, int argc, char **argv, arguments *given, int *status)
{
    struct option longs[MOST_OPTIONS + 2];
    char letters[2 * MOST_OPTIONS + 4];
    *given = (arguments){.of = of};
    fill_tables(of, longs, letters);
    opterr = 0;
    optind = 1;
    int (*const next)(int, char *const *, const char *, const struct option *, int *) =
        of->one_dash ? getopt_long_only : getopt_long;
    for (int found; (found = next(argc, argv, letters, longs, NULL)) != -1;) {
        // A letter stands among others ("-qx"), a word by itself: the one before optind.
        char letter[3] = {'-', (char)optopt, '\0'};
        const char *typed = optopt > 0 && optopt < FIRST ? letter : argv[optind - 1];
        if (found == ':') {
            *status = usage_error(of, "option '%s' needs a value", typed);
            return false;
        }
        if (found == '?') {
            // A word that takes no value was given one.
            *status = optopt >= FIRST ? usage_error(of, "option '%.*s' takes no value", (int)strcspn(typed, "="), typed)
                                      : unknown_option(of, typed);
            return false;
        }
        int row = row_of(of, found);
        if (row == row_count(of)) {
            print_command_help(of);
            *status = EXIT_FINE;
            return false;
        }
        if (!take_option(given, row, status))
            return false;
    }
    given->operand_count = argc - optind;
    given->operand = argv + optind;
    return check_operands(given, status);
}

// ---- Asking

static int find_row(const arguments *given, const char *name)
{
    for (int i = 0; given->of->option[i].name != NULL; i++)
        if (strcmp(given->of->option[i].name, name) == 0)
            return i;
    return -1;
}

bool option_given(const arguments *given, const char *name)
{
    int row = find_row(given, name);
    return row >= 0 && given->count[row] > 0;
}

const char *option_text(const arguments *given, const char *name, const char *otherwise)
{
    int row = find_row(given, name);
    return row >= 0 && given->count[row] > 0 ? given->value[row][0] : otherwise;
}

int option_texts(const arguments *given, const char *name, const char *const **values)
{
    int row = find_row(given, name);
    *values = row < 0 ? NULL : given->value[row];
    return row < 0 ? 0 : given->count[row];
}

bool option_number(const arguments *given, const char *name, double low, double high, double *number)
{
    const char *text = option_text(given, name, NULL);
    if (text == NULL)
        return true;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= low && value <= high)) {
        usage_error(given->of, "--%s is '%s', expected a number from %.12g to %.12g", name, text, low, high);
        return false;
    }
    *number = value;
    return true;
}

bool option_integer(const arguments *given, const char *name, int64_t low, int64_t high, int64_t *number)
{
    const char *text = option_text(given, name, NULL);
    if (text == NULL)
        return true;
    char *end;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || value < low || value > high) {
        usage_error(given->of, "--%s is '%s', expected a whole number from %lld to %lld", name, text, (long long)low,
                    (long long)high);
        return false;
    }
    *number = value;
    return true;
}
