#include "model/expand.h"

#include <ctype.h>
#include <gradus/op.h>
#include <gradus/text.h>
#include <stdio.h>
#include <string.h>

#include <gradus/text.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/expression.h"
#include "model/schema.h"
#include "model/zoo.h"
#include "nn/layer_common.h"

enum { MOST_VALUES = 100000, MOST_BYTES = 1 << 24, MOST_BLOCKS_DEEP = 32, MOST_DEEP = 256, MOST_TIMES = 10000 };
enum { MOST_WORDS = 200 };

typedef struct {
    const gd__yaml *blocks; // the section, or NULL
    const gd__names *constants;
    int values; // so far
    size_t bytes;
    int blocks_deep, deep;
} expander;

// Where a node stands: the names that it may use, and whether lists may hold repeats and blocks.
typedef struct {
    const gd__names *names;
    bool in_model;
} context;

static gd_status expand(expander *e, const gd__yaml *node, context in, gd__yaml **out);
static gd_status expand_layers(expander *e, const gd__yaml *list, context in, gd__yaml *out);

static gd_status count(expander *e, const gd__yaml *node, const gd__yaml *where)
{
    e->values++;
    e->bytes += node->text == NULL ? 0 : strlen(node->text);
    if (e->values > MOST_VALUES || e->bytes > MOST_BYTES)
        return gd__yaml_fail(where,
                             "with its blocks and repeats put in, the recipe has more than the %d values and "
                             "16 MiB of text that are the limit",
                             MOST_VALUES);
    gd_status status = GD_OK;
    for (int i = 0; i < node->count && status == GD_OK; i++)
        status = count(e, node->item[i], where);
    return status;
}

static gd_status check_name(const gd__yaml *name, const char *what)
{
    bool good = name->kind == GD__YAML_SCALAR && (isalpha((unsigned char)name->text[0]) || name->text[0] == '_');
    for (const char *at = name->text; good && *at != '\0'; at++)
        good = isalnum((unsigned char)*at) || *at == '_';
    return good ? GD_OK
                : gd__yaml_fail(name,
                                "'%.60s' is no name for %s: it begins with a letter, and goes on with letters, "
                                "digits and _",
                                name->kind == GD__YAML_SCALAR ? name->text : "…", what);
}

// "unknown <what> 'x' …, did you mean 'y'?"
static gd_status fail_unknown(const gd__yaml *key, const char *what, const char *of, const gd__yaml *map)
{
    const char *words[MOST_WORDS];
    int words_count = 0;
    for (int i = 0; map != NULL && map->kind == GD__YAML_MAP && i < map->count && i < MOST_WORDS; i++)
        words[words_count++] = map->key[i]->text;
    const char *near = gd_nearest_word(key->text, words_count, words);
    return gd__yaml_fail(key, "unknown %s '%.60s' of %s%s%s%s", what, key->text, of,
                         near == NULL ? "" : ", did you mean '", near == NULL ? "" : near, near == NULL ? "" : "'?");
}

// ---- Nodes

static gd_status new_like(const gd__yaml *node, gd__yaml_kind kind, gd__yaml **out)
{
    gd__yaml *made = gd__alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return gd__fail_memory("a recipe");
    *made = (gd__yaml){.kind = kind,
                       .source = node->source,
                       .line = node->line,
                       .column = node->column,
                       .flow = node->flow,
                       .origin = node};
    *out = made;
    return GD_OK;
}

static gd_status new_scalar(const gd__yaml *node, const char *text, gd__yaml **out)
{
    const gd_status status = new_like(node, GD__YAML_SCALAR, out);
    if (status != GD_OK)
        return status;
    (*out)->text = gd__copy_text(text);
    if ((*out)->text != NULL)
        return GD_OK;
    gd__yaml_free(*out);
    *out = NULL;
    return gd__fail_memory("a recipe");
}

// Puts `item` (taken over) under a key that stands where `where` does.
static gd_status put(gd__yaml *map, const char *key, const gd__yaml *where, gd__yaml *item)
{
    gd__yaml *name = NULL;
    const gd_status status = new_scalar(where, key, &name);
    if (status == GD_OK)
        return gd__yaml_append(map, name, item);
    gd__yaml_free(item);
    return status;
}

