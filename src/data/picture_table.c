#include "data/picture_table.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_rows.h"
#include "data/csv_text.h"

enum { CHUNK = 1 << 16, MOST_BYTES = 1 << 30 };

bool gd__is_picture_table(const char *path)
{
    const char *end = strrchr(path, '.');
    return end != NULL && (strcasecmp(end, ".csv") == 0 || strcasecmp(end, ".tsv") == 0);
}

// The whole table, with a line feed at its end.
static gd_status read_text(const char *path, gd__text *whole)
{
    gd__csv_text file;
    size_t got = 1;
    char *chunk = gd__alloc(CHUNK);
    gd_status status = gd__csv_text_open(&file, path);
    if (status == GD_OK && chunk == NULL)
        status = gd__fail_memory("a table of pictures");
    while (status == GD_OK && got > 0) {
        status = gd__csv_text_read(&file, chunk, CHUNK, &got);
        if (status == GD_OK && whole->length + got > MOST_BYTES)
            status = gd__fail(GD_ERROR_FORMAT, "%s: a table of pictures of more than %d bytes", path, MOST_BYTES);
        if (status == GD_OK)
            gd__text_add_bytes(whole, chunk, got);
    }
    gd__text_add_bytes(whole, "\n", 1);
    gd__csv_text_close(&file);
    gd__free(chunk);
    return status == GD_OK && whole->failed ? gd__fail_memory("a table of pictures") : status;
}

// ---- Rows

// A table that is being read, row by row.
typedef struct table {
    const char *path, *at, *end;
    gd__csv_format format;
    int64_t line;                  // of the row that was read last, from 1
    int64_t next_line;             // behind it
    int path_column, class_column; // the latter -1: there is none
    gd__text room, picture, label; // of a cell with quotes, and what the row says
} table;

static gd_status fail_row(const table *t, const char *what)
{
    return gd__fail(GD_ERROR_FORMAT, "%s, line %lld: %s", t->path, (long long)t->line, what);
}

// Passes blank lines; false at the end.
static bool find_row(table *t)
{
    for (const char *next; t->at < t->end; t->at = next, t->next_line++) {
        next = gd__csv_pass_idle_line(&t->format, t->at, t->end);
        if (next == NULL)
            break;
    }
    t->line = t->next_line;
    return t->at < t->end;
}

// Reads the cell that comes next; *last: it ends the row.
static gd_status next_cell(table *t, gd__csv_cell *cell, bool *last)
{
    gd__csv_fault fault = GD__CSV_FINE;
    const char *behind = gd__csv_read_cell(&t->format, t->at, t->end, &t->room, cell, &fault);
    if (behind == NULL)
        return fail_row(t, fault == GD__CSV_AFTER_QUOTE ? "text follows a closing quote" : "a quote is not closed");
    t->next_line += cell->line_breaks;
    *last = *behind != t->format.separator;
    t->at = *last ? gd__csv_pass_line_end(behind) : behind + 1;
    t->next_line += *last;
    return GD_OK;
}

// ---- The heading

static bool is_called(const gd__csv_cell *cell, const char *name)
{
    return strlen(name) == cell->length && strncasecmp(cell->text, name, cell->length) == 0;
}

// The column that is named, or else has one of the usual names (in the order of the list).
typedef struct wanted {
    const char *given; // or NULL
    const char *usual[5];
    int column, rank; // found so far; -1
} wanted;

static void look_at(wanted *w, const gd__csv_cell *cell, int column)
{
    if (w->given != NULL) {
        w->column = w->column < 0 && is_called(cell, w->given) ? column : w->column;
        return;
    }
    for (int i = 0; i < 5 && w->usual[i] != NULL; i++)
        if (is_called(cell, w->usual[i]) && (w->rank < 0 || i < w->rank)) {
            w->rank = i;
            w->column = column;
        }
}

