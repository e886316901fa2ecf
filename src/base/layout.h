// How a tensor's elements lie in memory: row-major, permuted, or blocked as vector hardware likes it.
#ifndef GD_BASE_LAYOUT_H
#define GD_BASE_LAYOUT_H

#include <gradus/base.h>

// Element (i0, i1, …) lies at the sum of stride[a] * (index of the outer block along a), plus its place in the inner
// blocks: inner_size[k] elements along axis inner_axis[k], the last one fastest. An axis is padded up to a multiple
// of its blocks.
enum { GD__INNER_BLOCKS = 4 };
typedef struct gd__layout {
    int rank;
    int64_t dim[GD_MAX_RANK];    // logical
    int64_t padded[GD_MAX_RANK]; // what is stored
    int64_t stride[GD_MAX_RANK]; // in elements, between outer blocks
    int inner_count;
    int inner_axis[GD__INNER_BLOCKS];
    int64_t inner_size[GD__INNER_BLOCKS];
} gd__layout;

gd__layout gd__layout_plain(gd_shape shape);
gd__layout gd__layout_plain_of(int rank, const int64_t *dim);
bool gd__layout_is_plain(const gd__layout *layout); // row-major, contiguous
bool gd__layout_equal(const gd__layout *a, const gd__layout *b);
// A plain value may be seen with other axes (groups of a weight, a second spatial axis): gives whichever of the two is
// plain the axes of the other, so that both have the same rank.
void gd__layout_match_axes(gd__layout *a, gd__layout *b);
// Every element once and nothing else: no padding and no holes, so an elementwise op may run straight over it.
bool gd__layout_is_dense(const gd__layout *layout);
int64_t gd__layout_elements(const gd__layout *layout); // stored, padding included
// The bytes of the stored elements, `width` each. Fails, naming the shape, when they fit no size_t.
gd_status gd__layout_bytes(const gd__layout *layout, size_t width, size_t *bytes);
enum { GD__LAYOUT_TEXT = 96 };
// "plain", or as oneDNN writes its tags: "aBcd16b". Returns `text`.
char *gd__layout_text(const gd__layout *layout, char text[GD__LAYOUT_TEXT]);

// The same memory seen as a plain array of more axes, outermost first: its sizes, and for each of them the logical
// axis that it walks along and by how many elements of it one step goes. Needs a dense layout. Returns the number of
// axes (at most GD_MAX_RANK + GD__INNER_BLOCKS).
typedef struct gd__walk_axis {
    int64_t size;
    int axis;
    int64_t step;
} gd__walk_axis;
enum { GD__WALK_AXES = GD_MAX_RANK + GD__INNER_BLOCKS };
int gd__layout_walk(const gd__layout *layout, gd__walk_axis walk[GD__WALK_AXES]);

// How far index i along `axis` moves an element, in elements; the place of an element is the sum over its axes.
int64_t gd__layout_offset(const gd__layout *layout, int axis, int64_t i);

// Copies elements of `width` bytes from one layout to another of the same logical sizes; padding is zeroed. Both
// layouts have the same rank. For values that are looked at or brought in; steps of a plan reorder faster.
void gd__layout_copy(void *to, const gd__layout *to_layout, const void *from, const gd__layout *from_layout,
                     size_t width);

#endif