static gd_status put_text(gd__yaml *map, const char *key, const gd__yaml *where, const char *text)
{
    gd__yaml *item = NULL;
    const gd_status status = new_scalar(where, text, &item);
    if (status != GD_OK)
        return status;
    item->quoted = true;
    return put(map, key, where, item);
}

// The same with the expanded `value`.
static gd_status put_expanded(expander *e, gd__yaml *map, const char *key, const gd__yaml *where, const gd__yaml *value,
                              context in)
{
    gd__yaml *item = NULL;
    const gd_status status = expand(e, value, in, &item);
    return status == GD_OK ? put(map, key, where, item) : status;
}

// Layers in a `sequence`, {sequence: {block: …, as: …, from: …, layers: […]}}, as far as these are there.
static gd_status new_sequence(const gd__yaml *where, const char *block, gd__yaml **out, gd__yaml **options)
{
    gd__yaml *entry = NULL, *inner = NULL;
    gd_status status = new_like(where, GD__YAML_MAP, &entry);
    if (status == GD_OK)
        status = new_like(where, GD__YAML_MAP, &inner);
    if (status == GD_OK)
        status = put(entry, "sequence", where, inner);
    if (status == GD_OK && block != NULL)
        status = put_text(inner, "block", where, block);
    if (status != GD_OK) {
        gd__yaml_free(entry);
        return status;
    }
    *out = entry;
    *options = inner;
    return GD_OK;
}

static gd_status put_layers(expander *e, gd__yaml *options, const gd__yaml *layers, context in)
{
    gd__yaml *list = NULL;
    gd_status status = new_like(layers, GD__YAML_LIST, &list);
    if (status != GD_OK)
        return status;
    status = expand_layers(e, layers, in, list);
    if (status == GD_OK)
        return put(options, "layers", layers, list);
    gd__yaml_free(list);
    return status;
}

// ---- repeat: {repeat: 3, index: i, as: "stage${i}", layers: [...]}

static gd_status check_repeat(const gd__yaml *entry)
{
    static const char *const keys[] = {"repeat", "index", "as", "layers"};
    for (int i = 0; i < entry->count; i++) {
        bool known = false;
        for (int k = 0; k < GD_COUNT_OF(keys); k++)
            known = known || strcmp(entry->key[i]->text, keys[k]) == 0;
        if (!known)
            return gd__yaml_fail(entry->key[i], "unknown key in repeat: '%.60s'; there are repeat, index, as, layers",
                                 entry->key[i]->text);
    }
    const gd__yaml *layers = gd__yaml_get(entry, "layers"), *index = gd__yaml_get(entry, "index");
    if (layers == NULL || layers->kind != GD__YAML_LIST)
        return gd__yaml_fail(layers == NULL ? entry : layers, "repeat needs 'layers': a list of layers");
    return index == NULL ? GD_OK : check_name(index, "the index of a repeat");
}

static gd_status read_times(expander *e, const gd__yaml *node, context in, int64_t *times)
{
    gd__yaml *number = NULL;
    gd_status status = expand(e, node, in, &number);
    bool there; // layers that are there or not
    if (status == GD_OK && gd__yaml_bool(number, &there))
        *times = there;
    else if (status == GD_OK && (!gd__yaml_integer(number, times) || *times < 0 || *times > MOST_TIMES))
        status = gd__yaml_fail(node, "'repeat' is '%.60s', expected a whole number from 0 to %d",
                               number->kind == GD__YAML_SCALAR ? number->text : "a list or map", MOST_TIMES);
    gd__yaml_free(number);
    return status;
}

static gd_status repeat_once(expander *e, const gd__yaml *entry, context in, gd__yaml *out)
{
    const gd__yaml *layers = gd__yaml_get(entry, "layers"), *as = gd__yaml_get(entry, "as");
    if (as == NULL)
        return expand_layers(e, layers, in, out);
    gd__yaml *made, *options;
    gd_status status = new_sequence(entry, NULL, &made, &options);
    if (status != GD_OK)
        return status;
    status = put_expanded(e, options, "as", entry, as, in);
    if (status == GD_OK)
        status = put_layers(e, options, layers, in);
    if (status == GD_OK)
        return gd__yaml_append(out, NULL, made);
    gd__yaml_free(made);
    return status;
}

