// From the section `data.csv` of a recipe to the options of a table.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

enum { MOST_COLUMNS = 256, LISTS = 7 };

typedef struct {
    gd_csv_opts opts;
    const char *word[LISTS][MOST_COLUMNS];
    const char *missing_word[MOST_COLUMNS];
} csv_words;

// The texts of a list, or of a single value; or the names of a map.
static gd_status take_words(const gd__yaml *node, const char *word[MOST_COLUMNS], int *count)
{
    *count = 0;
    if (node == NULL)
        return GD_OK;
    if (node->kind == GD__YAML_SCALAR) {
        word[(*count)++] = node->text;
        return GD_OK;
    }
    if (node->count > MOST_COLUMNS)
        return gd__yaml_fail(node, "%d are listed, expected at most %d", node->count, MOST_COLUMNS);
    for (; *count < node->count; (*count)++)
        word[*count] = node->kind == GD__YAML_MAP ? node->key[*count]->text : node->item[*count]->text;
    return GD_OK;
}

// A character, or the word `tab`; 0 where nothing is said.
static gd_status read_character(gd__options table, const char *name, char *character)
{
    const char *text = gd__option_text(table, name);
    *character = '\0';
    if (text == NULL)
        return GD_OK;
    if (strcmp(text, "tab") != 0 && strlen(text) != 1)
        return gd__yaml_fail(gd__option_node(table, name), "'%s' is '%.40s', expected one character%s", name, text,
                             strcmp(name, "separator") == 0 ? " or `tab`" : "");
    *character = strcmp(text, "tab") == 0 ? '\t' : text[0];
    return GD_OK;
}

static gd_missing missing_of(const char *word)
{
    static const char *const words[] = {"error", "mean", "median", "constant", "drop"};
    for (int i = 0; i < GD_COUNT_OF(words); i++)
        if (word != NULL && strcmp(word, words[i]) == 0)
            return (gd_missing)i;
    return GD_MISSING_ERROR;
}

// GD_UNKNOWN_DEFAULT where nothing is said.
static gd_status read_unknown(gd__options table, gd_unknown *unknown)
{
    const gd__yaml *word = gd__option_node(table, "unknown"), *allowed = gd__option_node(table, "allow_unknown");
    *unknown = GD_UNKNOWN_DEFAULT;
    if (word != NULL && allowed != NULL)
        return gd__yaml_fail(allowed, "`unknown` and `allow_unknown` say the same: one of them is enough");
    if (word != NULL)
        return gd_unknown_named(word->text, unknown);
    if (gd__option_bool(table, "allow_unknown"))
        *unknown = GD_UNKNOWN_NONE;
    return GD_OK;
}

static gd_status take_lists(gd__options table, csv_words *words)
{
    gd_csv_opts *opts = &words->opts;
    const struct {
        const char *name;
        gd_csv_columns *columns;
    } list[LISTS] = {{"target", &opts->target}, {"ignore", &opts->ignore}, {"categories", &opts->category},
                     {"embed", &opts->embed},   {"hash", &opts->hash},     {"dates", &opts->date},
                     {"text", &opts->text}};
    gd_status status = GD_OK;
    for (int i = 0; i < LISTS && status == GD_OK; i++) {
        status = take_words(gd__option_node(table, list[i].name), words->word[i], &list[i].columns->count);
        list[i].columns->name = words->word[i];
    }
    const gd__yaml *missing = gd__option_node(table, "missing_words");
    if (status != GD_OK || missing == NULL)
        return status;
    status = take_words(missing, words->missing_word, &opts->missing_word_count);
    opts->missing_word = words->missing_word;
    if (opts->missing_word_count == 0)
        opts->missing_word_count = -1; // none
    return status;
}

static gd_status csv_opts_of(const gd_recipe *recipe, csv_words *words)
{
    gd__options data = gd__section(recipe->root, "data"), table = gd__option_map(data, "csv");
    gd__options split = gd__option_map(data, "split");
    const char *decimal = gd__option_text(table, "decimal");
    words->opts = (gd_csv_opts){
        .no_header = !gd__option_bool(table, "header"),
        .no_quotes = !gd__option_bool(table, "quotes"),
        .decimal = decimal != NULL && strcmp(decimal, "comma") == 0 ? ',' : '.',
        .percent = gd__option_bool(table, "percent"),
        .currency = gd__option_text(table, "currency"),
        .weight = gd__option_text(data, "weight"),
        .id = gd__option_text(table, "id"),
        .group = gd__option_text(split, "group"),
        .part = gd__option_text(split, "part"),
        .order = gd__option_text(split, "order"),
        .target_is_class = gd__option_bool(table, "target_is_class"),
        .hash_size = (int)gd__option_integer(table, "hash_size"),
        .missing = missing_of(gd__option_text(table, "missing")),
        .missing_value = gd__option_number(table, "missing_value"),
        .indicator = gd__option_bool(table, "indicator"),
        .max_categories = (int)gd__option_integer(table, "max_categories"),
        .least_count = (int)gd__option_integer(table, "rare"),
        .no_cache = !gd__option_bool(table, "cache"),
    };
    const gd__options windows = gd__recipe_windows(recipe);
    if (windows.node != NULL) { // which see to empty cells themselves, and take their targets from among the features
        words->opts.order = gd__option_text(windows, "time");
        words->opts.group = gd__option_text(windows, "series");
        words->opts.missing = GD_MISSING_MEAN;
    }
    gd__loss_of loss[GD_MODEL_HEADS];
    (void)gd__recipe_losses(recipe, loss);
    words->opts.targets_apart = loss[0].target != NULL;
    gd_status status = read_unknown(table, &words->opts.unknown);
    if (status == GD_OK)
        status = read_character(table, "separator", &words->opts.separator);
    if (status == GD_OK)
        status = read_character(table, "comment", &words->opts.comment);
    if (status == GD_OK)
        status = read_character(table, "thousands", &words->opts.thousands);
    return status == GD_OK ? take_lists(table, words) : status;
}

gd_status gd__read_table(const gd_recipe *recipe, int count, const char *const *path, gd__table_opts table,
                         gd_dataset **out)
{
    csv_words *words = gd__alloc(sizeof *words); // too much for a small stack
    if (words == NULL)
        return gd__fail_memory("the columns of a table");
    gd_status status = csv_opts_of(recipe, words);
    words->opts.schema = table.schema;
    words->opts.keep_all = table.keep_all && gd__recipe_windows(recipe).node == NULL;
    if (table.unknown != GD_UNKNOWN_DEFAULT)
        words->opts.unknown = table.unknown;
    if (status == GD_OK)
        status = table.is_parquet ? gd_dataset_from_parquet_files(count, path, words->opts, out)
                                  : gd_dataset_from_csv_files(count, path, words->opts, out);
    gd__free(words);
    return status;
}
