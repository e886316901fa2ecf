#include "model/schema.h"

#include <gradus/nn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/schema_words.h"
#include "optim/schedule.h"

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
    const char *nearest = gd_nearest_word(word, count, words);
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
    return node->kind == GD__YAML_SCALAR && gd__word_in(key->choices, node->text, NULL);
}

// Gives a scalar the text that is Gradus' own.
static gd_status rename_to(gd__yaml *scalar, const char *text, size_t length)
{
    if (strlen(scalar->text) == length && memcmp(scalar->text, text, length) == 0)
        return GD_OK;
    gd__text copy = {0};
    gd__text_add_bytes(&copy, text, length);
    char *taken = gd__text_take(&copy);
    if (taken == NULL)
        return gd__fail_memory("a recipe");
    gd__free(scalar->text);
    scalar->text = taken;
    return GD_OK;
}

// `SAME` as `same`.
static gd_status rename_choice(gd__yaml *scalar, const char *choices)
{
    for (const char *at = choices; *at != '\0';) {
        const size_t length = strcspn(at, "|");
        if (strlen(scalar->text) == length && strncasecmp(at, scalar->text, length) == 0)
            return rename_to(scalar, at, length);
        at += length + (at[length] == '|');
    }
    return GD_OK;
}

static gd_status check_choice(gd__yaml *node, const gd_option *key)
{
    if (is_choice(key, node))
        return rename_choice(node, key->choices);
    char buffer[400], *rest = NULL;
    const char *words[MOST_WORDS];
    int count = 0;
    snprintf(buffer, sizeof buffer, "%s", key->choices);
    for (char *word = strtok_r(buffer, "|", &rest); word != NULL && count < MOST_WORDS;
         word = strtok_r(NULL, "|", &rest))
        words[count++] = word;
    const char *nearest =
        node->kind == GD__YAML_SCALAR && node->text[0] != '\0' ? gd_nearest_word(node->text, count, words) : NULL;
    if (nearest != NULL)
        return gd__yaml_fail(node, "'%s' is '%.60s', did you mean '%s'?", key->name, node->text, nearest);
    return fail_kind(node, key);
}

