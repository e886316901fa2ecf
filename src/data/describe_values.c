#include <string.h>

#include "base/memory.h"
#include "data/describe.h"

// Spreads the bits of a double over a hash (the finaliser of MurmurHash3).
static uint64_t hash(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits ^ bits >> 33) * UINT64_C(0xff51afd7ed558ccd);
    bits = (bits ^ bits >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return bits ^ bits >> 33;
}

// The slot of the value, or the free one where it belongs. Half of all slots are free, so there is one.
static int64_t slot_of(const gd__values *values, double value)
{
    const uint64_t mask = (uint64_t)values->slot_count - 1;
    uint64_t at = hash(value) & mask;
    while (values->slot[at] != 0 && values->value[values->slot[at] - 1] != value)
        at = (at + 1) & mask;
    return (int64_t)at;
}

static bool grow(gd__values *values)
{
    enum { SMALLEST = 32 };
    const int64_t capacity = values->capacity == 0 ? SMALLEST : 2 * values->capacity;
    const size_t room = (size_t)capacity;
    void *value = gd__realloc(values->value, room, sizeof *values->value);
    if (value != NULL)
        values->value = value;
    void *times = gd__realloc(values->times, room, sizeof *values->times);
    if (times != NULL)
        values->times = times;
    void *first = gd__realloc(values->first, room, sizeof *values->first);
    if (first != NULL)
        values->first = first;
    int32_t *slot = gd__alloc_zeroed(2 * room, sizeof *slot);
    if (value == NULL || times == NULL || first == NULL || slot == NULL) {
        gd__free(slot);
        return false;
    }
    gd__free(values->slot);
    values->slot = slot;
    values->slot_count = 2 * capacity;
    values->capacity = capacity;
    for (int64_t i = 0; i < values->count; i++)
        slot[slot_of(values, values->value[i])] = (int32_t)i + 1;
    return true;
}

void gd__values_free(gd__values *values)
{
    gd__free(values->value);
    gd__free(values->times);
    gd__free(values->first);
    gd__free(values->slot);
    *values = (gd__values){0};
}

bool gd__values_count(gd__values *values, int part, double value, int64_t sample)
{
    value += 0.0; // -0 becomes 0
    if (values->count == values->capacity && !values->full && !grow(values))
        return false;
    const int64_t at = slot_of(values, value);
    if (values->slot[at] != 0) {
        values->times[values->slot[at] - 1][part]++;
        return true;
    }
    if (values->count >= values->limit) {
        values->full = true;
        return true;
    }
    const int64_t number = values->count++;
    values->slot[at] = (int32_t)number + 1;
    values->value[number] = value;
    values->first[number] = sample;
    memset(values->times[number], 0, sizeof values->times[number]);
    values->times[number][part] = 1;
    return true;
}

int64_t gd__values_find(const gd__values *values, double value)
{
    return values->count == 0 ? -1 : (int64_t)values->slot[slot_of(values, value + 0.0)] - 1;
}

int64_t gd__values_of_part(const gd__values *values, int part)
{
    int64_t count = 0;
    for (int64_t i = 0; i < values->count; i++)
        count += values->times[i][part] > 0;
    return count;
}
