#include "plan/sequence.h"

#include "base/memory.h"

// Between neighbours at first. So many moves to one place fit before all have to be numbered anew that it hardly ever
// comes to that.
static const int64_t GAP = INT64_C(1) << 32;
// What is moved takes one part in so many of the gap that it finds; the rest is for those that come later.
enum { PARTS = 16 };

bool gd__sequence_start(gd__sequence *s, size_t capacity)
{
    *s = (gd__sequence){.number = gd__alloc_zeroed(capacity + 1, sizeof *s->number),
                        .before = gd__alloc_zeroed(capacity + 1, sizeof *s->before),
                        .after = gd__alloc_zeroed(capacity + 1, sizeof *s->after),
                        .last = -1};
    return s->number != NULL && s->before != NULL && s->after != NULL;
}

void gd__sequence_end(gd__sequence *s)
{
    gd__free(s->number);
    gd__free(s->before);
    gd__free(s->after);
}

// Puts the unit between `before` (-1: at the beginning) and `after` (-1: at the end).
static void link_between(gd__sequence *s, int unit, int before, int after)
{
    s->before[unit] = before;
    s->after[unit] = after;
    if (before >= 0)
        s->after[before] = unit;
    if (after >= 0)
        s->before[after] = unit;
    else
        s->last = unit;
    s->length++;
}

void gd__sequence_append(gd__sequence *s, int unit)
{
    s->number[unit] = GAP + (s->last >= 0 ? s->number[s->last] : 0);
    link_between(s, unit, s->last, -1);
}

void gd__sequence_remove(gd__sequence *s, int unit)
{
    int before = s->before[unit], after = s->after[unit];
    if (before >= 0)
        s->after[before] = after;
    if (after >= 0)
        s->before[after] = before;
    else
        s->last = before;
    s->length--;
}

void gd__sequence_replace(gd__sequence *s, int unit, int by)
{
    int before = s->before[unit], after = s->after[unit];
    gd__sequence_remove(s, unit);
    s->number[by] = s->number[unit];
    link_between(s, by, before, after);
}

static void number_anew(gd__sequence *s)
{
    int64_t number = GAP * s->length;
    for (int unit = s->last; unit >= 0; unit = s->before[unit]) {
        s->number[unit] = number;
        number -= GAP;
    }
}

// The number that stands before the unit's; 0 before the first one.
static int64_t number_before(const gd__sequence *s, int unit)
{
    return s->before[unit] >= 0 ? s->number[s->before[unit]] : 0;
}

void gd__sequence_move(gd__sequence *s, int unit, int count, int *moved)
{
    for (int i = 0; i < count; i++) { // mostly one or two
        int next = moved[i], at = i;
        for (; at > 0 && s->number[moved[at - 1]] > s->number[next]; at--)
            moved[at] = moved[at - 1];
        moved[at] = next;
    }
    for (int i = 0; i < count; i++)
        gd__sequence_remove(s, moved[i]);
    if ((s->number[unit] - number_before(s, unit)) / PARTS <= count)
        number_anew(s);
    int64_t number = number_before(s, unit), step = (s->number[unit] - number) / PARTS / (count + 1);
    for (int i = 0; i < count; i++) {
        s->number[moved[i]] = number += step;
        link_between(s, moved[i], s->before[unit], unit);
    }
}