static gd_status check_list(gd__yaml *node, const gd_option *key)
{
    bool is_list = node->kind == GD__YAML_LIST;
    int count = is_list ? node->count : 1;
    const bool word_for_list = key->type == GD_OPTION_NUMBERS && key->choices != NULL;
    if (word_for_list && is_choice(key, node))
        return rename_choice(node, key->choices);
    if (node->kind == GD__YAML_MAP || (count < key->least && is_list) || (key->most > 0 && count > key->most))
        return fail_kind(node, key);
    for (int i = 0; i < count; i++) {
        gd__yaml *item = is_list ? node->item[i] : node;
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

static gd_status check_size(gd__yaml *node, const gd_option *key)
{
    if (node->kind == GD__YAML_SCALAR) {
        bool word = key->type == GD_OPTION_PADDING && (gd__yaml_is(node, "same") || gd__yaml_is(node, "valid"));
        return word || is_integer(key, node) ? GD_OK : fail_kind(node, key);
    }
    if (node->kind != GD__YAML_LIST || node->count != gd__option_axes(key) || node->count == 1)
        return fail_kind(node, key);
    for (int i = 0; i < node->count; i++)
        if (!is_integer(key, node->item[i]))
            return fail_kind(node->item[i], key);
    return GD_OK;
}

// ---- Maps and variants

static gd_status check_value(gd__yaml *node, const gd_option *key);

static gd_status check_maps(gd__yaml *node, const gd_option *key)
{
    if (node->kind != GD__YAML_LIST || node->count < key->least || (key->most > 0 && node->count > key->most))
        return fail_kind(node, key);
    for (int i = 0; i < node->count; i++) {
        gd_status status = node->item[i]->kind == GD__YAML_MAP
                               ? gd__schema_check(node->item[i], key->options, key->name)
                               : fail_kind(node->item[i], key);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status check_named(gd__yaml *node, const gd_option *key)
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

// The option, among a record's own and those that all of its sort take.
static const gd_option *option_of(const gd_option *own, const gd_option *common, const char *name)
{
    const gd_option *found = gd__option_named(own, name);
    return found != NULL ? found : gd__option_named(common, name);
}

static gd_status fail_key(const gd__yaml *key, const gd_option *own, const gd_option *common, const char *what)
{
    const char *words[MOST_WORDS];
    char noun[100];
    int count = 0;
    for (const gd_option *option = own; option != NULL && option->name != NULL && count < MOST_WORDS; option++)
        words[count++] = option->name;
    for (const gd_option *option = common; option != NULL && option->name != NULL && count < MOST_WORDS; option++)
        words[count++] = option->name;
    snprintf(noun, sizeof noun, "key in %.60s:", what);
    return fail_unknown(key, noun, key->text, count, words);
}

static gd_status fail_required(const gd__yaml *map, const gd_option *option, const char *what)
{
    gd__text expected = {0};
    gd__describe_option(&expected, option);
    const gd_status status = gd__yaml_fail(map, "%s needs '%s': %s", what, option->name,
                                           expected.data == NULL ? option->doc : expected.data);
    gd__text_free(&expected);
    return status;
}

static gd_status check_keys(gd__yaml *map, const gd_option *own, const gd_option *common, const char *what)
{
    for (int i = 0; i < map->count; i++) {
        gd__yaml *key = map->key[i];
        const gd_option *option = option_of(own, common, key->text);
        if (option == NULL)
            return fail_key(key, own, common, what);
        if (strcmp(key->text, option->name) != 0 && gd__yaml_get(map, option->name) != NULL)
            return gd__yaml_fail(key, "'%.60s' means '%s', which stands here already", key->text, option->name);
        gd_status status = rename_to(key, option->name, strlen(option->name));
        if (status == GD_OK)
            status = check_value(map->item[i], option);
        if (status != GD_OK)
            return status;
    }
    for (const gd_option *option = own; option != NULL && option->name != NULL; option++)
        if (option->required && gd__yaml_get(map, option->name) == NULL)
            return fail_required(map, option, what);
    return GD_OK;
}

gd_status gd__schema_check(gd__yaml *map, const gd_option *keys, const char *what)
{
    return check_keys(map, keys, NULL, what);
}

// The options that stand after a variant's name; `value` is NULL when nothing does.
static gd_status check_options(const gd__yaml *where, gd__yaml *value, const gd_record *variant,
                               const gd_option *common)
{
    const gd_option *own = variant->options;
    if (!gd__yaml_says(value))
        value = NULL;
    if (value != NULL && value->kind == GD__YAML_MAP) {
        for (int i = 0; own == NULL && i < value->count; i++)
            if (gd__option_named(common, value->key[i]->text) == NULL)
                return gd__yaml_fail(value, "%s takes no options", variant->name);
        return check_keys(value, own, common, variant->name);
    }
    if (value != NULL && variant->short_option == NULL)
        return gd__yaml_fail(value, "%s takes %s, not a single value", variant->name,
                             own == NULL ? "no options" : "a map of options");
    if (value != NULL) {
        gd_status status = check_value(value, gd__option_named(own, variant->short_option));
        if (status != GD_OK)
            return status;
    }
    for (const gd_option *option = own; option != NULL && option->name != NULL; option++)
        if (option->required && (value == NULL || strcmp(option->name, variant->short_option) != 0))
            return fail_required(where, option, variant->name);
    return GD_OK;
}

// ---- What stands beside a name

// Whether there is more than what may be said of every record: `linear: {as: x}` is as `linear`.
static bool says_something(const gd__yaml *value, const gd_option *common)
{
    if (!gd__yaml_says(value) || value->kind != GD__YAML_MAP || value->count == 0)
        return gd__yaml_says(value);
    for (int i = 0; i < value->count; i++)
        if (gd__option_named(common, value->key[i]->text) == NULL)
            return true;
    return false;
}

// The key that chooses, among those of the options that all records of the sort take.
static int chosen_key(const gd__yaml *node, const gd_records *records)
{
    for (int i = 0; i < node->count; i++)
        if (gd__option_named(records->common, node->key[i]->text) == NULL)
            return i;
    return 0;
}

// What a value without a map stands for.
static const char *single_option(const gd__yaml *value, const gd_record *record)
{
    return value->kind == GD__YAML_LIST && record->list_option != NULL ? record->list_option : record->short_option;
}

// `dense: 8` becomes `dense: {units: 8}`.
static gd_status spell_out(gd__yaml **value, const gd_record *record)
{
    gd__yaml *single = *value;
    const bool empty = !gd__yaml_says(single);
    const char *option = single_option(single, record);
    if (!empty && option == NULL)
        return gd__yaml_fail(single, "%s takes %s, not a single value", record->name,
                             record->options == NULL ? "no options" : "a map of options");
    gd__yaml *map = gd__yaml_new_map(single->source);
    if (map == NULL)
        return gd__fail_memory("a recipe");
    map->line = single->line;
    map->column = single->column;
    *value = map;
    if (!empty)
        return gd__yaml_put(map, option, single);
    gd__yaml_free(single);
    return GD_OK;
}

// {as: x, dense: 8} becomes {dense: {units: 8, as: x}}.
static gd_status gather(gd__yaml *node, int chosen, const gd_records *records)
{
    gd__yaml *key = node->key[chosen], *value = node->item[chosen];
    node->key[chosen] = node->key[0];
    node->item[chosen] = node->item[0];
    node->key[0] = key;
    node->item[0] = value;
    const gd_record *record = gd__record_meant(records, key->text, says_something(value, records->common));
    if (record == NULL)
        return GD_OK; // which will be told
    gd_status status = value->kind == GD__YAML_MAP ? GD_OK : spell_out(&node->item[0], record);
    for (; node->count > 1 && status == GD_OK; node->count--) {
        gd__yaml *beside = node->key[node->count - 1];
        if (gd__yaml_get(node->item[0], beside->text) != NULL)
            return gd__yaml_fail(beside, "'%.60s' stands beside '%.60s' and among its options", beside->text,
                                 key->text);
        status = gd__yaml_append(node->item[0], beside, node->item[node->count - 1]);
    }
    return status;
}

static gd_status check_variant(gd__yaml *node, const gd_records *variants)
{
    gd__yaml *name = node, *value = NULL;
    if (node->kind == GD__YAML_MAP && node->count > 1) {
        const int chosen = chosen_key(node, variants);
        for (int i = 0; i < node->count; i++)
            if (i != chosen && gd__option_named(variants->common, node->key[i]->text) == NULL)
                return gd__yaml_fail(node->key[i],
                                     "'%.60s' begins a second %s in the same entry as '%.60s': indent it if it is an "
                                     "option, or give it an entry of its own",
                                     node->key[i]->text, variants->noun, node->key[chosen]->text);
        const gd_status status = gather(node, chosen, variants);
        if (status != GD_OK)
            return status;
    }
    if (node->kind == GD__YAML_MAP && node->count >= 1) {
        name = node->key[0];
        value = node->item[0];
    } else if (node->kind != GD__YAML_SCALAR) {
        char text[80];
        return gd__yaml_fail(node, "%s, expected one %s: `name`, or `name: {options}`", describe_node(node, text),
                             variants->noun);
    }
    const gd_record *variant = gd__record_meant(variants, name->text, says_something(value, variants->common));
    if (variant != NULL) {
        gd_status status = rename_to(name, variant->name, strlen(variant->name));
        if (status == GD_OK && value != NULL && value->kind == GD__YAML_LIST && variant->list_option != NULL) {
            status = spell_out(&node->item[0], variant); // `add: [a, b]` is `add: {from: [a, b]}`
            value = node->item[0];
        }
        return status == GD_OK ? check_options(name, value, variant, variants->common) : status;
    }
    (void)gd__record_unknown(variants, name->text);
    return gd__yaml_fail(name, "%s", gd_last_error());
}

// `{huber: …}` chooses a variant; `{price: huber}` and `{price: …, sold: …}` are maps.
bool gd__is_named_variants(const gd__yaml *node, const gd_records *variants)
{
    if (node->kind != GD__YAML_MAP || node->count == 0)
        return false;
    for (int i = 0; i < node->count; i++)
        if (gd_record_find(variants, node->key[i]->text) != NULL)
            return false;
    if (node->count > 1)
        return true;
    const gd__yaml *value = node->item[0];
    const char *name = value->kind == GD__YAML_SCALAR                    ? value->text
                       : value->kind == GD__YAML_MAP && value->count > 0 ? value->key[0]->text
                                                                         : NULL;
    return gd_record_find(variants, name) != NULL;
}

static gd_status check_variants(gd__yaml *node, const gd_option *key)
{
    if (node->kind != GD__YAML_LIST || node->count < key->least || (key->most > 0 && node->count > key->most))
        return fail_kind(node, key);
    for (int i = 0; i < node->count; i++) {
        gd_status status = check_variant(node->item[i], key->records);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static gd_status check_value(gd__yaml *node, const gd_option *key)
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
    case GD_OPTION_MAPS: return check_maps(node, key);
    case GD_OPTION_VARIANT:
        if (key->value != NULL && gd__is_named_variants(node, key->records))
            return check_named(node, key);
        return key->most > 1 && node->kind == GD__YAML_LIST ? check_variants(node, key)
                                                            : check_variant(node, key->records);
    case GD_OPTION_VARIANTS: return check_variants(node, key);
    case GD_OPTION_ANY: return GD_OK;
    }
    return gd__fail(GD_ERROR_INTERNAL, "a key of kind %d", (int)key->type);
}
