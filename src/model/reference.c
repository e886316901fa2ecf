// The tables as words and as the reference of recipes.
#include <gradus/model.h>
#include <gradus/nn.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "data/pipeline.h"
#include "model/schema.h"
#include "model/schema_words.h"
#include "nn/loss.h"
#include "optim/schedule.h"

// 1e+09 as 1e9.
static const char *number_text(double number, char text[32])
{
    if (number == 0x1p53)
        return strcpy(text, "2^53");
    gd__format(text, 32, "%.12g", number);
    char *exponent = strstr(text, "e+");
    if (exponent != NULL) {
        const char *digits = exponent + 2 + strspn(exponent + 2, "0");
        memmove(exponent + 1, digits, strlen(digits) + 1);
    }
    return text;
}

static void describe_range(gd__text *text, const gd_option *key)
{
    if (!key->ranged)
        return;
    const bool open_end = key->high >= 1e300;
    if (open_end && key->low <= -1e300)
        return;
    char low[32], high[32];
    if (open_end)
        gd__text_add(text, key->above ? " above %s" : " of at least %s", number_text(key->low, low));
    else if (key->above)
        gd__text_add(text, " above %s and %s %s", number_text(key->low, low), key->below ? "below" : "at most",
                     number_text(key->high, high));
    else
        gd__text_add(text, " from %s %s %s", number_text(key->low, low), key->below ? "to below" : "to",
                     number_text(key->high, high));
}

static void describe_choices(gd__text *text, const char *choices)
{
    for (const char *at = choices; *at != '\0';) {
        size_t length = strcspn(at, "|");
        gd__text_add(text, "%s%.*s", at == choices ? "" : ", ", (int)length, at);
        at += length + (at[length] == '|');
    }
}

static void describe_list(gd__text *text, const gd_option *key, const char *what, const char *single)
{
    if (key->most == 1)
        gd__text_add(text, "%s", single);
    else if (key->most > 0 && key->most == key->least)
        gd__text_add(text, "a list of %d %s", key->least, what);
    else if (key->most > 0)
        gd__text_add(text, "a list of %d to %d %s", key->least, key->most, what);
    else
        gd__text_add(text, "a list of %s", what);
    describe_range(text, key);
}

static const char *axes_in_words(const gd_option *key)
{
    const int axes = gd__option_axes(key);
    return axes == 1 ? "" : axes == 2 ? " or [rows, columns]," : " or [depth, rows, columns],";
}

void gd__describe_option(gd__text *text, const gd_option *key)
{
    switch (key->type) {
    case GD_OPTION_INTEGER: gd__text_add(text, "a whole number"); break;
    case GD_OPTION_NUMBER: gd__text_add(text, "a number"); break;
    case GD_OPTION_FLAG: gd__text_add(text, "true or false"); return;
    case GD_OPTION_TEXT: gd__text_add(text, "a text"); return;
    case GD_OPTION_CHOICE:
        gd__text_add(text, "one of ");
        describe_choices(text, key->choices);
        if (key->value != NULL)
            gd__text_add(text, ", or a map with one of them for each name");
        return;
    case GD_OPTION_SIZE: gd__text_add(text, "a whole number%s", axes_in_words(key)); break;
    case GD_OPTION_PADDING:
        gd__text_add(text, "same, valid, %sa whole number%s", key->most == 1 ? "or " : "", axes_in_words(key));
        break;
    case GD_OPTION_TEXTS:
        describe_list(text, key, key->choices == NULL ? "texts" : "words out of ", "a text");
        if (key->choices != NULL)
            describe_choices(text, key->choices);
        return;
    case GD_OPTION_INTEGERS: describe_list(text, key, "whole numbers", "a whole number"); return;
    case GD_OPTION_NUMBERS:
        if (key->choices != NULL)
            gd__text_add(text, "`%s`, or ", key->choices);
        describe_list(text, key, "numbers", "a number");
        return;
    case GD_OPTION_VALUES: describe_list(text, key, "values", "a value"); return;
    case GD_OPTION_MAP: gd__text_add(text, "a map of options"); return;
    case GD_OPTION_MAPS: gd__text_add(text, "a list of maps of options"); return;
    case GD_OPTION_NAMED: gd__text_add(text, "a map from names to values"); return;
    case GD_OPTION_VARIANT:
        gd__text_add(text, "the name of %s %s, or `name: {options}`%s",
                     strchr("aeiou", key->records->noun[0]) != NULL ? "an" : "a", key->records->noun,
                     key->most > 1 ? ", or a list of these" : "");
        return;
    case GD_OPTION_VARIANTS: gd__text_add(text, "a list of %ss", key->records->noun); return;
    case GD_OPTION_ANY: gd__text_add(text, "anything"); return;
    }
    describe_range(text, key);
}

