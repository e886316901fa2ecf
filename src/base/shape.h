// Arithmetic on shapes, with open dimensions.
#ifndef GD_BASE_SHAPE_H
#define GD_BASE_SHAPE_H

#include <gradus/base.h>

#include "base/dimension.h"

// No tensor has more elements, so that its bytes in any type, and the sums over all values of a plan, can be counted.
#define GD__MOST_ELEMENTS (INT64_C(1) << 48)

// An element count as `factor` times the batch size to the power `batch_power` times each `length`, a dimension that
// depends on the time alone; in ascending order. `overflow` when `factor` alone is more than GD__MOST_ELEMENTS.
typedef struct gd__open_count {
    int64_t factor;
    int batch_power;
    bool overflow;
    int length_count;
    int64_t length[GD_MAX_RANK];
} gd__open_count;
gd__open_count gd__shape_open_count(gd_shape shape);
bool gd__open_count_equal(const gd__open_count *a, const gd__open_count *b);
// a / b as one dimension; false where that is none.
bool gd__open_count_divide(const gd__open_count *a, const gd__open_count *b, int64_t *dimension);

// The bytes of a shape whose elements take `width` bytes each; false when a dimension is negative or the bytes fit no
// int64_t. Dimensions of 0 are counted as 1 in that test, so that the products of any dimensions (strides) fit as well.
bool gd__shape_bytes(gd_shape shape, size_t width, int64_t *bytes);

// Fills in the sizes (see gd__dimension_close).
gd_shape gd__shape_close(gd_shape shape, gd__sizes sizes);
bool gd__shape_is_open(gd_shape shape);

// NumPy's broadcasting of two shapes into `result`; false when they do not fit.
bool gd__shape_broadcast(gd_shape a, gd_shape b, gd_shape *result);

// Row-major strides in elements; dimensions of size 1 get stride 0 when `broadcast`.
void gd__shape_strides(gd_shape shape, bool broadcast, int64_t stride[GD_MAX_RANK]);

// Counts through all index tuples of a shape in row-major order. Start with zeros; false after the last one.
bool gd__shape_next(gd_shape shape, int64_t index[GD_MAX_RANK]);

// Splits a shape around `axis`: count = outer * dim[axis] * inner.
void gd__shape_around(gd_shape shape, int axis, int64_t *outer, int64_t *inner);

#endif
