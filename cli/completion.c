// gradus completion
#include <stdio.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "print.h"

// ---- What stands in the scripts

static bool takes_files(const command *of)
{
    return of->operands[0] != '\0' && strstr(of->operands, "WORKLOAD") == NULL && strstr(of->operands, "bash") == NULL;
}

static bool takes_settings(const command *of)
{
    return strstr(of->operands, "NAME=VALUE") != NULL;
}

// Without the characters that end a text in single quotes, or a description of zsh's.
static void print_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("\xe2\x80\x99", stdout);
        else if (strchr("[]:\\`", *text) == NULL)
            putchar(*text);
}

static void print_settings(const char *separator)
{
    char *names = gd_recipe_names();
    for (const char *at = names; at != NULL && *at != '\0';) {
        const size_t length = strcspn(at, "\n");
        printf("%.*s=%s", (int)length, at, separator);
        at += length + (at[length] == '\n');
    }
    gd_text_free(names);
}

// ---- bash

static void print_bash_command(const command *of)
{
    printf("    %s)\n        options='", of->name);
    for (const option_row *row = of->option; row->name != NULL; row++)
        printf("--%s ", row->name);
    printf("--help'\n        valued='");
    for (const option_row *row = of->option; row->name != NULL; row++)
        if (row->value != NULL && row->letter != 0)
            printf("--%s -%c ", row->name, row->letter);
        else if (row->value != NULL)
            printf("--%s ", row->name);
    printf("'\n        files=%s settings=%s words='%s' ;;\n", takes_files(of) ? "yes" : "",
           takes_settings(of) ? "yes" : "", strcmp(of->name, "completion") == 0 ? "bash zsh fish" : "");
}

