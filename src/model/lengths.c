// Sequences of different lengths on their way through the layers: the lengths go with a value as long as it has an axis
// of time, and nothing behind the ends comes into a layer that looks at more than one place.
#include <gradus/ops.h>

#include "base/dimension.h"
#include "model/model.h"
#include "nn/lengths.h"

// The axis behind the batch's whose length follows from the time; 0 where none or several do.
static int time_axis(gd_tensor x)
{
    int axis = 0;
    for (int i = 1; gd_tensor_ok(x) && i < gd_tensor_rank(x); i++)
        if (gd__dimension_has_time(gd_tensor_dim(x, i))) {
            if (axis != 0)
                return 0;
            axis = i;
        }
    return axis;
}

gd_tensor gd__lengths_at(gd_tensor lengths, gd_tensor x)
{
    const int axis = time_axis(x);
    if (lengths.graph == NULL || axis == 0 || gd_tensor_dim(x, 0) != GD_BATCH)
        return GD_NO_TENSOR;
    const int64_t dimension = gd_tensor_dim(x, axis);
    const gd__time_form form = gd__dimension_form(dimension);
    if (dimension == GD_TIME || form.batch)
        return form.batch ? GD_NO_TENSOR : lengths;
    // As many places as the layers make of a sequence that stands alone.
    gd_tensor count = gd_cast(lengths, GD_F64);
    count = gd_floor(gd_div(gd_shift(count, (double)form.shift), gd_scalar_like(count, (double)form.by)));
    count = gd_shift(gd_scale(count, (double)form.times), (double)form.plus);
    return gd_maximum(count, gd_scalar_like(count, 0));
}

gd_tensor gd__lengths_clear(const gd_layer_kind *kind, gd_tensor lengths, gd_tensor x)
{
    const unsigned stays = GD_LAYER_ACTIVATION | GD_LAYER_BY_PLACE | GD_LAYER_LENGTHS;
    const gd_tensor at = gd__lengths_at(lengths, x);
    if (at.graph == NULL || (kind->flags & stays) != 0 || gd__layer_has_lists(kind))
        return x;
    if ((kind->flags & GD_LAYER_OVER_PLACES) != 0)
        return gd_graph_fail(x.graph, GD_ERROR_UNSUPPORTED,
                             "%s would count the padding of sequences of different lengths; layer_norm and rms_norm "
                             "look at each place by itself",
                             kind->record.name);
    return gd__clear_padding(x, at, time_axis(x));
}

bool gd__lengths_after(const gd_layer_kind *kind, gd_tensor lengths, gd_tensor x, gd_tensor y)
{
    const int before = time_axis(x), after = time_axis(y);
    if (lengths.graph == NULL || before == 0 || !gd_tensor_ok(y))
        return false;
    if ((kind->flags & GD_LAYER_LENGTHS) != 0 || gd__layer_has_lists(kind))
        return after != 0;
    const bool as_many = after != 0 && gd_tensor_dim(x, before) == gd_tensor_dim(y, after);
    const unsigned each = GD_LAYER_ACTIVATION | GD_LAYER_BY_PLACE;
    const bool stays = (kind->flags & each) != 0 ? as_many : as_many && before == after;
    if ((kind->flags & (each | GD_LAYER_SHAPE)) != 0 ? stays : after != 0)
        return true;
    gd_graph_fail(y.graph, GD_ERROR_UNSUPPORTED,
                  "%s would take padding for places of sequences that differ in length; `over_time`, a global pooling "
                  "or a recurrent layer with `last` makes one place of them first",
                  kind->record.name);
    return false;
}
