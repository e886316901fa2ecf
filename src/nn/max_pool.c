// Pooling by the largest element of each window, over one or two spatial axes.
#include "nn/pooling.h"

static gd_tensor max_pool(gd_tensor x, const char *kind, int axes, gd_pool_opts opts)
{
    gd__layer layer;
    gd_window window;
    int64_t excess[GD_SPATIAL];
    if (!gd__layer_begin(&layer, x, kind, NULL, opts.name))
        return gd__no_result(x);
    bool good = gd__pool_window(&layer, x, axes, &opts, &window, excess);
    return gd__layer_end(&layer, good ? gd_max_pool(x, window) : gd__poison(x.graph));
}

gd_tensor gd_max_pool2d(gd_tensor x, gd_pool_opts opts)
{
    return max_pool(x, "maxpool2d", 2, opts);
}

gd_tensor gd_max_pool1d(gd_tensor x, gd_pool_opts opts)
{
    return max_pool(x, "maxpool1d", 1, opts);
}

// ---- As records

static gd_tensor write_record1(const gd_layer_call *call)
{
    gd_pool_opts opts = *(const gd_pool_opts *)call->options;
    opts.name = call->name;
    return gd_max_pool1d(call->input[0], opts);
}

static void view1(const gd_layer_call *call, gd_layer_view *view)
{
    gd__view_pool(view, 1, call->options);
}

static gd_tensor write_record2(const gd_layer_call *call)
{
    gd_pool_opts opts = *(const gd_pool_opts *)call->options;
    opts.name = call->name;
    return gd_max_pool2d(call->input[0], opts);
}

static void view2(const gd_layer_call *call, gd_layer_view *view)
{
    gd__view_pool(view, 2, call->options);
}

#define OPTIONS(most)                                                                                                  \
    GD__POOL_OPTIONS(gd_pool_opts, most, kernel_hw, stride_hw, padding_hw),                                            \
        GD__WINDOW_OPTION(gd_pool_opts, "dilation", dilation_hw, 1, most, "1", "gaps in the window; 1: none")
static const gd_option options1[] = {OPTIONS(1), GD__END_OF_OPTIONS};
static const gd_option options2[] = {OPTIONS(2), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_maxpool1d = {
    .record = {.name = "maxpool1d",
               .doc = "the largest of each window",
               .options = options1,
               .short_option = "kernel",
               .aliases = "max_pool1d|max_pooling1d|maxpooling1d",
               .options_size = sizeof(gd_pool_opts)},
    .write = write_record1,
    .view = view1,
};
const gd_layer_kind gd__layer_maxpool2d = {
    .record = {.name = "maxpool2d",
               .doc = "the largest of each window",
               .options = options2,
               .short_option = "kernel",
               .aliases = "max_pool2d|max_pooling2d|maxpooling2d|maxpool|max_pool",
               .options_size = sizeof(gd_pool_opts)},
    .write = write_record2,
    .view = view2,
};
