// The binary copy of a large table: what was read of a file, in a file of the cache directory, where it is mapped.
//
// It is named by a hash of where the table's files lie and how they are read, and is used as long as these files have
// the same size and time of change. It is written under a temporary name and renamed, without waiting for the disk:
// its header names the run of the system in which it was written, and after another start a checksum of all cells
// tells whether they reached the disk.
#ifndef GD_DATA_CSV_CACHE_H
#define GD_DATA_CSV_CACHE_H

#include <gradus/base.h>

#include "base/file.h"
#include "data/csv_table.h"
#include "data/csv_text.h"

typedef struct gd__csv_key {
    char *path; // of the copy; NULL: there shall be none
    char *text; // all that the copy depends on, but for the stamps
    int file_count;
    gd__csv_stamp *stamp;
} gd__csv_key;

// There is no copy of small files, of what is no file, and where there is no cache directory. A file is small when its
// bytes are few, and the cells of `row_count` rows too (0: their number is not known).
gd_status gd__csv_key_make(const gd__csv_plan *plan, int file_count, const char *const *path, int64_t row_count,
                           gd__csv_key *key);
void gd__csv_key_free(gd__csv_key *key);

// The copy; NULL when there is none that is whole and fresh.
gd__csv_table *gd__csv_cache_open(const gd__csv_key *key, const gd__csv_plan *plan);

typedef struct gd__csv_cache_writer {
    gd__file_writer file;
    int column_count;
    atomic_bool failed;
    atomic_uint_fast64_t checksum;
} gd__csv_cache_writer;

bool gd__csv_cache_begin(gd__csv_cache_writer *writer, const gd__csv_key *key, int column_count);
// Writes rows into their place; several threads may at a time. A failure is remembered.
void gd__csv_cache_write(gd__csv_cache_writer *writer, int64_t first_row, int64_t row_count, const double *cell);
// After a failure: reads the first `row_count` rows, which were written, back into the table.
gd_status gd__csv_cache_recover(gd__csv_cache_writer *writer, int64_t row_count, gd__csv_table *table);
// Adds everything but the cells, and gives the file its name; false when that failed.
bool gd__csv_cache_finish(gd__csv_cache_writer *writer, const gd__csv_key *key, const gd__csv_table *table);
void gd__csv_cache_abandon(gd__csv_cache_writer *writer); // harmless after the end

#endif
