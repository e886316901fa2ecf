#include "data/csv_block.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "data/csv_date.h"

typedef struct parser {
    gd__csv_block *block;
    const gd__csv_plan *plan;
    bool plain_numbers; // a number may be read before it is known where its cell ends
    const char *at;
} parser;

// ---- Cells

void gd__csv_block_note(gd__csv_block *block, gd__csv_problem problem, int found)
{
    if (block->problem != GD__CSV_NO_PROBLEM)
        return;
    block->problem = problem;
    block->problem_line = block->line_count;
    block->found = found;
}

// Whether a text is the word, in any case of ASCII letters.
static bool is_word(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++) {
        const char a = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        const char b = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] + 32) : word[i];
        if (a != b || word[i] == '\0')
            return false;
    }
    return word[length] == '\0';
}

// Whether a cell counts as missing; *word is the number of the word for it, or 0.
static bool is_missing(const gd__csv_plan *plan, const gd__csv_cell *cell, uint32_t *word)
{
    const char *text = cell->text;
    size_t length = cell->length;
    gd__csv_trim(&text, &length);
    *word = 0;
    if (length == 0)
        return true;
    for (int i = 0; i < plan->missing_word_count && !cell->quoted; i++)
        if (is_word(text, length, plan->missing_word[i])) {
            *word = (uint32_t)i + 1;
            return true;
        }
    return false;
}

// A text, which is valid UTF-8 where that is to be checked.
static double add_text(gd__csv_block *block, int c, int column, const char *text, size_t length, bool check)
{
    gd__vocabulary *vocabulary = &block->vocabulary[column];
    gd__csv_tally *tally = &block->tally[column];
    const int known = vocabulary->count, code = gd__vocabulary_add(vocabulary, text, length);
    if (code < 0) {
        gd__csv_block_note(block, GD__CSV_OUT_OF_MEMORY, 0);
        return 0;
    }
    if (code == known) {
        if (check && !gd__is_utf8(text, length))
            gd__csv_block_note(block, GD__CSV_ENCODING, c + 1);
        vocabulary->word[code].first_row = block->row_count;
    }
    vocabulary->word[code].count++;
    if (tally->texts++ == 0)
        tally->first_text = block->row_count;
    return gd__cell_text((uint32_t)code);
}

double gd__csv_block_text(gd__csv_block *block, int c, int column, const char *text, size_t length)
{
    return add_text(block, c, column, text, length, true);
}

double gd__csv_block_missing(gd__csv_block *block, int column, uint32_t word)
{
    gd__csv_tally *tally = &block->tally[column];
    if (tally->missing++ == 0) {
        tally->first_missing = block->row_count;
        tally->missing_word = word;
    }
    return gd__cell_missing(word);
}

double gd__csv_block_cell(gd__csv_block *block, const gd__csv_plan *plan, int c, int column, const gd__csv_cell *cell)
{
    gd__csv_tally *tally = &block->tally[column];
    static const double day_seconds = 86400;
    uint32_t word;
    double value;
    if (plan->reading[c] == GD__READ_LONG)
        return add_text(block, c, column, cell->text, cell->length, false);
    if (is_missing(plan, cell, &word))
        return gd__csv_block_missing(block, column, word);
    switch (plan->reading[c]) {
    case GD__READ_HASH: return (double)(gd__hash_bytes(cell->text, cell->length) % (uint64_t)plan->hash_size);
    case GD__READ_DATE:
        if (gd__csv_read_date(cell->text, cell->length, false, &value)) {
            tally->timed += fmod(value, day_seconds) != 0;
            return value;
        }
        break;
    case GD__READ_ORDER:
        if (gd__csv_read_number(&plan->notation, cell->text, cell->length, &value) ||
            gd__csv_read_date(cell->text, cell->length, true, &value))
            return value;
        break;
    case GD__READ_ANY:
        if (gd__csv_read_number(&plan->notation, cell->text, cell->length, &value))
            return value;
        break;
    case GD__READ_TEXT:
    case GD__READ_LONG:
    case GD__READ_NOTHING:
    case GD__READ_ID: break;
    }
    return gd__csv_block_text(block, c, column, cell->text, cell->length);
}

void gd__csv_block_id(gd__csv_block *block, int c, const char *text, size_t length)
{
    if (!gd__is_utf8(text, length))
        gd__csv_block_note(block, GD__CSV_ENCODING, c + 1);
    gd__text_add_bytes(&block->id_text, text, length);
    gd__text_add_bytes(&block->id_text, "", 1);
}

