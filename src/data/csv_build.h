// Fills a table, a batch of blocks at a time: several threads read a block each, and their rows are added in order.
#ifndef GD_DATA_CSV_BUILD_H
#define GD_DATA_CSV_BUILD_H

#include "data/csv_block.h"
#include "data/csv_cache.h"

// Blocks are small enough to stay in a processor's cache, and where they are cut does not depend on how many threads
// there are.
enum { GD__BUILD_BLOCKS = 16, GD__BUILD_BLOCK_BYTES = 1 << 20 };

typedef struct gd__csv_builder gd__csv_builder;
struct gd__csv_builder {
    const gd__csv_plan *plan;
    gd__csv_cache_writer *writer; // cells go to the binary copy; NULL: they become the table's own
    gd__csv_table *table;
    int64_t file; // its number
    // Set by who reads the file:
    const char *name; // of the file, for messages
    int64_t line;     // of the next row
    void *context;
    void (*parse)(const gd__csv_builder *builder, gd__csv_block *block);
    gd_status (*fail)(const gd__csv_builder *builder, const gd__csv_block *block); // with a block's problem
    // The batch.
    int count;
    gd__csv_block block[GD__BUILD_BLOCKS];
    int64_t first_row[GD__BUILD_BLOCKS]; // of each block in the table
};

// NULL when memory is short.
gd__csv_builder *gd__csv_builder_create(const gd__csv_plan *plan, gd__csv_table *table, gd__csv_cache_writer *writer);
void gd__csv_builder_free(gd__csv_builder *builder); // NULL is fine

// Reads the batch, adds its rows, and moves `line` on. The writer becomes NULL when the copy cannot be written.
gd_status gd__csv_build(gd__csv_builder *builder);

#endif