static gd_status expand_repeat(expander *e, const gd__yaml *entry, context in, gd__yaml *out)
{
    int64_t times = 0;
    const gd__yaml *index = gd__yaml_get(entry, "index");
    gd_status status = check_repeat(entry);
    if (status == GD_OK)
        status = read_times(e, gd__yaml_get(entry, "repeat"), in, &times);
    for (int64_t i = 0; i < times && status == GD_OK; i++) {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)i);
        const gd__yaml number = {.kind = GD__YAML_SCALAR, .text = text, .source = entry->source, .line = entry->line};
        const gd__names names = {.name = index == NULL ? "i" : index->text, .value = &number, .outer = in.names};
        status = count(e, &number, entry); // also where nothing is repeated
        if (status == GD_OK)
            status = repeat_once(e, entry, (context){&names, true}, out);
    }
    return status;
}

// ---- Blocks

// A use of a block: `bottleneck`, `bottleneck: 64` (its first parameter), or `bottleneck: {width: 64, as: stage}`.
typedef struct use {
    const gd__yaml *entry, *name, *block;
    const gd__yaml *value;  // NULL: nothing
    const gd__yaml *blocks; // of the recipe in which the block stands; its own, or one of the zoo
    bool in_zoo;
} use;

// What is said of the block as a whole: `as`, `from` and the like.
static bool is_beside(const char *key)
{
    return gd__option_named(gd__layer_common, key) != NULL;
}

// What stands under the key, in the map of options or beside the name.
static const gd__yaml *given(const use *use, const char *key)
{
    const gd__yaml *inside = gd__yaml_get(use->value, key);
    return inside != NULL || use->entry->kind != GD__YAML_MAP || !is_beside(key) ? inside
                                                                                 : gd__yaml_get(use->entry, key);
}

static gd_status check_use(const use *use)
{
    char of[100];
    snprintf(of, sizeof of, "the block '%.60s'", use->name->text);
    const gd__yaml *parameters = gd__yaml_get(use->block, "parameters");
    const bool is_map = use->value != NULL && use->value->kind == GD__YAML_MAP;
    for (int i = 0; use->entry->kind == GD__YAML_MAP && i < use->entry->count; i++)
        if (!(use->in_zoo ? strcmp(use->entry->key[i]->text, "zoo") == 0 : i == 0) &&
            !is_beside(use->entry->key[i]->text))
            return gd__yaml_fail(use->entry->key[i],
                                 "'%.60s' stands beside %s, where only `as`, `from` and the like may stand",
                                 use->entry->key[i]->text, of);
    for (int i = 0; is_map && i < use->value->count; i++)
        if (!is_beside(use->value->key[i]->text) && gd__yaml_get(parameters, use->value->key[i]->text) == NULL)
            return fail_unknown(use->value->key[i], "parameter", of, parameters);
    if (use->value != NULL && !is_map && (parameters == NULL || parameters->count == 0))
        return gd__yaml_fail(use->value, "%s takes no parameters", of);
    return GD_OK;
}

// The value of parameter `i`: what is given, or the default, which may use the parameters before it.
static gd_status read_parameter(expander *e, const use *use, int i, context in, const gd__names *before, gd__yaml **out)
{
    const gd__yaml *parameters = gd__yaml_get(use->block, "parameters"), *standard = parameters->item[i];
    const bool is_map = use->value != NULL && use->value->kind == GD__YAML_MAP;
    const gd__yaml *value = is_map ? gd__yaml_get(use->value, parameters->key[i]->text) : i == 0 ? use->value : NULL;
    if (value != NULL)
        return expand(e, value, in, out);
    if (!gd__yaml_says(standard))
        return gd__yaml_fail(use->name, "the block '%.60s' needs '%.60s'", use->name->text, parameters->key[i]->text);
    return expand(e, standard, (context){before, true}, out);
}

static gd_status put_block(expander *e, const use *use, context in, const gd__names *names, gd__yaml *out)
{
    gd__yaml *made, *options;
    gd_status status = new_sequence(use->entry, use->name->text, &made, &options);
    if (status != GD_OK)
        return status;
    for (const gd_option *beside = gd__layer_common; beside->name != NULL && status == GD_OK; beside++)
        if (given(use, beside->name) != NULL)
            status =
                put_expanded(e, options, beside->name, use->name, given(use, beside->name), (context){in.names, false});
    if (use->in_zoo && status == GD_OK && given(use, "as") == NULL) // its layers have the names of the recipe's own
        status = put_text(options, "as", use->name, "");
    if (status == GD_OK)
        status = put_layers(e, options, gd__yaml_get(use->block, "layers"), (context){names, true});
    if (status == GD_OK)
        return gd__yaml_append(out, NULL, made);
    gd__yaml_free(made);
    return status;
}

