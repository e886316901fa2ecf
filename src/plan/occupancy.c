#include "plan/occupancy.h"

#include <string.h>

#include "base/memory.h"

// Nodes whose spans make up any row of steps, and those above them: at most four a level.
enum { MOST_LISTS = 4 * 8 * sizeof(size_t) };

bool gd__occupancy_start(gd__occupancy *o, size_t steps)
{
    *o = (gd__occupancy){.leaves = 1};
    while (o->leaves < steps)
        o->leaves *= 2;
    o->any = gd__alloc_zeroed(2 * o->leaves, sizeof *o->any);
    o->whole = gd__alloc_zeroed(2 * o->leaves, sizeof *o->whole);
    return o->any != NULL && o->whole != NULL;
}

void gd__occupancy_clear(gd__occupancy *o)
{
    for (size_t i = 0; i < 2 * o->leaves; i++)
        o->any[i].count = o->whole[i].count = 0;
}

void gd__occupancy_end(gd__occupancy *o)
{
    for (size_t i = 0; o->any != NULL && o->whole != NULL && i < 2 * o->leaves; i++) {
        gd__free(o->any[i].range);
        gd__free(o->whole[i].range);
    }
    gd__free(o->any);
    gd__free(o->whole);
}

// The first range of the list that ends behind `offset`, or its count.
static int first_behind(const gd__taken_list *list, size_t offset)
{
    int low = 0, high = list->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (list->range[middle].end > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool add_range(gd__taken_list *list, gd__taken added)
{
    // Those from `from` on to before `to` touch it, and become one with it.
    int from = added.begin > 0 ? first_behind(list, added.begin - 1) : 0, to = from;
    for (; to < list->count && list->range[to].begin <= added.end; to++) {
        added.begin = list->range[to].begin < added.begin ? list->range[to].begin : added.begin;
        added.end = list->range[to].end > added.end ? list->range[to].end : added.end;
    }
    if (from == to && !gd__grow((void **)&list->range, &list->capacity, list->count, sizeof added))
        return false;
    memmove(&list->range[from + 1], &list->range[to], (size_t)(list->count - to) * sizeof added);
    list->range[from] = added;
    list->count += 1 - (to - from);
    return true;
}

size_t gd__occupancy_find(const gd__occupancy *o, int first, int last, size_t bytes)
{
    const gd__taken_list *list[MOST_LISTS];
    int count = 0;
    size_t left = (size_t)first + o->leaves, right = (size_t)last + o->leaves;
    for (size_t l = left, r = right + 1; l < r; l /= 2, r /= 2) {
        if (l % 2 == 1)
            list[count++] = &o->any[l++];
        if (r % 2 == 1)
            list[count++] = &o->any[--r];
    }
    for (size_t l = left / 2, r = right / 2; l > 0; l /= 2, r /= 2) {
        list[count++] = &o->whole[l];
        if (r != l)
            list[count++] = &o->whole[r];
    }
    // Goes up to the end of whatever is in the way, until nothing is.
    size_t offset = 0;
    for (int free = 0, i = 0; free < count; i = (i + 1) % count) {
        int at = first_behind(list[i], offset);
        bool in_the_way = at < list[i]->count && list[i]->range[at].begin < offset + bytes;
        offset = in_the_way ? list[i]->range[at].end : offset;
        free = in_the_way ? 0 : free + 1;
    }
    return offset;
}

bool gd__occupancy_take(gd__occupancy *o, int first, int last, size_t offset, size_t bytes)
{
    if (bytes == 0)
        return true;
    const gd__taken taken = {offset, offset + bytes};
    bool good = true;
    size_t left = (size_t)first + o->leaves, right = (size_t)last + o->leaves;
    for (size_t l = left, r = right + 1; l < r; l /= 2, r /= 2) {
        if (l % 2 == 1) {
            good = good && add_range(&o->whole[l], taken) && add_range(&o->any[l], taken);
            l++;
        }
        if (r % 2 == 1) {
            r--;
            good = good && add_range(&o->whole[r], taken) && add_range(&o->any[r], taken);
        }
    }
    for (size_t l = left, r = right; l > 0; l /= 2, r /= 2) {
        good = good && add_range(&o->any[l], taken);
        if (r != l)
            good = good && add_range(&o->any[r], taken);
    }
    return good;
}
