#include "data/csv_kinds.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "data/csv_notation.h"

// A column with at least so many rows, and more different texts than half of them, is no column of categories.
enum { FEWEST_ROWS = 20, DEFAULT_CATEGORIES = 10000, MOST_CATEGORIES = 1 << 24 };

// Where a cell stands.
static const char *file_of(const gd__csv_content *content, int64_t row)
{
    return content->file[gd__csv_table_run(content->table, row)->file];
}

static long long line_of(const gd__csv_content *content, int64_t row)
{
    return (long long)gd__csv_table_line(content->table, row);
}

// Why a cell is wrong, with its place in front.
#define FAIL_CELL(content, row, column, ...)                                                                           \
    gd__fail_in(gd__fail(GD_ERROR_FORMAT, __VA_ARGS__), "%s: %s %lld, column '%s'", file_of(content, row),             \
                gd__row_word((content)->kind), line_of(content, row), (column)->name)

static const char *first_text(const gd__csv_content *content, int k)
{
    return content->table->vocabulary[k].word[0].text;
}

// ---- Open columns

static gd_status fail_mixed(const gd__csv_content *content, const gd__csv_column *column, int k, locale_t c_locale)
{
    const gd__csv_tally *tally = &content->table->tally[k];
    const gd__vocabulary *texts = &content->table->vocabulary[k];
    const char *row_word = gd__row_word(content->kind), *example;
    gd__text options = {0};
    const bool other = gd__csv_other_notation(texts, c_locale, &options, &example);
    if (other)
        gd__text_add(&options, " makes a number of it, ");
    gd_status status =
        gd__fail(GD_ERROR_FORMAT,
                 "%s: column '%s' holds numbers and texts: %.15g on %s %lld, '%.80s' on %s %lld; %s`missing_words` if "
                 "it stands for a missing cell, `categories: [%.80s]` if all cells are texts, or `ignore`",
                 file_of(content, tally->first_text), column->name, tally->number, row_word,
                 line_of(content, tally->first_number), first_text(content, k), row_word,
                 line_of(content, tally->first_text), other && !options.failed ? options.data : "", column->name);
    gd__text_free(&options);
    return status;
}

static gd_status fail_notation(const gd__csv_content *content, const gd__csv_column *column, int k, const char *options,
                               const char *example)
{
    const int64_t row = content->table->tally[k].first_text;
    return FAIL_CELL(content, row, column,
                     "'%.80s' is a number in another notation: %s reads the column as numbers, and "
                     "`categories: [%.80s]` as categories",
                     example, options, column->name);
}

static gd_status fail_nearly_unique(const gd__csv_content *content, const gd__csv_column *column, int k)
{
    const gd__csv_tally *tally = &content->table->tally[k];
    return gd__fail(
        GD_ERROR_FORMAT,
        "%s: column '%s' holds %d different texts in %lld rows, such as '%.80s' on %s %lld: `ignore: [%.80s]` "
        "leaves it out%s; `categories`, `embed` or `hash` takes it nonetheless",
        file_of(content, tally->first_text), column->name, content->table->vocabulary[k].count, (long long)tally->texts,
        first_text(content, k), gd__row_word(content->kind), line_of(content, tally->first_text), column->name,
        column->role == GD__COLUMN_FEATURE ? ", `id` keeps it as the names of rows" : "");
}

// A column of texts that nobody listed.
static gd_status check_texts(const gd__csv_content *content, const gd__csv_column *column, int k, locale_t c_locale)
{
    const gd__csv_tally *tally = &content->table->tally[k];
    const gd__vocabulary *texts = &content->table->vocabulary[k];
    gd__text options = {0};
    const char *example;
    gd_status status = GD_OK;
    if (gd__csv_other_notation(texts, c_locale, &options, &example))
        status =
            options.failed ? gd__fail_memory("a sentence") : fail_notation(content, column, k, options.data, example);
    else if (gd__csv_are_dates(texts))
        status = FAIL_CELL(content, tally->first_text, column,
                           "'%.80s' is a date: `dates: [%.80s]` makes numbers of its parts, `order` sorts by it, "
                           "`categories` takes each date as a category, and `ignore` leaves it out",
                           first_text(content, k), column->name);
    else if (tally->texts >= FEWEST_ROWS && texts->count > tally->texts / 2)
        status = fail_nearly_unique(content, column, k);
    gd__text_free(&options);
    return status;
}

