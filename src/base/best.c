#include "base/best.h"

#include <stdbool.h>

static bool better(const gd_neighbour *a, const gd_neighbour *b)
{
    return a->similarity > b->similarity || (a->similarity == b->similarity && a->index < b->index);
}

// Puts the root of a heap, whose worst member is on top, where it belongs.
static void sift(gd_neighbour *heap, int count)
{
    for (int i = 0;;) {
        int worst = i;
        for (int child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
            if (better(&heap[worst], &heap[child]))
                worst = child;
        if (worst == i)
            return;
        const gd_neighbour kept = heap[i];
        heap[i] = heap[worst];
        heap[worst] = kept;
        i = worst;
    }
}

void gd__take_best(const float *score, int64_t count, int most, gd_neighbour *best)
{
    // What is not there is worse than all that is.
    for (int i = 0; i < most; i++)
        best[i] = (gd_neighbour){.index = INT64_MAX, .similarity = -2};
    for (int64_t i = 0; i < count; i++) {
        const gd_neighbour candidate = {.index = i, .similarity = score[i]};
        if (score[i] >= best[0].similarity && better(&candidate, &best[0])) {
            best[0] = candidate;
            sift(best, most);
        }
    }
    // The worst is taken off the heap and put behind it, until all stand in order.
    for (int left = most - 1; left > 0; left--) {
        const gd_neighbour worst = best[0];
        best[0] = best[left];
        best[left] = worst;
        sift(best, left);
    }
    for (int i = 0; i < most; i++)
        if (best[i].index == INT64_MAX)
            best[i] = (gd_neighbour){.index = -1, .similarity = 0};
}
