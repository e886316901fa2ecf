#include "data/csv_reader.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

// A row longer than this is no table but a quote that was never closed.
#define LONGEST_ROW ((size_t)1 << 24)

enum { END_OF_FILE = -1, FAILED = -2 };

gd_status gd__csv_open(gd__csv_reader *reader, const char *path, char separator, bool no_quotes)
{
    reader->path = path;
    reader->source = NULL;
    reader->separator = separator == '\0' ? ',' : separator;
    reader->no_quotes = no_quotes;
    reader->line = 1;
    reader->at = reader->end = 0;
    reader->row_line = 1;
    reader->cell_count = reader->cell_capacity = 0;
    reader->cell = NULL;
    reader->text = (gd__text){0};
    char c = reader->separator;
    if (c != '\t' && (c < ' ' || c > '~' || c == '"'))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: character %d cannot separate the cells of a CSV file", path, c);
    return gd__source_open(path, &reader->source);
}

void gd__csv_close(gd__csv_reader *reader)
{
    gd__source_close(reader->source);
    gd__free(reader->cell);
    gd__text_free(&reader->text);
    reader->source = NULL;
    reader->cell = NULL;
}

static gd_status refill(gd__csv_reader *reader)
{
    reader->at = 0;
    gd_status status = gd__source_read(reader->source, reader->buffer, sizeof reader->buffer, &reader->end);
    if (status != GD_OK)
        reader->end = 0;
    return status;
}

// The next byte without taking it, END_OF_FILE, or FAILED with *status set.
static int peek(gd__csv_reader *reader, gd_status *status)
{
    if (reader->at == reader->end) {
        *status = refill(reader);
        if (*status != GD_OK)
            return FAILED;
        if (reader->end == 0)
            return END_OF_FILE;
    }
    return (unsigned char)reader->buffer[reader->at];
}

// Takes the byte that peek gave.
static void take(gd__csv_reader *reader)
{
    if (reader->buffer[reader->at++] == '\n')
        reader->line++;
}

static void begin_cell(gd__csv_reader *reader)
{
    if (!gd__grow((void **)&reader->cell, &reader->cell_capacity, reader->cell_count, sizeof *reader->cell)) {
        reader->text.failed = true;
        return;
    }
    reader->cell[reader->cell_count++] = reader->text.length;
}

static void end_cell(gd__csv_reader *reader)
{
    gd__text_add_bytes(&reader->text, "", 1);
}

static gd_status check_text(gd__csv_reader *reader, const char *from, size_t length)
{
    if (memchr(from, '\0', length) != NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld holds a zero byte: this is no text file", reader->path,
                        (long long)reader->line);
    if (reader->text.length + length > LONGEST_ROW)
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: the row that begins on line %lld is longer than %zu bytes; is a quote "
                        "not closed?",
                        reader->path, (long long)reader->row_line, LONGEST_ROW);
    return GD_OK;
}

// Adds the bytes up to the next one of `stops` (two of them, and a line break unless quoted) and leaves that one.
static gd_status add_run(gd__csv_reader *reader, char stop, bool quoted)
{
    size_t from = reader->at;
    while (reader->at < reader->end) {
        char c = reader->buffer[reader->at];
        if (c == stop || (!quoted && c == '\n'))
            break;
        reader->line += c == '\n';
        reader->at++;
    }
    size_t length = reader->at - from;
    gd_status status = check_text(reader, reader->buffer + from, length);
    if (status == GD_OK)
        gd__text_add_bytes(&reader->text, reader->buffer + from, length);
    return status;
}

// Reads a cell's text after its opening quote, past the closing one.
static gd_status read_quoted(gd__csv_reader *reader)
{
    int64_t line = reader->line;
    gd_status status = GD_OK;
    for (;;) {
        int c = peek(reader, &status);
        if (c == FAILED)
            return status;
        if (c == END_OF_FILE)
            return gd__fail(GD_ERROR_FORMAT, "%s: the quote that opens on line %lld is never closed", reader->path,
                            (long long)line);
        if (c == '"') {
            take(reader);
            c = peek(reader, &status);
            if (c != '"')
                return status;
            gd__text_add_bytes(&reader->text, "\"", 1);
            take(reader);
        } else if ((status = add_run(reader, '"', true)) != GD_OK) {
            return status;
        }
    }
}

static gd_status read_unquoted(gd__csv_reader *reader)
{
    gd_status status = GD_OK;
    for (;;) {
        int c = peek(reader, &status);
        if (c < 0 || c == '\n' || c == (unsigned char)reader->separator)
            return status;
        status = add_run(reader, reader->separator, false);
        if (status != GD_OK)
            return status;
    }
}

// Reads one cell and what ends it; *last when that is the end of the row.
static gd_status read_cell(gd__csv_reader *reader, bool *last)
{
    gd_status status = GD_OK;
    begin_cell(reader);
    size_t begin = reader->text.length;
    bool quoted = peek(reader, &status) == '"' && !reader->no_quotes;
    if (quoted) {
        take(reader);
        status = read_quoted(reader);
        begin = reader->text.length;
    }
    // After a closing quote only a carriage return may come before the separator.
    if (status == GD_OK)
        status = read_unquoted(reader);
    int c = status == GD_OK ? peek(reader, &status) : FAILED;
    if (status != GD_OK)
        return status;
    if (c != (unsigned char)reader->separator && reader->text.length > begin &&
        reader->text.data[reader->text.length - 1] == '\r')
        reader->text.data[--reader->text.length] = '\0';
    if (quoted && reader->text.length > begin)
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld, column %d: text follows a closing quote", reader->path,
                        (long long)reader->line, reader->cell_count);
    end_cell(reader);
    *last = c != (unsigned char)reader->separator;
    if (c >= 0)
        take(reader);
    return reader->text.failed ? gd__fail_memory("a row of a CSV file") : GD_OK;
}

static gd_status read_row(gd__csv_reader *reader, bool *end)
{
    gd_status status = GD_OK;
    int c = peek(reader, &status);
    *end = c == END_OF_FILE;
    if (c < 0)
        return status;
    reader->row_line = reader->line;
    reader->cell_count = 0;
    reader->text.length = 0;
    for (bool last = false; !last;) {
        status = read_cell(reader, &last);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

// A byte-order mark before the first row is no part of it.
static gd_status skip_mark(gd__csv_reader *reader)
{
    gd_status status = GD_OK;
    if (peek(reader, &status) == 0xef && reader->end >= 3 && memcmp(reader->buffer, "\xef\xbb\xbf", 3) == 0)
        reader->at = 3;
    return status;
}

gd_status gd__csv_next(gd__csv_reader *reader, bool *end)
{
    gd_status status = reader->cell == NULL ? skip_mark(reader) : GD_OK;
    *end = false;
    do {
        if (status == GD_OK)
            status = read_row(reader, end);
    } while (status == GD_OK && !*end && reader->cell != NULL && reader->cell_count == 1 &&
             gd__csv_cell(reader, 0)[0] == '\0');
    return status;
}
