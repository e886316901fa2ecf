#include "data/csv_table.h"

#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_block.h"

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

// ---- Adding a block

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

static bool add_runs(gd__csv_table *table, const gd__csv_runs *runs, int64_t file, int64_t first_line)
{
    for (int i = 0; i < runs->count; i++)
        if (!gd__csv_runs_add(&table->runs, table->row_count + runs->run[i].first_row,
                              first_line + runs->run[i].first_line, file))
            return false;
    return true;
}

static void add_tally(gd__csv_tally *to, const gd__csv_tally *from, int64_t first_row)
{
    if (to->numbers == 0) {
        to->low = from->low;
        to->high = from->high;
    } else if (from->numbers > 0) {
        to->low = from->low < to->low ? from->low : to->low;
        to->high = from->high > to->high ? from->high : to->high;
    }
    if (to->first_number < 0 && from->first_number >= 0) {
        to->first_number = first_row + from->first_number;
        to->number = from->number;
    }
    if (to->first_fraction < 0 && from->first_fraction >= 0) {
        to->first_fraction = first_row + from->first_fraction;
        to->fraction = from->fraction;
    }
    if (to->first_inexact < 0 && from->first_inexact >= 0)
        to->first_inexact = first_row + from->first_inexact;
    if (to->first_text < 0 && from->first_text >= 0)
        to->first_text = first_row + from->first_text;
    if (to->first_missing < 0 && from->first_missing >= 0) {
        to->first_missing = first_row + from->first_missing;
        to->missing_word = from->missing_word;
    }
    to->numbers += from->numbers;
    to->texts += from->texts;
    to->missing += from->missing;
    to->timed += from->timed;
}

// Adds the texts of a column, in the order of their first appearance; code[number in the block] becomes their number
// in the table.
static bool add_texts(gd__vocabulary *to, const gd__vocabulary *from, int64_t first_row, uint32_t **code)
{
    if (from->count == 0)
        return true;
    *code = gd__alloc_zeroed((size_t)from->count, sizeof **code);
    if (*code == NULL)
        return false;
    for (int w = 0; w < from->count; w++) {
        const gd__word *word = &from->word[w];
        const int known = to->count, number = gd__vocabulary_add(to, word->text, word->length);
        if (number < 0)
            return false;
        if (number == known)
            to->word[number].first_row = first_row + word->first_row;
        to->word[number].count += word->count;
        (*code)[w] = (uint32_t)number;
    }
    return true;
}

// Makes room in a list for `count` elements.
static bool reserve(void **list, size_t *capacity, size_t count, size_t element_size)
{
    if (count <= *capacity)
        return true;
    const size_t wanted = count > 2 * *capacity ? count : 2 * *capacity;
    void *larger = gd__realloc(*list, wanted, element_size);
    if (larger == NULL)
        return false;
    *list = larger;
    *capacity = wanted;
    return true;
}

static bool add_ids(gd__csv_table *table, const gd__csv_block *block)
{
    const size_t rows = (size_t)table->row_count, end = rows == 0 ? 0 : (size_t)table->id_end[rows - 1];
    if (!reserve((void **)&table->id_end, &table->id_capacity, rows + (size_t)block->row_count,
                 sizeof *table->id_end) ||
        !reserve((void **)&table->id_text, &table->id_text_capacity, end + block->id_text.length, 1))
        return false;
    memcpy(table->id_text + end, block->id_text.data, block->id_text.length);
    size_t at = 0;
    for (int64_t r = 0; r < block->row_count; r++) {
        at += strlen(block->id_text.data + at) + 1;
        table->id_end[rows + (size_t)r] = (int64_t)(end + at);
    }
    return true;
}

gd_status gd__csv_table_add(gd__csv_table *table, gd__csv_block *block, int64_t file, int64_t first_line)
{
    bool good = add_runs(table, &block->runs, file, first_line);
    for (int c = 0; c < table->column_count && good; c++) {
        add_tally(&table->tally[c], &block->tally[c], table->row_count);
        good = add_texts(&table->vocabulary[c], &block->vocabulary[c], table->row_count, &block->code[c]);
    }
    if (good && block->id_text.length > 0)
        good = add_ids(table, block);
    if (!good)
        return gd__fail_memory("the rows of a table");
    table->row_count += block->row_count;
    return GD_OK;
}

bool gd__csv_table_keep(gd__csv_table *table, gd__csv_block *block, int64_t first_row)
{
    if (block->row_count == 0)
        return true;
    if (!gd__grow((void **)&table->chunk, &table->chunk_capacity, table->chunk_count, sizeof *table->chunk))
        return false;
    table->chunk[table->chunk_count++] = (gd__csv_chunk){first_row, block->row_count, block->cell};
    block->cell = NULL;
    block->cell_room = 0;
    return true;
}
