#include "metric/word_tree.h"

#include <string.h>

#include "base/memory.h"

static uint64_t hash_of(int32_t parent, int32_t symbol)
{
    uint64_t h = (uint64_t)(uint32_t)parent << 32 | (uint32_t)symbol;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9U; // the mixing of splitmix64
    h = (h ^ h >> 27) * 0x94d049bb133111ebU;
    return h ^ h >> 31;
}

// Where the node stands, or where it would stand.
static int64_t place_of(const gd__word_tree *tree, int32_t parent, int32_t symbol)
{
    const uint64_t mask = (uint64_t)tree->capacity - 1;
    uint64_t at = hash_of(parent, symbol) & mask;
    while (tree->slot[at] != 0 && (tree->parent[tree->slot[at]] != parent || tree->symbol[tree->slot[at]] != symbol))
        at = (at + 1) & mask;
    return (int64_t)at;
}

// At most half of the slots are taken.
static bool make_room(gd__word_tree *tree)
{
    if (tree->count == 0)
        tree->count = 1;
    if (tree->count >= tree->room) {
        const int64_t room = tree->room == 0 ? 256 : 2 * tree->room;
        int32_t *parent = gd__realloc(tree->parent, (size_t)room, sizeof *parent);
        tree->parent = parent != NULL ? parent : tree->parent;
        int32_t *symbol = parent == NULL ? NULL : gd__realloc(tree->symbol, (size_t)room, sizeof *symbol);
        tree->symbol = symbol != NULL ? symbol : tree->symbol;
        if (symbol == NULL || room > INT32_MAX)
            return false;
        tree->room = room;
    }
    if (2 * tree->count < tree->capacity)
        return true;
    const int64_t capacity = tree->capacity == 0 ? 1024 : 2 * tree->capacity;
    int32_t *slot = gd__alloc_zeroed((size_t)capacity, sizeof *slot);
    if (slot == NULL)
        return false;
    gd__free(tree->slot);
    tree->slot = slot;
    tree->capacity = capacity;
    for (int32_t node = 1; node < tree->count; node++)
        slot[place_of(tree, tree->parent[node], tree->symbol[node])] = node;
    return true;
}

int32_t gd__word_tree_child(gd__word_tree *tree, int32_t parent, int32_t symbol)
{
    if (!make_room(tree))
        return -1;
    const int64_t at = place_of(tree, parent, symbol);
    if (tree->slot[at] != 0)
        return tree->slot[at];
    const int32_t node = (int32_t)tree->count++;
    tree->parent[node] = parent;
    tree->symbol[node] = symbol;
    return tree->slot[at] = node;
}

void gd__word_tree_free(gd__word_tree *tree)
{
    gd__free(tree->slot);
    gd__free(tree->parent);
    gd__free(tree->symbol);
    *tree = (gd__word_tree){0};
}
