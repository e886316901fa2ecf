#include "words/tables.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

// ---- Rows

typedef struct counted {
    int64_t seen;
    int32_t number;
} counted;

static int more_frequent(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->seen != y->seen)
        return x->seen < y->seen ? 1 : -1;
    return x->number < y->number ? -1 : x->number > y->number;
}

int64_t gd__word_rows(const gd_corpus *corpus, const gd_words_opts *opts)
{
    int64_t count = 0;
    for (int64_t i = 0; i < corpus->lexicon.count; i++)
        count += corpus->lexicon.entry[i].seen >= opts->least;
    return opts->most > 0 && count > opts->most ? opts->most : count;
}

static gd_status make_rows(const gd_corpus *corpus, const gd_words_opts *opts, gd__word_tables *t)
{
    const int64_t all = corpus->lexicon.count;
    counted *list = gd__alloc((size_t)all * sizeof *list);
    t->count = gd__word_rows(corpus, opts);
    t->row = gd__alloc((size_t)all * sizeof *t->row);
    t->number = gd__alloc((size_t)t->count * sizeof *t->number);
    if (list == NULL || t->row == NULL || t->number == NULL) {
        gd__free(list);
        return gd__fail_memory("the vocabulary");
    }
    for (int64_t i = 0; i < all; i++)
        list[i] = (counted){corpus->lexicon.entry[i].seen, (int32_t)i};
    qsort(list, (size_t)all, sizeof *list, more_frequent);
    for (int64_t i = 0; i < all; i++) {
        t->row[list[i].number] = i < t->count ? (int32_t)i : -1;
        if (i < t->count) {
            t->number[i] = list[i].number;
            t->length += list[i].seen;
        }
    }
    gd__free(list);
    return GD_OK;
}

static int64_t seen(const gd_corpus *corpus, const gd__word_tables *t, int64_t row)
{
    return corpus->lexicon.entry[t->number[row]].seen;
}

// word2vec's form of what its paper has as 1 - sqrt(sample / share): the share of places that is kept.
static gd_status make_keep(const gd_corpus *corpus, double sample, gd__word_tables *t)
{
    t->keep = gd__alloc((size_t)t->count * sizeof *t->keep);
    if (t->keep == NULL)
        return gd__fail_memory("the vocabulary");
    for (int64_t i = 0; i < t->count; i++) {
        const double ratio = (double)seen(corpus, t, i) / (sample * (double)t->length);
        t->keep[i] = sample > 0 ? (float)((sqrt(ratio) + 1) / ratio) : 1;
    }
    return GD_OK;
}

// ---- Drawing

static gd_status make_draw(const gd_corpus *corpus, gd__word_tables *t)
{
    t->own = gd__alloc((size_t)t->count * sizeof *t->own);
    t->other = gd__alloc((size_t)t->count * sizeof *t->other);
    double *share = gd__alloc((size_t)t->count * sizeof *share);
    int32_t *list = gd__alloc((size_t)t->count * sizeof *list);
    if (t->own == NULL || t->other == NULL || share == NULL || list == NULL) {
        gd__free(share);
        gd__free(list);
        return gd__fail_memory("the vocabulary");
    }
    double sum = 0;
    for (int64_t i = 0; i < t->count; i++)
        sum += share[i] = pow((double)seen(corpus, t, i), 0.75);
    // Places with less than their share stand at the beginning of the list, those with more at its end.
    int64_t small = 0, large = t->count;
    for (int64_t i = 0; i < t->count; i++) {
        share[i] *= (double)t->count / sum;
        list[share[i] < 1 ? small++ : --large] = (int32_t)i;
    }
    int64_t at = 0;
    while (at < small && large < t->count) {
        const int32_t less = list[at++], more = list[large];
        t->own[less] = (uint32_t)(share[less] * 4294967295.0);
        t->other[less] = more;
        share[more] -= 1 - share[less];
        if (share[more] < 1) {
            large++;
            list[small++] = more; // small <= large: it overwrites one that was done with
        }
    }
    for (int64_t i = at; i < small; i++) {
        t->own[list[i]] = UINT32_MAX;
        t->other[list[i]] = list[i];
    }
    for (int64_t i = large; i < t->count; i++) {
        t->own[list[i]] = UINT32_MAX;
        t->other[list[i]] = list[i];
    }
    gd__free(share);
    gd__free(list);
    return GD_OK;
}

// ---- The tree

