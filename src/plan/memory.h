// Giving every buffer of a plan a place in one arena.
#ifndef GD_PLAN_MEMORY_H
#define GD_PLAN_MEMORY_H

#include "plan/plan.h"

// Finds out when each buffer is alive, lets elementwise steps run in place, and packs the arena: buffers by falling
// size, each at the lowest place where it meets no other that is alive at the same time.
gd_status gd__plan_pack(gd__plan *plan);

#endif
