// Local response normalisation: each number by what its neighbours in other channels are.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/options.h"

typedef struct local_response_options {
    int64_t size;
    double alpha, beta, k;
} local_response_options;

// The mean of the squares of `size` neighbouring channels; beyond the first and the last channel there are zeros.
static gd_tensor mean_square(gd_tensor x, int64_t size)
{
    const gd_shape shape = gd_tensor_shape(x);
    const gd_window window = {
        .kernel = {size, 1}, .stride = {1, 1}, .pad_begin = {size / 2, 0}, .pad_end = {(size - 1) / 2, 0}};
    const gd_tensor maps = gd_reshape(gd_square(x), GD_SHAPE(shape.dim[0], 1, shape.dim[1], GD_INFER));
    return gd_reshape(gd_average_pool(maps, window, (gd_average_pool_opts){0}), shape);
}

static gd_tensor write_record(const gd_layer_call *call)
{
    const local_response_options *o = call->options;
    gd_tensor x = call->input[0];
    const gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    for (int i = 1; i < shape.rank; i++)
        if ((shape.dim[i] < 1 && (i == 1 || !gd__dimension_has_time(shape.dim[i]))) || shape.rank < 3)
            return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "local_response_norm: x is %s, expected (N, C, …)",
                                 gd_shape_text(shape, text));
    const gd_tensor sum = gd_shift(gd_scale(mean_square(x, o->size), o->alpha), o->k);
    return gd_mul(x, gd_pow(sum, gd_scalar_like(x, -o->beta)));
}

static const gd_option options[] = {
    GD__COUNT_OPTION(local_response_options, "size", size, "how many neighbouring channels"),
    GD__NUMBER_OPTION(local_response_options, "alpha", alpha, 0, 1e6, "1e-4", "the factor of the mean square"),
    GD__NUMBER_OPTION(local_response_options, "beta", beta, 0, 1e6, "0.75", "the exponent"),
    GD__POSITIVE_OPTION(local_response_options, "k", k, 1e6, "1", "added to the mean square"), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_local_response_norm = {
    .record = {.name = "local_response_norm",
               .doc = "x / (k + alpha mean(x^2))^beta, the mean over neighbouring channels",
               .options = options,
               .short_option = "size",
               .aliases = "lrn|localresponsenorm",
               .source = "Krizhevsky, Sutskever, Hinton 2012",
               .options_size = sizeof(local_response_options)},
    .write = write_record,
};
