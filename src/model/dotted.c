#include "model/dotted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gradus/text.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_WORDS = 64, DONE = 200 };

// What the tables say about a place; nothing inside blocks and constants, where names are the user's.
typedef struct {
    const gd_option *keys, *common; // a map with these options,
    const char *short_option;       // or the value of this one;
    const char *list_option;        // a list is that of this one;
    const gd_records *variant;      // one of these,
    const char *standard;           // by default this one;
    const gd_records *variants;     // a list of them;
    const gd_option *named;         // a map from names to these;
    const gd_option *maps;          // a list of maps with these options
} expected;

typedef struct {
    const char *setting;
    int count;
    char *word[MOST_WORDS];
    char done[DONE]; // the words so far
    gd__yaml *value; // NULL once it has its place
} walk;

static gd_status put(walk *w, int at, gd__yaml **node, expected here);

static expected of_option(const gd_option *option)
{
    if (option == NULL)
        return (expected){0};
    switch (option->type) {
    case GD_OPTION_MAP: return (expected){.keys = option->options};
    case GD_OPTION_VARIANT: return (expected){.variant = option->records, .standard = option->standard};
    case GD_OPTION_VARIANTS: return (expected){.variants = option->records};
    case GD_OPTION_MAPS: return (expected){.maps = option->options};
    case GD_OPTION_NAMED:
    case GD_OPTION_CHOICE: return (expected){.named = option->value};
    default: return (expected){0};
    }
}

static expected of_record(const gd_record *record, const gd_records *records)
{
    return (expected){.keys = record->options,
                      .common = records->common,
                      .short_option = record->short_option,
                      .list_option = record->list_option};
}

// The option that a value without a map is; NULL: none.
static const char *single_option(const expected *here, const gd__yaml *value)
{
    return value->kind == GD__YAML_LIST && here->list_option != NULL ? here->list_option : here->short_option;
}

static const gd_option *option_of(const expected *here, const char *name)
{
    const gd_option *own = gd__option_named(here->keys, name);
    return own != NULL ? own : gd__option_named(here->common, name);
}

// ---- Nodes

// Left empty, or `optimizer: adam`, which is to get options: an empty map.
static void become_map(gd__yaml *node)
{
    node->kind = GD__YAML_MAP;
    gd__free(node->text);
    node->text = NULL;
}

// The place of the value under a key, which is made where it is missing.
static gd_status slot(const walk *w, gd__yaml *map, const char *key, gd__yaml ***out)
{
    for (int i = 0; i < map->count; i++)
        if (strcmp(map->key[i]->text, key) == 0) {
            *out = &map->item[i];
            return GD_OK;
        }
    gd__yaml *inner = gd__yaml_new_map(w->setting);
    if (inner == NULL)
        return gd__fail_memory("a recipe");
    const gd_status status = gd__yaml_put(map, key, inner);
    *out = status == GD_OK ? &map->item[map->count - 1] : NULL;
    return status;
}

// `adam: 0.01` is `adam: {learning_rate: 0.01}`: a single value that stands for an option becomes a map with it.
static gd_status spell_out(const walk *w, gd__yaml *node, const char *key)
{
    gd__yaml *single = gd__yaml_copy(node), *map = gd__yaml_new_map(w->setting);
    if (single == NULL || map == NULL) {
        gd__yaml_free(single);
        gd__yaml_free(map);
        return gd__fail_memory("a recipe");
    }
    const gd_status status = gd__yaml_put(map, key, single);
    if (status == GD_OK) {
        const gd__yaml before = *node;
        *node = *map;
        node->source = before.source;
        node->line = before.line;
        node->column = before.column;
        *map = before;
    }
    gd__yaml_free(map);
    return status;
}

static gd_status fail_step(const walk *w, const gd__yaml *node, const char *word)
{
    const char *where = w->done[0] == '\0' ? "the recipe" : w->done;
    if (node->kind == GD__YAML_LIST)
        return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': '%s' has the entries 0 to %d, '%s' is none of them",
                        w->setting, where, node->count - 1, word);
    return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': '%s' is the single value '%.60s', so there is no '%s' in it",
                    w->setting, where, node->text, word);
}

