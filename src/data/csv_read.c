#include "data/csv_read.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "data/csv_block.h"

// Blocks are small enough to stay in a processor's cache, and where they are cut does not depend on how many threads
// there are. A batch of them is read at a time.
enum { BLOCK = 1 << 20, BLOCKS = 16, BATCH = BLOCKS * BLOCK, HEAD = 1 << 18, LONGEST_ROW = 64 << 20 };

// ---- The text in the buffer

gd_status gd__csv_reader_open(gd__csv_reader *reader, const char *path)
{
    *reader = (gd__csv_reader){.line = 1};
    return gd__csv_text_open(&reader->text, path);
}

void gd__csv_reader_close(gd__csv_reader *reader)
{
    gd__csv_text_close(&reader->text);
    gd__free(reader->buffer);
    reader->buffer = NULL;
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

void gd__csv_head_free(gd__csv_head *head)
{
    for (int i = 0; i < head->count && head->name != NULL; i++)
        gd__free(head->name[i]);
    gd__free(head->name);
    *head = (gd__csv_head){0};
}

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

gd_status gd__csv_read_head(gd__csv_reader *reader, const gd__csv_format *format, bool no_header, bool decimal_comma,
                            gd__csv_head *head)
{
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

typedef struct job {
    const gd__csv_plan *plan;
    int64_t file;
    gd__csv_cache_writer *writer; // NULL: cells become the table's own
    gd__csv_table *table;
    int count;
    gd__csv_block block[BLOCKS];
    int64_t first_row[BLOCKS]; // of each block in the table
} job;

static void parse_blocks(void *context, int64_t begin, int64_t end)
{
    job *job = context;
    for (int64_t i = begin; i < end; i++)
        gd__csv_block_parse(&job->block[i], job->plan);
}

static void settle_blocks(void *context, int64_t begin, int64_t end)
{
    job *job = context;
    for (int64_t i = begin; i < end; i++) {
        gd__csv_block *block = &job->block[i];
        gd__csv_block_renumber(block, job->plan->column_count);
        if (job->writer != NULL)
            gd__csv_cache_write(job->writer, job->first_row[i], block->row_count, block->cell);
    }
}

static gd_status fail_block(const gd__csv_reader *reader, const gd__csv_plan *plan, const gd__csv_block *block)
{
    const char *name = reader->text.name;
    const long long line = (long long)(reader->line + block->problem_line);
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
    case GD__CSV_OUT_OF_MEMORY:
    case GD__CSV_NO_PROBLEM: break;
    }
    return gd__fail_memory("the rows of a CSV file");
}

// Cuts what is in the buffer into blocks of whole rows; returns where the last one ends.
static const char *cut_blocks(const gd__csv_reader *reader, job *job)
{
    const char *at = reader->buffer + reader->begin, *end = reader->buffer + reader->end;
    for (job->count = 0; job->count < BLOCKS && at < end; job->count++) {
        const char *target = end - at < BLOCK ? end : at + BLOCK;
        const char *cut = gd__csv_cut(&job->plan->format, at, target, end);
        if (cut == at)
            break;
        job->block[job->count].begin = at;
        job->block[job->count].end = cut;
        at = cut;
    }
    return at;
}

// A column that nobody listed as texts, and that holds a text of its own in nearly every row, shall not fill memory
// before it is refused.
static gd_status check_texts(const gd__csv_reader *reader, const job *job)
{
    enum { MOST_TEXTS = 1 << 20 };
    const gd__csv_plan *plan = job->plan;
    for (int c = 0, column = 0; c < plan->width; c++) {
        if (plan->reading[c] == GD__READ_ANY && job->table->vocabulary[column].count > MOST_TEXTS)
            return gd__fail(
                GD_ERROR_FORMAT,
                "%s: column '%s' holds more than %d different texts, such as '%.80s': `ignore: [%.80s]` leaves "
                "it out, and `hash` makes few categories of it",
                reader->text.name, plan->name[c], MOST_TEXTS, job->table->vocabulary[column].word[0].text,
                plan->name[c]);
        column += gd__csv_is_column(plan->reading[c]);
    }
    return GD_OK;
}

static gd_status add_blocks(gd__csv_reader *reader, job *job)
{
    gd__parallel(job->count, 1, parse_blocks, job);
    for (int i = 0; i < job->count; i++) {
        gd__csv_block *block = &job->block[i];
        job->first_row[i] = job->table->row_count;
        if (block->problem != GD__CSV_NO_PROBLEM)
            return fail_block(reader, job->plan, block);
        gd_status status = gd__csv_table_add(job->table, block, job->file, reader->line);
        if (status != GD_OK)
            return status;
        reader->line += block->line_count;
    }
    gd_status status = check_texts(reader, job);
    if (status != GD_OK)
        return status;
    gd__parallel(job->count, 1, settle_blocks, job);
    // What could not be written to the copy is kept in memory, with all before it.
    if (job->writer != NULL && atomic_load(&job->writer->failed)) {
        status = gd__csv_cache_recover(job->writer, job->first_row[0], job->table);
        if (status != GD_OK)
            return status;
        job->writer = NULL;
    }
    for (int i = 0; i < job->count && job->writer == NULL; i++)
        if (!gd__csv_table_keep(job->table, &job->block[i], job->first_row[i]))
            return gd__fail_memory("the rows of a CSV file");
    return GD_OK;
}

static gd_status read_batches(gd__csv_reader *reader, job *job)
{
    for (;;) {
        const char *cut;
        gd_status status = need_row(reader, &job->plan->format, BATCH, &cut);
        if (status != GD_OK)
            return status;
        if (reader->begin == reader->end)
            return GD_OK;
        cut = cut_blocks(reader, job);
        status = add_blocks(reader, job);
        if (status != GD_OK)
            return status;
        reader->begin = (size_t)(cut - reader->buffer);
    }
}

gd_status gd__csv_read_rows(gd__csv_reader *reader, const gd__csv_plan *plan, int64_t file,
                            gd__csv_cache_writer *writer, bool *copying, gd__csv_table *table)
{
    job *job = gd__alloc_zeroed(1, sizeof *job);
    if (job == NULL)
        return gd__fail_memory("the rows of a CSV file");
    job->plan = plan;
    job->file = file;
    job->writer = *copying ? writer : NULL;
    job->table = table;
    gd_status status = GD_OK;
    for (int i = 0; i < BLOCKS && status == GD_OK; i++)
        if (!gd__csv_block_create(&job->block[i], plan->column_count))
            status = gd__fail_memory("the rows of a CSV file");
    if (status == GD_OK)
        status = read_batches(reader, job);
    if (status == GD_OK)
        status = gd__csv_text_check_unchanged(&reader->text);
    *copying = job->writer != NULL;
    for (int i = 0; i < BLOCKS; i++)
        gd__csv_block_free(&job->block[i], plan->column_count);
    gd__free(job);
    return status;
}
