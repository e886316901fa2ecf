// The different texts of a column, numbered in the order in which they were added.
#ifndef GD_DATA_CSV_VOCABULARY_H
#define GD_DATA_CSV_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gd__word {
    char *text;
    size_t length;
    int64_t count;     // cells that hold it
    int64_t first_row; // that does
} gd__word;

typedef struct gd__vocabulary {
    int count, capacity;
    gd__word *word;
    int slot_count; // a power of two
    int *slot;      // open addressing: the number of a word plus 1, or 0
} gd__vocabulary;

// The number of a text, or -1.
int gd__vocabulary_find(const gd__vocabulary *vocabulary, const char *text, size_t length);
// The number of a text, which is added when it is not there; -1 when memory is short.
int gd__vocabulary_add(gd__vocabulary *vocabulary, const char *text, size_t length);
// Sorts the words by their bytes; false when memory is short.
bool gd__vocabulary_sort(gd__vocabulary *vocabulary);
void gd__vocabulary_free(gd__vocabulary *vocabulary); // leaves an empty one
bool gd__vocabulary_copy(gd__vocabulary *to, const gd__vocabulary *from);

#endif
