// Convolutions over volumes, plain and transposed, which are written as ones over planes.
#ifndef GD_NN_CONVOLUTION3D_H
#define GD_NN_CONVOLUTION3D_H

#include "nn/convolution.h"

enum { GD__VOLUME_AXES = 3, GD__MOST_PLANES = 64 }; // of a kernel

// Along the depth, and in a plane.
typedef struct gd__volume_sizes {
    gd_window depth, plane;
    int64_t kernel[GD__VOLUME_AXES], padding[GD__VOLUME_AXES], output_padding[GD__VOLUME_AXES];
    int64_t groups;
} gd__volume_sizes;

// False where a size is out of range, with the error noted.
bool gd__volume_sizes_read(const gd__layer *layer, const gd_conv3d_opts *opts, gd__volume_sizes *s);

// The options struct of the records.
typedef struct gd__conv3d_options {
    int64_t filters;
    gd_conv3d_opts opts;
} gd__conv3d_options;

#endif
