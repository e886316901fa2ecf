// From the text of a file to a table.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "data/csv_text.h"
#include "data/table_kind.h"

// A batch of blocks is read at a time.
enum { BATCH = GD__BUILD_BLOCKS * GD__BUILD_BLOCK_BYTES, HEAD = 1 << 18, LONGEST_ROW = 64 << 20 };

typedef struct gd__csv_reader {
    gd__csv_text text;
    char *buffer; // with a byte more than its capacity
    size_t capacity;
    size_t begin, end; // what of it is to be read
    bool ended;        // nothing follows
    int64_t line;      // of `begin`, from 1
} gd__csv_reader;

// ---- The text in the buffer

static gd_status open_file(const char *path, void **state)
{
    gd__csv_reader *reader = gd__alloc_zeroed(1, sizeof *reader);
    *state = reader;
    if (reader == NULL)
        return gd__fail_memory("a CSV file");
    reader->line = 1;
    return gd__csv_text_open(&reader->text, path);
}

static void close_file(void *state)
{
    gd__csv_reader *reader = state;
    gd__csv_text_close(&reader->text);
    gd__free(reader->buffer);
    gd__free(reader);
}

// The end of the file: the last row may lack its line end.
static void end_text(gd__csv_reader *reader)
{
    reader->ended = true;
    if (reader->end > reader->begin && reader->buffer[reader->end - 1] != '\n')
        reader->buffer[reader->end++] = '\n';
}

// Reads on until `wanted` bytes are in the buffer, or the file ends.
static gd_status fill(gd__csv_reader *reader, size_t wanted)
{
    enum { SLACK = 64 };
    if (reader->begin > 0) {
        memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
        reader->end -= reader->begin;
        reader->begin = 0;
    }
    if (reader->text.descriptor >= 0) { // a small file needs no large buffer
        const size_t whole = reader->end + (size_t)(reader->text.stamp.size - reader->text.at) + 1;
        wanted = wanted < whole ? wanted : whole;
    }
    if (wanted + SLACK > reader->capacity) {
        char *larger = gd__realloc(reader->buffer, wanted + SLACK + 2, 1);
        if (larger == NULL)
            return gd__fail_memory("the text of a CSV file");
        reader->buffer = larger;
        reader->capacity = wanted + SLACK;
    }
    while (!reader->ended && reader->end < wanted) {
        size_t got;
        gd_status status =
            gd__csv_text_read(&reader->text, reader->buffer + reader->end, reader->capacity - reader->end, &got);
        if (status != GD_OK)
            return status;
        reader->end += got;
        if (got == 0)
            end_text(reader);
    }
    reader->buffer[reader->end] = '\0';
    return GD_OK;
}

// No row ends in the buffer: the line on which the quote opens that is not closed, or 0.
static int64_t line_of_open_quote(const gd__csv_reader *reader, const gd__csv_format *format)
{
    const char *at = reader->buffer + reader->begin, *end = reader->buffer + reader->end;
    int64_t line = reader->line;
    gd__text room = {0};
    gd__csv_cell cell;
    gd__csv_fault fault;
    while ((at = gd__csv_read_cell(format, at, end, &room, &cell, &fault)) != NULL && *at == format->separator) {
        line += cell.line_breaks;
        at++;
    }
    gd__text_free(&room);
    return at == NULL && cell.quoted ? line : 0;
}

static gd_status fail_long(const gd__csv_reader *reader, const gd__csv_format *format)
{
    const int64_t line = line_of_open_quote(reader, format);
    if (line > 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: the quote that opens on line %lld is never closed%s", reader->text.name,
                        (long long)line, reader->ended ? "" : " within 64 MiB");
    return gd__fail(GD_ERROR_FORMAT, "%s: line %lld is longer than 64 MiB: this is no table of lines",
                    reader->text.name, (long long)reader->line);
}

