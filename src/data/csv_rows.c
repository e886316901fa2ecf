#include "data/csv_rows.h"

#include <string.h>
#include <strings.h>

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

// ---- Cells

// The text behind an opening quote, up to past the closing one.
static const char *read_quoted(const char *at, const char *end, gd__text *room, gd__csv_cell *cell)
{
    const char *from = at;
    bool doubled = false;
    room->length = 0;
    for (;; at++) {
        if (at == end)
            return NULL;
        if (*at == '"') {
            if (at + 1 == end)
                return NULL; // whether it is doubled shows in what follows
            if (at[1] != '"')
                break;
            at++;
            gd__text_add_bytes(room, from, (size_t)(at - from));
            from = at + 1;
            doubled = true;
        } else if (*at == '\n' || (*at == '\r' && at + 1 < end && at[1] != '\n')) {
            cell->line_breaks++;
        }
    }
    if (doubled)
        gd__text_add_bytes(room, from, (size_t)(at - from));
    cell->text = doubled ? room->data : from;
    cell->length = doubled ? room->length : (size_t)(at - from);
    return at + 1;
}

const char *gd__csv_read_cell(const gd__csv_format *format, const char *at, const char *end, gd__text *room,
                              gd__csv_cell *cell, gd__csv_fault *fault)
{
    const char separator = format->separator, *begin = at;
    *fault = GD__CSV_UNFINISHED;
    *cell = (gd__csv_cell){.text = at};
    while (at < end && *at == ' ' && separator != ' ')
        at++;
    if (at < end && *at == '"' && !format->no_quotes) {
        cell->quoted = true;
        at = read_quoted(at + 1, end, room, cell);
        while (at != NULL && at < end && (*at == ' ' || *at == '\t') && *at != separator)
            at++;
        if (at == NULL || at == end)
            return NULL;
        *fault = *at == separator || is_line_end(*at) ? GD__CSV_FINE : GD__CSV_AFTER_QUOTE;
        return *fault == GD__CSV_FINE ? at : NULL;
    }
    while (at < end && *at != separator && !is_line_end(*at))
        at++;
    if (at == end)
        return NULL;
    *fault = GD__CSV_FINE;
    cell->length = (size_t)(at - begin);
    return at;
}

// ---- Lines

static const char *line_end(const char *at, const char *end)
{
    while (at < end && !is_line_end(*at))
        at++;
    return at;
}

const char *gd__csv_pass_idle_line(const gd__csv_format *format, const char *at, const char *end)
{
    const char *stop = at;
    if (format->comment != '\0' && *at == format->comment) {
        stop = line_end(at, end);
    } else {
        while (stop < end && *stop == ' ' && format->separator != ' ')
            stop++;
        if (stop == end || !is_line_end(*stop))
            return NULL;
    }
    return stop < end ? gd__csv_pass_line_end(stop) : end;
}

// Past the last line end in a text without quotes; `begin` when there is none. A carriage return at the very end may be
// half of a line end.
static const char *last_line_end(const char *begin, const char *end)
{
    const char *feed = memrchr(begin, '\n', (size_t)(end - begin));
    if (feed != NULL)
        return feed + 1;
    for (const char *at = end; (at = memrchr(begin, '\r', (size_t)(at - begin))) != NULL;)
        if (at + 1 < end)
            return at + 1;
    return begin;
}

// The end of the row at `at`, or of the idle line; NULL when it is not there.
static const char *row_end(const gd__csv_format *format, const char *at, const char *end)
{
    const char *next = gd__csv_pass_idle_line(format, at, end);
    gd__text room = {0};
    gd__csv_cell cell;
    gd__csv_fault fault = GD__CSV_FINE;
    while (next == NULL) {
        const char *stop = gd__csv_read_cell(format, at, end, &room, &cell, &fault);
        if (fault == GD__CSV_AFTER_QUOTE) // the row's reader will say so
            stop = line_end(at, end);
        if (stop == NULL || stop == end)
            break;
        if (*stop == format->separator)
            at = stop + 1;
        else
            next = gd__csv_pass_line_end(stop);
    }
    gd__text_free(&room);
    return next >= end && end[-1] != '\n' ? NULL : next; // the other half of a line end may follow, or a comment's rest
}

const char *gd__csv_cut(const gd__csv_format *format, const char *begin, const char *target, const char *end)
{
    const char *at = begin;
    while (at < target) {
        const char *quote = format->no_quotes ? NULL : memchr(at, '"', (size_t)(target - at));
        const char *cut = last_line_end(at, quote == NULL ? target : quote);
        if (quote == NULL && cut > at)
            return cut;
        const char *next = row_end(format, cut, end);
        if (next == NULL)
            return cut;
        at = next;
    }
    return at;
}

// ---- Separators

const char *gd__csv_read_sep_line(const char *begin, const char *end, char *separator)
{
    const char *at = begin;
    const bool quoted = at < end && *at == '"';
    at += quoted;
    if (end - at < 6 || strncasecmp(at, "sep=", 4) != 0 || is_line_end(at[4]))
        return NULL;
    *separator = at[4];
    at += 5;
    if (quoted && *at++ != '"')
        return NULL;
    return at < end && is_line_end(*at) ? gd__csv_pass_line_end(at) : NULL;
}

// How often a separator stands in each of the first rows: whether equally often, and how often in the first.
static int count_separators(const gd__csv_format *format, char separator, const char *begin, const char *end,
                            bool *equal)
{
    enum { ROWS = 20 };
    int rows = 0, first = 0, count = 0;
    bool in_quotes = false;
    *equal = true;
    for (const char *at = begin; at < end && rows < ROWS; at++) {
        const char *idle = count == 0 && !in_quotes && (at == begin || is_line_end(at[-1]))
                               ? gd__csv_pass_idle_line(format, at, end)
                               : NULL;
        if (idle != NULL) {
            at = idle - 1;
        } else if (*at == '"' && !format->no_quotes) {
            in_quotes = !in_quotes;
        } else if (!in_quotes && *at == separator) {
            count++;
        } else if (!in_quotes && is_line_end(*at)) {
            first = rows == 0 ? count : first;
            *equal = *equal && count == first;
            rows++;
            count = 0;
        }
    }
    return rows == 0 ? count : first;
}

char gd__csv_find_separator(const gd__csv_format *format, bool decimal_comma, const char *begin, const char *end)
{
    const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    int most = 0;
    bool best_equal = false;
    for (int i = 0; i < 4; i++) {
        const char separator = candidates[(i + decimal_comma) % 4];
        const gd__csv_format with = {separator, format->no_quotes, format->comment};
        bool equal;
        const int count = count_separators(&with, separator, begin, end, &equal);
        const bool last_resort = separator == ',' && decimal_comma && most > 0;
        if (count > 0 && !last_resort && (equal > best_equal || (equal == best_equal && count > most))) {
            best = separator;
            most = count;
            best_equal = equal;
        }
    }
    return best;
}