static void print_bash(void)
{
    printf("# Completion of gradus for bash; `gradus completion bash` writes it.\n"
           "_gradus_settings='");
    print_settings(" ");
    printf("'\n_gradus() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    local options= valued= files= settings= words=\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='");
    for (int i = 0; commands[i] != NULL; i++)
        printf("%s ", commands[i]->name);
    printf("version help --version --help'\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "        return\n    fi\n"
           "    case ${COMP_WORDS[1]} in\n");
    for (int i = 0; commands[i] != NULL; i++)
        print_bash_command(commands[i]);
    printf("    help)\n        words='");
    for (int i = 0; commands[i] != NULL; i++)
        printf("%s ", commands[i]->name);
    printf("' ;;\n    esac\n"
           "    if [[ \" $valued \" == *\" $before \"* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
           "        compopt -o filenames 2>/dev/null\n"
           "    elif [[ $current == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
           "    else\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "        if [ -n \"$settings\" ] && [[ ${#COMP_WORDS[@]} -gt 3 && $current != */* ]]; then\n"
           "            mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -W \"$_gradus_settings\" -- "
           "\"$current\")\n"
           "            [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
           "        fi\n"
           "        if [ -n \"$files\" ] && [ \"${#COMPREPLY[@]}\" -eq 0 ]; then\n"
           "            mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
           "            compopt -o filenames 2>/dev/null\n"
           "        fi\n"
           "    fi\n"
           "}\n"
           "complete -F _gradus gradus\n");
}

// ---- zsh

static void print_zsh_option(const option_row *row)
{
    const char *value = row->value == NULL ? "" : row->value;
    if (row->letter != 0)
        printf("            '%s(-%c --%s)'{-%c%s,--%s%s}'[", row->repeated ? "*" : "", row->letter, row->name,
               row->letter, row->value == NULL ? "" : "+", row->name, row->value == NULL ? "" : "=");
    else
        printf("            '%s--%s%s[", row->repeated ? "*" : "", row->name, row->value == NULL ? "" : "=");
    print_plain(row->doc);
    putchar(']');
    if (row->value != NULL) {
        putchar(':');
        print_plain(value);
        printf(":%s", strstr(value, "FILE") != NULL ? "_files" : strstr(value, "DIR") != NULL ? "_files -/" : " ");
    }
    printf("' \\\n");
}

static void print_zsh(void)
{
    printf("#compdef gradus\n"
           "# Completion of gradus for zsh; `gradus completion zsh` writes it.\n"
           "_gradus_settings() {\n    local -a names=(");
    print_settings(" ");
    printf(")\n    _alternative 'files:file:_files' 'settings:setting:compadd -S \"\" -a names'\n}\n"
           "_gradus() {\n    local -a names=(\n");
    for (int i = 0; commands[i] != NULL; i++) {
        printf("        '%s:", commands[i]->name);
        print_plain(commands[i]->summary);
        printf("'\n");
    }
    printf("        'version:print the version'\n        'help:print the help of a command'\n    )\n"
           "    if (( CURRENT == 2 )); then\n        _describe command names\n        return\n    fi\n"
           "    local name=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $name in\n");
    for (int i = 0; commands[i] != NULL; i++) {
        printf("    %s)\n        _arguments -s \\\n", commands[i]->name);
        for (const option_row *row = commands[i]->option; row->name != NULL; row++)
            print_zsh_option(row);
        printf("            '(-h --help)'{-h,--help}'[This text]' \\\n            '%s' ;;\n",
               takes_settings(commands[i])                    ? "*:argument:_gradus_settings"
               : strcmp(commands[i]->name, "completion") == 0 ? "1:shell:(bash zsh fish)"
               : takes_files(commands[i])                     ? "*:file:_files"
                                                              : "*: : ");
    }
    printf("    help) _describe command names ;;\n    esac\n}\n_gradus \"$@\"\n");
}

// ---- fish

static void print_fish(void)
{
    printf("# Completion of gradus for fish; `gradus completion fish` writes it.\n"
           "complete -c gradus -n __fish_use_subcommand -f\n");
    for (int i = 0; commands[i] != NULL; i++) {
        const command *of = commands[i];
        printf("complete -c gradus -n __fish_use_subcommand -a %s -d '", of->name);
        print_plain(of->summary);
        printf("'\n");
        for (const option_row *row = of->option; row->name != NULL; row++) {
            printf("complete -c gradus -n '__fish_seen_subcommand_from %s' -l %s", of->name, row->name);
            if (row->letter != 0)
                printf(" -s %c", row->letter);
            printf("%s -d '", row->value != NULL ? " -r" : "");
            print_plain(row->doc);
            printf("'\n");
        }
        if (!takes_files(of))
            printf("complete -c gradus -n '__fish_seen_subcommand_from %s' -f%s\n", of->name,
                   strcmp(of->name, "completion") == 0 ? " -a 'bash zsh fish'" : "");
        if (takes_settings(of))
            printf("complete -c gradus -n '__fish_seen_subcommand_from %s' -a \"$__gradus_settings\"\n", of->name);
    }
    printf("complete -c gradus -n __fish_use_subcommand -a version -d 'print the version'\n"
           "complete -c gradus -n __fish_use_subcommand -a help -d 'print the help of a command'\n"
           "set -g __gradus_settings ");
    print_settings(" ");
    putchar('\n');
}

// ---- The command

static int run(const arguments *given)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(given->operand[0], shells[i].shell) == 0) {
            shells[i].print();
            return EXIT_FINE;
        }
    return usage_error(given->of, "'%s' is no shell that is known here: bash, zsh or fish", given->operand[0]);
}

static const option_row options[] = {{0}};

const command completion_command = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .least = 1,
    .most = 1,
    .summary = "completion of command lines, for a shell",
    .text =
        "Prints a script with which the shell completes commands, options, files and the dotted names of settings.\n"
        "`make install` puts it where the shells look for it.",
    .examples = "  source <(gradus completion bash)\n"
                "  gradus completion zsh > ~/.zfunc/_gradus\n"
                "  gradus completion fish > ~/.config/fish/completions/gradus.fish",
    .option = options,
    .run = run,
};
