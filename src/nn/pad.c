// More elements at the ends of an axis: of one value, or taken from the axis itself.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "base/dimension.h"
#include "nn/layer.h"
#include "nn/options.h"
#include "nn/padding.h"

// The place in an axis of `size` elements that stands at `i`, which may lie outside.
static int64_t source_of(int64_t i, int64_t size, gd_padding_mode mode)
{
    if (mode == GD_PADDING_REFLECT) // around the end, which is not repeated
        return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
    if (mode == GD_PADDING_REPLICATE)
        return i < 0 ? 0 : i >= size ? size - 1 : i;
    return i < 0 ? i + size : i >= size ? i - size : i;
}

static gd_tensor pad_with_zeros(gd_tensor x, int axis, int64_t before, int64_t after, double value)
{
    int64_t begin[GD_MAX_RANK] = {0}, end[GD_MAX_RANK] = {0};
    begin[axis] = before;
    end[axis] = after;
    return gd_pad(x, begin, end, value);
}

gd_tensor gd__pad_axis(gd_tensor x, int axis, int64_t before, int64_t after, gd_padding_mode mode, double value)
{
    const int64_t size = gd_tensor_dim(x, axis), longest = before > after ? before : after;
    const int64_t most = mode == GD_PADDING_REFLECT ? size - 1 : mode == GD_PADDING_CIRCULAR ? size : INT32_MAX;
    if (before == 0 && after == 0)
        return x;
    if (mode == GD_PADDING_ZEROS)
        return pad_with_zeros(x, axis, before, after, value);
    if (gd__dimension_has_time(size))
        return gd_graph_fail(x.graph, GD_ERROR_SHAPE,
                             "axis %d has a length that follows from the time, which can be padded with zeros alone",
                             axis);
    if (size < 1 || longest > most || size > INT32_MAX - before - after)
        return gd_graph_fail(x.graph, GD_ERROR_SHAPE,
                             "%lld elements beyond an end of an axis of %lld: at most %lld can be", (long long)longest,
                             (long long)size, (long long)(most < 0 ? 0 : most));
    gd_array place;
    if (gd_array_create(&place, GD_I32, GD_SHAPE(before + size + after)) != GD_OK)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for the padding of an axis");
    for (int64_t i = 0; i < before + size + after; i++)
        gd_array_put(&place, i, (double)source_of(i - before, size, mode));
    const gd_tensor index = gd_constant(x.graph, &place);
    gd_array_free(&place);
    return gd_gather(x, index, axis);
}

// ---- As a record

typedef struct pad_options {
    int64_t axis, before, after;
    int mode;
    double value;
} pad_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const pad_options *o = call->options;
    const gd_tensor x = call->input[0];
    char text[GD_SHAPE_TEXT];
    if (o->axis >= gd_tensor_rank(x))
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "pad: x is %s, which has no axis %d",
                             gd_shape_text(gd_tensor_shape(x), text), (int)o->axis);
    return gd__pad_axis(x, (int)o->axis, o->before, o->after, (gd_padding_mode)o->mode, o->value);
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(pad_options, "axis", axis, 1, GD_MAX_RANK - 1, "1", "which axis, the batch's being 0"),
    GD__INTEGER_OPTION(pad_options, "before", before, 0, 1e6, "0", "how many before the first"),
    GD__INTEGER_OPTION(pad_options, "after", after, 0, 1e6, "0", "how many behind the last"),
    {.name = "mode",
     .type = GD_OPTION_CHOICE,
     .choices = GD__PADDING_MODES,
     .standard = "zeros",
     .doc = "what they are: `value`, the elements mirrored at the end, the last one, or those of the other end",
     GD_FIELD(pad_options, mode)},
    GD__NUMBER_OPTION(pad_options, "value", value, -1e30, 1e30, "0", "of the new elements, in the mode `zeros`"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_pad = {
    .record = {.name = "pad",
               .doc = "more elements at the ends of an axis",
               .options = options,
               .aliases = "zero_pad|padding",
               .options_size = sizeof(pad_options)},
    .write = write_record,
};
