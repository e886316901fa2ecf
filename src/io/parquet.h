// Parquet files, through Apache Arrow's GLib library.
//
// A file is not trusted, but the library that reads it is: it checks what it decodes. Two things cannot be caught: GLib
// ends the program when memory for its own small objects is short, and so does a fault within the library.
#ifndef GD_IO_PARQUET_H
#define GD_IO_PARQUET_H

#include <gradus/base.h>

#include "io/arrow_data.h"

typedef struct gd__parquet gd__parquet;

// Fails with GD_ERROR_UNSUPPORTED where the library is absent. `path` must outlive the file.
gd_status gd__parquet_open(const char *path, gd__parquet **out);
void gd__parquet_close(gd__parquet *file); // NULL is fine

#ifdef GD_HAVE_PARQUET
// The columns are its children.
const struct ArrowSchema *gd__parquet_schema(const gd__parquet *file);
int64_t gd__parquet_row_count(const gd__parquet *file); // as the file says
int gd__parquet_group_count(const gd__parquet *file);   // row groups

// Reads `count` columns (children of the schema, each larger than the one before) of a row group, which then lies in
// memory until the next one is begun. At least one column.
gd_status gd__parquet_begin_group(gd__parquet *file, int group, int count, const int *column);
// The next rows of the group: an array whose children are the columns, in their order; empty (release is NULL) behind
// the last one. The caller releases it.
gd_status gd__parquet_next(gd__parquet *file, struct ArrowArray *rows);
#endif

#endif
