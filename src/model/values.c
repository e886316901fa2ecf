// A recipe as a flat list of what it says, to be compared with another's: however it is written, the same value has the
// same key and the same text.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/recipe.h"

typedef struct collector {
    gd_recipe_values list;
    int capacity;
    bool failed; // memory was short
} collector;

// ---- One value as text

// In as few digits as give the number back.
static void add_number(gd__text *text, double number)
{
    char digits[40];
    gd__format(digits, sizeof digits, "%.15g", number);
    if (gd__parse_number(digits, NULL) != number)
        gd__format(digits, sizeof digits, "%.17g", number);
    gd__text_add(text, "%s", digits);
}

static void add_scalar(gd__text *text, const gd__yaml *node, gd_option_type kind)
{
    double number;
    bool flag;
    if (kind == GD_OPTION_FLAG && gd__yaml_bool(node, &flag))
        gd__text_add(text, "%s", flag ? "true" : "false");
    else if (!node->quoted && kind != GD_OPTION_TEXT && kind != GD_OPTION_TEXTS && gd__yaml_number(node, &number))
        add_number(text, number);
    else
        gd__text_add(text, "%s", node->text);
}

// Sizes that are the same along each axis.
static bool are_sizes_of_one(const gd__yaml *list, gd_option_type kind)
{
    bool same = (kind == GD_OPTION_SIZE || kind == GD_OPTION_PADDING) && list->count > 0;
    for (int i = 0; i < list->count && same; i++)
        same = list->item[i]->kind == GD__YAML_SCALAR && strcmp(list->item[0]->text, list->item[i]->text) == 0;
    return same;
}

static void add_value(gd__text *text, const gd__yaml *node, gd_option_type kind)
{
    if (node->kind == GD__YAML_SCALAR) {
        add_scalar(text, node, kind);
        return;
    }
    if (node->kind == GD__YAML_LIST && (node->count == 1 || are_sizes_of_one(node, kind))) {
        add_value(text, node->item[0], kind);
        return;
    }
    const bool is_map = node->kind == GD__YAML_MAP;
    gd__text_add(text, is_map ? "{" : "[");
    for (int i = 0; i < node->count; i++) {
        gd__text_add(text, "%s", i == 0 ? "" : ", ");
        if (is_map)
            gd__text_add(text, "%s: ", node->key[i]->text);
        add_value(text, node->item[i], kind);
    }
    gd__text_add(text, is_map ? "}" : "]");
}

static char *value_text(const gd__yaml *node, gd_option_type kind)
{
    gd__text text = {0};
    add_value(&text, node, kind);
    return gd__text_take(&text);
}

// ---- The list

static void add(collector *c, const char *path, const gd__yaml *node, const gd_option *key)
{
    gd__yaml standard = {.kind = GD__YAML_SCALAR, .text = (char *)(uintptr_t)key->standard};
    gd_recipe_value value = {.key = gd__copy_text(path),
                             .value = value_text(node, key->type),
                             .standard = key->standard == NULL ? NULL : value_text(&standard, key->type)};
    if (value.key != NULL && value.value != NULL && (key->standard == NULL || value.standard != NULL) &&
        gd__grow((void **)&c->list.value, &c->capacity, c->list.count, sizeof *c->list.value)) {
        c->list.value[c->list.count++] = value;
        return;
    }
    gd__free(value.key);
    gd__free(value.value);
    gd__free(value.standard);
    c->failed = true;
}

static void collect(collector *c, const char *path, const gd__yaml *node, const gd_option *key);

// The value called `name` in the map at `path`.
static void collect_in(collector *c, const char *path, const char *name, const gd__yaml *node, const gd_option *key)
{
    gd__text inner = {0};
    gd__text_add(&inner, "%s%s%s", path, path[0] == '\0' ? "" : ".", name);
    if (inner.failed)
        c->failed = true;
    else
        collect(c, inner.data, node, key);
    gd__text_free(&inner);
}

