#include "data/csv_table.h"

#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"

// Of a large table, regions of so many bytes are in memory at a time, and not more than a few of them.
enum { REGION = 2 << 20, MOST_REGIONS = 80 };

void gd__csv_plan_free(gd__csv_plan *plan)
{
    for (int c = 0; c < plan->width && plan->name != NULL; c++)
        gd__free(plan->name[c]);
    gd__free(plan->name);
    gd__free(plan->reading);
    *plan = (gd__csv_plan){0};
}

gd__csv_table *gd__csv_table_create(int column_count)
{
    gd__csv_table *table = gd__alloc_zeroed(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->column_count = column_count;
    table->tally = gd__alloc_zeroed((size_t)column_count, sizeof *table->tally);
    table->vocabulary = gd__alloc_zeroed((size_t)column_count, sizeof *table->vocabulary);
    if (table->tally == NULL || table->vocabulary == NULL) {
        gd__csv_table_free(table);
        return NULL;
    }
    for (int c = 0; c < column_count; c++)
        table->tally[c] = gd__csv_tally_none();
    return table;
}

void gd__csv_table_free(gd__csv_table *table)
{
    if (table == NULL)
        return;
    for (int c = 0; c < table->column_count && table->vocabulary != NULL; c++)
        gd__vocabulary_free(&table->vocabulary[c]);
    for (int i = 0; i < table->chunk_count && table->mapping == NULL; i++)
        gd__free(table->chunk[i].cell);
    if (table->mapping != NULL) {
        munmap(table->mapping, table->mapping_size);
    } else {
        gd__free(table->id_end);
        gd__free(table->id_text);
    }
    gd__free(table->touched);
    gd__free(table->runs.run);
    gd__free(table->chunk);
    gd__free(table->vocabulary);
    gd__free(table->tally);
    gd__free(table);
}

// ---- Reading

bool gd__csv_table_bound_memory(gd__csv_table *table)
{
    table->touched = gd__alloc_zeroed(table->mapping_size / REGION + 1, sizeof *table->touched);
    return table->touched != NULL;
}

// Notes that a region is read. Where too many lie in memory, all pages are given back: advice, since they come back
// when they are read, so several threads may do it at a time.
static void touch(gd__csv_table *table, size_t region)
{
    if (atomic_load_explicit(&table->touched[region], memory_order_relaxed) ||
        atomic_exchange_explicit(&table->touched[region], true, memory_order_relaxed) ||
        atomic_fetch_add_explicit(&table->touched_count, 1, memory_order_relaxed) + 1 < MOST_REGIONS)
        return;
    atomic_store_explicit(&table->touched_count, 0, memory_order_relaxed);
    for (size_t i = 0; i <= table->mapping_size / REGION; i++)
        atomic_store_explicit(&table->touched[i], false, memory_order_relaxed);
    madvise(table->mapping, table->mapping_size, MADV_DONTNEED);
}

const double *gd__csv_table_row(gd__csv_table *table, int64_t row)
{
    int low = 0, high = table->chunk_count - 1;
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (table->chunk[middle].first_row <= row)
            low = middle;
        else
            high = middle - 1;
    }
    const gd__csv_chunk *chunk = &table->chunk[low];
    const double *cell = chunk->cell + (size_t)(row - chunk->first_row) * (size_t)table->column_count;
    if (table->touched != NULL)
        touch(table, (size_t)((const char *)cell - (const char *)table->mapping) / REGION);
    return cell;
}

const gd__csv_run *gd__csv_table_run(const gd__csv_table *table, int64_t row)
{
    int low = 0, high = table->runs.count - 1;
    while (low < high) {
        const int middle = low + (high - low + 1) / 2;
        if (table->runs.run[middle].first_row <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return &table->runs.run[low];
}

int64_t gd__csv_table_line(const gd__csv_table *table, int64_t row)
{
    const gd__csv_run *run = gd__csv_table_run(table, row);
    return run->first_line + (row - run->first_row);
}

const char *gd__csv_table_id(const gd__csv_table *table, int64_t row)
{
    return table->id_end == NULL ? NULL : table->id_text + (row == 0 ? 0 : table->id_end[row - 1]);
}

// ---- Where rows stand

bool gd__csv_runs_add(gd__csv_runs *runs, int64_t row, int64_t line, int64_t file)
{
    if (runs->count > 0) {
        const gd__csv_run *last = &runs->run[runs->count - 1];
        if (last->file == file && last->first_line + (row - last->first_row) == line)
            return true;
    }
    if (!gd__grow((void **)&runs->run, &runs->capacity, runs->count, sizeof *runs->run))
        return false;
    runs->run[runs->count++] = (gd__csv_run){row, line, file};
    return true;
}
