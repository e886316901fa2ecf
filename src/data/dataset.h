// What a data set is made of: a store that is shared, and a view of it.
#ifndef GD_DATA_DATASET_H
#define GD_DATA_DATASET_H

#include <gradus/data.h>
#include <stdatomic.h>

// A field as it is stored: u8, f32 or i32.
typedef struct gd__stored_field {
    char *name;
    gd_array value;  // (N, shape…)
    gd_shape shape;  // of one sample
    int class_count; // 0: not a label
    int class_name_count;
    char **class_name;
    gd_missing fill; // GD_MISSING_MEAN or _MEDIAN: a NaN stands for a missing cell, to be filled by preprocessing
} gd__stored_field;

// Never changes once it is shared.
typedef struct gd__store {
    atomic_int references;
    int64_t count;
    int field_count, field_capacity;
    gd__stored_field *field;
    gd_csv_schema *schema; // or NULL
} gd__store;

struct gd_dataset {
    gd__store *store;
    int64_t count;
    int64_t *sample; // which samples of the store; NULL: all of them in order
    gd_preprocess *preprocess;
    const struct gd__transform **transform; // of each field, or NULL; points into `preprocess`
};

// An empty store with one reference; NULL when memory is short.
gd__store *gd__store_create(void);
void gd__store_release(gd__store *store); // NULL is fine

// Adds a field and takes `value` over (freed on failure too). The type is turned into one that is stored; floats are
// checked to be finite, unless `fill` says that a NaN is a missing cell. All fields must have the same count.
gd_status gd__store_add(gd__store *store, const char *name, gd_array *value, gd_missing fill);
// Adds what is to be predicted: "label" when it is one whole number a sample, else "y"; (N) real numbers become (N, 1).
gd_status gd__store_add_answers(gd__store *store, gd_array *value);
// Gives the newest field class names, which are copied; its class count becomes at least `count`.
gd_status gd__store_name_classes(gd__store *store, int count, const char *const *name);

// Makes the data set of a finished store, and takes the caller's reference over (released on failure too).
gd_status gd__dataset_of_store(gd__store *store, gd_dataset **out);
// A view of the same samples with `sample` as its list (taken over; NULL: as `set`) and no preprocessing.
gd_status gd__dataset_view(const gd_dataset *set, int64_t count, int64_t *sample, gd_dataset **out);

// The sample of the store behind sample `index` of the set.
static inline int64_t gd__dataset_sample(const gd_dataset *set, int64_t index)
{
    return set->sample == NULL ? index : set->sample[index];
}

#endif
