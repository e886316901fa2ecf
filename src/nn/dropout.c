// Dropout as a layer.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct dropout_options {
    double rate;
} dropout_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    return gd_dropout(call->input[0], ((const dropout_options *)call->options)->rate);
}

static const gd_option options[] = {{.name = "rate",
                                     .aliases = "p|probability|drop_rate|drop",
                                     .type = GD_OPTION_NUMBER,
                                     .required = true,
                                     .ranged = true,
                                     .below = true,
                                     .high = 1,
                                     .doc = "the part of the elements that is zeroed in training",
                                     GD_FIELD(dropout_options, rate)},
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_dropout = {
    .record = {.name = "dropout",
               .doc = "zeroes elements at random in training, and scales the others up",
               .options = options,
               .short_option = "rate",
               .source = "Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014",
               .options_size = sizeof(dropout_options)},
    .flags = GD_LAYER_BY_UNIT | GD_LAYER_BY_PLACE,
    .write = write_record,
};
