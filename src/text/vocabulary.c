#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

enum { FIRST_SLOTS = 64, MOST_ENTRIES = 1 << 29 };

const char *gd__entry_text(const gd__entries *entries, int number)
{
    return entries->text + entries->entry[number].at;
}

// The slot that holds the text, or the free one where it belongs. There always is a free one.
static int *find_slot(const gd__entries *entries, const char *text, size_t bytes, uint64_t hash)
{
    const size_t mask = (size_t)entries->slot_count - 1;
    for (size_t at = (size_t)(hash ^ hash >> 32) & mask;; at = (at + 1) & mask) {
        int *slot = &entries->slot[at];
        if (*slot == 0)
            return slot;
        const gd__entry *entry = &entries->entry[*slot - 1];
        if (entry->hash == hash && entry->bytes == bytes && memcmp(entries->text + entry->at, text, bytes) == 0)
            return slot;
    }
}

int gd__entries_find(const gd__entries *entries, const char *text, size_t bytes)
{
    return entries->slot_count == 0 ? -1 : *find_slot(entries, text, bytes, gd__hash_bytes(text, bytes)) - 1;
}

static bool rebuild(gd__entries *entries, int slot_count)
{
    int *slot = gd__alloc_zeroed((size_t)slot_count, sizeof *slot);
    if (slot == NULL)
        return false;
    gd__free(entries->slot);
    entries->slot = slot;
    entries->slot_count = slot_count;
    for (int i = 0; i < entries->count; i++) {
        const gd__entry *entry = &entries->entry[i];
        *find_slot(entries, entries->text + entry->at, entry->bytes, entry->hash) = i + 1;
    }
    return true;
}

// Room for so many more bytes of text.
static bool reserve(gd__entries *entries, size_t bytes)
{
    const int64_t wanted = entries->text_bytes + (int64_t)bytes;
    if (wanted <= entries->text_room)
        return true;
    const int64_t room = wanted > 2 * entries->text_room ? wanted + 4096 : 2 * entries->text_room;
    char *text = gd__realloc(entries->text, (size_t)room, 1);
    if (text == NULL)
        return false;
    entries->text = text;
    entries->text_room = room;
    return true;
}

int gd__entries_add(gd__entries *entries, const char *text, size_t bytes)
{
    if (entries->count >= entries->slot_count / 2 &&
        (entries->count >= MOST_ENTRIES ||
         !rebuild(entries, entries->slot_count == 0 ? FIRST_SLOTS : 2 * entries->slot_count)))
        return -1;
    const uint64_t hash = gd__hash_bytes(text, bytes);
    int *slot = find_slot(entries, text, bytes, hash);
    if (*slot > 0)
        return *slot - 1;
    if (!reserve(entries, bytes + 1) ||
        !gd__grow((void **)&entries->entry, &entries->capacity, entries->count, sizeof *entries->entry))
        return -1;
    memcpy(entries->text + entries->text_bytes, text, bytes);
    entries->text[entries->text_bytes + (int64_t)bytes] = '\0';
    entries->entry[entries->count] = (gd__entry){.at = (size_t)entries->text_bytes, .bytes = bytes, .hash = hash};
    entries->text_bytes += (int64_t)bytes + 1;
    *slot = ++entries->count;
    return entries->count - 1;
}

typedef struct ranked {
    const char *text;
    size_t bytes;
    int64_t count;
    int number;
} ranked;

static int compare(const void *first, const void *second)
{
    const ranked *a = first, *b = second;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    const int order = memcmp(a->text, b->text, a->bytes < b->bytes ? a->bytes : b->bytes);
    return order != 0 ? order : (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

int *gd__entries_ranked(const gd__entries *entries, int64_t least, int *count)
{
    ranked *list = gd__alloc_zeroed((size_t)entries->count + 1, sizeof *list);
    int *number = gd__alloc_zeroed((size_t)entries->count + 1, sizeof *number);
    *count = 0;
    for (int i = 0; i < entries->count && list != NULL; i++)
        if (entries->entry[i].count >= least)
            list[(*count)++] =
                (ranked){gd__entry_text(entries, i), entries->entry[i].bytes, entries->entry[i].count, i};
    if (list != NULL && number != NULL) {
        qsort(list, (size_t)*count, sizeof *list, compare);
        for (int i = 0; i < *count; i++)
            number[i] = list[i].number;
    } else {
        gd__free(number);
        number = NULL;
    }
    gd__free(list);
    return number;
}

void gd__entries_free(gd__entries *entries)
{
    gd__free(entries->entry);
    gd__free(entries->text);
    gd__free(entries->slot);
    *entries = (gd__entries){0};
}
