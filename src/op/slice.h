// Cutting with positions that may be open.
#ifndef GD_OP_SLICE_H
#define GD_OP_SLICE_H

#include <gradus/graph.h>

// `size` positions of x along `axis` (0 … rank-1): begin, begin + step, …  Both begin and size may be open; what
// cannot be checked then is checked when a plan is made.
gd_tensor gd__slice_range(gd_tensor x, int axis, int64_t begin, int64_t size, int64_t step);

#endif
