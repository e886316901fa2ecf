// Pooling by the mean of each window, over one or two spatial axes.
#include "nn/pooling.h"

// The mean of the last window along an axis, of which `excess` of `kernel` elements do not count.
static gd_tensor without_excess(gd_tensor y, int axis, int64_t kernel, int64_t excess)
{
    if (!gd_tensor_ok(y))
        return y;
    gd_shape shape = {.rank = gd_tensor_rank(y)};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = i == axis ? gd_tensor_dim(y, axis) : 1;
    gd_array factor;
    if (gd_array_create(&factor, gd_tensor_type(y), shape) != GD_OK)
        return gd_graph_fail(y.graph, GD_ERROR_MEMORY, "out of memory for the divisors of a pool");
    for (int64_t i = 0; i < shape.dim[axis]; i++)
        gd_array_put(&factor, i, i == shape.dim[axis] - 1 ? (double)kernel / (double)(kernel - excess) : 1);
    y = gd_mul(y, gd_constant(y.graph, &factor));
    gd_array_free(&factor);
    return y;
}

static gd_tensor average_pool(gd_tensor x, const char *kind, int axes, gd_pool_opts opts)
{
    gd__layer layer;
    gd_window window;
    int64_t excess[GD_SPATIAL] = {0};
    if (!gd__layer_begin(&layer, x, kind, NULL, opts.name))
        return gd__no_result(x);
    gd_tensor y = gd__poison(x.graph);
    if (opts.dilation != 0 || opts.dilation_hw[0] != 0 || opts.dilation_hw[1] != 0)
        gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "an average takes no dilation");
    else if (gd__pool_window(&layer, x, axes, &opts, &window, excess))
        y = gd_average_pool(x, window, (gd_average_pool_opts){.exclude_padding = opts.exclude_padding});
    for (int i = 0; i < axes && !opts.exclude_padding; i++)
        if (excess[i] > 0)
            y = without_excess(y, 2 + i, window.kernel[i], excess[i]);
    return gd__layer_end(&layer, y);
}

gd_tensor gd_average_pool2d(gd_tensor x, gd_pool_opts opts)
{
    return average_pool(x, "avgpool2d", 2, opts);
}

gd_tensor gd_average_pool1d(gd_tensor x, gd_pool_opts opts)
{
    return average_pool(x, "avgpool1d", 1, opts);
}

// ---- As records

static gd_tensor write_record1(const gd_layer_call *call)
{
    gd_pool_opts opts = *(const gd_pool_opts *)call->options;
    opts.name = call->name;
    return gd_average_pool1d(call->input[0], opts);
}

static void view1(const gd_layer_call *call, gd_layer_view *view)
{
    gd__view_pool(view, 1, call->options);
}

static gd_tensor write_record2(const gd_layer_call *call)
{
    gd_pool_opts opts = *(const gd_pool_opts *)call->options;
    opts.name = call->name;
    return gd_average_pool2d(call->input[0], opts);
}

static void view2(const gd_layer_call *call, gd_layer_view *view)
{
    gd__view_pool(view, 2, call->options);
}

#define OPTIONS(most)                                                                                                  \
    GD__POOL_OPTIONS(gd_pool_opts, most, kernel_hw, stride_hw, padding_hw),                                            \
        GD__FLAG_OPTION(gd_pool_opts, "exclude_padding", exclude_padding, "false", "divide by the real elements only")
static const gd_option options1[] = {OPTIONS(1), GD__END_OF_OPTIONS};
static const gd_option options2[] = {OPTIONS(2), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_avgpool1d = {
    .record = {.name = "avgpool1d",
               .doc = "the mean of each window",
               .options = options1,
               .short_option = "kernel",
               .aliases = "avg_pool1d|average_pool1d|averagepooling1d",
               .options_size = sizeof(gd_pool_opts)},
    .write = write_record1,
    .view = view1,
};
const gd_layer_kind gd__layer_avgpool2d = {
    .record = {.name = "avgpool2d",
               .doc = "the mean of each window",
               .options = options2,
               .short_option = "kernel",
               .aliases = "avg_pool2d|average_pool2d|averagepooling2d|avgpool|avg_pool|average_pool",
               .options_size = sizeof(gd_pool_opts)},
    .write = write_record2,
    .view = view2,
};
