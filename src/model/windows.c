// The section `data.windows`: from a table to windows over time.
#include <gradus/windows.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/keys.h"
#include "model/model.h"

enum { MOST_COLUMNS = 256, MOST_LAGS = 256 };

const gd_option gd__windows_keys[] = {
    {.name = "time",
     .type = GD_OPTION_TEXT,
     .required = true,
     .doc = "the column that says when: dates as 2026-11-27, with or without a time, or numbers"},
    TEXT("series", "the column that says which series a row belongs to, a shop or a sensor; else there is one"),
    {.name = "targets",
     .type = GD_OPTION_TEXTS,
     .required = true,
     .least = 1,
     .doc = "the columns to be forecast",
     .aliases = "target"},
    {.name = "past",
     .type = GD_OPTION_INTEGER,
     .required = true,
     .ranged = true,
     .low = 1,
     .high = 1e6,
     .doc = "moments that the network sees"},
    {.name = "horizon",
     .type = GD_OPTION_INTEGER,
     .required = true,
     .ranged = true,
     .low = 1,
     .high = 1e6,
     .doc = "moments behind them that it shall say"},
    TEXTS("known", "columns whose future is known beforehand, such as prices and holidays"),
    TEXTS("calendar",
          "parts of the date that are known beforehand, each as a sine and a cosine: `hour`, `weekday`, `day` "
          "of the month, `month`"),
    {.name = "lags",
     .type = GD_OPTION_NUMBERS,
     .least = 1,
     .most = MOST_LAGS,
     .ranged = true,
     .low = 1,
     .high = 1e6,
     .doc = "the targets so many moments before each that is asked for; none below the horizon"},
    WHOLE("season", 1, 1e6, "1", "moments after which things repeat, 24 for hours of a day: of a naive forecast"),
    WHOLE("stride", 1, 1e6, "1", "moments from one window to the next"),
    {.name = "gaps",
     .type = GD_OPTION_CHOICE,
     .choices = "error|apart|previous",
     .standard = "error",
     .doc =
         "what becomes of moments without a row, and of empty cells: no window reaches over them (apart), or they are "
         "as the moment before. Nothing is filled in from what comes later"},
    {.name = "duplicates",
     .type = GD_OPTION_CHOICE,
     .choices = "error|last|mean",
     .standard = "error",
     .doc = "what becomes of several rows of one moment: the last one of the file counts, or their mean"},
    {.name = "short",
     .type = GD_OPTION_CHOICE,
     .choices = "error|drop",
     .standard = "error",
     .doc = "what becomes of series that are too short for a window: they are left out with drop"},
    END,
};

gd__options gd__recipe_windows(const gd_recipe *recipe)
{
    return gd__option_map(gd__section(recipe->root, "data"), "windows");
}

// ---- Reading

typedef struct words {
    gd_window_opts opts;
    const char *target[MOST_COLUMNS], *known[MOST_COLUMNS];
    int64_t lag[MOST_LAGS];
} words;

static int items_of(const gd__yaml *node)
{
    return node == NULL ? 0 : node->kind == GD__YAML_LIST ? node->count : 1;
}

static const gd__yaml *item_of(const gd__yaml *node, int i)
{
    return node->kind == GD__YAML_LIST ? node->item[i] : node;
}

static gd_status read_columns(gd__options options, const char *key, const char *word[MOST_COLUMNS],
                              gd_csv_columns *columns)
{
    const gd__yaml *node = gd__option_node(options, key);
    if (items_of(node) > MOST_COLUMNS)
        return gd__yaml_fail(node, "%d are listed, expected at most %d", node->count, MOST_COLUMNS);
    for (int i = 0; i < items_of(node); i++)
        word[i] = item_of(node, i)->text;
    *columns = (gd_csv_columns){items_of(node), word};
    return GD_OK;
}

static gd_status read_calendar(gd__options options, unsigned *calendar)
{
    static const char *const parts[] = {"hour", "weekday", "day", "month"};
    const gd__yaml *node = gd__option_node(options, "calendar");
    *calendar = 0;
    for (int i = 0; i < items_of(node); i++) {
        const gd__yaml *item = item_of(node, i);
        int p = 0;
        while (p < GD_COUNT_OF(parts) && strcmp(item->text, parts[p]) != 0)
            p++;
        if (p == GD_COUNT_OF(parts))
            return gd__yaml_fail(item, "'%.40s' is no part of the calendar, expected hour, weekday, day or month",
                                 item->text);
        *calendar |= 1u << p;
    }
    return GD_OK;
}

