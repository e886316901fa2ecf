// Changing a recipe: as a tree, as settings, and in the user's own text, whose comments then stay.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

// ---- Trees

gd_status gd__recipe_copy(const gd_recipe *recipe, gd_recipe **out)
{
    *out = NULL;
    char *text = gd_recipe_text(recipe);
    gd_status status = text == NULL ? gd__fail_memory("a recipe") : gd_recipe_parse(text, recipe->path, out);
    gd__free(text);
    if (status == GD_OK)
        status = gd__recipe_rename(*out, recipe->name, recipe->folder);
    if (status != GD_OK) {
        gd_recipe_free(*out);
        *out = NULL;
    }
    return status;
}

static void add_quoted(gd__text *text, const char *word)
{
    gd__text_add_bytes(text, "'", 1);
    for (; *word != '\0'; word++)
        gd__text_add(text, "%s%c", *word == '\'' ? "'" : "", *word);
    gd__text_add_bytes(text, "'", 1);
}

// Letters that mean nothing in YAML, wherever they stand.
static bool is_harmless(const char *word)
{
    return strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-") == strlen(word) &&
           strcmp(word, "-") != 0 && strncmp(word, "---", 3) != 0;
}

void gd__yaml_flow(gd__text *text, const gd__yaml *node)
{
    if (node->kind == GD__YAML_SCALAR) {
        if (node->quoted || !is_harmless(node->text))
            add_quoted(text, node->text);
        else
            gd__text_add(text, "%s", node->text);
        return;
    }
    bool is_map = node->kind == GD__YAML_MAP;
    gd__text_add(text, is_map ? "{" : "[");
    for (int i = 0; i < node->count; i++) {
        gd__text_add(text, "%s", i > 0 ? ", " : "");
        if (is_map) {
            gd__yaml_flow(text, node->key[i]);
            gd__text_add(text, ": ");
        }
        gd__yaml_flow(text, node->item[i]);
    }
    gd__text_add(text, is_map ? "}" : "]");
}

gd_status gd__recipe_set_text(gd_recipe *recipe, const char *name, const char *value)
{
    gd__text setting = {0};
    gd__text_add(&setting, "%s=", name);
    add_quoted(&setting, value);
    char *text = gd__text_take(&setting);
    gd_status status = text == NULL ? gd__fail_memory("a setting") : gd_recipe_set(recipe, text);
    gd__free(text);
    return status;
}

// ---- The user's text

typedef struct {
    size_t at, length; // what goes
    char *text;        // what comes in its place
    int number;        // changes at the same place keep their order
} change;

typedef struct {
    const char *source;
    int count, capacity;
    change *list;
    bool failed;
} changes;

static void add_change(changes *changes, size_t at, size_t length, gd__text *text)
{
    char *taken = gd__text_take(text);
    if (taken == NULL ||
        !gd__grow((void **)&changes->list, &changes->capacity, changes->count, sizeof *changes->list)) {
        gd__free(taken);
        changes->failed = true;
        return;
    }
    changes->list[changes->count] = (change){at, length, taken, changes->count};
    changes->count++;
}

// Where a line and column (from 1, in letters) lie in the text.
static size_t offset_of(const changes *changes, int line, int column)
{
    const char *at = changes->source;
    for (int i = 1; i < line; i++) {
        const char *end = strchr(at, '\n');
        if (end == NULL)
            return strlen(changes->source);
        at = end + 1;
    }
    for (int i = 1; i < column && *at != '\0'; i++)
        do
            at++;
        while (((unsigned char)*at & 0xC0) == 0x80);
    return (size_t)(at - changes->source);
}

static void edit(changes *changes, const gd__yaml *old, const gd__yaml *new);

// A key that only `new` has: as the first of the map.
static void insert(changes *changes, const gd__yaml *map, const gd__yaml *key, const gd__yaml *item)
{
    gd__text text = {0};
    gd__yaml_flow(&text, key);
    gd__text_add(&text, ": ");
    gd__yaml_flow(&text, item);
    if (map->count == 0) {
        gd__text_free(&text);
        changes->failed = true;
        return;
    }
    const gd__yaml *first = map->key[0];
    if (map->flow)
        gd__text_add(&text, ", ");
    else
        gd__text_add(&text, "\n%*s", first->column - 1, "");
    add_change(changes, offset_of(changes, first->line, first->column), 0, &text);
}

static void edit_map(changes *changes, const gd__yaml *old, const gd__yaml *new)
{
    for (int i = 0; i < old->count; i++) {
        const gd__yaml *item = gd__yaml_get(new, old->key[i]->text);
        if (item == NULL)
            changes->failed = true;
        else
            edit(changes, old->item[i], item);
    }
    for (int i = 0; i < new->count; i++)
        if (gd__yaml_get(old, new->key[i]->text) == NULL)
            insert(changes, old, new->key[i], new->item[i]);
}

