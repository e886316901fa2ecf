// Filters that let their maps through: a convolution that starts as the identity.
#include <string.h>

#include "nn/initialise.h"

// Filter i, for i below the number of channels it sees, is 1 in the middle of channel i and 0 elsewhere; the filters
// beyond start as the default has it. Of a dense layer: the identity.
static void draw_dirac(const gd_initializer_call *call)
{
    const gd_shape shape = call->shape;
    gd__initializer_default.draw(call);
    if (shape.rank < 2)
        return;
    const int64_t filters = shape.dim[0], channels = shape.dim[1];
    int64_t window = 1, middle = 0;
    for (int i = 2; i < shape.rank; i++) {
        window *= shape.dim[i];
        middle = middle * shape.dim[i] + shape.dim[i] / 2;
    }
    for (int64_t i = 0; i < filters && i < channels; i++) {
        double *filter = call->value + i * channels * window;
        memset(filter, 0, (size_t)(channels * window) * sizeof *filter);
        filter[i * window + middle] = call->initializer.scale;
    }
}

const gd_initializer_kind gd__initializer_dirac = {
    .record = {.name = "dirac",
               .doc = "each filter lets the map of its number through, times scale; filters beyond the maps: default",
               .aliases = "identity",
               .source = "Zagoruyko and Komodakis 2017",
               GD__SCALED},
    .draw = draw_dirac};
