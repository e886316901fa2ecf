#include "metric/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// A list that is shorter is sorted by comparisons.
enum { FEWEST = 512 };

static int compare_entries(const void *a, const void *b)
{
    const gd__entry *p = a, *q = b;
    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    if (p->weight != q->weight)
        return p->weight < q->weight ? -1 : 1;
    return p->yes - q->yes;
}

// ---- By digits, the last one first: each pass keeps the order of the pass before among equal digits

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, PASSES = 6 }; // 6 x 11 bits hold 64

typedef enum { BY_ANSWER, BY_WEIGHT, BY_VALUE, KEYS } key_kind;

// Bits that are in the order of the numbers: of a negative one all are turned round, else the sign alone.
static uint64_t ordered_bits(double number)
{
    uint64_t bits;
    number += 0.0; // -0 becomes 0
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t key_of(const gd__entry *entry, key_kind kind)
{
    return kind == BY_ANSWER ? entry->yes : ordered_bits(kind == BY_WEIGHT ? entry->weight : entry->value);
}

static int digit_of(uint64_t key, int pass)
{
    return (int)(key >> pass * DIGIT_BITS & (DIGITS - 1));
}

// `digits`, how often each stands there, become the places at which the next of each belongs.
static void move_by_digit(const gd__entry *from, int64_t count, key_kind kind, int pass, int64_t *digits, gd__entry *to)
{
    int64_t at = 0;
    for (int d = 0; d < DIGITS; d++) {
        const int64_t here = digits[d];
        digits[d] = at;
        at += here;
    }
    for (int64_t i = 0; i < count; i++)
        to[digits[digit_of(key_of(&from[i], kind), pass)]++] = from[i];
}

// Sorts by one key. *from and *to change places with every pass that has something to move.
static void sort_by(gd__entry **from, gd__entry **to, int64_t count, key_kind kind, int64_t (*digits)[DIGITS])
{
    memset(digits, 0, PASSES * sizeof *digits);
    for (int64_t i = 0; i < count; i++) {
        const uint64_t key = key_of(&(*from)[i], kind);
        for (int pass = 0; pass < PASSES; pass++)
            digits[pass][digit_of(key, pass)]++;
    }
    for (int pass = 0; pass < PASSES; pass++) {
        if (digits[pass][digit_of(key_of(*from, kind), pass)] == count)
            continue; // all have the same digit
        move_by_digit(*from, count, kind, pass, digits[pass], *to);
        gd__entry *moved = *to;
        *to = *from;
        *from = moved;
    }
}

void gd__sort_entries(gd__entry *entry, int64_t count)
{
    gd__entry *other = count < FEWEST ? NULL : gd__alloc((size_t)count * sizeof *other);
    int64_t(*digits)[DIGITS] = other == NULL ? NULL : gd__alloc(PASSES * sizeof *digits);
    if (digits == NULL) {
        gd__free(other);
        qsort(entry, (size_t)count, sizeof *entry, compare_entries);
        return;
    }
    gd__entry *from = entry, *to = other;
    for (int kind = 0; kind < KEYS; kind++)
        sort_by(&from, &to, count, (key_kind)kind, digits);
    if (from != entry)
        memcpy(entry, from, (size_t)count * sizeof *entry);
    gd__free(digits);
    gd__free(other);
}