static gd_status fail_inexact(const gd__csv_content *content, const gd__csv_column *column, int k)
{
    return FAIL_CELL(
        content, content->table->tally[k].first_inexact, column,
        "'%.80s' is a whole number beyond 2^53, where double precision does not have every number: "
        "`ignore: [%.80s]` leaves the column out%s; `categories`, `embed` or `hash` takes its numbers as texts",
        first_text(content, k), column->name,
        column->role == GD__COLUMN_FEATURE ? ", `id` keeps it as the names of rows" : "");
}

static gd_status decide(const gd__csv_content *content, gd__csv_column *column, int k, locale_t c_locale)
{
    const gd__csv_tally *tally = &content->table->tally[k];
    if (tally->numbers == 0 && tally->texts == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: column '%s' is empty in every row; ignore it", content->file[0],
                        column->name);
    if (tally->texts == 0) {
        column->kind = GD__COLUMN_NUMBER;
        return GD_OK;
    }
    column->kind = column->role == GD__COLUMN_TARGET ? GD__COLUMN_INDEX : GD__COLUMN_ONE_HOT;
    if (tally->first_inexact >= 0)
        return fail_inexact(content, column, k);
    return tally->numbers > 0 ? fail_mixed(content, column, k, c_locale) : check_texts(content, column, k, c_locale);
}

// ---- Categories

// The number of the category with most rows among the texts, the first of them by its bytes; rare ones count together.
static int most_frequent(const gd__vocabulary *categories, const gd__vocabulary *texts)
{
    const int rare = gd__vocabulary_find(categories, GD__RARE, strlen(GD__RARE));
    int most = rare;
    int64_t rare_rows = 0, most_rows = 0;
    for (int w = 0; w < texts->count; w++)
        if (gd__vocabulary_find(categories, texts->word[w].text, texts->word[w].length) < 0)
            rare_rows += texts->word[w].count;
    for (int i = 0; i < categories->count; i++) {
        const gd__word *category = &categories->word[i];
        const int w = gd__vocabulary_find(texts, category->text, category->length);
        const int64_t rows = (w < 0 ? 0 : texts->word[w].count) + (i == rare ? rare_rows : 0);
        most = rows > most_rows ? i : most;
        most_rows = rows > most_rows ? rows : most_rows;
    }
    return most;
}

// The categories of a column: its texts, and the missing cell where that is one; rare ones together.
static gd_status find_categories(const gd__csv_content *content, gd__csv_column *column, int k)
{
    const gd__csv_table *table = content->table;
    const gd_missing missing = content->schema->missing;
    const gd__vocabulary *texts = &table->vocabulary[k];
    const bool lacks = missing != GD_MISSING_ERROR && missing != GD_MISSING_DROP &&
                       column->role == GD__COLUMN_FEATURE && table->tally[k].missing > 0;
    bool rare = lacks && table->tally[k].missing < content->least_count, good = true;
    if (lacks && !rare)
        good = gd__vocabulary_add(&column->vocabulary, "", 0) >= 0;
    for (int w = 0; w < texts->count && good; w++) {
        const bool often = texts->word[w].count >= content->least_count || column->role == GD__COLUMN_TARGET;
        rare = rare || !often;
        if (often)
            good = gd__vocabulary_add(&column->vocabulary, texts->word[w].text, texts->word[w].length) >= 0;
    }
    if (rare && good)
        good = gd__vocabulary_add(&column->vocabulary, GD__RARE, strlen(GD__RARE)) >= 0;
    if (!good || !gd__vocabulary_sort(&column->vocabulary))
        return gd__fail_memory("the categories of a table");
    column->frequent = most_frequent(&column->vocabulary, texts);
    if (column->vocabulary.count > content->max_categories)
        return FAIL_CELL(
            content, table->tally[k].first_text, column,
            "there are %d different texts, more than %d; `ignore` or `hash` the column, join rare ones with "
            "`rare`, or raise `max_categories`",
            column->vocabulary.count, content->max_categories);
    return GD_OK;
}

static gd_status settle_column(const gd__csv_content *content, gd__csv_column *column, int k, locale_t c_locale)
{
    const gd__csv_tally *tally = &content->table->tally[k];
    gd_status status = column->kind == GD__COLUMN_OPEN ? decide(content, column, k, c_locale) : GD_OK;
    if (status != GD_OK)
        return status;
    column->has_time = column->kind == GD__COLUMN_DATE && tally->timed > 0;
    const gd_missing missing = content->schema->missing;
    column->indicator = column->indicator && column->kind == GD__COLUMN_NUMBER && tally->missing > 0 &&
                        column->role == GD__COLUMN_FEATURE && missing != GD_MISSING_ERROR && missing != GD_MISSING_DROP;
    return gd__column_has_vocabulary(column) ? find_categories(content, column, k) : GD_OK;
}

