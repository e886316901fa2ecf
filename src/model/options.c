// Reading options that the schema has checked.
#include <gradus/nn.h>
#include <string.h>

#include "model/schema.h"

static const gd__key *key_of(gd__options options, const char *name)
{
    for (const gd__key *key = options.keys; key != NULL && key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

const gd__yaml *gd__option(gd__options options, const char *name)
{
    const gd__yaml *node = options.node;
    if (node == NULL)
        return NULL;
    if (node->kind == GD__YAML_MAP)
        return gd__yaml_get(node, name);
    bool is_short = options.short_key != NULL && strcmp(options.short_key, name) == 0;
    return is_short && (node->kind != GD__YAML_SCALAR || node->text[0] != '\0' || node->quoted) ? node : NULL;
}

// A node for the default that the table has, made in `standard`; NULL when there is none.
static const gd__yaml *value_of(gd__options options, const char *name, gd__yaml *standard)
{
    const gd__yaml *node = gd__option(options, name);
    const gd__key *key = key_of(options, name);
    if (node != NULL || key == NULL || key->standard == NULL)
        return node;
    *standard = (gd__yaml){.kind = GD__YAML_SCALAR, .text = (char *)(uintptr_t)key->standard};
    return standard;
}

int64_t gd__option_integer(gd__options options, const char *name)
{
    gd__yaml standard;
    int64_t value = 0;
    (void)gd__yaml_integer(value_of(options, name, &standard), &value);
    return value;
}

double gd__option_number(gd__options options, const char *name)
{
    gd__yaml standard;
    double value = 0;
    (void)gd__yaml_number(value_of(options, name, &standard), &value);
    return value;
}

bool gd__option_bool(gd__options options, const char *name)
{
    gd__yaml standard;
    bool value = false;
    (void)gd__yaml_bool(value_of(options, name, &standard), &value);
    return value;
}

const char *gd__option_text(gd__options options, const char *name)
{
    const gd__yaml *node = gd__option(options, name);
    const gd__key *key = key_of(options, name);
    if (node != NULL && node->kind == GD__YAML_SCALAR)
        return node->text;
    return key == NULL ? NULL : key->standard;
}

static int64_t one_size(const gd__yaml *node)
{
    int64_t value = 0;
    if (gd__yaml_is(node, "same"))
        return GD_SAME;
    (void)gd__yaml_integer(node, &value);
    return value;
}

void gd__option_size(gd__options options, const char *name, int64_t size[2])
{
    gd__yaml standard;
    const gd__yaml *node = value_of(options, name, &standard);
    bool is_pair = node != NULL && node->kind == GD__YAML_LIST && node->count == 2;
    size[0] = node == NULL ? 0 : one_size(is_pair ? node->item[0] : node);
    size[1] = node == NULL ? 0 : one_size(is_pair ? node->item[1] : node);
}

gd__options gd__option_map(gd__options options, const char *name)
{
    const gd__key *key = key_of(options, name);
    return (gd__options){.node = gd__option(options, name), .keys = key == NULL ? NULL : key->keys};
}

gd__options gd__section(const gd__yaml *recipe, const char *name)
{
    return gd__option_map((gd__options){.node = recipe, .keys = gd__recipe_keys}, name);
}

gd__chosen gd__chosen_of(const gd__yaml *node, const gd__variants *variants, const char *standard)
{
    gd__chosen chosen = {.node = node};
    const gd__yaml *value = NULL;
    const char *name = standard;
    if (node != NULL && node->kind == GD__YAML_MAP && node->count == 1) {
        name = node->key[0]->text;
        value = node->item[0];
        chosen.node = node->key[0];
    } else if (node != NULL && node->kind == GD__YAML_SCALAR) {
        name = node->text;
    }
    for (int i = 0; i < variants->count && name != NULL; i++)
        if (strcmp(variants->variant[i].name, name) == 0)
            chosen.variant = &variants->variant[i];
    if (chosen.variant != NULL)
        chosen.options =
            (gd__options){.node = value, .keys = chosen.variant->keys, .short_key = chosen.variant->short_key};
    return chosen;
}
