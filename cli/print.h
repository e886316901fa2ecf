// Printing: numbers that are easy to read, tables, errors, and files that appear whole or not at all.
#ifndef GRADUS_CLI_PRINT_H
#define GRADUS_CLI_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <gradus/text.h>

// ---- Text

// How many columns a text takes, where each letter takes one.
int text_width(const char *text);
int text_width_of(const char *text, size_t bytes);
// True when the terminal's letters are UTF-8.
bool speaks_utf8(void);
// The width of the terminal on a file descriptor; 0 when it is none.
int terminal_width(int descriptor);
// Colours are for terminals whose user has not set NO_COLOR (https://no-color.org).
bool wants_color(int descriptor);

// ---- Tables: cells are collected, and columns made as wide as they need.
typedef struct table table;
// One letter a column: 'l' left, 'r' right. NULL when memory is short; every function below then does nothing.
table *table_create(const char *alignment);
void table_add(table *table, const char *format, ...) __attribute__((format(printf, 2, 3))); // the next cell
void table_rule(table *table); // a line across, above the row that comes next
// Prints and releases it.
void table_finish(table *table, FILE *out);

// ---- Errors

// Prints "gradus: …" on standard error and returns EXIT_ERROR.
int print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The same with the library's last sentence.
int print_last_error(void);

// ---- Results: to standard output when `path` is NULL, else into a file beside it that takes its name at the end.
typedef struct output {
    FILE *file;
    const char *path; // NULL: standard output
    char *real;       // what it takes the place of: `path`, or the file that a link leads to
    char *beside;     // the name it has until then; NULL: what is no file is written at once
} output;
// False after a complaint.
bool output_open(output *output, const char *path);
// Closes it. The file appears only when `good` and everything could be written; false after a complaint.
bool output_close(output *output, bool good);
// A CSV cell, quoted where it must be (RFC 4180).
void print_csv_cell(FILE *out, const char *text);
// The same for a text that comes from data: one that a spreadsheet would take for a formula (it begins with =, +, -, @,
// a tab or a return, and is no number) gets an apostrophe in front.
void print_csv_text(FILE *out, const char *text);

#endif
