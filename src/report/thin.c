// Ramer, Douglas and Peucker's method: a point stays when the curve without it would be off by more than a tolerance,
// which doubles until few enough stay.
#include "report/thin.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

// Half a pixel of any screen; and the first tolerance.
#define NEAR (1.0 / 4096)

// Points that lie next to the last one that stays. It leaves at most some thousands of a curve that only rises.
static int64_t drop_near(gd__curve_point *point, int64_t count)
{
    int64_t kept = 1;
    for (int64_t i = 1; i < count; i++) {
        const gd__curve_point last = point[kept - 1];
        if (i == count - 1 || fabs(point[i].x - last.x) > NEAR || fabs(point[i].y - last.y) > NEAR)
            point[kept++] = point[i];
    }
    return kept;
}

// How far a point lies from the straight line between two others.
static double distance(gd__curve_point p, gd__curve_point a, gd__curve_point b)
{
    const double dx = b.x - a.x, dy = b.y - a.y, length = hypot(dx, dy);
    return length > 0 ? fabs(dx * (p.y - a.y) - dy * (p.x - a.x)) / length : hypot(p.x - a.x, p.y - a.y);
}

typedef struct stretch {
    int64_t begin, end;
} stretch;

// Marks the points that stay; returns how many. `open` has room for as many stretches as there are points.
static int64_t mark(const gd__curve_point *point, int64_t count, double tolerance, bool *stays, stretch *open)
{
    for (int64_t i = 0; i < count; i++)
        stays[i] = i == 0 || i == count - 1;
    int64_t kept = 2, depth = 0;
    open[depth++] = (stretch){0, count - 1};
    while (depth > 0) {
        const stretch s = open[--depth];
        double most = tolerance;
        int64_t at = -1;
        for (int64_t i = s.begin + 1; i < s.end; i++) {
            const double off = distance(point[i], point[s.begin], point[s.end]);
            if (off > most) {
                most = off;
                at = i;
            }
        }
        if (at < 0)
            continue;
        stays[at] = true;
        kept++;
        open[depth++] = (stretch){s.begin, at};
        open[depth++] = (stretch){at, s.end};
    }
    return kept;
}

gd_status gd__curve_thin(gd__curve_point *point, int64_t *count, int64_t limit)
{
    if (*count <= limit)
        return GD_OK;
    *count = drop_near(point, *count);
    bool *stays = gd__alloc_zeroed((size_t)*count, sizeof *stays);
    stretch *open = gd__alloc_zeroed((size_t)*count + 1, sizeof *open);
    gd_status status = stays == NULL || open == NULL ? gd__fail_memory("a curve") : GD_OK;
    for (double tolerance = NEAR; status == GD_OK && *count > limit; tolerance *= 2) {
        if (mark(point, *count, tolerance, stays, open) > limit)
            continue;
        int64_t kept = 0;
        for (int64_t i = 0; i < *count; i++)
            if (stays[i])
                point[kept++] = point[i];
        *count = kept;
    }
    gd__free(stays);
    gd__free(open);
    return status;
}