// Targets that were not read are none: nothing is known of them.
static void forget_targets(gd_csv_schema *schema)
{
    for (int i = 0; i < schema->target_count; i++) {
        gd__csv_column *column = &schema->column[schema->target[i]];
        column->role = GD__COLUMN_FEATURE;
        column->kind = GD__COLUMN_IGNORED;
    }
    schema->target_count = 0;
    schema->target_is_class = false;
}

gd_status gd__csv_settle_kinds(gd__csv_content *content)
{
    content->max_categories = content->max_categories == 0 ? DEFAULT_CATEGORIES : content->max_categories;
    if (content->max_categories < 0 || content->max_categories > MOST_CATEGORIES || content->least_count < 0)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "max_categories is %d and least_count %d; 1 to %d, and 0 or more were expected",
                        content->max_categories, content->least_count, MOST_CATEGORIES);
    if (!content->fitting)
        return GD_OK;
    if (content->keep_all)
        forget_targets(content->schema);
    const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    gd_status status = c_locale == (locale_t)0 ? gd__fail_memory("a locale") : GD_OK;
    for (int c = 0; c < content->schema->count && status == GD_OK; c++) {
        gd__csv_column *column = &content->schema->column[c];
        column->indicator = column->indicator && content->place[c] >= 0;
        if (content->place[c] >= 0)
            status = settle_column(content, column, content->place[c], c_locale);
    }
    if (c_locale != (locale_t)0)
        freelocale(c_locale);
    return status;
}

// What stands for a text that is none of the column's categories; -1: nothing does.
static int unknown_category(const gd_csv_schema *schema, const gd__csv_column *column)
{
    switch (schema->unknown) {
    case GD_UNKNOWN_NONE:
        // A one-hot column is all zeros then. An embedding must have a vector for it.
        return column->kind != GD__COLUMN_INDEX || schema->spare ? column->vocabulary.count : -1;
    case GD_UNKNOWN_MISSING: return gd__vocabulary_find(&column->vocabulary, "", 0);
    case GD_UNKNOWN_FREQUENT: return column->frequent;
    default: return -1;
    }
}

int gd__csv_category(const gd__csv_content *content, int c, const char *text, size_t length)
{
    const gd__csv_column *column = &content->schema->column[c];
    const int number = gd__vocabulary_find(&column->vocabulary, text, length);
    if (number >= 0 || column->role != GD__COLUMN_FEATURE)
        return number;
    const int rare = gd__vocabulary_find(&column->vocabulary, GD__RARE, strlen(GD__RARE));
    return rare >= 0 ? rare : unknown_category(content->schema, column);
}

// ---- Cells

static void say_unknown(const gd__vocabulary *known, const char *text, gd__text *sentence)
{
    gd__text_add(sentence, "'%.80s' is not among the categories of the training data: ", text);
    for (int i = 0; i < known->count && i < 8; i++)
        gd__text_add(sentence, "%s'%.40s'", i == 0 ? "" : ", ", known->word[i].text);
    gd__text_add(sentence, "%s", known->count > 8 ? ", …" : "");
}

static void say_missing(const gd__csv_content *content, const gd__csv_column *column, uint32_t word, gd__text *sentence)
{
    if (word > 0 && (int)word <= content->schema->missing_word_count)
        gd__text_add(sentence, "'%.40s' counts as missing (`missing_words` says which words do)",
                     content->schema->missing_word[word - 1]);
    else
        gd__text_add(sentence, "the cell is empty");
    if (content->keep_all)
        return;
    if (column->role == GD__COLUMN_FEATURE)
        gd__text_add(sentence, "; `missing` says what becomes of such cells: mean, median, constant or drop");
    else
        gd__text_add(sentence, "; rows that lack what is not a feature can be left out: `missing: drop`");
}

// Whether a column may have missing cells.
static bool may_miss(const gd__csv_content *content, int c)
{
    const gd_missing missing = content->schema->missing;
    if (missing == GD_MISSING_DROP)
        return !content->keep_all;
    const gd__csv_column *column = &content->schema->column[c];
    if (column->kind == GD__COLUMN_TEXT)
        return true; // as an empty one
    if (missing == GD_MISSING_ERROR || column->role != GD__COLUMN_FEATURE)
        return false;
    return !gd__column_is_category(column) || gd__csv_category(content, c, "", 0) >= 0;
}

