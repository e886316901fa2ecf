#include "data/transform_keep.h"

#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"

// What one data set may keep: more than this is made again in each epoch.
static const int64_t most_bytes = INT64_C(1) << 30;

struct gd__transform_keep {
    int64_t count;
    _Atomic int64_t bytes;
    _Atomic(gd__kept *) sample[]; // set once, from NULL
};

gd__transform_keep *gd__transform_keep_create(int64_t samples)
{
    gd__transform_keep *keep = gd__alloc_zeroed(1, sizeof *keep + (size_t)samples * sizeof keep->sample[0]);
    if (keep != NULL)
        keep->count = samples;
    return keep;
}

void gd__transform_keep_free(gd__transform_keep *keep)
{
    for (int64_t i = 0; keep != NULL && i < keep->count; i++)
        gd__free(atomic_load(&keep->sample[i]));
    gd__free(keep);
}

const gd__kept *gd__transform_kept(const gd__transform_keep *keep, int64_t sample)
{
    return keep == NULL ? NULL : atomic_load_explicit(&keep->sample[sample], memory_order_acquire);
}

void gd__transform_keep_put(gd__transform_keep *keep, int64_t sample, const gd_sample_value *value)
{
    if (keep == NULL || gd__transform_kept(keep, sample) != NULL)
        return;
    const size_t bytes = (size_t)gd_shape_count(value->field.shape) * gd_type_size(value->field.type);
    const int64_t whole = (int64_t)(sizeof(gd__kept) + bytes);
    if (atomic_fetch_add(&keep->bytes, whole) > most_bytes - whole) {
        atomic_fetch_sub(&keep->bytes, whole);
        return;
    }
    gd__kept *kept = gd__alloc(sizeof *kept + bytes), *none = NULL;
    if (kept != NULL) {
        kept->shape = value->field.shape;
        memcpy(kept->data, value->data, bytes);
    }
    // Another thread may have been faster.
    if (kept == NULL || !atomic_compare_exchange_strong(&keep->sample[sample], &none, kept)) {
        gd__free(kept);
        atomic_fetch_sub(&keep->bytes, whole);
    }
}
