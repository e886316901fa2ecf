// Adding a block to the table.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_block.h"

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
