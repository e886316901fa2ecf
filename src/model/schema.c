#include "model/schema.h"

#include <gradus/nn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/schema_words.h"
#include "nn/loss.h"

// ---- Sentences

// What a node holds, short enough for a sentence.
static const char *describe_node(const gd__yaml *node, char text[80])
{
    if (node->kind == GD__YAML_SCALAR && node->text[0] == '\0' && !node->quoted)
        snprintf(text, 80, "left empty");
    else if (node->kind == GD__YAML_SCALAR)
        snprintf(text, 80, "'%.60s'", node->text);
    else
        snprintf(text, 80, "a %s", node->kind == GD__YAML_MAP ? "map" : "list");
    return text;
}

static gd_status fail_kind(const gd__yaml *node, const gd_option *key)
{
    char text[80];
    gd__text expected = {0};
    gd__describe_option(&expected, key);
    gd_status status = gd__yaml_fail(node, "'%s' is %s, expected %s", key->name, describe_node(node, text),
                                     expected.data == NULL ? "something else" : expected.data);
    gd__text_free(&expected);
    return status;
}

enum { MOST_WORDS = 64 };

// "unknown layer 'conv2b', did you mean 'conv2d'?", or the list of what there is.
static gd_status fail_unknown(const gd__yaml *node, const char *what, const char *word, int count,
                              const char *const *words)
{
    const char *nearest = gd__nearest_word(word, count, words);
    if (nearest != NULL)
        return gd__yaml_fail(node, "unknown %s '%.60s', did you mean '%s'?", what, word, nearest);
    gd__text list = {0};
    for (int i = 0; i < count; i++)
        gd__text_add(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
    gd_status status = gd__yaml_fail(node, "unknown %s '%.60s'; there %s %s", what, word,
                                     count == 1 ? "is only" : "are", list.data == NULL ? "none" : list.data);
    gd__text_free(&list);
    return status;
}

// ---- Numbers and words

static bool is_number(const gd_option *key, const gd__yaml *node)
{
    double value;
    return gd__yaml_number(node, &value) && gd__option_in_range(key, value);
}

static bool is_integer(const gd_option *key, const gd__yaml *node)
{
    int64_t value;
    return gd__yaml_integer(node, &value) && gd__option_in_range(key, (double)value);
}

static bool is_text(const gd__yaml *node)
{
    return node->kind == GD__YAML_SCALAR && (node->text[0] != '\0' || node->quoted);
}

static bool is_choice(const gd_option *key, const gd__yaml *node)
{
    if (node->kind != GD__YAML_SCALAR)
        return false;
    size_t length = strlen(node->text);
    for (const char *at = key->choices; length > 0 && (at = strstr(at, node->text)) != NULL; at += length)
        if ((at == key->choices || at[-1] == '|') && (at[length] == '|' || at[length] == '\0'))
            return true;
    return false;
}

static gd_status check_choice(const gd__yaml *node, const gd_option *key)
{
    if (is_choice(key, node))
        return GD_OK;
    char buffer[400], *rest = NULL;
    const char *words[MOST_WORDS];
    int count = 0;
    snprintf(buffer, sizeof buffer, "%s", key->choices);
    for (char *word = strtok_r(buffer, "|", &rest); word != NULL && count < MOST_WORDS;
         word = strtok_r(NULL, "|", &rest))
        words[count++] = word;
    const char *nearest =
        node->kind == GD__YAML_SCALAR && node->text[0] != '\0' ? gd__nearest_word(node->text, count, words) : NULL;
    if (nearest != NULL)
        return gd__yaml_fail(node, "'%s' is '%.60s', did you mean '%s'?", key->name, node->text, nearest);
    return fail_kind(node, key);
}

static gd_status check_list(const gd__yaml *node, const gd_option *key)
{
    bool is_list = node->kind == GD__YAML_LIST;
    int count = is_list ? node->count : 1;
    const bool word_for_list = key->type == GD_OPTION_NUMBERS && key->choices != NULL;
    if (word_for_list && is_choice(key, node))
        return GD_OK;
    if (node->kind == GD__YAML_MAP || (count < key->least && is_list) || (key->most > 0 && count > key->most))
        return fail_kind(node, key);
    for (int i = 0; i < count; i++) {
        const gd__yaml *item = is_list ? node->item[i] : node;
        if (key->choices != NULL && !word_for_list && is_text(item)) {
            gd_status status = check_choice(item, key);
            if (status != GD_OK)
                return status;
        }
        bool good = key->type == GD_OPTION_TEXTS      ? is_text(item)
                    : key->type == GD_OPTION_INTEGERS ? is_integer(key, item)
                                                      : is_number(key, item);
        if (!good)
            return fail_kind(item, key);
    }
    return GD_OK;
}

static gd_status check_size(const gd__yaml *node, const gd_option *key)
{
    if (node->kind == GD__YAML_SCALAR) {
        bool word = key->type == GD_OPTION_PADDING && (gd__yaml_is(node, "same") || gd__yaml_is(node, "valid"));
        return word || is_integer(key, node) ? GD_OK : fail_kind(node, key);
    }
    if (node->kind != GD__YAML_LIST || node->count != 2 || key->most == 1)
        return fail_kind(node, key);
    for (int i = 0; i < 2; i++)
        if (!is_integer(key, node->item[i]))
            return fail_kind(node->item[i], key);
    return GD_OK;
}

// ---- Maps and variants

static gd_status check_value(const gd__yaml *node, const gd_option *key);

static gd_status check_named(const gd__yaml *node, const gd_option *key)
{
    if (node->kind != GD__YAML_MAP)
        return fail_kind(node, key);
    for (int i = 0; i < node->count; i++) {
        gd_option value = *key->value;
        value.name = node->key[i]->text;
        gd_status status = check_value(node->item[i], &value);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

const char *gd__short_option_of(const char *name)
{
    static const gd_records *const tables[] = {&gd__layer_records,     &gd__loss_records,    &gd__rule_variants,
                                               &gd__schedule_variants, &gd__source_variants, &gd__initializer_records,
                                               &gd__range_variants};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        const gd_record *kind = gd__record_meant(tables[t], name, true);
        if (kind != NULL && kind->short_option != NULL)
            return kind->short_option;
    }
    return NULL;
}

gd_status gd__schema_check(const gd__yaml *map, const gd_option *keys, const char *what)
{
    const char *words[MOST_WORDS];
    int count = 0;
    for (const gd_option *key = keys; key->name != NULL && count < MOST_WORDS; key++)
        words[count++] = key->name;
    for (int i = 0; i < map->count; i++) {
        int found = 0;
        while (found < count && strcmp(words[found], map->key[i]->text) != 0)
            found++;
        if (found == count) {
            char noun[100];
            snprintf(noun, sizeof noun, "key in %.60s:", what);
            return fail_unknown(map->key[i], noun, map->key[i]->text, count, words);
        }
        gd_status status = check_value(map->item[i], &keys[found]);
        if (status != GD_OK)
            return status;
    }
    for (const gd_option *key = keys; key->name != NULL; key++)
        if (key->required && gd__yaml_get(map, key->name) == NULL) {
            gd__text expected = {0};
            gd__describe_option(&expected, key);
            gd_status status = gd__yaml_fail(map, "%s needs '%s': %s", what, key->name,
                                             expected.data == NULL ? key->doc : expected.data);
            gd__text_free(&expected);
            return status;
        }
    return GD_OK;
}

// A record's options and those that all of its sort have.
static void join_options(const gd_option *own, const gd_option *common, gd_option all[MOST_WORDS + 1])
{
    int count = 0;
    for (; own != NULL && own->name != NULL && count < MOST_WORDS; own++)
        all[count++] = *own;
    for (; common != NULL && common->name != NULL && count < MOST_WORDS; common++)
        all[count++] = *common;
    all[count] = (gd_option){0};
}

// The options that stand after a variant's name; `value` is NULL when nothing does.
static gd_status check_options(const gd__yaml *where, const gd__yaml *value, const gd_record *variant,
                               const gd_option *common)
{
    gd_option keys[MOST_WORDS + 1];
    join_options(variant->options, common, keys);
    if (!gd__yaml_says(value))
        value = NULL;
    if (value != NULL && value->kind == GD__YAML_MAP)
        return keys[0].name == NULL && value->count > 0 ? gd__yaml_fail(value, "%s takes no options", variant->name)
                                                        : gd__schema_check(value, keys, variant->name);
    if (value != NULL && variant->short_option == NULL)
        return gd__yaml_fail(value, "%s takes %s, not a single value", variant->name,
                             variant->options == NULL ? "no options" : "a map of options");
    if (value != NULL) {
        gd_status status = check_value(value, gd__option_named(keys, variant->short_option));
        if (status != GD_OK)
            return status;
    }
    gd__yaml empty = {.kind = GD__YAML_MAP, .source = where->source, .line = where->line};
    for (const gd_option *key = keys; key->name != NULL; key++)
        if (key->required && (value == NULL || strcmp(key->name, variant->short_option) != 0))
            return gd__schema_check(&empty, key, variant->name);
    return GD_OK;
}

static gd_status check_variant(const gd__yaml *node, const gd_records *variants)
{
    const gd__yaml *name = node, *value = NULL;
    if (node->kind == GD__YAML_MAP && node->count == 1) {
        name = node->key[0];
        value = node->item[0];
    } else if (node->kind == GD__YAML_MAP && node->count > 1) {
        return gd__yaml_fail(node->key[1],
                             "'%.60s' begins a second %s in the same entry as '%.60s': indent it if it "
                             "is an option, or give it an entry of its own",
                             node->key[1]->text, variants->noun, node->key[0]->text);
    } else if (node->kind != GD__YAML_SCALAR) {
        char text[80];
        return gd__yaml_fail(node, "%s, expected one %s: `name`, or `name: {options}`", describe_node(node, text),
                             variants->noun);
    }
    const gd_record *variant = gd__record_meant(variants, name->text, gd__yaml_says(value));
    if (variant != NULL)
        return check_options(name, value, variant, variants->common);
    (void)gd__record_unknown(variants, name->text);
    return gd__yaml_fail(name, "%s", gd_last_error());
}

// `{huber: …}` chooses a variant; `{price: huber}` and `{price: …, sold: …}` are maps.
bool gd__is_named_variants(const gd__yaml *node, const gd_records *variants)
{
    if (node->kind != GD__YAML_MAP || node->count == 0 || gd_record_find(variants, node->key[0]->text) != NULL)
        return false;
    if (node->count > 1)
        return true;
    const gd__yaml *value = node->item[0];
    const char *name = value->kind == GD__YAML_SCALAR                     ? value->text
                       : value->kind == GD__YAML_MAP && value->count == 1 ? value->key[0]->text
                                                                          : NULL;
    return gd_record_find(variants, name) != NULL;
}

static gd_status check_variants(const gd__yaml *node, const gd_option *key)
{
    if (node->kind != GD__YAML_LIST)
        return fail_kind(node, key);
    for (int i = 0; i < node->count; i++) {
        gd_status status = check_variant(node->item[i], key->records);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status check_value(const gd__yaml *node, const gd_option *key)
{
    bool flag;
    switch (key->type) {
    case GD_OPTION_INTEGER: return is_integer(key, node) ? GD_OK : fail_kind(node, key);
    case GD_OPTION_NUMBER: return is_number(key, node) ? GD_OK : fail_kind(node, key);
    case GD_OPTION_FLAG: return gd__yaml_bool(node, &flag) ? GD_OK : fail_kind(node, key);
    case GD_OPTION_TEXT: return is_text(node) ? GD_OK : fail_kind(node, key);
    case GD_OPTION_CHOICE:
        return key->value != NULL && node->kind == GD__YAML_MAP ? check_named(node, key) : check_choice(node, key);
    case GD_OPTION_SIZE:
    case GD_OPTION_PADDING: return check_size(node, key);
    case GD_OPTION_TEXTS:
    case GD_OPTION_INTEGERS:
    case GD_OPTION_NUMBERS:
        return key->value != NULL && node->kind == GD__YAML_MAP ? check_named(node, key) : check_list(node, key);
    case GD_OPTION_VALUES:
        return node->kind == GD__YAML_LIST && node->count >= key->least && node->count <= key->most
                   ? GD_OK
                   : fail_kind(node, key);
    case GD_OPTION_MAP:
        return node->kind == GD__YAML_MAP ? gd__schema_check(node, key->options, key->name) : fail_kind(node, key);
    case GD_OPTION_NAMED: return check_named(node, key);
    case GD_OPTION_VARIANT:
        return key->value != NULL && gd__is_named_variants(node, key->records) ? check_named(node, key)
                                                                               : check_variant(node, key->records);
    case GD_OPTION_VARIANTS: return check_variants(node, key);
    }
    return gd__fail(GD_ERROR_INTERNAL, "a key of kind %d", (int)key->type);
}
