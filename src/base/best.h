// The best of many scores.
#ifndef GD_BASE_BEST_H
#define GD_BASE_BEST_H

#include <gradus/neighbour.h>

// The `most` greatest of scores, in order; of equals the one that stands first. Where there are fewer, the rest are
// (-1, 0). Scores are -1 and more; a NaN is never among the best.
void gd__take_best(const float *score, int64_t count, int most, gd_neighbour *best);

#endif