static gd_status read_lags(gd__options options, words *w)
{
    const gd__yaml *node = gd__option_node(options, "lags");
    for (int i = 0; i < items_of(node); i++) {
        if (!gd__yaml_integer(item_of(node, i), &w->lag[i]))
            return gd__yaml_fail(item_of(node, i), "'%.40s' is no whole number of moments", item_of(node, i)->text);
        if (w->lag[i] < w->opts.horizon)
            return gd__yaml_fail(item_of(node, i),
                                 "%lld moments before the end of the horizon of %lld lie in the future themselves",
                                 (long long)w->lag[i], (long long)w->opts.horizon);
    }
    w->opts.lag_count = items_of(node);
    w->opts.lag = w->lag;
    return GD_OK;
}

static bool says(gd__options options, const char *key, const char *word)
{
    const char *text = gd__option_text(options, key);
    return text != NULL && strcmp(text, word) == 0;
}

static gd_status read_opts(gd__options options, words *w)
{
    w->opts = (gd_window_opts){
        .time = gd__option_text(options, "time"),
        .series = gd__option_text(options, "series"),
        .past = gd__option_integer(options, "past"),
        .horizon = gd__option_integer(options, "horizon"),
        .season = gd__option_integer(options, "season"),
        .stride = gd__option_integer(options, "stride"),
        .gaps = says(options, "gaps", "apart")      ? GD_GAPS_APART
                : says(options, "gaps", "previous") ? GD_GAPS_PREVIOUS
                                                    : GD_GAPS_ERROR,
        .duplicates = says(options, "duplicates", "last")   ? GD_DUPLICATES_LAST
                      : says(options, "duplicates", "mean") ? GD_DUPLICATES_MEAN
                                                            : GD_DUPLICATES_ERROR,
        .drop_short = says(options, "short", "drop"),
    };
    gd_status status = read_columns(options, "targets", w->target, &w->opts.target);
    if (status == GD_OK)
        status = read_columns(options, "known", w->known, &w->opts.known);
    if (status == GD_OK)
        status = read_calendar(options, &w->opts.calendar);
    return status == GD_OK ? read_lags(options, w) : status;
}

gd_status gd__apply_windows(const gd_recipe *recipe, bool future, gd_dataset **set)
{
    const gd__options options = gd__recipe_windows(recipe);
    gd_dataset *table = *set;
    char place[GD__PLACE_SIZE];
    if (options.node == NULL)
        return GD_OK;
    *set = NULL;
    words *w = gd__alloc_zeroed(1, sizeof *w); // too much for a small stack
    gd_status status = w == NULL ? gd__fail_memory("the windows of a recipe") : read_opts(options, w);
    if (status == GD_OK && gd_dataset_csv_schema(table) != NULL) { // what these columns are called as fields
        w->opts.time = "order";
        w->opts.series = w->opts.series == NULL ? NULL : "group";
    }
    if (status == GD_OK) {
        w->opts.future = future;
        status = gd_dataset_windows(table, w->opts, set);
        if (status == GD_ERROR_ARGUMENT) // the recipe's fault, not the table's
            status = gd__fail_in(status, "%s", gd__yaml_place(options.node, place));
    }
    gd__free(w);
    gd_dataset_free(table);
    return status;
}

gd_status gd__check_windows(const gd_recipe *recipe)
{
    const gd__options data = gd__section(recipe->root, "data"), windows = gd__recipe_windows(recipe);
    const gd__options split = gd__option_map(data, "split"), table = gd__option_map(data, "csv");
    static const char *const of_split[] = {"stratify", "group", "part", "in_order", "order"};
    static const char *const of_table[] = {"target", "missing", "missing_value", "indicator", "embed", "id"};
    if (windows.node == NULL && gd__option_node(split, "gap") != NULL)
        return gd__yaml_fail(gd__option_node(split, "gap"), "a gap between parts is for `data.windows`");
    for (int i = 0; windows.node != NULL && i < GD_COUNT_OF(of_split); i++)
        if (gd__option_node(split, of_split[i]) != NULL)
            return gd__yaml_fail(gd__option_node(split, of_split[i]),
                                 "windows are split by time, so that no part sees the future of another: `%s` has no "
                                 "place beside them",
                                 of_split[i]);
    for (int i = 0; windows.node != NULL && i < GD_COUNT_OF(of_table); i++)
        if (gd__option_node(table, of_table[i]) != NULL)
            return gd__yaml_fail(
                gd__option_node(table, of_table[i]),
                "beside `data.windows`, whose `targets`, `gaps` and `series` say it, `%s` has no place", of_table[i]);
    return GD_OK;
}
