// Merges are learned from counted pieces. The counts of pairs are kept up to date: a merge looks only at the pieces in
// which its pair stands.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/bpe.h"

// A piece as tokens: symbol[first … first + length).
typedef struct word {
    int64_t first;
    int32_t length;
    int64_t count;
} word;

typedef struct pair {
    int32_t left, right;
    int64_t count;
    int merge;     // in which its count rose last
    int32_t *word; // where it stands, or stood; a piece may be there twice
    int word_count, word_room;
} pair;

// A pair with the count that it had when it was put into the heap.
typedef struct ranked {
    int64_t count;
    int pair;
} ranked;

typedef struct lesson {
    gd_tokenizer *t;
    int64_t least;
    word *word;
    int32_t *symbol;
    gd__merges place; // from two tokens to the pair
    pair *pair;
    int pair_count, pair_room;
    ranked *heap;
    int heap_count, heap_room;
    int merge;           // that is being done,
    int32_t left, right; // of this pair; -1: none is
    int *raised;         // pairs whose counts it raised
    int raised_count, raised_room;
} lesson;

// ---- The heap: the most frequent pair first, of equals that of the lowest ids

static bool comes_first(const lesson *l, ranked a, ranked b)
{
    if (a.count != b.count)
        return a.count > b.count;
    const pair *p = &l->pair[a.pair], *q = &l->pair[b.pair];
    return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static bool push(lesson *l, int number)
{
    if (l->pair[number].count < l->least)
        return true;
    if (!gd__grow((void **)&l->heap, &l->heap_room, l->heap_count, sizeof *l->heap))
        return false;
    const ranked added = {l->pair[number].count, number};
    int at = l->heap_count++;
    for (; at > 0 && comes_first(l, added, l->heap[(at - 1) / 2]); at = (at - 1) / 2)
        l->heap[at] = l->heap[(at - 1) / 2];
    l->heap[at] = added;
    return true;
}

static ranked pop(lesson *l)
{
    const ranked first = l->heap[0], last = l->heap[--l->heap_count];
    int at = 0;
    for (int below = 1; below < l->heap_count; below = 2 * at + 1) {
        if (below + 1 < l->heap_count && comes_first(l, l->heap[below + 1], l->heap[below]))
            below++;
        if (!comes_first(l, l->heap[below], last))
            break;
        l->heap[at] = l->heap[below];
        at = below;
    }
    l->heap[at] = last;
    return first;
}

// ---- Counts

// Counts a pair in a word, more often or less.
static bool count_pair(lesson *l, int32_t left, int32_t right, int number, int64_t change)
{
    if (left == l->left && right == l->right)
        return true; // the one that is being merged: none is left of it, as in "aaa"
    const gd__merge *known = gd__merge_find(&l->place, left, right);
    int at = known == NULL ? -1 : known->to;
    if (at < 0) {
        at = l->pair_count;
        if (!gd__grow((void **)&l->pair, &l->pair_room, l->pair_count, sizeof *l->pair) ||
            !gd__merge_add(&l->place, left, right, at))
            return false;
        l->pair[l->pair_count++] = (pair){.left = left, .right = right, .merge = -1};
    }
    pair *p = &l->pair[at];
    p->count += change;
    if (change < 0)
        return true;
    if (p->merge != l->merge) {
        if (!gd__grow((void **)&l->raised, &l->raised_room, l->raised_count, sizeof *l->raised))
            return false;
        l->raised[l->raised_count++] = at;
        p->merge = l->merge;
    }
    if (p->word_count > 0 && p->word[p->word_count - 1] == number)
        return true;
    if (!gd__grow((void **)&p->word, &p->word_room, p->word_count, sizeof *p->word))
        return false;
    p->word[p->word_count++] = number;
    return true;
}

static bool push_raised(lesson *l)
{
    bool good = true;
    for (int i = 0; i < l->raised_count && good; i++)
        good = push(l, l->raised[i]);
    l->raised_count = 0;
    l->merge++;
    return good;
}

// Takes the pieces as bytes, and counts their pairs.
static bool begin(lesson *l, const gd__entries *seen)
{
    int64_t bytes = 0;
    for (int i = 0; i < seen->count; i++)
        bytes += (int64_t)seen->entry[i].bytes;
    l->word = gd__alloc_zeroed((size_t)seen->count + 1, sizeof *l->word);
    l->symbol = gd__alloc_zeroed((size_t)bytes + 1, sizeof *l->symbol);
    if (l->word == NULL || l->symbol == NULL)
        return false;
    int64_t first = 0;
    for (int i = 0; i < seen->count; i++) {
        const gd__entry *entry = &seen->entry[i];
        const unsigned char *text = (const unsigned char *)gd__entry_text(seen, i);
        l->word[i] = (word){first, (int32_t)entry->bytes, entry->count};
        for (size_t b = 0; b < entry->bytes; b++)
            l->symbol[first + (int64_t)b] = l->t->byte_id[text[b]];
        for (size_t b = 0; b + 1 < entry->bytes; b++)
            if (!count_pair(l, l->symbol[first + (int64_t)b], l->symbol[first + (int64_t)b + 1], i, entry->count))
                return false;
        first += (int64_t)entry->bytes;
    }
    return push_raised(l);
}

// Merges a pair wherever it stands in a word, and counts the neighbours anew.
static bool merge_in_word(lesson *l, int number, int32_t to)
{
    const int32_t left = l->left, right = l->right;
    word *w = &l->word[number];
    int32_t *symbol = l->symbol + w->first, length = 0;
    bool good = true;
    for (int32_t i = 0; i < w->length && good; i++) {
        if (i + 1 >= w->length || symbol[i] != left || symbol[i + 1] != right) {
            symbol[length++] = symbol[i];
            continue;
        }
        if (length > 0) // what stands before it is merged already
            good = count_pair(l, symbol[length - 1], left, number, -w->count) &&
                   count_pair(l, symbol[length - 1], to, number, w->count);
        if (good && i + 2 < w->length)
            good = count_pair(l, right, symbol[i + 2], number, -w->count) &&
                   count_pair(l, to, symbol[i + 2], number, w->count);
        symbol[length++] = to;
        i++;
    }
    w->length = length;
    return good;
}

// ---- Learning

// The id of what two tokens are merged into; -2: they are not to be merged, -1: memory is short.
static int merged_token(gd_tokenizer *t, int32_t left, int32_t right)
{
    const size_t a = t->tokens.entry[left].bytes, b = t->tokens.entry[right].bytes;
    char text[2 * GD__MOST_WORD_BYTES];
    if (a + b > sizeof text)
        return -2;
    memcpy(text, gd__entry_text(&t->tokens, left), a);
    memcpy(text + a, gd__entry_text(&t->tokens, right), b);
    const int id = gd__tokenizer_add(t, text, a + b);
    for (int i = 0; i < t->special_count; i++)
        if (t->special[i] == id)
            return -2; // it is not made of what merely reads like it
    return id;
}

static bool learn(lesson *l, int64_t size)
{
    while (l->heap_count > 0 && l->t->tokens.count < size) {
        const ranked best = pop(l);
        // Only what counts as much as it did is the best; what counts less now stands further down.
        pair *p = &l->pair[best.pair];
        if (p->count != best.count) {
            if (p->count < best.count && !push(l, best.pair))
                return false;
            continue;
        }
        l->left = p->left;
        l->right = p->right;
        const int to = merged_token(l->t, p->left, p->right);
        if (to == -2)
            continue;
        if (to < 0 || !gd__merge_add(&l->t->merges, p->left, p->right, to))
            return false;
        int32_t *words = p->word;
        const int count = p->word_count;
        p->word = NULL;
        p->word_count = p->word_room = 0;
        p->count = 0;
        bool good = true;
        for (int i = 0; i < count && good; i++)
            good = merge_in_word(l, words[i], to);
        gd__free(words);
        if (!good || !push_raised(l))
            return false;
    }
    return true;
}

gd_status gd__bpe_learn(gd_tokenizer *tokenizer, const gd__entries *seen, const gd_tokenizer_opts *opts)
{
    lesson l = {.t = tokenizer, .least = opts->minimum_count, .left = -1, .right = -1};
    const bool good = begin(&l, seen) && learn(&l, opts->size);
    for (int i = 0; i < l.pair_count; i++)
        gd__free(l.pair[i].word);
    gd__free(l.word);
    gd__free(l.symbol);
    gd__free(l.place.slot);
    gd__free(l.pair);
    gd__free(l.heap);
    gd__free(l.raised);
    return good ? gd__bpe_finish(tokenizer) : gd__fail_memory("the pairs of a corpus");
}
