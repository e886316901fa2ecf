#include "words/lexicon.h"

#include <string.h>

#include "base/memory.h"

// FNV-1a over eight bytes at a time, with the bits mixed at the end (MurmurHash3's finaliser).
static uint64_t hash_of(const char *word, int32_t length)
{
    uint64_t h = 14695981039346656037u ^ (uint64_t)length;
    while (length >= 8) {
        uint64_t part;
        memcpy(&part, word, 8);
        h = (h ^ part) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
        word += 8;
        length -= 8;
    }
    uint64_t rest = 0;
    for (int32_t i = 0; i < length; i++)
        rest = rest << 8 | (unsigned char)word[i];
    h = (h ^ rest) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
    h *= 0xff51afd7ed558ccdu;
    return h ^ h >> 33;
}

// The slot of a word: where it stands, or where it would.
static int64_t slot_of(const gd__lexicon *l, const char *word, int32_t length, uint64_t hash)
{
    const int64_t mask = l->slot_count - 1;
    for (int64_t at = (int64_t)(hash & (uint64_t)mask);; at = (at + 1) & mask) {
        if (l->slot[at] == 0)
            return at;
        const gd__lexicon_entry *e = &l->entry[l->slot[at] - 1];
        if (e->hash == hash && e->length == length && memcmp(l->pool + e->text, word, (size_t)length) == 0)
            return at;
    }
}

static bool more_slots(gd__lexicon *l)
{
    const int64_t count = l->slot_count == 0 ? 1024 : l->slot_count * 2;
    int32_t *slot = gd__alloc_zeroed((size_t)count, sizeof *slot);
    if (slot == NULL)
        return false;
    for (int64_t i = 0; i < l->count; i++) {
        int64_t at = (int64_t)(l->entry[i].hash & (uint64_t)(count - 1));
        while (slot[at] != 0)
            at = (at + 1) & (count - 1);
        slot[at] = (int32_t)i + 1;
    }
    gd__free(l->slot);
    l->slot = slot;
    l->slot_count = count;
    return true;
}

static bool more_pool(gd__lexicon *l, int32_t length)
{
    if (l->pool_room - l->pool_used > length)
        return true;
    const int64_t room = (l->pool_room + length + 1) * 2 + 4096;
    char *pool = gd__realloc(l->pool, (size_t)room, 1);
    if (pool == NULL)
        return false;
    l->pool = pool;
    l->pool_room = room;
    return true;
}

int32_t gd__lexicon_add(gd__lexicon *l, const char *word, int32_t length)
{
    if (l->count * 2 >= l->slot_count && !more_slots(l))
        return -1;
    const uint64_t hash = hash_of(word, length);
    const int64_t at = slot_of(l, word, length, hash);
    if (l->slot[at] != 0)
        return l->slot[at] - 1;
    if (l->count >= INT32_MAX - 1 || !more_pool(l, length) ||
        !gd__grow_long((void **)&l->entry, &l->capacity, l->count, sizeof *l->entry))
        return -1;
    l->entry[l->count] = (gd__lexicon_entry){.hash = hash, .text = l->pool_used, .length = length};
    memcpy(l->pool + l->pool_used, word, (size_t)length);
    l->pool[l->pool_used + length] = '\0';
    l->pool_used += length + 1;
    l->slot[at] = (int32_t)++l->count;
    return (int32_t)l->count - 1;
}

int32_t gd__lexicon_find(const gd__lexicon *l, const char *word, int32_t length)
{
    if (l->slot_count == 0)
        return -1;
    return l->slot[slot_of(l, word, length, hash_of(word, length))] - 1;
}

const char *gd__lexicon_word(const gd__lexicon *l, int64_t i)
{
    return l->pool + l->entry[i].text;
}

void gd__lexicon_free(gd__lexicon *l)
{
    gd__free(l->entry);
    gd__free(l->pool);
    gd__free(l->slot);
    *l = (gd__lexicon){0};
}