// ---- Steps

static gd_status step_into(walk *w, int at, gd__yaml **node, expected there)
{
    const size_t length = strlen(w->done);
    snprintf(w->done + length, DONE - length, "%s%.100s", length == 0 ? "" : ".", w->word[at]);
    return put(w, at + 1, node, there);
}

static gd_status put_in_list(walk *w, int at, gd__yaml *list, expected here)
{
    const char *word = w->word[at];
    char *end;
    const long index = strtol(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end != '\0' || index >= list->count)
        return fail_step(w, list, word);
    const gd_records *each = here.variants != NULL ? here.variants : here.variant; // a list of what may stand alone
    return step_into(w, at, &list->item[index], (expected){.variant = each, .keys = here.maps});
}

// The key that means the option, as it stands in the map; else the option's name.
static const char *key_of(const gd__yaml *map, const expected *here, const gd_option *option, const char *word)
{
    for (int i = 0; option != NULL && i < map->count; i++)
        if (option_of(here, map->key[i]->text) == option)
            return map->key[i]->text;
    return option == NULL ? word : option->name;
}

static gd_status put_in_map(walk *w, int at, gd__yaml *map, expected here)
{
    const gd_option *option = option_of(&here, w->word[at]);
    gd__yaml **inner = NULL;
    expected there = of_option(here.named != NULL ? here.named : option);
    if (here.variant != NULL && strcmp(w->word[at], "layers") == 0)
        there = (expected){.variants = here.variant}; // of a `repeat`
    const gd_status status = slot(w, map, key_of(map, &here, option, w->word[at]), &inner);
    return status == GD_OK ? step_into(w, at, inner, there) : status;
}

// The key that chooses, among `as` and the like.
static int chosen_key(const gd__yaml *map, const gd_records *records)
{
    for (int i = 0; i < map->count; i++)
        if (gd__option_named(records->common, map->key[i]->text) == NULL)
            return i;
    return -1;
}

// What a word means where one out of several is chosen.
typedef struct meaning {
    const gd_record *chosen; // what stands there; NULL: nothing, or no record
    const gd_record *record; // whose options the word leads to; NULL: the tables do not know
    const char *key;         // under which they stand, or shall stand
    bool is_option;          // the word is one of the options, not the record's name
} meaning;

static meaning meaning_of(const gd__yaml *node, const char *word, const expected *here)
{
    const bool empty = !gd__yaml_says(node) || (node->kind == GD__YAML_MAP && node->count == 0);
    const int key = node->kind == GD__YAML_MAP ? chosen_key(node, here->variant) : -1;
    const char *name = empty                           ? here->standard
                       : node->kind == GD__YAML_SCALAR ? node->text
                       : key >= 0                      ? node->key[key]->text
                                                       : NULL;
    const gd__yaml *value = key >= 0 ? node->item[key] : NULL;
    const gd_record *chosen = name == NULL ? NULL : gd__record_meant(here->variant, name, gd__yaml_says(value));
    const gd_record *wanted =
        name != NULL && strcasecmp(name, word) == 0 ? chosen : gd_record_find(here->variant, word);
    if (wanted != NULL && (empty || wanted == chosen))
        return (meaning){chosen, wanted, empty ? wanted->name : name, false};
    if (wanted != NULL || chosen == NULL || gd__yaml_get(node, word) != NULL) // `as` beside the name
        return (meaning){.chosen = chosen};
    const expected options = of_record(chosen, here->variant);
    return option_of(&options, word) == NULL ? (meaning){.chosen = chosen} : (meaning){chosen, chosen, name, true};
}

