#include "io/parquet.h"

#include "base/error.h"

#ifndef GD_HAVE_PARQUET

gd_status gd__parquet_open(const char *path, gd__parquet **out)
{
    *out = NULL;
    return gd__fail(
        GD_ERROR_UNSUPPORTED,
        "%s: cannot be read: this build of Gradus knows no Parquet, because Apache Arrow's GLib library was "
        "absent (install parquet-glib-devel on Fedora, apache-arrow-glib with Homebrew, arrow-c-glib from "
        "conda-forge, or libparquet-glib-dev from Apache Arrow's own packages for Debian and Ubuntu; then "
        "make clean and make)",
        path);
}

void gd__parquet_close(gd__parquet *file)
{
    (void)file;
}

#else

#include <string.h>

#include "base/memory.h"
#include "io/parquet_library.h"

enum { MOST_DEPTH = 64 };

struct gd__parquet {
    const gd__parquet_library *library;
    const char *path;
    GArrowSeekableInputStream *input;
    GParquetArrowFileReader *reader;
    struct ArrowSchema schema;
    // The row group that is being read.
    GArrowTable *table;
    GArrowRecordBatchReader *batches;
    struct ArrowArrayStream stream;
};

// The library's sentence as a part of ours: of "[parquet][read]: Invalid: why" the last word.
static gd_status fail_saying(const gd__parquet *file, const char *why)
{
    if (why == NULL)
        why = "no reason was given";
    const char *end = why[0] == '[' ? strstr(why, "]: ") : NULL;
    why = end == NULL ? why : end + 3;
    end = strstr(why, ": ");
    why = end == NULL || memchr(why, ' ', (size_t)(end - why)) != NULL ? why : end + 2;
    const size_t length = strcspn(why, "\n");
    return gd__fail(GD_ERROR_FORMAT, "%s: cannot be read as Parquet: %.*s", file->path, (int)length, why);
}

static gd_status fail(const gd__parquet *file, GError *error)
{
    const gd_status status = fail_saying(file, error == NULL ? NULL : error->message);
    if (error != NULL)
        file->library->g_error_free(error);
    return status;
}

// ---- Opening

// Takes what the library exported, an allocated struct, over into a struct of ours; false when there is none.
static bool take(const gd__parquet *file, void *exported, void *to, size_t size)
{
    if (exported == NULL)
        return false;
    memcpy(to, exported, size);
    file->library->g_free(exported);
    return true;
}

static gd_status open_reader(gd__parquet *file)
{
    const gd__parquet_library *library = file->library;
    GError *error = NULL;
    file->input = (GArrowSeekableInputStream *)library->garrow_file_input_stream_new(file->path, &error);
    if (file->input == NULL)
        return fail(file, error);
    file->reader = library->gparquet_arrow_file_reader_new_arrow(file->input, &error);
    if (file->reader == NULL)
        return fail(file, error);
    library->gparquet_arrow_file_reader_set_use_threads(file->reader, TRUE);
    GArrowSchema *schema = library->gparquet_arrow_file_reader_get_schema(file->reader, &error);
    if (schema == NULL)
        return fail(file, error);
    void *exported = library->garrow_schema_export(schema, &error);
    library->g_object_unref(schema);
    return take(file, exported, &file->schema, sizeof file->schema) ? GD_OK : fail(file, error);
}

gd_status gd__parquet_open(const char *path, gd__parquet **out)
{
    *out = NULL;
    const gd__parquet_library *library;
    gd_status status = gd__parquet_load(path, &library);
    if (status != GD_OK)
        return status;
    gd__parquet *file = gd__alloc_zeroed(1, sizeof *file);
    if (file == NULL)
        return gd__fail_memory("a Parquet file");
    file->library = library;
    file->path = path;
    status = open_reader(file);
    if (status == GD_OK)
        *out = file;
    else
        gd__parquet_close(file);
    return status;
}

