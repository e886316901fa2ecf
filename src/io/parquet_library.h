// Apache Arrow's GLib library for Parquet, loaded when the first such file is read and not with the program: it brings
// tens of megabytes along. Its headers are needed to build, the library itself only to read.
#ifndef GD_IO_PARQUET_LIBRARY_H
#define GD_IO_PARQUET_LIBRARY_H

#ifdef GD_HAVE_PARQUET

#include <gradus/base.h>

#include <parquet-glib/parquet-glib.h>

// clang-format off
#define GD__PARQUET_FUNCTIONS(entry)                                                                                   \
    entry(garrow_file_input_stream_new) entry(garrow_schema_export) entry(garrow_table_batch_reader_new)               \
    entry(garrow_record_batch_reader_export)                                                                           \
    entry(gparquet_arrow_file_reader_new_arrow) entry(gparquet_arrow_file_reader_get_schema)                           \
    entry(gparquet_arrow_file_reader_get_n_row_groups) entry(gparquet_arrow_file_reader_get_n_rows)                    \
    entry(gparquet_arrow_file_reader_set_use_threads) entry(gparquet_arrow_file_reader_read_row_group)                 \
    entry(g_object_unref) entry(g_error_free) entry(g_free)
// clang-format on

#define GD__PARQUET_MEMBER(name) __typeof__(name) *name;
typedef struct gd__parquet_library {
    GD__PARQUET_FUNCTIONS(GD__PARQUET_MEMBER)
} gd__parquet_library;
#undef GD__PARQUET_MEMBER

// The library; it stays loaded until the program ends. What goes wrong the first time stays wrong: GD_ERROR_UNSUPPORTED
// where it is not installed or is of another version than the headers; `path` (what is to be read) begins the sentence.
gd_status gd__parquet_load(const char *path, const gd__parquet_library **library);

#endif

#endif