static gd_status fail_variant(const walk *w, const gd_record *chosen, const gd_record *wanted, const char *word)
{
    if (wanted != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': '%s' is %s, so there is no '%s' in it", w->setting,
                        w->done, chosen->name, word);
    const char *words[MOST_WORDS];
    int count = 0;
    for (const gd_option *o = chosen->options; o != NULL && o->name != NULL && count < MOST_WORDS; o++)
        words[count++] = o->name;
    const char *near = gd_nearest_word(word, count, words);
    return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': '%s' is %s, which has no option '%.60s'%s%s%s", w->setting,
                    w->done, chosen->name, word, near == NULL ? "" : ", did you mean '", near == NULL ? "" : near,
                    near == NULL ? "" : "'?");
}

// `adam`, `adam: 0.01` or `adam: {learning_rate: 0.01}`.
static gd_status put_in_variant(walk *w, int at, gd__yaml *node, expected here, meaning meaning)
{
    gd__yaml **inner = NULL;
    char *key = gd__copy_text(meaning.key); // the node may lose its text
    if (key == NULL)
        return gd__fail_memory("a recipe");
    if (node->kind != GD__YAML_MAP)
        become_map(node);
    const gd_status status = slot(w, node, key, &inner);
    gd__free(key);
    if (status != GD_OK)
        return status;
    const expected options = of_record(meaning.record, here.variant);
    return meaning.is_option ? put(w, at, inner, options) : step_into(w, at, inner, options);
}

// Whether something can stand in the node: true when it is a map or list now.
static gd_status open_node(const walk *w, int at, gd__yaml *node, const expected *here)
{
    const char *single = single_option(here, node);
    if (node->kind != GD__YAML_SCALAR && (node->kind == GD__YAML_MAP || single == NULL))
        return GD_OK;
    if (node->kind == GD__YAML_SCALAR && !node->quoted &&
        (!gd__yaml_says(node) || strcmp(node->text, w->word[at]) == 0)) {
        become_map(node);
        return GD_OK;
    }
    if (single != NULL)
        return spell_out(w, node, single);
    return fail_step(w, node, w->word[at]);
}

static gd_status put(walk *w, int at, gd__yaml **node, expected here)
{
    if (at == w->count) {
        // `optimizer.adam=0.01` where the rule has more options: those stay.
        const char *single = single_option(&here, w->value);
        if (single != NULL && (*node)->kind == GD__YAML_MAP && (*node)->count > 0 && w->value->kind != GD__YAML_MAP &&
            gd__yaml_says(w->value)) {
            const gd_option *option = option_of(&here, single);
            gd__yaml **inner = NULL;
            const gd_status status = slot(w, *node, key_of(*node, &here, option, single), &inner);
            if (status != GD_OK)
                return status;
            node = inner;
        }
        gd__yaml_free(*node);
        *node = w->value;
        w->value = NULL;
        return GD_OK;
    }
    const char *word = w->word[at];
    const meaning meaning = here.variant == NULL ? (struct meaning){0} : meaning_of(*node, word, &here);
    if (meaning.record != NULL)
        return put_in_variant(w, at, *node, here, meaning);
    if (meaning.chosen != NULL && gd__yaml_get(*node, word) == NULL)
        return fail_variant(w, meaning.chosen, gd_record_find(here.variant, word), word);
    const bool is_index = (*node)->kind == GD__YAML_LIST && word[0] >= '0' && word[0] <= '9';
    const gd_status status = is_index ? GD_OK : open_node(w, at, *node, &here);
    if (status != GD_OK)
        return status;
    return (*node)->kind == GD__YAML_LIST ? put_in_list(w, at, *node, here) : put_in_map(w, at, *node, here);
}

gd_status gd__put_dotted(gd__yaml *root, char *name, const char *setting, gd__yaml *value)
{
    walk w = {.setting = setting, .value = value};
    char *rest = NULL;
    gd_status status = GD_OK;
    for (char *word = strtok_r(name, ".", &rest); word != NULL && status == GD_OK; word = strtok_r(NULL, ".", &rest)) {
        if (w.count == MOST_WORDS)
            status =
                gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': the name has more than %d parts", setting, MOST_WORDS);
        else
            w.word[w.count++] = word;
    }
    if (status == GD_OK)
        status = put(&w, 0, &root, (expected){.keys = gd__recipe_keys});
    gd__yaml_free(w.value);
    return status;
}
