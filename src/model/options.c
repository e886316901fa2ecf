// Reading options that the schema has checked.
#include <gradus/nn.h>
#include <string.h>

#include "model/schema.h"

static const gd_option *key_of(gd__options options, const char *name)
{
    return gd__option_named(options.keys, name);
}

const gd__yaml *gd__option_node(gd__options options, const char *name)
{
    const gd__yaml *node = options.node;
    if (node == NULL)
        return NULL;
    if (node->kind == GD__YAML_MAP)
        return gd__yaml_get(node, name);
    bool is_short = options.short_option != NULL && strcmp(options.short_option, name) == 0;
    return is_short && gd__yaml_says(node) ? node : NULL;
}

// A node for the default that the table has, made in `standard`; NULL when there is none.
static const gd__yaml *value_of(gd__options options, const char *name, gd__yaml *standard)
{
    const gd__yaml *node = gd__option_node(options, name);
    const gd_option *key = key_of(options, name);
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
    const gd__yaml *node = gd__option_node(options, name);
    const gd_option *key = key_of(options, name);
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

void gd__option_size(gd__options options, const char *name, int64_t size[GD__OPTION_AXES])
{
    gd__yaml standard;
    const gd__yaml *node = value_of(options, name, &standard);
    const bool is_list = node != NULL && node->kind == GD__YAML_LIST;
    for (int i = 0; i < GD__OPTION_AXES; i++)
        size[i] = node == NULL || (is_list && i >= node->count) ? 0 : one_size(is_list ? node->item[i] : node);
}

gd__options gd__option_map(gd__options options, const char *name)
{
    const gd_option *key = key_of(options, name);
    return (gd__options){.node = gd__option_node(options, name), .keys = key == NULL ? NULL : key->options};
}

gd__options gd__section(const gd__yaml *recipe, const char *name)
{
    return gd__option_map((gd__options){.node = recipe, .keys = gd__recipe_keys}, name);
}

gd__chosen gd__chosen_of(const gd__yaml *node, const gd_records *variants, const char *standard)
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
    chosen.record = gd_record_find(variants, name); // the check has put the names of records there
    if (chosen.record != NULL)
        chosen.options =
            (gd__options){.node = value, .keys = chosen.record->options, .short_option = chosen.record->short_option};
    return chosen;
}

// ---- Into options structs

static void read_shape(const gd__yaml *node, const gd_option *option, void *fields)
{
    gd_shape shape = {0};
    const bool is_list = node->kind == GD__YAML_LIST;
    shape.rank = is_list ? node->count : 1;
    for (int i = 0; i < shape.rank && i < GD_MAX_RANK; i++)
        (void)gd__yaml_integer(is_list ? node->item[i] : node, &shape.dim[i]);
    memcpy((char *)fields + option->offset, &shape, sizeof shape);
}

static void read_numbers(const gd__yaml *node, const gd_option *option, void *fields)
{
    if (option->size == sizeof(gd_numbers)) {
        gd_numbers numbers = {0};
        const int count = node->kind == GD__YAML_LIST ? node->count : 1;
        for (int i = 0; i < count && i < GD_MAX_NUMBERS; i++)
            (void)gd__yaml_number(node->kind == GD__YAML_LIST ? node->item[i] : node, &numbers.value[numbers.count++]);
        memcpy((char *)fields + option->offset, &numbers, sizeof numbers);
        return;
    }
    double value[GD_MAX_RANK] = {0};
    const bool is_list = node->kind == GD__YAML_LIST;
    int count = 0;
    for (; count < (is_list ? node->count : 1) && count < GD_MAX_RANK; count++)
        (void)gd__yaml_number(is_list ? node->item[count] : node, &value[count]);
    gd__option_put_numbers(option, fields, count, value);
}

// A chosen record: the field is an options struct of its own, which begins with a pointer to the record.
static void read_chosen(const gd__yaml *node, const gd_option *option, void *fields)
{
    const gd__chosen chosen = gd__chosen_of(node, option->records, NULL);
    void *inner = (char *)fields + option->offset;
    if (chosen.record == NULL)
        return;
    gd__options_read(chosen.options, chosen.record, inner);
    memcpy(inner, &chosen.record, sizeof chosen.record);
}

static void read_option(gd__options options, const gd_option *option, void *fields);

static void read_map(gd__options map, void *fields)
{
    gd__options_put_defaults(map.keys, fields);
    for (const gd_option *option = map.keys; option != NULL && option->name != NULL; option++)
        if (option->size > 0)
            read_option(map, option, fields);
}

static void read_option(gd__options options, const gd_option *option, void *fields)
{
    const gd__yaml *node = gd__option_node(options, option->name);
    int64_t size[GD__OPTION_AXES];
    int place = 0;
    if (node == NULL)
        return; // the default stands there
    switch (option->type) {
    case GD_OPTION_INTEGER: gd__option_put_integer(option, fields, gd__option_integer(options, option->name)); break;
    case GD_OPTION_NUMBER: gd__option_put_number(option, fields, gd__option_number(options, option->name)); break;
    case GD_OPTION_FLAG: gd__option_put_flag(option, fields, gd__option_bool(options, option->name)); break;
    case GD_OPTION_TEXT: gd__option_put_text(option, fields, gd__option_text(options, option->name)); break;
    case GD_OPTION_CHOICE:
        if (gd__word_in(option->choices, gd__option_text(options, option->name), &place))
            gd__option_put_integer(option, fields, place);
        break;
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING:
        gd__option_size(options, option->name, size);
        gd__option_put_size(option, fields, size);
        break;
    case GD_OPTION_INTEGERS: read_shape(node, option, fields); break;
    case GD_OPTION_VARIANT: read_chosen(node, option, fields); break;
    case GD_OPTION_VARIANTS: memcpy((char *)fields + option->offset, &node, sizeof node); break;
    case GD_OPTION_NUMBERS: read_numbers(node, option, fields); break;
    case GD_OPTION_MAP: read_map(gd__option_map(options, option->name), (char *)fields + option->offset); break;
    case GD_OPTION_TEXTS:
    case GD_OPTION_VALUES:
    case GD_OPTION_MAPS:
    case GD_OPTION_NAMED:
    case GD_OPTION_ANY: break; // they have no field
    }
}

void gd__options_read(gd__options options, const gd_record *record, void *fields)
{
    gd_options_default(record, fields);
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (option->size > 0)
            read_option(options, option, fields);
}