static gd_status expand_block(expander *e, const use *use, context in, gd__yaml *out)
{
    const gd__yaml *parameters = gd__yaml_get(use->block, "parameters");
    const int parameter_count = parameters == NULL ? 0 : parameters->count;
    if (e->blocks_deep == MOST_BLOCKS_DEEP)
        return gd__yaml_fail(use->entry, "blocks nest more than %d deep: does '%.60s' use itself?", MOST_BLOCKS_DEEP,
                             use->name->text);
    gd_status status = check_use(use);
    if (status != GD_OK)
        return status;
    gd__names *names = gd__alloc_zeroed((size_t)parameter_count + 1, sizeof *names);
    gd__yaml **value = gd__alloc_zeroed((size_t)parameter_count + 1, sizeof *value);
    status = names == NULL || value == NULL ? gd__fail_memory("a recipe") : GD_OK;
    const gd__names *chain = use->in_zoo ? NULL : e->constants;
    for (int i = 0; i < parameter_count && status == GD_OK; i++) {
        status = read_parameter(e, use, i, in, chain, &value[i]);
        if (status != GD_OK)
            break;
        names[i] = (gd__names){.name = parameters->key[i]->text, .value = value[i], .outer = chain};
        chain = &names[i];
    }
    const gd__yaml *const blocks = e->blocks;
    const gd__names *const constants = e->constants;
    e->blocks_deep++;
    e->blocks = use->blocks;
    e->constants = use->in_zoo ? NULL : constants;
    if (status == GD_OK)
        status = put_block(e, use, in, chain, out);
    e->constants = constants;
    e->blocks = blocks;
    e->blocks_deep--;
    for (int i = 0; i < parameter_count && value != NULL; i++)
        gd__yaml_free(value[i]);
    gd__free(value);
    gd__free(names);
    return status;
}

// Whether the entry of a list of layers uses a block.
static bool is_use(const expander *e, const gd__yaml *entry, use *use)
{
    const bool is_map = entry->kind == GD__YAML_MAP && entry->count > 0;
    *use = (struct use){.entry = entry, .name = is_map ? entry->key[0] : entry};
    if (e->blocks == NULL || use->name->kind != GD__YAML_SCALAR)
        return false;
    use->value = is_map && gd__yaml_says(entry->item[0]) ? entry->item[0] : NULL;
    use->block = gd__yaml_get(e->blocks, use->name->text);
    use->blocks = e->blocks;
    return use->block != NULL;
}

// ---- The zoo: {zoo: resnet18}, {zoo: {resnet18: 10}}, {zoo: {resnet18: {classes: 10}}}, and `as` and `from` beside

// All that comes from a recipe of the zoo is written where it is asked for, in the user's recipe.
static void set_origin(gd__yaml *node, const gd__yaml *origin)
{
    node->origin = origin;
    for (int i = 0; i < node->count; i++)
        set_origin(node->item[i], origin);
}

static gd_status find_network(const gd__yaml *entry, use *use, gd__yaml **zoo)
{
    const gd__yaml *chosen = gd__yaml_get(entry, "zoo");
    const bool is_map = chosen->kind == GD__YAML_MAP;
    if (chosen->kind == GD__YAML_LIST || (is_map && chosen->count != 1))
        return gd__yaml_fail(chosen, "'zoo' is the name of a network, or one name with its parameters: "
                                     "`{resnet18: {classes: 10}}`");
    *use = (struct use){.entry = entry, .name = is_map ? chosen->key[0] : chosen, .in_zoo = true};
    use->value = is_map && gd__yaml_says(chosen->item[0]) ? chosen->item[0] : NULL;
    const gd_status status = gd__zoo_parse(use->name, zoo);
    use->blocks = gd__yaml_get(*zoo, "blocks");
    use->block = gd__yaml_get(use->blocks, use->name->text);
    return status;
}

