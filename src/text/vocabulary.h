// Different texts, numbered in the order in which they were added, with how often each was seen.
#ifndef GD_TEXT_VOCABULARY_H
#define GD_TEXT_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gd__entry {
    size_t at, bytes; // of its text in the arena; a zero stands behind it
    uint64_t hash;
    int64_t count;
} gd__entry;

// Starts as {0}. Texts lie in one block, since a corpus has millions of them.
typedef struct gd__entries {
    int count, capacity;
    gd__entry *entry;
    char *text;
    int64_t text_bytes, text_room;
    int slot_count; // a power of two
    int *slot;      // open addressing: the number of an entry plus 1, or 0
} gd__entries;

const char *gd__entry_text(const gd__entries *entries, int number);
int gd__entries_find(const gd__entries *entries, const char *text, size_t bytes); // -1: it is not there
// The number of a text, which is added when it is not there; -1 when memory is short.
int gd__entries_add(gd__entries *entries, const char *text, size_t bytes);
// The numbers of those that were seen at least `least` times, from the most frequent down, equals in the order of their
// bytes; *count: how many. NULL when memory is short; gd__free.
int *gd__entries_ranked(const gd__entries *entries, int64_t least, int *count);
void gd__entries_free(gd__entries *entries); // leaves an empty one

#endif
