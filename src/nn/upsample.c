// Maps in another size, as PyTorch's interpolate makes them. Along each axis a place of the output is a weighted sum of
// a few places of the input, its taps: one for nearest, two for linear, four for cubic interpolation.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <math.h>

#include "base/memory.h"
#include "nn/layer.h"
#include "nn/options.h"
#include "nn/window.h"

enum { MOST_TAPS = 4 };

// The taps of one place: where they lie, and what they weigh.
typedef struct place {
    int64_t at[MOST_TAPS];
    double weight[MOST_TAPS];
} place;

static int tap_count(gd_upsample_mode mode)
{
    return mode == GD_UPSAMPLE_BICUBIC ? 4 : mode == GD_UPSAMPLE_BILINEAR ? 2 : 1;
}

// The cubic convolution of Keys 1981 with a = -0.75, at a distance from a tap.
static double cubic(double distance)
{
    const double a = -0.75, d = fabs(distance);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

// One axis: `size` places become `output`, and a step of the output is `ratio` of the input.
typedef struct axis_map {
    gd_upsample_mode mode;
    bool align_corners;
    int64_t size, output;
    double ratio;
} axis_map;

static int64_t within(int64_t at, int64_t size)
{
    return at < 0 ? 0 : at >= size ? size - 1 : at;
}

static place place_of(const axis_map *map, int64_t index)
{
    place p = {.weight = {1}};
    const double i = (double)index;
    if (map->mode == GD_UPSAMPLE_NEAREST || map->mode == GD_UPSAMPLE_NEAREST_EXACT) {
        const double middle = map->mode == GD_UPSAMPLE_NEAREST ? i : i + 0.5;
        p.at[0] = within((int64_t)floor(middle * map->ratio), map->size);
        return p;
    }
    double from = map->align_corners ? i * map->ratio : (i + 0.5) * map->ratio - 0.5;
    if (map->mode == GD_UPSAMPLE_BILINEAR && from < 0)
        from = 0;
    const int64_t base = (int64_t)floor(from);
    const double rest = from - (double)base;
    if (map->mode == GD_UPSAMPLE_BILINEAR) {
        p.at[0] = within(base, map->size);
        p.at[1] = within(base + 1, map->size);
        p.weight[0] = 1 - rest;
        p.weight[1] = rest;
        return p;
    }
    for (int t = 0; t < MOST_TAPS; t++) {
        p.at[t] = within(base - 1 + t, map->size);
        p.weight[t] = cubic(rest - (double)(t - 1));
    }
    return p;
}

// Tap t of all places: the elements of x that it takes along `axis`, times their weights.
static gd_tensor take_tap(gd_tensor x, int axis, const axis_map *map, int tap)
{
    gd_array at, weight;
    if (gd_array_create(&at, GD_I32, GD_SHAPE(map->output)) != GD_OK)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for the places of a map");
    gd_shape beside = {.rank = gd_tensor_rank(x) - axis, .dim = {map->output, 1, 1, 1}};
    if (gd_array_create(&weight, gd_tensor_type(x), beside) != GD_OK) {
        gd_array_free(&at);
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for the places of a map");
    }
    for (int64_t i = 0; i < map->output; i++) {
        const place p = place_of(map, i);
        gd_array_put(&at, i, (double)p.at[tap]);
        gd_array_put(&weight, i, p.weight[tap]);
    }
    gd_tensor y = gd_gather(x, gd_constant(x.graph, &at), axis);
    if (tap_count(map->mode) > 1)
        y = gd_mul(y, gd_constant(x.graph, &weight));
    gd_array_free(&at);
    gd_array_free(&weight);
    return y;
}

static gd_tensor resample(gd_tensor x, int axis, const axis_map *map)
{
    gd_tensor y = take_tap(x, axis, map, 0);
    for (int tap = 1; tap < tap_count(map->mode); tap++)
        y = gd_add(y, take_tap(x, axis, map, tap));
    return y;
}

// What happens along spatial axis `i`; false, with the error noted, where the options ask for nothing that could be.
static bool map_axis(const gd__layer *layer, gd_tensor x, int i, const gd_upsample_opts *opts, axis_map *map)
{
    const double scale = opts->scale_hw[i] != 0 ? opts->scale_hw[i] : opts->scale;
    const int64_t size = opts->size_hw[i] != 0 ? opts->size_hw[i] : opts->size;
    *map = (axis_map){opts->mode, opts->align_corners, gd_tensor_dim(x, 2 + i), size, 0};
    if ((size != 0) == (scale != 0) || !(scale >= 0 && scale <= 1024) || size < 0 || size > GD__WINDOW_LIMIT) {
        gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT,
                      "size %lld and scale %g: expected one of them, a size of at most %d or a scale of at most 1024",
                      (long long)size, scale, GD__WINDOW_LIMIT);
        return false;
    }
    if (size == 0)
        map->output = (int64_t)floor((double)map->size * scale);
    if (map->output < 1) {
        gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "scale %g of %lld places leaves none", scale,
                      (long long)map->size);
        return false;
    }
    const bool smooth = opts->mode == GD_UPSAMPLE_BILINEAR || opts->mode == GD_UPSAMPLE_BICUBIC;
    if (smooth && opts->align_corners)
        map->ratio = map->output > 1 ? (double)(map->size - 1) / (double)(map->output - 1) : 0;
    else
        map->ratio = scale != 0 ? 1 / scale : (double)map->size / (double)map->output;
    return true;
}