static void unref(const gd__parquet *file, void *object)
{
    if (object != NULL)
        file->library->g_object_unref(object);
}

static void end_group(gd__parquet *file)
{
    if (file->stream.release != NULL)
        file->stream.release(&file->stream);
    unref(file, file->batches);
    unref(file, file->table);
    file->stream = (struct ArrowArrayStream){0};
    file->batches = NULL;
    file->table = NULL;
}

void gd__parquet_close(gd__parquet *file)
{
    if (file == NULL)
        return;
    end_group(file);
    if (file->schema.release != NULL)
        file->schema.release(&file->schema);
    unref(file, file->reader);
    unref(file, file->input);
    gd__free(file);
}

const struct ArrowSchema *gd__parquet_schema(const gd__parquet *file)
{
    return &file->schema;
}

int64_t gd__parquet_row_count(const gd__parquet *file)
{
    return file->library->gparquet_arrow_file_reader_get_n_rows(file->reader);
}

int gd__parquet_group_count(const gd__parquet *file)
{
    return file->library->gparquet_arrow_file_reader_get_n_row_groups(file->reader);
}

// ---- Row groups

// The columns of the file that a column of the schema is stored in: one each for the values at the ends of its tree.
static int64_t count_leaves(const struct ArrowSchema *column, int depth)
{
    if (column->n_children == 0 || depth > MOST_DEPTH)
        return 1;
    int64_t count = 0;
    for (int64_t i = 0; i < column->n_children; i++)
        count += count_leaves(column->children[i], depth + 1);
    return count;
}

// The numbers, in the file, of columns without children; free it.
static gint *leaves_of(const gd__parquet *file, int count, const int *column)
{
    gint *leaf = gd__alloc_zeroed((size_t)count, sizeof *leaf);
    int64_t at = 0;
    for (int c = 0, next = 0; leaf != NULL && next < count; c++) {
        if (c == column[next])
            leaf[next++] = (gint)at;
        at += count_leaves(file->schema.children[c], 0);
    }
    return leaf;
}

// Whether what was read are the columns that were asked for: a file may tell its columns in two ways that differ.
static bool has_columns(gd__parquet *file, int count, const int *column)
{
    struct ArrowSchema schema = {0};
    if (file->stream.get_schema(&file->stream, &schema) != 0)
        return false;
    bool same = schema.n_children == count;
    for (int i = 0; i < count && same; i++) {
        const struct ArrowSchema *wanted = file->schema.children[column[i]], *got = schema.children[i];
        same = strcmp(wanted->name, got->name) == 0 && strcmp(wanted->format, got->format) == 0 &&
               (wanted->dictionary == NULL) == (got->dictionary == NULL);
    }
    schema.release(&schema);
    return same;
}

gd_status gd__parquet_begin_group(gd__parquet *file, int group, int count, const int *column)
{
    const gd__parquet_library *library = file->library;
    end_group(file);
    gint *leaf = leaves_of(file, count, column);
    if (leaf == NULL)
        return gd__fail_memory("the columns of a Parquet file");
    GError *error = NULL;
    file->table = library->gparquet_arrow_file_reader_read_row_group(file->reader, group, leaf, (gsize)count, &error);
    gd__free(leaf);
    if (file->table == NULL)
        return fail(file, error);
    file->batches = (GArrowRecordBatchReader *)library->garrow_table_batch_reader_new(file->table);
    void *exported = library->garrow_record_batch_reader_export(file->batches, &error);
    if (!take(file, exported, &file->stream, sizeof file->stream))
        return fail(file, error);
    return has_columns(file, count, column) ? GD_OK : fail_saying(file, "its columns are not those of its schema");
}

gd_status gd__parquet_next(gd__parquet *file, struct ArrowArray *rows)
{
    *rows = (struct ArrowArray){0};
    if (file->stream.get_next(&file->stream, rows) != 0)
        return fail_saying(file, file->stream.get_last_error(&file->stream));
    return GD_OK;
}

#endif
