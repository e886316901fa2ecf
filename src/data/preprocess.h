// What preprocessing does to a field, and how a sample is read through it.
#ifndef GD_DATA_PREPROCESS_H
#define GD_DATA_PREPROCESS_H

#include "data/dataset.h"

// One field's transformation. A sample of `group_count` groups of `group_size` elements each becomes
//     (x - offset[group]) * scale[group],     with fill[element] in the place of a missing x;
// or, when class_count > 0, a row of class_count zeros with a one.
typedef struct gd__transform {
    char *field;
    gd_scaling scaling; // what offset and scale were made for
    int64_t group_count, group_size;
    float *offset, *scale; // NULL: not scaled
    float *fill;           // NULL: nothing is filled in
    int class_count;
} gd__transform;

struct gd_preprocess {
    atomic_int references;
    int count;
    gd__transform *transform;
    gd_csv_schema *schema; // or NULL
};

gd_preprocess *gd__preprocess_create(int capacity); // NULL when memory is short
gd_preprocess *gd__preprocess_share(const gd_preprocess *preprocess);

// The shape and type of one sample as it is delivered.
gd_shape gd__delivered_shape(const gd__stored_field *field, const gd__transform *transform);
gd_type gd__delivered_type(const gd__stored_field *field, const gd__transform *transform);

// Reads sample `sample` of the store into `to`, through `transform` (or NULL).
gd_status gd__read_sample(const gd__stored_field *field, const gd__transform *transform, int64_t sample, void *to);

#endif