// ---- The reference

// A cell of a table: a bar would end it.
static void write_cell(gd__text *text, const char *words)
{
    for (const char *at = words; *at != '\0'; at++)
        gd__text_add(text, "%s%c", *at == '|' ? "\\" : "", *at);
}

static void write_keys(gd__text *text, const gd_option *keys, const char *short_option)
{
    gd__text_add(text, "| key | value | default | |\n|---|---|---|---|\n");
    for (const gd_option *key = keys; key->name != NULL; key++) {
        gd__text_add(text, "| `%s` | ", key->name);
        gd__describe_option(text, key);
        const char *standard = key->required ? "required" : key->standard;
        gd__text_add(text, " | %s | ", standard == NULL ? "" : standard);
        write_cell(text, key->doc);
        gd__text_add(text, "%s |\n",
                     short_option != NULL && strcmp(short_option, key->name) == 0 ? " (may stand alone as the value)"
                                                                                  : "");
    }
    gd__text_add(text, "\n");
}

static void write_variants(gd__text *text, const char *title, const gd_records *variants)
{
    gd__text_add(text, "## %s\n\n", title);
    if (variants->common != NULL) {
        gd__text_add(text, "Each takes these besides its own:\n\n");
        write_keys(text, variants->common, NULL);
    }
    for (int i = 0; i < gd_record_count(variants); i++) {
        const gd_record *variant = gd_record_at(variants, i);
        gd__text_add(text, "### `%s`\n\n%s", variant->name, variant->doc);
        gd__text_add(text, variant->source != NULL ? " (%s).\n\n" : ".\n\n", variant->source);
        if (variant->aliases != NULL) {
            gd__text_add(text, "Also called ");
            describe_choices(text, variant->aliases);
            gd__text_add(text, ".\n\n");
        }
        if (variant->list_option != NULL)
            gd__text_add(text, "`%s: [a, b]` is `%s: {%s: [a, b]}`.\n\n", variant->name, variant->name,
                         variant->list_option);
        if (variant->options != NULL)
            write_keys(text, variant->options, variant->short_option);
    }
}

// The keys of a section, and those of the maps in it.
static void write_section(gd__text *text, const char *prefix, const gd_option *keys)
{
    gd__text_add(text, "## `%s`\n\n", prefix);
    write_keys(text, keys, NULL);
    for (const gd_option *key = keys; key->name != NULL; key++)
        if (key->type == GD_OPTION_MAP) {
            gd__text_add(text, "### `%s.%s`\n\n", prefix, key->name);
            write_keys(text, key->options, NULL);
        }
}

char *gd_recipe_reference(void)
{
    gd__text text = {0};
    gd__text_add(&text, "# Recipes\n\nA recipe is a YAML file with these sections; `data`, `model` and `loss` must be "
                        "there. Where one of several things is chosen, `name`, `name: {options}` and, where it says "
                        "so, `name: value` are all right. On the command line `train.epochs=3` sets a value by its "
                        "dotted name, and `model.3.dense=20` one in a list, counted from 0.\n\n");
    write_keys(&text, gd__recipe_keys, NULL);
    for (const gd_option *key = gd__recipe_keys; key->name != NULL; key++)
        if (key->type == GD_OPTION_MAP || key->type == GD_OPTION_MAPS)
            write_section(&text, key->name, key->options);
    write_variants(&text, "Sources of data", &gd__source_variants);
    write_variants(&text, "Transforms (`data.transforms`)", &gd__transform_records);
    write_variants(&text, "Layers (`model`)", &gd__layer_records);
    write_variants(&text, "Initialisers (`init`)", &gd__initializer_records);
    write_variants(&text, "Losses (`loss`)", &gd__loss_records);
    write_variants(&text, "Update rules (`optimizer`)", &gd__rule_records);
    write_variants(&text, "Schedules (`schedule`)", &gd__schedule_records);
    write_variants(&text, "Strategies (`search.strategy`)", &gd__strategy_records);
    write_variants(&text, "Ranges (`search.space`)", &gd__range_variants);
    return gd__text_take(&text);
}