static void edit(changes *changes, const gd__yaml *old, const gd__yaml *new)
{
    if (old->kind == GD__YAML_SCALAR) {
        if (new->kind == GD__YAML_SCALAR &&new->quoted == old->quoted && strcmp(new->text, old->text) == 0)
            return;
        gd__text text = {0};
        gd__yaml_flow(&text, new);
        size_t at = offset_of(changes, old->line, old->column), length = strlen(old->text);
        if (old->quoted || length == 0 || strncmp(changes->source + at, old->text, length) != 0)
            changes->failed = true;
        add_change(changes, at, length, &text);
    } else if (old->kind == GD__YAML_MAP && new->kind == GD__YAML_MAP) {
        edit_map(changes, old, new);
    } else if (old->kind == GD__YAML_LIST && new->kind == GD__YAML_LIST && old->count == new->count) {
        for (int i = 0; i < old->count; i++)
            edit(changes, old->item[i], new->item[i]);
    } else {
        changes->failed = true;
    }
}

static size_t line_before(const char *source, size_t at)
{
    size_t line = at - 1;
    while (line > 0 && source[line - 1] != '\n')
        line--;
    return line;
}

// Cuts out a section: its lines, and the comment right above it if that is not the one at the top of the file; not the
// comment above the next section.
static void cut_section(changes *changes, const gd__yaml *root, const char *name)
{
    int i = 0;
    while (i < root->count && strcmp(root->key[i]->text, name) != 0)
        i++;
    if (i == root->count)
        return;
    const char *source = changes->source;
    size_t begin = offset_of(changes, root->key[i]->line, 1), end = strlen(source), above = begin;
    if (i + 1 < root->count)
        end = offset_of(changes, root->key[i + 1]->line, 1);
    for (size_t line; end > begin + 1; end = line) {
        line = line_before(source, end);
        if (source[line] != '#' && source[line] != '\n')
            break;
    }
    while (above > 0 && source[line_before(source, above)] == '#')
        above = line_before(source, above);
    begin = above > 0 ? above : begin;
    while (end == strlen(source) && begin > 1 && source[begin - 1] == '\n' && source[begin - 2] == '\n')
        begin--;
    while (begin > 1 && source[begin - 2] == '\n' && source[end] == '\n')
        end++; // one blank line is enough
    gd__text nothing = {0};
    add_change(changes, begin, end - begin, &nothing);
}

static int by_place(const void *a, const void *b)
{
    const change *first = a, *second = b;
    if (first->at != second->at)
        return first->at < second->at ? -1 : 1;
    return first->number - second->number;
}

static char *apply(changes *changes)
{
    gd__text text = {0};
    size_t at = 0;
    if (changes->count > 0)
        qsort(changes->list, (size_t)changes->count, sizeof *changes->list, by_place);
    for (int i = 0; i < changes->count; i++) {
        const change *next = &changes->list[i];
        if (next->at < at) {
            gd__text_free(&text);
            return NULL;
        }
        gd__text_add_bytes(&text, changes->source + at, next->at - at);
        gd__text_add(&text, "%s", next->text);
        at = next->at + next->length;
    }
    gd__text_add(&text, "%s", changes->source + at);
    return gd__text_take(&text);
}

static bool same(const gd__yaml *a, const gd__yaml *b)
{
    if (a->kind != b->kind || (a->kind != GD__YAML_SCALAR && a->count != b->count))
        return false;
    if (a->kind == GD__YAML_SCALAR)
        return a->quoted == b->quoted && strcmp(a->text, b->text) == 0;
    for (int i = 0; i < a->count; i++) {
        const gd__yaml *other = a->kind == GD__YAML_LIST ? b->item[i] : gd__yaml_get(b, a->key[i]->text);
        if (other == NULL || !same(a->item[i], other))
            return false;
    }
    return true;
}

char *gd__recipe_edit(const char *source, const gd__yaml *wanted)
{
    gd__yaml *old = NULL, *check = NULL;
    changes changes = {.source = source};
    char *text = NULL;
    if (gd__yaml_parse(source, strlen(source), "recipe", false, &old) != GD_OK)
        return NULL;
    if (old->kind == GD__YAML_MAP) {
        if (!old->flow)
            cut_section(&changes, old, "search");
        gd__yaml_remove(old, "search");
        edit(&changes, old, wanted);
        text = changes.failed ? NULL : apply(&changes);
    }
    // Whatever the text looked like, it must say what is wanted.
    if (text != NULL &&
        (gd__yaml_parse(text, strlen(text), "recipe", false, &check) != GD_OK || !same(check, wanted))) {
        gd__free(text);
        text = NULL;
    }
    for (int i = 0; i < changes.count; i++)
        gd__free(changes.list[i].text);
    gd__free(changes.list);
    gd__yaml_free(old);
    gd__yaml_free(check);
    return text;
}
