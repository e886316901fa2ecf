// A window that slides over the spatial axes, the last ones of x (N, C, …spatial): shared by convolution and pooling.
#ifndef GD_OP_WINDOW_H
#define GD_OP_WINDOW_H

#include <gradus/op.h>
#include <gradus/ops.h>

// A window with every default filled in. Entry i belongs to spatial axis i; with one spatial axis, entry 1 is that of
// an axis of size 1 under a kernel of size 1, so that kernels may always see two. The ops of one family (an op and
// its adjoints) carry the same window, so a gradient hands its attributes on as they are.
typedef struct gd__window {
    int64_t spatial;          // how many spatial axes, 1 or 2
    int64_t size[GD_SPATIAL]; // of x
    int64_t kernel[GD_SPATIAL];
    int64_t stride[GD_SPATIAL];
    int64_t dilation[GD_SPATIAL];
    int64_t pad_begin[GD_SPATIAL];
    int64_t pad_end[GD_SPATIAL];
} gd__window;

#define GD__WINDOW_ROW(struct_type, field, value_count, words)                                                         \
    {                                                                                                                  \
        .name = #field, .kind = GD_ATTRIBUTE_INT, .offset = offsetof(struct_type, window.field),                       \
        .count = (value_count), .doc = (words)                                                                         \
    }
// The rows of an attribute table for a struct with a field `gd__window window`.
#define GD__WINDOW_ROWS(struct_type)                                                                                   \
    GD__WINDOW_ROW(struct_type, spatial, 1, "number of spatial axes, 1 or 2"),                                         \
        GD__WINDOW_ROW(struct_type, size, GD_SPATIAL, "spatial size of x"),                                            \
        GD__WINDOW_ROW(struct_type, kernel, GD_SPATIAL, "size of the window"),                                         \
        GD__WINDOW_ROW(struct_type, stride, GD_SPATIAL, "step from one window to the next"),                           \
        GD__WINDOW_ROW(struct_type, dilation, GD_SPATIAL, "distance of the window's elements"),                        \
        GD__WINDOW_ROW(struct_type, pad_begin, GD_SPATIAL, "padding before the first element"),                        \
        GD__WINDOW_ROW(struct_type, pad_end, GD_SPATIAL, "padding after the last element")

// What a builder was given, with defaults: `size` and `kernel` have one entry a spatial axis of x; a stride of 0 is
// 1, or the kernel when `stride_is_kernel`. Nothing is refused here: the shape function does that.
gd__window gd__window_fill(const gd_window *given, int rank, const int64_t *size, const int64_t *kernel,
                           bool stride_is_kernel);

// As padding: GD_SAME of gradus/nn.h.
#define GD__WINDOW_SAME ((int64_t)-1)
// Where the length of x follows from the time, a stride beyond 1 with the padding GD__WINDOW_SAME has to wait for it:
// both paddings of such an axis are GD__WINDOW_SAME until gd__window_close finds them.
bool gd__window_waits(const gd__window *window, int axis);
void gd__window_close(gd__window *window);
// The padding for ceil(size / stride) places, as evenly on both sides as can be: the odd one behind. False where it
// cannot be computed.
bool gd__window_same(int64_t size, int64_t span, int64_t stride, int64_t *before, int64_t *after);

// How many elements the window spans on an axis: D (F - 1) + 1.
int64_t gd__window_span(const gd__window *window, int axis);
// How many places the window has on an axis: (W - D (F - 1) - 1 + P) / S + 1, rounded down, where P is the padding on
// both sides. For a window that gd__window_check has passed.
int64_t gd__window_places(const gd__window *window, int axis);

// The positions of x that the window meets at a place: `first`, and on from there by the dilation, before `end`.
void gd__window_reach(const gd__window *window, int axis, int64_t place, int64_t *first, int64_t *end);

// Is x (N, C, …spatial), with the window's spatial size, and does the window fit? Errors call the input `name`.
bool gd__window_check(gd_shape_call *call, const gd__window *window, gd_shape x, const char *name);
// As above without an x: the numbers alone.
bool gd__window_check_numbers(gd_shape_call *call, const gd__window *window);
// Is y (N, C, …places)?
bool gd__window_check_places(gd_shape_call *call, const gd__window *window, gd_shape y, const char *name);
// (n, c, …size) and (n, c, …places).
gd_shape gd__window_shape_of_x(const gd__window *window, int64_t n, int64_t c);
gd_shape gd__window_shape_of_places(const gd__window *window, int64_t n, int64_t c);

#endif