// Reads cell c of the row into *to, which is that of `column`; returns what ends it, or NULL after a problem.
static const char *read_cell(parser *p, int c, int column, double *to, int *line_breaks)
{
    gd__csv_cell cell;
    gd__csv_fault fault;
    const char *stop = gd__csv_read_cell(&p->plan->format, p->at, p->block->end, &p->block->room, &cell, &fault);
    if (stop == NULL || p->block->room.failed) {
        gd__csv_block_note(p->block, stop == NULL ? GD__CSV_QUOTE : GD__CSV_OUT_OF_MEMORY, c + 1);
        return NULL;
    }
    *line_breaks += cell.line_breaks;
    if (p->plan->reading[c] == GD__READ_ID) {
        gd__csv_block_id(p->block, c, cell.text, cell.length);
    } else if (p->plan->reading[c] != GD__READ_NOTHING) {
        *to = gd__csv_block_cell(p->block, p->plan, c, column, &cell);
    }
    return stop;
}

// ---- Rows

// The number of cells in the row, for the sentence about it.
static int count_cells(parser *p, const char *at)
{
    gd__csv_cell cell;
    gd__csv_fault fault;
    for (int count = 1;; count++) {
        const char *stop = gd__csv_read_cell(&p->plan->format, at, p->block->end, &p->block->room, &cell, &fault);
        if (stop == NULL || *stop != p->plan->format.separator)
            return count;
        at = stop + 1;
    }
}

// Reads a row into the block's next one; false after a problem.
static bool read_row(parser *p)
{
    const gd__csv_plan *plan = p->plan;
    const char separator = plan->format.separator, *row = p->at;
    double *cell = p->block->cell + (size_t)p->block->row_count * (size_t)plan->column_count;
    int column = 0, line_breaks = 0;
    for (int c = 0; c < plan->width; c++) {
        const char *stop = NULL;
        if (plan->reading[c] == GD__READ_ANY && p->plain_numbers)
            stop = gd__csv_scan_number(&plan->notation, p->at, &cell[column]);
        if (stop == NULL || (*stop != separator && *stop != '\n' && *stop != '\r'))
            stop = read_cell(p, c, column, &cell[column], &line_breaks);
        if (stop == NULL)
            return false;
        if ((*stop == separator) != (c + 1 < plan->width)) {
            gd__csv_block_note(p->block, GD__CSV_WIDTH, count_cells(p, row));
            return false;
        }
        column += gd__csv_is_column(plan->reading[c]);
        p->at = *stop == separator ? stop + 1 : gd__csv_pass_line_end(stop);
    }
    if (!gd__csv_runs_add(&p->block->runs, p->block->row_count, p->block->line_count, 0))
        gd__csv_block_note(p->block, GD__CSV_OUT_OF_MEMORY, 0);
    p->block->row_count++;
    p->block->line_count += 1 + line_breaks;
    return p->block->problem == GD__CSV_NO_PROBLEM;
}

// ---- Blocks

// Range and wholeness of the numbers in a column, and the first of them.
static void tally_numbers(const gd__csv_block *block, int column_count, int column)
{
    static const double whole_range = 0x1p53;
    gd__csv_tally *tally = &block->tally[column];
    double low = INFINITY, high = -INFINITY;
    const double *cell = block->cell + column;
    for (int64_t r = 0; r < block->row_count; r++, cell += column_count) {
        const double value = *cell;
        if (!gd__cell_is_number(value))
            continue;
        low = value < low ? value : low;
        high = value > high ? value : high;
        if (tally->first_number < 0) {
            tally->first_number = r;
            tally->number = value;
        }
        if (tally->first_fraction < 0 && !(fabs(value) <= whole_range && (double)(int64_t)value == value)) {
            tally->first_fraction = r;
            tally->fraction = value;
        }
    }
    tally->numbers = block->row_count - tally->texts - tally->missing;
    tally->low = tally->numbers == 0 ? 0 : low;
    tally->high = tally->numbers == 0 ? 0 : high;
}

static bool make_room(gd__csv_block *block, int64_t rows, int column_count)
{
    size_t needed;
    if (!gd__multiply((size_t)rows, (size_t)column_count, &needed))
        return false;
    if (block->cell == NULL || needed > block->cell_room) {
        gd__free(block->cell);
        block->cell_room = 0;
        block->cell = gd__realloc(NULL, needed, sizeof *block->cell);
        block->cell_room = block->cell == NULL ? 0 : needed;
    }
    return block->cell != NULL;
}

