// What convolution layers share: reading sizes, making weights, writing the op.
#include "nn/convolution.h"

#include "nn/padding.h"

// Sizes as the op takes them, and the padding as the user gave it.
typedef struct sizes {
    gd_window window;
    int64_t kernel[GD_SPATIAL], padding[GD_SPATIAL], output_padding[GD_SPATIAL];
} sizes;

static bool read_sizes(const gd__layer *layer, int axes, const gd_conv2d_opts *opts, sizes *s)
{
    *s = (sizes){.window.groups = opts->groups == 0 ? 1 : opts->groups};
    const gd__window_option kernel = {"kernel", opts->kernel, opts->kernel_hw, 0, 1};
    const gd__window_option stride = {"stride", opts->stride, opts->stride_hw, 1, 1};
    const gd__window_option dilation = {"dilation", opts->dilation, opts->dilation_hw, 1, 1};
    const gd__window_option padding = {"padding", opts->padding, opts->padding_hw, 0, GD_SAME};
    const gd__window_option output_padding = {"output_padding", opts->output_padding, opts->output_padding_hw, 0, 0};
    return gd__window_resolve(layer, axes, kernel, s->kernel) &&
           gd__window_resolve(layer, axes, stride, s->window.stride) &&
           gd__window_resolve(layer, axes, dilation, s->window.dilation) &&
           gd__window_resolve(layer, axes, padding, s->padding) &&
           gd__window_resolve(layer, axes, output_padding, s->output_padding);
}

bool gd__groups_fit(const gd__layer *layer, int64_t channels, int64_t filters, int64_t groups)
{
    if (filters >= 1 && groups >= 1 && channels % groups == 0 && filters % groups == 0)
        return true;
    gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT,
                  "%lld channels to %lld filters in %lld groups: expected at least 1 filter, and both to be multiples "
                  "of the groups",
                  (long long)channels, (long long)filters, (long long)groups);
    return false;
}

static gd_shape weight_shape(int axes, int64_t first, int64_t second, const int64_t kernel[GD_SPATIAL])
{
    gd_shape shape = {.rank = axes + 2, .dim = {first, second}};
    for (int i = 0; i < axes; i++)
        shape.dim[2 + i] = kernel[i];
    return shape;
}

gd_tensor gd__write_convolution(const gd__layer *layer, gd_tensor x, int axes, int64_t filters,
                                const gd_conv2d_opts *opts)
{
    sizes s;
    int64_t channels = gd_tensor_dim(x, 1);
    if (!gd__window_fits(layer, x, axes) || !read_sizes(layer, axes, opts, &s) ||
        !gd__groups_fit(layer, channels, filters, s.window.groups) ||
        !gd__window_pad(layer, x, 2, axes, s.kernel, s.padding, &s.window))
        return gd__poison(layer->graph);
    for (int i = 0; i < axes && opts->padding_mode != GD_PADDING_ZEROS; i++) {
        x = gd__pad_axis(x, 2 + i, s.window.pad_begin[i], s.window.pad_end[i], opts->padding_mode, 0);
        s.window.pad_begin[i] = s.window.pad_end[i] = 0;
    }
    gd_shape shape = weight_shape(axes, filters, channels / s.window.groups, s.kernel);
    gd_tensor weight = gd__layer_parameter(layer, "weight", shape, opts->initializer);
    gd_tensor bias = gd__layer_bias(layer, filters, shape, opts->no_bias, opts->initializer, opts->bias_initializer);
    return gd_convolve(x, weight, bias, s.window);
}

// The padding of a transposed convolution for an output of input * stride: it cuts off what the kernel reaches
// beyond the stride, or adds what it lacks.
static void same_transposed(int axes, sizes *s)
{
    for (int i = 0; i < axes; i++) {
        s->window.pad_begin[i] = s->window.pad_end[i] = s->padding[i];
        if (s->padding[i] != GD_SAME)
            continue;
        int64_t excess = s->window.dilation[i] * (s->kernel[i] - 1) + 1 - s->window.stride[i];
        int64_t cut = excess > 0 ? excess : 0;
        s->window.pad_begin[i] = cut / 2;
        s->window.pad_end[i] = cut - cut / 2;
        s->output_padding[i] += cut - excess;
    }
}

gd_tensor gd__write_transposed(const gd__layer *layer, gd_tensor x, int axes, int64_t filters,
                               const gd_conv2d_opts *opts)
{
    sizes s;
    int64_t channels = gd_tensor_dim(x, 1);
    if (!gd__window_fits(layer, x, axes) || !read_sizes(layer, axes, opts, &s) ||
        !gd__groups_fit(layer, channels, filters, s.window.groups))
        return gd__poison(layer->graph);
    same_transposed(axes, &s);
    gd_shape shape = weight_shape(axes, channels, filters / s.window.groups, s.kernel);
    gd_tensor weight = gd__layer_parameter(layer, "weight", shape, opts->initializer);
    gd_tensor bias = gd__layer_bias(layer, filters, shape, opts->no_bias, opts->initializer, opts->bias_initializer);
    return gd_convolve_transposed(x, weight, bias, s.window, s.output_padding);
}

gd_conv2d_opts gd__conv1d_sizes(const gd_conv1d_opts *opts)
{
    return (gd_conv2d_opts){.kernel = opts->kernel,
                            .stride = opts->stride,
                            .dilation = opts->dilation,
                            .padding = opts->padding,
                            .output_padding = opts->output_padding,
                            .groups = opts->groups,
                            .no_bias = opts->no_bias,
                            .initializer = opts->initializer,
                            .bias_initializer = opts->bias_initializer,
                            .padding_mode = opts->padding_mode};
}
