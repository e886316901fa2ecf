// A constant factor.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct scale_options {
    double factor;
} scale_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const scale_options *o = call->options;
    return gd_scale(call->input[0], o->factor);
}

static const gd_option options[] = {{.name = "factor",
                                     .type = GD_OPTION_NUMBER,
                                     .ranged = true,
                                     .low = -1e6,
                                     .high = 1e6,
                                     .required = true,
                                     .doc = "what each number is multiplied by",
                                     GD_FIELD(scale_options, factor)},
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_scale = {
    .record = {.name = "scale",
               .doc = "factor x: before a softmax, a factor below 1 softens what it gives",
               .options = options,
               .short_option = "factor",
               .options_size = sizeof(scale_options)},
    .flags = GD_LAYER_BY_UNIT | GD_LAYER_BY_PLACE,
    .write = write_record,
};