bool gd__csv_block_begin(gd__csv_block *block, const gd__csv_plan *plan, int64_t rows)
{
    block->row_count = block->line_count = 0;
    block->problem = GD__CSV_NO_PROBLEM;
    block->runs.count = 0;
    block->id_text.length = 0;
    for (int c = 0; c < plan->column_count; c++) {
        gd__vocabulary_free(&block->vocabulary[c]);
        gd__free(block->code[c]);
        block->code[c] = NULL;
        block->tally[c] = gd__csv_tally_none();
    }
    if (!make_room(block, rows, plan->column_count))
        gd__csv_block_note(block, GD__CSV_OUT_OF_MEMORY, 0);
    return block->problem == GD__CSV_NO_PROBLEM;
}

void gd__csv_block_end(gd__csv_block *block, const gd__csv_plan *plan)
{
    if (block->id_text.failed)
        gd__csv_block_note(block, GD__CSV_OUT_OF_MEMORY, 0);
    for (int c = 0; c < plan->column_count && block->problem == GD__CSV_NO_PROBLEM; c++)
        tally_numbers(block, plan->column_count, c);
}

// The rows that a text may have.
static int64_t count_line_ends(const char *at, const char *end)
{
    int64_t rows = 1;
    for (; at < end; at++)
        rows += (*at == '\n') | (*at == '\r');
    return rows;
}

// A zero byte is told before whatever else is wrong behind it.
static void find_zero(parser *p)
{
    const gd__csv_block *block = p->block;
    const char *zero = memchr(block->begin, '\0', (size_t)(block->end - block->begin));
    int64_t line = 0;
    for (const char *at = block->begin; zero != NULL && at < zero; at = gd__csv_pass_line_end(at), line++) {
        while (at < zero && *at != '\n' && *at != '\r')
            at++;
        if (at >= zero)
            break;
    }
    if (zero == NULL || (block->problem != GD__CSV_NO_PROBLEM && block->problem_line < line))
        return;
    p->block->problem = GD__CSV_ZERO;
    p->block->problem_line = line;
}

void gd__csv_block_parse(gd__csv_block *block, const gd__csv_plan *plan)
{
    parser p = {block, plan, plan->format.separator != plan->notation.decimal, block->begin};
    bool good = gd__csv_block_begin(block, plan, count_line_ends(block->begin, block->end));
    while (good && p.at < block->end) {
        const char *next = gd__csv_pass_idle_line(&plan->format, p.at, block->end);
        if (next == NULL) {
            good = read_row(&p);
        } else {
            p.at = next;
            block->line_count++;
        }
    }
    find_zero(&p);
    gd__csv_block_end(block, plan);
}

void gd__csv_block_renumber(gd__csv_block *block, int column_count)
{
    for (int c = 0; c < column_count; c++) {
        if (block->code[c] == NULL)
            continue;
        double *cell = block->cell + c;
        for (int64_t r = 0; r < block->row_count; r++, cell += column_count)
            if (gd__cell_is_text(*cell))
                *cell = gd__cell_text(block->code[c][gd__cell_with(*cell)]);
    }
}

bool gd__csv_block_create(gd__csv_block *block, int column_count)
{
    const size_t columns = (size_t)column_count;
    *block = (gd__csv_block){0};
    block->tally = gd__alloc_zeroed(columns, sizeof *block->tally);
    block->vocabulary = gd__alloc_zeroed(columns, sizeof *block->vocabulary);
    block->code = gd__alloc_zeroed(columns, sizeof *block->code);
    return block->tally != NULL && block->vocabulary != NULL && block->code != NULL;
}

void gd__csv_block_free(gd__csv_block *block, int column_count)
{
    for (int c = 0; c < column_count && block->vocabulary != NULL && block->code != NULL; c++) {
        gd__vocabulary_free(&block->vocabulary[c]);
        gd__free(block->code[c]);
    }
    gd__free(block->tally);
    gd__free(block->vocabulary);
    gd__free(block->code);
    gd__free(block->cell);
    gd__free(block->runs.run);
    gd__text_free(&block->id_text);
    gd__text_free(&block->room);
    *block = (gd__csv_block){0};
}
