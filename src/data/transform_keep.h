// Samples as transforms left them, kept in memory for the next epoch: token numbers of texts, which are small and cost
// much to make. Several threads may ask and put at a time.
#ifndef GD_DATA_TRANSFORM_KEEP_H
#define GD_DATA_TRANSFORM_KEEP_H

#include <gradus/transform.h>

typedef struct gd__kept {
    gd_shape shape;
    unsigned char data[];
} gd__kept;

typedef struct gd__transform_keep gd__transform_keep;

gd__transform_keep *gd__transform_keep_create(int64_t samples); // NULL when memory is short
void gd__transform_keep_free(gd__transform_keep *keep);         // NULL is fine
// The sample, which stays where it is; NULL: it is not kept. `keep` may be NULL.
const gd__kept *gd__transform_kept(const gd__transform_keep *keep, int64_t sample);
// Keeps a copy of the sample, if there is room, and it is not kept yet. `keep` may be NULL.
void gd__transform_keep_put(gd__transform_keep *keep, int64_t sample, const gd_sample_value *value);

#endif
