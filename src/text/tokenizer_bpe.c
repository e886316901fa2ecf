// Byte-pair encoding with the merges that were learned or read.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/bpe.h"

// ---- The table of merges

enum { FIRST_SLOTS = 1024, MOST_PIECE_BYTES = 1 << 16 };

static size_t slot_of(int32_t left, int32_t right, int slot_count)
{
    uint64_t key = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15u;
    return (size_t)(key >> 32) & ((size_t)slot_count - 1);
}

static gd__merge *find_slot(const gd__merges *merges, int32_t left, int32_t right)
{
    for (size_t at = slot_of(left, right, merges->slot_count);; at = (at + 1) & ((size_t)merges->slot_count - 1)) {
        gd__merge *slot = &merges->slot[at];
        if (slot->left < 0 || (slot->left == left && slot->right == right))
            return slot;
    }
}

const gd__merge *gd__merge_find(const gd__merges *merges, int32_t left, int32_t right)
{
    if (merges->slot_count == 0)
        return NULL;
    const gd__merge *slot = find_slot(merges, left, right);
    return slot->left < 0 ? NULL : slot;
}

bool gd__merge_add(gd__merges *merges, int32_t left, int32_t right, int32_t to)
{
    if (2 * merges->count >= merges->slot_count) {
        gd__merges larger = {.slot_count = merges->slot_count == 0 ? FIRST_SLOTS : 2 * merges->slot_count};
        larger.slot = gd__alloc_zeroed((size_t)larger.slot_count, sizeof *larger.slot);
        if (larger.slot == NULL)
            return false;
        for (int i = 0; i < larger.slot_count; i++)
            larger.slot[i].left = -1;
        for (int i = 0; i < merges->slot_count; i++)
            if (merges->slot[i].left >= 0)
                *find_slot(&larger, merges->slot[i].left, merges->slot[i].right) = merges->slot[i];
        gd__free(merges->slot);
        merges->slot = larger.slot;
        merges->slot_count = larger.slot_count;
    }
    gd__merge *slot = find_slot(merges, left, right);
    if (slot->left < 0)
        *slot = (gd__merge){left, right, to, merges->count++};
    return true;
}

// ---- Encoding a piece

// A merge that could be done at a place.
typedef struct chance {
    int32_t rank, place;
    const gd__merge *merge;
} chance;

// A piece that is being encoded: a list of tokens, linked by their places, and a heap of chances, the lowest rank
// first, of equals the first place.
typedef struct work {
    int32_t *id, *before, *after; // id -1: it was merged into the token before it; after: -1 at the end
    chance *heap;
    int heap_count;
} work;

static bool comes_first(chance a, chance b)
{
    return a.rank < b.rank || (a.rank == b.rank && a.place < b.place);
}

static void push(work *w, chance added)
{
    int at = w->heap_count++;
    for (; at > 0 && comes_first(added, w->heap[(at - 1) / 2]); at = (at - 1) / 2)
        w->heap[at] = w->heap[(at - 1) / 2];
    w->heap[at] = added;
}

static chance pop(work *w)
{
    const chance first = w->heap[0], last = w->heap[--w->heap_count];
    int at = 0;
    for (int below = 1; below < w->heap_count; below = 2 * at + 1) {
        if (below + 1 < w->heap_count && comes_first(w->heap[below + 1], w->heap[below]))
            below++;
        if (!comes_first(w->heap[below], last))
            break;
        w->heap[at] = w->heap[below];
        at = below;
    }
    w->heap[at] = last;
    return first;
}

// Notes the chance of merging the token at `place` with the one after it.
static void consider(const gd_tokenizer *t, work *w, int32_t place)
{
    if (place < 0 || w->after[place] < 0)
        return;
    const gd__merge *merge = gd__merge_find(&t->merges, w->id[place], w->id[w->after[place]]);
    if (merge != NULL)
        push(w, (chance){merge->rank, place, merge});
}

static void merge_all(const gd_tokenizer *t, work *w, int count)
{
    for (int32_t i = 0; i + 1 < count; i++)
        consider(t, w, i);
    while (w->heap_count > 0) {
        const chance best = pop(w);
        const int32_t next = w->after[best.place];
        // One of the two may have been merged with another since.
        if (next < 0 || w->id[best.place] != best.merge->left || w->id[next] != best.merge->right)
            continue;
        w->id[best.place] = best.merge->to;
        w->id[next] = -1;
        w->after[best.place] = w->after[next];
        if (w->after[next] >= 0)
            w->before[w->after[next]] = best.place;
        consider(t, w, w->before[best.place]);
        consider(t, w, best.place);
    }
}

// A piece of at most MOST_PIECE_BYTES, by merging.
static gd_status merge_piece(const gd_tokenizer *t, gd__piece piece, gd_tokens *to)
{
    enum { FEW = 64 };
    // Each merge takes away one token and adds two chances at most.
    int32_t few[3 * FEW];
    chance few_chances[3 * FEW];
    const size_t n = piece.bytes;
    int32_t *block = n <= FEW ? few : gd__alloc(3 * n * sizeof *block);
    work w = {.heap = n <= FEW ? few_chances : gd__alloc(3 * n * sizeof *w.heap)};
    bool good = block != NULL && w.heap != NULL;
    if (good) {
        w.id = block;
        w.before = block + n;
        w.after = block + 2 * n;
        for (size_t i = 0; i < n; i++) {
            w.id[i] = t->byte_id[(unsigned char)piece.text[i]];
            w.before[i] = (int32_t)i - 1;
            w.after[i] = i + 1 < n ? (int32_t)i + 1 : -1;
        }
        merge_all(t, &w, (int)n);
        for (int32_t i = 0; i >= 0 && n > 0 && good; i = w.after[i])
            good = gd__tokens_add(to, w.id[i]);
    }
    if (n > FEW) {
        gd__free(block);
        gd__free(w.heap);
    }
    return good ? GD_OK : gd__fail_memory("tokens");
}

