// From a Parquet file to a table.
#include "io/parquet.h"

#include "base/error.h"
#include "base/utf8.h"
#include "data/table_kind.h"

#ifndef GD_HAVE_PARQUET

static gd_status open_file(const char *path, void **state)
{
    gd__parquet *file;
    *state = NULL;
    return gd__parquet_open(path, &file);
}

const gd__table_kind gd__parquet_kind = {.name = "parquet", .open = open_file};

#else

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "data/arrow_cells.h"
#include "data/csv_schema.h"

// What is read of a file, and the arrays of the rows that are being read.
typedef struct selection {
    gd__arrow_columns columns;
    int *cell;
    gd__arrow_column *column;
    const struct ArrowArray **array;
} selection;

typedef struct parquet_reader {
    const char *path;
    gd__csv_stamp stamp; // when it was opened
    gd__parquet *file;
    selection selection; // while rows are read
} parquet_reader;

// ---- Opening

// Fails on what is no regular file: a Parquet file is read at random.
static gd_status look_at(const char *path)
{
    struct stat information;
    if (strcmp(path, "-") == 0)
        return gd__fail(GD_ERROR_IO, "standard input: a Parquet file is read at random, so it must be a file");
    if (stat(path, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    if (!S_ISREG(information.st_mode))
        return gd__fail(GD_ERROR_IO, "%s: is %s; a regular file was expected", path,
                        S_ISDIR(information.st_mode) ? "a directory" : "no regular file");
    return GD_OK;
}

static gd_status open_file(const char *path, void **state)
{
    *state = NULL;
    gd_status status = look_at(path);
    if (status != GD_OK)
        return status;
    parquet_reader *reader = gd__alloc_zeroed(1, sizeof *reader);
    *state = reader;
    if (reader == NULL)
        return gd__fail_memory("a Parquet file");
    reader->path = path;
    reader->stamp = gd__csv_stamp_of(path);
    return gd__parquet_open(path, &reader->file);
}

static void selection_free(selection *s)
{
    gd__free(s->cell);
    gd__free(s->column);
    gd__free((void *)s->array);
}

static void close_file(void *state)
{
    parquet_reader *reader = state;
    selection_free(&reader->selection);
    gd__parquet_close(reader->file);
    gd__free(reader);
}

// ---- Heads

static gd_status read_head(void *state, const gd__csv_format *format, bool no_header, bool decimal_comma,
                           gd__csv_head *head)
{
    const parquet_reader *reader = state;
    const struct ArrowSchema *schema = gd__parquet_schema(reader->file);
    (void)no_header;
    (void)decimal_comma;
    *head = (gd__csv_head){.format = *format, .row_count = gd__parquet_row_count(reader->file)};
    if (schema->n_children < 1 || schema->n_children > GD__MOST_COLUMNS)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %lld columns, 1 to %d are read", reader->path,
                        (long long)schema->n_children, GD__MOST_COLUMNS);
    head->name = gd__alloc_zeroed((size_t)schema->n_children, sizeof *head->name);
    if (head->name == NULL)
        return gd__fail_memory("the names of columns");
    for (; head->count < schema->n_children; head->count++) {
        const char *name = schema->children[head->count]->name;
        if (name == NULL || !gd__is_utf8(name, strlen(name)))
            return gd__fail(GD_ERROR_FORMAT, "%s: the name of column %d is not valid UTF-8", reader->path, head->count);
        head->name[head->count] = gd__copy_text(name);
        if (head->name[head->count] == NULL)
            return gd__fail_memory("the names of columns");
    }
    return GD_OK;
}

// ---- Rows

// Finds the columns that are read, and their types. Where none is, the first with cells stands for the number of rows.
static gd_status select_columns(parquet_reader *reader, const gd__csv_plan *plan)
{
    selection *s = &reader->selection;
    const struct ArrowSchema *schema = gd__parquet_schema(reader->file);
    const size_t width = (size_t)plan->width;
    s->cell = gd__alloc_zeroed(width, sizeof *s->cell);
    s->column = gd__alloc_zeroed(width, sizeof *s->column);
    s->array = gd__alloc_zeroed(width, sizeof *s->array);
    if (s->cell == NULL || s->column == NULL || s->array == NULL)
        return gd__fail_memory("the columns of a Parquet file");
    int count = 0;
    gd_status status = GD_OK;
    const bool any = plan->column_count > 0 || plan->id >= 0;
    for (int c = 0; c < plan->width && status == GD_OK; c++) {
        if (any ? plan->reading[c] == GD__READ_NOTHING : count > 0 || schema->children[c]->n_children > 0)
            continue;
        s->cell[count] = c;
        status = gd__arrow_column_of(reader->path, schema->children[c], &s->column[count++]);
    }
    s->columns = (gd__arrow_columns){.count = count, .cell = s->cell, .column = s->column, .array = s->array};
    if (status == GD_OK && count == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: has no column whose cells are numbers or texts", reader->path);
    return status;
}

// Words for missing cells count where the recipe lists them: what is missing in a Parquet file says so.
static bool has_own_words(const gd__csv_plan *plan)
{
    bool same = plan->missing_word_count == GD__MISSING_WORDS;
    for (int i = 0; i < plan->missing_word_count && same; i++)
        same = strcmp(plan->missing_word[i], gd__missing_words[i]) == 0;
    return !same;
}

static void parse_block(const gd__csv_builder *builder, gd__csv_block *block)
{
    gd__arrow_read_block(block, builder->plan, builder->context);
}

static gd_status fail_block(const gd__csv_builder *builder, const gd__csv_block *block)
{
    if (block->problem == GD__CSV_OUT_OF_MEMORY)
        return gd__fail_memory("the rows of a Parquet file");
    return gd__fail(GD_ERROR_FORMAT, "%s: row %lld, column '%s': %s", builder->name,
                    (long long)(builder->line + block->problem_line), builder->plan->name[block->found - 1],
                    block->problem == GD__CSV_ENCODING ? "the text is not valid UTF-8"
                    : block->problem == GD__CSV_ZERO   ? "the text holds a zero byte"
                                                       : "the value is not in the column's dictionary");
}

// Reads rows that lie in memory, a batch of blocks at a time.
static gd_status read_rows_at_hand(gd__csv_builder *builder, int64_t count)
{
    const int64_t columns = builder->plan->column_count < 1 ? 1 : builder->plan->column_count;
    const int64_t most = GD__BUILD_BLOCK_BYTES / (columns * (int64_t)sizeof(double)), rows = most < 1 ? 1 : most;
    gd_status status = GD_OK;
    for (int64_t at = 0; at < count && status == GD_OK;) {
        for (builder->count = 0; builder->count < GD__BUILD_BLOCKS && at < count; builder->count++) {
            gd__csv_block *block = &builder->block[builder->count];
            block->first_row = at;
            block->row_limit = count - at < rows ? count - at : rows;
            at += block->row_limit;
        }
        status = gd__csv_build(builder);
    }
    return status;
}

static gd_status read_group(parquet_reader *reader, int group, gd__csv_builder *builder)
{
    selection *s = &reader->selection;
    gd_status status = gd__parquet_begin_group(reader->file, group, s->columns.count, s->cell);
    for (bool more = true; more && status == GD_OK;) {
        struct ArrowArray rows;
        status = gd__parquet_next(reader->file, &rows);
        more = status == GD_OK && rows.release != NULL;
        if (!more)
            continue;
        for (int i = 0; i < s->columns.count; i++)
            s->array[i] = rows.children[i];
        status = read_rows_at_hand(builder, rows.length);
        rows.release(&rows);
    }
    return status;
}

static gd_status read_rows(void *state, gd__csv_builder *builder)
{
    parquet_reader *reader = state;
    builder->name = reader->path;
    builder->line = 1;
    builder->context = &reader->selection.columns;
    builder->parse = parse_block;
    builder->fail = fail_block;
    gd_status status = select_columns(reader, builder->plan);
    reader->selection.columns.quoted = !has_own_words(builder->plan);
    const int groups = gd__parquet_group_count(reader->file);
    for (int group = 0; group < groups && status == GD_OK; group++) {
        status = gd__progress("reading a table", group, groups);
        if (status == GD_OK)
            status = read_group(reader, group, builder);
    }
    return status == GD_OK ? gd__csv_check_unchanged(reader->path, &reader->stamp) : status;
}

const gd__table_kind gd__parquet_kind = {
    .name = "parquet", .open = open_file, .read_head = read_head, .read_rows = read_rows, .close = close_file};

#endif
