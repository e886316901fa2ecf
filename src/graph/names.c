#include "graph/names.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

struct gd__named {
    char *text; // NULL in a slot that is free
    size_t length;
    gd__name_kind kind;
    int number;
};

// FNV-1a.
static uint64_t hash_of(gd__name_kind kind, const char *text, size_t length)
{
    uint64_t hash = 0xCBF29CE484222325u ^ (uint64_t)kind;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3u;
    return hash ^ hash >> 32;
}

// The slot that holds the name, or the free one where it belongs. There must be slots.
static struct gd__named *slot_of(const gd__names *names, gd__name_kind kind, const char *text, size_t length)
{
    const size_t mask = (size_t)names->capacity - 1;
    for (size_t i = hash_of(kind, text, length) & mask;; i = (i + 1) & mask) {
        struct gd__named *slot = &names->slot[i];
        if (slot->text == NULL ||
            (slot->kind == kind && slot->length == length && memcmp(slot->text, text, length) == 0))
            return slot;
    }
}

int gd__names_find(const gd__names *names, gd__name_kind kind, const char *text, size_t length)
{
    if (names->capacity == 0)
        return -1;
    const struct gd__named *slot = slot_of(names, kind, text, length);
    return slot->text != NULL ? slot->number : -1;
}

// At most half of the slots are taken, so a search is short.
static bool make_room(gd__names *names)
{
    if (2 * (names->count + 1) <= names->capacity)
        return true;
    gd__names larger = {.count = names->count, .capacity = names->capacity == 0 ? 64 : 2 * names->capacity};
    larger.slot = gd__alloc_zeroed((size_t)larger.capacity, sizeof *larger.slot);
    if (larger.slot == NULL)
        return false;
    for (int i = 0; i < names->capacity; i++) {
        const struct gd__named *slot = &names->slot[i];
        if (slot->text != NULL)
            *slot_of(&larger, slot->kind, slot->text, slot->length) = *slot;
    }
    gd__free(names->slot);
    *names = larger;
    return true;
}

bool gd__names_put(gd__names *names, gd__name_kind kind, const char *text, size_t length, int number)
{
    if (!make_room(names))
        return false;
    struct gd__named *slot = slot_of(names, kind, text, length);
    if (slot->text == NULL) {
        char *copy = gd__alloc(length + 1);
        if (copy == NULL)
            return false;
        memcpy(copy, text, length);
        copy[length] = '\0';
        *slot = (struct gd__named){.text = copy, .length = length, .kind = kind};
        names->count++;
    }
    slot->number = number;
    return true;
}

void gd__names_free(gd__names *names)
{
    for (int i = 0; i < names->capacity; i++)
        gd__free(names->slot[i].text);
    gd__free(names->slot);
    *names = (gd__names){0};
}
