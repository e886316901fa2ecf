// From the files of a table to a data set: their columns, the table (from the binary copy or from the files), what the
// columns hold, and the fields.
#include <locale.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_columns.h"
#include "data/csv_source.h"

// What is worked with while files are read.
typedef struct reading {
    const gd__table_kind *kind;
    int file_count;
    const char *const *path;
    const gd_csv_opts *opts;
    const char **name; // of the files, for messages
    locale_t c_locale;
    void *first; // the first file, open behind its head
    gd__csv_head head;
    int *cell; // of each column of the schema
    gd__csv_plan plan;
    gd__csv_key key;
    gd__csv_content content;
} reading;

// ---- Columns

static gd__csv_format given_format(const gd_csv_opts *opts)
{
    const gd_csv_schema *known = opts->schema;
    if (known != NULL)
        return (gd__csv_format){known->separator, known->no_quotes, known->comment};
    return (gd__csv_format){opts->separator, opts->no_quotes, opts->comment};
}

static gd_status read_head(const reading *r, void *file, const gd__csv_format *format, gd__csv_head *head)
{
    const gd_csv_schema *known = r->opts->schema;
    const bool no_header = known == NULL ? r->opts->no_header : known->no_header;
    const char decimal = known == NULL ? r->opts->decimal : known->decimal;
    return r->kind->read_head(file, format, no_header, decimal == ',', head);
}

// Opens the first file, and finds or matches its columns.
static gd_status prepare(reading *r)
{
    const gd__csv_format format = given_format(r->opts);
    gd_csv_schema *schema = NULL;
    gd_status status = r->opts->schema == NULL ? GD_OK : gd__csv_check_schema(r->opts->schema);
    if (status == GD_OK)
        status = r->kind->open(r->path[0], &r->first);
    if (status == GD_OK)
        status = read_head(r, r->first, &format, &r->head);
    if (status != GD_OK)
        return status;
    if (r->content.fitting) {
        status = gd__csv_find_columns(r->name[0], &r->head, r->opts, &schema);
    } else {
        schema = gd__csv_schema_copy(r->opts->schema);
        status = schema == NULL ? gd__fail_memory("a CSV schema") : GD_OK;
        if (schema != NULL && r->opts->unknown != GD_UNKNOWN_DEFAULT)
            schema->unknown = r->opts->unknown;
    }
    if (status != GD_OK)
        return status;
    r->content.schema = schema;
    r->cell = gd__alloc_zeroed((size_t)schema->count, sizeof *r->cell);
    r->content.place = gd__alloc_zeroed((size_t)schema->count, sizeof *r->content.place);
    if (r->cell == NULL || r->content.place == NULL)
        return gd__fail_memory("the columns of a table");
    status = gd__csv_match_columns(r->name[0], &r->head, schema, r->cell);
    if (status != GD_OK)
        return status;
    return gd__csv_make_plan(&r->head, schema, r->cell, r->content.keep_all, r->c_locale, &r->plan, r->content.place);
}

// ---- The files

static gd_status check_heading(const reading *r, int file, const gd__csv_head *head)
{
    if (head->count != r->head.count)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %d columns, but %s has %d", r->name[file], head->count, r->name[0],
                        r->head.count);
    for (int i = 0; i < head->count; i++)
        if (strcmp(head->name[i], r->head.name[i]) != 0)
            return gd__fail(GD_ERROR_FORMAT,
                            "%s: column %d is called '%s', but '%s' in %s; files that are read as one "
                            "table have the same heading",
                            r->name[file], i, head->name[i], r->head.name[i], r->name[0]);
    return GD_OK;
}

static gd_status read_file(reading *r, gd__csv_builder *builder)
{
    void *file = NULL;
    gd__csv_head head = {0};
    gd_status status = r->kind->open(r->path[builder->file], &file);
    if (status == GD_OK)
        status = read_head(r, file, &r->plan.format, &head);
    if (status == GD_OK)
        status = check_heading(r, (int)builder->file, &head);
    if (status == GD_OK)
        status = r->kind->read_rows(file, builder);
    gd__csv_head_free(&head);
    if (file != NULL)
        r->kind->close(file);
    return status;
}

