// Between channels and places: (N, C r^2, H, W) to (N, C, H r, W r), and back.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"
#include "nn/window.h"

typedef struct shuffle_options {
    int64_t factor;
} shuffle_options;

static gd_tensor fail(gd_tensor x, const char *kind, const char *expected, int64_t factor)
{
    char text[GD_SHAPE_TEXT];
    return gd_graph_fail(x.graph, GD_ERROR_SHAPE, "%s by %lld: x is %s, expected %s", kind, (long long)factor,
                         gd_shape_text(gd_tensor_shape(x), text), expected);
}

static gd_tensor write_shuffle(const gd_layer_call *call)
{
    const int64_t r = ((const shuffle_options *)call->options)->factor;
    const gd_shape s = gd_tensor_shape(call->input[0]);
    if (s.rank != 4 || s.dim[1] < 1 || s.dim[2] < 1 || s.dim[3] < 1 || s.dim[1] % (r * r) != 0)
        return fail(call->input[0], "pixel_shuffle", "(N, C, H, W) with C a multiple of the factor's square", r);
    const int64_t channels = s.dim[1] / (r * r);
    gd_tensor y = gd_reshape(call->input[0], GD_SHAPE(s.dim[0], channels, r, r, s.dim[2], s.dim[3]));
    y = gd_transpose(y, GD_AXES(0, 1, 4, 2, 5, 3));
    return gd_reshape(y, GD_SHAPE(s.dim[0], channels, s.dim[2] * r, s.dim[3] * r));
}

static gd_tensor write_unshuffle(const gd_layer_call *call)
{
    const int64_t r = ((const shuffle_options *)call->options)->factor;
    const gd_shape s = gd_tensor_shape(call->input[0]);
    if (s.rank != 4 || s.dim[1] < 1 || s.dim[2] < 1 || s.dim[3] < 1 || s.dim[2] % r != 0 || s.dim[3] % r != 0)
        return fail(call->input[0], "pixel_unshuffle", "(N, C, H, W) with H and W multiples of the factor", r);
    gd_tensor y = gd_reshape(call->input[0], GD_SHAPE(s.dim[0], s.dim[1], s.dim[2] / r, r, s.dim[3] / r, r));
    y = gd_transpose(y, GD_AXES(0, 1, 3, 5, 2, 4));
    return gd_reshape(y, GD_SHAPE(s.dim[0], s.dim[1] * r * r, s.dim[2] / r, s.dim[3] / r));
}

// The places of r x r pixels come from one place, or go to one.
static void view_shuffle(const gd_layer_call *call, gd_layer_view *view)
{
    for (int i = 0; i < 2; i++)
        view->spread[i] /= (double)((const shuffle_options *)call->options)->factor;
}

static void view_unshuffle(const gd_layer_call *call, gd_layer_view *view)
{
    const int64_t r = ((const shuffle_options *)call->options)->factor;
    gd__view_window(view, 2, (int64_t[]){r, r}, (int64_t[]){r, r}, (int64_t[]){1, 1});
}

static const gd_option options[] = {
    GD__COUNT_OPTION(shuffle_options, "factor", factor, "how many pixels along each axis one becomes"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_pixel_shuffle = {
    .record = {.name = "pixel_shuffle",
               .doc = "channels become pixels: (C r^2, H, W) to (C, H r, W r)",
               .options = options,
               .short_option = "factor",
               .aliases = "pixelshuffle|depth_to_space",
               .source = "Shi et al. 2016",
               .options_size = sizeof(shuffle_options)},
    .flags = GD_LAYER_SHAPE,
    .write = write_shuffle,
    .view = view_shuffle,
};
const gd_layer_kind gd__layer_pixel_unshuffle = {
    .record = {.name = "pixel_unshuffle",
               .doc = "pixels become channels: (C, H r, W r) to (C r^2, H, W)",
               .options = options,
               .short_option = "factor",
               .aliases = "pixelunshuffle|space_to_depth",
               .source = "Shi et al. 2016",
               .options_size = sizeof(shuffle_options)},
    .flags = GD_LAYER_SHAPE,
    .write = write_unshuffle,
    .view = view_unshuffle,
};