static gd_tensor write_upsample(const gd__layer *layer, gd_tensor x, const gd_upsample_opts *opts)
{
    const int axes = gd_tensor_rank(x) == 3 ? 1 : 2;
    if (!gd__window_fits_known(layer, x, axes))
        return gd__poison(layer->graph);
    for (int i = 0; i < axes; i++) {
        axis_map map;
        if (!map_axis(layer, x, i, opts, &map))
            return gd__poison(layer->graph);
        x = resample(x, 2 + i, &map);
    }
    return x;
}

gd_tensor gd_upsample(gd_tensor x, gd_upsample_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "upsample", NULL, opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_upsample(&layer, x, &opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd_upsample_opts opts = *(const gd_upsample_opts *)call->options;
    opts.name = call->name;
    if (opts.size_hw[0] == 0 && opts.size_hw[1] == 0 && opts.scale_hw[0] == 0 && opts.scale_hw[1] == 0)
        opts.scale = 2;
    return gd_upsample(call->input[0], opts);
}

// An output sees the taps of its place.
static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_upsample_opts *opts = call->options;
    for (int i = 0; i + 2 < gd_tensor_rank(call->input[0]) && i < 2; i++) {
        const double size = (double)gd_tensor_dim(call->input[0], 2 + i);
        const double scale = opts->scale_hw[i] != 0  ? opts->scale_hw[i]
                             : opts->size_hw[i] != 0 ? (double)opts->size_hw[i] / size
                                                     : 2;
        view->size[i] += (tap_count(opts->mode) - 1) * view->spread[i];
        view->spread[i] /= scale;
    }
}

static const gd_option options[] = {
    {.name = "scale",
     .type = GD_OPTION_NUMBERS,
     .ranged = true,
     .above = true,
     .high = 1024,
     .least = 2,
     .most = 2,
     .doc = "how many times as large, one number or [rows, columns]; 2 where no size is given",
     GD_FIELD(gd_upsample_opts, scale_hw)},
    GD__WINDOW_OPTION(gd_upsample_opts, "size", size_hw, 1, 2, NULL, "the new size, in place of `scale`"),
    {.name = "mode",
     .type = GD_OPTION_CHOICE,
     .choices = "nearest|nearest_exact|bilinear|bicubic",
     .standard = "nearest",
     .doc = "how values between two places are found",
     GD_FIELD(gd_upsample_opts, mode)},
    GD__FLAG_OPTION(gd_upsample_opts, "align_corners", align_corners, "false",
                    "bilinear, bicubic: the corners of both maps coincide, in place of their edges"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_upsample = {
    .record = {.name = "upsample",
               .doc = "maps in another size, by interpolation",
               .options = options,
               .short_option = "scale",
               .aliases = "interpolate|resize|upsampling|upsampling2d",
               .options_size = sizeof(gd_upsample_opts)},
    .write = write_record,
    .view = view,
};