static gd_status check_found(const table *t, const wanted *w)
{
    return w->given == NULL || w->column >= 0
               ? GD_OK
               : gd__fail(GD_ERROR_FORMAT, "%s: it has no column '%.60s'", t->path, w->given);
}

static gd_status read_heading(table *t, const gd_picture_opts *opts)
{
    wanted path = {opts->path_column, {"path", "file", "filename", "image", "picture"}, -1, -1};
    wanted class = {opts->class_column, {"class", "label", "category"}, -1, -1};
    gd__csv_cell cell;
    bool last = false;
    if (!find_row(t))
        return gd__fail(GD_ERROR_FORMAT, "%s: is empty; a heading and a row for each picture were expected", t->path);
    gd_status status = GD_OK;
    for (int column = 0; !last && status == GD_OK; column++) {
        status = next_cell(t, &cell, &last);
        if (status == GD_OK) {
            look_at(&path, &cell, column);
            look_at(&class, &cell, column);
        }
    }
    if (status == GD_OK)
        status = check_found(t, &path);
    if (status == GD_OK)
        status = check_found(t, &class);
    if (status == GD_OK && path.column < 0)
        status = gd__fail(GD_ERROR_FORMAT,
                          "%s: none of its columns is called path, file, filename, image or picture; `path_column` "
                          "names the one with the pictures' paths",
                          t->path);
    t->path_column = path.column;
    t->class_column = class.column;
    return status;
}

// ---- Pictures

static void set_text(gd__text *text, const gd__csv_cell *cell)
{
    text->length = 0;
    gd__text_add_bytes(text, cell->text, cell->length);
}

// Reads the path and the class of the row that begins here.
static gd_status read_row(table *t)
{
    gd_status status = GD_OK;
    bool last = false;
    t->picture.length = t->label.length = 0;
    for (int column = 0; !last && status == GD_OK; column++) {
        gd__csv_cell cell;
        status = next_cell(t, &cell, &last);
        if (status == GD_OK && column == t->path_column)
            set_text(&t->picture, &cell);
        else if (status == GD_OK && column == t->class_column)
            set_text(&t->label, &cell);
    }
    if (status == GD_OK && (t->picture.failed || t->label.failed || t->room.failed))
        return gd__fail_memory("a table of pictures");
    if (status == GD_OK && t->picture.length == 0)
        return fail_row(t, "it names no picture");
    if (status == GD_OK && strlen(t->picture.data) != t->picture.length)
        return fail_row(t, "the path of a picture has a zero byte in it");
    return status == GD_OK && t->class_column >= 0 && t->label.length == 0 ? fail_row(t, "it names no class") : status;
}

static gd_status hand_over(const table *t, gd__picture_row *row, void *context)
{
    gd__text path = {0};
    const char *end = t->picture.data[0] == '/' ? NULL : strrchr(t->path, '/');
    if (end != NULL)
        gd__text_add_bytes(&path, t->path, (size_t)(end - t->path) + 1);
    gd__text_add_bytes(&path, t->picture.data, t->picture.length);
    gd_status status = path.failed ? gd__fail_memory("a table of pictures")
                                   : row(context, path.data, t->class_column < 0 ? NULL : t->label.data);
    gd__text_free(&path);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s, line %lld", t->path, (long long)t->line);
}

gd_status gd__picture_table_read(const char *path, const gd_picture_opts *opts, gd__picture_row *row, void *context)
{
    gd__text whole = {0};
    table t = {.path = path, .next_line = 1};
    gd_status status = read_text(path, &whole);
    if (status == GD_OK) {
        t.at = whole.data;
        t.end = whole.data + whole.length;
        t.format.separator = gd__csv_find_separator(&t.format, false, t.at, t.end);
        status = read_heading(&t, opts);
    }
    while (status == GD_OK && find_row(&t)) {
        status = read_row(&t);
        if (status == GD_OK)
            status = hand_over(&t, row, context);
    }
    gd__text_free(&t.room);
    gd__text_free(&t.picture);
    gd__text_free(&t.label);
    gd__text_free(&whole);
    return status;
}