static gd_status expand_zoo(expander *e, const gd__yaml *entry, context in, gd__yaml *out)
{
    use use;
    gd__yaml *zoo = NULL;
    const int first = out->count;
    gd_status status = find_network(entry, &use, &zoo);
    if (status == GD_OK)
        status = expand_block(e, &use, in, out);
    for (int i = first; i < out->count; i++)
        set_origin(out->item[i], entry);
    gd__yaml_free(zoo);
    return status;
}

static gd_status check_block(const gd__yaml *name, const gd__yaml *block)
{
    gd_status status = check_name(name, "a block");
    if (status != GD_OK)
        return status;
    if (strcmp(name->text, "repeat") == 0 || strcmp(name->text, "zoo") == 0 ||
        gd_record_find(&gd__layer_records, name->text) != NULL)
        return gd__yaml_fail(name, "the block '%.60s' has the name of a layer", name->text);
    for (int i = 0; block->kind == GD__YAML_MAP && i < block->count; i++)
        if (strcmp(block->key[i]->text, "parameters") != 0 && strcmp(block->key[i]->text, "layers") != 0 &&
            strcmp(block->key[i]->text, "doc") != 0)
            return gd__yaml_fail(block->key[i],
                                 "unknown key in the block '%.60s': '%.60s'; there are parameters, layers, doc",
                                 name->text, block->key[i]->text);
    const gd__yaml *layers = gd__yaml_get(block, "layers"), *parameters = gd__yaml_get(block, "parameters");
    if (layers == NULL || layers->kind != GD__YAML_LIST)
        return gd__yaml_fail(layers == NULL ? name : layers, "the block '%.60s' needs 'layers': a list of layers",
                             name->text);
    if (parameters != NULL && parameters->kind != GD__YAML_MAP)
        return gd__yaml_fail(parameters,
                             "the parameters of the block '%.60s' are a map of names and defaults, as in "
                             "`{width: , stride: 1}`; one without a default is left empty",
                             name->text);
    for (int i = 0; parameters != NULL && i < parameters->count && status == GD_OK; i++)
        status = is_beside(parameters->key[i]->text)
                     ? gd__yaml_fail(parameters->key[i], "a parameter cannot be called '%s'", parameters->key[i]->text)
                     : check_name(parameters->key[i], "a parameter");
    return status;
}

static gd_status check_blocks(const gd__yaml *blocks)
{
    gd_status status = GD_OK;
    if (blocks != NULL && blocks->kind != GD__YAML_MAP)
        return gd__yaml_fail(blocks, "'blocks' is a map from names to `{parameters: {…}, layers: […]}`");
    for (int i = 0; blocks != NULL && i < blocks->count && status == GD_OK; i++)
        status = check_block(blocks->key[i], blocks->item[i]);
    return status;
}

// ---- Lists, maps, scalars

// An entry becomes one entry or more, or none.
static gd_status expand_entry(expander *e, const gd__yaml *entry, context in, gd__yaml *out)
{
    use use;
    if (in.in_model && gd__yaml_get(entry, "repeat") != NULL)
        return expand_repeat(e, entry, in, out);
    if (in.in_model && gd__yaml_get(entry, "zoo") != NULL)
        return expand_zoo(e, entry, in, out);
    if (in.in_model && is_use(e, entry, &use))
        return expand_block(e, &use, in, out);
    gd__yaml *item = NULL;
    gd_status status = expand(e, entry, in, &item);
    if (status != GD_OK)
        return status;
    if (!in.in_model || entry->kind != GD__YAML_SCALAR || item->kind != GD__YAML_LIST)
        return gd__yaml_append(out, NULL, item);
    // `- $layers`, where that is a list: its entries.
    for (int i = 0; i < item->count && status == GD_OK; i++) {
        gd__yaml *inner = gd__yaml_copy(item->item[i]);
        status = inner == NULL ? gd__fail_memory("a recipe") : gd__yaml_append(out, NULL, inner);
    }
    gd__yaml_free(item);
    return status;
}

static gd_status expand_layers(expander *e, const gd__yaml *list, context in, gd__yaml *out)
{
    gd_status status = GD_OK;
    for (int i = 0; i < list->count && status == GD_OK; i++)
        status = expand_entry(e, list->item[i], in, out);
    return status;
}

static gd_status expand_map(expander *e, const gd__yaml *map, context in, gd__yaml *out)
{
    gd_status status = GD_OK;
    for (int i = 0; i < map->count && status == GD_OK; i++) {
        const bool of_layers = in.in_model && strcmp(map->key[i]->text, "from") != 0; // `from` lists names
        status = put_expanded(e, out, map->key[i]->text, map->key[i], map->item[i], (context){in.names, of_layers});
    }
    return status;
}

