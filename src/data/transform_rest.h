// What was transformed along with a field that was read, kept until that is read too: fields that transforms take
// together are read one after the other, and transforming them again would take the same time.
#ifndef GD_DATA_TRANSFORM_REST_H
#define GD_DATA_TRANSFORM_REST_H

#include <gradus/transform.h>

typedef struct gd__transform_rest gd__transform_rest;

gd__transform_rest *gd__transform_rest_create(void); // NULL when memory is short
void gd__transform_rest_free(gd__transform_rest *rest);
// The fields of a sample as they were left with this draw (NULL: none), or NULL. They are the caller's then.
gd_sample_value *gd__transform_rest_take(gd__transform_rest *rest, int64_t sample, const gd_source_draw *draw);
// Leaves `count` fields, of which some may have no data. Takes them over.
void gd__transform_rest_put(gd__transform_rest *rest, int64_t sample, const gd_source_draw *draw, int count,
                            gd_sample_value *value);
void gd__sample_values_free(int count, gd_sample_value *value); // NULL is fine

#endif
