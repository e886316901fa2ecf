#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_status.h"

// ---- Text

int text_width_of(const char *text, size_t bytes)
{
    int width = 0;
    for (size_t i = 0; i < bytes; i++)
        width += ((unsigned char)text[i] & 0xC0) != 0x80; // not the continuation of a letter in UTF-8
    return width;
}

int text_width(const char *text)
{
    return text_width_of(text, strlen(text));
}

bool speaks_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int terminal_width(int descriptor)
{
    if (!isatty(descriptor))
        return 0;
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool wants_color(int descriptor)
{
    const char *no_color = getenv("NO_COLOR"), *kind = getenv("TERM");
    return isatty(descriptor) && (no_color == NULL || no_color[0] == '\0') && kind != NULL && strcmp(kind, "dumb") != 0;
}

// ---- Tables

enum { CELL_TEXT = 120, MOST_COLUMNS = 32 };

struct table {
    char alignment[MOST_COLUMNS + 1];
    int columns;
    int count, capacity; // cells
    char (*cell)[CELL_TEXT];
    int rule; // the row above which a line is drawn
};

table *table_create(const char *alignment)
{
    table *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    snprintf(made->alignment, sizeof made->alignment, "%s", alignment);
    made->columns = (int)strlen(made->alignment);
    made->rule = -1;
    return made;
}

void table_add(table *table, const char *format, ...)
{
    if (table == NULL)
        return;
    if (table->count == table->capacity) {
        int capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
        void *more = realloc(table->cell, (size_t)capacity * sizeof *table->cell);
        if (more == NULL)
            return;
        table->cell = more;
        table->capacity = capacity;
    }
    va_list list;
    va_start(list, format);
    vsnprintf(table->cell[table->count++], CELL_TEXT, format, list);
    va_end(list);
}

void table_rule(table *table)
{
    if (table != NULL)
        table->rule = table->count / table->columns;
}

void table_finish(table *table, FILE *out)
{
    if (table == NULL)
        return;
    int width[MOST_COLUMNS] = {0}, whole = 0;
    for (int i = 0; i < table->count; i++) {
        int wide = text_width(table->cell[i]), column = i % table->columns;
        width[column] = wide > width[column] ? wide : width[column];
    }
    for (int c = 0; c < table->columns; c++)
        whole += width[c] + (c > 0 ? 2 : 0);
    for (int i = 0; i < table->count; i++) {
        int column = i % table->columns, space = width[column] - text_width(table->cell[i]);
        bool last = column == table->columns - 1 || i == table->count - 1, right = table->alignment[column] == 'r';
        if (column == 0 && i / table->columns == table->rule) {
            for (int c = 0; c < whole; c++)
                fputs(speaks_utf8() ? "─" : "-", out);
            fputc('\n', out);
        }
        fprintf(out, "%s%*s%s", column > 0 ? "  " : "", right ? space : 0, "", table->cell[i]);
        fprintf(out, "%*s%s", last || right ? 0 : space, "", last ? "\n" : "");
    }
    free(table->cell);
    free(table);
}

// ---- Errors

int print_error(const char *format, ...)
{
    fflush(stdout);
    fprintf(stderr, "gradus: ");
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return EXIT_ERROR;
}

int print_last_error(void)
{
    return print_error("%s", gd_last_error());
}

// ---- Results

static bool output_fail(const output *output, const char *what)
{
    print_error("%s: cannot %s: %s", output->path == NULL ? "standard output" : output->path, what, strerror(errno));
    return false;
}

// Of a link, the file that it leads to; else the path itself. free() it.
static char *file_behind(const char *path)
{
    struct stat kind;
    return lstat(path, &kind) == 0 && S_ISLNK(kind.st_mode) ? realpath(path, NULL) : strdup(path);
}

bool output_open(output *output, const char *path)
{
    output->path = path;
    output->file = stdout;
    output->beside = NULL;
    struct stat kind;
    if (path == NULL)
        return true;
    const bool there = stat(path, &kind) == 0;
    // A pipe or a device has no place beside it, and a link into nothing becomes the file that it names.
    if (there ? !S_ISREG(kind.st_mode) : lstat(path, &kind) == 0) {
        output->file = fopen(path, "w");
        return output->file != NULL || output_fail(output, "be written");
    }
    output->file = NULL;
    output->real = file_behind(path);
    if (output->real == NULL || asprintf(&output->beside, "%s.XXXXXX", output->real) < 0) {
        free(output->real);
        output->beside = NULL;
        return output_fail(output, "be written");
    }
    int descriptor = mkstemp(output->beside);
    mode_t mask = umask(0);
    umask(mask);
    if (descriptor >= 0 && fchmod(descriptor, 0666 & ~mask) == 0)
        output->file = fdopen(descriptor, "w");
    if (output->file != NULL)
        return true;
    output_fail(output, "be written");
    if (descriptor >= 0) {
        close(descriptor);
        unlink(output->beside);
    }
    free(output->beside);
    free(output->real);
    return false;
}

bool output_close(output *output, bool good)
{
    bool written = !ferror(output->file) && fflush(output->file) == 0;
    if (written && output->beside != NULL && good)
        written = fsync(fileno(output->file)) == 0;
    if (good && !written)
        output_fail(output, "write");
    if (output->path == NULL)
        return good && written;
    bool closed = fclose(output->file) == 0;
    if (good && written && !closed)
        output_fail(output, "write");
    good = good && written && closed;
    if (output->beside == NULL)
        return good;
    if (good && rename(output->beside, output->real) != 0)
        good = output_fail(output, "be renamed into");
    if (!good)
        unlink(output->beside);
    free(output->beside);
    free(output->real);
    return good;
}

void print_csv_cell(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void print_csv_text(FILE *out, const char *text)
{
    char *end, *marked = NULL;
    const bool looks_like_formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    (void)strtod(text, &end);
    const bool is_number = end != text && *end == '\0';
    if (looks_like_formula && !is_number && asprintf(&marked, "'%s", text) < 0)
        marked = NULL;
    print_csv_cell(out, marked != NULL ? marked : text);
    free(marked);
}