static gd_status expand_scalar(expander *e, const gd__yaml *scalar, context in, gd__yaml **out)
{
    if (!gd__has_expression(scalar, in.names)) {
        *out = gd__yaml_copy(scalar);
        if (*out != NULL)
            (*out)->origin = scalar;
        return *out == NULL ? gd__fail_memory("a recipe") : count(e, *out, scalar);
    }
    const gd_status status = gd__put_values_in(scalar, in.names, out);
    if (status != GD_OK)
        return status;
    (*out)->origin = scalar;
    return count(e, *out, scalar);
}

static gd_status expand(expander *e, const gd__yaml *node, context in, gd__yaml **out)
{
    gd__yaml *made = NULL;
    gd_status status;
    *out = NULL;
    if (e->deep == MOST_DEEP)
        return gd__yaml_fail(node, "lists and maps nest more than %d deep, with the blocks put in", MOST_DEEP);
    e->deep++;
    if (node->kind == GD__YAML_SCALAR) {
        status = expand_scalar(e, node, in, &made);
    } else {
        status = new_like(node, node->kind, &made);
        if (status == GD_OK)
            status = count(e, made, node);
        if (status == GD_OK)
            status = node->kind == GD__YAML_LIST ? expand_layers(e, node, in, made) : expand_map(e, node, in, made);
    }
    e->deep--;
    if (status == GD_OK)
        *out = made;
    else
        gd__yaml_free(made);
    return status;
}

// ---- The recipe

// Each constant may use those before it. `names` has room for all of them.
static gd_status expand_constants(expander *e, const gd__yaml *constants, gd__names *names, gd__yaml *out)
{
    gd_status status = GD_OK;
    for (int i = 0; i < constants->count && status == GD_OK; i++) {
        status = check_name(constants->key[i], "a constant");
        if (status == GD_OK)
            status = put_expanded(e, out, constants->key[i]->text, constants->key[i], constants->item[i],
                                  (context){e->constants, true});
        if (status != GD_OK)
            break;
        names[i] = (gd__names){.name = constants->key[i]->text, .value = out->item[i], .outer = e->constants};
        e->constants = &names[i];
    }
    return status;
}

static gd_status expand_sections(expander *e, const gd__yaml *written, gd__yaml *out)
{
    const gd__yaml *constants = gd__yaml_get(written, "constants");
    gd__names *names = NULL;
    gd__yaml *values = NULL;
    gd_status status = check_blocks(e->blocks);
    if (status == GD_OK && constants != NULL && constants->kind != GD__YAML_MAP)
        status = gd__yaml_fail(constants, "'constants' is a map from names to values");
    if (status == GD_OK && constants != NULL) {
        names = gd__alloc_zeroed((size_t)constants->count + 1, sizeof *names);
        status = names == NULL ? gd__fail_memory("a recipe") : new_like(constants, GD__YAML_MAP, &values);
        if (status == GD_OK)
            status = put(out, "constants", constants, values);
        if (status == GD_OK)
            status = expand_constants(e, constants, names, values);
    }
    for (int i = 0; i < written->count && status == GD_OK; i++) {
        const char *key = written->key[i]->text;
        if (strcmp(key, "constants") == 0 || strcmp(key, "blocks") == 0)
            continue;
        status = put_expanded(e, out, key, written->key[i], written->item[i],
                              (context){e->constants, strcmp(key, "model") == 0});
    }
    gd__free(names);
    return status;
}

gd_status gd__recipe_expand(const gd__yaml *written, gd__yaml **out)
{
    *out = NULL;
    expander e = {.blocks = gd__yaml_get(written, "blocks")};
    gd__yaml *made = NULL;
    if (written->kind != GD__YAML_MAP) {
        *out = gd__yaml_copy(written);
        return *out == NULL ? gd__fail_memory("a recipe") : GD_OK;
    }
    gd_status status = new_like(written, GD__YAML_MAP, &made);
    if (status == GD_OK)
        status = expand_sections(&e, written, made);
    if (status != GD_OK) {
        gd__yaml_free(made);
        return status;
    }
    *out = made;
    return GD_OK;
}
