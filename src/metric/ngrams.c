#include "metric/ngrams.h"

#include <string.h>

#include "base/memory.h"

static bool widen(int32_t **array, int64_t from, int64_t to)
{
    int32_t *wider = gd__realloc(*array, (size_t)to, sizeof *wider);
    if (wider == NULL)
        return false;
    memset(wider + from, 0, (size_t)(to - from) * sizeof *wider);
    *array = wider;
    return true;
}

static bool make_room(gd__ngrams *n)
{
    if (n->tree.count <= n->room)
        return true;
    const int64_t room = n->tree.room;
    bool good = widen(&n->length, n->room, room);
    for (int text = 0; text < GD__TEXTS && good; text++)
        good = widen(&n->in[text], n->room, room);
    n->room = good ? room : n->room;
    return good;
}

bool gd__ngrams_count(gd__ngrams *n, int text, int64_t count, const int32_t *symbol, int longest)
{
    for (int64_t i = 0; i < count; i++) {
        int32_t node = 0;
        for (int length = 1; length <= longest && i + length <= count; length++) {
            node = gd__word_tree_child(&n->tree, node, symbol[i + length - 1]);
            if (node < 0 || !make_room(n))
                return false;
            n->length[node] = length;
            n->in[text][node]++;
        }
    }
    return true;
}

void gd__ngrams_merge(gd__ngrams *n)
{
    int32_t *one = n->in[GD__IN_ONE], *all = n->in[GD__IN_REFERENCE];
    for (int64_t i = 0; i < n->room; i++)
        all[i] = one[i] > all[i] ? one[i] : all[i];
    gd__ngrams_clear(n, GD__IN_ONE);
}

void gd__ngrams_match(const gd__ngrams *n, int longest, int64_t *hypothesis, int64_t *reference, int64_t *both)
{
    for (int64_t i = 1; i < n->tree.count; i++) {
        const int at = n->length[i] - 1;
        const int32_t said = n->in[GD__IN_HYPOTHESIS][i], right = n->in[GD__IN_REFERENCE][i];
        if (at >= longest)
            continue;
        hypothesis[at] += said;
        reference[at] += right;
        both[at] += said < right ? said : right;
    }
}

void gd__ngrams_clear(gd__ngrams *n, int text)
{
    if (n->room > 0)
        memset(n->in[text], 0, (size_t)n->room * sizeof *n->in[text]);
}

void gd__ngrams_free(gd__ngrams *n)
{
    gd__word_tree_free(&n->tree);
    gd__free(n->length);
    for (int text = 0; text < GD__TEXTS; text++)
        gd__free(n->in[text]);
    *n = (gd__ngrams){0};
}
