// Pooling to maps of a given size, whatever the size of what comes in: output i of n sees the inputs from
// floor(i size / n) to ceil((i + 1) size / n), so windows differ by one and may overlap.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "base/memory.h"
#include "nn/layer.h"
#include "nn/options.h"
#include "nn/window.h"

enum { MOST = 1024 }; // outputs along an axis

typedef struct adaptive_options {
    int64_t size[GD_SPATIAL];
} adaptive_options;

static int64_t begin_of(int64_t i, int64_t size, int64_t count)
{
    return i * size / count;
}

static int64_t end_of(int64_t i, int64_t size, int64_t count)
{
    return ((i + 1) * size + count - 1) / count;
}

// (count, size): a row holds 1 / length over its window, so a product with it is the mean.
static gd_tensor mean_matrix(gd_tensor x, int64_t size, int64_t count)
{
    gd_array rows;
    if (gd_array_create(&rows, gd_tensor_type(x), GD_SHAPE(count, size)) != GD_OK)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for the windows of a pool");
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = begin_of(i, size, count); k < end_of(i, size, count); k++)
            gd_array_put(&rows, i * size + k, 1 / (double)(end_of(i, size, count) - begin_of(i, size, count)));
    const gd_tensor matrix = gd_constant(x.graph, &rows);
    gd_array_free(&rows);
    return matrix;
}

// Means along an axis, which is brought to the end and back.
static gd_tensor mean_along(gd_tensor x, int axis, int64_t count)
{
    gd_shape shape = gd_tensor_shape(x);
    const int last = shape.rank - 1;
    const int64_t size = shape.dim[axis];
    gd_axes order = {.count = shape.rank};
    for (int i = 0; i < shape.rank; i++)
        order.axis[i] = i == axis ? last : i == last ? axis : i;
    gd_tensor y = axis == last ? x : gd_transpose(x, order);
    gd_shape ends = gd_tensor_shape(y);
    ends.dim[last] = count;
    y = gd_matmul(gd_reshape(y, GD_SHAPE(GD_INFER, size)), mean_matrix(x, size, count),
                  (gd_matmul_opts){.transpose_b = true});
    y = gd_reshape(y, ends);
    return axis == last ? y : gd_transpose(y, order);
}

static gd_tensor max_along(gd_tensor x, int axis, int64_t count)
{
    gd_tensor *part = gd__alloc((size_t)count * sizeof *part);
    if (part == NULL)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for a layer");
    const int64_t size = gd_tensor_dim(x, axis);
    for (int64_t i = 0; i < count; i++)
        part[i] = gd_max(gd_slice(x, axis, begin_of(i, size, count), end_of(i, size, count), 1),
                         (gd_reduce_opts){.axes = GD_AXES(axis), .keep = true});
    const gd_tensor y = gd_concat((int)count, part, axis);
    gd__free(part);
    return y;
}

static gd_tensor pool(const gd_layer_call *call, const char *kind, int axes, bool largest)
{
    const adaptive_options *o = call->options;
    gd_tensor x = call->input[0];
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, kind, NULL, call->name))
        return gd__no_result(x);
    if (!gd__window_fits_known(&layer, x, axes))
        return gd__layer_end(&layer, gd__poison(call->graph));
    bool even = true; // windows of one size side by side
    gd_window window = {0};
    for (int i = 0; i < axes; i++) {
        const int64_t size = gd_tensor_dim(x, 2 + i);
        even = even && size % o->size[i] == 0;
        window.kernel[i] = window.stride[i] = size / o->size[i];
        window.dilation[i] = 1;
    }
    if (even)
        x = largest ? gd_max_pool(x, window) : gd_average_pool(x, window, (gd_average_pool_opts){0});
    for (int i = 0; i < axes && !even; i++)
        if (gd_tensor_dim(x, 2 + i) != o->size[i])
            x = largest ? max_along(x, 2 + i, o->size[i]) : mean_along(x, 2 + i, o->size[i]);
    return gd__layer_end(&layer, x);
}

// ---- As records

static gd_tensor write_average1(const gd_layer_call *call)
{
    return pool(call, "adaptive_avgpool1d", 1, false);
}

static gd_tensor write_average2(const gd_layer_call *call)
{
    return pool(call, "adaptive_avgpool2d", 2, false);
}

static gd_tensor write_max1(const gd_layer_call *call)
{
    return pool(call, "adaptive_maxpool1d", 1, true);
}

static gd_tensor write_max2(const gd_layer_call *call)
{
    return pool(call, "adaptive_maxpool2d", 2, true);
}

// The widest window: ceil(size / count) inputs, and one more where they overlap unevenly.
static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const adaptive_options *o = call->options;
    for (int i = 0; i < GD_SPATIAL && 2 + i < gd_tensor_rank(call->input[0]); i++) {
        const int64_t size = gd_tensor_dim(call->input[0], 2 + i), count = o->size[i];
        int64_t widest = 1;
        for (int64_t k = 0; size > 0 && count > 0 && k < count; k++)
            if (end_of(k, size, count) - begin_of(k, size, count) > widest)
                widest = end_of(k, size, count) - begin_of(k, size, count);
        view->size[i] += ((double)widest - 1) * view->spread[i];
        view->spread[i] *= count > 0 ? (double)size / (double)count : 1;
    }
}

#define SIZE_OPTION(most_)                                                                                             \
    {                                                                                                                  \
        .name = "size", .type = GD_OPTION_SIZE, .required = true, .ranged = true, .low = 1, .high = MOST,              \
        .most = (most_), .doc = "of the maps that it puts out", GD_FIELD(adaptive_options, size)                       \
    }
static const gd_option options1[] = {SIZE_OPTION(1), GD__NAME_OPTION, GD__END_OF_OPTIONS};
static const gd_option options2[] = {SIZE_OPTION(2), GD__NAME_OPTION, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_adaptive_avgpool1d = {
    .record = {.name = "adaptive_avgpool1d",
               .doc = "the means of windows that are chosen so that the output has the given size",
               .options = options1,
               .short_option = "size",
               .aliases = "adaptive_avg_pool1d|adaptiveavgpool1d",
               .options_size = sizeof(adaptive_options)},
    .write = write_average1,
    .view = view,
};
const gd_layer_kind gd__layer_adaptive_avgpool2d = {
    .record = {.name = "adaptive_avgpool2d",
               .doc = "the means of windows that are chosen so that the output has the given size",
               .options = options2,
               .short_option = "size",
               .aliases = "adaptive_avg_pool2d|adaptiveavgpool2d",
               .options_size = sizeof(adaptive_options)},
    .write = write_average2,
    .view = view,
};
const gd_layer_kind gd__layer_adaptive_maxpool1d = {
    .record = {.name = "adaptive_maxpool1d",
               .doc = "the largest of windows that are chosen so that the output has the given size",
               .options = options1,
               .short_option = "size",
               .aliases = "adaptive_max_pool1d|adaptivemaxpool1d",
               .options_size = sizeof(adaptive_options)},
    .write = write_max1,
    .view = view,
};
const gd_layer_kind gd__layer_adaptive_maxpool2d = {
    .record = {.name = "adaptive_maxpool2d",
               .doc = "the largest of windows that are chosen so that the output has the given size",
               .options = options2,
               .short_option = "size",
               .aliases = "adaptive_max_pool2d|adaptivemaxpool2d",
               .options_size = sizeof(adaptive_options)},
    .write = write_max2,
    .view = view,
};
