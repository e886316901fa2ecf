#include "data/csv_build.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "data/csv_date.h"

static void parse_blocks(void *context, int64_t begin, int64_t end)
{
    gd__csv_builder *builder = context;
    for (int64_t i = begin; i < end; i++)
        builder->parse(builder, &builder->block[i]);
}

static void settle_blocks(void *context, int64_t begin, int64_t end)
{
    gd__csv_builder *builder = context;
    for (int64_t i = begin; i < end; i++) {
        gd__csv_block *block = &builder->block[i];
        gd__csv_block_renumber(block, builder->plan->column_count);
        if (builder->writer != NULL)
            gd__csv_cache_write(builder->writer, builder->first_row[i], block->row_count, block->cell);
    }
}

// A column that nobody listed as texts, and that holds a text of its own in nearly every row, shall not fill memory
// before it is refused.
static gd_status check_texts(const gd__csv_builder *builder)
{
    enum { MOST_TEXTS = 1 << 20 };
    const gd__csv_plan *plan = builder->plan;
    for (int c = 0, column = 0; c < plan->width; c++) {
        const gd__vocabulary *texts = &builder->table->vocabulary[column];
        if (plan->reading[c] == GD__READ_ANY && texts->count > MOST_TEXTS) {
            double seconds;
            const bool date = gd__csv_read_date(texts->word[0].text, texts->word[0].length, false, &seconds);
            return gd__fail(GD_ERROR_FORMAT,
                            "%s: column '%s' holds more than %d different texts, such as '%.80s': `ignore: [%.80s]` "
                            "leaves it out, and `%s` makes %s of it",
                            builder->name, plan->name[c], MOST_TEXTS, texts->word[0].text, plan->name[c],
                            date ? "dates" : "hash", date ? "numbers" : "few categories");
        }
        column += gd__csv_is_column(plan->reading[c]);
    }
    return GD_OK;
}

// What could not be written to the copy is kept in memory, with all before it.
static gd_status recover(gd__csv_builder *builder)
{
    if (builder->writer == NULL || !atomic_load(&builder->writer->failed))
        return GD_OK;
    const gd_status status = gd__csv_cache_recover(builder->writer, builder->first_row[0], builder->table);
    builder->writer = NULL;
    return status;
}

gd_status gd__csv_build(gd__csv_builder *builder)
{
    gd__parallel(builder->count, 1, parse_blocks, builder);
    for (int i = 0; i < builder->count; i++) {
        gd__csv_block *block = &builder->block[i];
        builder->first_row[i] = builder->table->row_count;
        if (block->problem != GD__CSV_NO_PROBLEM)
            return builder->fail(builder, block);
        gd_status status = gd__csv_table_add(builder->table, block, builder->file, builder->line);
        if (status != GD_OK)
            return status;
        builder->line += block->line_count;
    }
    gd_status status = check_texts(builder);
    if (status != GD_OK)
        return status;
    gd__parallel(builder->count, 1, settle_blocks, builder);
    status = recover(builder);
    for (int i = 0; i < builder->count && builder->writer == NULL && status == GD_OK; i++)
        if (!gd__csv_table_keep(builder->table, &builder->block[i], builder->first_row[i]))
            status = gd__fail_memory("the rows of a table");
    return status;
}

gd__csv_builder *gd__csv_builder_create(const gd__csv_plan *plan, gd__csv_table *table, gd__csv_cache_writer *writer)
{
    gd__csv_builder *builder = gd__alloc_zeroed(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->plan = plan;
    builder->table = table;
    builder->writer = writer;
    for (int i = 0; i < GD__BUILD_BLOCKS; i++)
        if (!gd__csv_block_create(&builder->block[i], plan->column_count)) {
            gd__csv_builder_free(builder);
            return NULL;
        }
    return builder;
}

void gd__csv_builder_free(gd__csv_builder *builder)
{
    if (builder == NULL)
        return;
    for (int i = 0; i < GD__BUILD_BLOCKS; i++)
        gd__csv_block_free(&builder->block[i], builder->plan->column_count);
    gd__free(builder);
}
