// What a data set is made of: a source that is shared, and a view of some of its samples.
//
//     source ─ sample ─▶ roles ─▶ steps (fitted, fixed; then random ones, in training) ─▶ collate ─▶ batch
//
// A value is read in the type in which it is stored, goes through the steps of its field in double precision, and is
// rounded once, to the f32 or i32 in which it is delivered.
#ifndef GD_DATA_DATASET_H
#define GD_DATA_DATASET_H

#include <gradus/data.h>
#include <stdatomic.h>

// A source with a count of those who use it, and what its readers know besides. Never changes once it is shared.
typedef struct gd__store {
    atomic_int references;
    gd_source source;
    gd_missing *missing;   // for each field: GD_MISSING_MEAN or _MEDIAN where a NaN is a missing value, to be filled in
    bool *finite;          // for each field: floating values are known to be finite
    gd_csv_schema *schema; // of a table; or NULL
    char *tokenizer;       // of a text that is read as tokens, as JSON; or NULL
} gd__store;

struct gd_dataset {
    gd__store *store;
    int64_t count;
    int64_t *sample;                // which samples of the store; NULL: all of them in order
    gd_role *role;                  // of each field of the store
    gd_preprocess *preprocess;      // or NULL
    const struct gd__steps **steps; // of each field of the store; NULL, or NULL where there are none
    gd_field *delivered;            // of each field of the store, then lengths; names of those are owned
    int field_count;                // of `delivered`
    int *length_of;                 // for each field from store->source.field_count on: the field whose length it is
    int augmentation_count;
    gd_augmentation *augmentation;
};

// The data set of a source, which is taken over (closed on failure too), and so is `schema` (or NULL). `missing`: a
// policy for each field, or NULL. Checks the fields; floating values that lie in memory are checked to be finite.
gd_status gd__dataset_create(const gd_source *source, const gd_missing *missing, gd_csv_schema *schema,
                             gd_dataset **out);
// A data set of the same samples in the same order and roles, from a source around that of `set`, which is taken over;
// what readers know besides is that of `set`.
gd_status gd__dataset_around(const gd_source *source, const gd_dataset *set, gd_dataset **out);
gd__store *gd__store_share(gd__store *store);
void gd__store_release(gd__store *store);
// A view of the samples in the list (taken over; NULL: those of `set`), with roles, preprocessing and augmentation as
// `set` has them.
gd_status gd__dataset_view(const gd_dataset *set, int64_t count, int64_t *sample, gd_dataset **out);

// The sample of the store behind sample `index` of the set.
static inline int64_t gd__dataset_sample(const gd_dataset *set, int64_t index)
{
    return set->sample == NULL ? index : set->sample[index];
}

// Whether batches hold the field.
static inline bool gd__is_delivered(const gd_dataset *set, int field)
{
    const gd_role role = set->delivered[field].role;
    return role == GD_ROLE_INPUT || role == GD_ROLE_TARGET || role == GD_ROLE_WEIGHT;
}

// ---- One sample (sample.c)

// A gd_source_draw says where the random numbers of a sample come from; NULL: nothing is changed at random.

// The shape of a sample of the store, as it is stored; what the source says is checked.
gd_status gd__stored_shape(const gd_source *source, int field, int64_t sample, const gd_source_draw *draw,
                           gd_shape *shape);
// The bytes of a stored sample: where they lie, or read into `room`.
gd_status gd__stored_sample(const gd_source *source, int field, int64_t sample, gd_shape shape,
                            const gd_source_draw *draw, void *room, const void **data);
// The shape of one sample as it is delivered: without open dimensions.
gd_status gd__sample_shape(const gd_dataset *set, int field, int64_t sample, const gd_source_draw *draw,
                           gd_shape *shape);
// Reads one sample of the set as it is delivered into `to`, which has room for its shape. An error names the field and
// the sample's origin.
gd_status gd__sample_read(const gd_dataset *set, int field, int64_t sample, gd_shape shape, const gd_source_draw *draw,
                          void *to);
// One value of a field of one number a sample, as it is stored: for splits by classes, groups and times.
gd_status gd__sample_number(const gd_dataset *set, int field, int64_t sample, double *number);

// ---- Batches (collate.c)

// Fills field[f], for each field that is delivered, with the samples listed: stacked, or padded with zeros to the
// longest of them in each open dimension. The others stay without data. Arrays keep their memory where it suffices:
// capacity[f] is how many bytes field[f] has room for, and begins at 0. Release the arrays with gd_array_free, on
// failure too.
gd_status gd__collate(const gd_dataset *set, int64_t count, const int64_t *sample, const gd_source_draw *draw,
                      gd_array *field, size_t *capacity);
// As gd_dataset_get, with augmentation where `draw` is given.
gd_status gd__collate_field(const gd_dataset *set, int field, int64_t count, const int64_t *sample,
                            const gd_source_draw *draw, gd_array *out);

// ---- Data sets of arrays in memory (arrays.c)

// Fields are added one by one; then they are a source.
typedef struct gd__arrays gd__arrays;
gd__arrays *gd__arrays_create(const char *kind);
void gd__arrays_free(gd__arrays *arrays); // NULL is fine
// Adds a field and takes `value`, (N, shape…), over (freed on failure too). Its kind is category when it is one whole
// number a sample; its role target when it is called "label" or "y", weight when "weight".
gd_status gd__arrays_add(gd__arrays *arrays, const char *name, gd_array *value);
// Adds what is to be predicted: "label" when it is one whole number a sample, (N) or (N, 1), else "y"; (N) real numbers
// become (N, 1).
gd_status gd__arrays_add_target(gd__arrays *arrays, gd_array *value);
// Gives the newest field class names, which are copied; its class count becomes at least `count`.
gd_status gd__arrays_name_classes(gd__arrays *arrays, int count, const char *const *name);
// The file that samples are said to come from; copied.
gd_status gd__arrays_from_file(gd__arrays *arrays, const char *path);
// Makes the data set, and takes `arrays` over (freed on failure too).
gd_status gd__arrays_finish(gd__arrays *arrays, gd_dataset **out);

#endif