// Makes sure that the buffer holds a whole row, or that nothing is left; `cut` is where the first row ends.
static gd_status need_row(gd__csv_reader *reader, const gd__csv_format *format, size_t wanted, const char **cut)
{
    for (;;) {
        gd_status status = fill(reader, wanted);
        if (status != GD_OK)
            return status;
        const char *begin = reader->buffer + reader->begin, *end = reader->buffer + reader->end;
        *cut = begin == end ? end : gd__csv_cut(format, begin, begin + 1, end);
        if (*cut > begin || begin == end)
            return GD_OK;
        if (reader->ended || wanted >= LONGEST_ROW)
            return fail_long(reader, format);
        wanted = 4 * wanted < LONGEST_ROW ? 4 * wanted : LONGEST_ROW;
    }
}

// ---- Heads

static gd_status add_name(const gd__csv_reader *reader, bool no_header, const gd__csv_cell *cell, int *capacity,
                          gd__csv_head *head)
{
    char number[24];
    snprintf(number, sizeof number, "c%d", head->count);
    if (head->count == GD__MOST_COLUMNS)
        return gd__fail(GD_ERROR_FORMAT, "%s: has more than %d columns, at most so many are read", reader->text.name,
                        GD__MOST_COLUMNS);
    if (!no_header && (!gd__is_utf8(cell->text, cell->length) || memchr(cell->text, '\0', cell->length) != NULL))
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld: the name of column %d is not valid UTF-8", reader->text.name,
                        (long long)reader->line, head->count);
    const char *text = no_header ? number : cell->text;
    const size_t length = no_header ? strlen(number) : cell->length;
    char *name = gd__alloc(length + 1);
    if (name == NULL || !gd__grow((void **)&head->name, capacity, head->count, sizeof *head->name)) {
        gd__free(name);
        return gd__fail_memory("the names of columns");
    }
    memcpy(name, text, length);
    name[length] = '\0';
    head->name[head->count++] = name;
    return GD_OK;
}

// Reads the cells of the first row, which ends at `cut`.
static gd_status read_names(gd__csv_reader *reader, bool no_header, const char *cut, gd__csv_head *head)
{
    const char *at = reader->buffer + reader->begin;
    int capacity = 0, line_breaks = 0;
    gd__text room = {0};
    gd_status status = GD_OK;
    for (bool last = false; !last && status == GD_OK;) {
        gd__csv_cell cell;
        gd__csv_fault fault;
        at = gd__csv_read_cell(&head->format, at, cut, &room, &cell, &fault);
        if (at == NULL) {
            status = gd__fail(GD_ERROR_FORMAT, "%s: line %lld, column %d: text follows a closing quote",
                              reader->text.name, (long long)reader->line, head->count + 1);
            break;
        }
        line_breaks += cell.line_breaks;
        last = *at++ != head->format.separator;
        status =
            room.failed ? gd__fail_memory("the names of columns") : add_name(reader, no_header, &cell, &capacity, head);
    }
    gd__text_free(&room);
    if (!no_header) {
        reader->begin = (size_t)(cut - reader->buffer);
        reader->line += 1 + line_breaks;
    }
    return status;
}

static gd_status read_head(void *state, const gd__csv_format *format, bool no_header, bool decimal_comma,
                           gd__csv_head *head)
{
    gd__csv_reader *reader = state;
    *head = (gd__csv_head){.format = *format};
    gd_status status = fill(reader, HEAD);
    if (status != GD_OK)
        return status;
    const char *begin = reader->buffer, *end = begin + reader->end;
    char separator;
    const char *past = gd__csv_read_sep_line(begin, end, &separator);
    if (past != NULL) {
        reader->begin = (size_t)(past - begin);
        reader->line++;
        head->format.separator = format->separator == '\0' ? separator : format->separator;
    }
    if (head->format.separator == '\0')
        head->format.separator = gd__csv_find_separator(format, decimal_comma, begin + reader->begin, end);
    for (;;) {
        const char *cut;
        status = need_row(reader, &head->format, HEAD, &cut);
        if (status != GD_OK)
            return status;
        begin = reader->buffer + reader->begin;
        end = reader->buffer + reader->end;
        if (begin == end)
            return gd__fail(GD_ERROR_FORMAT, "%s: is empty", reader->text.name);
        const char *idle = gd__csv_pass_idle_line(&head->format, begin, end);
        if (idle == NULL)
            return read_names(reader, no_header, cut, head);
        reader->begin = (size_t)(idle - reader->buffer);
        reader->line++;
    }
}