// Huffman's tree from counts that fall: of the rows, from the last, and of the inner nodes, in the order in which they
// were made, the rarest come next (two queues; van Leeuwen 1976). Node i of `count - 1` inner ones is count + i.
static gd_status make_parents(const gd_corpus *corpus, const gd__word_tables *t, int32_t *parent, uint8_t *right)
{
    const int64_t n = t->count;
    int64_t *weight = gd__alloc((size_t)n * sizeof *weight); // of inner nodes
    if (weight == NULL)
        return gd__fail_memory("the tree of words");
    int64_t leaf = n - 1, inner = 0;
    for (int64_t made = 0; made < n - 1; made++) {
        weight[made] = 0;
        for (int side = 0; side < 2; side++) {
            int64_t node;
            if (leaf >= 0 && (inner >= made || seen(corpus, t, leaf) < weight[inner])) {
                weight[made] += seen(corpus, t, leaf);
                node = leaf--;
            } else {
                weight[made] += weight[inner];
                node = n + inner++;
            }
            parent[node] = (int32_t)(n - 2 - made); // as a row of the tree's matrix: the root is the first
            right[node] = (uint8_t)side;
        }
    }
    gd__free(weight);
    return GD_OK;
}

static gd_status make_paths(gd__word_tables *t, const int32_t *parent, const uint8_t *right)
{
    const int64_t n = t->count, root = n + n - 2;
    t->path_begin = gd__alloc((size_t)(n + 1) * sizeof *t->path_begin);
    if (t->path_begin == NULL)
        return gd__fail_memory("the tree of words");
    t->path_begin[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t steps = 0;
        for (int64_t node = i; node != root; node = root - parent[node])
            steps++;
        if (steps > GD__WORD_PATH)
            return gd__fail(GD_ERROR_UNSUPPORTED, "a path of %lld steps in the tree of words: at most %d can be",
                            (long long)steps, GD__WORD_PATH);
        t->path_begin[i + 1] = t->path_begin[i] + steps;
    }
    t->path_node = gd__alloc((size_t)t->path_begin[n] * sizeof *t->path_node);
    t->path_right = gd__alloc((size_t)t->path_begin[n]);
    if (t->path_node == NULL || t->path_right == NULL)
        return gd__fail_memory("the tree of words");
    for (int64_t i = 0; i < n; i++) {
        int64_t at = t->path_begin[i + 1];
        for (int64_t node = i; node != root; node = root - parent[node]) {
            t->path_node[--at] = parent[node];
            t->path_right[at] = right[node];
        }
    }
    return GD_OK;
}

static gd_status make_tree(const gd_corpus *corpus, gd__word_tables *t)
{
    int32_t *parent = gd__alloc((size_t)t->count * 2 * sizeof *parent);
    uint8_t *right = gd__alloc((size_t)t->count * 2);
    gd_status status = parent != NULL && right != NULL ? GD_OK : gd__fail_memory("the tree of words");
    if (status == GD_OK)
        status = make_parents(corpus, t, parent, right);
    if (status == GD_OK)
        status = make_paths(t, parent, right);
    gd__free(parent);
    gd__free(right);
    return status;
}

// ---- All

gd_status gd__word_tables_make(const gd_corpus *corpus, const gd_words_opts *opts, gd__word_tables *t)
{
    *t = (gd__word_tables){0};
    gd_status status = make_rows(corpus, opts, t);
    if (status == GD_OK)
        status = make_keep(corpus, opts->sample, t);
    if (status == GD_OK && opts->negative > 0)
        status = make_draw(corpus, t);
    if (status == GD_OK && opts->hierarchical_softmax)
        status = make_tree(corpus, t);
    if (status != GD_OK)
        gd__word_tables_free(t);
    return status;
}

void gd__word_tables_free(gd__word_tables *t)
{
    gd__free(t->row);
    gd__free(t->number);
    gd__free(t->keep);
    gd__free(t->own);
    gd__free(t->other);
    gd__free(t->path_begin);
    gd__free(t->path_node);
    gd__free(t->path_right);
    *t = (gd__word_tables){0};
}

int64_t gd__word_tables_memory(const gd_corpus *corpus, int64_t count, bool tree)
{
    const int64_t all = corpus->lexicon.count * (int64_t)(sizeof(counted) + sizeof(int32_t));
    return all + count * (4 * (int64_t)sizeof(int32_t) + 12) + (tree ? count * (10 + 5 * GD__WORD_PATH / 2) : 0);
}
