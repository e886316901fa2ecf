// What stands beyond the ends of an axis.
#ifndef GD_NN_PADDING_H
#define GD_NN_PADDING_H

#include <gradus/nn.h>

#define GD__PADDING_MODES "zeros|reflect|replicate|circular" // in the order of gd_padding_mode

// `before` and `after` more elements at the ends of an axis of x that is not the batch's; none of its zeros have
// another value than `value`. An error of the graph where the mode needs more elements than there are: reflecting at
// most size - 1, circular at most size.
gd_tensor gd__pad_axis(gd_tensor x, int axis, int64_t before, int64_t after, gd_padding_mode mode, double value);

#endif