// ---- Rows

static void parse_block(const gd__csv_builder *builder, gd__csv_block *block)
{
    gd__csv_block_parse(block, builder->plan);
}

static gd_status fail_block(const gd__csv_builder *builder, const gd__csv_block *block)
{
    const gd__csv_plan *plan = builder->plan;
    const char *name = builder->name;
    const long long line = (long long)(builder->line + block->problem_line);
    switch (block->problem) {
    case GD__CSV_WIDTH:
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld has %d fields, the %s has %d", name, line, block->found,
                        plan->no_header ? "first line" : "header", plan->width);
    case GD__CSV_QUOTE:
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld, column %d: text follows a closing quote", name, line,
                        block->found);
    case GD__CSV_ZERO:
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld holds a zero byte: this is no text file", name, line);
    case GD__CSV_ENCODING:
        return gd__fail(GD_ERROR_FORMAT, "%s: line %lld, column '%s': the text is not valid UTF-8", name, line,
                        plan->name[block->found - 1]);
    case GD__CSV_DAMAGED:
    case GD__CSV_OUT_OF_MEMORY:
    case GD__CSV_NO_PROBLEM: break;
    }
    return gd__fail_memory("the rows of a CSV file");
}

// Cuts what is in the buffer into blocks of whole rows; returns where the last one ends.
static const char *cut_blocks(const gd__csv_reader *reader, gd__csv_builder *builder)
{
    const char *at = reader->buffer + reader->begin, *end = reader->buffer + reader->end;
    for (builder->count = 0; builder->count < GD__BUILD_BLOCKS && at < end; builder->count++) {
        const char *target = end - at < GD__BUILD_BLOCK_BYTES ? end : at + GD__BUILD_BLOCK_BYTES;
        const char *cut = gd__csv_cut(&builder->plan->format, at, target, end);
        if (cut == at)
            break;
        builder->block[builder->count].begin = at;
        builder->block[builder->count].end = cut;
        at = cut;
    }
    return at;
}

static gd_status read_batches(gd__csv_reader *reader, gd__csv_builder *builder)
{
    for (;;) {
        const char *cut;
        gd_status status = need_row(reader, &builder->plan->format, BATCH, &cut);
        if (status != GD_OK)
            return status;
        if (reader->begin == reader->end)
            return GD_OK;
        cut = cut_blocks(reader, builder);
        const bool is_file = reader->text.descriptor >= 0; // else there is no telling how long it is
        status = gd__progress("reading a table", reader->text.at, is_file ? reader->text.stamp.size : 0);
        if (status == GD_OK)
            status = gd__csv_build(builder);
        if (status != GD_OK)
            return status;
        reader->line = builder->line;
        reader->begin = (size_t)(cut - reader->buffer);
    }
}

static gd_status read_rows(void *state, gd__csv_builder *builder)
{
    gd__csv_reader *reader = state;
    builder->name = reader->text.name;
    builder->line = reader->line;
    builder->parse = parse_block;
    builder->fail = fail_block;
    const gd_status status = read_batches(reader, builder);
    return status == GD_OK ? gd__csv_check_unchanged(reader->text.path, &reader->text.stamp) : status;
}

const gd__table_kind gd__csv_kind = {.name = "csv",
                                     .has_lines = true,
                                     .open = open_file,
                                     .read_head = read_head,
                                     .read_rows = read_rows,
                                     .close = close_file};