// Reads all files into a table. The first one is open already, unless it is read for a second time. With a writer,
// cells go to the binary copy instead; *copying becomes false when that cannot be written.
static gd_status read_files(reading *r, bool first_is_open, gd__csv_cache_writer *writer, bool *copying)
{
    r->content.table = gd__csv_table_create(r->plan.column_count);
    gd__csv_builder *builder =
        r->content.table == NULL ? NULL : gd__csv_builder_create(&r->plan, r->content.table, writer);
    if (builder == NULL)
        return gd__fail_memory("a table");
    gd_status status = GD_OK;
    for (; builder->file < r->file_count && status == GD_OK; builder->file++)
        status = builder->file == 0 && first_is_open ? r->kind->read_rows(r->first, builder) : read_file(r, builder);
    *copying = builder->writer != NULL;
    gd__csv_builder_free(builder);
    if (status == GD_OK && r->content.table->row_count == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: has no rows of data", r->name[0]);
    return status;
}

// Makes the binary copy while the text is read, and opens it. Without one, *done stays false where the text must be
// read once more.
static gd_status read_with_copy(reading *r, bool *done)
{
    gd__csv_cache_writer writer;
    bool copying = gd__csv_cache_begin(&writer, &r->key, r->plan.column_count);
    gd_status status = read_files(r, true, copying ? &writer : NULL, &copying);
    *done = !copying;
    if (status == GD_OK && copying) {
        const bool written = gd__csv_cache_finish(&writer, &r->key, r->content.table);
        gd__csv_table_free(r->content.table);
        r->content.table = written ? gd__csv_cache_open(&r->key, &r->plan) : NULL;
        *done = r->content.table != NULL;
    }
    gd__csv_cache_abandon(&writer);
    return status;
}

static gd_status read_table(reading *r)
{
    bool done = false;
    gd_status status =
        r->opts->no_cache ? GD_OK : gd__csv_key_make(&r->plan, r->file_count, r->path, r->head.row_count, &r->key);
    if (status != GD_OK)
        return status;
    if (r->key.path != NULL) {
        r->content.table = gd__csv_cache_open(&r->key, &r->plan);
        if (r->content.table != NULL)
            return GD_OK;
        status = read_with_copy(r, &done);
        if (status != GD_OK || done)
            return status;
    }
    bool copying;
    return read_files(r, r->key.path == NULL, NULL, &copying);
}

// ---- All of it

static gd_status read_all(reading *r, gd_dataset **out)
{
    gd_status status = prepare(r);
    if (status == GD_OK)
        status = read_table(r);
    if (status == GD_OK)
        status = gd__csv_settle_kinds(&r->content);
    if (status == GD_OK)
        status = gd__csv_check_cells(&r->content);
    if (status != GD_OK)
        return status;
    const gd__csv_content content = r->content;
    r->content = (gd__csv_content){0};
    return gd__csv_dataset_create(&content, r->file_count, out);
}

static gd_status read_set(const gd__table_kind *kind, int count, const char *const *path, gd_csv_opts opts,
                          gd_dataset **out)
{
    *out = NULL;
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a table of %d files was asked for", count);
    reading r = {.kind = kind, .file_count = count, .path = path, .opts = &opts};
    r.content = (gd__csv_content){.kind = kind,
                                  .fitting = opts.schema == NULL,
                                  .keep_all = opts.keep_all,
                                  .max_categories = opts.max_categories,
                                  .least_count = opts.least_count};
    r.c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    r.name = gd__alloc_zeroed((size_t)count, sizeof *r.name);
    gd_status status = r.name == NULL || r.c_locale == (locale_t)0 ? gd__fail_memory("a table") : GD_OK;
    for (int i = 0; i < count && r.name != NULL; i++)
        r.name[i] = strcmp(path[i], "-") == 0 ? "standard input" : path[i];
    r.content.file = r.name;
    if (status == GD_OK)
        status = read_all(&r, out);
    if (r.first != NULL)
        kind->close(r.first);
    gd__csv_head_free(&r.head);
    gd__csv_table_free(r.content.table);
    gd_csv_schema_free(r.content.schema);
    gd__free(r.content.place);
    gd__free(r.cell);
    gd__csv_plan_free(&r.plan);
    gd__csv_key_free(&r.key);
    gd__free(r.name);
    if (r.c_locale != (locale_t)0)
        freelocale(r.c_locale);
    return status;
}

gd_status gd_dataset_from_csv_files(int count, const char *const *path, gd_csv_opts opts, gd_dataset **out)
{
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    return read_set(&gd__csv_kind, count, path, opts, out);
}

gd_status gd_dataset_from_csv(const char *path, gd_csv_opts opts, gd_dataset **out)
{
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    return read_set(&gd__csv_kind, 1, &path, opts, out);
}

gd_status gd_dataset_from_parquet_files(int count, const char *const *path, gd_csv_opts opts, gd_dataset **out)
{
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    opts.no_header = false; // columns have names
    return read_set(&gd__parquet_kind, count, path, opts, out);
}

gd_status gd_dataset_from_parquet(const char *path, gd_csv_opts opts, gd_dataset **out)
{
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    return gd_dataset_from_parquet_files(1, &path, opts, out);
}
