#include "data/csv_vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

enum { FIRST_SLOTS = 32, MOST_WORDS = 1 << 29 };

// The slot that holds the text, or the free one where it belongs. There always is a free one.
static int *find_slot(const gd__vocabulary *vocabulary, const char *text, size_t length)
{
    const size_t mask = (size_t)vocabulary->slot_count - 1;
    const uint64_t hash = gd__hash_bytes(text, length);
    for (size_t at = (size_t)(hash ^ hash >> 32) & mask;; at = (at + 1) & mask) {
        int *slot = &vocabulary->slot[at];
        if (*slot == 0)
            return slot;
        const gd__word *word = &vocabulary->word[*slot - 1];
        if (word->length == length && memcmp(word->text, text, length) == 0)
            return slot;
    }
}

int gd__vocabulary_find(const gd__vocabulary *vocabulary, const char *text, size_t length)
{
    return vocabulary->slot_count == 0 ? -1 : *find_slot(vocabulary, text, length) - 1;
}

// Makes a table of `slot_count` slots for the words that are there.
static bool rebuild(gd__vocabulary *vocabulary, int slot_count)
{
    int *slot = gd__alloc_zeroed((size_t)slot_count, sizeof *slot);
    if (slot == NULL)
        return false;
    gd__free(vocabulary->slot);
    vocabulary->slot = slot;
    vocabulary->slot_count = slot_count;
    for (int i = 0; i < vocabulary->count; i++)
        *find_slot(vocabulary, vocabulary->word[i].text, vocabulary->word[i].length) = i + 1;
    return true;
}

int gd__vocabulary_add(gd__vocabulary *vocabulary, const char *text, size_t length)
{
    if (vocabulary->count >= vocabulary->slot_count / 2 &&
        (vocabulary->count >= MOST_WORDS ||
         !rebuild(vocabulary, vocabulary->slot_count == 0 ? FIRST_SLOTS : 2 * vocabulary->slot_count)))
        return -1;
    int *slot = find_slot(vocabulary, text, length);
    if (*slot > 0)
        return *slot - 1;
    char *copy = gd__alloc(length + 1);
    if (copy == NULL ||
        !gd__grow((void **)&vocabulary->word, &vocabulary->capacity, vocabulary->count, sizeof *vocabulary->word)) {
        gd__free(copy);
        return -1;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    vocabulary->word[vocabulary->count] = (gd__word){.text = copy, .length = length};
    *slot = ++vocabulary->count;
    return vocabulary->count - 1;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(((const gd__word *)a)->text, ((const gd__word *)b)->text);
}

bool gd__vocabulary_sort(gd__vocabulary *vocabulary)
{
    if (vocabulary->count == 0)
        return true;
    qsort(vocabulary->word, (size_t)vocabulary->count, sizeof *vocabulary->word, compare_words);
    return rebuild(vocabulary, vocabulary->slot_count);
}

void gd__vocabulary_free(gd__vocabulary *vocabulary)
{
    for (int i = 0; i < vocabulary->count; i++)
        gd__free(vocabulary->word[i].text);
    gd__free(vocabulary->word);
    gd__free(vocabulary->slot);
    *vocabulary = (gd__vocabulary){0};
}

bool gd__vocabulary_copy(gd__vocabulary *to, const gd__vocabulary *from)
{
    for (int i = 0; i < from->count; i++)
        if (gd__vocabulary_add(to, from->word[i].text, from->word[i].length) < 0)
            return false;
    return true;
}