static gd_status encode_piece(const gd_tokenizer *t, gd__piece piece, gd_tokens *to)
{
    // Most pieces are one token.
    const int id = gd__entries_find(&t->tokens, piece.text, piece.bytes);
    if (id >= 0 && t->whole != NULL && t->whole[id])
        return gd__tokens_add(to, id) ? GD_OK : gd__fail_memory("tokens");
    gd_status status = GD_OK;
    while (piece.bytes > 0 && status == GD_OK) {
        const size_t bytes = gd__cut_text(piece.text, piece.bytes, MOST_PIECE_BYTES);
        status = merge_piece(t, (gd__piece){piece.text, bytes}, to);
        piece = (gd__piece){piece.text + bytes, piece.bytes - bytes};
    }
    return status;
}

gd_status gd__bpe_finish(gd_tokenizer *t)
{
    bool *whole = gd__alloc_zeroed((size_t)t->tokens.count + 1, sizeof *whole);
    if (whole == NULL)
        return gd__fail_memory("a vocabulary");
    gd_status status = GD_OK;
    gd_tokens ids = {0};
    for (int i = 0; i < t->tokens.count && status == GD_OK; i++) {
        const gd__piece piece = {gd__entry_text(&t->tokens, i), t->tokens.entry[i].bytes};
        if (piece.bytes == 0 || piece.bytes > GD__MOST_WORD_BYTES)
            continue;
        ids.count = 0;
        status = t->ignore_merges ? GD_OK : merge_piece(t, piece, &ids);
        whole[i] = t->ignore_merges || (ids.count == 1 && ids.id[0] == i);
    }
    for (int i = 0; i < t->special_count; i++)
        whole[t->special[i]] = false;
    gd_tokens_free(&ids);
    t->whole = whole;
    return status;
}

// ---- The kind

static bool next_piece(const gd_tokenizer *tokenizer, gd__piece text, size_t *at, gd__piece *piece)
{
    (void)tokenizer;
    return gd__next_gpt2_piece(text, at, piece);
}

// Adds the merges, a list of pairs of ids in the order of their ranks.
static gd_status to_json(const gd_tokenizer *t, json_t *json)
{
    const gd__merge **ranked = gd__alloc_zeroed((size_t)t->merges.count + 1, sizeof *ranked);
    if (ranked == NULL)
        return gd__fail_memory("merges");
    for (int i = 0; i < t->merges.slot_count; i++)
        if (t->merges.slot[i].left >= 0)
            ranked[t->merges.slot[i].rank] = &t->merges.slot[i];
    json_t *list = json_array();
    int failed = 0;
    for (int i = 0; i < t->merges.count && failed == 0; i++)
        failed = json_array_append_new(list, json_pack("[i, i]", (int)ranked[i]->left, (int)ranked[i]->right));
    gd__free(ranked);
    if (failed != 0) {
        json_decref(list);
        return gd__fail_memory("merges");
    }
    return json_object_set_new(json, "merges", list) == 0 &&
                   json_object_set_new(json, "ignore_merges", json_boolean(t->ignore_merges)) == 0
               ? GD_OK
               : gd__fail_memory("merges");
}

static gd_status from_json(gd_tokenizer *t, json_t *json)
{
    json_t *list = json_object_get(json, "merges");
    if (!json_is_array(list) || json_array_size(list) > GD__MOST_TOKENS)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer: `merges` is no list of at most %d", GD__MOST_TOKENS);
    t->ignore_merges = json_is_true(json_object_get(json, "ignore_merges"));
    for (size_t i = 0; i < json_array_size(list); i++) {
        int left, right;
        if (json_unpack(json_array_get(list, i), "[i, i!]", &left, &right) != 0 || left < 0 || right < 0 ||
            left >= t->tokens.count || right >= t->tokens.count)
            return gd__fail(GD_ERROR_FORMAT, "a tokenizer: merge %zu is no pair of ids", i);
        gd_status status = gd__bpe_add_merge(t, left, right);
        if (status != GD_OK)
            return status;
    }
    return gd__bpe_finish(t);
}

gd_status gd__bpe_add_merge(gd_tokenizer *t, int left, int right)
{
    const gd__entry *a = &t->tokens.entry[left], *b = &t->tokens.entry[right];
    char *text = gd__alloc(a->bytes + b->bytes + 1);
    if (text == NULL)
        return gd__fail_memory("merges");
    memcpy(text, gd__entry_text(&t->tokens, left), a->bytes);
    memcpy(text + a->bytes, gd__entry_text(&t->tokens, right), b->bytes);
    const int to = gd__entries_find(&t->tokens, text, a->bytes + b->bytes);
    gd__free(text);
    if (to < 0)
        return gd__fail(GD_ERROR_FORMAT, "a tokenizer: what tokens %d and %d are merged into is no token", left, right);
    return gd__merge_add(&t->merges, left, right, to) ? GD_OK : gd__fail_memory("merges");
}

const gd_tokenizer_kind gd__tokenizer_bpe = {
    .record = {.name = "bpe",
               .doc = "pieces of words: byte-pair encoding of bytes, as GPT-2 has it",
               .source = "Sennrich, Haddow and Birch 2016; Radford et al. 2019"},
    .is_of_bytes = true,
    .sees_special = true,
    .least = 2,
    .most = 8000,
    .next = next_piece,
    .build = gd__bpe_learn,
    .encode = encode_piece,
    .to_json = to_json,
    .from_json = from_json,
};
