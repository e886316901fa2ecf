// Pictures as the own kernels see them: (N, C / block, H, W, block), where block 1 is the plain order. A value (N, C,
// L) counts as pictures of width 1, and (N, C) as pictures of one place.
#ifndef GD_CPU_PICTURES_H
#define GD_CPU_PICTURES_H

#include "plan/planner.h"

typedef struct gd__pictures {
    int64_t count, channels, height, width;
    int64_t block; // channels that lie side by side
} gd__pictures;

// How many channels of such a value lie side by side where a kernel may choose: gd__channel_block(), or 1 where they
// do not come out even.
int64_t gd__pictures_block(gd_shape shape);
gd__layout gd__pictures_layout(gd_shape shape, int64_t block);
// The pictures that lie in memory as the layout says; false when it is none of these forms.
bool gd__pictures_of(const gd__layout *layout, gd__pictures *pictures);
// Those of the value as it was made; in plain order where that is none of these forms, and for sources.
gd__pictures gd__pictures_made(const gd__planner *planner, gd__ref ref);

// A buffer with the value in f32, in this layout, for a step to read: a bf16 value is converted. -1 on failure.
int gd__want_single(gd__planner *planner, gd__ref ref, const gd__layout *layout);
// A buffer of f32 for a step to write, and where the value goes then. gd__finish_single, behind that step, converts it
// if it is bf16.
typedef struct gd__single {
    gd__ref ref;
    int buffer, target; // the same for f32
} gd__single;
gd__single gd__give_single(gd__planner *planner, gd__ref ref, const gd__layout *layout);
gd_status gd__finish_single(gd__planner *planner, const gd__single *single);

#endif