static void collect_map(collector *c, const char *path, const gd__yaml *map, const gd_option *keys,
                        const gd_option *common)
{
    for (int i = 0; i < map->count; i++) {
        const gd_option *own = gd__option_named(keys, map->key[i]->text);
        const gd_option *key = own != NULL ? own : gd__option_named(common, map->key[i]->text);
        if (key != NULL) // the recipe was checked
            collect_in(c, path, key->name, map->item[i], key);
    }
}

// `adam`, `adam: 0.01` and `adam: {learning_rate: 0.01}`: the choice, and its options below its name.
static void collect_variant(collector *c, const char *path, const gd__yaml *node, const gd_option *key)
{
    const gd_option choice = {.type = GD_OPTION_TEXT, .standard = key->standard};
    const gd__chosen chosen = gd__chosen_of(node, key->records, NULL);
    if (chosen.record == NULL)
        return;
    const gd__yaml name = {.kind = GD__YAML_SCALAR, .text = (char *)(uintptr_t)chosen.record->name};
    add(c, path, &name, &choice);
    const gd__yaml *value = chosen.options.node;
    gd__text inner = {0};
    gd__text_add(&inner, "%s.%s", path, chosen.record->name);
    if (inner.failed) {
        c->failed = true;
    } else if (value != NULL && value->kind == GD__YAML_MAP) {
        collect_map(c, inner.data, value, chosen.record->options, key->records->common);
    } else {
        const gd_option *option = gd__option_named(chosen.record->options, chosen.record->short_option);
        const gd__yaml *given = option == NULL ? NULL : gd__option_node(chosen.options, option->name);
        if (given != NULL)
            collect_in(c, inner.data, option->name, given, option);
    }
    gd__text_free(&inner);
}

static void collect(collector *c, const char *path, const gd__yaml *node, const gd_option *key)
{
    const bool is_map = node->kind == GD__YAML_MAP;
    if (key->type == GD_OPTION_MAP) {
        collect_map(c, path, node, key->options, NULL);
    } else if (key->type == GD_OPTION_MAPS) {
        for (int i = 0; i < node->count; i++) {
            char number[16];
            const gd_option entry = {.type = GD_OPTION_MAP, .options = key->options};
            snprintf(number, sizeof number, "%d", i);
            collect_in(c, path, number, node->item[i], &entry);
        }
    } else if (is_map && key->value != NULL &&
               (key->type != GD_OPTION_VARIANT || gd__is_named_variants(node, key->records))) {
        for (int i = 0; i < node->count; i++)
            collect_in(c, path, node->key[i]->text, node->item[i], key->value);
    } else if (key->type == GD_OPTION_VARIANT && node->kind != GD__YAML_LIST) {
        collect_variant(c, path, node, key);
    } else if (key->type == GD_OPTION_VARIANTS || key->type == GD_OPTION_VARIANT) {
        for (int i = 0; i < node->count; i++) {
            char number[16];
            gd_option entry = {.type = GD_OPTION_VARIANT, .records = key->records};
            snprintf(number, sizeof number, "%d", i);
            collect_in(c, path, number, node->item[i], &entry);
        }
    } else {
        add(c, path, node, key);
    }
}

gd_status gd_recipe_list(const gd_recipe *recipe, gd_recipe_values *values)
{
    GD__NEEDS(recipe, GD_ERROR_ARGUMENT);
    GD__NEEDS(values, GD_ERROR_ARGUMENT);
    collector c = {0};
    collect_map(&c, "", recipe->root, gd__recipe_keys, NULL);
    *values = c.list;
    if (!c.failed)
        return GD_OK;
    gd_recipe_values_free(values);
    return gd__fail_memory("the values of a recipe");
}

void gd_recipe_values_free(gd_recipe_values *values)
{
    GD__NEEDS(values);
    for (int i = 0; i < values->count; i++) {
        gd__free(values->value[i].key);
        gd__free(values->value[i].value);
        gd__free(values->value[i].standard);
    }
    gd__free(values->value);
    *values = (gd_recipe_values){0};
}

const gd_recipe_value *gd_recipe_value_find(const gd_recipe_values *values, const char *key)
{
    GD__NEEDS(values, NULL);
    for (int i = 0; i < values->count; i++)
        if (strcmp(values->value[i].key, key) == 0)
            return &values->value[i];
    return NULL;
}