bool gd__csv_cell_fault(const gd__csv_content *content, int c, double cell, gd__text *sentence)
{
    const gd__csv_column *column = &content->schema->column[c];
    const gd__vocabulary *texts = &content->table->vocabulary[content->place[c]];
    if (gd__cell_is_missing(cell)) {
        if (may_miss(content, c))
            return false;
        const gd_missing missing = content->schema->missing;
        if (gd__column_is_category(column) && missing != GD_MISSING_ERROR && missing != GD_MISSING_DROP &&
            column->role == GD__COLUMN_FEATURE)
            say_unknown(&column->vocabulary, "", sentence);
        else
            say_missing(content, column, gd__cell_with(cell), sentence);
        return true;
    }
    const bool is_text = gd__cell_is_text(cell) && gd__cell_with(cell) < (uint32_t)texts->count;
    const gd__word *word = is_text ? &texts->word[gd__cell_with(cell)] : NULL;
    if (gd__column_has_vocabulary(column)) {
        // A number is no text that was seen in training.
        if (gd__csv_category(content, c, is_text ? word->text : "\n", is_text ? word->length : 1) >= 0)
            return false;
        char number[32];
        gd__format(number, sizeof number, "%.17g", cell);
        say_unknown(&column->vocabulary, is_text ? word->text : number, sentence);
        return true;
    }
    if (!is_text || gd__column_is_category(column) || column->kind == GD__COLUMN_TEXT)
        return false;
    // Such digits would have been a number, had a double been equal to it.
    if (column->kind == GD__COLUMN_NUMBER && strspn(word->text, "-0123456789") == word->length)
        gd__text_add(sentence, "'%.80s' is a number that double precision does not have", word->text);
    else
        gd__text_add(sentence, "'%.80s' is no %s", word->text,
                     column->kind == GD__COLUMN_DATE    ? "date as 2026-11-27 or 2026-11-27 12:34:56"
                     : column->role == GD__COLUMN_ORDER ? "number, and no date as 2026-11-27"
                                                        : "number");
    return true;
}

// Fails on the first cell of a kind that is not allowed.
static gd_status check_row(const gd__csv_content *content, int c, int64_t row)
{
    const gd__csv_column *column = &content->schema->column[c];
    const double cell = gd__csv_table_row(content->table, row)[content->place[c]];
    gd__text sentence = {0};
    gd_status status = GD_OK;
    if (gd__csv_cell_fault(content, c, cell, &sentence))
        status = sentence.failed ? gd__fail_memory("a sentence") : FAIL_CELL(content, row, column, "%s", sentence.data);
    gd__text_free(&sentence);
    return status;
}

// The first weight below zero, of which there are some.
static gd_status fail_negative(const gd__csv_content *content, int c)
{
    int64_t row = 0;
    while (row + 1 < content->table->row_count && !(gd__csv_table_row(content->table, row)[content->place[c]] < 0))
        row++;
    return FAIL_CELL(content, row, &content->schema->column[c], "the weight %.15g is negative",
                     gd__csv_table_row(content->table, row)[content->place[c]]);
}

static gd_status check_numbers(const gd__csv_content *content, int c)
{
    const gd__csv_column *column = &content->schema->column[c];
    const gd__csv_tally *tally = &content->table->tally[content->place[c]];
    const bool is_class = column->role == GD__COLUMN_TARGET && content->schema->target_is_class;
    if (column->kind != GD__COLUMN_NUMBER)
        return GD_OK;
    if (is_class && tally->first_fraction >= 0)
        return FAIL_CELL(content, tally->first_fraction, column, "%.15g is no class: a whole number was expected",
                         tally->fraction);
    return column->role == GD__COLUMN_WEIGHT && tally->low < 0 ? fail_negative(content, c) : GD_OK;
}

gd_status gd__csv_check_cells(const gd__csv_content *content)
{
    gd_status status = GD_OK;
    for (int c = 0; c < content->schema->count && status == GD_OK && !content->keep_all; c++) {
        if (content->place[c] < 0)
            continue;
        const gd__csv_column *column = &content->schema->column[c];
        const gd__csv_tally *tally = &content->table->tally[content->place[c]];
        const gd__vocabulary *texts = &content->table->vocabulary[content->place[c]];
        if (tally->missing > 0)
            status = check_row(content, c, tally->first_missing);
        if (status == GD_OK && tally->numbers > 0)
            status = check_row(content, c, tally->first_number);
        // Categories that were found in this table are known.
        const bool known = gd__column_is_category(column) && (content->fitting || !gd__column_has_vocabulary(column));
        for (int w = 0; w < texts->count && status == GD_OK && !known; w++)
            status = check_row(content, c, texts->word[w].first_row);
        if (status == GD_OK)
            status = check_numbers(content, c);
    }
    return status;
}
